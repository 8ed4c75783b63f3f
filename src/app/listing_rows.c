#include <stdlib.h>
#include <string.h>

#include "app/desk_parts.h"
#include "app/listing_parts.h"
#include "base/clock.h"

#define PATIENCE_S 1.0
#define EVERY_STATUS ((1 << CHUNK_STATUS_COUNT) - 1)

/* ---- kinds ---- */

static bool load_documents(Store *s, const Page *p, RowsOf *ret, Err *err)
{
    return documents_load_ids(s, p->ids, p->count, &ret->documents, err);
}

static bool load_chunks(Store *s, const Page *p, RowsOf *ret, Err *err)
{
    ChunkQuery query = {
        .statuses = EVERY_STATUS, .ids = p->ids, .id_count = p->count, .with_questions = true};
    return chunks_load(s, &query, &ret->chunks, err);
}

static bool load_questions(Store *s, const Page *p, RowsOf *ret, Err *err)
{
    QuestionQuery query = {.ids = p->ids, .id_count = p->count};
    return questions_load(s, &query, &ret->questions, err);
}

static bool load_candidates(Store *s, const Page *p, RowsOf *ret, Err *err)
{
    CandidateQuery query = {.ids = p->ids, .id_count = p->count, .with_texts = true};
    return candidates_load(s, &query, &ret->candidates, err);
}

typedef struct Kind {
    bool (*load)(Store *s, const Page *p, RowsOf *ret, Err *err);
    size_t row_bytes;
} Kind;

static const Kind KINDS[LIST_OF_COUNT] = {
    [LIST_DOCUMENTS] = {load_documents, sizeof(DocumentRow)},
    [LIST_CHUNKS] = {load_chunks, sizeof(ChunkRow)},
    [LIST_QUESTIONS] = {load_questions, sizeof(QuestionRow)},
    [LIST_CANDIDATES] = {load_candidates, sizeof(CandidateRow)},
    [LIST_QUEUE] = {load_questions, sizeof(QuestionRow)},
};

_Static_assert(offsetof(DocumentRow, id) == 0 && offsetof(ChunkRow, id) == 0 &&
                   offsetof(QuestionRow, id) == 0 && offsetof(CandidateRow, id) == 0,
               "a row begins with its id");

/* ---- pages ---- */

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The place of an id among those of a page, PAGE_ROWS when it is not one of them. */
static size_t page_find(const Page *p, int64_t id)
{
    const int64_t *at = bsearch(&id, p->ids, p->count, sizeof id, by_id);
    return at ? (size_t)(at - p->ids) : PAGE_ROWS;
}

static void page_free(Page *p)
{
    if (!p) return;
    rows_release(&p->rows.any);
    free(p);
}

/* The freshest page that has an id; NULL: none. */
static Page *page_with(Listing *l, int64_t id, size_t *ret_at)
{
    Page *best = NULL;
    for (size_t i = 0; i < PAGES_KEPT; i++) {
        Page *p = l->pages[i];
        if (!p || (best && p->version <= best->version)) continue;
        size_t at = page_find(p, id);
        if (at == PAGE_ROWS) continue;
        best = p;
        *ret_at = at;
    }
    return best;
}

/* The page that is missed least: an unused one, else the longest not looked at. */
static Page **page_to_replace(Listing *l)
{
    Page **worst = &l->pages[0];
    for (size_t i = 0; i < PAGES_KEPT; i++) {
        Page **p = &l->pages[i];
        if (!*p) return p;
        if ((*p)->used < (*worst)->used) worst = p;
    }
    return worst;
}

/* Are all ids of a page on another one? */
static bool page_covered(const Page *p, const Page *by)
{
    for (size_t i = 0; i < p->count; i++) {
        if (page_find(by, p->ids[i]) == PAGE_ROWS) return false;
    }
    return true;
}

static void keep_page(Listing *l, const Page *from)
{
    Page *p = mem_alloc(sizeof *p);
    *p = *from;
    p->used = ++l->turn;
    for (size_t i = 0; i < PAGES_KEPT; i++) {
        if (!l->pages[i] || !page_covered(l->pages[i], p)) continue;
        page_free(l->pages[i]);
        l->pages[i] = NULL;
    }
    Page **place = page_to_replace(l);
    page_free(*place);
    *place = p;
}

/* ---- rows that were changed in place ---- */

static size_t patched_find(const Listing *l, int64_t id)
{
    size_t i = 0;
    while (i < l->patched.count && l->patched.items[i] != id) i++;
    return i;
}

/* What is read while a decision is still being written is no news of its row: the page comes
 * without it, and the patched row is found where it was. */
static void leave_patched_out(const Listing *l, Page *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (patched_find(l, p->ids[i]) < l->patched.count) continue;
        p->ids[kept] = p->ids[i];
        p->found[kept++] = p->found[i];
    }
    p->count = kept;
}

