#include "store/journal.h"

#include "base/clock.h"
#include "store/corpus.h"
#include "store/sql.h"

/* What a decision is about, and the text that undoing it needs beside the old value (the journal's `detail`):
 *   relevance       the origin that a removed pair had
 *   verdict         the text hash it is kept by, in hex: the chunk may have another text later
 *   document.split  what was not as the document's split said: lines "b", "c ID split", "q ID split" */
typedef struct Target {
    int64_t id, other;
    const char *detail;
} Target;

typedef struct Subject {
    const char *name;
    const char *of; /* for messages */
    const char *const *words; /* the values it takes, or NULL: any text */
    int word_count;
    bool may_be_null;
    /* get: the value now; detail is filled for a new entry when it is NULL. ERR_MISSING: no such thing. */
    bool (*get)(Store *s, Target *t, Arena *arena, const char **ret, Err *err);
    bool (*set)(Store *s, const Target *t, const char *value, Err *err);
} Subject;

static bool missing(const char *what, int64_t id, Err *err)
{
    return err_set(err, ERR_MISSING, "no %s %lld: list them again", what, (long long)id);
}

/* One text of the row with this id. */
static bool get_text(Store *s, const char *literal, const char *what, int64_t id, Arena *arena, const char **ret, Err *err)
{
    Sql q = sql_open(s, literal);
    sql_i64(&q, id);
    const char *value = sql_next(&q) ? sql_get_words(&q, arena) : NULL;
    if (!sql_close(&q, err)) return false;
    *ret = value;
    return value || missing(what, id, err);
}

static bool set_text(Store *s, const char *literal, const char *value, int64_t id, Err *err)
{
    Sql q = sql_open(s, literal);
    sql_text(&q, value);
    sql_i64(&q, id);
    return sql_run(&q, err);
}

static bool question_status_get(Store *s, Target *t, Arena *arena, const char **ret, Err *err)
{
    return get_text(s, "SELECT status FROM question WHERE id = ?", "question", t->id, arena, ret, err);
}

static bool question_status_set(Store *s, const Target *t, const char *value, Err *err)
{
    return set_text(s, "UPDATE question SET status = ? WHERE id = ?", value, t->id, err);
}

static bool question_text_get(Store *s, Target *t, Arena *arena, const char **ret, Err *err)
{
    return get_text(s, "SELECT text FROM question WHERE id = ?", "question", t->id, arena, ret, err);
}

static bool question_text_set(Store *s, const Target *t, const char *value, Err *err)
{
    Hash hash = hash_text(value);
    Sql q = sql_open(s, "UPDATE question SET text = ?, text_hash = ?, doubt = NULL, own_rank = NULL, copied = NULL,"
                        " twin_id = NULL, twin_score = NULL, nameless = NULL WHERE id = ?");
    sql_text(&q, value);
    sql_hash(&q, &hash);
    sql_i64(&q, t->id);
    return sql_run(&q, err);
}

static bool chunk_status_get(Store *s, Target *t, Arena *arena, const char **ret, Err *err)
{
    return get_text(s, "SELECT status FROM chunk WHERE id = ?", "chunk", t->id, arena, ret, err);
}

static bool chunk_status_set(Store *s, const Target *t, const char *value, Err *err)
{
    return set_text(s, "UPDATE chunk SET status = ? WHERE id = ?", value, t->id, err);
}

static bool chunk_text_get(Store *s, Target *t, Arena *arena, const char **ret, Err *err)
{
    return get_text(s, "SELECT text FROM chunk WHERE id = ?", "chunk", t->id, arena, ret, err);
}

static bool chunk_text_set(Store *s, const Target *t, const char *value, Err *err)
{
    Hash hash = hash_text(value);
    Sql q = sql_open(s, "UPDATE chunk SET text = ?, text_hash = ? WHERE id = ?");
    sql_text(&q, value);
    sql_hash(&q, &hash);
    sql_i64(&q, t->id);
    return sql_run(&q, err);
}

/* Do the question and the chunk of a pair exist? *ret_hash: the chunk's text hash in hex. */
static bool get_pair(Store *s, const Target *t, Arena *arena, const char **ret_hash, Err *err)
{
    const char *found;
    return get_text(s, "SELECT '' FROM question WHERE id = ?", "question", t->id, arena, &found, err) &&
           get_text(s, "SELECT hex(text_hash) FROM chunk WHERE id = ?", "chunk", t->other, arena, ret_hash, err);
}

