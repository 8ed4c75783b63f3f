#include <stdlib.h>

#include "text/tokenizer_steps.h"

#define MARKS_BY_HAND 24 /* in a row; more are left to qsort */

void order_add(Order *o, uint32_t code, unsigned combining)
{
    uint64_t order = o->marks.count;
    vec_push(&o->marks, (uint64_t)combining << 56 | order << 21 | code);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void order_sort(Order *o)
{
    uint64_t *m = o->marks.items;
    if (o->marks.count > MARKS_BY_HAND) {
        qsort(m, o->marks.count, sizeof *m, compare);
        return;
    }
    for (size_t i = 1; i < o->marks.count; i++) {
        uint64_t mark = m[i];
        size_t at = i;
        for (; at > 0 && m[at - 1] > mark; at--) m[at] = m[at - 1];
        m[at] = mark;
    }
}

/* Canonical composition (UAX #15): a starter takes in what follows it and is not blocked. */
typedef struct Composer {
    Str *out;
    bool composes; /* else everything goes straight to out */
    bool has_starter;
    uint32_t starter;
    unsigned last; /* combining class of the mark that was kept last behind the starter, or 0 */
    VEC(uint32_t) kept;
} Composer;

static void compose_flush(Composer *c)
{
    if (c->has_starter) code_put(c->out, c->starter);
    for (size_t i = 0; i < c->kept.count; i++) code_put(c->out, c->kept.items[i]);
    vec_clear(&c->kept);
    c->has_starter = false;
    c->last = 0;
}

static void compose_add(Composer *c, uint32_t code, unsigned combining)
{
    if (!c->composes) {
        code_put(c->out, code);
        return;
    }
    bool open = c->has_starter && (c->kept.count == 0 || c->last < combining);
    uint32_t composed = open ? code_compose(c->starter, code) : 0;
    if (composed) {
        c->starter = composed;
    } else if (combining == 0) {
        compose_flush(c);
        c->starter = code;
        c->has_starter = true;
    } else {
        vec_push(&c->kept, code);
        c->last = combining;
    }
}

static void flush(Order *marks, Composer *c)
{
    if (marks->marks.count == 0) return;
    order_sort(marks);
    for (size_t i = 0; i < marks->marks.count; i++) {
        uint32_t code = order_code(marks, i);
        compose_add(c, code, code_combining(code, code_class(code)));
    }
    vec_clear(&marks->marks);
}

static void add_part(uint32_t code, unsigned class, Order *marks, Composer *c)
{
    unsigned combining = code_combining(code, class);
    if (combining != 0) {
        order_add(marks, code, combining);
        return;
    }
    flush(marks, c);
    compose_add(c, code, 0);
}

static bool normalise(const char *text, size_t size, bool compatible, bool composes, Str *out)
{
    Order marks = {{0}};
    Composer c = {.out = out, .composes = composes};
    for (size_t at = 0; at < size;) {
        uint32_t code, parts[CODE_PARTS];
        at += code_next(text + at, &code);
        unsigned class = code < 0x80 ? 0 : code_class(code);
        if (!(class & CODE_DECOMPOSES)) {
            add_part(code, class, &marks, &c);
            continue;
        }
        size_t count = code_decompose(code, compatible, parts);
        for (size_t i = 0; i < count; i++) add_part(parts[i], code_class(parts[i]), &marks, &c);
    }
    flush(&marks, &c);
    compose_flush(&c);
    vec_release(&marks.marks);
    vec_release(&c.kept);
    return false;
}

bool nfd_run(const NormalStep *step, const char *text, size_t size, Str *out)
{
    (void)step;
    return normalise(text, size, false, false, out);
}

bool nfc_run(const NormalStep *step, const char *text, size_t size, Str *out)
{
    (void)step;
    return normalise(text, size, false, true, out);
}

bool nfkd_run(const NormalStep *step, const char *text, size_t size, Str *out)
{
    (void)step;
    return normalise(text, size, true, false, out);
}

bool nfkc_run(const NormalStep *step, const char *text, size_t size, Str *out)
{
    (void)step;
    return normalise(text, size, true, true, out);
}
