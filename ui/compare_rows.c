/* Rows of two tables, their order, the questions that moved. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ui/compare_words.h"

#define RECIPROCAL_CUT 10 /* as mrr@10 */

static size_t line_named(const EvalFacts *f, const char *name)
{
    for (size_t i = 0; f && i < f->line_count; i++)
        if (strcmp(f->lines[i].name, name) == 0) return i;
    return SIZE_MAX;
}

void compare_align(const EvalFacts *a, const EvalFacts *b, CompareRows *ret)
{
    vec_clear(ret);
    for (size_t i = 0; a && i < a->line_count; i++)
        vec_push(ret, (CompareRow){i, line_named(b, a->lines[i].name)});
    for (size_t i = 0; b && i < b->line_count; i++)
        if (line_named(a, b->lines[i].name) == SIZE_MAX) vec_push(ret, (CompareRow){SIZE_MAX, i});
}

static const EvalFactsLine *line_of(const EvalFacts *a, const EvalFacts *b, CompareRow row)
{
    if (row.a != SIZE_MAX) return &a->lines[row.a];
    return &b->lines[row.b];
}

const char *compare_name(const EvalFacts *a, const EvalFacts *b, CompareRow row)
{
    return line_of(a, b, row)->name;
}

/* ---- order ---- */

typedef struct Sorted {
    CompareRow row;
    size_t place;
    const char *name; /* NULL: by value */
    double value;
    bool backwards;
} Sorted;

static int by_order(const void *left, const void *right)
{
    const Sorted *x = left, *y = right;
    int way = 0;
    if (x->name) {
        way = strcmp(x->name, y->name);
    } else if (isnan(x->value) || isnan(y->value)) {
        if (isnan(x->value) != isnan(y->value)) return isnan(x->value) ? 1 : -1;
    } else {
        way = (x->value > y->value) - (x->value < y->value);
    }
    if (way) return x->backwards ? -way : way;
    return x->place < y->place ? -1 : x->place > y->place;
}

static double metric_of(const EvalFacts *f, const EvalFactsLine *l, const char *metric)
{
    for (size_t c = 0; c < f->column_count; c++) {
        char name[METRIC_NAME_SIZE];
        metric_name(f->columns[c], name);
        if (strcmp(name, metric) == 0) return l->value[c];
    }
    return NAN;
}

void compare_sort(CompareRows *rows, const EvalFacts *a, const EvalFacts *b, const char *order)
{
    bool backwards = *order == '-';
    const char *field = order + backwards;
    if (!*field || rows->count == 0) return;
    Sorted *s = mem_zero(rows->count, sizeof *s);
    for (size_t i = 0; i < rows->count; i++) {
        const EvalFactsLine *l = line_of(a, b, rows->items[i]);
        s[i] = (Sorted){rows->items[i], i, NULL, NAN, backwards};
        if (strcmp(field, "name") == 0)
            s[i].name = l->name;
        else if (strcmp(field, "dim") == 0)
            s[i].value = l->dims ? (double)l->dims : NAN;
        else if (strcmp(field, "ms") == 0)
            s[i].value = l->ms_per_query;
        else
            s[i].value = metric_of(rows->items[i].a != SIZE_MAX ? a : b, l, field);
    }
    qsort(s, rows->count, sizeof *s, by_order);
    for (size_t i = 0; i < rows->count; i++) rows->items[i] = s[i].row;
    free(s);
}

/* ---- against the baseline ---- */

int compare_mark(const EvalFacts *f, size_t line, size_t column)
{
    const EvalFactsLine *l = &f->lines[line];
    double by = l->difference[column];
    if (!f->tested || line == f->baseline || !(l->p[column] < COMPARE_NOISE)) return 0;
    return (by > 0) - (by < 0);
}

typedef struct Move {
    size_t question;
    double by; /* of the reciprocal rank */
} Move;

static int by_size(const void *left, const void *right)
{
    const Move *x = left, *y = right;
    double a = fabs(x->by), b = fabs(y->by);
    if (a != b) return a > b ? -1 : 1;
    return x->question < y->question ? -1 : x->question > y->question;
}

static double reciprocal(uint32_t rank)
{
    return rank && rank <= RECIPROCAL_CUT ? 1.0 / rank : 0;
}

void compare_moved(const EvalFacts *f, size_t line, CompareMoved which, CompareQuestions *ret)
{
    VEC(Move) moves = {0};
    vec_clear(ret);
    for (size_t q = 0; q < f->question_count; q++) {
        double by =
            reciprocal(f->lines[line].first[q]) - reciprocal(f->lines[f->baseline].first[q]);
        if (which == MOVED_WON ? by > 0 : which == MOVED_LOST ? by < 0 : by != 0)
            vec_push(&moves, (Move){q, by});
    }
    if (moves.count) qsort(moves.items, moves.count, sizeof *moves.items, by_size);
    for (size_t i = 0; i < moves.count; i++) vec_push(ret, moves.items[i].question);
    vec_release(&moves);
}
