#include "store/corpus.h"

#include "base/clock.h"
#include "store/filter_sql.h"

#define DOCUMENT_COLUMNS                                                                           \
    "SELECT d.id, d.key, d.path, d.title, d.format, d.encoding, d.file_hash, d.size_bytes,"        \
    " d.modified_ms, d.added_ms, d.split, d.by_blocks, d.pages,"                                   \
    " (SELECT count(*) FROM chunk c WHERE c.document_id = d.id AND c.status = 'live') FROM "       \
    "document d"

static void read_documents(Sql *q, DocumentRows *rows)
{
    while (sql_next(q)) {
        DocumentRow *r = rows_push(rows);
        r->id = sql_get_id(q);
        r->key = sql_get_words(q, &rows->arena);
        r->path = sql_get_text(q, &rows->arena);
        r->title = sql_get_words(q, &rows->arena);
        r->format = sql_get_words(q, &rows->arena);
        r->encoding = sql_get_text(q, &rows->arena);
        r->file_hash = sql_get_hash(q);
        r->size_bytes = sql_get_count(q);
        r->modified_ms = sql_get_i64(q);
        r->added_ms = sql_get_i64(q);
        r->split = sql_get_split(q);
        r->by_blocks = sql_get_bool(q);
        r->pages = sql_get_count(q);
        r->chunks = sql_get_count(q);
    }
}

bool documents_load(Store *s, const char *filter, DocumentRows *ret, Err *err)
{
    FilterSql f = {0};
    if (!filter_compile(FILTER_DOCUMENTS, filter, &f, err)) return false;
    DocumentRows rows = {0};
    Sql q = filter_open(s, &f, DOCUMENT_COLUMNS, "d.id");
    read_documents(&q, &rows);
    rows_end(&q, &rows, ret, err);
}

bool documents_load_ids(Store *s, const int64_t *ids, size_t count, DocumentRows *ret, Err *err)
{
    FilterSql f = {.limit = -1};
    filter_ids(&f, "d.id", ids, count);
    DocumentRows rows = {0};
    Sql q = filter_open(s, &f, DOCUMENT_COLUMNS, "d.id");
    read_documents(&q, &rows);
    rows_by_ids(rows.items, rows.count, sizeof *rows.items, ids, count);
    rows_end(&q, &rows, ret, err);
}

bool document_find(Store *s, const char *key, DocumentRows *ret, Err *err)
{
    DocumentRows rows = {0};
    Sql q = sql_open(s, DOCUMENT_COLUMNS " WHERE d.key = ?");
    sql_text(&q, key);
    read_documents(&q, &rows);
    rows_end(&q, &rows, ret, err);
}

bool document_text(Store *s, int64_t id, char **ret, Err *err)
{
    Arena arena = {0};
    Sql q = sql_open(s, "SELECT text FROM document_text WHERE document_id = ?");
    sql_i64(&q, id);
    const char *text = sql_next(&q) ? sql_get_words(&q, &arena) : NULL;
    bool ok = sql_close(&q, err);
    if (ok && !text)
        ok = err_set(err, ERR_MISSING, "the text of document %lld is not kept: add its file again",
                     (long long)id);
    if (ok) *ret = mem_strdup(text);
    arena_release(&arena);
    return ok;
}

static bool changed_one(Store *s, const char *what, int64_t id, Err *err)
{
    if (sql_changes(s) > 0) return true;
    return err_set(err, ERR_MISSING, "no %s %lld: list them again", what, (long long)id);
}

