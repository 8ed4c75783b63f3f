/* CSV after RFC 4180, with a header row; ; and tab are recognised as separators too. A row is a
 * record. */
#include <stdlib.h>
#include <string.h>

#include "text/encoding.h"
#include "text/readers.h"
#include "text/record.h"

#define COLUMN_LIMIT 4096
#define ROWS_PER_CHECK 1024

/* One row: its fields as NUL-terminated strings, one after another. */
typedef struct Row {
    Str bytes;
    VEC(size_t) at; /* where each field begins in bytes */
} Row;

static void row_release(Row *row)
{
    str_release(&row->bytes);
    vec_release(&row->at);
}

static const char *row_field(const Row *row, size_t i)
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

static bool take_row(const char *text, size_t size, size_t *at, char separator, Row *row,
                     size_t *line, Err *err)
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
static char find_separator(const char *text, size_t size)
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

static bool write_row(Builder *b, const Row *header, const Row *row)
{
    VEC(RecordField) fields = {0};
    VEC(char *) made = {0};
    for (size_t i = 0; i < row->at.count; i++) {
        const char *name = i < header->at.count ? row_field(header, i) : "";
        name += strspn(name, " \t");
        if (name[0] == '\0') {
            vec_push(&made, str_format("column %zu", i + 1));
            name = made.items[made.count - 1];
        }
        vec_push(&fields, (RecordField){.name = name, .value = row_field(row, i)});
    }
    bool written = record_write(b, fields.items, fields.count);
    vec_release(&fields);
    for (size_t i = 0; i < made.count; i++) free(made.items[i]);
    vec_release(&made);
    return written;
}

static bool take_rows(const Str *text, char separator, const Cancel *cancel, Document *out,
                      Err *err)
{
    Row header = {0}, row = {0};
    Builder b;
    builder_init(&b, out);
    size_t at = 0, line = 1, rows = 0, written = 0;
    bool ok = take_row(text->data, text->size, &at, separator, &header, &line, err);
    while (ok && at < text->size) {
        ok = take_row(text->data, text->size, &at, separator, &row, &line, err);
        if (ok) written += write_row(&b, &header, &row);
        if (ok && ++rows % ROWS_PER_CHECK == 0) ok = cancel_check(cancel, err);
    }
    if (ok && written == 0)
        ok = err_set(err, ERR_FORMAT, "there is a header row but no row with text");
    builder_release(&b);
    row_release(&header);
    row_release(&row);
    return ok;
}

static bool read_rows(const char *bytes, size_t size, char separator, const Cancel *cancel,
                      Document *out, Err *err)
{
    Str text = {0};
    bool ok = encoding_decode(bytes, size, &text, &out->encoding, err);
    if (ok && text.size == 0) ok = err_set(err, ERR_FORMAT, "there is no text in it");
    if (ok)
        ok = take_rows(&text, separator ? separator : find_separator(text.data, text.size), cancel,
                       out, err);
    str_release(&text);
    return ok;
}

bool read_csv(const char *path, const char *bytes, size_t size, const Cancel *cancel, Document *out,
              Err *err)
{
    (void)path;
    return read_rows(bytes, size, '\0', cancel, out, err);
}

bool read_tsv(const char *path, const char *bytes, size_t size, const Cancel *cancel, Document *out,
              Err *err)
{
    (void)path;
    return read_rows(bytes, size, '\t', cancel, out, err);
}
