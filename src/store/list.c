#include "store/list.h"

#include <assert.h>

#include "store/id_set.h"
#include "store/list_sort.h"

#define WALK_THOUSANDS                                                                             \
    400               /* steps after which the first ids are no longer looked for by an index */
#define FEW_IDS 2000  /* so many are looked up one by one, more in a pass over all rows */
#define QUEUE_ROWS 16 /* candidates looked at for each of the first questions */
#define SIEVES 2      /* columns that conditions on other tables are about, at most */

static const FilterField CHUNK_DOCUMENT = {.kind = FIELD_NUMBER, .column = "c.document_id"};
static const FilterField CHUNK_ORDINAL = {.kind = FIELD_NUMBER, .column = "c.ordinal"};
static const FilterField CANDIDATE_QUESTION = {.kind = FIELD_NUMBER, .column = "x.question_id"};
static const FilterField CANDIDATE_RANK = {.kind = FIELD_NUMBER, .column = "x.rank"};
static const FilterField CANDIDATE_MARGIN = {.kind = FIELD_NUMBER, .column = "x.margin"};

#define NOT_DELETED "q.status <> 'deleted'"
#define CANDIDATES "candidate x NOT INDEXED"
#define OF_CURRENT "x.mining_id = " FILTER_CURRENT_MINING

typedef struct ListKind {
    FilterOf filter;
    const char *from, *id;
    const char *shown;     /* condition, or NULL */
    FilterOrder orders[2]; /* without any in the filter */
} ListKind;

/* Pages of a table are read one behind the other: that is quicker than an index which names most of
 * its rows. */
static const ListKind KINDS[LIST_OF_COUNT] = {
    [LIST_DOCUMENTS] = {FILTER_DOCUMENTS, "document d NOT INDEXED", "d.id"},
    [LIST_CHUNKS] = {FILTER_CHUNKS,
                     "chunk c NOT INDEXED CROSS JOIN document d ON d.id = c.document_id",
                     "c.id",
                     NULL,
                     {{&CHUNK_DOCUMENT}, {&CHUNK_ORDINAL}}},
    [LIST_QUESTIONS] = {FILTER_QUESTIONS, "question q NOT INDEXED", "q.id", NOT_DELETED},
    [LIST_CANDIDATES] = {FILTER_CANDIDATES,
                         CANDIDATES,
                         "x.id",
                         OF_CURRENT,
                         {{&CANDIDATE_QUESTION}, {&CANDIDATE_RANK}}},
    [LIST_QUEUE] =
        {FILTER_CANDIDATES, CANDIDATES, "x.question_id", OF_CURRENT, {{&CANDIDATE_MARGIN, true}}},
};

/* Which ids of one column conditions on other tables leave. */
typedef struct Sieve {
    const char *column;
    IdSet *all_of; /* NULL: any */
    IdSet *none_of;
} Sieve;

typedef struct List {
    Store *s;
    const ListKind *kind;
    FilterSql f;
    Sieve sieves[SIEVES];
    size_t sieve_count;
    ListTake *take;
    void *context;
    size_t first, given;
} List;

static uint32_t get_id32(Sql *q)
{
    int64_t id = sqlite3_column_int64(q->statement, q->column++);
    if ((id < 0 || id > UINT32_MAX) && !q->broken) q->broken = "an id too large for a list";
    return (uint32_t)id;
}

/* ---- handing over ---- */

static bool hand(List *l, const uint32_t *ids, size_t count, Err *err)
{
    if (count == 0) return true;
    l->given += count;
    return l->take(l->context, ids, count) || err_set(err, ERR_CANCELLED, "stopped");
}

/* ids: the list from its begin, as far as it is known; what was given is not given again. */
static bool give(List *l, const uint32_t *ids, size_t count, Err *err)
{
    if (l->f.limit >= 0 && count > (uint64_t)l->f.limit) count = (size_t)l->f.limit;
    if (l->given < l->first && l->first < count &&
        !hand(l, ids + l->given, l->first - l->given, err))
        return false;
    return count <= l->given || hand(l, ids + l->given, count - l->given, err);
}

/* ---- conditions on other tables ---- */

static Sieve *find_sieve(List *l, const char *column)
{
    for (size_t i = 0; i < l->sieve_count; i++) {
        if (strcmp(l->sieves[i].column, column) == 0) return &l->sieves[i];
    }
    assert(l->sieve_count < SIEVES);
    l->sieves[l->sieve_count] = (Sieve){.column = column};
    return &l->sieves[l->sieve_count++];
}

static bool passes(const Sieve *sieve, uint32_t id)
{
    return (!sieve->all_of || id_set_has(sieve->all_of, id)) &&
           (!sieve->none_of || !id_set_has(sieve->none_of, id));
}