static bool relevance_get(Store *s, Target *t, Arena *arena, const char **ret, Err *err)
{
    const char *hash;
    if (!get_pair(s, t, arena, &hash, err)) return false;
    Sql q = sql_open(s, "SELECT origin FROM relevance WHERE question_id = ? AND chunk_id = ?");
    sql_i64(&q, t->id);
    sql_i64(&q, t->other);
    const char *origin = sql_next(&q) ? sql_get_words(&q, arena) : NULL;
    if (!sql_close(&q, err)) return false;
    if (!t->detail) t->detail = origin;
    *ret = origin ? "yes" : NULL;
    return true;
}

static bool relevance_set(Store *s, const Target *t, const char *value, Err *err)
{
    Sql q = value ? sql_open(s, "INSERT INTO relevance(question_id, chunk_id, origin) VALUES (?, ?, coalesce(?, 'human'))")
                  : sql_open(s, "DELETE FROM relevance WHERE question_id = ? AND chunk_id = ?");
    sql_i64(&q, t->id);
    sql_i64(&q, t->other);
    if (value) sql_text(&q, t->detail);
    return sql_run(&q, err);
}

static bool parse_hash(const Store *s, const char *hex, Hash *ret, Err *err)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < 2 * HASH_BYTES; i++) {
        const char *digit = hex && hex[i] ? strchr(digits, hex[i]) : NULL;
        if (!digit) return err_set(err, ERR_DATABASE, "%s: is damaged: the journal holds no whole verdict", s->path);
        uint8_t half = (uint8_t)(digit - digits);
        ret->bytes[i / 2] = i % 2 ? (uint8_t)(ret->bytes[i / 2] | half) : (uint8_t)(half << 4);
    }
    return true;
}

static bool verdict_get(Store *s, Target *t, Arena *arena, const char **ret, Err *err)
{
    Hash hash;
    const char *hex;
    if (!get_pair(s, t, arena, &hex, err)) return false;
    if (!t->detail) t->detail = hex;
    if (!parse_hash(s, t->detail, &hash, err)) return false;
    Sql q = sql_open(s, "SELECT verdict FROM verdict WHERE question_id = ? AND text_hash = ?");
    sql_i64(&q, t->id);
    sql_hash(&q, &hash);
    const char *value = sql_next(&q) ? sql_get_words(&q, arena) : NULL;
    if (!sql_close(&q, err)) return false;
    *ret = value;
    return true;
}

static bool verdict_set(Store *s, const Target *t, const char *value, Err *err)
{
    Hash hash;
    if (!parse_hash(s, t->detail, &hash, err)) return false;
    Sql q = value ? sql_open(s, "INSERT INTO verdict(question_id, text_hash, verdict) VALUES (?, ?, ?)"
                                " ON CONFLICT DO UPDATE SET verdict = excluded.verdict")
                  : sql_open(s, "DELETE FROM verdict WHERE question_id = ? AND text_hash = ?");
    sql_i64(&q, t->id);
    sql_hash(&q, &hash);
    if (value) sql_text(&q, value);
    return sql_run(&q, err);
}

/* The exceptions from "all of the document is in its split", by which undoing brings each back. */
static bool list_exceptions(Store *s, int64_t id, Arena *arena, const char **ret, Err *err)
{
    Str lines = {0};
    Arena words = {0};
    Sql q = sql_open(s, "SELECT 'b' FROM document WHERE id = ?1 AND by_blocks"
                        " UNION ALL SELECT 'c ' || c.id || ' ' || c.split FROM chunk c JOIN document d ON d.id = c.document_id"
                        " WHERE d.id = ?1 AND c.split <> d.split"
                        " UNION ALL SELECT DISTINCT 'q ' || q.id || ' ' || q.split FROM document d JOIN chunk c ON c.document_id = d.id"
                        " JOIN relevance r ON r.chunk_id = c.id JOIN question q ON q.id = r.question_id"
                        " WHERE d.id = ?1 AND q.split <> d.split");
    sql_i64(&q, id);
    while (sql_next(&q)) {
        str_addf(&lines, "%s\n", sql_get_words(&q, &words));
    }
    bool ok = sql_close(&q, err);
    if (ok) *ret = arena_strdup(arena, str_get(&lines));
    arena_release(&words);
    str_release(&lines);
    return ok;
}

static bool document_split_get(Store *s, Target *t, Arena *arena, const char **ret, Err *err)
{
    if (!get_text(s, "SELECT split FROM document WHERE id = ?", "document", t->id, arena, ret, err)) return false;
    return t->detail || list_exceptions(s, t->id, arena, &t->detail, err);
}

static bool document_split_set(Store *s, const Target *t, const char *value, Err *err)
{
    return document_set_split(s, t->id, (Split)name_index(value, SPLIT_NAMES, SPLIT_COUNT), err);
}

