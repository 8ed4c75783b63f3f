#include "task/exchange.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "task/exchange_set.h"

#define HEAD_BYTES 65536 /* of a file, to guess its format by */

/* ---- guessing ---- */

static bool ends(const char *path, const char *ending)
{
    return str_ends_nocase(path, ending);
}

/* Does the first line of a jsonl file, or the first piece of a json one, hold this key? */
static bool has_key(const char *head, size_t size, const char *key)
{
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\"", key);
    return memmem(head, size, quoted, strlen(quoted)) != NULL;
}

static size_t first_line(const char *head, size_t size)
{
    const char *end = memchr(head, '\n', size);
    return end ? (size_t)(end - head) : size;
}

static bool is_llamaindex(const char *path, const char *head, size_t size, bool folder)
{
    return !folder && !ends(path, ".jsonl") &&
           (has_key(head, size, "queries") || has_key(head, size, "relevant_docs") ||
            has_key(head, size, "corpus"));
}

static bool is_squad(const char *path, const char *head, size_t size, bool folder)
{
    return !folder && !ends(path, ".jsonl") && has_key(head, size, "data") &&
           has_key(head, size, "paragraphs");
}

static bool is_flagembedding(const char *path, const char *head, size_t size, bool folder)
{
    (void)path;
    size_t line = first_line(head, size);
    return !folder && has_key(head, line, "query") && has_key(head, line, "pos");
}

static bool is_quotes(const char *path, const char *head, size_t size, bool folder)
{
    (void)path;
    size_t line = first_line(head, size);
    return !folder && has_key(head, line, "query") && has_key(head, line, "quote");
}

static bool is_triplets(const char *path, const char *head, size_t size, bool folder)
{
    (void)path;
    size_t line = first_line(head, size);
    return !folder && has_key(head, line, "anchor") && has_key(head, line, "positive");
}

static bool is_beir(const char *path, const char *head, size_t size, bool folder)
{
    (void)path;
    (void)head;
    (void)size;
    return folder;
}

static bool is_jsonl(const char *path, const char *head, size_t size, bool folder)
{
    return !folder && (ends(path, ".jsonl") || ends(path, ".ndjson")) && size > 0 &&
           head[strspn(head, " \t\r\n")] == '{';
}

static bool is_csv(const char *path, const char *head, size_t size, bool folder)
{
    (void)head;
    (void)size;
    return !folder && (ends(path, ".csv") || ends(path, ".tsv"));
}

const ExchangeFormat EXCHANGE_FORMATS[] = {
    {"llamaindex", "LlamaIndex EmbeddingQAFinetuneDataset json", is_llamaindex, read_llamaindex,
     write_llamaindex},
    {"squad", "SQuAD-style json: data, paragraphs, context, qas", is_squad, read_squad,
     write_squad},
    {"flagembedding", "FlagEmbedding jsonl: query, pos, neg, scores", is_flagembedding,
     read_flagembedding, write_flagembedding},
    {"quotes", "jsonl of query, document, quote: bound to the documents of the project", is_quotes,
     read_quotes, write_quotes},
    {"triplets", "sentence-transformers jsonl: anchor, positive, negative", is_triplets,
     read_triplets, write_triplets},
    {"beir", "BEIR folder: corpus.jsonl, queries.jsonl, qrels", is_beir, read_beir, write_beir},
    {"jsonl", "one object a pair: query, text", is_jsonl, read_jsonl_rows, write_jsonl_rows},
    {"csv", "one row a pair, with a header: query, text", is_csv, read_csv_rows, write_csv_rows},
};
const size_t EXCHANGE_FORMAT_COUNT = sizeof EXCHANGE_FORMATS / sizeof *EXCHANGE_FORMATS;

const ExchangeFormat *exchange_find(const char *name)
{
    for (size_t i = 0; i < EXCHANGE_FORMAT_COUNT; i++) {
        if (strcmp(EXCHANGE_FORMATS[i].name, name) == 0) return &EXCHANGE_FORMATS[i];
    }
    return NULL;
}

static void list_formats(Str *out)
{
    for (size_t i = 0; i < EXCHANGE_FORMAT_COUNT; i++)
        str_addf(out, "%s%s", i ? ", " : "", EXCHANGE_FORMATS[i].name);
}

