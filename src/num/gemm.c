#include "num/gemm.h"

#define WIDTH ((size_t)32)

/* Rows of C that a thread takes at a time. */
#define PIECE_ROWS 16

const char *gemm_level(void)
{
    return "plain";
}

size_t gemm_width(void)
{
    return WIDTH;
}

size_t gemm_panel_floats(size_t k, size_t n)
{
    return (n + WIDTH - 1) / WIDTH * WIDTH * k;
}

typedef struct Pack {
    bool transpose;
    const float *b;
    size_t ldb, k, n;
    float *panels;
    size_t at;
} Pack;

/* Columns [first, end) of op(B). */
static void pack_columns(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Pack *p = context;
    for (size_t j = first; j < end; j++) {
        size_t column = p->at + j;
        float *to = p->panels + column / WIDTH * WIDTH * p->k + column % WIDTH;
        for (size_t l = 0; l < p->k; l++)
            to[l * WIDTH] = p->transpose ? p->b[j * p->ldb + l] : p->b[l * p->ldb + j];
    }
}

void gemm_pack(Pool *pool, bool transpose, const float *b, size_t ldb, size_t k, size_t n,
               float *panels, size_t at)
{
    Pack p = {transpose, b, ldb, k, n, panels, at};
    pool_range(pool, n, WIDTH, pack_columns, &p);
}

void gemm_pack_serial(bool transpose, const float *b, size_t ldb, size_t k, size_t n, float *panels,
                      size_t at)
{
    gemm_pack(NULL, transpose, b, ldb, k, n, panels, at);
}

typedef struct Product {
    const float *a;
    size_t lda;
    const float *panels;
    float beta;
    float *c;
    size_t ldc, n, k;
    const GemmTail *tail;
} Product;

static void tail_row(const GemmTail *tail, float *c, size_t row, size_t n)
{
    if (tail->bias)
        for (size_t j = 0; j < n; j++) c[j] += tail->bias[j];
    if (tail->activated) activation_forward(tail->activation, c, tail->activated + row * n, n);
    if (tail->before) activation_backward(tail->activation, tail->before + row * n, c, c, n);
}

static void product_rows(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Product *p = context;
    for (size_t i = first; i < end; i++) {
        float *c = p->c + i * p->ldc;
        const float *a = p->a + i * p->lda;
        for (size_t j = 0; j < p->n; j += WIDTH) {
            float sum[WIDTH] = {0};
            const float *panel = p->panels + j * p->k;
            for (size_t l = 0; l < p->k; l++)
                for (size_t x = 0; x < WIDTH; x++) sum[x] += a[l] * panel[l * WIDTH + x];
            for (size_t x = 0; x < WIDTH && j + x < p->n; x++)
                c[j + x] = p->beta == 0 ? sum[x] : sum[x] + p->beta * c[j + x];
        }
        if (p->tail) tail_row(p->tail, c, i, p->n);
    }
}

void gemm_panels(const Workspace *w, const float *a, size_t lda, const float *panels, float beta,
                 float *c, size_t ldc, size_t m, size_t n, size_t k, const GemmTail *tail)
{
    Product p = {a, lda, panels, beta, c, ldc, n, k, tail};
    pool_range(w->pool, m, PIECE_ROWS, product_rows, &p);
}

void gemm_panels_serial(float *scratch, const float *a, size_t lda, const float *panels, float beta,
                        float *c, size_t ldc, size_t m, size_t n, size_t k, const GemmTail *tail)
{
    Product p = {a, lda, panels, beta, c, ldc, n, k, tail};
    product_rows(&p, 0, m, 0);
    (void)scratch;
}

typedef struct Outer {
    const float *a, *b;
    size_t lda, ldb;
    float *c, *bias;
    size_t ldc, n, k;
} Outer;

static void outer_rows(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Outer *o = context;
    for (size_t l = 0; l < o->k; l++)
        for (size_t i = first; i < end; i++) {
            float x = o->a[l * o->lda + i], *c = o->c + i * o->ldc;
            for (size_t j = 0; j < o->n; j++) c[j] += x * o->b[l * o->ldb + j];
            if (o->bias) o->bias[i] += x;
        }
}

void gemm_outer(const Workspace *w, const float *a, size_t lda, const float *b, size_t ldb,
                float *c, size_t ldc, float *bias, size_t m, size_t n, size_t k)
{
    Outer o = {a, b, lda, ldb, c, bias, ldc, n, k};
    pool_range(w->pool, m, PIECE_ROWS, outer_rows, &o);
}

void gemm_outer_serial(float *scratch, const float *a, size_t lda, const float *b, size_t ldb,
                       float *c, size_t ldc, size_t m, size_t n, size_t k)
{
    Outer o = {a, b, lda, ldb, c, NULL, ldc, n, k};
    outer_rows(&o, 0, m, 0);
    (void)scratch;
}
