#include <stdlib.h>
#include <string.h>

#include "app/desk_parts.h"
#include "app/listing_parts.h"
#include "base/clock.h"

#define FIRST_IDS PAGE_ROWS
#define TELL_S 0.1 /* least time between two pieces of a snapshot */

/* ---- snapshots ---- */

static void snapshot_release(Snapshot *s)
{
    for (size_t i = 0; i < s->pieces.count; i++) free(s->pieces.items[i].ids);
    vec_release(&s->pieces);
    *s = (Snapshot){0};
}

static void snapshot_add(Snapshot *s, uint32_t *ids, size_t count)
{
    if (count == 0) {
        free(ids);
        return;
    }
    vec_push(&s->pieces, (Piece){.ids = ids, .first = s->count, .count = count});
    s->count += count;
}

uint32_t snapshot_id(const Snapshot *s, size_t i)
{
    if (i >= s->count) return 0;
    size_t low = 0, high = s->pieces.count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (s->pieces.items[middle].first <= i)
            low = middle;
        else
            high = middle;
    }
    return s->pieces.items[low].ids[i - s->pieces.items[low].first];
}

/* ---- taking one, on LANE_LIST ---- */

typedef struct IdsAsk {
    Listing *listing; /* for `done` only */
    Desk *desk;
    ListOf of;
    char *filter;
    VEC(uint32_t) ids; /* not told yet */
    bool told;         /* there was a piece */
    double told_s;
} IdsAsk;

typedef struct Part {
    Listing *listing;
    uint32_t *ids;
    size_t count;
} Part;

static Snapshot *newest(Listing *l)
{
    return l->is_shown ? &l->shown : &l->coming;
}

static void notify(Listing *l)
{
    if (l->changed) l->changed(l->context);
}

void listing_show(Listing *l)
{
    snapshot_release(&l->shown);
    l->shown = l->coming;
    l->coming = (Snapshot){0};
    l->is_shown = true;
    listing_say(&l->ids_error, NULL);
}

/* Takes ids over. A snapshot is shown when its first rows can be, so that no list flickers. */
static void add_ids(Listing *l, uint32_t *ids, size_t count)
{
    snapshot_add(newest(l), ids, count);
    if (l->is_shown)
        notify(l);
    else
        listing_ask_rows(l);
}

static void part_done(void *data, const Err *err)
{
    Part *part = data;
    (void)err;
    add_ids(part->listing, part->ids, part->count);
    part->ids = NULL;
}

static void part_release(void *data)
{
    Part *part = data;
    free(part->ids);
    free(part);
}

static bool tell(IdsAsk *a)
{
    Part *part = mem_zero(1, sizeof *part);
    *part = (Part){.listing = a->listing, .ids = a->ids.items, .count = a->ids.count};
    memset(&a->ids, 0, sizeof a->ids);
    a->told = true;
    a->told_s = clock_s();
    return desk_post_part(a->desk, LANE_LIST,
                          &(Inquiry){.done = part_done, .release = part_release, .data = part});
}

static bool take(void *context, const uint32_t *ids, size_t count)
{
    IdsAsk *a = context;
    vec_reserve(&a->ids, a->ids.count + count);
    memcpy(a->ids.items + a->ids.count, ids, count * sizeof *ids);
    a->ids.count += count;
    return (a->told && clock_s() - a->told_s < TELL_S) || tell(a);
}

static bool ids_work(void *data, const Env *env, Err *err)
{
    IdsAsk *a = data;
    return list_ids(env->store, a->of, a->filter, FIRST_IDS, take, a, err);
}

static void ids_done(void *data, const Err *err)
{
    IdsAsk *a = data;
    Listing *l = a->listing;
    l->under_way = false;
    if (err) {
        if (!l->is_shown) snapshot_release(&l->coming);
        listing_say(&l->ids_error, err);
        notify(l);
        return;
    }
    snapshot_add(newest(l), a->ids.items, a->ids.count);
    memset(&a->ids, 0, sizeof a->ids);
    newest(l)->complete = true;
    if (!l->is_shown && (l->whole || l->coming.count == 0)) listing_show(l);
    if (l->is_shown)
        notify(l);
    else
        listing_ask_rows(l);
}

