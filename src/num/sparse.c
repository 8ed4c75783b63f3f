#include "num/sparse.h"

#include <stdlib.h>
#include <string.h>

#include "num/vector_kernels.h"

/* Entries and rows that are worth a piece of work of its own. */
#define PIECE_WEIGHT 4096
#define PIECES_PER_THREAD 8

/* Slices are laid out on their own where each row of x is used a few times, and x is beyond a
 * core's own cache. */
#define SLICE_WORTH 4
#define CACHE_FLOATS ((size_t)1 << 17)
#define SLICE_GRAIN 1024

void sparse_release(Sparse *a)
{
    free(a->offset);
    free(a->column);
    free(a->value);
    *a = (Sparse){0};
}

static bool sparse_alloc(Sparse *a, size_t rows, size_t columns, size_t entries, Err *err)
{
    Sparse fresh = {.rows = rows, .columns = columns};
    bool fits =
        rows < SIZE_MAX / sizeof *fresh.offset - 1 && entries < SIZE_MAX / sizeof *fresh.column - 1;
    if (fits) {
        fresh.offset = calloc(rows + 1, sizeof *fresh.offset);
        fresh.column = malloc((entries + 1) * sizeof *fresh.column);
        fresh.value = malloc((entries + 1) * sizeof *fresh.value);
    }
    if (!fresh.offset || !fresh.column || !fresh.value) {
        sparse_release(&fresh);
        return err_set(err, ERR_MEMORY,
                       "a sparse matrix of %zu rows and %zu entries does not fit into memory", rows,
                       entries);
    }
    *a = fresh;
    return true;
}

bool sparse_transpose(const Sparse *a, Sparse *ret, Err *err)
{
    size_t entries = a->offset[a->rows];
    if (a->rows > UINT32_MAX)
        return err_set(err, ERR_LIMIT, "a sparse matrix of %zu rows cannot be transposed: too many",
                       a->rows);
    for (size_t e = 0; e < entries; e++)
        if (a->column[e] >= a->columns)
            return err_set(err, ERR_FORMAT,
                           "a sparse matrix of %zu columns has an entry in column %u", a->columns,
                           a->column[e]);
    Sparse t;
    if (!sparse_alloc(&t, a->columns, a->rows, entries, err)) return false;
    /* offset[c + 1] is where the next entry of row c goes; at the end it is where the row ends. */
    for (size_t e = 0; e < entries; e++)
        if ((size_t)a->column[e] + 2 <= a->columns) t.offset[a->column[e] + 2]++;
    for (size_t c = 2; c <= a->columns; c++) t.offset[c] += t.offset[c - 1];
    for (size_t r = 0; r < a->rows; r++)
        for (size_t e = a->offset[r]; e < a->offset[r + 1]; e++) {
            size_t at = t.offset[a->column[e] + 1]++;
            t.column[at] = (uint32_t)r;
            t.value[at] = a->value[e];
        }
    *ret = t;
    return true;
}

/* Columns [first, end) of x and y. x is `stride` apart and begins with column `first`. */
typedef struct Multiply {
    const Sparse *a;
    const float *x;
    size_t stride;
    float *y;
    size_t D, first, end, cuts;
    const VectorKernels *kernels;
} Multiply;

/* The first row whose entries and rows before it weigh at least the cut's share of all. */
static size_t cut_row(const Sparse *a, size_t cut, size_t cuts)
{
    size_t total = a->offset[a->rows] + a->rows;
    size_t want = total / cuts * cut + total % cuts * cut / cuts;
    size_t low = 0, high = a->rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (a->offset[middle] + middle < want)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void multiply_piece(void *context, size_t cut, size_t thread)
{
    (void)thread;
    const Multiply *m = context;
    const Sparse *a = m->a;
    size_t end = cut_row(a, cut + 1, m->cuts);
    for (size_t r = cut_row(a, cut, m->cuts); r < end; r++) {
        size_t from = a->offset[r], count = a->offset[r + 1] - from;
        for (size_t d = m->first; d < m->end; d += VECTOR_SLICE) {
            size_t width = m->end - d < VECTOR_SLICE ? m->end - d : VECTOR_SLICE;
            m->kernels->gather(a->column + from, a->value + from, count, m->x + (d - m->first),
                               m->stride, m->y + r * m->D + d, width);
        }
    }
}

typedef struct Slice {
    const float *x;
    size_t D, width;
    float *out; /* (columns of A, width) */
} Slice;

static void slice_rows(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Slice *s = context;
    for (size_t c = first; c < end; c++)
        memcpy(s->out + c * s->width, s->x + c * s->D, s->width * sizeof *s->out);
}

/* Rows of a large x would come from memory once an entry. A slice of its columns, laid out on its
 * own, is small enough for the caches; going over A once for each slice costs far less. */
static void multiply_by_slices(Pool *pool, Multiply *m, const float *x, float *packed)
{
    for (size_t d = 0; d < m->D; d += VECTOR_SLICE) {
        size_t width = m->D - d < VECTOR_SLICE ? m->D - d : VECTOR_SLICE;
        Slice slice = {x + d, m->D, width, packed};
        pool_range(pool, m->a->columns, SLICE_GRAIN, slice_rows, &slice);
        m->x = packed;
        m->stride = width;
        m->first = d;
        m->end = d + width;
        pool_run(pool, m->cuts, multiply_piece, m);
    }
}

void sparse_multiply(Pool *pool, const Sparse *a, const float *x, float *y, size_t D)
{
    if (a->rows == 0 || D == 0) return;
    size_t entries = a->offset[a->rows], cuts = (entries + a->rows) / PIECE_WEIGHT + 1;
    size_t most = PIECES_PER_THREAD * pool_threads(pool);
    if (cuts > most) cuts = most;
    Multiply m = {a, x, D, y, D, 0, D, cuts, vector_kernels()};
    float *packed = NULL;
    if (entries / SLICE_WORTH > a->columns && a->columns * D > CACHE_FLOATS)
        packed = malloc(a->columns * VECTOR_SLICE * sizeof *packed);
    if (packed)
        multiply_by_slices(pool, &m, x, packed);
    else
        pool_run(pool, cuts, multiply_piece, &m);
    free(packed);
}
