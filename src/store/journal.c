#include "store/journal.h"

#include "base/clock.h"
#include "store/subject.h"

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* One group of decisions on its way into the journal. */
typedef struct Group {
    Store *s;
    Arena arena;
    int64_t id, at_ms;
    const char *who, *label, *why, *context;
} Group;

static bool start_group(Group *g, int64_t id, Err *err)
{
    g->id = id;
    return sql_run_i64(g->s, "UPDATE journal SET group_id = ?1 WHERE id = ?1", id, err) &&
           sql_run_i64(g->s, "UPDATE journal SET state = ? WHERE state = 1", 2, err);
}

static bool record(Group *g, const Subject *subject, const Target *t, const char *old_value,
                   const char *new_value, Err *err)
{
    Sql q = sql_open(
        g->s,
        "INSERT INTO journal(group_id, at_ms, who, label, subject, subject_id, other_id,"
        " old_value, new_value, why, context, state, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,"
        " ?, ?, 0, ?)");
    sql_i64(&q, g->id);
    sql_i64(&q, g->at_ms);
    sql_text(&q, g->who);
    sql_text(&q, g->label);
    sql_text(&q, subject->name);
    sql_i64(&q, t->id);
    sql_i64(&q, t->other);
    sql_text(&q, old_value);
    sql_text(&q, new_value);
    sql_text(&q, g->why);
    sql_text(&q, g->context);
    sql_text(&q, t->detail);
    return sql_run(&q, err) && (g->id || start_group(g, sql_last_id(g->s), err));
}

static bool change(Group *g, const Subject *subject, int64_t id, int64_t other, const char *value,
                   const char **ret_old, bool *ret_changed, Err *err)
{
    Target t = {id, other, NULL};
    if (!subject->get(g->s, &t, &g->arena, ret_old, err)) return false;
    *ret_changed = !same(*ret_old, value);
    if (!*ret_changed) return true;
    return record(g, subject, &t, *ret_old, value, err) && subject->set(g->s, &t, value, err);
}

/* Was the pair made by promoting this very candidate, and has nobody touched it since? */
static bool promotion_made_pair(Store *s, int64_t question_id, int64_t chunk_id, bool *ret,
                                Err *err)
{
    Sql q = sql_open(s, "SELECT EXISTS (SELECT 1 FROM journal r JOIN journal v ON v.state = 0 AND"
                        " v.group_id = r.group_id AND v.subject = 'verdict' AND v.subject_id = ?1"
                        " AND v.other_id = ?2 AND v.new_value = 'promoted' WHERE r.new_value ="
                        " 'yes' AND r.id = (SELECT max(id) FROM journal WHERE subject ="
                        " 'relevance' AND subject_id = ?1 AND other_id = ?2 AND state = 0))");
    sql_i64(&q, question_id);
    sql_i64(&q, chunk_id);
    bool made = sql_next(&q) && sql_get_bool(&q);
    if (!sql_close(&q, err)) return false;
    *ret = made;
    return true;
}

/* A promoted candidate is a positive; one that no longer is was only that by being promoted. */
static bool follow_promotion(Group *g, const Decision *d, const char *old_value, const char *value,
                             Err *err)
{
    bool was = same(old_value, "promoted"), is = same(value, "promoted"), made = false, changed;
    const char *old_pair;
    if (was && !is && !promotion_made_pair(g->s, d->subject_id, d->other_id, &made, err))
        return false;
    if (is || made)
        return change(g, subject_find("relevance"), d->subject_id, d->other_id, is ? "yes" : NULL,
                      &old_pair, &changed, err);
    return true;
}

static bool decide_one(Group *g, const Decision *d, Err *err)
{
    const Subject *subject = subject_find(d->subject);
    const char *value, *old_value;
    bool changed;
    if (!subject) return err_set(err, ERR_USAGE, "nothing is decided on \"%.40s\"", d->subject);
    if (!subject_value(subject, d->value, &value, err)) return false;
    g->why = d->why;
    g->context = d->context;
    if (!change(g, subject, d->subject_id, d->other_id, value, &old_value, &changed, err))
        return false;
    bool verdict = strcmp(subject->name, "verdict") == 0;
    return !changed || !verdict || follow_promotion(g, d, old_value, value, err);
}

