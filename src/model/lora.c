/* LoRA: low-rank changes of the linear maps (arXiv:2106.09685). */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "model/encoder_parts.h"
#include "num/blas.h"
#include "num/gemm.h"

enum { MAPS = 6 }; /* of a layer: q, k, v, o, W1, W2 */

static float scale_of(const Lora *lora)
{
    return lora->alpha / (float)lora->rank;
}

/* Where a product's maps stand among the layer's. */
static size_t first_map(Linear linear)
{
    static const size_t FIRST[LINEARS] = {
        [LINEAR_QKV] = 0, [LINEAR_O] = 3, [LINEAR_1] = 4, [LINEAR_2] = 5};
    return FIRST[linear];
}

static size_t map_floats(const EncoderShape *s, size_t rank, Linear linear)
{
    LinearInfo info = linear_info(s, linear);
    return rank * (info.in + info.out / info.maps);
}

static size_t layer_floats(const EncoderShape *s, size_t rank)
{
    size_t sum = 0;
    for (Linear l = 0; l < LINEARS; l++) sum += map_floats(s, rank, l) * linear_info(s, l).maps;
    return sum;
}

/* The first float of A of a product's map; B (out,rank) stands behind A (rank,in). */
static size_t map_at(const EncoderShape *s, size_t rank, size_t layer, Linear linear, size_t map)
{
    size_t at = layer * layer_floats(s, rank);
    for (Linear l = 0; l < linear; l++) at += map_floats(s, rank, l) * linear_info(s, l).maps;
    return at + map * map_floats(s, rank, linear);
}

size_t lora_parameters(const EncoderShape *s, size_t rank)
{
    return s->L * layer_floats(s, rank);
}

void lora_start(const EncoderShape *s, size_t rank, uint64_t seed, float *p)
{
    float deviation = 1 / sqrtf((float)rank);
    memset(p, 0, lora_parameters(s, rank) * sizeof *p);
    for (size_t layer = 0; layer < s->L; layer++)
        for (Linear l = 0; l < LINEARS; l++) {
            LinearInfo info = linear_info(s, l);
            for (size_t map = 0; map < info.maps; map++) {
                Rng rng = rng_make(seed, layer * MAPS + first_map(l) + map);
                float *a = p + map_at(s, rank, layer, l, map);
                for (size_t i = 0; i < rank * info.in; i++)
                    a[i] = deviation * (float)rng_normal(&rng);
            }
        }
}

/* weight (out,in) += scale · B A */
static void add_product(Pool *pool, const EncoderShape *s, const Lora *lora, size_t layer,
                        Linear linear, float *weight)
{
    LinearInfo info = linear_info(s, linear);
    size_t rank = lora->rank, rows = info.out / info.maps;
    for (size_t map = 0; map < info.maps; map++) {
        const float *a = lora->p + map_at(s, rank, layer, linear, map), *b = a + rank * info.in;
        gemm(pool, false, false, rows, info.in, rank, scale_of(lora), b, rank, a, info.in, 1,
             weight + map * rows * info.in, info.in);
    }
}

void lora_merge(const EncoderShape *s, const Lora *lora, float *p)
{
    EncoderTensor *tensors;
    size_t embeddings = encoder_tensors(s, &tensors) - s->L * LAYER_TENSORS;
    for (size_t layer = 0; layer < s->L; layer++)
        for (Linear l = 0; l < LINEARS; l++) {
            size_t weight = embeddings + layer * LAYER_TENSORS + linear_info(s, l).weight;
            add_product(NULL, s, lora, layer, l, p + tensors[weight].at);
        }
    free(tensors);
}

const float *lora_merged(const Encoder *e, EncoderRoom *r, const Lora *lora, size_t layer,
                         Linear linear)
{
    LinearInfo info = linear_info(&e->shape, linear);
    memcpy(r->merged, layer_value(e, layer, info.weight), info.out * info.in * sizeof *r->merged);
    add_product(r->w.pool, &e->shape, lora, layer, linear, r->merged);
    return r->merged;
}

/* Panels of op(x) (k,n), beside others at column `at` of panels that begin without any. */
static void pack_beside(EncoderRoom *r, bool transpose, const float *x, size_t ldx, size_t k,
                        size_t n, size_t at)
{
    size_t width = gemm_width(), end = at + n;
    gemm_pack(r->w.pool, transpose, x, ldx, k, n, r->merged, at);
    for (size_t row = 0; end % width && row < k; row++)
        memset(r->merged + end / width * width * k + row * width + end % width, 0,
               (width - end % width) * sizeof(float));
}

static void scale_rows(float *x, float scale, size_t n)
{
    for (size_t i = 0; i < n; i++) x[i] *= scale;
}

/* Some maps of a product at once: their X Aᵀ stand side by side, so that X is read once. */
static void maps_backward(const Encoder *e, EncoderRoom *r, const Lora *lora, size_t layer,
                          Linear linear, size_t first, size_t maps, const float *x, const float *dy,
                          float *scratch, size_t rows)
{
    LinearInfo info = linear_info(&e->shape, linear);
    size_t rank = lora->rank, out = info.out / info.maps, width = maps * rank;
    /* dB += scale · dYᵀ (X Aᵀ) */
    for (size_t i = 0; i < maps; i++)
        pack_beside(r, true, lora->p + map_at(&e->shape, rank, layer, linear, first + i), info.in,
                    info.in, rank, i * rank);
    gemm_panels(&r->w, x, info.in, r->merged, 0, scratch, width, rows, width, info.in, NULL);
    scale_rows(scratch, scale_of(lora), rows * width);
    for (size_t i = 0; i < maps; i++) {
        size_t a = map_at(&e->shape, rank, layer, linear, first + i);
        gemm_outer(&r->w, dy + (first + i) * out, info.out, scratch + i * rank, width,
                   lora->g + a + rank * info.in, rank, NULL, out, rank, rows);
    }
    /* dA += scale · (dY B)ᵀ X */
    for (size_t i = 0; i < maps; i++) {
        size_t a = map_at(&e->shape, rank, layer, linear, first + i);
        pack_beside(r, false, lora->p + a + rank * info.in, rank, out, rank, 0);
        gemm_panels(&r->w, dy + (first + i) * out, info.out, r->merged, 0, scratch, rank, rows,
                    rank, out, NULL);
        scale_rows(scratch, scale_of(lora), rows * rank);
        gemm_outer(&r->w, scratch, rank, x, info.in, lora->g + a, info.in, NULL, rank, info.in,
                   rows);
    }
}

void lora_backward(const Encoder *e, EncoderRoom *r, const Lora *lora, size_t layer, Linear linear,
                   const float *x, const float *dy, float *scratch, size_t rows)
{
    LinearInfo info = linear_info(&e->shape, linear);
    assert(lora->rank <= e->shape.D);
    size_t together = info.maps * lora->rank <= e->shape.D ? info.maps : 1;
    for (size_t map = 0; map < info.maps; map += together)
        maps_backward(e, r, lora, layer, linear, map, together, x, dy, scratch, rows);
}
