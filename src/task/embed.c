#include "task/embed.h"

#include <stdlib.h>

#include "base/mem.h"
#include "model/embedder.h"
#include "retrieve/corpus_view.h"
#include "store/corpus.h"
#include "store/questions.h"

/* The vectors go to the cache; only so many are held at a time. */
#define EMBED_BATCH ((size_t)1024)

typedef struct Embedding {
    const Env *env;
    const Embedder *embedder;
    float *vectors; /* (EMBED_BATCH, dims) */
} Embedding;

/* The embedder counts the texts: those that are in the cache are none to be done. */
static bool embed_view(const Embedding *x, const CorpusView *view, Err *err)
{
    const char *const *texts = x->embedder->title_body ? view->titled : view->plain;
    for (size_t at = 0; at < view->count; at += EMBED_BATCH) {
        size_t n = view->count - at < EMBED_BATCH ? view->count - at : EMBED_BATCH;
        if (!cancel_check(x->env->cancel, err) ||
            !embedder_vectors(x->env, x->embedder, view->role, texts + at, n, x->vectors, err))
            return false;
    }
    return true;
}

static bool load_views(const Env *env, CorpusView *chunks, CorpusView *questions, Err *err)
{
    ChunkRows chunk_rows = {0};
    QuestionRows question_rows = {0};
    bool ok = chunks_load(env->store, &(ChunkQuery){0}, &chunk_rows, err) &&
              questions_load(env->store, &(QuestionQuery){0}, &question_rows, err);
    if (ok) {
        corpus_view_chunks(&chunk_rows, chunks);
        corpus_view_questions(&question_rows, questions);
    }
    rows_release(&chunk_rows);
    rows_release(&question_rows);
    return ok;
}

bool task_embed(const Env *env, const char *embedder, EmbedReport *ret, Err *err)
{
    Embedder *e = NULL;
    CorpusView chunks = {0}, questions = {0};
    if (!embedder_open(env, embedder, &e, err)) return false;
    Embedding x = {.env = env, .embedder = e};
    x.vectors = mem_tensor(EMBED_BATCH, e->dims, "a batch of vectors", err);
    bool ok = x.vectors && load_views(env, &chunks, &questions, err);
    if (ok) {
        progress_begin(env->progress, "embed", "texts", chunks.count + questions.count);
        ok = embed_view(&x, &chunks, err) && embed_view(&x, &questions, err);
    }
    if (ok)
        *ret = (EmbedReport){.passages = chunks.count, .queries = questions.count, .dims = e->dims};
    corpus_view_release(&chunks);
    corpus_view_release(&questions);
    free(x.vectors);
    embedder_close(e);
    return ok;
}
