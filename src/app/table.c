#include "app/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/output.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "base/vec.h"

enum { GAP = 2, NARROWEST = 12 };

struct Table {
    const Column *columns;
    size_t count;
    Str texts;          /* all cells, each ending in NUL */
    VEC(size_t) starts; /* of each cell in texts */
};

Table *table_new(const Column *columns, size_t count)
{
    Table *t = mem_zero(1, sizeof *t);
    t->columns = columns;
    t->count = count;
    return t;
}

void table_free(Table *t)
{
    if (!t) return;
    str_release(&t->texts);
    vec_release(&t->starts);
    free(t);
}

void table_cell(Table *t, const char *text)
{
    vec_push(&t->starts, t->texts.size);
    text_line(text, &t->texts);
    str_add_char(&t->texts, '\0');
}

void table_cellf(Table *t, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    table_cell(t, text);
}

static const char *cell(const Table *t, size_t i, size_t *ret_size)
{
    size_t end = i + 1 < t->starts.count ? t->starts.items[i + 1] : t->texts.size;
    *ret_size = end - t->starts.items[i] - 1;
    return t->texts.data + t->starts.items[i];
}

static void measure(const Table *t, int *widths)
{
    for (size_t c = 0; c < t->count; c++)
        widths[c] = utf8_width(t->columns[c].title, strlen(t->columns[c].title));
    for (size_t i = 0; i < t->starts.count; i++) {
        size_t size;
        const char *text = cell(t, i, &size);
        int width = utf8_width(text, size);
        if (width > widths[i % t->count]) widths[i % t->count] = width;
    }
}

/* Takes columns from the widest wide one until the row fits or all are narrow. */
static void shrink(const Table *t, int *widths, int width)
{
    int total = -GAP;
    for (size_t c = 0; c < t->count; c++) total += widths[c] + GAP;
    while (total > width) {
        size_t widest = t->count;
        for (size_t c = 0; c < t->count; c++)
            if (t->columns[c].wide && widths[c] > NARROWEST &&
                (widest == t->count || widths[c] > widths[widest]))
                widest = c;
        if (widest == t->count) return;
        widths[widest]--;
        total--;
    }
}

static void pad(int columns, Str *out)
{
    for (; columns > 0; columns--) str_add_char(out, ' ');
}

/* Appends a cell; the last one of a row is not padded. */
static void write_cell(const Column *column, const char *text, size_t size, int width, bool last,
                       Str *out)
{
    int own = utf8_width(text, size);
    if (own > width) {
        size = utf8_fit(text, size, width - 1);
        own = utf8_width(text, size) + 1;
    } else if (column->right) {
        pad(width - own, out);
    }
    bool cut = text[size] != '\0';
    str_add_bytes(out, text, size);
    if (cut) str_add(out, "…");
    if (last) return;
    if (!column->right || cut) pad(width - own, out);
    pad(GAP, out);
}

static void end_row(size_t start, Str *out)
{
    while (out->size > start && out->data[out->size - 1] == ' ') str_truncate(out, out->size - 1);
    str_add_char(out, '\n');
}

void table_write(const Table *t, int width, bool bold, Str *out)
{
    int *widths = mem_zero(t->count, sizeof *widths);
    measure(t, widths);
    if (width > 0) shrink(t, widths, width);
    size_t start = out->size;
    if (bold) str_add(out, "\033[1m");
    for (size_t c = 0; c < t->count; c++) {
        const char *title = t->columns[c].title;
        write_cell(&t->columns[c], title, strlen(title), widths[c], c + 1 == t->count, out);
    }
    if (bold) str_add(out, "\033[0m");
    end_row(start, out);
    for (size_t i = 0; i + t->count <= t->starts.count; i += t->count) {
        start = out->size;
        for (size_t c = 0; c < t->count; c++) {
            size_t size;
            const char *text = cell(t, i + c, &size);
            write_cell(&t->columns[c], text, size, widths[c], c + 1 == t->count, out);
        }
        end_row(start, out);
    }
    free(widths);
}
