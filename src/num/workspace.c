#include "num/workspace.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "num/gemm.h"

#define HUGE_PAGE ((size_t)2 << 20)
#define LINE ((size_t)16) /* floats of a cache line */

/* What the kernels of one thread ask for; they use it one after the other. */
static bool scratch_floats(size_t D, size_t T, size_t *ret_floats)
{
    size_t rows, columns, sum;
    if (__builtin_mul_overflow(T, (size_t)1024, &rows) ||
        __builtin_mul_overflow(D, (size_t)64, &columns) ||
        __builtin_add_overflow(rows, columns, &sum) ||
        __builtin_add_overflow(sum, GEMM_SCRATCH + LINE, &sum))
        return false;
    *ret_floats = sum / LINE * LINE;
    return true;
}

bool workspace_init(Workspace *w, Pool *pool, size_t D, size_t T, Err *err)
{
    size_t threads = pool_threads(pool), floats, bytes;
    if (scratch_floats(D, T, &floats) && !__builtin_mul_overflow(floats, sizeof(float), &bytes) &&
        !__builtin_mul_overflow(bytes, threads, &bytes) && bytes <= PTRDIFF_MAX - 2 * HUGE_PAGE) {
        size_t rounded = (bytes / HUGE_PAGE + 1) * HUGE_PAGE;
        float *scratch = aligned_alloc(HUGE_PAGE, rounded);
        if (scratch) {
            madvise(scratch, rounded, MADV_HUGEPAGE); /* only a wish */
            *w = (Workspace){.pool = pool, .scratch = scratch, .scratch_floats = floats};
            return true;
        }
    }
    return err_set(err, ERR_MEMORY,
                   "no memory for the scratch of %zu threads (hidden size %zu, %zu tokens); use "
                   "fewer threads or shorter inputs",
                   threads, D, T);
}

void workspace_release(Workspace *w)
{
    free(w->scratch);
    *w = (Workspace){0};
}

size_t workspace_bytes(const Workspace *w)
{
    return w->scratch ? pool_threads(w->pool) * w->scratch_floats * sizeof *w->scratch : 0;
}

float *workspace_scratch(const Workspace *w, size_t thread)
{
    return w->scratch + thread * w->scratch_floats;
}
