/* A guide: what another retriever finds similar, so that a batch does not push away what is right.
 */
#include <stdlib.h>
#include <string.h>

#include "num/blas.h"
#include "task/train_view.h"
#include "task/trainer.h"

struct Guide {
    const Env *env;
    const TrainSet *s;
    /* an embedder */
    size_t dims;  /* 0: another kind of retriever */
    float *q, *d; /* (questions, dims), (chunks, dims) */
    /* another retriever: scores by pairs */
    TrainView view;
    Retriever *retriever;
};

static bool embed_texts(Guide *g, const char *name, Err *err)
{
    Embedder *e = NULL;
    const TrainSet *s = g->s;
    if (!embedder_open(g->env, name, &e, err)) return false;
    g->dims = e->dims;
    bool ok = (g->q = mem_tensor(s->questions, e->dims, "the guide's vectors", err)) &&
              (g->d = mem_tensor(s->chunks, e->dims, "the guide's vectors", err)) &&
              embedder_vectors(g->env, e, ROLE_QUERY, s->query, s->questions, g->q, err) &&
              embedder_vectors(g->env, e, ROLE_PASSAGE, s->passage, s->chunks, g->d, err);
    embedder_close(e);
    return ok;
}

static bool open_retriever(Guide *g, const char *name, Err *err)
{
    float score;
    const char *text = "";
    /* a fusion has no scores and says so */
    return train_view_read(g->env, g->s, g->s->chunks, &g->view, err) &&
           retriever_open(g->env, name, &g->view.view, &g->retriever, err) &&
           retriever_scores(g->env, g->retriever, &text, 1, (size_t[]){0, 1}, &(uint32_t){0},
                            &score, err);
}

bool guide_new(const Env *env, const char *name, const TrainSet *s, Guide **ret, Err *err)
{
    Guide *g = mem_zero(1, sizeof *g);
    g->env = env;
    g->s = s;
    bool ok =
        embedder_claimed(env, name) ? embed_texts(g, name, err) : open_retriever(g, name, err);
    if (ok) {
        *ret = g;
    } else {
        guide_free(g);
        err_prefix(err, "--guide");
    }
    return ok;
}

void guide_free(Guide *g)
{
    if (!g) return;
    retriever_close(g->retriever);
    train_view_release(&g->view);
    free(g->q);
    free(g->d);
    free(g);
}

size_t guide_bytes(const Guide *g)
{
    return sizeof *g + (g->s->questions + g->s->chunks) * g->dims * sizeof *g->q +
           g->view.view.arena.used_bytes;
}

bool guide_has_sides(const Guide *g)
{
    return g->dims > 0;
}

static float *rows_of(const float *from, size_t dims, const uint32_t *rows, size_t count)
{
    float *to = mem_alloc((count * dims + 1) * sizeof *to);
    for (size_t i = 0; i < count; i++)
        memcpy(to + i * dims, from + rows[i] * dims, dims * sizeof *to);
    return to;
}

static void fill_by_vectors(const Guide *g, Pool *pool, const uint32_t *query, size_t B,
                            const uint32_t *passage, size_t M, float *qd, float *qq, float *dd)
{
    size_t D = g->dims;
    float *q = rows_of(g->q, D, query, B), *d = rows_of(g->d, D, passage, M);
    gemm(pool, false, true, B, M, D, 1, q, D, d, D, 0, qd, M);
    gemm(pool, false, true, B, B, D, 1, q, D, q, D, 0, qq, B);
    gemm(pool, false, true, B, B, D, 1, d, D, d, D, 0, dd, B);
    free(q);
    free(d);
}

static bool fill_by_scores(const Guide *g, const uint32_t *query, size_t B, const uint32_t *passage,
                           size_t M, float *qd, Err *err)
{
    const char **texts = mem_alloc((B + 1) * sizeof *texts);
    size_t *offset = mem_zero(B + 1, sizeof *offset);
    uint32_t *rows = mem_alloc((B * M + 1) * sizeof *rows);
    for (size_t i = 0; i < B; i++) {
        texts[i] = g->s->query[query[i]];
        offset[i + 1] = (i + 1) * M;
        for (size_t j = 0; j < M; j++) rows[i * M + j] = g->view.view_row[passage[j]];
    }
    bool ok = retriever_scores(g->env, g->retriever, texts, B, offset, rows, qd, err);
    free(texts);
    free(offset);
    free(rows);
    return ok;
}

bool guide_fill(const Guide *g, Pool *pool, const uint32_t *query, size_t B,
                const uint32_t *passage, size_t M, float *qd, float *qq, float *dd, Err *err)
{
    if (!g->dims) return fill_by_scores(g, query, B, passage, M, qd, err);
    fill_by_vectors(g, pool, query, B, passage, M, qd, qq, dd);
    return true;
}