static bool load_set(List *l, const FilterSet *set, Err *err)
{
    Sieve *sieve = find_sieve(l, set->column);
    IdSet *ids = set->negated && sieve->none_of ? sieve->none_of : id_set_new();
    Sql q = sql_open_once(l->s, set->select);
    filter_bind(&q, set->values.items, set->values.count);
    while (sql_next(&q)) {
        uint32_t id = get_id32(&q);
        if (set->negated || passes(sieve, id)) id_set_add(ids, id);
    }
    if (set->negated) {
        sieve->none_of = ids;
    } else {
        id_set_free(sieve->all_of);
        sieve->all_of = ids;
    }
    return sql_close(&q, err);
}

static bool load_sieves(List *l, Err *err)
{
    for (size_t i = 0; i < l->f.sets.count; i++) {
        if (!load_set(l, &l->f.sets.items[i], err)) return false;
    }
    return true;
}

/* Do the next columns, one a sieve, pass? */
static bool row_passes(const List *l, Sql *q)
{
    bool all = true;
    for (size_t i = 0; i < l->sieve_count; i++) {
        all = passes(&l->sieves[i], get_id32(q)) && all;
    }
    return all;
}

/* ---- statements ---- */

/* SELECT id, column of each sieve, order of each key FROM … WHERE …. */
static void add_select(const List *l, const char *from, const char *shown, bool with_keys, Str *sql)
{
    str_addf(sql, "SELECT %s", l->kind->id);
    for (size_t i = 0; i < l->sieve_count; i++) {
        str_addf(sql, ", %s", l->sieves[i].column);
    }
    for (size_t i = 0; with_keys && i < l->f.orders.count; i++) {
        str_addf(sql, ", %s", l->f.orders.items[i].field->column);
    }
    str_addf(sql, " FROM %s WHERE %s AND %s", from, shown ? shown : "1",
             l->f.where.size ? l->f.where.data : "1");
}

static Sql open_statement(List *l, Str *sql)
{
    Sql q = sql_open_once(l->s, str_get(sql));
    filter_bind(&q, l->f.values.items, l->f.values.count);
    str_release(sql);
    return q;
}

/* ---- the first ones by an index ---- */

/* A way through the table in the order of the list. */
typedef struct Walk {
    const char *from;
    const char *begin; /* condition on the rows that it goes through, the first ones; NULL: all */
} Walk;

static const Walk *find_walk(const List *l)
{
    static const Walk by_question = {"candidate x INDEXED BY candidate_question", NULL};
    static const Walk by_margin = {"candidate x INDEXED BY candidate_above", "x.margin >= 0"};
    if (l->f.orders.count == 0 || l->f.narrow) return NULL;
    const FilterOrder *o = &l->f.orders.items[0];
    if (strcmp(o->field->column, CANDIDATE_QUESTION.column) == 0) return &by_question;
    if (strcmp(o->field->column, CANDIDATE_MARGIN.column) == 0 && o->down) return &by_margin;
    return NULL;
}

static Sql open_walk(List *l, const Walk *w)
{
    Str sql = {0};
    add_select(l, w->from, l->kind->shown, false, &sql);
    if (w->begin) str_addf(&sql, " AND %s", w->begin);
    str_add(&sql, " ORDER BY ");
    filter_order(&l->f, l->kind->id, &sql);
    return open_statement(l, &sql);
}

/* Gives the first ids should they be found soon. *ret_all: these are all. */
static bool walk(List *l, const Walk *w, bool *ret_all, Err *err)
{
    VEC(uint32_t) ids = {0};
    IdSet *seen = id_set_new();
    size_t wanted = l->first;
    if (l->f.limit >= 0 && wanted > (uint64_t)l->f.limit) wanted = (size_t)l->f.limit;
    sql_patience(l->s, WALK_THOUSANDS);
    Sql q = open_walk(l, w);
    while (ids.count < wanted && sql_next(&q)) {
        uint32_t id = get_id32(&q);
        if (row_passes(l, &q) && id_set_add(seen, id)) vec_push(&ids, id);
    }
    bool gave_up = sql_gave_up(&q), at_end = q.rc == SQLITE_DONE && !w->begin;
    bool found = !gave_up && (at_end || ids.count == wanted);
    *ret_all = found && (at_end || ids.count == (uint64_t)l->f.limit);
    bool ok = sql_close(&q, gave_up ? NULL : err) || gave_up;
    sql_patience(l->s, 0);
    ok = ok && (!found || give(l, ids.items, ids.count, err));
    id_set_free(seen);
    vec_release(&ids);
    return ok;
}

/* ---- all of them ---- */

static bool is_few(const Sieve *sieve)
{
    return sieve->all_of && sieve->all_of->count <= FEW_IDS;
}

