#include "app/facts_negatives.h"

#include <string.h>

#include "base/mem.h"
#include "store/corpus.h"
#include "store/mining.h"
#include "store/questions.h"

#define ONE_BY_ONE 500 /* so many questions are asked for each by itself, more by one look at all  \
                        */
#define ALL_CHUNKS ((1 << CHUNK_STATUS_COUNT) - 1)

typedef struct Asked {
    int64_t id;
    char *filter;
    NegativesFacts *facts;
    NegativesFactsDone *done;
    void *context;
} Asked;

void negatives_facts_free(NegativesFacts *f)
{
    if (!f) return;
    rows_release(&f->question);
    rows_release(&f->positives);
    rows_release(&f->candidates);
    rows_release(&f->chunks);
    free(f->queued);
    arena_release(&f->arena);
    free(f);
}

const ChunkRow *negatives_chunk(const NegativesFacts *f, size_t i)
{
    int64_t id = f->candidates.items[i].chunk_id;
    for (size_t c = 0; c < f->chunks.count; c++)
        if (f->chunks.items[c].id == id) return &f->chunks.items[c];
    return NULL;
}

/* ---- on the lane ---- */

static bool load_mining(Store *s, NegativesFacts *f, Err *err)
{
    MiningRows rows = {0};
    if (!minings_load(s, &rows, err)) return false;
    const MiningRow *current = NULL;
    for (size_t i = 0; i < rows.count; i++) /* oldest first */
        if (rows.items[i].finished) current = &rows.items[i];
    f->mining_id = current ? current->id : 0;
    mine_options_read(current ? current->options : NULL, &f->arena, &f->mined);
    rows_release(&rows);
    return true;
}

static int by_rank(const void *a, const void *b)
{
    const CandidateRow *x = a, *y = b;
    if ((x->rank == 0) != (y->rank == 0)) return x->rank == 0 ? 1 : -1;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static bool load_candidates(Store *s, int64_t question_id, NegativesFacts *f, Err *err)
{
    char *limit = str_format("limit:%d", NEGATIVES_MOST + 1);
    CandidateQuery query = {.question_id = question_id, .filter = limit};
    bool ok = candidates_load(s, &query, &f->candidates, err);
    free(limit);
    if (!ok) return false;
    f->more = f->candidates.count > NEGATIVES_MOST;
    if (f->more) f->candidates.count = NEGATIVES_MOST;
    if (f->candidates.count)
        qsort(f->candidates.items, f->candidates.count, sizeof *f->candidates.items, by_rank);
    return true;
}

static bool load_texts(Store *s, NegativesFacts *f, Err *err)
{
    VEC(int64_t) ids = {0};
    if (f->candidates.count == 0) return true;
    for (size_t i = 0; i < f->candidates.count; i++)
        vec_push(&ids, f->candidates.items[i].chunk_id);
    ChunkQuery query = {.statuses = ALL_CHUNKS, .ids = ids.items, .id_count = ids.count};
    bool ok = chunks_load(s, &query, &f->chunks, err);
    vec_release(&ids);
    return ok;
}

/* Which of the candidates the queue's filter means. */
static bool load_queued(Store *s, const Asked *a, NegativesFacts *f, Err *err)
{
    CandidateRows rows = {0};
    CandidateQuery query = {.question_id = a->id, .filter = a->filter};
    Err none = {0};
    f->queued = mem_zero(f->candidates.count + 1, sizeof *f->queued);
    if (!candidates_load(s, &query, &rows, &none)) {
        if (none.kind == ERR_USAGE || none.kind == ERR_LIMIT) return true;
        *err = none;
        return false;
    }
    for (size_t i = 0; i < f->candidates.count; i++)
        for (size_t r = 0; r < rows.count && !f->queued[i]; r++)
            f->queued[i] = rows.items[r].id == f->candidates.items[i].id;
    rows_release(&rows);
    return true;
}

static bool was_candidate(const NegativesFacts *f, int64_t chunk_id)
{
    for (size_t i = 0; i < f->candidates.count; i++)
        if (f->candidates.items[i].chunk_id == chunk_id) return true;
    return false;
}

/* The positives that candidates are measured by come before those that were made of candidates. */
static void order_positives(NegativesFacts *f)
{
    ChunkRow *items = f->positives.items;
    for (size_t i = 0, first = 0; i < f->positives.count; i++) {
        if (was_candidate(f, items[i].id)) continue;
        ChunkRow row = items[i];
        memmove(items + first + 1, items + first, (i - first) * sizeof *items);
        items[first++] = row;
    }
}

static bool work(void *data, const Env *env, Err *err)
{
    Asked *a = data;
    Store *s = env->store;
    NegativesFacts *f = a->facts = mem_zero(1, sizeof *f);
    if (!load_mining(s, f, err)) return false;
    if (a->id == 0) return true;
    QuestionQuery question = {.ids = &a->id, .id_count = 1};
    ChunkQuery positives = {.statuses = ALL_CHUNKS, .question_id = a->id};
    bool ok = questions_load(s, &question, &f->question, err) &&
              chunks_load(s, &positives, &f->positives, err) && load_candidates(s, a->id, f, err) &&
              load_texts(s, f, err) && load_queued(s, a, f, err);
    if (ok) order_positives(f);
    return ok;
}

static void done(void *data, const Err *err)
{
    Asked *a = data;
    NegativesFacts *facts = err ? NULL : a->facts;
    if (!err) a->facts = NULL;
    a->done(a->context, facts, err);
}

static void release(void *data)
{
    Asked *a = data;
    negatives_facts_free(a->facts);
    free(a->filter);
    free(a);
}

void negatives_facts_ask(Desk *d, const void *slot, int64_t question_id, const char *filter,
                         NegativesFactsDone *callback, void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    *a = (Asked){
        .id = question_id, .filter = mem_strdup(filter), .done = callback, .context = context};
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_PAGE, &q);
}