static const char *person(void)
{
    const char *user = getenv("USER");
    return user && *user ? user : "hone";
}

bool decide(Store *s, const Decision *decisions, size_t count, const char *label,
            int64_t *ret_group, Err *err)
{
    Group g = {.s = s, .at_ms = clock_wall_ms(), .who = person(), .label = label};
    if (!store_begin_full(s, err)) return false;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        ok = decide_one(&g, &decisions[i], err);
    }
    ok = sql_end(s, ok, err);
    arena_release(&g.arena);
    if (ok && g.id) vec_push(&s->made, g.id);
    if (ok && ret_group) *ret_group = g.id;
    return ok;
}

const int64_t *journal_made(const Store *s, size_t *ret_count)
{
    *ret_count = s->made.count;
    return s->made.items;
}

typedef struct Entry {
    int64_t id;
    const Subject *subject;
    Target target;
    const char *old_value, *new_value;
} Entry;

typedef struct Entries {
    Entry *items;
    size_t count;
    Arena arena;
    const char *label;
} Entries;

static bool load_group(Store *s, int64_t group_id, bool backwards, Entries *e, Err *err)
{
    Sql q =
        backwards
            ? sql_open(s, "SELECT id, label, subject, subject_id, other_id, old_value, new_value,"
                          " detail FROM journal WHERE group_id = ? AND state = 0 ORDER BY id DESC")
            : sql_open(s, "SELECT id, label, subject, subject_id, other_id, old_value, new_value,"
                          " detail FROM journal WHERE group_id = ? AND state = 1 ORDER BY id");
    sql_i64(&q, group_id);
    while (sql_next(&q)) {
        Entry *r = rows_push(e);
        r->id = sql_get_id(&q);
        e->label = sql_get_words(&q, &e->arena);
        r->subject = subject_find(sql_get_words(&q, &e->arena));
        r->target.id = sql_get_id(&q);
        r->target.other = sql_get_id(&q);
        r->old_value = sql_get_text(&q, &e->arena);
        r->new_value = sql_get_text(&q, &e->arena);
        r->target.detail = sql_get_text(&q, &e->arena);
        if (!r->subject && !q.broken) q.broken = "a decision on something unknown";
    }
    return sql_close(&q, err);
}

static bool conflict(const Entry *e, const char *verb, const char *label, Err *err)
{
    return err_set(err, ERR_CONFLICT,
                   "cannot %s \"%.200s\": %s %lld was changed since: decide it by hand", verb,
                   label, e->subject->of, (long long)e->target.id);
}

/* One entry back to its old value, or forward to its new one again. */
static bool turn(Store *s, const Entry *e, bool back, const char *label, Arena *arena, Err *err)
{
    const char *verb = back ? "undo" : "redo", *now = NULL, *checked = NULL;
    const char *from = back ? e->new_value : e->old_value, *to = back ? e->old_value : e->new_value;
    Target probe = e->target;
    Err inner = {0};
    if (!e->subject->get(s, &probe, arena, &now, &inner)) {
        if (inner.kind == ERR_MISSING) return conflict(e, verb, label, err);
        if (err) *err = inner;
        return false;
    }
    if (!same(now, from)) return conflict(e, verb, label, err);
    /* the journal of a file from elsewhere may hold any words */
    if (!subject_value(e->subject, to, &checked, err) ||
        !e->subject->set(s, &e->target, checked, err))
        return false;
    return !back || !e->subject->restore || e->subject->restore(s, &e->target, err);
}

