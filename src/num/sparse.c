#include "num/sparse.h"

#include <stdlib.h>

#include "num/vector_kernels.h"

/* Entries and rows that are worth a piece of work of its own. */
#define PIECE_WEIGHT 4096
#define PIECES_PER_THREAD 8

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

typedef struct Multiply {
    const Sparse *a;
    const float *x;
    float *y;
    size_t D, cuts;
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

static void multiply_piece(void *context, size_t piece, size_t thread)
{
    (void)thread;
    const Multiply *m = context;
    const Sparse *a = m->a;
    size_t slice = piece / m->cuts * VECTOR_SLICE, cut = piece % m->cuts;
    size_t width = m->D - slice < VECTOR_SLICE ? m->D - slice : VECTOR_SLICE;
    size_t end = cut_row(a, cut + 1, m->cuts);
    for (size_t r = cut_row(a, cut, m->cuts); r < end; r++) {
        size_t first = a->offset[r];
        m->kernels->gather(a->column + first, a->value + first, a->offset[r + 1] - first,
                           m->x + slice, m->D, m->y + r * m->D + slice, width);
    }
}

/* All rows for one slice of the columns of x, then the next slice: what is gathered from stays in
 * cache, where whole rows of a large x would come from memory once an entry. */
void sparse_multiply(Pool *pool, const Sparse *a, const float *x, float *y, size_t D)
{
    size_t cuts = (a->offset[a->rows] + a->rows) / PIECE_WEIGHT + 1;
    size_t most = PIECES_PER_THREAD * pool_threads(pool);
    if (cuts > most) cuts = most;
    Multiply m = {a, x, y, D, cuts, vector_kernels()};
    pool_run(pool, cuts * ((D + VECTOR_SLICE - 1) / VECTOR_SLICE), multiply_piece, &m);
}
