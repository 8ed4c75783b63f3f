/* split: train, val, test by document; contiguous blocks of chunks where there is one document.
 * Leaks, freezing. */
#ifndef TASK_SPLIT_H
#define TASK_SPLIT_H

#include "model/env.h"
#include "base/vec.h"

/* split_auto: deals documents of no split out 80/10/10 by their chunks, at random by seed; with one
 * document only, its chunks in contiguous blocks (train, val, test; neighbours by overlap at the
 * borders get no split, so that no text is on both sides). Questions follow. Nothing new goes to a
 * frozen test set; question sets that were imported keep what they brought. */

/* again: also those that have a split; refused while test is frozen */
bool split_auto(const Env *env, uint64_t seed, bool again, Err *err);

typedef struct Leak {
    const char *what;       /* "chunk" or "question" */
    int64_t a, b;           /* ids; a is in the split that is earlier in train, val, test */
    Split a_split, b_split;
    double similarity;      /* 1: the same text; else Jaccard of word 3-shingles (characters for unspaced scripts), >= 0.8 */
} Leak;
typedef VEC(Leak) Leaks;

/* MinHash-banded, then exact; not quadratic */
bool split_leaks(const Env *env, Leaks *ret, Err *err);

/* split_freeze: remembers the hash of the test set (questions, relevance, corpus). split_frozen:
 * the hex hash, "" when not frozen; *ret_changed true when the test set is no longer the one
 * frozen. */
bool split_freeze(const Env *env, char ret_hex[HASH_HEX_SIZE], Err *err);
bool split_frozen(const Env *env, char ret_hex[HASH_HEX_SIZE], bool *ret_changed, Err *err);

#endif