static bool turn_group(Store *s, int64_t group_id, bool back, Entries *entries, Err *err)
{
    if (!load_group(s, group_id, back, entries, err)) return false;
    if (entries->count == 0)
        return err_set(err, ERR_MISSING, back ? "nothing to undo" : "nothing to redo");
    bool ok = true;
    for (size_t i = 0; ok && i < entries->count; i++) {
        ok = turn(s, &entries->items[i], back, entries->label, &entries->arena, err);
    }
    return ok &&
           (back
                ? sql_run_i64(s, "UPDATE journal SET state = 1 WHERE group_id = ?", group_id, err)
                : sql_run_i64(s, "UPDATE journal SET state = 0 WHERE group_id = ?", group_id, err));
}

/* The group that is the project's next to be turned; 0: none. */
static bool next_group(Store *s, bool back, int64_t *ret, Err *err)
{
    return back ? journal_standing(s, INT64_MAX, ret, err)
                : sql_one_i64(s, "SELECT min(group_id) FROM journal WHERE state = 1", 0, ret, err);
}

/* group 0: the project's next. */
static bool turn_one(Store *s, int64_t group, bool back, char **ret_label, size_t *ret_count,
                     Err *err)
{
    Entries entries = {0};
    if (!store_begin_full(s, err)) return false;
    bool ok =
        (group || next_group(s, back, &group, err)) && turn_group(s, group, back, &entries, err);
    ok = sql_end(s, ok, err);
    if (ok && ret_label) *ret_label = mem_strdup(entries.label);
    if (ok && ret_count) *ret_count = entries.count;
    rows_release(&entries);
    return ok;
}

bool journal_standing(Store *s, int64_t last, int64_t *ret_group, Err *err)
{
    Sql q = sql_open(s, "SELECT max(group_id) FROM journal WHERE state = 0 AND group_id <= ?");
    sql_i64(&q, last);
    int64_t group = sql_next(&q) ? sql_get_id(&q) : 0;
    if (!sql_close(&q, err)) return false;
    *ret_group = group;
    return true;
}

bool journal_undo(Store *s, char **ret_label, size_t *ret_count, Err *err)
{
    return turn_one(s, 0, true, ret_label, ret_count, err);
}

bool journal_redo(Store *s, char **ret_label, size_t *ret_count, Err *err)
{
    return turn_one(s, 0, false, ret_label, ret_count, err);
}

bool journal_undo_group(Store *s, int64_t group, char **ret_label, size_t *ret_count, Err *err)
{
    return turn_one(s, group, true, ret_label, ret_count, err);
}

bool journal_redo_group(Store *s, int64_t group, char **ret_label, size_t *ret_count, Err *err)
{
    return turn_one(s, group, false, ret_label, ret_count, err);
}

bool journal_load(Store *s, int64_t after_id, JournalRows *ret, Err *err)
{
    JournalRows rows = {0};
    Sql q = sql_open(s, "SELECT id, group_id, at_ms, who, label, subject, subject_id, other_id,"
                        " old_value, new_value, why, context, state FROM journal WHERE id > ?"
                        " ORDER BY id");
    sql_i64(&q, after_id);
    while (sql_next(&q)) {
        JournalRow *r = rows_push(&rows);
        r->id = sql_get_id(&q);
        r->group_id = sql_get_id(&q);
        r->at_ms = sql_get_i64(&q);
        r->who = sql_get_words(&q, &rows.arena);
        r->label = sql_get_words(&q, &rows.arena);
        r->subject = sql_get_words(&q, &rows.arena);
        r->subject_id = sql_get_id(&q);
        r->other_id = sql_get_id(&q);
        r->old_value = sql_get_text(&q, &rows.arena);
        r->new_value = sql_get_text(&q, &rows.arena);
        r->why = sql_get_text(&q, &rows.arena);
        r->context = sql_get_text(&q, &rows.arena);
        r->undone = sql_get_i64(&q) != 0;
    }
    rows_end(&q, &rows, ret, err);
}

bool journal_last(Store *s, int64_t *ret_id, Err *err)
{
    return sql_one_i64(s, "SELECT coalesce(max(id), 0) FROM journal", 0, ret_id, err);
}
