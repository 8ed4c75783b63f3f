#include "num/workspace.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "num/attention.h"
#include "num/gemm.h"
#include "num/layernorm.h"

#define HUGE_PAGE ((size_t)2 << 20)
#define LINE ((size_t)16) /* floats of a cache line */

/* Beyond it no computation is meant; below it no sum overflows. */
#define SIZE_LIMIT ((size_t)1 << 28)

/* What one thread's kernels ask for at most: they use it one after the other. 0: too much. */
static size_t scratch_floats(size_t D, size_t T)
{
    if (D > SIZE_LIMIT || T > SIZE_LIMIT) return 0;
    size_t attention = attention_scratch_floats(D, T), layernorm = layernorm_scratch_floats(D);
    size_t most = attention > layernorm ? attention : layernorm;
    if (most < GEMM_SCRATCH) most = GEMM_SCRATCH;
    return (most + LINE - 1) / LINE * LINE;
}

bool workspace_init(Workspace *w, Pool *pool, size_t D, size_t T, Err *err)
{
    size_t threads = pool_threads(pool), floats = scratch_floats(D, T), bytes;
    if (floats > 0 && !__builtin_mul_overflow(floats, sizeof(float), &bytes) &&
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
