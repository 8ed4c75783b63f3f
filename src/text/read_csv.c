/* csv with a header row; a row is a record. */
#include <stdlib.h>
#include <string.h>

#include "text/csv.h"
#include "text/encoding.h"
#include "text/readers.h"
#include "text/record.h"

#define ROWS_PER_CHECK 1024

static bool write_row(Builder *b, const CsvRow *header, const CsvRow *row)
{
    VEC(RecordField) fields = {0};
    VEC(char *) made = {0};
    for (size_t i = 0; i < row->at.count; i++) {
        const char *name = i < header->at.count ? csv_field(header, i) : "";
        name += strspn(name, " \t");
        if (name[0] == '\0') {
            vec_push(&made, str_format("column %zu", i + 1));
            name = made.items[made.count - 1];
        }
        vec_push(&fields, (RecordField){.name = name, .value = csv_field(row, i)});
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
    CsvRow header = {0}, row = {0};
    Builder b;
    builder_init(&b, out);
    size_t at = 0, line = 1, rows = 0, written = 0;
    bool ok = csv_take(text->data, text->size, &at, separator, &header, &line, err);
    while (ok && at < text->size) {
        ok = csv_take(text->data, text->size, &at, separator, &row, &line, err);
        if (ok) written += write_row(&b, &header, &row);
        if (ok && ++rows % ROWS_PER_CHECK == 0) ok = cancel_check(cancel, err);
    }
    if (ok && written == 0)
        ok = err_set(err, ERR_FORMAT, "there is a header row but no row with text");
    builder_release(&b);
    csv_release(&header);
    csv_release(&row);
    return ok;
}

static bool read_rows(const char *bytes, size_t size, char separator, const Cancel *cancel,
                      Document *out, Err *err)
{
    Str text = {0};
    bool ok = encoding_decode(bytes, size, &text, &out->encoding, err);
    if (ok && text.size == 0) ok = err_set(err, ERR_FORMAT, "there is no text in it");
    if (ok)
        ok = take_rows(&text, separator ? separator : csv_separator(text.data, text.size), cancel,
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
