/* Which of OpenBLAS's kernel sets ("cores") this CPU should run. Pure but for reading the CPU, so
 * that every case can be tested without such a CPU.
 *
 * Measured: on Zen 4 the Haswell set is 5% quicker than SkylakeX (its 512-bit units are 256 bits
 * wide); Intel and later AMD gain half or more from SkylakeX. Old builds take new CPUs for
 * Prescott, at a quarter of the speed. */
#ifndef NUM_BLAS_CORE_H
#define NUM_BLAS_CORE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum CoreLevel { CORE_BASIC, CORE_AVX, CORE_AVX2, CORE_AVX512 } CoreLevel;

typedef struct CpuFacts {
    CoreLevel runs;   /* the most that CPU and system can execute */
    CoreLevel wanted; /* the quickest of these */
    size_t l2_kb;     /* as cpuid reports it; some virtual machines say 0 */
    char name[64];
} CpuFacts;

typedef struct CoreState {
    const char *core;  /* that OpenBLAS runs now */
    const char *tried; /* that this process restarted itself with; NULL: it did not */
    bool l2_set;       /* OPENBLAS_L2_SIZE is in the environment */
    bool products_right;
} CoreState;

typedef struct CoreChoice {
    bool restart;
    const char *core; /* for OPENBLAS_CORETYPE; NULL: leave it to OpenBLAS */
    bool set_l2;      /* and give OPENBLAS_L2_SIZE */
} CoreChoice;

CpuFacts cpu_facts(void);

/* core_level: of one of OpenBLAS's names, in any case. */
CoreLevel core_level(const char *core);
const char *core_name(CoreLevel level); /* NULL for CORE_BASIC */

/* core_unlikely_l2: a size that makes OpenBLAS compute block sizes of nothing. */
bool core_unlikely_l2(size_t l2_kb);

/* core_choose: what to do. A chain of restarts ends: each has a lower core than the one before, and
 * a setting that had no effect is the last. */
CoreChoice core_choose(const CpuFacts *cpu, const CoreState *state);

#endif
