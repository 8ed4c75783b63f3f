/* Markdown: the text as it stands, so that a passage can be found in the file again; headings are
 * marked, front matter and comments are left out. Follows CommonMark for headings and fences, line
 * by line. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text/encoding.h"
#include "text/readers.h"

typedef struct Fence {
    char mark; /* '`' or '~'; 0 outside a fence */
    size_t length;
} Fence;

typedef struct Markdown {
    Document *document;
    Fence fence;
    bool empty_due;    /* an empty line stood before the next line */
    bool in_paragraph; /* the last line was one that a line of === could make a heading */
    size_t paragraph_at;
} Markdown;

typedef struct Line {
    const char *text;
    size_t size;
} Line;

static Line next_line(const char *text, size_t size, size_t *at)
{
    const char *start = text + *at;
    const char *newline = memchr(start, '\n', size - *at);
    Line line = {.text = start, .size = newline ? (size_t)(newline - start) : size - *at};
    *at += line.size + (newline != NULL);
    while (line.size && strchr(" \t", line.text[line.size - 1])) line.size--;
    return line;
}

static size_t indent_of(Line line)
{
    size_t columns = 0;
    for (size_t i = 0; i < line.size; i++) {
        if (line.text[i] == ' ')
            columns++;
        else if (line.text[i] == '\t')
            columns += 4 - columns % 4;
        else
            break;
    }
    return columns;
}

static Line trimmed(Line line)
{
    while (line.size && strchr(" \t", line.text[0])) {
        line.text++;
        line.size--;
    }
    return line;
}

static size_t run_of(Line line, char c)
{
    size_t n = 0;
    while (n < line.size && line.text[n] == c) n++;
    return n;
}

static int atx_level(Line line)
{
    if (indent_of(line) > 3) return 0;
    line = trimmed(line);
    size_t hashes = run_of(line, '#');
    if (hashes == 0 || hashes > 6) return 0;
    if (hashes == line.size || !strchr(" \t", line.text[hashes])) return 0;
    for (size_t i = hashes; i < line.size; i++)
        if (!strchr(" \t#", line.text[i])) return (int)hashes;
    return 0;
}

static int setext_level(Line line)
{
    if (indent_of(line) > 3) return 0;
    line = trimmed(line);
    if (line.size == 0) return 0;
    if (run_of(line, '=') == line.size) return 1;
    if (run_of(line, '-') == line.size) return 2;
    return 0;
}

static Fence fence_opens(Line line)
{
    Fence none = {0};
    if (indent_of(line) > 3) return none;
    line = trimmed(line);
    if (line.size < 3 || (line.text[0] != '`' && line.text[0] != '~')) return none;
    Fence fence = {.mark = line.text[0], .length = run_of(line, line.text[0])};
    if (fence.length < 3) return none;
    if (fence.mark == '`' && memchr(line.text + fence.length, '`', line.size - fence.length))
        return none;
    return fence;
}

static bool fence_closes(Fence fence, Line line)
{
    if (indent_of(line) > 3) return false;
    line = trimmed(line);
    return line.size >= fence.length && run_of(line, fence.mark) == line.size;
}

static bool is_paragraph_line(Line line)
{
    bool indented = indent_of(line) > 3;
    line = trimmed(line);
    if (line.size == 0 || indented || line.text[0] == '>' || line.text[0] == '|') return false;
    bool list = line.size > 1 && strchr("-*+", line.text[0]) && strchr(" \t", line.text[1]);
    return !list;
}

static size_t put_line(Markdown *m, Line line)
{
    Str *text = &m->document->text;
    if (m->empty_due && text->size) str_add_char(text, '\n');
    m->empty_due = false;
    size_t at = text->size;
    str_add_bytes(text, line.text, line.size);
    str_add_char(text, '\n');
    return at;
}

static void add_heading(Markdown *m, size_t at, size_t end, int level)
{
    vec_push(&m->document->headings, (HeadingMark){.at = at, .end = end, .level = level});
}

