#include "text/record.h"

#include <string.h>
#include <strings.h>

/* In order of preference. */
static const char *const TEXT_NAMES[] = {"text",    "content",      "body", "contents",
                                         "passage", "page_content", NULL};
static const char *const TITLE_NAMES[] = {"title", "heading", "name", "id", "_id", NULL};

static size_t rank_of(const char *name, const char *const *names)
{
    size_t i = 0;
    while (names[i] && strcasecmp(name, names[i]) != 0) i++;
    return i;
}

bool record_is_text_name(const char *name)
{
    return TEXT_NAMES[rank_of(name, TEXT_NAMES)] != NULL;
}

static const RecordField *best_of(const RecordField *fields, size_t count, const char *const *names)
{
    const RecordField *best = NULL;
    size_t best_rank = 0;
    for (size_t i = 0; i < count; i++) {
        size_t rank = rank_of(fields[i].name, names);
        bool blank = fields[i].value[strspn(fields[i].value, " \t\r\n")] == '\0';
        if (!names[rank] || blank || (best && rank >= best_rank)) continue;
        best = &fields[i];
        best_rank = rank;
    }
    return best;
}

static bool is_blank(const RecordField *field)
{
    return field->value[strspn(field->value, " \t\r\n")] == '\0';
}

bool record_write(Builder *b, const RecordField *fields, size_t count)
{
    const RecordField *text = best_of(fields, count, TEXT_NAMES);
    const RecordField *title = best_of(fields, count, TITLE_NAMES);
    size_t filled = 0;
    for (size_t i = 0; i < count; i++) filled += !is_blank(&fields[i]);
    if (filled == 0) return false;
    builder_record(b, title ? title->value : "");
    if (text) {
        builder_block(b, text->value, strlen(text->value));
        return true;
    }
    for (size_t i = 0; i < count; i++)
        if (&fields[i] != title && !is_blank(&fields[i]))
            builder_field(b, fields[i].name, fields[i].value);
    builder_paragraph(b);
    return true;
}
