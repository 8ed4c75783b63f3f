/* The offline generator: questions from a chunk's own sentences, by rules (text/ask.h); what is
 * rare in the corpus is worth asking about. */
#include "task/generate_offline.h"

#include <stdlib.h>

#include "retrieve/index.h"

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
    if (ok) *ret_state = index;
    return ok;
}

void offline_close(void *state)
{
    index_free(state);
}

bool offline_make(void *state, const ChunkRow *chunk, size_t n, Asked *ret, Err *err)
{
    (void)err;
    AskSource source = {.text = chunk->text, .title = chunk->title, .heading = chunk->heading, .weight = weight, .context = state,
                        .documents = index_documents(state)};
    ask_questions(&source, ret);
    size_t chosen = asked_choose(ret, n);
    for (size_t i = chosen; i < ret->count; i++) free(ret->items[i].text);
    ret->count = chosen;
    return true;
}
