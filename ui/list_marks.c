#include "ui/list_marks.h"

#include <stdlib.h>
#include <string.h>

struct Marks {
    Ui *ui;
    PaneIds ids; /* ascending */
    size_t last; /* place of the last one set by hand */
    Listing *found;
    PaneIds hits; /* of found, ascending; when it is complete */
    bool looking, complete;
    void (*done)(void *context); /* once; may be NULL */
    void *context;
};

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void take_all(const Listing *l, PaneIds *ret)
{
    vec_clear(ret);
    for (size_t i = 0; i < listing_count(l); i++) vec_push(ret, listing_id(l, i));
    if (ret->count) qsort(ret->items, ret->count, sizeof *ret->items, by_id);
}

static bool has(const PaneIds *ids, int64_t id)
{
    return ids->count && bsearch(&id, ids->items, ids->count, sizeof *ids->items, by_id);
}

static void found_changed(void *context)
{
    Marks *m = context;
    if (!m->looking || !listing_complete(m->found) || m->complete) return;
    take_all(m->found, &m->hits);
    m->complete = true;
    void (*done)(void *) = m->done;
    m->done = NULL;
    if (done) done(m->context);
}

Marks *marks_new(Desk *d, ListOf of, Ui *ui)
{
    Marks *m = mem_zero(1, sizeof *m);
    m->ui = ui;
    m->found = listing_new(d, of, found_changed, m);
    return m;
}

void marks_free(Marks *m)
{
    if (!m) return;
    listing_free(m->found);
    vec_release(&m->ids);
    vec_release(&m->hits);
    free(m);
}

size_t marks_count(const Marks *m)
{
    return m->ids.count;
}

bool marks_has(const Marks *m, int64_t id)
{
    return has(&m->ids, id);
}

/* The place of id among the marks, or where it would stand. */
static size_t place(const Marks *m, int64_t id)
{
    size_t low = 0, high = m->ids.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (m->ids.items[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(Marks *m, int64_t id)
{
    size_t at = place(m, id);
    if (at < m->ids.count && m->ids.items[at] == id) return;
    vec_push(&m->ids, id);
    memmove(m->ids.items + at + 1, m->ids.items + at, (m->ids.count - 1 - at) * sizeof id);
    m->ids.items[at] = id;
}

void marks_toggle(Marks *m, int64_t id, size_t at)
{
    if (!id) return;
    m->last = at;
    size_t i = place(m, id);
    if (i == m->ids.count || m->ids.items[i] != id) {
        insert(m, id);
        return;
    }
    m->ids.count--;
    memmove(m->ids.items + i, m->ids.items + i + 1, (m->ids.count - i) * sizeof id);
}

void marks_range(Marks *m, const Listing *l, size_t at)
{
    size_t first = m->last < at ? m->last : at, end = m->last < at ? at : m->last;
    for (size_t i = first; i <= end && i < listing_count(l); i++)
        vec_push(&m->ids, listing_id(l, i));
    if (m->ids.count == 0) return;
    qsort(m->ids.items, m->ids.count, sizeof *m->ids.items, by_id);
    size_t kept = 1;
    for (size_t i = 1; i < m->ids.count; i++) {
        if (m->ids.items[i] != m->ids.items[kept - 1]) m->ids.items[kept++] = m->ids.items[i];
    }
    m->ids.count = kept;
    m->last = at;
}

void marks_all(Marks *m, const Listing *l)
{
    if (!listing_complete(l)) {
        ui_say(m->ui, LOOK_WARN, "the list is still being read: mark all when its count stands");
        return;
    }
    take_all(l, &m->ids);
}

void marks_clear(Marks *m)
{
    vec_clear(&m->ids);
}

void marks_add_to(const Marks *m, PaneIds *ret)
{
    for (size_t i = 0; i < m->ids.count; i++) vec_push(ret, m->ids.items[i]);
}

/* ---- found rows ---- */

void marks_search(Marks *m, const char *filter, const char *text)
{
    vec_clear(&m->hits);
    m->complete = false;
    m->looking = text && *text;
    if (!m->looking) return;
    Str both = {0};
    str_addf(&both, "%s \"", filter);
    for (const char *c = text; *c; c++) {
        /* the language has no quote within quotes: the parts around it are looked for */
        if (*c == '"')
            str_add(&both, "\" \"");
        else
            str_add_char(&both, *c);
    }
    str_add_char(&both, '"');
    listing_filter(m->found, str_get(&both));
    str_release(&both);
}

void marks_when_found(Marks *m, void (*done)(void *context), void *context)
{
    m->done = done;
    m->context = context;
}

bool marks_searching(const Marks *m)
{
    return m->looking && !m->complete;
}

size_t marks_found(const Marks *m, const Listing *l, size_t at, bool back)
{
    size_t count = listing_count(l);
    if (!m->complete || m->hits.count == 0) return SIZE_MAX;
    for (size_t step = 1; step <= count; step++) {
        size_t i = back ? (at + count - step) % count : (at + step) % count;
        if (has(&m->hits, listing_id(l, i))) return i;
    }
    return SIZE_MAX;
}
