/* Pool: a fixed set of threads that share the pieces of one loop at a time.
 *
 * The calling thread works too, so a pool of n threads starts n - 1. Pieces are taken
 * in ascending order; which thread takes which piece is not fixed, so a piece must
 * write only what belongs to it, and results do not depend on the schedule.
 * One pool_run at a time: calls from several threads wait for each other; a call from
 * inside a piece runs its pieces on the spot. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

typedef struct Pool Pool;

/* PoolWork: one piece. thread is 0 … pool_threads() - 1, for scratch memory. */
typedef void PoolWork(void *context, size_t piece, size_t thread);

/* PoolRange: items [first, end) of a range. */
typedef void PoolRange(void *context, size_t first, size_t end, size_t thread);

Pool *pool_new(size_t threads); /* 0: one for each core that this process may use */

/* pool_new_behind: its threads give way to others by `steps` (base/thread.h), so that a screen
 * answers while they work. */
Pool *pool_new_behind(size_t threads, int steps);
void pool_free(Pool *p);        /* NULL is allowed */
size_t pool_threads(const Pool *p); /* NULL is one thread: work runs on the caller */

void pool_run(Pool *p, size_t pieces, PoolWork *work, void *context);

/* pool_range: splits [0, count) into ranges of `grain` items (the last may be shorter). */
void pool_range(Pool *p, size_t count, size_t grain, PoolRange *work, void *context);

size_t pool_cores(void); /* cores that this process may use */

#endif
