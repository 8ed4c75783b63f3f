#include "store/subject.h"

#include "store/corpus.h"

static bool missing(const char *what, int64_t id, Err *err)
{
    return err_set(err, ERR_MISSING, "no %s %lld: list them again", what, (long long)id);
}

/* One text of the row with this id. */
static bool get_text(Store *s, const char *literal, const char *what, int64_t id, Arena *arena,
                     const char **ret, Err *err)
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
    return get_text(s, "SELECT status FROM question WHERE id = ?", "question", t->id, arena, ret,
                    err);
}

static bool question_status_set(Store *s, const Target *t, const char *value, Err *err)
{
    return set_text(s, "UPDATE question SET status = ? WHERE id = ?", value, t->id, err);
}

static bool question_text_get(Store *s, Target *t, Arena *arena, const char **ret, Err *err)
{
    return get_text(s, "SELECT text FROM question WHERE id = ?", "question", t->id, arena, ret,
                    err);
}

static bool question_text_set(Store *s, const Target *t, const char *value, Err *err)
{
    Hash hash = hash_text(value);
    Sql q = sql_open(
        s, "UPDATE question SET text = ?, text_hash = ?, doubt = NULL, own_rank = NULL, copied ="
           " NULL, twin_id = NULL, twin_score = NULL, nameless = NULL WHERE id = ?");
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
    return get_text(s, "SELECT '' FROM question WHERE id = ?", "question", t->id, arena, &found,
                    err) &&
           get_text(s, "SELECT hex(text_hash) FROM chunk WHERE id = ?", "chunk", t->other, arena,
                    ret_hash, err);
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
    Sql q = value ? sql_open(s, "INSERT INTO relevance(question_id, chunk_id, origin) VALUES (?,"
                                " ?, coalesce(?, 'human'))")
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
        if (!digit)
            return err_set(err, ERR_DATABASE, "%s: is damaged: the journal holds no whole verdict",
                           s->path);
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
    Sql q = value ? sql_open(s, "INSERT INTO verdict(question_id, text_hash, verdict) VALUES (?, ?,"
                                " ?) ON CONFLICT DO UPDATE SET verdict = excluded.verdict")
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
    Sql q =
        sql_open(s, "SELECT 'b' FROM document WHERE id = ?1 AND by_blocks UNION ALL SELECT 'c '"
                    " || c.id || ' ' || c.split FROM chunk c JOIN document d ON d.id ="
                    " c.document_id WHERE d.id = ?1 AND c.split <> d.split UNION ALL SELECT"
                    " DISTINCT 'q ' || q.id || ' ' || q.split FROM document d JOIN chunk c ON"
                    " c.document_id = d.id JOIN relevance r ON r.chunk_id = c.id JOIN question q"
                    " ON q.id = r.question_id WHERE d.id = ?1 AND q.split <> d.split");
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
    if (!get_text(s, "SELECT split FROM document WHERE id = ?", "document", t->id, arena, ret, err))
        return false;
    return t->detail || list_exceptions(s, t->id, arena, &t->detail, err);
}

static bool document_split_set(Store *s, const Target *t, const char *value, Err *err)
{
    return document_set_split(s, t->id, (Split)name_index(value, SPLIT_NAMES, SPLIT_COUNT), err);
}

static bool restore_line(Store *s, int64_t document_id, const char *line, Err *err)
{
    if (line[0] == 'b')
        return sql_run_i64(s, "UPDATE document SET by_blocks = 1 WHERE id = ?", document_id, err);
    char *end;
    int64_t id = strtoll(line + 1, &end, 10);
    Split split;
    if (*end != ' ' || !split_parse(end + 1, &split))
        return err_set(err, ERR_DATABASE, "%s: is damaged: the journal holds no whole split",
                       s->path);
    return line[0] == 'c'
               ? set_text(s, "UPDATE chunk SET split = ? WHERE id = ?", split_name(split), id, err)
               : set_text(s, "UPDATE question SET split = ? WHERE id = ?", split_name(split), id,
                          err);
}

static bool restore_exceptions(Store *s, const Target *t, Err *err)
{
    char *lines = mem_strdup(t->detail ? t->detail : ""), *rest = NULL;
    bool ok = true;
    for (char *line = strtok_r(lines, "\n", &rest); ok && line;
         line = strtok_r(NULL, "\n", &rest)) {
        ok = restore_line(s, t->id, line, err);
    }
    free(lines);
    return ok;
}

static const char *const YES[] = {"yes"};

static const Subject SUBJECTS[] = {
    {"question.status", "the status of question", QUESTION_STATUS_NAMES, QUESTION_STATUS_COUNT,
     false, question_status_get, question_status_set},
    {"question.text", "the text of question", NULL, 0, false, question_text_get, question_text_set},
    {"relevance", "the positives of question", YES, 1, true, relevance_get, relevance_set},
    {"verdict", "a verdict on question", CANDIDATE_STATUS_NAMES, CANDIDATE_STATUS_COUNT, true,
     verdict_get, verdict_set},
    {"chunk.status", "the status of chunk", CHUNK_STATUS_NAMES, CHUNK_STATUS_COUNT, false,
     chunk_status_get, chunk_status_set},
    {"chunk.text", "the text of chunk", NULL, 0, false, chunk_text_get, chunk_text_set},
    {"document.split", "the split of document", SPLIT_NAMES, SPLIT_COUNT, false, document_split_get,
     document_split_set, restore_exceptions},
};

const Subject *subject_find(const char *name)
{
    for (size_t i = 0; i < sizeof SUBJECTS / sizeof *SUBJECTS; i++) {
        if (strcmp(SUBJECTS[i].name, name) == 0) return &SUBJECTS[i];
    }
    return NULL;
}

bool subject_value(const Subject *subject, const char *value, const char **ret, Err *err)
{
    if (!value && subject->may_be_null) {
        *ret = NULL;
        return true;
    }
    if (!value || (!subject->words && !*value))
        return err_set(err, ERR_USAGE, "%s needs a value", subject->name);
    int word = subject->words ? name_index(value, subject->words, subject->word_count) : -1;
    if (subject->words && word < 0)
        return err_set(err, ERR_USAGE, "%s does not take \"%.40s\": it takes %s …", subject->name,
                       value, subject->words[0]);
    *ret = subject->words ? subject->words[word] : value;
    /* pending is the absence of a verdict */
    if (subject->set == verdict_set && word == CANDIDATE_PENDING) *ret = NULL;
    return true;
}
