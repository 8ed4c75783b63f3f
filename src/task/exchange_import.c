/* A question set into the project. The set's chunks are one document, known again by its name and
 * a hash of its chunks: the same chunks with more questions add the questions only. What people
 * have done to it since (chunks joined, edited or taken out, links taken back, questions reworded)
 * stays as it is. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/journal.h"
#include "task/exchange_set.h"
#include "text/sentences.h"

#define STEP 1024 /* rows between two looks at the cancel flag */

typedef struct Import {
    const Env *env;
    const char *format;
    char *name; /* of the file or folder */
    Split asked;
    QuestionSet *set;
    ImportReport *report;
    bool *live;           /* (chunks) in the project and searched */
    int64_t *question;    /* (questions) ids, 0: left out */
    bool *was_known;      /* (questions) */
    Map *documents;       /* ids of those that were there before and hold chunks of the set */
    size_t written, gone; /* gone: chunks that the document no longer has */
} Import;

static bool step(Import *m, Err *err)
{
    if (++m->written % STEP != 0) return true;
    progress_update(m->env->progress, m->written);
    return cancel_check(m->env->cancel, err);
}

/* The last part of a path, whatever slashes end it. */
static char *name_of(const char *path)
{
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/') size--;
    char *bare = mem_strndup(path, size), *name = mem_strdup(file_name(bare));
    free(bare);
    return name;
}

static Hash chunks_identity(const QuestionSet *s)
{
    HashBuilder *b = hash_begin();
    for (size_t i = 0; i < s->chunks.count; i++) {
        hash_add_text(b, s->chunks.items[i].key);
        hash_add_text(b, s->chunks.items[i].title);
        hash_add_text(b, s->chunks.items[i].text);
    }
    return hash_end(b);
}

/* ---- the document ---- */

/* The split of all chunks, or none and blocks where they differ or the questions alone have one. */
static void document_split(const QuestionSet *s, DocumentRow *row)
{
    Split first = s->chunks.items[0].split;
    bool same = first != SPLIT_NONE;
    for (size_t i = 1; i < s->chunks.count; i++) same = same && s->chunks.items[i].split == first;
    row->split = same ? first : SPLIT_NONE;
    row->by_blocks = !same;
}

/* Finds the set's document or makes it. *ret_emptied: it is there, but was taken out. */
static bool find_document(Import *m, int64_t *ret_id, bool *ret_emptied, Err *err)
{
    char hex[HASH_HEX_SIZE];
    Hash identity = chunks_identity(m->set);
    hash_hex(&identity, hex);
    char *key = str_format("import:%s:%s", m->name, hex);
    DocumentRows found = {0};
    bool ok = document_find(m->env->store, key, &found, err);
    if (ok && found.count) {
        *ret_id = found.items[0].id;
        *ret_emptied = found.items[0].chunks == 0;
        map_put(m->documents, ret_id, sizeof *ret_id, 0);
    } else if (ok) {
        DocumentRow row = {.key = key,
                           .title = m->name,
                           .format = m->format,
                           .file_hash = identity,
                           .added_ms = clock_wall_ms()};
        document_split(m->set, &row);
        ok = document_put(m->env->store, &row, ret_id, err);
        *ret_emptied = true;
    }
    rows_release(&found);
    free(key);
    return ok;
}

/* ---- chunks ---- */

static void chunk_id(const char *key, const Hash *source, Str *out)
{
    str_clear(out);
    str_add_bytes(out, (const char *)source->bytes, HASH_BYTES);
    if (key) str_add(out, key);
}

/* A chunk that the document has: by its key and the text that it came with, edited or not. */
static bool match_chunk(Import *m, size_t c, const ChunkRow *row, bool emptied, Err *err)
{
    SetChunk *chunk = &m->set->chunks.items[c];
    chunk->known_id = row->id;
    m->live[c] = row->status == CHUNK_LIVE;
    m->report->chunks_known++;
    if (!emptied || row->status != CHUNK_RETIRED) {
        chunk->split = row->split;
        return true;
    }
    ChunkRow where = *row;
    where.split = chunk->split;
    m->live[c] = true;
    return chunk_place(m->env->store, row->id, &where, err);
}

