#include "app/advice.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "model/lsa.h"
#include "store/questions.h"
#include "store/runs.h"
#include "task/split.h"

#define TRAIN_ENOUGH 30   /* accepted questions that a first training makes sense with */
#define LSA_OLD_SHARE 0.2 /* of the chunks unseen by the newest build */

static int64_t sum(const int64_t *values, size_t count)
{
    int64_t total = 0;
    for (size_t i = 0; i < count; i++) total += values[i];
    return total;
}

int64_t counts_documents(const Counts *c)
{
    return sum(c->documents, SPLIT_COUNT);
}

int64_t counts_chunks(const Counts *c, ChunkStatus status)
{
    return sum(c->chunks[status], SPLIT_COUNT);
}

int64_t counts_questions(const Counts *c, QuestionStatus status)
{
    return sum(c->questions[status], SPLIT_COUNT);
}

/* Appends a step. words: parted by blanks, the command's name first. why: moved. */
static AdviceStep *add(Advice *a, const char *words, char *why)
{
    AdviceStep step = {.why = why};
    for (const char *at = words; *at;) {
        size_t size = strcspn(at, " ");
        vec_push(&step.words, mem_strndup(at, size));
        at += size + (at[size] == ' ');
    }
    size_t used;
    step.command =
        command_find(step.words.items[0], step.words.count > 1 ? step.words.items[1] : NULL, &used);
    assert(step.command);
    vec_push(a, step);
    return &a->items[a->count - 1];
}

/* ---- the steps, in the order of doing them ---- */

static void next_documents(Advice *ret)
{
    add(ret, "add", str_format("there are no chunks yet"))->blank = "FOLDER";
    add(ret, "import", str_format("a question set may bring its chunks along"))->blank = "FILE";
}

static void next_questions(const Counts *c, size_t without, Advice *ret)
{
    int64_t live = counts_chunks(c, CHUNK_LIVE);
    int64_t all = 0;
    for (int i = 0; i < QUESTION_DELETED; i++) all += counts_questions(c, (QuestionStatus)i);
    if (all == 0 || (int64_t)without * 2 > live)
        add(ret, "generate",
            str_format("%zu of %lld chunks have no question", without, (long long)live));
}

static void next_review(const Counts *c, Advice *ret)
{
    int64_t waiting = counts_questions(c, QUESTION_PENDING) + counts_questions(c, QUESTION_FLAGGED);
    if (waiting > 0)
        add(ret, "questions status:pending,flagged order:-doubt",
            str_format("%lld question%s for a decision", (long long)waiting,
                       waiting == 1 ? " waits" : "s wait"));
}

static void next_split(const Counts *c, Advice *ret)
{
    const int64_t *live = c->chunks[CHUNK_LIVE];
    if (live[SPLIT_NONE] > 0 && live[SPLIT_TRAIN] + live[SPLIT_TEST] == 0)
        add(ret, "split --auto", str_format("no chunk is in a split yet"));
}

static void next_training(const Counts *c, Advice *ret)
{
    int64_t train = c->questions[QUESTION_ACCEPTED][SPLIT_TRAIN];
    if (train > 0 && sum(c->candidates, CANDIDATE_STATUS_COUNT) == 0)
        add(ret, "mine",
            str_format("%lld train question%s no candidates yet", (long long)train,
                       train == 1 ? " has" : "s have"));
    if (train > 0 && c->runs == 0)
        add(ret, "train --name ft-lsa", str_format("nothing is trained yet"));
}

/* The newest run that is done, and whether it was done after the newest table. */
static bool newest_run(const Env *env, char **ret_name, bool *ret_untold, Err *err)
{
    RunRows runs = {0};
    EvalRows evals = {0};
    bool ok = runs_load(env->store, &runs, err) && evals_load(env->store, &evals, err);
    const RunRow *newest = NULL;
    for (size_t i = 0; ok && i < runs.count; i++) /* oldest first */
        if (strcmp(runs.items[i].state, "done") == 0) newest = &runs.items[i];
    if (ok) *ret_name = newest ? mem_strdup(newest->name) : NULL;
    if (ok) *ret_untold = newest && (!evals.count || evals.items[0].made_ms < newest->updated_ms);
    rows_release(&runs);
    rows_release(&evals);
    return ok;
}

