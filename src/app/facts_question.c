#include <stdlib.h>

#include "app/facts.h"
#include "base/mem.h"
#include "store/corpus.h"
#include "store/questions.h"

typedef struct Asked {
    int64_t id;
    QuestionFacts *facts;
    QuestionFactsDone *done;
    void *context;
} Asked;

void question_facts_free(QuestionFacts *f)
{
    if (!f) return;
    rows_release(&f->question);
    rows_release(&f->chunks);
    rows_release(&f->others);
    free(f);
}

static bool work(void *data, const Env *env, Err *err)
{
    Asked *a = data;
    QuestionFacts *f = a->facts = mem_zero(1, sizeof *f);
    ChunkQuery chunks = {.statuses = (1 << CHUNK_STATUS_COUNT) - 1, .question_id = a->id};
    if (!question_get(env->store, a->id, &f->question, err) ||
        !chunks_load(env->store, &chunks, &f->chunks, err))
        return false;
    QuestionQuery query = {.chunk_id = f->chunks.count ? f->chunks.items[0].id : 0};
    return !query.chunk_id || questions_load(env->store, &query, &f->others, err);
}

static void done(void *data, const Err *err)
{
    Asked *a = data;
    QuestionFacts *facts = err ? NULL : a->facts;
    if (!err) a->facts = NULL;
    a->done(a->context, facts, err);
}

static void release(void *data)
{
    Asked *a = data;
    question_facts_free(a->facts);
    free(a);
}

void question_facts_ask(Desk *d, const void *slot, int64_t question_id, QuestionFactsDone *callback,
                        void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    *a = (Asked){.id = question_id, .done = callback, .context = context};
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_PAGE, &q);
}
