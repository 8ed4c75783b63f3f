/* The offline generator: questions from a chunk's own sentences, by rules (text/ask.h); what is
 * rare in the corpus is worth asking about. */
#include "task/generate_offline.h"

#include <stdlib.h>
#include <string.h>

#include "retrieve/index.h"

#define FOUND_WITHIN                                                                               \
    20 /* a question that does not find its own chunk among so many is about anything */
#define LOOKED_UP 3    /* times as many as are wanted are looked up, the best ones */
#define NOT_FOUND 2.0  /* taken off the score: what is found comes first */
#define NOT_FIRST 0.01 /* for each place behind the first */

typedef struct Offline {
    Index *index;
    IndexScratch *scratch;
    int64_t *ids; /* of the chunks, by row; ascending */
    size_t count;
} Offline;

static float weight(const void *context, const char *word, size_t size)
{
    return index_idf(context, word, size);
}

bool offline_open(const Env *env, const ChunkRows *corpus, void **ret_state, Err *err)
{
    const char **texts = mem_zero(corpus->count + 1, sizeof *texts);
    for (size_t i = 0; i < corpus->count; i++) texts[i] = corpus->items[i].text;
    Index *index = NULL;
    bool ok = index_build(env->pool, texts, corpus->count, env->cancel, &index, err);
    free(texts);
    if (!ok) return false;
    Offline *o = mem_zero(1, sizeof *o);
    o->index = index;
    o->scratch = index_scratch_new(index);
    o->count = corpus->count;
    o->ids = mem_zero(corpus->count + 1, sizeof *o->ids);
    for (size_t i = 0; i < corpus->count; i++) o->ids[i] = corpus->items[i].id;
    *ret_state = o;
    return true;
}

void offline_close(void *state)
{
    Offline *o = state;
    index_scratch_free(o->scratch);
    index_free(o->index);
    free(o->ids);
    free(o);
}

static int by_score(const void *x, const void *y)
{
    const AskedQuestion *a = x, *b = y;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return strcmp(a->text, b->text);
}

/* What does not find its own chunk goes behind what does. */
static void prefer_found(Offline *o, int64_t chunk_id, size_t most, Asked *asked)
{
    Hit hits[FOUND_WITHIN];
    for (size_t i = 0; i < asked->count && i < most; i++) {
        AskedQuestion *q = &asked->items[i];
        size_t count = index_search(o->index, o->scratch, INDEX_BM25, q->text, FOUND_WITHIN, hits);
        size_t rank = 0;
        while (rank < count && o->ids[hits[rank].row] != chunk_id) rank++;
        q->score -= rank == count ? NOT_FOUND : NOT_FIRST * (double)rank;
    }
    if (asked->count) qsort(asked->items, asked->count, sizeof *asked->items, by_score);
}

bool offline_make(void *state, const ChunkRow *chunk, size_t n, Asked *ret, Err *err)
{
    (void)err;
    Offline *o = state;
    AskSource source = {.text = chunk->text,
                        .title = chunk->title,
                        .heading = chunk->heading,
                        .weight = weight,
                        .context = o->index,
                        .documents = o->count};
    ask_questions(&source, ret);
    prefer_found(o, chunk->id, LOOKED_UP * n, ret);
    size_t chosen = asked_choose(ret, n);
    for (size_t i = chosen; i < ret->count; i++) free(ret->items[i].text);
    ret->count = chosen;
    return true;
}