static bool next_comparison(const Env *env, const Counts *c, Advice *ret, Err *err)
{
    int64_t test = c->questions[QUESTION_ACCEPTED][SPLIT_TEST],
            val = c->questions[QUESTION_ACCEPTED][SPLIT_VAL];
    const char *words = test ? "eval" : "eval --split val";
    char *name = NULL;
    bool untold = false;
    if (test + val == 0) return true;
    if (c->runs > 0 && !newest_run(env, &name, &untold, err)) return false;
    if (untold)
        add(ret, words, str_format("%s is in no table of retrievers yet", name));
    else if (c->evals == 0)
        add(ret, words, str_format("no table of retrievers yet"));
    free(name);
    return true;
}

static void next_checking(const Counts *c, Advice *ret)
{
    int64_t pending = c->candidates[CANDIDATE_PENDING];
    if (pending > 0)
        add(ret, "candidates status:pending order:-margin",
            str_format("%lld candidate%s not looked at: some may answer their question",
                       (long long)pending, pending == 1 ? " is" : "s are"));
}

bool advice_next(const Env *env, const Counts *counts, Advice *ret, Err *err)
{
    if (counts_chunks(counts, CHUNK_LIVE) == 0) {
        next_documents(ret);
        return true;
    }
    int64_t *ids = NULL;
    size_t without = 0;
    if (!chunks_without_questions(env->store, &ids, &without, err)) return false;
    free(ids);
    next_questions(counts, without, ret);
    /* with enough to train on, a first result comes before the rest of the decisions: it shows what
     * they are good for */
    bool enough = counts->questions[QUESTION_ACCEPTED][SPLIT_TRAIN] >= TRAIN_ENOUGH;
    if (!enough) next_review(counts, ret);
    next_split(counts, ret);
    next_training(counts, ret);
    if (!next_comparison(env, counts, ret, err)) return false;
    if (enough) next_review(counts, ret);
    next_checking(counts, ret);
    return true;
}

bool advice_care(const Env *env, const Counts *counts, Advice *ret, Err *err)
{
    double unseen = 0;
    char frozen[HASH_HEX_SIZE] = "";
    bool changed = false;
    int64_t retired = counts_chunks(counts, CHUNK_RETIRED);
    if (counts_chunks(counts, CHUNK_LIVE) > 0 && !lsa_new_share(env, &unseen, err)) return false;
    if (!split_frozen(env, frozen, &changed, err)) return false;
    if (unseen > LSA_OLD_SHARE)
        add(ret, "build lsa",
            str_format("the newest build has not seen %.0f%% of the chunks", unseen * 100));
    if (changed)
        add(ret, "split --freeze test",
            str_format("the test set is no longer the one that was frozen: new tables cannot be "
                       "compared with old ones; freezing it again begins anew"));
    if (retired > 0)
        add(ret, "chunks status:retired",
            str_format("%lld chunk%s not in the documents any more, with questions",
                       (long long)retired, retired == 1 ? " is" : "s are"));
    return true;
}

void advice_words(const AdviceStep *s, Str *out)
{
    str_add(out, "hone");
    for (size_t i = 0; i < s->words.count; i++) str_addf(out, " %s", s->words.items[i]);
    if (s->blank) str_addf(out, " %s", s->blank);
}

void advice_line(const AdviceStep *s, Str *out)
{
    advice_words(s, out);
    str_addf(out, ": %s", s->why);
}

void advice_release(Advice *a)
{
    for (size_t i = 0; i < a->count; i++) {
        AdviceStep *s = &a->items[i];
        for (size_t w = 0; w < s->words.count; w++) free(s->words.items[w]);
        vec_release(&s->words);
        free(s->why);
    }
    vec_release(a);
}
