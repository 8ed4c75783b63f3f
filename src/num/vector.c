#include "num/vector.h"

#include <math.h>

#include "num/vector_kernels.h"

#define NORM_MIN 1e-12f

/* Floats that are worth a piece of work of its own. */
#define PIECE_FLOATS 32768

float vector_dot(const float *x, const float *y, size_t n)
{
    return vector_kernels()->dot(x, y, n);
}

void vector_axpy(float a, const float *x, float *y, size_t n)
{
    vector_kernels()->axpy(a, x, y, n);
}

double vector_norm(const float *x, size_t n)
{
    return sqrt(vector_kernels()->square(x, n));
}

bool vector_finite(const float *x, size_t n)
{
    return vector_kernels()->finite(x, n);
}

typedef struct Normalize {
    const float *x;
    float *y, *norm;
    size_t D;
} Normalize;

static void normalize_rows(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Normalize *job = context;
    const VectorKernels *kernels = vector_kernels();
    for (size_t n = first; n < end; n++) {
        float norm = (float)sqrt(kernels->square(job->x + n * job->D, job->D));
        if (job->norm) job->norm[n] = norm;
        float scale = 1.0f / (norm > NORM_MIN ? norm : NORM_MIN);
        kernels->scale(scale, job->x + n * job->D, job->y + n * job->D, job->D);
    }
}

void normalize_forward(Pool *pool, const float *x, float *y, float *norm, size_t N, size_t D)
{
    Normalize job = {x, y, norm, D};
    size_t grain = D < PIECE_FLOATS ? PIECE_FLOATS / (D + 1) + 1 : 1;
    pool_range(pool, N, grain, normalize_rows, &job);
}

void normalize_backward(const float *y, const float *norm, const float *dy, float *dx, size_t N,
                        size_t D)
{
    const VectorKernels *kernels = vector_kernels();
    for (size_t n = 0; n < N; n++) {
        const float *y_row = y + n * D, *dy_row = dy + n * D;
        if (norm[n] < NORM_MIN) {
            kernels->axpy(1.0f / NORM_MIN, dy_row, dx + n * D, D);
            continue;
        }
        float rate = 1.0f / norm[n], along = kernels->dot(y_row, dy_row, D);
        kernels->axpy(rate, dy_row, dx + n * D, D);
        kernels->axpy(-rate * along, y_row, dx + n * D, D);
    }
}

const char *vector_level(void)
{
    return vector_kernels()->name;
}
