#include "golden.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define STYLES_MOST 61
static const char LETTERS[STYLES_MOST + 1] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ123456789";
#define GOLDEN_LIMIT ((size_t)4 << 20)

/* The styles of a screen in the order of their first cell; '.' is the plain one. */
typedef struct Legend {
    ScreenStyle styles[STYLES_MOST];
    size_t count;
} Legend;

static char letter_of(Legend *l, ScreenStyle style)
{
    if (style_equal(style, (ScreenStyle){-1, -1, 0})) return '.';
    for (size_t i = 0; i < l->count; i++)
        if (style_equal(l->styles[i], style)) return LETTERS[i];
    if (l->count == STYLES_MOST) return '#';
    l->styles[l->count] = style;
    return LETTERS[l->count++];
}

static void add_colour(Str *out, const char *name, int32_t colour)
{
    if (colour < 0) return;
    if (colour < 256)
        str_addf(out, " %s=%d", name, colour);
    else
        str_addf(out, " %s=#%06x", name, (unsigned)colour & 0xFFFFFF);
}

static void add_style(Str *out, ScreenStyle s)
{
    static const char *const FLAGS[] = {"bold",  "underline", "italic",
                                        "blink", "reverse",   "strike"};
    add_colour(out, "fg", s.foreground);
    add_colour(out, "bg", s.background);
    for (size_t i = 0; i < sizeof FLAGS / sizeof *FLAGS; i++)
        if (s.flags >> i & 1) str_addf(out, " %s", FLAGS[i]);
    str_add_char(out, '\n');
}

void golden_write(const Screen *s, Str *out)
{
    str_addf(out, "screen %dx%d", s->height, s->width);
    if (s->cursor_y >= 0) str_addf(out, ", cursor at %d %d", s->cursor_y, s->cursor_x);
    str_add(out, "\n");
    Str row = {0};
    for (int y = 0; y < s->height; y++) {
        screen_row(s, y, &row, NULL);
        str_addf(out, "%02d|%s\n", y, str_get(&row));
    }
    str_release(&row);
    str_add(out, "styles\n");
    Legend legend = {0};
    for (int y = 0; y < s->height; y++) {
        size_t first = out->size;
        str_addf(out, "%02d|", y);
        size_t plain = out->size;
        for (int x = 0; x < s->width; x++) {
            char c = letter_of(&legend, screen_at(s, y, x)->style);
            str_add_char(out, c);
            if (c != '.') plain = out->size;
        }
        str_truncate(out, plain > first + 3 ? plain : first);
        if (out->size > first) str_add_char(out, '\n');
    }
    for (size_t i = 0; i < legend.count; i++) {
        str_addf(out, "%c", LETTERS[i]);
        add_style(out, legend.styles[i]);
    }
}

static size_t line_size(const char *text)
{
    return strcspn(text, "\n");
}

/* Both texts line by line: what stands in one only. */
static void print_difference(const char *wanted, const char *got, FILE *to)
{
    while (*wanted || *got) {
        size_t a = line_size(wanted), b = line_size(got);
        if (a != b || memcmp(wanted, got, a) != 0) {
            if (*wanted) fprintf(to, "- %.*s\n", (int)a, wanted);
            if (*got) fprintf(to, "+ %.*s\n", (int)b, got);
        }
        wanted += a + (wanted[a] == '\n');
        got += b + (got[b] == '\n');
    }
}

bool golden_same(const Screen *s, const char *path, FILE *to)
{
    Str got = {0}, wanted = {0};
    Err err = {0};
    golden_write(s, &got);
    const char *update = getenv("HONE_UPDATE_GOLDEN");
    bool same = false;
    if (update && strcmp(update, "1") == 0) {
        same = file_write(path, got.data, got.size, &err);
    } else if (file_read(path, GOLDEN_LIMIT, &wanted, &err)) {
        same = strcmp(str_get(&wanted), str_get(&got)) == 0;
        if (!same) print_difference(str_get(&wanted), str_get(&got), to);
    }
    if (err.kind) fprintf(to, "%s\n", err.message);
    str_release(&got);
    str_release(&wanted);
    return same;
}