static void settle_patched(Listing *l, const Page *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->patched.count; i++) {
        if (page_find(p, l->patched.items[i]) == PAGE_ROWS)
            l->patched.items[kept++] = l->patched.items[i];
    }
    l->patched.count = kept;
}

/* Is loading again of no use yet? The end of the writes makes the project change. */
static bool is_held(const Listing *l)
{
    return l->patched.count > 0 && l->desk->writes > 0;
}

void *listing_patch(Listing *l, size_t i)
{
    const void *row = listing_row(l, i);
    int64_t id = listing_id(l, i);
    if (!row) return NULL;
    l->patches++;
    if (patched_find(l, id) == l->patched.count) vec_push(&l->patched, id);
    return (void *)row; /* const for those who only look */
}

/* ---- asking for one ---- */

static bool page_work(void *data, const Env *env, Err *err)
{
    PageAsk *a = data;
    return KINDS[a->of].load(env->store, &a->page, &a->page.rows, err);
}

static void find_rows(Page *p, size_t row_bytes)
{
    const char *row = p->rows.any.items;
    for (size_t i = 0; i < p->rows.any.count; i++, row += row_bytes) {
        size_t at = page_find(p, *(const int64_t *)row);
        if (at < PAGE_ROWS) p->found[at] = row;
    }
}

static void page_done(void *data, const Err *err)
{
    PageAsk *a = data;
    Listing *l = a->listing;
    l->asked = NULL;
    listing_say(&l->rows_error, err);
    if (err) {
        l->patience_s = clock_s() + PATIENCE_S;
    } else {
        find_rows(&a->page, KINDS[a->of].row_bytes);
        if (a->early || a->patches != l->patches)
            leave_patched_out(l, &a->page);
        else
            settle_patched(l, &a->page);
        keep_page(l, &a->page);
        memset(&a->page.rows, 0, sizeof a->page.rows);
    }
    if (a->opens == l->snapshot && !l->is_shown) listing_show(l);
    listing_ask_rows(l);
    if (l->changed) l->changed(l->context);
}

static void page_release(void *data)
{
    PageAsk *a = data;
    rows_release(&a->page.rows.any);
    free(a);
}

static void ask_page(Listing *l, const Snapshot *s, size_t first, uint64_t opens)
{
    PageAsk *a = mem_zero(1, sizeof *a);
    *a = (PageAsk){.listing = l,
                   .of = l->of,
                   .opens = opens,
                   .early = l->desk->writes > 0,
                   .patches = l->patches};
    Page *p = &a->page;
    p->version = l->version;
    for (size_t i = first; i < s->count && p->count < PAGE_ROWS; i++)
        p->ids[p->count++] = snapshot_id(s, i);
    qsort(p->ids, p->count, sizeof *p->ids, by_id);
    l->asked = a;
    desk_ask(l->desk, LANE_PAGE,
             &(Inquiry){.slot = &l->page_slot,
                        .work = page_work,
                        .done = page_done,
                        .release = page_release,
                        .data = a});
}

void listing_ask_rows(Listing *l)
{
    if (l->asked) return;
    bool opens = !l->is_shown && !l->whole && !l->opening && l->coming.count > 0;
    if (opens) {
        l->opening = true;
        ask_page(l, &l->coming, 0, l->snapshot);
        return;
    }
    if (!l->wants) return;
    l->wants = false;
    if (l->wanted >= l->shown.count) return;
    size_t before = PAGE_ROWS / 2;
    ask_page(l, &l->shown, l->wanted > before ? l->wanted - before : 0, 0);
}

static void want(Listing *l, size_t i, int64_t id)
{
    const PageAsk *a = l->asked;
    if (a && a->page.version == l->version && page_find(&a->page, id) < PAGE_ROWS) return;
    if (l->patience_s > 0 && clock_s() < l->patience_s) return;
    l->wants = true;
    l->wanted = i;
    listing_ask_rows(l);
}

const void *listing_row(Listing *l, size_t i)
{
    int64_t id = listing_id(l, i);
    size_t at = 0;
    if (!id) return NULL;
    l->looked = i;
    Page *p = page_with(l, id, &at);
    if (!p || (p->version < l->version && !is_held(l))) want(l, i, id);
    if (!p) return NULL;
    p->used = ++l->turn;
    return p->found[at];
}

void listing_touch(Listing *l)
{
    l->version++;
    l->patience_s = 0;
    int64_t id = listing_id(l, l->looked);
    size_t at;
    if (id && page_with(l, id, &at) && !is_held(l)) want(l, l->looked, id);
}

void listing_free_rows(Listing *l)
{
    for (size_t i = 0; i < PAGES_KEPT; i++) page_free(l->pages[i]);
    vec_release(&l->patched);
}
