#include "text/csv.h"

#include <string.h>

#define COLUMN_LIMIT 4096

void csv_release(CsvRow *row)
{
    str_release(&row->bytes);
    vec_release(&row->at);
}

const char *csv_field(const CsvRow *row, size_t i)
{
    return row->bytes.data + row->at.items[i];
}

/* Appends the field at *at to the row and moves *at to the separator, line end or end behind it. */
static bool take_field(const char *text, size_t size, size_t *at, char separator, Str *out)
{
    size_t i = *at;
    if (i < size && text[i] == '"') {
        for (i++;; i++) {
            if (i >= size) return false;
            if (text[i] != '"') {
                str_add_char(out, text[i]);
            } else if (i + 1 < size && text[i + 1] == '"') {
                str_add_char(out, '"');
                i++;
            } else {
                break;
            }
        }
        i++;
    }
    /* Also what wrongly stands behind a closing quote: nothing is lost. */
    size_t first = i;
    while (i < size && text[i] != separator && text[i] != '\n') i++;
    str_add_bytes(out, text + first, i - first);
    *at = i;
    return true;
}

bool csv_take(const char *text, size_t size, size_t *at, char separator, CsvRow *row, size_t *line,
              Err *err)
{
    size_t first_line = *line, start = *at;
    str_clear(&row->bytes);
    vec_clear(&row->at);
    for (;;) {
        if (row->at.count == COLUMN_LIMIT)
            return err_set(err, ERR_LIMIT, "line %zu: more than %d columns", first_line,
                           COLUMN_LIMIT);
        vec_push(&row->at, row->bytes.size);
        if (!take_field(text, size, at, separator, &row->bytes))
            return err_set(err, ERR_FORMAT, "line %zu: a quote in this row is never closed",
                           first_line);
        str_add_char(&row->bytes, '\0');
        if (*at >= size || text[*at] == '\n') break;
        ++*at;
    }
    if (*at < size) ++*at;
    for (size_t i = start; i < *at; i++) *line += text[i] == '\n';
    return true;
}

/* The separator that stands most often in the header row, outside quotes. */
char csv_separator(const char *text, size_t size)
{
    static const char CANDIDATES[] = ",;\t|";
    size_t counts[sizeof CANDIDATES] = {0};
    bool quoted = false;
    for (size_t i = 0; i < size && (quoted || text[i] != '\n'); i++) {
        if (text[i] == '"') quoted = !quoted;
        const char *found = quoted || !text[i] ? NULL : strchr(CANDIDATES, text[i]);
        if (found) counts[found - CANDIDATES]++;
    }
    size_t best = 0;
    for (size_t i = 1; CANDIDATES[i]; i++)
        if (counts[i] > counts[best]) best = i;
    return CANDIDATES[best];
}
