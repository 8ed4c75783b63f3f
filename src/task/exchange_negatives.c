/* Negatives that a question set brings: candidates of a mining called "import", to be reviewed, or
 * trained on. A mining replaces the one before as a whole, so the current candidates go with them.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "task/exchange_set.h"

#define SUSPECT_SHARE 0.05 /* as mining has it: above 95% of the positive's score */

typedef struct Given {
    const Env *env;
    const QuestionSet *set;
    const int64_t *question; /* (questions) ids, 0: left out or known before */
    const bool *live;        /* (chunks) searched */
} Given;

typedef VEC(CandidateRow) Candidates;

static CandidateRow candidate_of(const SetNegative *n, const SetQuestion *q, size_t place)
{
    double positive = n->has_score && q->has_score ? q->positive_score : 0;
    bool compared = n->has_score && q->has_score;
    return (CandidateRow){.rank = (int64_t)place,
                          .score = n->score,
                          .positive_score = positive,
                          .margin = n->score - positive,
                          .suspect =
                              compared && n->score > positive - fabs(positive) * SUSPECT_SHARE};
}

typedef struct Answer {
    uint32_t question; /* position in the set */
    Hash text;
} Answer;

static Answer answer_of(const QuestionSet *s, uint32_t question, uint32_t chunk)
{
    Answer a;
    memset(&a, 0, sizeof a);
    a.question = question;
    a.text = hash_text(s->chunks.items[chunk].text);
    return a;
}

/* A text that answers is no negative, whichever chunk it is. */
static void list_answers(const Given *g, Map *ret)
{
    const QuestionSet *s = g->set;
    for (size_t i = 0; i < s->links.count; i++) {
        Answer a = answer_of(s, s->links.items[i].question, s->links.items[i].chunk);
        map_put(ret, &a, sizeof a, 0);
    }
}

/* Appends the set's negatives that are not among `seen` (question, chunk) yet. */
static void list_negatives(const Given *g, Map *seen, Candidates *out)
{
    const QuestionSet *s = g->set;
    Map *answers = map_new();
    list_answers(g, answers);
    for (size_t i = 0; i < s->negatives.count; i++) {
        const SetNegative *n = &s->negatives.items[i];
        const SetChunk *chunk = &s->chunks.items[n->chunk];
        IdPair pair = {g->question[n->question], chunk->known_id};
        Answer a = answer_of(s, n->question, n->chunk);
        if (!pair.question || !pair.chunk || !g->live[n->chunk]) continue;
        if (map_get(answers, &a, sizeof a) != MAP_NONE) continue;
        if (!map_put(seen, &pair, sizeof pair, 0)) continue;
        CandidateRow row = candidate_of(n, &s->questions.items[n->question], i + 1);
        row.question_id = pair.question;
        row.chunk_id = pair.chunk;
        vec_push(out, row);
    }
    map_free(answers);
}

static int by_question(const void *a, const void *b)
{
    const CandidateRow *x = a, *y = b;
    if (x->question_id != y->question_id) return x->question_id < y->question_id ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* Sorts by question; the given ones stand behind those that the question had, in their order. */
static void rank(Candidates *rows, size_t had)
{
    Map *last = map_new(); /* question → its last rank so far */
    for (size_t i = 0; i < rows->count; i++) {
        CandidateRow *r = &rows->items[i];
        uint32_t before = map_get(last, &r->question_id, sizeof r->question_id);
        if (before == MAP_NONE) before = 0;
        if (i >= had) r->rank = (int64_t)before + 1;
        uint32_t now = r->rank > before ? (uint32_t)r->rank : before;
        map_put(last, &r->question_id, sizeof r->question_id, now);
    }
    map_free(last);
    qsort(rows->items, rows->count, sizeof *rows->items, by_question);
}

static bool write_mining(const Given *g, const Candidates *rows, size_t given, Err *err)
{
    HashBuilder *b = hash_begin();
    for (size_t i = 0; i < rows->count; i++) {
        hash_add_i64(b, rows->items[i].question_id);
        hash_add_i64(b, rows->items[i].chunk_id);
    }
    Hash inputs = hash_end(b);
    Store *store = g->env->store;
    int64_t last = rows->items[rows->count - 1].question_id;
    char *report = str_format("{\"questions\":%zu,\"candidates\":%zu,\"given\":%zu}",
                              g->set->questions.count, rows->count, given);
    MiningRow mining;
    bool ok = mining_begin(store, "import", &inputs, "{\"retriever\":\"import\"}", &mining, err) &&
              mining_add(store, mining.id, rows->items, rows->count, last, err) &&
              mining_finish(store, mining.id, report, err);
    free(report);
    return ok;
}

bool set_write_negatives(const Env *env, const QuestionSet *s, const int64_t *question,
                         const bool *live, size_t *ret_count, Err *err)
{
    Given given = {env, s, question, live};
    if (s->negatives.count == 0) return true;
    CandidateRows current = {0};
    if (!candidates_load(env->store, &(CandidateQuery){0}, &current, err)) return false;
    Candidates rows = {0};
    Map *seen = map_new();
    for (size_t i = 0; i < current.count; i++) {
        IdPair pair = {current.items[i].question_id, current.items[i].chunk_id};
        map_put(seen, &pair, sizeof pair, 0);
        vec_push(&rows, current.items[i]);
    }
    list_negatives(&given, seen, &rows);
    size_t count = rows.count - current.count;
    bool ok = true;
    if (count > 0) {
        rank(&rows, current.count);
        ok = write_mining(&given, &rows, count, err);
    }
    if (ok) *ret_count = count;
    map_free(seen);
    vec_release(&rows);
    rows_release(&current);
    return ok;
}