static bool unknown_format(const char *name, Err *err)
{
    Str list = {0};
    list_formats(&list);
    err_set(err, ERR_USAGE, "there is no format '%s': use one of %s", name, str_get(&list));
    str_release(&list);
    return false;
}

static bool guess(const char *path, const ExchangeFormat **ret, Err *err)
{
    FileInfo info;
    if (!file_info(path, &info, err)) return false;
    char *head = mem_zero(HEAD_BYTES + 1, 1);
    size_t size = 0;
    if (!info.is_directory) {
        if (!info.is_regular) {
            free(head);
            return err_set(err, ERR_FORMAT, "%s: not a regular file", path);
        }
        FILE *file = fopen(path, "rb");
        if (file) {
            size = fread(head, 1, HEAD_BYTES, file);
            fclose(file);
        }
    }
    const ExchangeFormat *found = NULL;
    for (size_t i = 0; i < EXCHANGE_FORMAT_COUNT && !found; i++) {
        const ExchangeFormat *f = &EXCHANGE_FORMATS[i];
        if (f->recognises && f->recognises(path, head, size, info.is_directory)) found = f;
    }
    free(head);
    if (found) {
        *ret = found;
        return true;
    }
    if (!info.is_directory && size == 0)
        return err_set(err, ERR_FORMAT, "%s: the file is empty or cannot be read", path);
    Str list = {0};
    list_formats(&list);
    err_set(
        err, ERR_FORMAT,
        "%s: no known question set; name its format with --format (%s), or use `add` for documents",
        path, str_get(&list));
    str_release(&list);
    return false;
}

/* ---- writing a set into the project ---- */

static Hash set_identity(const QuestionSet *s)
{
    HashBuilder *b = hash_begin();
    for (size_t i = 0; i < s->chunks.count; i++) {
        hash_add_text(b, s->chunks.items[i].key);
        hash_add_text(b, s->chunks.items[i].text);
    }
    return hash_end(b);
}

/* The document that the set's own chunks belong to, and the chunks that it has already. */
static bool set_document(const Env *env, const char *path, const char *format, const QuestionSet *s,
                         Split split, int64_t *ret_id, ChunkRows *ret_known, Err *err)
{
    char hex[HASH_HEX_SIZE];
    Hash identity = set_identity(s);
    hash_hex(&identity, hex);
    char *key = str_format("import:%s:%.12s", file_name(path), hex);
    DocumentRows found = {0};
    bool ok = document_find(env->store, key, &found, err);
    *ret_id = ok && found.count ? found.items[0].id : 0;
    if (ok && *ret_id) {
        ok = chunks_load(
            env->store,
            &(ChunkQuery){.document_id = *ret_id, .statuses = (1 << CHUNK_STATUS_COUNT) - 1},
            ret_known, err);
    } else if (ok) {
        DocumentRow row = {.key = key,
                           .title = file_name(path),
                           .format = format,
                           .split = split,
                           .added_ms = clock_wall_ms()};
        ok = document_put(env->store, &row, ret_id, err);
    }
    rows_release(&found);
    free(key);
    return ok;
}

static bool write_chunks(const Env *env, const char *path, const char *format, QuestionSet *s,
                         Split split, ImportReport *r, Err *err)
{
    size_t own = 0;
    for (size_t i = 0; i < s->chunks.count; i++) own += s->chunks.items[i].known_id == 0;
    r->chunks_known += s->chunks.count - own;
    if (own == 0) return true;
    int64_t document = 0;
    ChunkRows known = {0};
    if (!set_document(env, path, format, s, split, &document, &known, err)) return false;
    Map *by_ordinal = map_new();
    for (size_t i = 0; i < known.count; i++)
        map_put(by_ordinal, &known.items[i].ordinal, sizeof known.items[i].ordinal, (uint32_t)i);
    bool ok = true;
    for (size_t i = 0; ok && i < s->chunks.count; i++) {
        SetChunk *c = &s->chunks.items[i];
        int64_t ordinal = (int64_t)i;
        if (c->known_id) continue;
        uint32_t at = map_get(by_ordinal, &ordinal, sizeof ordinal);
        if (at != MAP_NONE) {
            c->known_id = known.items[at].id;
            r->chunks_known++;
            continue;
        }
        ChunkRow row = {.document_id = document,
                        .key = c->key,
                        .ordinal = ordinal,
                        .text = c->text,
                        .own_title = c->title,
                        .heading = "",
                        .split = c->split,
                        .status = CHUNK_LIVE};
        ok = chunk_add(env->store, &row, &c->known_id, err);
        r->chunks_added++;
    }
    map_free(by_ordinal);
    rows_release(&known);
    return ok;
}