static bool restore_line(Store *s, int64_t document_id, const char *line, Err *err)
{
    if (line[0] == 'b') return sql_run_i64(s, "UPDATE document SET by_blocks = 1 WHERE id = ?", document_id, err);
    char *end;
    int64_t id = strtoll(line + 1, &end, 10);
    Split split;
    if (*end != ' ' || !split_parse(end + 1, &split))
        return err_set(err, ERR_DATABASE, "%s: is damaged: the journal holds no whole split", s->path);
    return line[0] == 'c' ? set_text(s, "UPDATE chunk SET split = ? WHERE id = ?", split_name(split), id, err)
                          : set_text(s, "UPDATE question SET split = ? WHERE id = ?", split_name(split), id, err);
}

static bool restore_exceptions(Store *s, const Target *t, Err *err)
{
    char *lines = mem_strdup(t->detail ? t->detail : ""), *rest = NULL;
    bool ok = true;
    for (char *line = strtok_r(lines, "\n", &rest); ok && line; line = strtok_r(NULL, "\n", &rest)) {
        ok = restore_line(s, t->id, line, err);
    }
    free(lines);
    return ok;
}

static const char *const YES[] = {"yes"};

static const Subject SUBJECTS[] = {
    {"question.status", "the status of question", QUESTION_STATUS_NAMES, QUESTION_STATUS_COUNT, false,
     question_status_get, question_status_set},
    {"question.text", "the text of question", NULL, 0, false, question_text_get, question_text_set},
    {"relevance", "the positives of question", YES, 1, true, relevance_get, relevance_set},
    {"verdict", "a verdict on question", CANDIDATE_STATUS_NAMES, CANDIDATE_STATUS_COUNT, true, verdict_get, verdict_set},
    {"chunk.status", "the status of chunk", CHUNK_STATUS_NAMES, CHUNK_STATUS_COUNT, false, chunk_status_get, chunk_status_set},
    {"chunk.text", "the text of chunk", NULL, 0, false, chunk_text_get, chunk_text_set},
    {"document.split", "the split of document", SPLIT_NAMES, SPLIT_COUNT, false, document_split_get, document_split_set},
};

static const Subject *find_subject(const char *name)
{
    for (size_t i = 0; i < sizeof SUBJECTS / sizeof *SUBJECTS; i++) {
        if (strcmp(SUBJECTS[i].name, name) == 0) return &SUBJECTS[i];
    }
    return NULL;
}

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

