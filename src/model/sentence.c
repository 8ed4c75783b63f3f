#include "model/sentence.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "num/vector.h"

#define PIECE_TOKENS ((size_t)4096) /* of a ragged piece; a single longer text is one of its own   \
                                     */
#define TOKENIZER_GRAIN 16          /* texts */

struct Sentence {
    ModelFolder folder;
    Tokenizer *tokenizer;
    Weights *weights;
    Encoder *encoder;
    float *dense; /* parameters of the dense layers; NULL: none */
    /* below: one embedding at a time */
    pthread_mutex_t lock;
    EncoderRoom *room;
    float *hidden; /* (room_tokens, D) */
    size_t room_tokens;
    Pool *room_pool; /* that the room was made for */
};

/* ---- tokens ---- */

/* As sentence-transformers counts a prompt: its tokens alone, without the closing special token. */
static size_t prompt_tokens(const Tokenizer *t, const char *prompt, size_t most)
{
    Tokens ids = {0};
    tokenizer_single(t, prompt, most, &ids);
    TokenizerInfo info = tokenizer_info(t);
    size_t n = ids.count;
    if (n > 0 && ids.items[n - 1] == info.separator) n--;
    vec_release(&ids);
    return n;
}

void sentence_tokens(const ModelFolder *f, const Tokenizer *t, Role role, const char *text,
                     TokenBatch *out)
{
    const char *prompt = role == ROLE_QUERY ? f->query_prompt : f->passage_prompt;
    size_t skipped = 0;
    if (out->offset.count == 0) vec_push(&out->offset, 0);
    if (*prompt) {
        char *whole = str_format("%s%s", prompt, text);
        tokenizer_single(t, whole, f->max_tokens, &out->ids);
        free(whole);
        if (!f->include_prompt) skipped = prompt_tokens(t, prompt, f->max_tokens);
    } else {
        tokenizer_single(t, text, f->max_tokens, &out->ids);
    }
    vec_push(&out->offset, (uint32_t)out->ids.count);
    vec_push(&out->skipped, (uint32_t)skipped);
}

void token_batch_release(TokenBatch *b)
{
    vec_release(&b->ids);
    vec_release(&b->offset);
    vec_release(&b->skipped);
}

/* ---- opening ---- */