/* A question is known again by its text together with one of its chunks. */
static void known_key(int64_t chunk, const Hash *text, char key[sizeof(int64_t) + HASH_BYTES])
{
    memcpy(key, &chunk, sizeof chunk);
    memcpy(key + sizeof chunk, text->bytes, HASH_BYTES);
}

static bool load_known(const Env *env, Map *ret, QuestionRows *rows, Err *err)
{
    RelevanceRows links = {0};
    if (!questions_load(env->store, &(QuestionQuery){0}, rows, err) ||
        !relevance_load(env->store, &links, err))
        return false;
    size_t q = 0;
    for (size_t i = 0; i < links.count; i++) {
        while (q < rows->count && rows->items[q].id < links.items[i].question_id) q++;
        if (q == rows->count || rows->items[q].id != links.items[i].question_id) continue;
        char key[sizeof(int64_t) + HASH_BYTES];
        known_key(links.items[i].chunk_id, &rows->items[q].text_hash, key);
        map_add(ret, key, sizeof key, (uint32_t)q);
    }
    rows_release(&links);
    return true;
}

/* Ids of the set's questions, (questions): those that are there already, or 0. */
static int64_t *find_known(const QuestionSet *s, const Map *known, const QuestionRows *rows)
{
    int64_t *ids = mem_zero(s->questions.count + 1, sizeof *ids);
    for (size_t i = 0; i < s->links.count; i++) {
        SetLink link = s->links.items[i];
        Hash text = hash_text(s->questions.items[link.question].text);
        char key[sizeof(int64_t) + HASH_BYTES];
        known_key(s->chunks.items[link.chunk].known_id, &text, key);
        uint32_t at = map_get(known, key, sizeof key);
        if (at != MAP_NONE) ids[link.question] = rows->items[at].id;
    }
    return ids;
}

static bool write_questions(const Env *env, const char *path, const QuestionSet *s,
                            int64_t **ret_ids, ImportReport *r, Err *err)
{
    Map *known = map_new();
    QuestionRows rows = {0};
    bool ok = load_known(env, known, &rows, err);
    int64_t *ids = find_known(s, known, &rows);
    uint8_t *linked = mem_zero(s->questions.count + 1, 1);
    for (size_t i = 0; i < s->links.count; i++) linked[s->links.items[i].question] = 1;
    for (size_t q = 0; ok && q < s->questions.count; q++) {
        if (ids[q]) {
            r->questions_known++;
            continue;
        }
        if (!linked[q]) continue; /* answers nothing: cannot be trained on or tested with */
        QuestionRow row = {.key = s->questions.items[q].key,
                           .text = s->questions.items[q].text,
                           .origin = ORIGIN_IMPORT,
                           .source = file_name(path),
                           .status = QUESTION_ACCEPTED,
                           .split = s->questions.items[q].split,
                           .made_ms = clock_wall_ms()};
        ok = question_add(env->store, &row, &ids[q], err);
        r->questions_added++;
    }
    for (size_t i = 0; ok && i < s->links.count; i++) {
        SetLink link = s->links.items[i];
        ok = relevance_add(env->store, ids[link.question], s->chunks.items[link.chunk].known_id,
                           ORIGIN_IMPORT, err);
        r->links_added++;
    }
    free(linked);
    map_free(known);
    rows_release(&rows);
    *ret_ids = ids;
    return ok;
}

