/* BLAS: the one place that knows OpenBLAS. Matrix products on our own pool; each thread calls
 * serial OpenBLAS on rows of its own. Row-major, leading dimensions in floats. */
#ifndef NUM_BLAS_H
#define NUM_BLAS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/pool.h"

typedef struct BlasInfo {
    char core[32];     /* the kernel set that OpenBLAS runs: "Haswell", "SkylakeX" … */
    char wanted[32];   /* what this CPU can do */
    char cpu[64];      /* the CPU's own name */
    char config[128];  /* OpenBLAS's version and build */
    bool mended;       /* the program restarted itself with the right core */
    bool right;        /* core is as good as wanted, and its products were checked */
} BlasInfo;

/* blas_start: call first thing in main. OpenBLAS chooses its kernels before main runs and takes
 * some CPUs for much older ones; when its choice is not the quickest that the CPU can run, or gives
 * wrong products in a small check, this sets OPENBLAS_CORETYPE and executes the program again (a
 * marker in the environment ends any loop). Without /proc it goes on as it is, and blas_info says
 * so. Sets OpenBLAS to one thread. Does not return when it re-executes. The check runs in a child
 * process: no thread may have been started. */
void blas_start(char **argv);
BlasInfo blas_info(void); /* checks the products again: half a millisecond */

/* gemm: C = alpha · op(A) · op(B) + beta · C, op(X) = X or Xᵀ. op(A) (m,k), op(B) (k,n), C (m,n)
 * in/out, must not alias A or B. beta 0 overwrites (NaN in C is ignored). The rows of C, or its
 * columns where there are few rows, are shared out over the pool (NULL: the caller alone). No
 * reduction across threads: the result does not depend on their number beyond that split. */
void gemm(Pool *pool, bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
          const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);

/* eigen_symmetric: a (n,n) double, symmetric, overwritten with eigenvectors in rows, ascending
 * eigenvalues in values (n). ERR_NUMERIC when LAPACK does not converge or a value is not finite. */
bool eigen_symmetric(double *a, size_t n, double *values, Err *err);

#endif
