#include "model/sentence.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "model/model_open.h"
#include "num/vector.h"

#define TOKENIZER_GRAIN 16 /* texts */

struct Sentence {
    OpenModel model;
    float *dense; /* parameters of the dense layers; NULL: none */
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

/* do_lower_case: a lower-casing step before the tokenizer's own; the caller's. */
static char *lowered(const char *text)
{
    Str out = {0};
    size_t size = strlen(text);
    for (size_t at = 0; at < size;) {
        uint32_t code;
        char bytes[4];
        at += utf8_next(text + at, size - at, &code);
        str_add_bytes(&out, bytes, utf8_put(utf8_lower(code), bytes));
    }
    return str_take(&out);
}

void sentence_tokens(const ModelFolder *f, const Tokenizer *t, Role role, const char *text,
                     TokenBatch *out)
{
    const char *prompt = role == ROLE_QUERY ? f->query_prompt : f->passage_prompt;
    size_t skipped = 0;
    char *whole = NULL;
    if (*prompt) {
        whole = str_format("%s%s", prompt, text);
        text = whole;
        if (!f->include_prompt) skipped = prompt_tokens(t, prompt, f->max_tokens);
    }
    char *lower = f->lower_case ? lowered(text) : NULL;
    tokenizer_single(t, lower ? lower : text, f->max_tokens, &out->ids);
    free(lower);
    free(whole);
    token_batch_end(&f->shape, t, skipped, out);
}

/* ---- opening ---- */

bool sentence_open(const char *folder, Pool *pool, Sentence **ret, Err *err)
{
    Sentence *s = mem_zero(1, sizeof *s);
    ModelFolder *f = &s->model.folder;
    bool ok = model_folder_read(folder, f, err);
    if (ok && f->dims == 0)
        ok = err_set(err, ERR_USAGE, "%s: it is a reranker and has no vectors: use it as 'bm25|%s'",
                     folder, folder);
    ok = ok && model_open(&s->model, pool, err);
    if (ok && f->dense_count) {
        s->dense = mem_tensor(1, dense_parameters(f), "the dense layers", err);
        ok = s->dense && dense_read(f, s->dense, err);
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
    free(s->dense);
    model_release(&s->model);
    free(s);
}

ModelFolder *sentence_folder(Sentence *s)
{
    return &s->model.folder;
}

const Tokenizer *sentence_tokenizer(const Sentence *s)
{
    return s->model.tokenizer;
}

const Weights *sentence_weights(const Sentence *s)
{
    return s->model.weights;
}

size_t sentence_bytes(const Sentence *s, size_t *ret_opening)
{
    if (ret_opening) *ret_opening = 0;
    return model_bytes(&s->model) + dense_parameters(&s->model.folder) * sizeof(float);
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
        sentence_tokens(&t->s->model.folder, t->s->model.tokenizer, t->role, t->texts[i],
                        &t->each[i]);
}

typedef struct Embedding {
    const Sentence *s;
    Pool *pool;
    float *out; /* (count, dims) */
} Embedding;

/* Pooled vectors through the dense layers and the norm, into their places. */
static void finish_piece(void *context, const RaggedPiece *piece)
{
    const Embedding *x = context;
    const ModelFolder *f = &x->s->model.folder;
    size_t B = piece->batch.B, pooled_width = f->shape.D * f->pooling_count;
    float *pooled = mem_alloc((B * pooled_width + 1) * sizeof *pooled), *y = pooled;
    pooling_forward(f, &piece->batch, piece->skipped, piece->hidden, pooled);
    float *kept = NULL, *made = NULL;
    if (f->dense_count) {
        size_t widest = 0;
        for (size_t i = 0; i < f->dense_count; i++)
            widest = f->dense[i].out > widest ? f->dense[i].out : widest;
        kept = mem_alloc((B * dense_kept_floats(f) + 1) * sizeof *kept);
        y = made = mem_alloc((B * widest + 1) * sizeof *made);
        dense_forward(x->pool, f, x->s->dense, pooled, kept, y, B);
    }
    /* retrieval is by direction: a model that does not normalise is searched by cosine */
    normalize_forward(x->pool, y, y, NULL, B, f->dims);
    for (size_t b = 0; b < B; b++)
        memcpy(x->out + piece->text[b] * f->dims, y + b * f->dims, f->dims * sizeof *y);
    free(made);
    free(kept);
    free(pooled);
}

bool sentence_embed(Sentence *s, Pool *pool, Role role, const char *const *texts, size_t count,
                    float *out, const Cancel *cancel, Progress *progress, Err *err)
{
    const ModelFolder *f = &s->model.folder;
    TokenBatch *each = mem_zero(count + 1, sizeof *each);
    pool_range(pool, count, TOKENIZER_GRAIN, tokenize_range, &(Tokenizing){s, role, texts, each});
    bool ok = ragged_run(s->model.runner, pool, each, count, pooling_first_rows(f), finish_piece,
                         &(Embedding){s, pool, out}, cancel, progress, err);
    if (ok && !vector_finite(out, count * f->dims))
        ok = err_set(err, ERR_NUMERIC,
                     "%s: it gives vectors that are not finite: are its weights whole?", f->path);
    for (size_t i = 0; i < count; i++) token_batch_release(&each[i]);
    free(each);
    return ok;
}