static bool add_chunk(Import *m, size_t c, int64_t document, Err *err)
{
    SetChunk *chunk = &m->set->chunks.items[c];
    ChunkRow row = {.document_id = document,
                    .key = chunk->key,
                    .ordinal = (int64_t)c,
                    .text = chunk->text,
                    .own_title = chunk->title,
                    .heading = "",
                    .tokens = (int64_t)token_count(chunk->text, strlen(chunk->text)),
                    .split = chunk->split,
                    .status = CHUNK_LIVE};
    m->live[c] = true;
    m->report->chunks_added++;
    return chunk_add(m->env->store, &row, &chunk->known_id, err) && step(m, err);
}

static bool load_chunks(Import *m, int64_t document, ChunkRows *ret, Map **ret_places, Err *err)
{
    ChunkQuery query = {.document_id = document, .statuses = (1 << CHUNK_STATUS_COUNT) - 1};
    if (!chunks_load(m->env->store, &query, ret, err)) return false;
    Str id = {0};
    Map *places = map_new();
    for (size_t i = 0; i < ret->count; i++) {
        chunk_id(ret->items[i].key, &ret->items[i].source_hash, &id);
        map_add(places, str_get(&id), id.size, (uint32_t)i);
    }
    str_release(&id);
    *ret_places = places;
    return true;
}

/* All chunks of the set's own document. */
static bool write_own_chunks(Import *m, Err *err)
{
    int64_t document = 0;
    bool emptied = false;
    ChunkRows rows = {0};
    Map *places = NULL;
    Str id = {0};
    bool ok =
        find_document(m, &document, &emptied, err) && load_chunks(m, document, &rows, &places, err);
    for (size_t c = 0; ok && c < m->set->chunks.count; c++) {
        const SetChunk *chunk = &m->set->chunks.items[c];
        Hash text = hash_text(chunk->text);
        chunk_id(chunk->key, &text, &id);
        uint32_t at = map_get(places, str_get(&id), id.size);
        if (at != MAP_NONE)
            ok = match_chunk(m, c, &rows.items[at], emptied, err);
        else if (emptied)
            ok = add_chunk(m, c, document, err);
        else
            m->gone++;
    }
    str_release(&id);
    map_free(places);
    rows_release(&rows);
    return ok;
}

/* A set has chunks of its own, or names chunks of the project: no format does both. */
static bool write_chunks(Import *m, Err *err)
{
    const QuestionSet *s = m->set;
    if (s->chunks.items[0].known_id == 0) return write_own_chunks(m, err);
    for (size_t c = 0; c < s->chunks.count; c++) {
        assert(s->chunks.items[c].known_id);
        m->live[c] = true;
        map_put(m->documents, &s->chunks.items[c].document_id, sizeof(int64_t), 0);
    }
    m->report->chunks_known = s->chunks.count;
    return true;
}

/* ---- questions known again: the same key, or text, with a positive in the same document ---- */

static void question_id(int64_t document, const char *key, const Hash *text, Str *out)
{
    str_clear(out);
    str_add_bytes(out, (const char *)&document, sizeof document);
    str_add_char(out, key ? 'k' : 't');
    if (key)
        str_add(out, key);
    else
        str_add_bytes(out, (const char *)text->bytes, HASH_BYTES);
}

/* Chunk id → place of its document in m->documents. */
static bool load_places(Import *m, Map *ret, Err *err)
{
    bool ok = true;
    for (size_t d = 0; ok && d < map_count(m->documents); d++) {
        ChunkQuery query = {.statuses = (1 << CHUNK_STATUS_COUNT) - 1};
        memcpy(&query.document_id, map_key(m->documents, d, NULL), sizeof query.document_id);
        ChunkRows rows = {0};
        ok = chunks_load(m->env->store, &query, &rows, err);
        for (size_t c = 0; ok && c < rows.count; c++)
            map_put(ret, &rows.items[c].id, sizeof rows.items[c].id, (uint32_t)d);
        rows_release(&rows);
    }
    return ok;
}

static void list_question(const QuestionRow *row, size_t q, int64_t document, Map *ret)
{
    Str id = {0};
    question_id(document, NULL, &row->text_hash, &id);
    map_add(ret, str_get(&id), id.size, (uint32_t)q);
    if (row->key) {
        question_id(document, row->key, NULL, &id);
        map_add(ret, str_get(&id), id.size, (uint32_t)q);
    }
    str_release(&id);
}

static int64_t document_at(const Import *m, size_t d)
{
    int64_t id;
    memcpy(&id, map_key(m->documents, d, NULL), sizeof id);
    return id;
}

