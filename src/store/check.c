#include "store/sql.h"

/* Each gives one line of text a problem. */
/* clang-format off */
static const char *const CHECKS[] = {
    "SELECT 'file: ' || integrity_check FROM pragma_integrity_check(50) WHERE integrity_check <> 'ok'",
    "SELECT 'row ' || coalesce(rowid, '?') || ' of ' || \"table\" || ' refers to a row of ' || parent || ' that is not there'"
    " FROM pragma_foreign_key_check LIMIT 50",

    "SELECT 'count of ' || what || ' ' || status || ' ' || split || ' is wrong by ' || sum(n) FROM ("
    "SELECT what, status, split, n FROM count"
    " UNION ALL SELECT 'document', '', split, -count(*) FROM document GROUP BY split"
    " UNION ALL SELECT 'chunk', status, split, -count(*) FROM chunk GROUP BY status, split"
    " UNION ALL SELECT 'question', status, split, -count(*) FROM question GROUP BY status, split)"
    " GROUP BY what, status, split HAVING sum(n) <> 0",
    "SELECT 'count of candidates ' || status || ' of mining ' || mining_id || ' is wrong by ' || sum(n) FROM ("
    "SELECT mining_id, status, n FROM candidate_count"
    " UNION ALL SELECT mining_id, status, -count(*) FROM candidate GROUP BY mining_id, status)"
    " GROUP BY mining_id, status HAVING sum(n) <> 0",

    "SELECT 'candidate ' || id || ': its margin is not its score less the positive''s' FROM candidate"
    " WHERE NOT abs(margin - (score - positive_score)) <= 1e-9 LIMIT 50",
    "SELECT 'candidate ' || x.id || ': its status ' || x.status || ' is not its verdict' FROM candidate x"
    " JOIN chunk c ON c.id = x.chunk_id LEFT JOIN verdict v ON v.question_id = x.question_id AND v.text_hash = c.text_hash"
    " WHERE x.status <> coalesce(v.verdict, 'pending') LIMIT 50",
    "SELECT 'chunk ' || c.id || ': its characters ' || c.char_first || ' to ' || c.char_end || ' are no range' FROM chunk c"
    " WHERE c.char_first < 0 OR c.char_end < c.char_first OR c.overlap_chars < 0 LIMIT 50",
    "SELECT 'chunk ' || c.id || ': is in split ' || c.split || ', its document in ' || d.split FROM chunk c"
    " JOIN document d ON d.id = c.document_id WHERE NOT d.by_blocks AND d.split <> 'none' AND c.split <> d.split"
    " AND c.status = 'live' LIMIT 50",
    "SELECT 'document ' || id || ': is split by blocks and yet in split ' || split FROM document"
    " WHERE by_blocks AND split <> 'none' LIMIT 50",
    "SELECT 'question ' || question_id || ': its positive, chunk ' || chunk_id || ', is not there' FROM relevance"
    " WHERE chunk_id NOT IN (SELECT id FROM chunk) LIMIT 50",
    "SELECT 'array ' || b.id || ': ' || b.size || ' bytes promised, ' || coalesce(sum(length(p.data)), 0) || ' kept' FROM blob b"
    " LEFT JOIN piece p ON p.blob_id = b.id WHERE b.owner IS NULL GROUP BY b.id"
    " HAVING b.size <> coalesce(sum(length(p.data)), 0) LIMIT 50",
};
/* clang-format on */

/* Damage found while looking is a finding; being locked out or stopped is not. */
static bool finding(Str *report, const Err *found, Err *err)
{
    if (found->kind != ERR_DATABASE) {
        if (err) *err = *found;
        return false;
    }
    str_addf(report, "%s\n", found->message);
    return true;
}

static bool run_check(Store *s, const char *sql, Str *report, Err *err)
{
    Arena arena = {0};
    Err found = {0};
    Sql q = sql_open(s, sql);
    while (sql_next(&q)) {
        str_addf(report, "%s\n", sql_get_words(&q, &arena));
    }
    bool ok = sql_close(&q, &found) || finding(report, &found, err);
    arena_release(&arena);
    return ok;
}

static bool check_hashes(Store *s, const char *what, const char *sql, Str *report, Err *err)
{
    Err found = {0};
    Sql q = sql_open(s, sql);
    while (sql_next(&q)) {
        size_t size;
        int64_t id = sql_get_id(&q);
        Hash kept = sql_get_hash(&q);
        const void *text = sql_get_blob(&q, &size);
        Hash real = hash_bytes(text ? text : "", size);
        if (!hash_equal(&kept, &real))
            str_addf(report, "%s %lld: its text is not the one it was stored with\n", what,
                     (long long)id);
    }
    return sql_close(&q, &found) || finding(report, &found, err);
}

bool store_check(Store *s, Str *report, Err *err)
{
    for (size_t i = 0; i < sizeof CHECKS / sizeof *CHECKS; i++) {
        if (!run_check(s, CHECKS[i], report, err)) return false;
    }
    return check_hashes(s, "chunk", "SELECT id, text_hash, text FROM chunk", report, err) &&
           check_hashes(s, "question", "SELECT id, text_hash, text FROM question", report, err);
}
