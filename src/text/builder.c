#include "text/builder.h"

#include <string.h>

void builder_init(Builder *b, Document *d)
{
    *b = (Builder){.document = d};
}

void builder_release(Builder *b)
{
    str_release(&b->line);
    *b = (Builder){0};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_control(const char *text, size_t left)
{
    unsigned char c = (unsigned char)text[0];
    if (c < 0x20 || c == 0x7F) return true;
    return c == 0xC2 && left > 1 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xA0;
}

/* A no-break space separates words like any other. */
static size_t blank_size(const char *text, size_t left)
{
    if (is_blank(text[0])) return 1;
    if (left > 1 && (unsigned char)text[0] == 0xC2 && (unsigned char)text[1] == 0xA0) return 2;
    return 0;
}

void builder_text(Builder *b, const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t blanks = blank_size(text + i, size - i);
        if (blanks) {
            b->blank = b->line.size > 0;
            i += blanks;
            continue;
        }
        if (is_control(text + i, size - i)) {
            i += (unsigned char)text[i] == 0xC2 ? 2 : 1;
            continue;
        }
        size_t first = i;
        while (i < size && !blank_size(text + i, size - i) && !is_control(text + i, size - i)) i++;
        if (b->blank && !is_blank(b->line.data[b->line.size - 1])) str_add_char(&b->line, ' ');
        b->blank = false;
        str_add_bytes(&b->line, text + first, i - first);
    }
}

void builder_verbatim(Builder *b, const char *text, size_t size)
{
    b->blank = false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\r') {
            if (i + 1 == size || text[i + 1] != '\n') str_add_char(&b->line, '\n');
        } else if (text[i] == '\n' || text[i] == '\t') {
            str_add_char(&b->line, text[i]);
        } else if (is_control(text + i, size - i)) {
            i += (unsigned char)text[i] == 0xC2;
        } else {
            str_add_char(&b->line, text[i]);
        }
    }
}

static void trim_line(Builder *b)
{
    while (b->line.size &&
           (b->line.data[b->line.size - 1] == ' ' || b->line.data[b->line.size - 1] == '\t'))
        str_truncate(&b->line, b->line.size - 1);
}

void builder_line(Builder *b)
{
    trim_line(b);
    b->blank = false;
    if (b->line.size) str_add_char(&b->line, '\n');
}

void builder_tab(Builder *b)
{
    b->blank = false;
    str_add_char(&b->line, '\t');
}

static void end_paragraph(Builder *b, bool tight)
{
    Str *text = &b->document->text;
    while (b->line.size && is_blank(b->line.data[b->line.size - 1]))
        str_truncate(&b->line, b->line.size - 1);
    size_t skip = 0;
    for (size_t i = 0; i < b->line.size && is_blank(b->line.data[i]); i++)
        if (b->line.data[i] == '\n') skip = i + 1;
    if (b->line.size > skip) {
        if (text->size) str_add(text, b->tight ? "" : "\n");
        size_t at = text->size;
        str_add_bytes(text, b->line.data + skip, b->line.size - skip);
        if (b->level)
            vec_push(&b->document->headings,
                     (HeadingMark){.at = at, .end = text->size, .level = b->level});
        str_add_char(text, '\n');
        b->tight = tight && !b->level;
    } else if (!tight) {
        b->tight = false;
    }
    str_clear(&b->line);
    b->level = 0;
    b->blank = false;
}

void builder_paragraph(Builder *b)
{
    end_paragraph(b, false);
}

void builder_tight(Builder *b)
{
    end_paragraph(b, true);
}

void builder_heading(Builder *b, int level)
{
    builder_paragraph(b);
    b->level = level;
}

void builder_record(Builder *b, const char *title)
{
    builder_paragraph(b);
    Str *text = &b->document->text;
    size_t at = text->size;
    /* The mark stands where the record's first line will: after the empty line. */
    if (at) {
        str_add_char(text, '\n');
        at++;
    }
    b->tight = true;
    vec_push(&b->document->headings, (HeadingMark){.at = at, .end = at, .level = 0});
    if (title[0] == '\0') return;
    b->level = 1;
    builder_text(b, title, strlen(title));
    builder_paragraph(b);
}

void builder_field(Builder *b, const char *name, const char *value)
{
    if (value[0] == '\0') return;
    builder_text(b, name, strlen(name));
    builder_text(b, ": ", 2);
    builder_text(b, value, strlen(value));
    builder_tight(b);
}

void builder_block(Builder *b, const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        const char *newline = memchr(text + i, '\n', size - i);
        size_t end = newline ? (size_t)(newline - text) : size;
        size_t last = end;
        while (last > i && is_blank(text[last - 1])) last--;
        if (last == i) {
            builder_paragraph(b);
        } else {
            if (b->line.size) builder_line(b);
            builder_verbatim(b, text + i, last - i);
        }
        i = end + (newline != NULL);
    }
    builder_paragraph(b);
}