/* Questions of those documents → their row, by key and by text. Both lists are by question id. One
 * of this file whose links were all taken back belongs there too. */
static void list_known(const Import *m, const Map *places, const QuestionRows *questions,
                       const RelevanceRows *links, Map *ret)
{
    for (size_t q = 0, r = 0; q < questions->count; q++) {
        const QuestionRow *row = &questions->items[q];
        while (r < links->count && links->items[r].question_id < row->id) r++;
        bool linked = r < links->count && links->items[r].question_id == row->id;
        for (; r < links->count && links->items[r].question_id == row->id; r++) {
            int64_t chunk = links->items[r].chunk_id;
            uint32_t d = map_get(places, &chunk, sizeof chunk);
            if (d != MAP_NONE) list_question(row, q, document_at(m, d), ret);
        }
        bool bare = !linked && row->source && strcmp(row->source, m->name) == 0;
        for (size_t d = 0; bare && d < map_count(m->documents); d++)
            list_question(row, q, document_at(m, d), ret);
    }
}

static void find_known(Import *m, const Map *places, const Map *known, const QuestionRows *rows)
{
    const QuestionSet *s = m->set;
    Str id = {0};
    for (size_t i = 0; i < s->links.count; i++) {
        SetLink link = s->links.items[i];
        const SetQuestion *question = &s->questions.items[link.question];
        int64_t chunk = s->chunks.items[link.chunk].known_id;
        uint32_t d = chunk ? map_get(places, &chunk, sizeof chunk) : MAP_NONE;
        if (d == MAP_NONE && map_count(m->documents) == 1 && !chunk) d = 0; /* since taken out */
        if (d == MAP_NONE || m->question[link.question]) continue;
        int64_t document = document_at(m, d);
        uint32_t at = MAP_NONE;
        if (question->key) {
            question_id(document, question->key, NULL, &id);
            at = map_get(known, str_get(&id), id.size);
        }
        if (at == MAP_NONE) {
            Hash text = hash_text(question->text);
            question_id(document, NULL, &text, &id);
            at = map_get(known, str_get(&id), id.size);
        }
        if (at == MAP_NONE) continue;
        m->question[link.question] = rows->items[at].id;
        m->was_known[link.question] = true;
        m->report->questions_known++;
    }
    str_release(&id);
}

static bool know_again(Import *m, Err *err)
{
    if (map_count(m->documents) == 0) return true;
    QuestionRows questions = {0};
    RelevanceRows links = {0};
    Map *places = map_new(), *known = map_new();
    bool ok = load_places(m, places, err) &&
              questions_load(m->env->store, &(QuestionQuery){0}, &questions, err) &&
              relevance_load(m->env->store, &links, err);
    if (ok) {
        list_known(m, places, &questions, &links, known);
        find_known(m, places, known, &questions);
    }
    map_free(known);
    map_free(places);
    rows_release(&links);
    rows_release(&questions);
    return ok;
}

/* ---- questions and links ---- */

static bool add_question(Import *m, size_t q, Split split, Err *err)
{
    const SetQuestion *question = &m->set->questions.items[q];
    QuestionRow row = {.key = question->key,
                       .text = question->text,
                       .origin = ORIGIN_IMPORT,
                       .source = m->name,
                       .status = QUESTION_ACCEPTED,
                       .split = split,
                       .made_ms = clock_wall_ms()};
    m->report->questions_added++;
    return question_add(m->env->store, &row, &m->question[q], err) && step(m, err);
}

/* A question that is new gets the split of its first chunk where that was in the project before:
 * else it would ask from one split about a text of another. */
static bool write_questions(Import *m, Err *err)
{
    QuestionSet *s = m->set;
    const SetChunk **first = mem_zero(s->questions.count + 1, sizeof *first);
    for (size_t i = s->links.count; i-- > 0;) {
        const SetChunk *chunk = &s->chunks.items[s->links.items[i].chunk];
        if (chunk->known_id) first[s->links.items[i].question] = chunk;
    }
    bool ok = true, was_there = map_count(m->documents) > 0;
    size_t unlinked = 0, moved = 0;
    for (size_t q = 0; ok && q < s->questions.count; q++) {
        if (m->question[q]) continue;
        Split split = s->questions.items[q].split;
        if (!first[q]) {
            unlinked++;
            continue;
        }
        if (was_there && first[q]->split != SPLIT_NONE && first[q]->split != split) {
            moved += m->asked != SPLIT_NONE;
            split = first[q]->split;
        }
        ok = add_question(m, q, split, err);
    }
    free(first);
    if (unlinked) set_warn(s, "%zu questions without a chunk were left out", unlinked);
    if (moved)
        set_warn(s, "%zu questions took the split of their chunks, not %s: move the document",
                 moved, split_name(m->asked));
    return ok;
}