/* The table for a pass over the rows; few of them are looked up by an index. */
static const char *scan_from(List *l, const char **ret_shown)
{
    const ListKind *kind = l->kind;
    *ret_shown = kind->shown;
    if (l->f.narrow) {
        /* '+': not by the mining, which all rows have in common */
        bool by_question = strcmp(l->f.narrow->column, CANDIDATE_QUESTION.column) == 0;
        *ret_shown = by_question ? OF_CURRENT : "+" OF_CURRENT;
        return "candidate x";
    }
    for (size_t i = 0; i < l->sieve_count; i++) {
        const Sieve *sieve = &l->sieves[i];
        if (!is_few(sieve)) continue;
        int64_t ids[FEW_IDS];
        id_set_list(sieve->all_of, ids);
        filter_ids(&l->f, sieve->column, ids, sieve->all_of->count);
        if (strcmp(sieve->column, "x.chunk_id") == 0)
            return "candidate x INDEXED BY candidate_chunk";
        if (strcmp(sieve->column, "x.question_id") == 0)
            return "candidate x INDEXED BY candidate_question";
        return kind->from;
    }
    return kind->from;
}

/* Where only one mining has candidates, to ask each of millions which it is of costs a sixth of the
 * time. */
static bool is_only_mining(Store *s, bool *ret, Err *err)
{
    int64_t only = 0;
    bool ok = sql_one_i64(s,
                          "SELECT (SELECT min(mining_id) FROM candidate) = (SELECT max(mining_id)"
                          " FROM candidate) AND (SELECT min(mining_id) FROM candidate) ="
                          " " FILTER_CURRENT_MINING,
                          0, &only, err);
    *ret = only == 1;
    return ok;
}

static bool scan(List *l, ListSort *rows, Err *err)
{
    Str sql = {0};
    const char *shown, *from = scan_from(l, &shown);
    bool only = false;
    if (strcmp(from, CANDIDATES) == 0 && !is_only_mining(l->s, &only, err)) return false;
    if (only) shown = NULL;
    add_select(l, from, shown, true, &sql);
    Sql q = open_statement(l, &sql);
    while (sql_next(&q)) {
        uint32_t id = get_id32(&q);
        if (row_passes(l, &q)) list_sort_add(rows, &q, id);
    }
    return sql_close(&q, err);
}

/* The ids of the first `count` rows of an order, each once. */
static size_t order_ids(const ListSort *rows, const uint32_t *order, size_t count, uint32_t *ids)
{
    IdSet *seen = id_set_new();
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t id = rows->ids.items[order[i]];
        if (id_set_add(seen, id)) ids[kept++] = id;
    }
    id_set_free(seen);
    return kept;
}

/* Before all is sorted. A question has several candidates: where the rows looked at hold too few
 * questions, they wait. */
static bool give_first(List *l, const ListSort *rows, uint32_t *ids, Err *err)
{
    size_t wanted = l->kind == &KINDS[LIST_QUEUE] ? QUEUE_ROWS * l->first : l->first;
    uint32_t *order;
    if (l->given > 0 || !list_sort_first(rows, wanted, &order)) return true;
    size_t count = order_ids(rows, order, wanted, ids);
    free(order);
    return count < l->first || give(l, ids, l->first, err);
}

static bool list_all(List *l, Err *err)
{
    ListSort rows;
    uint32_t *order = NULL, *ids = NULL;
    list_sort_init(&rows, l->f.orders.items, l->f.orders.count);
    bool ok = scan(l, &rows, err);
    if (ok) {
        ids = mem_zero(rows.ids.count + 1, sizeof *ids);
        ok = give_first(l, &rows, ids, err) && list_sort_order(&rows, l->s->cancel, &order, err) &&
             give(l, ids, order_ids(&rows, order, rows.ids.count, ids), err);
    }
    free(ids);
    free(order);
    list_sort_release(&rows);
    return ok;
}

static bool list_pieces(List *l, Err *err)
{
    bool all = false, few = false;
    if (!load_sieves(l, err)) return false;
    for (size_t i = 0; i < l->sieve_count; i++) {
        few = few || is_few(&l->sieves[i]);
    }
    const Walk *w = l->first > 0 && !few ? find_walk(l) : NULL;
    if (w && !walk(l, w, &all, err)) return false;
    return all || list_all(l, err);
}

/* What the list takes for granted where the filter says nothing. */
static void add_defaults(List *l, ListOf of)
{
    size_t most = sizeof l->kind->orders / sizeof *l->kind->orders;
    bool ordered = l->f.orders.count > 0;
    for (size_t i = 0; !ordered && i < most && l->kind->orders[i].field; i++) {
        vec_push(&l->f.orders, l->kind->orders[i]);
    }
    if (of == LIST_CHUNKS && !l->f.has_status) filter_and(&l->f, "c.status = 'live'");
}

bool list_ids(Store *s, ListOf of, const char *filter, size_t first, ListTake *take, void *context,
              Err *err)
{
    List l = {.s = s, .kind = &KINDS[of], .take = take, .context = context, .first = first};
    if (!filter_compile_sets(l.kind->filter, filter, &l.f, err)) return false;
    add_defaults(&l, of);
    bool ok = store_begin_read(s, err);
    if (ok) ok = sql_end(s, list_pieces(&l, err), err);
    for (size_t i = 0; i < l.sieve_count; i++) {
        id_set_free(l.sieves[i].all_of);
        id_set_free(l.sieves[i].none_of);
    }
    filter_release(&l.f);
    return ok;
}
