/* curate: what a person makes by hand of chunks and questions, as decisions of one group, so that
 * one undo takes it back. A made row stays in the file when its making is undone: a question as
 * deleted, a chunk as retired. */
#ifndef TASK_CURATE_H
#define TASK_CURATE_H

#include "model/env.h"

/* curate_question_add: an accepted question of origin human with one positive. split NONE: the
 * chunk's. ERR_MISSING: no such chunk; ERR_USAGE: blank text, or the chunk has this question. */
bool curate_question_add(const Env *env, const char *text, int64_t chunk_id, Split split,
                         int64_t *ret_id, Err *err);

/* curate_chunk_join: one chunk of 2 or more neighbours of one document and split, in the order of
 * the text whatever the order given. The parts become excluded; their questions and verdicts go to
 * the new chunk. Its key tells its parts: "12+13". ERR_USAGE: not live, not neighbours, not
 * together. */
bool curate_chunk_join(const Env *env, const int64_t *ids, size_t count, int64_t *ret_id, Err *err);

/* curate_chunk_split: two chunks, the first of `at` characters; blanks at the cut are dropped. A
 * question goes to the part that holds more of its words, to both when they hold as many. Keys
 * "12/1", "12/2". ERR_USAGE: a part would be empty. */
bool curate_chunk_split(const Env *env, int64_t id, size_t at, int64_t ret_ids[2], Err *err);

#endif
