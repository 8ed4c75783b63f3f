#include "app/facts_outcome.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "store/corpus.h"
#include "store/questions.h"

#define SNIPPET 400 /* columns of a chunk that are kept */

typedef struct Asked {
    char *run;
    Progress progress;
    OutcomeFacts *facts;
    OutcomeFactsDone *done;
    void *context;
} Asked;

void outcome_facts_free(OutcomeFacts *f)
{
    if (!f) return;
    outcome_release(&f->outcome);
    free(f->questions);
    free(f->chunks);
    arena_release(&f->arena);
    free(f);
}

/* ---- texts ---- */

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int text_by_id(const void *a, const void *b)
{
    return by_id(&((const OutcomeText *)a)->id, &((const OutcomeText *)b)->id);
}

/* Ascending, each once. */
static void tidy(OutcomeIds *ids)
{
    size_t count = 0;
    if (ids->count) qsort(ids->items, ids->count, sizeof *ids->items, by_id);
    for (size_t i = 0; i < ids->count; i++)
        if (count == 0 || ids->items[i] != ids->items[count - 1])
            ids->items[count++] = ids->items[i];
    ids->count = count;
}

static void add_moves(const OutcomeMoves *moves, OutcomeIds *ids)
{
    for (size_t i = 0; i < moves->count && i < OUTCOME_LIST; i++)
        vec_push(ids, moves->items[i].question_id);
}

static void add_hits(const OutcomeHits *hits, OutcomeIds *questions, OutcomeIds *chunks)
{
    for (size_t i = 0; i < hits->count; i++) {
        vec_push(questions, hits->items[i].question_id);
        vec_push(chunks, hits->items[i].chunk_id);
    }
}

static bool read_questions(const Env *env, const OutcomeIds *ids, OutcomeFacts *f, Err *err)
{
    QuestionRows rows = {0};
    QuestionQuery query = {.ids = ids->items, .id_count = ids->count};
    if (ids->count == 0) return true;
    if (!questions_load(env->store, &query, &rows, err)) return false;
    f->questions = mem_zero(rows.count + 1, sizeof *f->questions);
    for (size_t i = 0; i < rows.count; i++)
        f->questions[i] =
            (OutcomeText){rows.items[i].id, arena_strdup(&f->arena, rows.items[i].text)};
    f->question_count = rows.count;
    rows_release(&rows);
    qsort(f->questions, f->question_count, sizeof *f->questions, text_by_id);
    return true;
}

static bool read_chunks(const Env *env, const OutcomeIds *ids, OutcomeFacts *f, Err *err)
{
    ChunkRows rows = {0};
    ChunkQuery query = {
        .statuses = (1 << CHUNK_STATUS_COUNT) - 1, .ids = ids->items, .id_count = ids->count};
    if (ids->count == 0) return true;
    if (!chunks_load(env->store, &query, &rows, err)) return false;
    f->chunks = mem_zero(rows.count + 1, sizeof *f->chunks);
    for (size_t i = 0; i < rows.count; i++) {
        const char *text = rows.items[i].text ? rows.items[i].text : "";
        char *cut = mem_strndup(text, utf8_fit(text, strlen(text), SNIPPET));
        f->chunks[i] = (OutcomeText){rows.items[i].id, arena_strdup(&f->arena, cut)};
        free(cut);
    }
    f->chunk_count = rows.count;
    rows_release(&rows);
    qsort(f->chunks, f->chunk_count, sizeof *f->chunks, text_by_id);
    return true;
}

static bool read_texts(const Env *env, OutcomeFacts *f, Err *err)
{
    const Outcome *o = &f->outcome;
    OutcomeIds questions = {0}, chunks = {0};
    add_moves(&o->won, &questions);
    add_moves(&o->lost, &questions);
    add_hits(&o->above, &questions, &chunks);
    add_hits(&o->first, &questions, &chunks);
    for (size_t i = 0; i < o->nowhere.count; i++) vec_push(&questions, o->nowhere.items[i]);
    tidy(&questions);
    tidy(&chunks);
    bool ok = read_questions(env, &questions, f, err) && read_chunks(env, &chunks, f, err);
    vec_release(&questions);
    vec_release(&chunks);
    return ok;
}

static const char *find(const OutcomeText *texts, size_t count, int64_t id)
{
    OutcomeText key = {.id = id};
    const OutcomeText *t = count ? bsearch(&key, texts, count, sizeof *texts, text_by_id) : NULL;
    return t && t->text ? t->text : "";
}

const char *outcome_question(const OutcomeFacts *f, int64_t id)
{
    return find(f->questions, f->question_count, id);
}

const char *outcome_chunk(const OutcomeFacts *f, int64_t id)
{
    return find(f->chunks, f->chunk_count, id);
}

/* ---- asking ---- */

static bool work(void *data, const Env *env, Err *err)
{
    Asked *a = data;
    Env own = *env;
    own.progress = &a->progress;
    a->facts = mem_zero(1, sizeof *a->facts);
    return task_outcome(&own, a->run, NULL, &a->facts->outcome, err) &&
           read_texts(env, a->facts, err);
}

static void done(void *data, const Err *err)
{
    Asked *a = data;
    OutcomeFacts *facts = err ? NULL : a->facts;
    if (!err) a->facts = NULL;
    a->done(a->context, facts, err);
}

static void release(void *data)
{
    Asked *a = data;
    outcome_facts_free(a->facts);
    progress_release(&a->progress);
    free(a->run);
    free(a);
}

Progress *outcome_facts_ask(Desk *d, const void *slot, const char *run, OutcomeFactsDone *callback,
                            void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    *a = (Asked){.run = mem_strdup(run), .done = callback, .context = context};
    progress_init(&a->progress);
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_LONG, &q);
    return &a->progress;
}
