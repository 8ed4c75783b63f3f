#include "text/tokenizer_steps.h"

#define DROPPED 0x80 /* in NormalStep.ascii */

/* One code point of decomposed text. */
static void put(const NormalStep *s, uint32_t code, unsigned class, Str *out)
{
    if (s->lowercase)
        code_lower(out, code, class);
    else
        code_put(out, code);
}

static void flush(const NormalStep *s, Order *marks, Str *out)
{
    if (marks->marks.count == 0) return;
    order_sort(marks);
    for (size_t i = 0; i < marks->marks.count; i++) {
        uint32_t code = order_code(marks, i);
        put(s, code, code_class(code), out);
    }
    vec_clear(&marks->marks);
}

/* Accents are dropped before they are put in order, which leaves the order of the others. */
static void add_part(const NormalStep *s, uint32_t code, Order *marks, Str *out)
{
    unsigned class = code_class(code), combining = code_combining(code, class);
    if (class & CODE_ACCENT) return;
    if (combining != 0) {
        order_add(marks, code, combining);
        return;
    }
    flush(s, marks, out);
    put(s, code, class, out);
}

static void add(const NormalStep *s, uint32_t code, unsigned class, Order *marks, Str *out)
{
    uint32_t parts[CODE_PARTS];
    if (!s->accents) {
        put(s, code, class, out);
    } else if (class & CODE_DECOMPOSES) {
        size_t count = code_decompose(code, false, parts);
        for (size_t i = 0; i < count; i++) add_part(s, parts[i], marks, out);
    } else if (class & (CODE_ACCENT | CODE_COMBINES)) {
        add_part(s, code, marks, out);
    } else {
        flush(s, marks, out);
        put(s, code, class, out);
    }
}

/* How many bytes at the start of text are ASCII; what becomes of them is appended. */
static size_t add_ascii(const NormalStep *s, const char *text, size_t size, Str *out)
{
    size_t at = 0;
    str_reserve(out, size);
    char *to = out->data + out->size;
    for (; at < size && (unsigned char)text[at] < 0x80; at++) {
        *to = (char)s->ascii[(unsigned char)text[at]];
        to += (unsigned char)*to != DROPPED;
    }
    *to = '\0';
    out->size = (size_t)(to - out->data);
    return at;
}

bool bert_run(const NormalStep *s, const char *text, size_t size, Str *out)
{
    Order marks = {{0}};
    size_t moved = SIZE_MAX; /* where the first character that is kept stands */
    for (size_t at = 0; at < size;) {
        size_t from = at, before = out->size;
        if ((unsigned char)text[at] < 0x80) {
            flush(s, &marks, out);
            at += add_ascii(s, text + at, size - at, out);
            if (moved == SIZE_MAX && out->size > before)
                while (s->ascii[(unsigned char)text[from]] == DROPPED) from++;
        } else {
            uint32_t code;
            at += code_next(text + at, &code);
            unsigned class = code_class(code);
            if (s->clean && (code == 0xFFFD || class & CODE_CONTROL)) continue;
            if (s->clean && code_is_space(code)) code = ' ', class = 0;
            bool apart = s->chinese && code_is_chinese(code);
            if (apart) add(s, ' ', 0, &marks, out);
            add(s, code, class, &marks, out);
            if (apart) add(s, ' ', 0, &marks, out);
        }
        if (moved == SIZE_MAX && (out->size > before || marks.marks.count > 0)) moved = from;
    }
    flush(s, &marks, out);
    vec_release(&marks.marks);
    return moved != 0;
}

void bert_fill(NormalStep *s)
{
    for (unsigned c = 0; c < 128; c++) {
        unsigned char to = (unsigned char)c;
        if (s->clean && code_class(c) & CODE_CONTROL) to = DROPPED;
        if (s->clean && to != DROPPED && code_is_space(c)) to = ' ';
        if (s->lowercase && c - 'A' < 26) to = (unsigned char)(c + ('a' - 'A'));
        s->ascii[c] = to;
    }
}

bool bert_parse(const cJSON *json, NormalStep *s, Err *err)
{
    (void)err;
    s->clean = member_bool(json, "clean_text", true);
    s->chinese = member_bool(json, "handle_chinese_chars", true);
    s->lowercase = member_bool(json, "lowercase", true);
    s->accents = member_bool(json, "strip_accents", s->lowercase);
    bert_fill(s);
    return true;
}