static void ids_release(void *data)
{
    IdsAsk *a = data;
    vec_release(&a->ids);
    free(a->filter);
    free(a);
}

/* whole: it replaces the shown one only when it is complete. */
static void begin(Listing *l, bool whole)
{
    snapshot_release(&l->coming);
    l->snapshot++;
    l->under_way = true;
    l->is_shown = false;
    l->whole = whole;
    l->opening = false;
    IdsAsk *a = mem_zero(1, sizeof *a);
    *a = (IdsAsk){.listing = l, .desk = l->desk, .of = l->of, .filter = mem_strdup(l->filter)};
    desk_ask(l->desk, LANE_LIST,
             &(Inquiry){.slot = &l->ids_slot,
                        .work = ids_work,
                        .done = ids_done,
                        .release = ids_release,
                        .data = a});
}

/* ---- what a screen calls ---- */

Listing *listing_new(Desk *d, ListOf of, ListingChanged *changed, void *context)
{
    Listing *l = mem_zero(1, sizeof *l);
    *l = (Listing){.desk = d, .of = of, .changed = changed, .context = context};
    l->filter = mem_strdup("");
    return l;
}

void listing_free(Listing *l)
{
    if (!l) return;
    desk_forget(l->desk, &l->ids_slot);
    desk_forget(l->desk, &l->page_slot);
    listing_free_rows(l);
    snapshot_release(&l->shown);
    snapshot_release(&l->coming);
    free(l->ids_error);
    free(l->rows_error);
    free(l->filter);
    free(l);
}

bool listing_check(ListOf of, const char *filter, Err *err)
{
    static const FilterOf FILTERS[LIST_OF_COUNT] = {
        [LIST_DOCUMENTS] = FILTER_DOCUMENTS, [LIST_CHUNKS] = FILTER_CHUNKS,
        [LIST_QUESTIONS] = FILTER_QUESTIONS, [LIST_CANDIDATES] = FILTER_CANDIDATES,
        [LIST_QUEUE] = FILTER_CANDIDATES,
    };
    return filter_check(FILTERS[of], filter, err);
}

void listing_filter(Listing *l, const char *filter)
{
    char *copy = mem_strdup(filter);
    free(l->filter);
    l->filter = copy;
    begin(l, false);
}

const char *listing_filter_text(const Listing *l)
{
    return l->filter;
}

/* A list that has been shown does not shrink to its first rows for a moment; one that has not is
 * shown as soon as it can be. */
void listing_renew(Listing *l)
{
    bool early = l->under_way && !l->is_shown && !l->whole;
    l->version++;
    begin(l, l->shown.count > 0 && !early);
}

size_t listing_count(const Listing *l)
{
    return l->shown.count;
}

bool listing_complete(const Listing *l)
{
    return l->shown.complete && l->is_shown;
}

const char *listing_error(const Listing *l)
{
    return l->ids_error ? l->ids_error : l->rows_error;
}

void listing_say(char **error, const Err *err)
{
    free(*error);
    *error = err ? mem_strdup(err->message) : NULL;
}

int64_t listing_id(const Listing *l, size_t i)
{
    return snapshot_id(&l->shown, i);
}

size_t listing_find(const Listing *l, int64_t id)
{
    if (id <= 0 || id > UINT32_MAX) return SIZE_MAX;
    for (size_t p = 0; p < l->shown.pieces.count; p++) {
        const Piece *piece = &l->shown.pieces.items[p];
        for (size_t i = 0; i < piece->count; i++) {
            if (piece->ids[i] == (uint32_t)id) return piece->first + i;
        }
    }
    return SIZE_MAX;
}
