#include "num/rows_kernels.h"

const RowsKernels *const ROWS_KERNELS[ROWS_LEVELS] = {&ROWS_AVX512, &ROWS_AVX2, &ROWS_PLAIN};

bool rows_usable(const RowsKernels *kernels)
{
#if defined(__x86_64__)
    if (kernels == &ROWS_AVX512) return __builtin_cpu_supports("avx512f") != 0;
    if (kernels == &ROWS_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return kernels->name != NULL;
}

const RowsKernels *rows_kernels(void)
{
    const RowsKernels *const *kernels = ROWS_KERNELS;
    while (!rows_usable(*kernels)) kernels++;
    return *kernels;
}
