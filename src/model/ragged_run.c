#include "model/ragged_run.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_OPERATIONS 1e11
#define PIECE_LEAST 512 /* below that the weights are read more often than they are used */
#define PIECE_MOST 4096

struct RaggedRunner {
    const Encoder *encoder;
    pthread_mutex_t lock; /* of what follows */
    EncoderRoom *room;
    float *hidden; /* (tokens, D) */
    size_t tokens;
    Pool *pool; /* that the room was made for */
};

void token_batch_end(const EncoderShape *s, const Tokenizer *t, size_t skipped, TokenBatch *b)
{
    if (b->offset.count == 0) vec_push(&b->offset, 0);
    size_t first = b->offset.items[b->offset.count - 1];
    bool typed = b->types.count > 0 && s->types > 0;
    if (b->ids.count == first) {
        TokenizerInfo info = tokenizer_info(t);
        vec_push(&b->ids, info.unknown < info.words ? info.unknown : 0);
        if (typed) vec_push(&b->types, 0);
    }
    for (size_t i = first; typed && i < b->types.count; i++)
        if (b->types.items[i] >= s->types) b->types.items[i] = (uint32_t)s->types - 1;
    vec_push(&b->offset, (uint32_t)b->ids.count);
    vec_push(&b->skipped, (uint32_t)skipped);
}

void token_batch_release(TokenBatch *b)
{
    vec_release(&b->ids);
    vec_release(&b->types);
    vec_release(&b->offset);
    vec_release(&b->skipped);
}

double ragged_operations(const EncoderShape *s)
{
    return 4.0 * (double)s->L * (double)s->D * (2.0 * (double)s->D + (double)s->F);
}

size_t ragged_tokens(const EncoderShape *s)
{
    double tokens = PIECE_OPERATIONS / ragged_operations(s);
    return tokens < PIECE_LEAST ? PIECE_LEAST : tokens > PIECE_MOST ? PIECE_MOST : (size_t)tokens;
}

RaggedRunner *ragged_runner_new(const Encoder *e)
{
    RaggedRunner *r = mem_zero(1, sizeof *r);
    r->encoder = e;
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

void ragged_runner_free(RaggedRunner *r)
{
    if (!r) return;
    encoder_room_free(r->room);
    free(r->hidden);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

size_t ragged_runner_bytes(const EncoderShape *s, size_t threads)
{
    size_t tokens = ragged_tokens(s);
    return encoder_room_bytes(s, tokens, false, threads) + tokens * s->D * sizeof(float);
}

static bool make_room(RaggedRunner *r, Pool *pool, size_t tokens, Err *err)
{
    if (r->room && r->tokens >= tokens && r->pool == pool) return true;
    encoder_room_free(r->room);
    free(r->hidden);
    r->room = NULL;
    r->tokens = 0;
    r->hidden = mem_tensor(tokens, encoder_shape(r->encoder)->D, "hidden states", err);
    if (!r->hidden || !encoder_room_new(r->encoder, pool, tokens, false, &r->room, err))
        return false;
    r->tokens = tokens;
    r->pool = pool;
    return true;
}

/* A text's place in the order of lengths. */
typedef struct Length {
    size_t tokens, text;
} Length;

static int by_length(const void *a, const void *b)
{
    const Length *x = a, *y = b;
    if (x->tokens != y->tokens) return x->tokens < y->tokens ? -1 : 1;
    return (x->text > y->text) - (x->text < y->text);
}

typedef struct Run {
    RaggedRunner *r;
    const TokenBatch *each;
    const Length *order;
    bool first_rows;
    RaggedDone *done;
    void *context;
} Run;

/* The texts order[0 .. B) of together `tokens`. */
static void run_piece(const Run *x, const Length *order, size_t B, size_t tokens)
{
    uint32_t *ids = mem_alloc((tokens + 1) * sizeof *ids), *types = NULL,
             *skipped = mem_alloc((B + 1) * sizeof *skipped),
             *offset = mem_zero(B + 1, sizeof *offset);
    size_t *text = mem_alloc((B + 1) * sizeof *text);
    for (size_t b = 0; b < B; b++) {
        const TokenBatch *t = &x->each[text[b] = order[b].text];
        memcpy(ids + offset[b], t->ids.items, t->ids.count * sizeof *ids);
        if (t->types.count) {
            if (!types) types = mem_zero(tokens, sizeof *types);
            memcpy(types + offset[b], t->types.items, t->types.count * sizeof *types);
        }
        offset[b + 1] = offset[b] + (uint32_t)t->ids.count;
        skipped[b] = t->skipped.count ? t->skipped.items[0] : 0;
    }
    RaggedPiece piece = {
        .batch = {.B = B, .N = tokens, .offset = offset, .ids = ids, .types = types},
        .skipped = skipped,
        .text = text,
        .hidden = x->r->hidden};
    encoder_forward(x->r->encoder, x->r->room, &piece.batch,
                    &(EncoderPass){.first_rows = x->first_rows}, x->r->hidden);
    x->done(x->context, &piece);
    free(text);
    free(offset);
    free(skipped);
    free(types);
    free(ids);
}

static bool run_pieces(const Run *x, Pool *pool, size_t count, const Cancel *cancel,
                       Progress *progress, Err *err)
{
    size_t total = 0, most = ragged_tokens(encoder_shape(x->r->encoder));
    for (size_t i = 0; i < count; i++) total += x->order[i].tokens;
    size_t longest = x->order[count - 1].tokens, room = total < most ? total : most;
    if (!make_room(x->r, pool, longest > room ? longest : room, err)) return false;
    for (size_t end = count; end > 0;) {
        size_t first = end, tokens = 0;
        while (first > 0 && (first == end || tokens + x->order[first - 1].tokens <= most))
            tokens += x->order[--first].tokens;
        if (!cancel_check(cancel, err)) return false;
        run_piece(x, x->order + first, end - first, tokens);
        progress_add(progress, end - first);
        progress_tokens(progress, tokens);
        end = first;
    }
    return true;
}

bool ragged_run(RaggedRunner *r, Pool *pool, const TokenBatch *each, size_t count, bool first_rows,
                RaggedDone *done, void *context, const Cancel *cancel, Progress *progress, Err *err)
{
    if (count == 0) return true;
    Length *order = mem_zero(count, sizeof *order);
    for (size_t i = 0; i < count; i++) order[i] = (Length){each[i].ids.count, i};
    qsort(order, count, sizeof *order, by_length);
    Run x = {r, each, order, first_rows, done, context};
    pthread_mutex_lock(&r->lock);
    bool ok = run_pieces(&x, pool, count, cancel, progress, err);
    pthread_mutex_unlock(&r->lock);
    free(order);
    return ok;
}
