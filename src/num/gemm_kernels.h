/* The sets of kernels behind gemm.h, one for each level of the CPU (as num/vector_kernels.h), and
 * gemm.h's functions for a given set, so that tests and the bench reach every one. A tile of C, at
 * most `rows` × `width`, stays in registers while its sum runs along k; each element is a chain of
 * multiply-adds in ascending order, whatever the tile's size: where a product is cut does not
 * change it. */
#ifndef NUM_GEMM_KERNELS_H
#define NUM_GEMM_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "num/gemm.h"

/* c (r, columns) = A · b, or += when add; r is the kernel's own number of rows, b (k, width) a
 * panel, columns ≤ width are stored. a: (r,k) with lda for a kernel along rows, (k,r) along
 * columns. */
typedef void GemmTile(size_t k, const float *a, size_t lda, const float *b, float *c, size_t ldc,
                      size_t columns, bool add);

/* One panel, or a part of it, from a matrix (k,n): to[l·width + j] = from[l·ld + j]. */
typedef void GemmCopy(size_t k, size_t n, const float *from, size_t ld, float *to, size_t width);
/* Many of them, `columns` of the matrix in each, which lie `stride` floats apart:
 * to[j / columns · stride + l · width + j % columns] = from[l·ld + j]. */
typedef void GemmCopyPanels(size_t k, size_t n, const float *from, size_t ld, float *to,
                            size_t columns, size_t width, size_t stride);
/* As GemmCopy from a matrix (n,k): to[l·width + j] = from[j·ld + l]. */
typedef void GemmTranspose(size_t k, size_t n, const float *from, size_t ld, float *to,
                           size_t width);

#define GEMM_ROWS_MAX 14
#define GEMM_WIDTH_MAX 32

typedef struct GemmKernels {
    const char *name; /* "avx512", "avx2", "plain" */
    size_t rows, width;
    size_t group; /* rows of C for which gemm_outer copies columns of a side by side */
    /* [r - 1][columns > width / 2] */
    GemmTile *by_rows[GEMM_ROWS_MAX][2], *by_columns[GEMM_ROWS_MAX][2];
    GemmCopy *copy;
    GemmCopyPanels *copy_panels;
    GemmTranspose *transpose;
} GemmKernels;

#define GEMM_LEVELS 3
extern const GemmKernels GEMM_KERNELS[GEMM_LEVELS]; /* the fastest first; name NULL: not built */

bool gemm_usable(const GemmKernels *kernels); /* this CPU and its system can run the set */
const GemmKernels *gemm_kernels(void);        /* the first usable set */

void gemm_pack_by(const GemmKernels *kernels, Pool *pool, bool transpose, const float *b,
                  size_t ldb, size_t k, size_t n, float *panels, size_t at);
void gemm_panels_by(const GemmKernels *kernels, const Workspace *w, const float *a, size_t lda,
                    const float *panels, float beta, float *c, size_t ldc, size_t m, size_t n,
                    size_t k, const GemmTail *tail);
void gemm_outer_by(const GemmKernels *kernels, const Workspace *w, const float *a, size_t lda,
                   const float *b, size_t ldb, float *c, size_t ldc, float *bias, size_t m,
                   size_t n, size_t k);

#endif