bool sentence_open(const char *folder, Pool *pool, Sentence **ret, Err *err)
{
    Sentence *s = mem_zero(1, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    bool ok = model_folder_read(folder, &s->folder, err);
    if (ok && s->folder.dims == 0)
        ok = err_set(err, ERR_USAGE, "%s: it is a reranker and has no vectors: use it as 'bm25|%s'",
                     folder, folder);
    ok = ok && tokenizer_open(s->folder.encoder_path, &s->tokenizer, err) &&
         weights_open(s->folder.encoder_path, &s->weights, err) &&
         encoder_open(&s->folder.shape, s->weights, pool, &s->encoder, err);
    if (ok && tokenizer_info(s->tokenizer).words > s->folder.shape.V)
        ok = err_set(
            err, ERR_FORMAT,
            "%s: the tokenizer has %zu words and the model %zu: they do not belong together",
            folder, tokenizer_info(s->tokenizer).words, s->folder.shape.V);
    if (ok && s->folder.dense_count) {
        s->dense = mem_tensor(1, dense_parameters(&s->folder), "the dense layers", err);
        ok = s->dense && dense_read(&s->folder, s->dense, err);
    }
    if (ok)
        *ret = s;
    else
        sentence_close(s);
    return ok;
}

void sentence_close(Sentence *s)
{
    if (!s) return;
    encoder_room_free(s->room);
    free(s->hidden);
    free(s->dense);
    encoder_close(s->encoder);
    weights_close(s->weights);
    tokenizer_free(s->tokenizer);
    model_folder_release(&s->folder);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

ModelFolder *sentence_folder(Sentence *s)
{
    return &s->folder;
}

const Tokenizer *sentence_tokenizer(const Sentence *s)
{
    return s->tokenizer;
}

const Weights *sentence_weights(const Sentence *s)
{
    return s->weights;
}

size_t sentence_bytes(const Sentence *s, size_t *ret_opening)
{
    size_t room = encoder_room_bytes(&s->folder.shape, PIECE_TOKENS, false, 1);
    if (ret_opening) *ret_opening = 0;
    return encoder_bytes(s->encoder) + tokenizer_bytes(s->tokenizer) + weights_bytes(s->weights) +
           room + PIECE_TOKENS * s->folder.shape.D * sizeof(float);
}

/* ---- embedding ---- */

typedef struct Tokenizing {
    const Sentence *s;
    Role role;
    const char *const *texts;
    TokenBatch *each; /* (count) one text each */
} Tokenizing;

static void tokenize_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Tokenizing *t = context;
    for (size_t i = first; i < end; i++)
        sentence_tokens(&t->s->folder, t->s->tokenizer, t->role, t->texts[i], &t->each[i]);
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

/* The room grows to what is asked of it and stays: a question needs less than a corpus. */
static bool make_room(Sentence *s, Pool *pool, size_t tokens, Err *err)
{
    if (s->room && s->room_tokens >= tokens && s->room_pool == pool) return true;
    encoder_room_free(s->room);
    free(s->hidden);
    s->room = NULL;
    s->hidden = mem_alloc(tokens * s->folder.shape.D * sizeof *s->hidden);
    if (!encoder_room_new(s->encoder, pool, tokens, false, &s->room, err)) return false;
    s->room_tokens = tokens;
    s->room_pool = pool;
    return true;
}

/* Pooled vectors through the dense layers and the norm, into their places. */
static void finish_piece(const Sentence *s, Pool *pool, const Ragged *batch,
                         const uint32_t *skipped, const Length *order, float *out)
{
    const ModelFolder *f = &s->folder;
    size_t B = batch->B, pooled_width = f->shape.D * f->pooling_count;
    float *pooled = mem_alloc((B * pooled_width + 1) * sizeof *pooled), *y = pooled;
    pooling_forward(f, batch, skipped, s->hidden, pooled);
    float *kept = NULL, *made = NULL;
    if (f->dense_count) {
        size_t widest = 0;
        for (size_t i = 0; i < f->dense_count; i++)
            widest = f->dense[i].out > widest ? f->dense[i].out : widest;
        kept = mem_alloc((B * dense_kept_floats(f) + 1) * sizeof *kept);
        y = made = mem_alloc((B * widest + 1) * sizeof *made);
        dense_forward(pool, f, s->dense, pooled, kept, y, B);
    }
    /* retrieval is by direction: a model that does not normalise is searched by cosine */
    normalize_forward(pool, y, y, NULL, B, f->dims);
    for (size_t b = 0; b < B; b++)
        memcpy(out + order[b].text * f->dims, y + b * f->dims, f->dims * sizeof *out);
    free(made);
    free(kept);
    free(pooled);
}

/* One ragged piece: the texts order[0 .. B) of together `tokens`. */
static void embed_piece(Sentence *s, Pool *pool, const TokenBatch *each, const Length *order,
                        size_t B, size_t tokens, float *out)
{
    uint32_t *ids = mem_alloc((tokens + 1) * sizeof *ids),
             *skipped = mem_alloc((B + 1) * sizeof *skipped);
    uint32_t *offset = mem_zero(B + 1, sizeof *offset);
    for (size_t b = 0; b < B; b++) {
        const TokenBatch *text = &each[order[b].text];
        memcpy(ids + offset[b], text->ids.items, text->ids.count * sizeof *ids);
        offset[b + 1] = offset[b] + (uint32_t)text->ids.count;
        skipped[b] = text->skipped.items[0];
    }
    Ragged batch = {.B = B, .N = tokens, .offset = offset, .ids = ids};
    EncoderPass pass = {.first_rows = pooling_first_rows(&s->folder)};
    encoder_forward(s->encoder, s->room, &batch, &pass, s->hidden);
    finish_piece(s, pool, &batch, skipped, order, out);
    free(offset);
    free(skipped);
    free(ids);
}

static bool embed_pieces(Sentence *s, Pool *pool, const TokenBatch *each, const Length *order,
                         size_t count, float *out, const Cancel *cancel, Progress *progress,
                         Err *err)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) total += order[i].tokens;
    size_t longest = order[count - 1].tokens, room = total < PIECE_TOKENS ? total : PIECE_TOKENS;
    if (!make_room(s, pool, longest > room ? longest : room, err)) return false;
    /* the longest first: what takes most memory fails at once, and the ETA errs on the safe side */
    for (size_t end = count; end > 0;) {
        size_t first = end, tokens = 0;
        while (first > 0 && (first == end || tokens + order[first - 1].tokens <= PIECE_TOKENS))
            tokens += order[--first].tokens;
        if (!cancel_check(cancel, err)) return false;
        embed_piece(s, pool, each, order + first, end - first, tokens, out);
        progress_add(progress, end - first);
        end = first;
    }
    return true;
}

bool sentence_embed(Sentence *s, Pool *pool, Role role, const char *const *texts, size_t count,
                    float *out, const Cancel *cancel, Progress *progress, Err *err)
{
    if (count == 0) return true;
    TokenBatch *each = mem_zero(count, sizeof *each);
    Length *order = mem_zero(count, sizeof *order);
    pool_range(pool, count, TOKENIZER_GRAIN, tokenize_range, &(Tokenizing){s, role, texts, each});
    for (size_t i = 0; i < count; i++) order[i] = (Length){each[i].ids.count, i};
    qsort(order, count, sizeof *order, by_length);
    pthread_mutex_lock(&s->lock);
    bool ok = embed_pieces(s, pool, each, order, count, out, cancel, progress, err);
    pthread_mutex_unlock(&s->lock);
    if (ok && !vector_finite(out, count * s->folder.dims))
        ok = err_set(err, ERR_NUMERIC,
                     "%s: it gives vectors that are not finite: are its weights whole?",
                     s->folder.path);
    for (size_t i = 0; i < count; i++) token_batch_release(&each[i]);
    free(order);
    free(each);
    return ok;
}