/* ---- many at once ---- */

typedef struct Many {
    VEC(int64_t) questions; /* ascending */
    char *filter;
    CandidateRefs refs;
    NegativesManyDone *done;
    void *context;
} Many;

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool take_matching(Many *m, Store *s, int64_t question_id, Err *err)
{
    CandidateRows rows = {0};
    CandidateQuery query = {.question_id = question_id, .filter = m->filter};
    if (!candidates_load(s, &query, &rows, err)) return false;
    for (size_t i = 0; i < rows.count; i++) {
        int64_t of = rows.items[i].question_id;
        if (question_id || bsearch(&of, m->questions.items, m->questions.count,
                                   sizeof *m->questions.items, by_number))
            vec_push(&m->refs, (CandidateRef){of, rows.items[i].chunk_id});
    }
    rows_release(&rows);
    return true;
}

static bool many_work(void *data, const Env *env, Err *err)
{
    Many *m = data;
    if (m->questions.count == 0) return true;
    qsort(m->questions.items, m->questions.count, sizeof *m->questions.items, by_number);
    if (m->questions.count > ONE_BY_ONE) return take_matching(m, env->store, 0, err);
    for (size_t i = 0; i < m->questions.count; i++)
        if (!take_matching(m, env->store, m->questions.items[i], err)) return false;
    return true;
}

static void many_done(void *data, const Err *err)
{
    Many *m = data;
    m->done(m->context, err ? NULL : &m->refs, err);
}

static void many_release(void *data)
{
    Many *m = data;
    vec_release(&m->questions);
    vec_release(&m->refs);
    free(m->filter);
    free(m);
}

void negatives_many_ask(Desk *d, const void *slot, const int64_t *questions, size_t count,
                        const char *filter, NegativesManyDone *callback, void *context)
{
    Many *m = mem_zero(1, sizeof *m);
    m->filter = mem_strdup(filter);
    m->done = callback;
    m->context = context;
    for (size_t i = 0; i < count; i++) vec_push(&m->questions, questions[i]);
    Inquiry q = {
        .slot = slot, .work = many_work, .done = many_done, .release = many_release, .data = m};
    desk_ask(d, LANE_LIST, &q);
}
