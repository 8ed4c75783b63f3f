/* Running heads and feet, and whether the order of drawing can be trusted. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/utf8.h"
#include "text/pdf_layout.h"

#define ROUNDS 4         /* lines of a head that may stand one below the other */
#define REGION 0.15f     /* share of the page's height where heads and feet stand */
#define LENGTH_LIMIT 200 /* bytes; a head is short */
#define SLOT_POINTS 4.0f

typedef struct Edge {
    size_t line;  /* SIZE_MAX: none */
    uint32_t key; /* number of its text, see key_of */
    int slot;
} Edge;

typedef struct Running {
    PdfLines *lines;
    Map *keys;       /* letters of a line → its number */
    VEC(Edge) edges; /* one a page */
    VEC(Edge) gone;  /* dropped in earlier rounds at this end */
} Running;

static bool is_roman(const char *token, size_t size)
{
    if (size == 0 || size > 8) return false;
    for (size_t i = 0; i < size; i++)
        if (!strchr("ivxlcdmIVXLCDM", token[i])) return false;
    return true;
}

/* The letters of a line without digits, page numbers in Roman and everything between them. */
static void key_of(const char *text, size_t size, Str *out)
{
    str_clear(out);
    for (size_t i = 0; i < size;) {
        uint32_t code;
        size_t n = utf8_next(text + i, size - i, &code);
        if (!utf8_is_letter(code)) {
            i += n;
            continue;
        }
        size_t first = i;
        while (i < size) {
            n = utf8_next(text + i, size - i, &code);
            if (!utf8_is_letter(code)) break;
            i += n;
        }
        if (!is_roman(text + first, i - first)) utf8_fold(text + first, i - first, out);
    }
}

/* The outermost line of a page that is left, if it is within the region and short. */
static Edge find_edge(Running *r, const PdfPage *page, bool top, Str *scratch)
{
    Edge edge = {.line = SIZE_MAX};
    const PdfLine *lines = r->lines->lines.items;
    for (size_t i = page->first; i < page->end; i++) {
        if (lines[i].drop) continue;
        bool further = edge.line == SIZE_MAX || (top ? lines[i].middle < lines[edge.line].middle
                                                     : lines[i].middle > lines[edge.line].middle);
        if (further) edge.line = i;
    }
    if (edge.line == SIZE_MAX) return edge;
    const PdfLine *line = &lines[edge.line];
    bool inside =
        top ? line->middle < REGION * page->height : line->middle > (1 - REGION) * page->height;
    if (!inside || line->size > LENGTH_LIMIT) {
        edge.line = SIZE_MAX;
        return edge;
    }
    key_of(r->lines->text.data + line->at, line->size, scratch);
    edge.key = map_add(r->keys, str_get(scratch), scratch->size, (uint32_t)map_count(r->keys));
    edge.slot = (int)lrintf(line->middle / SLOT_POINTS);
    return edge;
}

static bool is_near(const Edge *a, const Edge *b)
{
    return a->line != SIZE_MAX && a->slot >= b->slot - 1 && a->slot <= b->slot + 1;
}

/* How often a key stands in a slot or the ones beside it, on all pages. What was dropped counts
 * too: a head's parts are one line on some pages and two on others. */
static size_t count_near(const Running *r, const Edge *wanted)
{
    size_t count = 0;
    for (size_t i = 0; i < r->edges.count; i++)
        count += is_near(&r->edges.items[i], wanted) && r->edges.items[i].key == wanted->key;
    for (size_t i = 0; i < r->gone.count; i++)
        count += is_near(&r->gone.items[i], wanted) && r->gone.items[i].key == wanted->key;
    return count;
}

/* Heads that change with the chapter: their place is taken on most pages, mostly by lines that come
 * again. */
static bool is_place_of_heads(const Running *r, const Edge *e, const size_t *counts,
                              const uint32_t *group, size_t most)
{
    size_t taken = 0, again = 0;
    for (size_t i = 0; i < r->edges.count; i++) {
        if (!is_near(&r->edges.items[i], e)) continue;
        taken++;
        again += group[i] != MAP_NONE && counts[group[i]] >= 3;
    }
    return taken >= most && again * 10 >= taken * 7;
}

/* One round at one end of the pages. Counting goes by distinct (key, slot), of which there are few
 * in a file with running heads; a file with too many has none worth the time. */
static bool drop_round(Running *r, bool top)
{
    enum { DISTINCT_LIMIT = 4000 };
    const PdfLines *l = r->lines;
    size_t pages = l->pages.count, most = pages / 2 < 3 ? 3 : (pages + 1) / 2;
    Str scratch = {0};
    vec_clear(&r->edges);
    for (size_t i = 0; i < pages; i++)
        vec_push(&r->edges, find_edge(r, &l->pages.items[i], top, &scratch));
    str_release(&scratch);
    Map *seen = map_new();
    VEC(size_t) counts = {0};
    VEC(uint32_t) group = {0};
    for (size_t i = 0; i < pages; i++) {
        const Edge *e = &r->edges.items[i];
        uint32_t id = MAP_NONE;
        if (e->line != SIZE_MAX) {
            struct {
                uint32_t key;
                int slot;
            } pair = {e->key, e->slot};
            id = map_get(seen, &pair, sizeof pair);
            if (id == MAP_NONE && map_count(seen) < DISTINCT_LIMIT) {
                id = map_add(seen, &pair, sizeof pair, (uint32_t)map_count(seen));
                vec_push(&counts, count_near(r, e));
            }
        }
        vec_push(&group, id);
    }
    size_t before = r->gone.count;
    char *verdicts = mem_zero(counts.count + 1, 1); /* of a group: 0 not asked yet, 'y', 'n' */
    for (size_t i = 0; i < pages; i++) {
        const Edge *e = &r->edges.items[i];
        if (group.items[i] == MAP_NONE || counts.items[group.items[i]] < 2) continue;
        char *verdict = &verdicts[group.items[i]];
        if (!*verdict)
            *verdict = counts.items[group.items[i]] >= most ||
                               is_place_of_heads(r, e, counts.items, group.items, most)
                           ? 'y'
                           : 'n';
        if (*verdict == 'n') continue;
        r->lines->lines.items[e->line].drop = true;
        vec_push(&r->gone, *e);
    }
    free(verdicts);
    map_free(seen);
    vec_release(&counts);
    vec_release(&group);
    return r->gone.count > before;
}

void pdf_drop_running(PdfLines *l)
{
    if (l->pages.count < 3) return;
    for (int end = 0; end < 2; end++) {
        Running r = {.lines = l, .keys = map_new()};
        for (int round = 0; round < ROUNDS && drop_round(&r, end == 0); round++) {
        }
        map_free(r.keys);
        vec_release(&r.edges);
        vec_release(&r.gone);
    }
}

bool pdf_order_is_doubtful(const PdfLines *l)
{
    size_t jumps = 0, lines = 0;
    for (size_t i = 1; i < l->lines.count; i++) {
        const PdfLine *a = &l->lines.items[i - 1], *b = &l->lines.items[i];
        if (a->page != b->page) continue;
        lines++;
        jumps += b->up && b->x0 < a->x1 && a->x0 < b->x1;
    }
    return lines >= 20 && jumps * 8 > lines;
}
