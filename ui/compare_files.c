/* A table for spreadsheets, for Markdown, for people. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/compare_words.h"
#include "ui/grid.h"

/* ---- csv ---- */

static void csv_field(const char *text, Str *out)
{
    if (!strpbrk(text, ",\"\r\n")) {
        str_add(out, text);
        return;
    }
    str_add_char(out, '"');
    for (; *text; text++) {
        if (*text == '"') str_add_char(out, '"');
        str_add_char(out, *text);
    }
    str_add_char(out, '"');
}

static void csv_number(double x, Str *out)
{
    str_add_char(out, ',');
    if (isfinite(x)) str_addf(out, "%.6g", x);
}

static void csv_line(const EvalFacts *f, size_t line, Str *out)
{
    const EvalFactsLine *l = &f->lines[line];
    const PairedTest *t = &l->test;
    bool tested = f->tested && line != f->baseline;
    csv_field(l->name, out);
    csv_number(l->dims ? (double)l->dims : NAN, out);
    for (size_t c = 0; c < f->column_count; c++) csv_number(l->value[c], out);
    csv_number(f->tested ? l->ci95.low : NAN, out);
    csv_number(f->tested ? l->ci95.high : NAN, out);
    csv_number(l->ms_per_query, out);
    str_add_char(out, ',');
    csv_field(l->made, out);
    str_add_char(out, ',');
    csv_field(f->lines[f->baseline].name, out);
    csv_number(line == f->baseline ? NAN : l->difference[f->mrr], out);
    csv_number(tested ? t->ci95.low : NAN, out);
    csv_number(tested ? t->ci95.high : NAN, out);
    csv_number(tested ? l->p[f->mrr] : NAN, out);
    if (line == f->baseline)
        str_add(out, ",,");
    else
        str_addf(out, ",%zu,%zu", l->won, l->lost);
    str_add_char(out, '\n');
}

void compare_write_csv(const EvalFacts *f, const CompareRows *rows, Str *out)
{
    str_add(out, "retriever,dim");
    for (size_t c = 0; c < f->column_count; c++) {
        char name[METRIC_NAME_SIZE];
        metric_name(f->columns[c], name);
        str_addf(out, ",%s", name);
    }
    str_add(out, ",mrr@10 low,mrr@10 high,ms_per_query,made,baseline,difference,difference low,"
                 "difference high,p,won,lost\n");
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].a != SIZE_MAX) csv_line(f, rows->items[i].a, out);
}

/* ---- a cell for people ---- */

static void add_cell(const EvalFacts *f, size_t line, size_t column, Str *out)
{
    const EvalFactsLine *l = &f->lines[line];
    int mark = compare_mark(f, line, column);
    compare_share(l->value[column], out);
    if (column == f->mrr && line == f->baseline && f->tested) {
        str_add(out, " ± ");
        compare_share((l->ci95.high - l->ci95.low) / 2, out);
    }
    if (mark) str_add(out, mark > 0 ? " ▲" : " ▼");
    if (mark && column == f->mrr) compare_difference(l->difference[column], false, out);
}

static void add_foot(const EvalFacts *f, const CompareRows *rows, const char *before, Str *out)
{
    for (size_t i = 0; i < rows->count; i++) {
        size_t line = rows->items[i].a;
        if (line == SIZE_MAX || line == f->baseline) continue;
        str_add(out, before);
        compare_sentence(f, line, false, out);
        str_add_char(out, '\n');
    }
}

/* ---- Markdown ---- */

static void markdown_name(const char *name, Str *out)
{
    for (; *name; name++) {
        if (*name == '|' || *name == '\\') str_add_char(out, '\\');
        str_add_char(out, *name == '\n' || *name == '\r' ? ' ' : *name);
    }
}

void compare_write_markdown(const EvalFacts *f, const CompareRows *rows, int64_t now_ms, Str *out)
{
    compare_title(&f->row, now_ms, out);
    str_add(out, "\n\n| retriever |");
    for (size_t c = 0; c < f->column_count; c++) {
        str_add_char(out, ' ');
        compare_head(f->columns[c], out);
        str_add(out, " |");
    }
    str_add(out, " ms/query | dim | made |\n|---|");
    for (size_t c = 0; c < f->column_count + 2; c++) str_add(out, "---:|");
    str_add(out, "---|\n");
    for (size_t i = 0; i < rows->count; i++) {
        size_t line = rows->items[i].a;
        if (line == SIZE_MAX) continue;
        const EvalFactsLine *l = &f->lines[line];
        str_add(out, "| ");
        markdown_name(l->name, out);
        str_add(out, line == f->baseline ? " (baseline) |" : " |");
        for (size_t c = 0; c < f->column_count; c++) {
            str_add_char(out, ' ');
            add_cell(f, line, c, out);
            str_add(out, " |");
        }
        str_add_char(out, ' ');
        compare_milliseconds(l->ms_per_query, out);
        if (l->dims)
            str_addf(out, " | %lld | ", (long long)l->dims);
        else
            str_add(out, " | — | ");
        markdown_name(l->made, out);
        str_add(out, " |\n");
    }
    str_add_char(out, '\n');
    add_foot(f, rows, "- ", out);
}

/* ---- text ---- */

static void pad(const char *text, int width, bool right, Str *out)
{
    int blanks = width - grid_width(text, strlen(text));
    if (blanks < 0) blanks = 0;
    if (right) str_addf(out, "%*s", blanks, "");
    str_add(out, text);
    if (!right) str_addf(out, "%*s", blanks, "");
}

static int name_width(const EvalFacts *f)
{
    int width = (int)strlen("retriever");
    for (size_t i = 0; i < f->line_count; i++) {
        int own = grid_width(f->lines[i].name, strlen(f->lines[i].name));
        if (own > width) width = own;
    }
    return width;
}

void compare_write_text(const EvalFacts *f, const CompareRows *rows, int64_t now_ms, Str *out)
{
    int names = name_width(f);
    Str cell = {0};
    compare_title(&f->row, now_ms, out);
    str_add(out, "\n  ");
    pad("retriever", names, false, out);
    for (size_t c = 0; c < f->column_count; c++) {
        str_clear(&cell);
        compare_head(f->columns[c], &cell);
        pad(str_get(&cell), c == f->mrr ? 14 : 9, true, out);
    }
    str_add(out, "  ms/query\n");
    for (size_t i = 0; i < rows->count; i++) {
        size_t line = rows->items[i].a;
        if (line == SIZE_MAX) continue;
        str_add(out, line == f->baseline ? "b " : "  ");
        pad(f->lines[line].name, names, false, out);
        for (size_t c = 0; c < f->column_count; c++) {
            str_clear(&cell);
            add_cell(f, line, c, &cell);
            pad(str_get(&cell), c == f->mrr ? 14 : 9, true, out);
        }
        str_clear(&cell);
        compare_milliseconds(f->lines[line].ms_per_query, &cell);
        pad(str_get(&cell), 10, true, out);
        str_add_char(out, '\n');
    }
    str_release(&cell);
    add_foot(f, rows, "", out);
}
