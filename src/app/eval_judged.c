#include <stdlib.h>

#include "app/eval_facts.h"
#include "base/mem.h"
#include "store/corpus.h"
#include "store/mining.h"
#include "store/questions.h"

typedef struct Asked {
    int64_t id;
    EvalJudged *judged;
    EvalJudgedDone *done;
    void *context;
} Asked;

void eval_judged_free(EvalJudged *j)
{
    if (!j) return;
    arena_release(&j->arena);
    free(j);
}

bool eval_judged_has(const EvalJudged *j, const ChunkRow *chunk)
{
    for (size_t i = 0; i < j->own_count; i++)
        if (j->own[i] == chunk->id) return true;
    for (size_t i = 0; i < j->decided_count; i++)
        if (hash_equal(&j->decided[i], &chunk->text_hash)) return true;
    return false;
}

static void take_verdicts(EvalJudged *j, const VerdictRows *verdicts)
{
    size_t count = 0;
    for (size_t i = 0; i < verdicts->count; i++)
        count += verdicts->items[i].question_id == j->question_id;
    j->decided = arena_alloc(&j->arena, count * sizeof *j->decided + 1);
    for (size_t i = 0; i < verdicts->count; i++)
        if (verdicts->items[i].question_id == j->question_id)
            j->decided[j->decided_count++] = verdicts->items[i].text_hash;
}

static bool work(void *data, const Env *env, Err *err)
{
    Asked *a = data;
    EvalJudged *j = a->judged = mem_zero(1, sizeof *j);
    QuestionRows question = {0};
    ChunkRows chunks = {0};
    VerdictRows verdicts = {0};
    QuestionQuery which = {.ids = &a->id, .id_count = 1};
    ChunkQuery own = {.statuses = (1 << CHUNK_STATUS_COUNT) - 1, .question_id = a->id};
    j->question_id = a->id;
    bool ok = questions_load(env->store, &which, &question, err) &&
              chunks_load(env->store, &own, &chunks, err) &&
              verdicts_load(env->store, &verdicts, err);
    if (ok) {
        if (question.count) j->text = arena_strdup(&j->arena, question.items[0].text);
        j->own = arena_alloc(&j->arena, chunks.count * sizeof *j->own + 1);
        for (size_t i = 0; i < chunks.count; i++) j->own[j->own_count++] = chunks.items[i].id;
        take_verdicts(j, &verdicts);
    }
    rows_release(&question);
    rows_release(&chunks);
    rows_release(&verdicts);
    return ok;
}

static void done(void *data, const Err *err)
{
    Asked *a = data;
    EvalJudged *judged = err ? NULL : a->judged;
    if (!err) a->judged = NULL;
    a->done(a->context, judged, err);
}

static void release(void *data)
{
    Asked *a = data;
    eval_judged_free(a->judged);
    free(a);
}

void eval_judged_ask(Desk *d, const void *slot, int64_t question_id, EvalJudgedDone *callback,
                     void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    *a = (Asked){.id = question_id, .done = callback, .context = context};
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_PAGE, &q);
}