static int by_question(const void *a, const void *b)
{
    const CandidateRow *x = a, *y = b;
    if (x->question_id != y->question_id) return x->question_id < y->question_id ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* Negatives that the set brings are candidates of a mining called "import": to be reviewed, or
 * trained on. */
static bool write_negatives(const Env *env, const char *path, const QuestionSet *s,
                            const int64_t *ids, ImportReport *r, Err *err)
{
    if (s->negatives.count == 0) return true;
    VEC(CandidateRow) rows = {0};
    for (size_t i = 0; i < s->negatives.count; i++) {
        SetNegative n = s->negatives.items[i];
        if (!ids[n.question]) continue;
        vec_push(&rows, (CandidateRow){.question_id = ids[n.question],
                                       .chunk_id = s->chunks.items[n.chunk].known_id,
                                       .rank = (int64_t)i + 1,
                                       .score = n.score,
                                       .positive_score = 0,
                                       .margin = n.score});
    }
    if (rows.count == 0) return true;
    qsort(rows.items, rows.count, sizeof *rows.items, by_question);
    size_t kept = 0;
    int64_t rank = 0;
    for (size_t i = 0; i < rows.count; i++) {
        bool same = kept && rows.items[kept - 1].question_id == rows.items[i].question_id;
        bool twice = false;
        for (size_t k = kept;
             same && k > 0 && rows.items[k - 1].question_id == rows.items[i].question_id; k--)
            twice |= rows.items[k - 1].chunk_id == rows.items[i].chunk_id;
        if (twice) continue;
        rank = same ? rank + 1 : 1;
        rows.items[kept] = rows.items[i];
        rows.items[kept++].rank = rank;
    }
    Hash inputs = set_identity(s);
    MiningRow mining;
    bool ok =
        mining_begin(env->store, "import", &inputs, "{\"retriever\":\"import\"}", &mining, err) &&
        mining_add(env->store, mining.id, rows.items, kept, rows.items[kept - 1].question_id, err);
    char *report = str_format("{\"questions\":%zu,\"candidates\":%zu}", s->questions.count, kept);
    ok = ok && mining_finish(env->store, mining.id, report, err);
    free(report);
    r->negatives = kept;
    vec_release(&rows);
    (void)path;
    return ok;
}

static bool write_set(const Env *env, const char *path, const char *format, QuestionSet *s,
                      Split split, ImportReport *r, Err *err)
{
    int64_t *ids = NULL;
    if (!store_begin(env->store, err)) return false;
    bool ok = write_chunks(env, path, format, s, split, r, err) &&
              write_questions(env, path, s, &ids, r, err) && store_commit(env->store, err);
    if (!ok) store_rollback(env->store);
    ok = ok && (r->questions_added == 0 || write_negatives(env, path, s, ids, r, err));
    free(ids);
    return ok;
}

bool task_import(const Env *env, const ImportOptions *options, ImportReport *ret, Err *err)
{
    const ExchangeFormat *format = NULL;
    if (options->format) {
        format = exchange_find(options->format);
        if (!format || !format->read) return unknown_format(options->format, err);
    } else if (!guess(options->path, &format, err)) {
        return false;
    }
    progress_begin(env->progress, "import", "questions", 0);
    progress_say(env->progress, "%s", file_name(options->path));
    bool own_split = format->read == read_beir || format->read == read_quotes;
    Split split = options->split != SPLIT_NONE || own_split ? options->split : SPLIT_TRAIN;
    QuestionSet set;
    question_set_init(&set);
    ImportReport report = {.format = format->name};
    bool ok = format->read(env, options->path, split, &set, err);
    if (!ok && err->kind == ERR_FORMAT && !str_starts(err->message, options->path))
        err_prefix(err, "%s", options->path);
    if (ok && set.links.count == 0) {
        ok = err_set(err, ERR_FORMAT, "%s: there is no question with a chunk in it%s%s",
                     options->path, set.warnings[0] ? ": " : "", set.warnings);
    }
    ok = ok && write_set(env, options->path, format->name, &set, split, &report, err);
    if (ok) {
        report.failed = set.failed;
        memcpy(report.warnings, set.warnings, sizeof report.warnings);
        *ret = report;
    }
    question_set_release(&set);
    return ok;
}

bool task_export(const Env *env, const char *format, const ExportOptions *options, Err *err)
{
    const ExchangeFormat *f = exchange_find(format);
    if (!f || !f->write) return unknown_format(format, err);
    return f->write(env, options, err);
}
