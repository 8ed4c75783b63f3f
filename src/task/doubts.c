#include "task/doubts.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/vec.h"
#include "retrieve/retriever.h"
#include "store/vectors.h"
#include "task/dataset.h"
#include "text/ask.h"
#include "text/words.h"

#define RANK_DEPTH 1000 /* how far the own chunk is looked for */
#define TWIN_HITS 8     /* nearest questions that are compared */
#define TWIN_SIMILARITY                                                                            \
    0.75 /* share of common words, weighed, from which two questions are twins */
#define BATCH 512

double doubt_copied_share(const char *question, const char *text)
{
    return ask_copied(question, text);
}

bool doubt_nameless(const char *question)
{
    return ask_nameless(question);
}

/* Each doubt leaves a share of trust; together they leave the product. */
double doubt_sum(const Doubts *d)
{
    double trust = 1;
    if (d->own_rank == 0)
        trust *= 0.4;
    else if (d->own_rank > 20)
        trust *= 0.5;
    else if (d->own_rank > 5)
        trust *= 0.7;
    else if (d->own_rank > 1)
        trust *= 0.9;
    if (d->copied > 0.5) trust *= 1 - (d->copied - 0.5);
    if (d->twin_id) trust *= 0.6;
    if (d->nameless) trust *= 0.1;
    return 1 - trust;
}

/* ---- twins ---- */

/* A word of a question. What asks weighs little, numbers much: two years are two questions. */
typedef struct Weighed {
    uint64_t word;
    double weight;
} Weighed;

typedef VEC(Weighed) WordSet;

static int by_value(const void *a, const void *b)
{
    uint64_t x = ((const Weighed *)a)->word, y = ((const Weighed *)b)->word;
    return (x > y) - (x < y);
}

#define FUNCTION_WEIGHT 0.3
#define NUMBER_WEIGHT 2.0

static WordSet words_of(const char *text)
{
    Words words = {0};
    WordSet set = {0};
    words_split(text, strlen(text), &words);
    for (size_t i = 0; i < words.words.count; i++) {
        Word w = words.words.items[i];
        const char *word = words.folded.data + w.at;
        bool number = strcspn(word, "0123456789") < w.size;
        double weight = word_is_function(word, w.size) ? FUNCTION_WEIGHT
                        : number                       ? NUMBER_WEIGHT
                                                       : 1;
        vec_push(&set, (Weighed){hash_u64(word, w.size, 0), weight});
    }
    words_release(&words);
    if (set.count) qsort(set.items, set.count, sizeof *set.items, by_value);
    return set;
}

/* Jaccard similarity of two weighed multisets of words. */
static double similarity(const char *a, const char *b)
{
    WordSet x = words_of(a), y = words_of(b);
    double both = 0, all = 0;
    for (size_t i = 0, j = 0; i < x.count || j < y.count;) {
        bool left = j == y.count || (i < x.count && x.items[i].word <= y.items[j].word);
        bool right = i == x.count || (j < y.count && y.items[j].word <= x.items[i].word);
        double weight = left ? x.items[i].weight : y.items[j].weight;
        all += weight;
        if (left && right) both += weight;
        i += left;
        j += right;
    }
    vec_release(&x);
    vec_release(&y);
    return all > 0 ? both / all : 0;
}

/* The earlier question that says nearly the same; the later one carries the doubt. */
static void find_twin(const QuestionRows *all, const QuestionRow *q, const Hit *hits, size_t count,
                      Doubts *d)
{
    for (size_t i = 0; i < count; i++) {
        const QuestionRow *other = &all->items[hits[i].row];
        if (other->id >= q->id) continue;
        double s = similarity(q->text, other->text);
        if (s >= TWIN_SIMILARITY && s > d->twin_score) {
            d->twin_id = other->id;
            d->twin_score = s;
        }
    }
}

static bool find_twins(const Env *env, const QuestionRows *all, const size_t *which, size_t count,
                       Doubts *doubts, Err *err)
{
    CorpusView view;
    Retriever *r = NULL;
    corpus_view_questions(all, &view);
    bool ok = retriever_open(env, "tfidf", &view, &r, err);
    const char *texts[BATCH];
    for (size_t at = 0; ok && at < count; at += BATCH) {
        size_t n = count - at < BATCH ? count - at : BATCH;
        Results results = {0};
        for (size_t i = 0; i < n; i++) texts[i] = all->items[which[at + i]].text;
        ok = cancel_check(env->cancel, err) &&
             retriever_search(env, r, texts, n, TWIN_HITS, &results, err);
        for (size_t i = 0; ok && i < n; i++) {
            find_twin(all, &all->items[which[at + i]], results.hits + results.offset[i],
                      results.offset[i + 1] - results.offset[i], &doubts[at + i]);
        }
        results_release(&results);
    }
    retriever_close(r);
    corpus_view_release(&view);
    return ok;
}

