/* The lsa table as a trainable: both sides are sparse feature vectors times the table, so questions
 * and passages learn together. Only the rows whose features occur in the training texts are
 * parameters. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/lsa.h"
#include "model/trainable_kinds.h"
#include "num/vector.h"

#define TABLE_METHOD "table"
#define NOT_TRAINED UINT32_MAX
#define COLUMN_GRAIN 64 /* dimensions a piece of the backward pass owns */

typedef struct TableTrainable {
    Trainable base;
    Sparse side[2];     /* by Role; columns are numbers of trained rows */
    uint32_t *row;      /* (trained) row of the build's table, ascending */
    const float *table; /* the build's, borrowed from the embedder */
    size_t trained;
} TableTrainable;

static const TrainableDefaults *defaults(const char *method)
{
    static const TrainableDefaults DEFAULTS = {.epochs = 8, .batch = 64, .lr = 1e-3};
    return strcmp(method, TABLE_METHOD) == 0 ? &DEFAULTS : NULL;
}

static void list(Str *out)
{
    str_add(out, " " TABLE_METHOD);
}

static bool fits(const Env *env, const char *embedder)
{
    return LSA_OPS.claims(env, embedder);
}

typedef struct Pass {
    TableTrainable *t;
    const Sparse *x;
    const uint32_t *rows;
    size_t count;
    float *y;        /* forward */
    const float *dy; /* backward */
} Pass;

static void forward_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    Pass *pass = context;
    size_t D = pass->t->base.dims;
    for (size_t i = first; i < end; i++) {
        float *y = pass->y + i * D;
        memset(y, 0, D * sizeof *y);
        for (size_t j = pass->x->offset[pass->rows[i]]; j < pass->x->offset[pass->rows[i] + 1];
             j++) {
            vector_axpy(pass->x->value[j], pass->t->base.p + (size_t)pass->x->column[j] * D, y, D);
        }
    }
}

static void forward_side(TableTrainable *t, Role role, const uint32_t *rows, size_t count, float *y)
{
    Pass pass = {.t = t, .x = &t->side[role], .rows = rows, .count = count, .y = y};
    pool_range(t->base.pool, count, 8, forward_range, &pass);
}

static bool forward(Trainable *base, const TrainableRows *rows, uint64_t seed, float *yq, float *yd,
                    Err *err)
{
    (void)seed, (void)err;
    TableTrainable *t = (TableTrainable *)base;
    forward_side(t, ROLE_QUERY, rows->query, rows->queries, yq);
    forward_side(t, ROLE_PASSAGE, rows->passage, rows->passages, yd);
    return true;
}

static bool embed(Trainable *base, Role role, const uint32_t *rows, size_t count, float *y,
                  Err *err)
{
    (void)err;
    forward_side((TableTrainable *)base, role, rows, count, y);
    return true;
}

/* Each piece owns some dimensions of every row, so that no two threads add to the same float. */
static void backward_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    Pass *pass = context;
    size_t D = pass->t->base.dims;
    for (size_t i = 0; i < pass->count; i++) {
        const float *dy = pass->dy + i * D + first;
        for (size_t j = pass->x->offset[pass->rows[i]]; j < pass->x->offset[pass->rows[i] + 1];
             j++) {
            vector_axpy(pass->x->value[j], dy,
                        pass->t->base.g + (size_t)pass->x->column[j] * D + first, end - first);
        }
    }
}

static void backward_side(TableTrainable *t, Role role, const uint32_t *rows, size_t count,
                          const float *dy)
{
    Pass pass = {.t = t, .x = &t->side[role], .rows = rows, .count = count, .dy = dy};
    pool_range(t->base.pool, t->base.dims, COLUMN_GRAIN, backward_range, &pass);
}

static bool backward(Trainable *base, const TrainableRows *rows, uint64_t seed, const float *dyq,
                     const float *dyd, Err *err)
{
    (void)seed, (void)err;
    TableTrainable *t = (TableTrainable *)base;
    backward_side(t, ROLE_QUERY, rows->query, rows->queries, dyq);
    backward_side(t, ROLE_PASSAGE, rows->passage, rows->passages, dyd);
    return true;
}

static bool restart(Trainable *base, Err *err)
{
    (void)err;
    TableTrainable *t = (TableTrainable *)base;
    for (size_t i = 0; i < t->trained; i++) {
        memcpy(base->p + i * base->dims, t->table + (size_t)t->row[i] * base->dims,
               base->dims * sizeof *base->p);
    }
    return true;
}