/* Insert and update name their columns in the same order, so that one function binds both. */
static bool write_document(Store *s, const DocumentRow *row, Err *err)
{
    Sql q =
        row->id
            ? sql_open(s,
                       "UPDATE document SET key = ?, path = ?, title = ?, format = ?, encoding ="
                       " ?, file_hash = ?, size_bytes = ?, modified_ms = ?, added_ms = ?, split ="
                       " ?, by_blocks = ?, pages = ? WHERE id = ?")
            : sql_open(
                  s, "INSERT INTO document(key, path, title, format, encoding, file_hash,"
                     " size_bytes, modified_ms, added_ms, split, by_blocks, pages) VALUES (?, ?, ?,"
                     " ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql_text(&q, row->key);
    sql_text(&q, row->path);
    sql_text(&q, row->title);
    sql_text(&q, row->format);
    sql_text(&q, row->encoding);
    sql_hash(&q, &row->file_hash);
    sql_i64(&q, row->size_bytes);
    sql_i64(&q, row->modified_ms);
    sql_i64(&q, row->added_ms ? row->added_ms : clock_wall_ms());
    sql_text(&q, split_name(row->by_blocks ? SPLIT_NONE : row->split));
    sql_i64(&q, row->by_blocks);
    sql_i64(&q, row->pages);
    if (row->id) sql_i64(&q, row->id);
    return sql_run(&q, err) && (!row->id || changed_one(s, "document", row->id, err));
}

static bool write_document_text(Store *s, int64_t id, const char *text, Err *err)
{
    Sql q = sql_open(s, "INSERT INTO document_text(document_id, text) VALUES (?, ?) ON CONFLICT"
                        " DO UPDATE SET text = excluded.text");
    sql_i64(&q, id);
    sql_text(&q, text);
    return sql_run(&q, err);
}

bool document_put(Store *s, const DocumentRow *row, int64_t *ret_id, Err *err)
{
    if (!store_begin(s, err)) return false;
    bool ok = write_document(s, row, err);
    int64_t id = row->id ? row->id : sql_last_id(s);
    ok = ok && (!row->text || write_document_text(s, id, row->text, err));
    if (!sql_end(s, ok, err)) return false;
    if (ret_id) *ret_id = id;
    return true;
}

static bool run_split(Store *s, const char *literal, Split split, int64_t id, Err *err)
{
    Sql q = sql_open(s, literal);
    sql_text(&q, split_name(split));
    sql_i64(&q, id);
    return sql_run(&q, err);
}

bool document_set_split(Store *s, int64_t id, Split split, Err *err)
{
    if (!store_begin(s, err)) return false;
    bool ok =
        run_split(s, "UPDATE document SET split = ?, by_blocks = 0 WHERE id = ?", split, id, err) &&
        changed_one(s, "document", id, err) &&
        run_split(s, "UPDATE chunk SET split = ?1 WHERE document_id = ?2 AND split <> ?1", split,
                  id, err) &&
        run_split(
            s,
            "UPDATE question SET split = ?1 WHERE split <> ?1 AND id IN (SELECT question_id FROM"
            " relevance r JOIN chunk c ON c.id = r.chunk_id WHERE c.document_id = ?2) AND NOT"
            " EXISTS (SELECT 1 FROM relevance r JOIN chunk c ON c.id = r.chunk_id WHERE"
            " r.question_id = question.id AND c.document_id <> ?2)",
            split, id, err);
    return sql_end(s, ok, err);
}

bool document_remove(Store *s, int64_t id, Err *err)
{
    if (!store_begin(s, err)) return false;
    bool ok =
        sql_run_i64(
            s,
            "UPDATE chunk SET status = 'retired' WHERE document_id = ? AND status <> 'retired'"
            " AND EXISTS (SELECT 1 FROM relevance r WHERE r.chunk_id = chunk.id)",
            id, err) &&
        sql_run_i64(s,
                    "DELETE FROM chunk WHERE document_id = ? AND NOT EXISTS (SELECT 1 FROM"
                    " relevance r WHERE r.chunk_id = chunk.id)",
                    id, err) &&
        sql_run_i64(s,
                    "DELETE FROM document WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM chunk WHERE"
                    " document_id = ?1)",
                    id, err);
    return sql_end(s, ok, err);
}

#define CHUNK_COLUMNS                                                                              \
    "SELECT c.id, c.document_id, c.key, c.ordinal, c.own_title, c.heading, c.text_hash, "          \
    "c.source_hash,"                                                                               \
    " c.char_first, c.char_end, c.overlap_chars, c.page_first, c.page_last, c.tokens, c.split, "   \
    "c.status,"                                                                                    \
    " c.text, d.title, coalesce(d.path, d.key)"
#define CHUNK_QUESTIONS ", " FILTER_CHUNK_QUESTIONS
#define FROM_CHUNKS " FROM chunk c JOIN document d ON d.id = c.document_id"

static void read_place(Sql *q, ChunkRow *r)
{
    r->char_first = sql_get_count(q);
    r->char_end = sql_get_count(q);
    r->overlap_chars = sql_get_count(q);
    r->page_first = sql_get_count(q);
    r->page_last = sql_get_count(q);
    r->tokens = sql_get_count(q);
    if (r->char_end < r->char_first && !q->broken) q->broken = "a chunk that ends before it starts";
}

/* Chunks of one document come together: its title and path are kept once. */
static void read_document_texts(Sql *q, ChunkRows *rows, ChunkRow *r)
{
    const ChunkRow *before = rows->count > 1 ? r - 1 : NULL;
    if (before && before->document_id == r->document_id && !before->own_title && !r->own_title) {
        q->column += 2;
        r->title = before->title;
        r->document = before->document;
        return;
    }
    const char *title = sql_get_words(q, &rows->arena);
    r->title = r->own_title ? r->own_title : title;
    r->document = sql_get_words(q, &rows->arena);
}

static void read_chunks(Sql *q, bool with_questions, ChunkRows *rows)
{
    while (sql_next(q)) {
        ChunkRow *r = rows_push(rows);
        r->id = sql_get_id(q);
        r->document_id = sql_get_id(q);
        r->key = sql_get_text(q, &rows->arena);
        r->ordinal = sql_get_count(q);
        r->own_title = sql_get_text(q, &rows->arena);
        r->heading = sql_get_words(q, &rows->arena);
        r->text_hash = sql_get_hash(q);
        r->source_hash = sql_get_hash(q);
        read_place(q, r);
        r->split = sql_get_split(q);
        r->status = (ChunkStatus)sql_get_word(q, CHUNK_STATUS_NAMES, CHUNK_STATUS_COUNT,
                                              "an unknown chunk status");
        r->text = sql_get_words(q, &rows->arena);
        read_document_texts(q, rows, r);
        if (with_questions) r->questions = sql_get_count(q);
    }
}

bool chunks_load(Store *s, const ChunkQuery *query, ChunkRows *ret, Err *err)
{
    FilterSql f = {0};
    if (!filter_compile(FILTER_CHUNKS, query->filter, &f, err)) return false;
    int statuses = query->statuses ? query->statuses : f.has_status ? 0 : 1 << CHUNK_LIVE;
    filter_words(&f, "c.status", CHUNK_STATUS_NAMES, CHUNK_STATUS_COUNT, statuses);
    filter_words(&f, "c.split", SPLIT_NAMES, SPLIT_COUNT, query->splits);
    if (query->document_id) filter_equal(&f, "c.document_id", query->document_id);
    if (query->ids) filter_ids(&f, "c.id", query->ids, query->id_count);
    if (query->question_id) {
        char *condition =
            str_format("c.id IN (SELECT chunk_id FROM relevance WHERE question_id = %lld)",
                       (long long)query->question_id);
        filter_and(&f, condition);
        free(condition);
    }

    bool ordered = f.orders.count > 0;
    ChunkRows rows = {0};
    Sql q = filter_open(s, &f,
                        query->with_questions ? CHUNK_COLUMNS CHUNK_QUESTIONS FROM_CHUNKS
                                              : CHUNK_COLUMNS FROM_CHUNKS,
                        "c.id");
    read_chunks(&q, query->with_questions, &rows);
    if (!ordered)
        rows_by_ids(rows.items, rows.count, sizeof *rows.items, query->ids, query->id_count);
    rows_end(&q, &rows, ret, err);
}

bool corpus_stamp(Store *s, Hash *ret, Err *err)
{
    static const char *const COUNTERS[] = {"SELECT coalesce(max(id), 0) FROM retriever",
                                           "SELECT count(*) FROM retriever",
                                           "SELECT coalesce(max(id), 0) FROM build WHERE finished"};
    HashBuilder *b = hash_begin();
    Sql live = sql_open(s, "SELECT id FROM chunk WHERE status = 'live' ORDER BY document_id, id");
    while (sql_next(&live)) hash_add_i64(b, sql_get_id(&live));
    bool ok = sql_close(&live, err);
    Sql texts = sql_open(s, "SELECT text_hash FROM chunk INDEXED BY chunk_hash ORDER BY id");
    while (ok && sql_next(&texts)) {
        Hash text = sql_get_hash(&texts);
        hash_add(b, text.bytes, sizeof text.bytes);
    }
    ok = sql_close(&texts, ok ? err : NULL) && ok;
    for (size_t i = 0; ok && i < sizeof COUNTERS / sizeof *COUNTERS; i++) {
        int64_t value;
        Sql q = sql_open(s, COUNTERS[i]);
        ok = sql_next(&q);
        value = ok ? sql_get_i64(&q) : 0;
        ok = sql_close(&q, err) && ok;
        hash_add_i64(b, value);
    }
    Hash hash = hash_end(b);
    if (ok) *ret = hash;
    return ok;
}

static bool is_zero(const Hash *h)
{
    static const Hash zero;
    return hash_equal(h, &zero);
}

bool chunk_add(Store *s, const ChunkRow *row, int64_t *ret_id, Err *err)
{
    Hash text_hash = hash_text(row->text);
    Sql q = sql_open(
        s,
        "INSERT INTO chunk(document_id, key, ordinal, own_title, heading, text_hash, source_hash,"
        " char_first, char_end, overlap_chars, page_first, page_last, tokens, split, status,"
        " text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql_i64(&q, row->document_id);
    sql_text(&q, row->key);
    sql_i64(&q, row->ordinal);
    sql_text(&q, row->own_title);
    sql_text(&q, row->heading ? row->heading : "");
    sql_hash(&q, &text_hash);
    sql_hash(&q, is_zero(&row->source_hash) ? &text_hash : &row->source_hash);
    sql_i64(&q, row->char_first);
    sql_i64(&q, row->char_end);
    sql_i64(&q, row->overlap_chars);
    sql_i64(&q, row->page_first);
    sql_i64(&q, row->page_last);
    sql_i64(&q, row->tokens);
    sql_text(&q, split_name(row->split));
    sql_text(&q, chunk_status_name(row->status));
    sql_text(&q, row->text);
    if (!sql_run(&q, err)) return false;
    if (ret_id) *ret_id = sql_last_id(s);
    return true;
}

bool chunk_place(Store *s, int64_t id, const ChunkRow *where, Err *err)
{
    /* What a person excluded stays so, even when its text was gone for a while. */
    Sql q = sql_open(
        s, "UPDATE chunk SET ordinal = ?, heading = ?, char_first = ?, char_end = ?,"
           " overlap_chars = ?, page_first = ?, page_last = ?, split = ?, status = CASE WHEN"
           " status <> 'retired' THEN status WHEN (SELECT new_value FROM journal WHERE subject_id"
           " = chunk.id AND subject = 'chunk.status' AND state = 0 ORDER BY id DESC LIMIT 1) ="
           " 'excluded' THEN 'excluded' ELSE 'live' END WHERE id = ?");
    sql_i64(&q, where->ordinal);
    sql_text(&q, where->heading ? where->heading : "");
    sql_i64(&q, where->char_first);
    sql_i64(&q, where->char_end);
    sql_i64(&q, where->overlap_chars);
    sql_i64(&q, where->page_first);
    sql_i64(&q, where->page_last);
    sql_text(&q, split_name(where->split));
    sql_i64(&q, id);
    return sql_run(&q, err) && changed_one(s, "chunk", id, err);
}

/* What refers to a chunk: questions, candidates, and decisions that may be undone. */
#define CHUNK_IS_REFERRED_TO                                                                       \
    "(EXISTS (SELECT 1 FROM relevance WHERE chunk_id = chunk.id)"                                  \
    " OR EXISTS (SELECT 1 FROM candidate WHERE chunk_id = chunk.id)"                               \
    " OR EXISTS (SELECT 1 FROM journal WHERE other_id = chunk.id"                                  \
    " OR (subject_id = chunk.id AND subject IN ('chunk.status', 'chunk.text'))))"

bool chunk_retire(Store *s, int64_t id, Err *err)
{
    if (!store_begin(s, err)) return false;
    bool ok =
        sql_run_i64(s, "UPDATE chunk SET status = 'retired' WHERE id = ? AND " CHUNK_IS_REFERRED_TO,
                    id, err) &&
        sql_run_i64(s, "DELETE FROM chunk WHERE id = ? AND NOT " CHUNK_IS_REFERRED_TO, id, err);
    return sql_end(s, ok, err);
}

bool chunk_set_split(Store *s, int64_t id, Split split, Err *err)
{
    return run_split(s, "UPDATE chunk SET split = ? WHERE id = ?", split, id, err) &&
           changed_one(s, "chunk", id, err);
}