/* ---- ranks ---- */

/* lsa takes part where the project has a build of it; else building one would be the price of a
 * doubt. */
static bool doubting_retriever(const Env *env, const char **ret, Err *err)
{
    BuildRow build;
    bool found = false;
    if (!build_latest(env->store, "lsa", &build, &found, err)) return false;
    *ret = found ? "bm25+lsa" : "bm25";
    return true;
}

static void judge_text(const Dataset *data, size_t q, Doubts *d)
{
    const char *question = data->questions.items[q].text;
    d->nameless = doubt_nameless(question);
    for (size_t j = data->positive_offset[q]; j < data->positive_offset[q + 1]; j++) {
        double share = doubt_copied_share(question, data->chunks.items[data->positive[j]].text);
        if (share > d->copied) d->copied = share;
    }
}

static bool find_ranks(const Env *env, const Dataset *data, const size_t *which, size_t count,
                       Doubts *doubts, Err *err)
{
    const char *name;
    Retriever *r = NULL;
    bool ok =
        doubting_retriever(env, &name, err) && retriever_open(env, name, &data->view, &r, err);
    const char *texts[BATCH];
    progress_begin(env->progress, "doubts", "questions", count);
    for (size_t at = 0; ok && at < count; at += BATCH) {
        size_t n = count - at < BATCH ? count - at : BATCH;
        Results results = {0};
        for (size_t i = 0; i < n; i++) texts[i] = data->questions.items[which[at + i]].text;
        ok = cancel_check(env->cancel, err) &&
             retriever_search(env, r, texts, n, RANK_DEPTH, &results, err);
        for (size_t i = 0; ok && i < n; i++) {
            for (size_t h = results.offset[i];
                 h < results.offset[i + 1] && doubts[at + i].own_rank == 0; h++) {
                if (dataset_is_positive(data, which[at + i], results.hits[h].row))
                    doubts[at + i].own_rank = (int64_t)(h - results.offset[i]) + 1;
            }
            judge_text(data, which[at + i], &doubts[at + i]);
        }
        results_release(&results);
        progress_update(env->progress, at + n);
    }
    retriever_close(r);
    return ok;
}

static bool put_all(const Env *env, const Dataset *data, const size_t *which, size_t count,
                    Doubts *doubts, Err *err)
{
    bool ok = true;
    for (size_t at = 0; ok && at < count; at += BATCH) {
        if (!store_begin(env->store, err)) return false;
        for (size_t i = at; ok && i < count && i < at + BATCH; i++) {
            doubts[i].known = true;
            doubts[i].doubt = doubt_sum(&doubts[i]);
            ok = doubts_put(env->store, data->questions.items[which[i]].id, &doubts[i], err);
        }
        if (ok)
            ok = store_commit(env->store, err);
        else
            store_rollback(env->store);
    }
    return ok;
}

bool task_doubts(const Env *env, bool all, size_t *ret_computed, Err *err)
{
    Dataset data = {0};
    DatasetQuery query = {.question_statuses = 1 << QUESTION_PENDING | 1 << QUESTION_ACCEPTED |
                                               1 << QUESTION_FLAGGED};
    if (!dataset_load(env, &query, &data, err)) return false;
    size_t *which = mem_zero(data.questions.count + 1, sizeof *which), count = 0;
    for (size_t q = 0; q < data.questions.count; q++) {
        if (all || !data.questions.items[q].doubts.known) which[count++] = q;
    }
    Doubts *doubts = mem_zero(count + 1, sizeof *doubts);
    bool ok = count == 0 || (find_ranks(env, &data, which, count, doubts, err) &&
                             find_twins(env, &data.questions, which, count, doubts, err) &&
                             put_all(env, &data, which, count, doubts, err));
    if (ok) *ret_computed = count;
    free(doubts);
    free(which);
    dataset_release(&data);
    return ok;
}
