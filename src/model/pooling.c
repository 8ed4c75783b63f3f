/* Pooling of token vectors into one vector a text, as sentence-transformers does it. */
#include <math.h>
#include <string.h>

#include "model/sentence.h"
#include "num/vector.h"

/* The rows of one text that are pooled. */
typedef struct Span {
    size_t first, end; /* rows of hidden */
    size_t skipped;    /* tokens of the text before `first` */
    size_t last;       /* the text's last row */
} Span;

static Span span_of(const Ragged *batch, const uint32_t *skipped, size_t b)
{
    size_t begin = batch->offset[b], end = batch->offset[b + 1], skip = skipped ? skipped[b] : 0;
    if (skip > end - begin) skip = end - begin;
    return (Span){begin + skip, end, skip, end > begin ? end - 1 : begin};
}

/* The row that a mode picks; SIZE_MAX: it sums over rows. */
static size_t picked(Pooling mode, Span s, size_t begin)
{
    if (mode == POOLING_CLS) return s.first < s.end ? s.first : begin;
    if (mode == POOLING_LAST) return s.last;
    return SIZE_MAX;
}

/* What the sum over the rows is divided by. */
static double divisor(Pooling mode, Span s)
{
    double n = (double)(s.end - s.first);
    if (mode == POOLING_MEAN_SQRT) return sqrt(n);
    if (mode == POOLING_MEAN) return n;
    double from = (double)s.skipped + 1; /* weights count on from the text's begin */
    return n * (2 * from + n - 1) / 2;
}

/* The weight of row n of the span. */
static float weight(Pooling mode, Span s, size_t n, double divided)
{
    double w = mode == POOLING_WEIGHTED_MEAN ? (double)(s.skipped + n - s.first) + 1 : 1;
    return (float)(w / divided);
}

static void max_forward(const float *hidden, Span s, size_t D, float *y)
{
    memcpy(y, hidden + s.first * D, D * sizeof *y);
    for (size_t n = s.first + 1; n < s.end; n++) {
        const float *x = hidden + n * D;
        for (size_t i = 0; i < D; i++) y[i] = x[i] > y[i] ? x[i] : y[i];
    }
}

static void pool_one(Pooling mode, const float *hidden, Span s, size_t begin, size_t D, float *y)
{
    size_t pick = picked(mode, s, begin);
    if (pick != SIZE_MAX) {
        memcpy(y, hidden + pick * D, D * sizeof *y);
        return;
    }
    memset(y, 0, D * sizeof *y);
    if (s.first == s.end) return; /* nothing but a prompt */
    if (mode == POOLING_MAX) {
        max_forward(hidden, s, D, y);
        return;
    }
    double divided = divisor(mode, s);
    for (size_t n = s.first; n < s.end; n++)
        vector_axpy(weight(mode, s, n, divided), hidden + n * D, y, D);
}

bool pooling_first_rows(const ModelFolder *f)
{
    return f->pooling_count == 1 && f->pooling[0] == POOLING_CLS && f->include_prompt;
}

void pooling_forward(const ModelFolder *f, const Ragged *batch, const uint32_t *skipped,
                     const float *hidden, float *y)
{
    size_t D = f->shape.D;
    for (size_t b = 0; b < batch->B; b++) {
        Span s = span_of(batch, skipped, b);
        for (size_t p = 0; p < f->pooling_count; p++, y += D)
            pool_one(f->pooling[p], hidden, s, batch->offset[b], D, y);
    }
}

/* The first row that holds the largest value gets its gradient. */
static void max_backward(const float *hidden, Span s, size_t D, const float *dy, float *dhidden)
{
    for (size_t i = 0; i < D; i++) {
        size_t best = s.first;
        for (size_t n = s.first + 1; n < s.end; n++)
            if (hidden[n * D + i] > hidden[best * D + i]) best = n;
        dhidden[best * D + i] += dy[i];
    }
}

static void unpool_one(Pooling mode, const float *hidden, Span s, size_t begin, size_t D,
                       const float *dy, float *dhidden)
{
    size_t pick = picked(mode, s, begin);
    if (pick != SIZE_MAX) {
        vector_axpy(1, dy, dhidden + pick * D, D);
    } else if (s.first == s.end) {
        return;
    } else if (mode == POOLING_MAX) {
        max_backward(hidden, s, D, dy, dhidden);
    } else {
        double divided = divisor(mode, s);
        for (size_t n = s.first; n < s.end; n++)
            vector_axpy(weight(mode, s, n, divided), dy, dhidden + n * D, D);
    }
}

void pooling_backward(const ModelFolder *f, const Ragged *batch, const uint32_t *skipped,
                      const float *hidden, const float *dy, float *dhidden)
{
    size_t D = f->shape.D;
    memset(dhidden, 0, batch->N * D * sizeof *dhidden);
    for (size_t b = 0; b < batch->B; b++) {
        Span s = span_of(batch, skipped, b);
        for (size_t p = 0; p < f->pooling_count; p++, dy += D)
            unpool_one(f->pooling[p], hidden, s, batch->offset[b], D, dy, dhidden);
    }
}