/* blob: u32 count, u32 rows[count], f32 values[count, dims]. */
static void freeze(const Trainable *base, const char **ret_kind, char **ret_config, void **ret_blob,
                   size_t *ret_size)
{
    const TableTrainable *t = (const TableTrainable *)base;
    uint32_t count = (uint32_t)t->trained;
    size_t rows_bytes = t->trained * sizeof *t->row, value_bytes = base->count * sizeof *base->p;
    char *blob = mem_alloc(sizeof count + rows_bytes + value_bytes);
    memcpy(blob, &count, sizeof count);
    memcpy(blob + sizeof count, t->row, rows_bytes);
    memcpy(blob + sizeof count + rows_bytes, base->p, value_bytes);
    *ret_kind = "lsa-table";
    *ret_config = str_format("{\"method\":\"" TABLE_METHOD "\",\"dims\":%zu,\"rows\":%zu}",
                             base->dims, t->trained);
    *ret_blob = blob;
    *ret_size = sizeof count + rows_bytes + value_bytes;
}

static void close_table(Trainable *base)
{
    TableTrainable *t = (TableTrainable *)base;
    sparse_release(&t->side[ROLE_QUERY]);
    sparse_release(&t->side[ROLE_PASSAGE]);
    free(t->row);
    free(base->p);
    free(base->g);
    free(t);
}

static size_t side_bytes(const Sparse *x)
{
    return (x->rows + 1) * sizeof *x->offset +
           x->offset[x->rows] * (sizeof *x->column + sizeof *x->value);
}

static size_t bytes(const Trainable *base)
{
    const TableTrainable *t = (const TableTrainable *)base;
    return sizeof *t + side_bytes(&t->side[ROLE_QUERY]) + side_bytes(&t->side[ROLE_PASSAGE]) +
           t->trained * sizeof *t->row + base->count * (sizeof *base->p + sizeof *base->g);
}

static const TrainableOps OPS = {
    .trains_passages = true,
    .forward = forward,
    .backward = backward,
    .embed = embed,
    .restart = restart,
    .freeze = freeze,
    .bytes = bytes,
    .close = close_table,
};

/* Numbers the rows of the table that either side uses and renames the columns to those numbers. */
static void choose_rows(TableTrainable *t, size_t table_rows)
{
    uint32_t *number = mem_alloc(table_rows * sizeof *number);
    for (size_t r = 0; r < table_rows; r++) number[r] = NOT_TRAINED;
    for (int side = 0; side < 2; side++) {
        const Sparse *x = &t->side[side];
        for (size_t j = 0; j < x->offset[x->rows]; j++) number[x->column[j]] = 0;
    }
    t->row = mem_alloc((table_rows + 1) * sizeof *t->row);
    for (size_t r = 0; r < table_rows; r++) {
        if (number[r] == NOT_TRAINED) continue;
        number[r] = (uint32_t)t->trained;
        t->row[t->trained++] = (uint32_t)r;
    }
    for (int side = 0; side < 2; side++) {
        Sparse *x = &t->side[side];
        for (size_t j = 0; j < x->offset[x->rows]; j++) x->column[j] = number[x->column[j]];
        x->columns = t->trained;
    }
    free(number);
}

static bool make(const Env *env, const TrainableWanted *w, Trainable **ret, Err *err)
{
    if ((*w->embedder)->ops != &LSA_OPS) {
        return err_set(err, ERR_USAGE,
                       "method '" TABLE_METHOD
                       "' trains the table of lsa, and '%s' is not lsa: use --method linear",
                       (*w->embedder)->name);
    }
    size_t dims = (*w->embedder)->dims;
    TableTrainable *t = mem_zero(1, sizeof *t);
    t->base = (Trainable){.ops = &OPS, .pool = env->pool, .dims = dims};
    bool ok = lsa_sparse(*w->embedder, env->pool, w->queries, w->query_count, &t->side[ROLE_QUERY],
                         err) &&
              lsa_sparse(*w->embedder, env->pool, w->passages, w->passage_count,
                         &t->side[ROLE_PASSAGE], err);
    if (ok) choose_rows(t, lsa_rows(*w->embedder));
    ok = ok && (t->base.p = mem_tensor(t->trained, dims, "the table's parameters", err)) &&
         (t->base.g = mem_tensor(t->trained, dims, "the table's gradients", err));
    if (!ok) {
        close_table(&t->base);
        return false;
    }
    t->base.count = t->trained * dims;
    t->table = lsa_table(*w->embedder);
    *ret = &t->base;
    return restart(&t->base, err);
}

const TrainableKind TRAINABLE_TABLE = {.defaults = defaults, .list = list, .fits = fits, .make = make};