static void take_line(Markdown *m, Line line)
{
    if (m->fence.mark) {
        put_line(m, line);
        if (fence_closes(m->fence, line)) m->fence = (Fence){0};
        return;
    }
    if (line.size == 0) {
        m->empty_due = true;
        m->in_paragraph = false;
        return;
    }
    int level = atx_level(line);
    if (level) {
        size_t at = put_line(m, line);
        add_heading(m, at, at + line.size, level);
        m->in_paragraph = false;
        return;
    }
    level = m->in_paragraph ? setext_level(line) : 0;
    if (level) {
        add_heading(m, m->paragraph_at, m->document->text.size - 1, level);
        put_line(m, line);
        m->in_paragraph = false;
        return;
    }
    m->fence = fence_opens(line);
    size_t at = put_line(m, line);
    bool goes_on = m->in_paragraph && !m->fence.mark;
    m->in_paragraph = !m->fence.mark && (goes_on || is_paragraph_line(line));
    if (!goes_on) m->paragraph_at = at;
}

/* Copies text without its comments. A comment begins outside fences and code spans; one that never
 * ends is text. */
static void drop_comments(const char *text, size_t size, Str *out)
{
    Fence fence = {0};
    bool open_ended = false;
    for (size_t at = 0; at < size;) {
        size_t first = at;
        Line line = next_line(text, size, &at);
        if (fence.mark) {
            if (fence_closes(fence, line)) fence = (Fence){0};
            str_add_bytes(out, text + first, at - first);
            continue;
        }
        fence = fence_opens(line);
        size_t ticks = 0, i = first;
        bool comment = false;
        while (i < at && !comment) {
            if (text[i] == '`') ticks++;
            comment = !open_ended && ticks % 2 == 0 && !fence.mark && at - i >= 4 &&
                      memcmp(text + i, "<!--", 4) == 0;
            if (!comment) i++;
        }
        str_add_bytes(out, text + first, i - first);
        if (!comment) continue;
        const char *end = memmem(text + i + 4, size - i - 4, "-->", 3);
        if (end) {
            at = (size_t)(end - text) + 3;
        } else {
            open_ended = true;
            at = i;
        }
    }
}

static char *front_title(Line line)
{
    if (line.size < 6 || strncasecmp(line.text, "title", 5) != 0) return NULL;
    size_t i = 5;
    while (i < line.size && strchr(" \t", line.text[i])) i++;
    if (i == line.size || (line.text[i] != ':' && line.text[i] != '=')) return NULL;
    Line value = trimmed((Line){.text = line.text + i + 1, .size = line.size - i - 1});
    if (value.size >= 2 && strchr("\"'", value.text[0]) &&
        value.text[value.size - 1] == value.text[0]) {
        value.text++;
        value.size -= 2;
    }
    return value.size ? mem_strndup(value.text, value.size) : NULL;
}

/* Front matter between --- lines (YAML) or +++ lines (TOML) at the very top; returns where the text
 * begins. */
static size_t skip_front_matter(const char *text, size_t size, Document *d)
{
    size_t at = 0;
    Line first = next_line(text, size, &at);
    if (first.size != 3 || (memcmp(first.text, "---", 3) != 0 && memcmp(first.text, "+++", 3) != 0))
        return 0;
    char *title = NULL;
    bool keyed = false;
    for (size_t lines = 0; at < size && lines < 1000; lines++) {
        Line line = next_line(text, size, &at);
        bool closes = line.size == 3 &&
                      (memcmp(line.text, first.text, 3) == 0 || memcmp(line.text, "...", 3) == 0);
        /* Two rules with prose between them are no front matter: its first line is a key or a
         * remark. */
        if (lines == 0)
            keyed = closes || memchr(line.text, first.text[0] == '-' ? ':' : '=', line.size) ||
                    run_of(line, '#');
        if (!keyed) break;
        if (closes) {
            d->title = title;
            return at;
        }
        if (!title) title = front_title(line);
    }
    free(title);
    return 0;
}

bool read_markdown(const char *path, const char *bytes, size_t size, const Cancel *cancel,
                   Document *out, Err *err)
{
    (void)path;
    Str text = {0}, bare = {0};
    bool ok = encoding_decode(bytes, size, &text, &out->encoding, err);
    if (ok) {
        size_t first = skip_front_matter(str_get(&text), text.size, out);
        drop_comments(str_get(&text) + first, text.size - first, &bare);
        Markdown m = {.document = out};
        size_t lines = 0;
        for (size_t at = 0; at < bare.size && ok;) {
            take_line(&m, next_line(bare.data, bare.size, &at));
            if (++lines % 4096 == 0) ok = cancel_check(cancel, err);
        }
    }
    str_release(&text);
    str_release(&bare);
    return ok;
}
