#include "model/cross_encoder.h"

#include <math.h>
#include <stdlib.h>

#include "model/model_open.h"
#include "num/vector.h"

#define TOKENIZER_GRAIN 16 /* pairs */

struct CrossEncoder {
    OpenModel model;
    CrossHead head;
    float *p; /* parameters of the head */
};

/* ---- opening ---- */

static bool open_head(CrossEncoder *c, Err *err)
{
    const ModelFolder *f = &c->model.folder;
    if (!cross_head_of(f, &c->head, err)) return false;
    if (f->labels != 1)
        return err_set(err, ERR_USAGE,
                       "%s: it has %zu labels, and a reranker has one score: use another model",
                       f->path, f->labels);
    c->p = mem_tensor(1, cross_head_parameters(&c->head), "the head of the reranker", err);
    return c->p != NULL;
}

bool cross_encoder_open(const char *folder, Pool *pool, CrossEncoder **ret, Err *err)
{
    CrossEncoder *c = mem_zero(1, sizeof *c);
    OpenModel *m = &c->model;
    bool ok = model_folder_read(folder, &m->folder, err) && open_head(c, err) &&
              model_open(m, pool, err) &&
              (cross_head_read(&c->head, &m->folder.shape, m->weights, c->p, err) ||
               err_prefix(err, "%s", folder));
    if (ok)
        *ret = c;
    else
        cross_encoder_close(c);
    return ok;
}

void cross_encoder_close(CrossEncoder *c)
{
    if (!c) return;
    free(c->p);
    model_release(&c->model);
    free(c);
}

ModelFolder *cross_encoder_folder(CrossEncoder *c)
{
    return &c->model.folder;
}

size_t cross_encoder_bytes(const CrossEncoder *c)
{
    return model_bytes(&c->model) + cross_head_parameters(&c->head) * sizeof *c->p;
}

/* ---- scoring ---- */

void cross_encoder_tokens(const ModelFolder *f, const Tokenizer *t, TextPair pair, TokenBatch *out)
{
    tokenizer_pair(t, pair.query, pair.text, f->max_tokens, &out->ids,
                   f->shape.types > 1 ? &out->types : NULL);
    token_batch_end(&f->shape, t, 0, out);
}

typedef struct Scoring {
    const CrossEncoder *c;
    const TextPair *pairs;
    TokenBatch *each; /* (count) one pair each */
    float *out;
} Scoring;

static void tokenize_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Scoring *x = context;
    for (size_t i = first; i < end; i++)
        cross_encoder_tokens(&x->c->model.folder, x->c->model.tokenizer, x->pairs[i], &x->each[i]);
}

static void finish_piece(void *context, const RaggedPiece *piece)
{
    const Scoring *x = context;
    const CrossHead *head = &x->c->head;
    size_t B = piece->batch.B;
    float *kept = mem_alloc((B * cross_head_kept_floats(head) + 1) * sizeof *kept),
          *logits = mem_alloc((B + 1) * sizeof *logits);
    cross_head_forward(head, x->c->p, &piece->batch, NULL, piece->hidden, kept, logits);
    for (size_t b = 0; b < B; b++)
        x->out[piece->text[b]] =
            x->c->model.folder.sigmoid ? 1 / (1 + expf(-logits[b])) : logits[b];
    free(logits);
    free(kept);
}

bool cross_encoder_score(CrossEncoder *c, Pool *pool, const TextPair *pairs, size_t count,
                         float *out, const Cancel *cancel, Progress *progress, Err *err)
{
    TokenBatch *each = mem_zero(count + 1, sizeof *each);
    Scoring x = {c, pairs, each, out};
    pool_range(pool, count, TOKENIZER_GRAIN, tokenize_range, &x);
    bool ok = ragged_run(c->model.runner, pool, each, count, true, finish_piece, &x, cancel,
                         progress, err);
    if (ok && !vector_finite(out, count))
        ok = err_set(err, ERR_NUMERIC,
                     "%s: it gives scores that are not finite: are its weights whole?",
                     c->model.folder.path);
    for (size_t i = 0; i < count; i++) token_batch_release(&each[i]);
    free(each);
    return ok;
}
