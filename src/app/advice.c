#include "app/advice.h"

#include "model/lsa.h"
#include "store/questions.h"
#include "task/split.h"

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

static void add(Advice *a, char *line)
{
    vec_push(a, line);
}

static void next_questions(const Counts *c, size_t without, Advice *ret)
{
    int64_t pending = counts_questions(c, QUESTION_PENDING);
    int64_t flagged = counts_questions(c, QUESTION_FLAGGED);
    int64_t live = counts_chunks(c, CHUNK_LIVE);
    int64_t all = pending + flagged + counts_questions(c, QUESTION_ACCEPTED) +
                  counts_questions(c, QUESTION_REJECTED);
    if (all == 0 || (int64_t)without * 2 > live)
        add(ret, str_format("hone generate: %zu of %lld chunks have no question", without,
                            (long long)live));
    if (pending + flagged > 0)
        add(ret, str_format("hone questions status:pending,flagged order:-doubt: %lld questions "
                            "wait for a decision",
                            (long long)(pending + flagged)));
}

static void next_training(const Counts *c, Advice *ret)
{
    const int64_t *accepted = c->questions[QUESTION_ACCEPTED];
    int64_t unsplit = c->chunks[CHUNK_LIVE][SPLIT_NONE];
    if (unsplit > 0 && c->chunks[CHUNK_LIVE][SPLIT_TRAIN] + c->chunks[CHUNK_LIVE][SPLIT_TEST] == 0)
        add(ret, str_format("hone split --auto: no chunk is in a split yet"));
    if (accepted[SPLIT_TRAIN] > 0 && sum(c->candidates, CANDIDATE_STATUS_COUNT) == 0)
        add(ret, str_format("hone mine: %lld train questions have no candidates for negatives",
                            (long long)accepted[SPLIT_TRAIN]));
    if (accepted[SPLIT_TRAIN] > 0 && c->runs == 0)
        add(ret, str_format("hone train --name first: nothing is trained yet"));
    int64_t test = accepted[SPLIT_TEST], val = accepted[SPLIT_VAL];
    if (test + val > 0 && c->evals == 0)
        add(ret, str_format("hone eval%s: no table of retrievers yet", test ? "" : " --split val"));
}

bool advice_next(const Env *env, const Counts *counts, Advice *ret, Err *err)
{
    if (counts_chunks(counts, CHUNK_LIVE) == 0) {
        add(ret, str_format("hone add FOLDER, or hone import FILE: there are no chunks yet"));
        return true;
    }
    int64_t *ids = NULL;
    size_t without = 0;
    if (!chunks_without_questions(env->store, &ids, &without, err)) return false;
    free(ids);
    next_questions(counts, without, ret);
    next_training(counts, ret);
    return true;
}

bool advice_care(const Env *env, const Counts *counts, Advice *ret, Err *err)
{
    double unseen = 0;
    char frozen[HASH_HEX_SIZE] = "";
    bool changed = false;
    if (counts_chunks(counts, CHUNK_LIVE) > 0 && !lsa_new_share(env, &unseen, err)) return false;
    if (!split_frozen(env, frozen, &changed, err)) return false;
    if (unseen > LSA_OLD_SHARE)
        add(ret, str_format("hone build lsa: the newest build has not seen %.0f%% of the chunks",
                            unseen * 100));
    if (changed)
        add(ret, str_format("the test set is no longer the one that was frozen: new tables cannot "
                            "be compared with "
                            "old ones; 'hone split --freeze test' freezes it as it is now"));
    if (counts_chunks(counts, CHUNK_RETIRED) > 0)
        add(ret,
            str_format(
                "%lld chunks are no longer in their documents but have questions; 'hone chunks "
                "status:retired' lists them",
                (long long)counts_chunks(counts, CHUNK_RETIRED)));
    return true;
}

void advice_release(Advice *a)
{
    for (size_t i = 0; i < a->count; i++) free(a->items[i]);
    vec_release(a);
}
