/* CSV after RFC 4180, a row at a time; the separator may be , ; tab or |. */
#ifndef TEXT_CSV_H
#define TEXT_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

/* One row: its fields as NUL-terminated strings, one after another. */
typedef struct CsvRow {
    Str bytes;
    VEC(size_t) at; /* where each field begins in bytes */
} CsvRow;

void csv_release(CsvRow *row);

/* i < row->at.count; borrowed until the next row */
const char *csv_field(const CsvRow *row, size_t i);

/* csv_separator: the one that stands most often in the header row, outside quotes. */
char csv_separator(const char *text, size_t size);

/* csv_take: the row at *at, which moves behind it; *line (from 1) counts on. Lines end in \n.
 * ERR_FORMAT for a quote that is never closed, ERR_LIMIT for too many columns; both name the line. */
bool csv_take(const char *text, size_t size, size_t *at, char separator, CsvRow *row, size_t *line,
              Err *err);

#endif
