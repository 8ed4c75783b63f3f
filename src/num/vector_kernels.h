/* The sets of kernels behind vector.h, one for each level of the CPU. A table of constants: nothing
 * is resolved at load time (ifunc resolvers run before a sanitizer is ready), and tests reach every
 * set. */
#ifndef NUM_VECTOR_KERNELS_H
#define NUM_VECTOR_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A sparse row times some columns of a dense matrix, in the order of e:
 * y[0..width) = sum over e of value[e] · x[column[e]·stride + 0..width).  Quick where width is
 * VECTOR_SLICE. x and y must not overlap. */
#define VECTOR_SLICE 32
typedef void VectorGather(const uint32_t *column, const float *value, size_t count, const float *x,
                          size_t stride, float *y, size_t width);

typedef struct VectorKernels {
    const char *name; /* "avx512", "avx2", "plain" */
    float (*dot)(const float *x, const float *y, size_t n);
    void (*axpy)(float a, const float *x, float *y, size_t n);
    double (*square)(const float *x, size_t n); /* sum of squares, summed in double */
    bool (*finite)(const float *x, size_t n);
    void (*scale)(float a, const float *x, float *y, size_t n); /* y = a·x; y may be x */
    VectorGather *gather;
} VectorKernels;

#define VECTOR_LEVELS 3
extern const VectorKernels VECTOR_KERNELS[VECTOR_LEVELS]; /* the fastest first */

bool vector_usable(const VectorKernels *kernels); /* this CPU and its system can run the set */
const VectorKernels *vector_kernels(void);        /* the first usable set */

#endif
