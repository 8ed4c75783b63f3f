#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/encoder_parts.h"
#include "num/gemm.h"
#include "num/panel.h"

LinearInfo linear_info(const EncoderShape *s, Linear linear)
{
    switch (linear) {
    case LINEAR_QKV:
        return (LinearInfo){Q_WEIGHT, Q_BIAS, s->D, 3 * s->D, 3};
    case LINEAR_O:
        return (LinearInfo){O_WEIGHT, O_BIAS, s->D, s->D, 1};
    case LINEAR_1:
        return (LinearInfo){W1_WEIGHT, W1_BIAS, s->D, s->F, 1};
    default:
        return (LinearInfo){W2_WEIGHT, W2_BIAS, s->F, s->D, 1};
    }
}

/* ---- layout ---- */

/* Rows of a block of the feed-forward part at least: two pieces of gemm_panels; and for each of
 * many threads. */
#define FEED_ROWS ((size_t)448)
#define THREAD_ROWS ((size_t)112)

static size_t larger(size_t x, size_t y)
{
    return x > y ? x : y;
}

/* The next n floats of a block that is still to be allocated (NULL), or is. */
static float *take(float *block, size_t *at, size_t n)
{
    float *here = block ? block + *at : NULL;
    *at += (n + 15) / 16 * 16; /* cache lines */
    return here;
}

static void lay_out_layer(Kept *k, const EncoderShape *s, size_t N, bool training, float *block,
                          size_t *at)
{
    size_t D = s->D;
    k->qkv = take(block, at, N * 3 * D);
    k->c = take(block, at, N * D);
    if (!training) return;
    k->lse = take(block, at, N * s->H);
    k->h = take(block, at, N * s->F);
    k->hat_1 = take(block, at, N * D);
    k->rstd_1 = take(block, at, N);
    k->hat_2 = take(block, at, N * D);
    k->rstd_2 = take(block, at, N);
}

/* Room for the panels of W1 and W2 together, or of any other product, either way. */
static size_t panels_room(const EncoderShape *s)
{
    size_t D = s->D, F = s->F;
    size_t attention = larger(gemm_panel_floats(D, 3 * D), gemm_panel_floats(3 * D, D));
    return larger(attention, gemm_panel_floats(D, F) + gemm_panel_floats(F, D));
}

/* Sets the pointers of a room into a block; returns the floats that it needs. kept NULL: only
 * counts. */
static size_t lay_out(EncoderRoom *r, const EncoderShape *s, size_t N, bool training,
                      size_t threads, float *block)
{
    size_t D = s->D, F = s->F, at = 0;
    r->feed_rows = larger(FEED_ROWS, THREAD_ROWS * threads);
    r->back_rows = 2 * r->feed_rows;
    size_t rows = training ? r->back_rows : r->feed_rows, feed = (N < rows ? N : rows) * F;
    Kept unused, *kept = r->kept ? r->kept : &unused;
    for (size_t layer = 0; layer < (training ? s->L : 1); layer++)
        lay_out_layer(r->kept ? &kept[layer] : kept, s, N, training, block, &at);
    if (training) {
        r->hat_0 = take(block, &at, N * D);
        r->rstd_0 = take(block, &at, N);
        r->t = take(block, &at, N * D);
        r->e = take(block, &at, N * D);
        r->u = take(block, &at, larger(feed, N * 3 * D));
    } else {
        r->t = kept->qkv; /* q, k and v are done with when it is written */
        r->e = kept->c;
        r->u = take(block, &at, feed);
    }
    r->panels = take(block, &at, panels_room(s));
    r->merged = take(block, &at, panels_room(s));
    return at;
}

static size_t longest_text(const EncoderShape *s, size_t N)
{
    size_t longest = encoder_longest(s);
    return N < longest ? N : longest;
}

bool encoder_room_new(const Encoder *e, Pool *pool, size_t N, bool training, EncoderRoom **ret,
                      Err *err)
{
    const EncoderShape *s = &e->shape;
    size_t threads = pool_threads(pool);
    assert(!training || e->p);
    if (N > UINT32_MAX) return err_set(err, ERR_LIMIT, "a batch of %zu tokens is too large", N);
    EncoderRoom *r = mem_zero(1, sizeof *r);
    r->N = N;
    r->training = training;
    r->kept = mem_zero(training ? s->L : 1, sizeof *r->kept);
    r->floats = lay_out(r, s, N, training, threads, NULL);
    r->block = panel_new(1, r->floats, NULL);
    bool ok =
        r->block || err_set(err, ERR_MEMORY,
                            "no memory for the %zu MB that %zu tokens at a time need; use smaller "
                            "batches, or gradient caching",
                            r->floats * sizeof(float) / 1000000, N);
    ok = ok && workspace_init(&r->w, pool, s->D, longest_text(s, N), err);
    if (!ok) {
        encoder_room_free(r);
        return false;
    }
    lay_out(r, s, N, training, threads, r->block);
    *ret = r;
    return true;
}

void encoder_room_free(EncoderRoom *r)
{
    if (!r) return;
    workspace_release(&r->w);
    free(r->block);
    free(r->kept);
    free(r);
}

void encoder_room_profile(EncoderRoom *r, Profile *profile)
{
    r->profile = profile;
}

size_t encoder_room_bytes(const EncoderShape *s, size_t N, bool training, size_t threads)
{
    EncoderRoom counted = {0};
    Workspace one = {0};
    size_t floats = lay_out(&counted, s, N, training, threads, NULL), scratch = 0;
    if (workspace_init(&one, NULL, s->D, longest_text(s, N), NULL)) scratch = workspace_bytes(&one);
    workspace_release(&one);
    return sizeof counted + (training ? s->L : 1) * sizeof *counted.kept + floats * sizeof(float) +
           threads * scratch;
}

/* ---- panels ---- */

static const float *packed_ahead(const Encoder *e, size_t layer, Linear linear)
{
    size_t layer_floats = e->panel_floats / e->shape.L, before = 0;
    for (Linear l = 0; l < linear; l++) {
        LinearInfo info = linear_info(&e->shape, l);
        before += gemm_panel_floats(info.in, info.out);
    }
    return e->panels + layer * layer_floats + before;
}

const float *linear_panels(const Encoder *e, EncoderRoom *r, const Lora *lora, size_t layer,
                           Linear linear, bool back)
{
    assert(e->p || (!lora && !back));
    if (!e->p && atomic_load(&e->packing->packed)) return packed_ahead(e, layer, linear);
    Phase before = profile_switch(r->profile, PHASE_PACKING);
    if (!e->p) {
        size_t place = linear == LINEAR_2 ? gemm_panel_floats(e->shape.D, e->shape.F) : 0;
        encoder_pack_linear(e, r->w.pool, layer, linear, r->panels + place);
        profile_switch(r->profile, before);
        return r->panels + place;
    }
    LinearInfo info = linear_info(&e->shape, linear);
    const float *weight =
        lora ? lora_merged(e, r, lora, layer, linear) : layer_value(e, layer, info.weight);
    size_t k = back ? info.out : info.in, n = back ? info.in : info.out;
    size_t beside = back ? gemm_panel_floats(e->shape.F, e->shape.D)
                         : gemm_panel_floats(e->shape.D, e->shape.F);
    float *panels = r->panels + (linear == LINEAR_2 ? beside : 0);
    size_t last = k * gemm_width();
    if (n % gemm_width()) memset(panels + gemm_panel_floats(k, n) - last, 0, last * sizeof *panels);
    gemm_pack(r->w.pool, !back, weight, info.in, k, n, panels, 0);
    profile_switch(r->profile, before);
    return panels;
}
