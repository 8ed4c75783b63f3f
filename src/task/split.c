#include "task/split.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "store/corpus.h"
#include "store/questions.h"
#include "task/dataset.h"

/* Shares of the chunks, in tenths. */
#define TRAIN_TENTHS 8
#define VAL_TENTHS 1

static const Split DEALT[] = {SPLIT_TRAIN, SPLIT_VAL, SPLIT_TEST};

/* ---- by document ---- */

/* The split for the next document, `left` of them to deal: train first, and the last ones to test
 * and val when those would stay empty; else the one that is furthest behind its share. */
static Split next_split(const size_t have[SPLIT_COUNT], size_t total, size_t left,
                        bool test_is_frozen)
{
    size_t empty = (have[SPLIT_TEST] == 0) + (have[SPLIT_VAL] == 0);
    if (have[SPLIT_TRAIN] == 0) return SPLIT_TRAIN;
    if (left <= empty && !test_is_frozen) return have[SPLIT_TEST] == 0 ? SPLIT_TEST : SPLIT_VAL;
    static const double SHARE[] = {TRAIN_TENTHS / 10.0, VAL_TENTHS / 10.0,
                                   (10 - TRAIN_TENTHS - VAL_TENTHS) / 10.0};
    Split best = SPLIT_TRAIN;
    double most = -1e300;
    for (int i = 0; i < (test_is_frozen ? 2 : 3); i++) {
        double behind = SHARE[i] - (total ? (double)have[DEALT[i]] / (double)total : 0);
        if (behind > most + 1e-12) {
            most = behind;
            best = DEALT[i];
        }
    }
    return best;
}

static bool deal_documents(const Env *env, const DocumentRows *documents, const uint32_t *order,
                           size_t count, bool test_is_frozen, Err *err)
{
    size_t have[SPLIT_COUNT] = {0}, total = 0;
    for (size_t i = 0; i < documents->count; i++) {
        have[documents->items[i].split] += (size_t)documents->items[i].chunks;
        total += (size_t)documents->items[i].chunks;
    }
    for (size_t i = 0; i < count; i++) {
        const DocumentRow *d = &documents->items[order[i]];
        Split split = next_split(have, total, count - i, test_is_frozen);
        if (!document_set_split(env->store, d->id, split, err)) return false;
        have[d->split] -= (size_t)d->chunks;
        have[split] += (size_t)d->chunks;
    }
    return true;
}

/* ---- one document: blocks ---- */

static int by_place(const void *a, const void *b)
{
    const ChunkRow *x = a, *y = b;
    return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

/* Train, val and test in that order of the text. A chunk that repeats the end of its neighbour's
 * block belongs to no split. */
static bool deal_blocks(const Env *env, const DocumentRow *document, Err *err)
{
    ChunkRows chunks = {0};
    if (!chunks_load(env->store, &(ChunkQuery){.document_id = document->id}, &chunks, err))
        return false;
    qsort(chunks.items, chunks.count, sizeof *chunks.items, by_place);
    size_t train_end = chunks.count * TRAIN_TENTHS / 10,
           val_end = chunks.count * (TRAIN_TENTHS + VAL_TENTHS) / 10;
    DocumentRow row = *document;
    row.by_blocks = true;
    row.split = SPLIT_NONE;
    row.text = NULL;
    int64_t id;
    bool ok = document_put(env->store, &row, &id, err);
    for (size_t i = 0; ok && i < chunks.count; i++) {
        Split split = i < train_end ? SPLIT_TRAIN : i < val_end ? SPLIT_VAL : SPLIT_TEST;
        bool border =
            (i == train_end || i == val_end) && i > 0 && chunks.items[i].overlap_chars > 0;
        ok = chunk_set_split(env->store, chunks.items[i].id, border ? SPLIT_NONE : split, err);
    }
    rows_release(&chunks);
    return ok;
}

/* ---- the whole ---- */

bool split_auto(const Env *env, uint64_t seed, bool again, Err *err)
{
    char hex[HASH_HEX_SIZE];
    bool changed;
    if (!split_frozen(env, hex, &changed, err)) return false;
    if (again && hex[0]) {
        return err_set(err, ERR_CONFLICT,
                       "the test set is frozen (%.8s): dealing all documents out again would "
                       "change it; only documents without a split can be dealt (`split --auto`)",
                       hex);
    }
    if (!store_begin(env->store, err)) return false;
    DocumentRows documents = {0};
    bool ok = documents_load(env->store, NULL, &documents, err);
    uint32_t *order = mem_alloc((documents.count + 1) * sizeof *order);
    size_t count = 0, files = 0;
    for (size_t i = 0; ok && i < documents.count; i++) {
        DocumentRow *d = &documents.items[i];
        if (d->chunks == 0 || !d->path) continue; /* question sets bring their splits with them */
        files++;
        if (!again && (d->split != SPLIT_NONE || d->by_blocks)) continue;
        order[count++] = (uint32_t)i;
    }
    if (ok && !hex[0] && files == 1 && count == 1 && documents.items[order[0]].chunks >= 10) {
        ok = deal_blocks(env, &documents.items[order[0]], err);
    } else if (ok) {
        for (size_t i = 0; again && i < count; i++) documents.items[order[i]].split = SPLIT_NONE;
        Rng rng = rng_make(seed, 0x5);
        rng_shuffle(&rng, order, count);
        ok = deal_documents(env, &documents, order, count, hex[0] != '\0', err);
    }
    free(order);
    rows_release(&documents);
    if (ok && store_commit(env->store, err)) return true;
    store_rollback(env->store);
    return false;
}

/* ---- freezing ---- */

static bool test_hash(const Env *env, char hex[HASH_HEX_SIZE], size_t *ret_questions, Err *err)
{
    Dataset data = {0};
    DatasetQuery query = {.question_splits = 1 << SPLIT_TEST, .corpus_splits = 1 << SPLIT_TEST};
    if (!dataset_load(env, &query, &data, err)) return false;
    hash_hex(&data.hash, hex);
    *ret_questions = data.questions.count;
    dataset_release(&data);
    return true;
}

bool split_freeze(const Env *env, char ret_hex[HASH_HEX_SIZE], Err *err)
{
    size_t questions = 0;
    char hex[HASH_HEX_SIZE];
    if (!test_hash(env, hex, &questions, err)) return false;
    if (questions == 0) {
        return err_set(err, ERR_MISSING,
                       "there are no accepted test questions to freeze: import or generate some, "
                       "or move documents (`split DOCUMENT --split test`)");
    }
    if (!setting_set(env->store, "frozen_test", hex, err)) return false;
    memcpy(ret_hex, hex, sizeof hex);
    return true;
}

bool split_frozen(const Env *env, char ret_hex[HASH_HEX_SIZE], bool *ret_changed, Err *err)
{
    char *frozen = NULL, now[HASH_HEX_SIZE] = "";
    size_t questions = 0;
    if (!setting_get(env->store, "frozen_test", &frozen, err)) return false;
    bool ok = !frozen || test_hash(env, now, &questions, err);
    if (ok) {
        snprintf(ret_hex, HASH_HEX_SIZE, "%s", frozen ? frozen : "");
        *ret_changed = frozen && strcmp(frozen, now) != 0;
    }
    free(frozen);
    return ok;
}