/* Links that people took back, and not given again since. */
static bool load_refused(Import *m, Map *ret, Err *err)
{
    JournalRows rows = {0};
    if (!journal_load(m->env->store, 0, &rows, err)) return false;
    for (size_t i = 0; i < rows.count; i++) {
        const JournalRow *j = &rows.items[i];
        if (j->undone || strcmp(j->subject, "relevance") != 0) continue;
        IdPair pair = {j->subject_id, j->other_id};
        map_put(ret, &pair, sizeof pair, j->new_value == NULL);
    }
    rows_release(&rows);
    return true;
}

/* Pair → 1 for those that must not be written: there already, or taken back. */
static bool load_pairs(Import *m, Map *ret, Err *err)
{
    RelevanceRows rows = {0};
    if (m->report->questions_known == 0) return true;
    if (!load_refused(m, ret, err) || !relevance_load(m->env->store, &rows, err)) return false;
    for (size_t i = 0; i < rows.count; i++) {
        IdPair pair = {rows.items[i].question_id, rows.items[i].chunk_id};
        map_put(ret, &pair, sizeof pair, 1);
    }
    rows_release(&rows);
    return true;
}

static bool write_links(Import *m, Err *err)
{
    const QuestionSet *s = m->set;
    Map *pairs = map_new();
    bool ok = load_pairs(m, pairs, err);
    for (size_t i = 0; ok && i < s->links.count; i++) {
        SetLink link = s->links.items[i];
        IdPair pair = {m->question[link.question], s->chunks.items[link.chunk].known_id};
        if (!pair.question || !pair.chunk) continue;
        /* a chunk that is no longer searched was replaced, and its questions went with that */
        if (m->was_known[link.question] && !m->live[link.chunk]) continue;
        if (map_get(pairs, &pair, sizeof pair) == 1) continue;
        ok = relevance_add(m->env->store, pair.question, pair.chunk, ORIGIN_IMPORT, err) &&
             step(m, err);
        m->report->links_added++;
    }
    map_free(pairs);
    return ok;
}

/* ---- the whole ---- */

/* Negatives are given with a question that is new: those of known ones were reviewed since, or were
 * replaced by mining. */
static bool write_negatives(Import *m, Err *err)
{
    size_t count = m->set->questions.count;
    int64_t *fresh = mem_zero(count + 1, sizeof *fresh);
    for (size_t q = 0; q < count; q++)
        if (!m->was_known[q]) fresh[q] = m->question[q];
    bool ok = set_write_negatives(m->env, m->set, fresh, m->live, &m->report->negatives, err);
    free(fresh);
    return ok;
}

static bool write_all(Import *m, Err *err)
{
    if (!write_chunks(m, err) || !know_again(m, err) || !write_questions(m, err) ||
        !write_links(m, err) || !write_negatives(m, err))
        return false;
    if (m->gone)
        set_warn(m->set, "%zu chunks were joined, split or taken out since and stay so", m->gone);
    return true;
}

bool set_write(const Env *env, const char *path, const char *format, Split split, QuestionSet *s,
               ImportReport *report, Err *err)
{
    Import m = {.env = env,
                .format = format,
                .name = name_of(path),
                .asked = split,
                .set = s,
                .report = report,
                .live = mem_zero(s->chunks.count + 1, sizeof *m.live),
                .question = mem_zero(s->questions.count + 1, sizeof *m.question),
                .was_known = mem_zero(s->questions.count + 1, sizeof *m.was_known),
                .documents = map_new()};
    progress_begin(env->progress, "import", "entries",
                   s->chunks.count + s->questions.count + s->links.count);
    bool ok = store_begin(env->store, err);
    if (ok) {
        ok = write_all(&m, err) && store_commit(env->store, err);
        if (!ok) store_rollback(env->store);
    }
    map_free(m.documents);
    free(m.was_known);
    free(m.question);
    free(m.live);
    free(m.name);
    return ok;
}