static bool record(Group *g, const Subject *subject, const Target *t, const char *old_value, const char *new_value, Err *err)
{
    Sql q = sql_open(g->s, "INSERT INTO journal(group_id, at_ms, who, label, subject, subject_id, other_id, old_value,"
                           " new_value, why, context, state, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)");
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
static bool promotion_made_pair(Store *s, int64_t question_id, int64_t chunk_id, bool *ret, Err *err)
{
    Sql q = sql_open(s, "SELECT EXISTS (SELECT 1 FROM journal r JOIN journal v ON v.state = 0 AND v.group_id = r.group_id"
                        " AND v.subject = 'verdict' AND v.subject_id = ?1 AND v.other_id = ?2 AND v.new_value = 'promoted'"
                        " WHERE r.new_value = 'yes' AND r.id = (SELECT max(id) FROM journal WHERE subject = 'relevance'"
                        " AND subject_id = ?1 AND other_id = ?2 AND state = 0))");
    sql_i64(&q, question_id);
    sql_i64(&q, chunk_id);
    bool made = sql_next(&q) && sql_get_bool(&q);
    if (!sql_close(&q, err)) return false;
    *ret = made;
    return true;
}

/* A promoted candidate is a positive; one that no longer is was only that by being promoted. */
static bool follow_promotion(Group *g, const Decision *d, const char *old_value, const char *value, Err *err)
{
    bool was = same(old_value, "promoted"), is = same(value, "promoted"), made = false, changed;
    const char *old_pair;
    if (was && !is && !promotion_made_pair(g->s, d->subject_id, d->other_id, &made, err)) return false;
    if (is || made)
        return change(g, find_subject("relevance"), d->subject_id, d->other_id, is ? "yes" : NULL, &old_pair, &changed, err);
    return true;
}

static bool check_value(const Subject *subject, const char *value, const char **ret, Err *err)
{
    if (!value && subject->may_be_null) {
        *ret = NULL;
        return true;
    }
    if (!value || (!subject->words && !*value))
        return err_set(err, ERR_USAGE, "%s needs a value", subject->name);
    int word = subject->words ? name_index(value, subject->words, subject->word_count) : -1;
    if (subject->words && word < 0)
        return err_set(err, ERR_USAGE, "%s does not take \"%.40s\": it takes %s …", subject->name, value, subject->words[0]);
    *ret = subject->words ? subject->words[word] : value;
    /* pending is the absence of a verdict */
    if (subject->set == verdict_set && word == CANDIDATE_PENDING) *ret = NULL;
    return true;
}

static bool decide_one(Group *g, const Decision *d, Err *err)
{
    const Subject *subject = find_subject(d->subject);
    const char *value, *old_value;
    bool changed;
    if (!subject) return err_set(err, ERR_USAGE, "nothing is decided on \"%.40s\"", d->subject);
    if (!check_value(subject, d->value, &value, err)) return false;
    g->why = d->why;
    g->context = d->context;
    if (!change(g, subject, d->subject_id, d->other_id, value, &old_value, &changed, err)) return false;
    bool verdict = subject->set == verdict_set;
    return !changed || !verdict || follow_promotion(g, d, old_value, value, err);
}

static const char *person(void)
{
    const char *user = getenv("USER");
    return user && *user ? user : "hone";
}

bool decide(Store *s, const Decision *decisions, size_t count, const char *label, int64_t *ret_group, Err *err)
{
    Group g = {.s = s, .at_ms = clock_wall_ms(), .who = person(), .label = label};
    if (!store_begin_full(s, err)) return false;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        ok = decide_one(&g, &decisions[i], err);
    }
    ok = sql_end(s, ok, err);
    arena_release(&g.arena);
    if (ok && ret_group) *ret_group = g.id;
    return ok;
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
    Sql q = backwards ? sql_open(s, "SELECT id, label, subject, subject_id, other_id, old_value, new_value, detail"
                                    " FROM journal WHERE group_id = ? AND state = 0 ORDER BY id DESC")
                      : sql_open(s, "SELECT id, label, subject, subject_id, other_id, old_value, new_value, detail"
                                    " FROM journal WHERE group_id = ? AND state = 1 ORDER BY id");
    sql_i64(&q, group_id);
    while (sql_next(&q)) {
        Entry *r = rows_push(e);
        r->id = sql_get_id(&q);
        e->label = sql_get_words(&q, &e->arena);
        r->subject = find_subject(sql_get_words(&q, &e->arena));
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
    return err_set(err, ERR_CONFLICT, "cannot %s \"%.200s\": %s %lld was changed since: decide it by hand", verb, label,
                   e->subject->of, (long long)e->target.id);
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
    if (!check_value(e->subject, to, &checked, err) || !e->subject->set(s, &e->target, checked, err)) return false;
    return !back || e->subject->set != document_split_set || restore_exceptions(s, &e->target, err);
}

static bool turn_group(Store *s, bool back, Entries *entries, Err *err)
{
    int64_t group_id = 0;
    bool ok = back ? sql_one_i64(s, "SELECT max(group_id) FROM journal WHERE state = 0", 0, &group_id, err)
                   : sql_one_i64(s, "SELECT min(group_id) FROM journal WHERE state = 1", 0, &group_id, err);
    if (!ok || !load_group(s, group_id, back, entries, err)) return false;
    if (entries->count == 0) return err_set(err, ERR_MISSING, back ? "nothing to undo" : "nothing to redo");
    for (size_t i = 0; ok && i < entries->count; i++) {
        ok = turn(s, &entries->items[i], back, entries->label, &entries->arena, err);
    }
    return ok && (back ? sql_run_i64(s, "UPDATE journal SET state = 1 WHERE group_id = ?", group_id, err)
                       : sql_run_i64(s, "UPDATE journal SET state = 0 WHERE group_id = ?", group_id, err));
}

static bool turn_one(Store *s, bool back, char **ret_label, size_t *ret_count, Err *err)
{
    Entries entries = {0};
    if (!store_begin_full(s, err)) return false;
    bool ok = sql_end(s, turn_group(s, back, &entries, err), err);
    if (ok && ret_label) *ret_label = mem_strdup(entries.label);
    if (ok && ret_count) *ret_count = entries.count;
    rows_release(&entries);
    return ok;
}

bool journal_undo(Store *s, char **ret_label, size_t *ret_count, Err *err)
{
    return turn_one(s, true, ret_label, ret_count, err);
}

bool journal_redo(Store *s, char **ret_label, size_t *ret_count, Err *err)
{
    return turn_one(s, false, ret_label, ret_count, err);
}

bool journal_load(Store *s, int64_t after_id, JournalRows *ret, Err *err)
{
    JournalRows rows = {0};
    Sql q = sql_open(s, "SELECT id, group_id, at_ms, who, label, subject, subject_id, other_id, old_value, new_value, why,"
                        " context, state FROM journal WHERE id > ? ORDER BY id");
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
