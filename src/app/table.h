/* Table: rows of text, aligned with blanks. On a terminal, wide columns give way until a row fits;
 * elsewhere nothing is cut. */
#ifndef APP_TABLE_H
#define APP_TABLE_H

#include <stddef.h>

#include "base/str.h"

typedef struct Column {
    const char *title;
    bool right;  /* numbers */
    bool wide;   /* a text that may be cut */
} Column;

typedef struct Table Table;

Table *table_new(const Column *columns, size_t count); /* columns are borrowed */
void table_free(Table *t);                             /* NULL is allowed */

/* table_cell: the next cell, row after row. Made one line and safe for a terminal; NULL is an empty
 * cell. */
void table_cell(Table *t, const char *text);
void table_cellf(Table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* table_write: appends head and rows. width: of the terminal, 0: nothing is cut. bold: decorates
 * the head. */
void table_write(const Table *t, int width, bool bold, Str *out);

#endif
