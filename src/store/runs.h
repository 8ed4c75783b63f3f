/* Training runs, their metric series and checkpoints; retrievers that they made. */
#ifndef STORE_RUNS_H
#define STORE_RUNS_H

#include "store/store.h"

/* run_begin: a new run, or the unfinished one of that name and the same inputs (row filled, go on
 * from its checkpoint). A done run of that name with the same inputs comes back with state "done".
 * ERR_CONFLICT: the name is taken by a run with other inputs (message says what differs is up to
 * the caller), or another live process runs it. */
bool run_begin(Store *s, const RunRow *wanted, RunRow *ret, Arena *arena, Err *err);
bool run_update(Store *s, int64_t id, int64_t step, const char *state, const char *message,
                Err *err);

/* its checkpoint is dropped */
bool run_finish(Store *s, int64_t id, const char *report_json, Err *err);
bool run_remove(Store *s, const char *name, Err *err); /* with its metrics and retrievers */
bool runs_load(Store *s, RunRows *ret, Err *err);
bool run_find(Store *s, const char *name, RunRows *ret, Err *err); /* 0 or 1 */

bool metrics_add(Store *s, int64_t run_id, const MetricRow *rows, size_t count, Err *err);

/* drops what will be done again */
bool metrics_cut(Store *s, int64_t run_id, int64_t after_step, Err *err);

/* name NULL: all; only steps after after_step (-1: from the first on); by name, step. With a name it
 * costs what is new, however long the series. */
bool metrics_load(Store *s, int64_t run_id, const char *name, int64_t after_step, MetricRows *ret,
                  Err *err);

/* checkpoint_put: replaces the run's checkpoint; step and blob change together. */
bool checkpoint_put(Store *s, int64_t run_id, int64_t step, const void *data, size_t size,
                    Err *err);

/* NULL: none */
bool checkpoint_get(Store *s, int64_t run_id, int64_t *ret_step, void **ret, size_t *ret_size,
                    Err *err);

/* replaces the name's */
bool retriever_put(Store *s, const RetrieverRow *row, const void *blob, size_t size,
                   int64_t *ret_id, Err *err);
bool retriever_find(Store *s, const char *name, RetrieverRows *ret, Err *err); /* 0 or 1 */
bool retriever_blob(Store *s, int64_t id, void **ret, size_t *ret_size, Err *err);
bool retrievers_load(Store *s, RetrieverRows *ret, Err *err);

bool eval_add(Store *s, const EvalRow *row, const EvalRankRow *ranks, size_t count,
              int64_t *ret_id, Err *err);
bool evals_load(Store *s, EvalRows *ret, Err *err); /* newest first */
bool eval_ranks(Store *s, int64_t eval_id, EvalRankRows *ret, Err *err);

#endif
