#include "task/curate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "store/corpus.h"
#include "store/journal.h"
#include "store/mining.h"
#include "store/questions.h"
#include "text/words.h"

typedef VEC(Decision) Decisions;

static bool finish(const Env *env, bool ok, Err *err)
{
    if (ok) return store_commit(env->store, err);
    store_rollback(env->store);
    return false;
}

static bool load_chunks(const Env *env, const int64_t *ids, size_t count, ChunkRows *ret, Err *err)
{
    static const int ANY = 1 << CHUNK_LIVE | 1 << CHUNK_EXCLUDED | 1 << CHUNK_RETIRED;
    if (!chunks_load(env->store, &(ChunkQuery){.statuses = ANY, .ids = ids, .id_count = count}, ret,
                     err))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (size_t j = 0; j < ret->count && !found; j++) found = ret->items[j].id == ids[i];
        if (!found)
            return err_set(err, ERR_MISSING, "there is no chunk %lld; 'hone chunks' lists them",
                           (long long)ids[i]);
    }
    for (size_t i = 0; i < ret->count; i++)
        if (ret->items[i].status != CHUNK_LIVE)
            return err_set(err, ERR_USAGE, "chunk %lld is %s; only live chunks are worked on",
                           (long long)ret->items[i].id, chunk_status_name(ret->items[i].status));
    return true;
}

/* ---- questions ---- */

static bool is_blank(const char *text)
{
    size_t size = strlen(text);
    for (size_t at = 0; at < size;) {
        uint32_t code;
        at += utf8_next(text + at, size - at, &code);
        if (!utf8_is_space(code)) return false;
    }
    return true;
}

static bool has_question(const Env *env, int64_t chunk_id, const char *text, bool *ret, Err *err)
{
    QuestionRows rows = {0};
    if (!questions_load(env->store, &(QuestionQuery){.chunk_id = chunk_id}, &rows, err))
        return false;
    *ret = false;
    for (size_t i = 0; i < rows.count; i++) *ret = *ret || strcmp(rows.items[i].text, text) == 0;
    rows_release(&rows);
    return true;
}

static bool add_question(const Env *env, const QuestionRow *row, int64_t chunk_id, int64_t *ret_id,
                         Err *err)
{
    char label[64];
    bool known = false;
    if (!has_question(env, chunk_id, row->text, &known, err)) return false;
    if (known)
        return err_set(err, ERR_USAGE, "chunk %lld has this question already", (long long)chunk_id);
    if (!question_add(env->store, row, ret_id, err)) return false;
    snprintf(label, sizeof label, "add question %lld", (long long)*ret_id);
    const Decision decisions[] = {
        {.subject = "question.status", .subject_id = *ret_id, .value = "accepted"},
        {.subject = "relevance", .subject_id = *ret_id, .other_id = chunk_id, .value = "yes"},
    };
    return decide(env->store, decisions, 2, label, NULL, err);
}

bool curate_question_add(const Env *env, const char *text, int64_t chunk_id, Split split,
                         int64_t *ret_id, Err *err)
{
    Str clean = {0};
    ChunkRows chunks = {0};
    utf8_clean(text, strlen(text), &clean);
    bool ok = !is_blank(str_get(&clean)) ||
              err_set(err, ERR_USAGE, "the text of a question cannot be blank");
    ok = ok && load_chunks(env, &chunk_id, 1, &chunks, err);
    if (ok) {
        QuestionRow row = {.text = str_get(&clean),
                           .origin = ORIGIN_HUMAN,
                           .status = QUESTION_DELETED,
                           .split = split == SPLIT_NONE ? chunks.items[0].split : split,
                           .made_ms = clock_wall_ms()};
        ok = store_begin(env->store, err) &&
             finish(env, add_question(env, &row, chunk_id, ret_id, err), err);
    }
    rows_release(&chunks);
    str_release(&clean);
    return ok;
}

/* ---- what chunks pass on ---- */

static void replace(Decisions *out, int64_t old_id, int64_t new_id, int64_t question_id)
{
    vec_push(out, (Decision){.subject = "relevance",
                             .subject_id = question_id,
                             .other_id = new_id,
                             .value = "yes"});
    vec_push(out, (Decision){.subject = "relevance",
                             .subject_id = question_id,
                             .other_id = old_id,
                             .value = NULL});
}

/* Verdicts on the text of `old` are given to the chunk new_id too. A promoted one is a relevance,
 * which goes its own way. */
static void pass_verdicts(const VerdictRows *verdicts, const ChunkRow *old, int64_t new_id,
                          Decisions *out)
{
    for (size_t i = 0; i < verdicts->count; i++) {
        const VerdictRow *v = &verdicts->items[i];
        if (v->verdict == CANDIDATE_PROMOTED || !hash_equal(&v->text_hash, &old->text_hash))
            continue;
        vec_push(out, (Decision){.subject = "verdict",
                                 .subject_id = v->question_id,
                                 .other_id = new_id,
                                 .value = candidate_status_name(v->verdict)});
    }
}

static size_t char_bytes(const char *text, size_t characters)
{
    size_t size = strlen(text), at = 0;
    for (; characters > 0 && at < size; characters--) {
        uint32_t code;
        at += utf8_next(text + at, size - at, &code);
    }
    return at;
}

static bool is_edited(const ChunkRow *c)
{
    return !hash_equal(&c->text_hash, &c->source_hash) || c->char_end <= c->char_first;
}

/* ---- join ---- */

static int by_ordinal(const void *a, const void *b)
{
    const ChunkRow *x = a, *y = b;
    return x->ordinal != y->ordinal ? (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal)
                                    : (x->id > y->id) - (x->id < y->id);
}

/* Sorts the parts by their place; checks that they are of one document and split. */
static bool check_parts(ChunkRows *parts, Err *err)
{
    qsort(parts->items, parts->count, sizeof *parts->items, by_ordinal);
    for (size_t i = 1; i < parts->count; i++) {
        const ChunkRow *a = &parts->items[i - 1], *b = &parts->items[i];
        if (a->document_id != b->document_id)
            return err_set(err, ERR_USAGE, "chunks %lld and %lld are of different documents",
                           (long long)a->id, (long long)b->id);
        if (a->split != b->split)
            return err_set(err, ERR_USAGE, "chunks %lld and %lld are in different splits (%s, %s)",
                           (long long)a->id, (long long)b->id, split_name(a->split),
                           split_name(b->split));
    }
    return true;
}

/* No live chunk of the document may stand between the parts. */
static bool check_neighbours(const Env *env, const ChunkRows *parts, Err *err)
{
    ChunkRows all = {0};
    if (!chunks_load(env->store, &(ChunkQuery){.document_id = parts->items[0].document_id}, &all,
                     err))
        return false;
    if (all.count) qsort(all.items, all.count, sizeof *all.items, by_ordinal);
    bool ok = true;
    size_t at = 0;
    while (at < all.count && all.items[at].id != parts->items[0].id) at++;
    for (size_t i = 0; ok && i < parts->count; i++) {
        ok = at + i < all.count && all.items[at + i].id == parts->items[i].id;
        if (!ok)
            err_set(err, ERR_USAGE,
                    "chunk %lld does not follow chunk %lld: only neighbours are joined",
                    (long long)parts->items[i].id, (long long)parts->items[i ? i - 1 : 0].id);
    }
    rows_release(&all);
    return ok;
}

/* The text of the document that the parts cover, while none was edited and they touch. */
static bool slice_document(const Env *env, const ChunkRows *parts, Str *out, bool *ret_found,
                           Err *err)
{
    char *text = NULL;
    const ChunkRow *first = &parts->items[0], *last = &parts->items[parts->count - 1];
    *ret_found = false;
    for (size_t i = 0; i < parts->count; i++)
        if (is_edited(&parts->items[i])) return true;
    if (!document_text(env->store, first->document_id, &text, err)) return false;
    size_t from = text ? char_bytes(text, (size_t)first->char_first) : 0;
    size_t end =
        text ? from + char_bytes(text + from, (size_t)(last->char_end - first->char_first)) : 0;
    if (end > from) {
        str_add_bytes(out, text + from, end - from);
        *ret_found = true;
    }
    free(text);
    return true;
}

/* Else the texts one after the other, without what a part repeats of the one before. */
static void join_texts(const ChunkRows *parts, Str *out)
{
    for (size_t i = 0; i < parts->count; i++) {
        const char *text = parts->items[i].text;
        size_t overlap = char_bytes(text, (size_t)parts->items[i].overlap_chars);
        bool repeats = i > 0 && overlap > 0 && out->size >= overlap &&
                       memcmp(out->data + out->size - overlap, text, overlap) == 0;
        if (repeats) text += overlap;
        if (i > 0 && !repeats) str_add(out, "\n\n");
        str_add(out, text);
    }
}

static void join_key(const ChunkRows *parts, Str *out)
{
    for (size_t i = 0; i < parts->count; i++)
        str_addf(out, "%s%lld", i ? "+" : "", (long long)parts->items[i].id);
}

static ChunkRow joined_row(const ChunkRows *parts, const char *key, const char *text)
{
    const ChunkRow *first = &parts->items[0], *last = &parts->items[parts->count - 1];
    ChunkRow row = *first;
    row.key = key;
    row.text = text;
    row.source_hash = (Hash){0};
    row.char_end = last->char_end > row.char_first ? last->char_end : row.char_first;
    row.page_last = last->page_last > row.page_first ? last->page_last : row.page_first;
    for (size_t i = 1; i < parts->count; i++) row.tokens += parts->items[i].tokens;
    row.status = CHUNK_RETIRED; /* live by a decision */
    return row;
}

static bool join_decisions(const Env *env, const ChunkRows *parts, int64_t new_id, Decisions *out,
                           Err *err)
{
    RelevanceRows relevance = {0};
    VerdictRows verdicts = {0};
    bool ok =
        relevance_load(env->store, &relevance, err) && verdicts_load(env->store, &verdicts, err);
    vec_push(out, (Decision){.subject = "chunk.status", .subject_id = new_id, .value = "live"});
    for (size_t i = 0; ok && i < parts->count; i++) {
        int64_t id = parts->items[i].id;
        vec_push(out, (Decision){.subject = "chunk.status", .subject_id = id, .value = "excluded"});
        for (size_t j = 0; j < relevance.count; j++)
            if (relevance.items[j].chunk_id == id)
                replace(out, id, new_id, relevance.items[j].question_id);
        pass_verdicts(&verdicts, &parts->items[i], new_id, out);
    }
    rows_release(&relevance);
    rows_release(&verdicts);
    return ok;
}

static bool join(const Env *env, const ChunkRows *parts, int64_t *ret_id, Err *err)
{
    Str text = {0}, key = {0}, label = {0};
    Decisions decisions = {0};
    bool sliced;
    bool ok = slice_document(env, parts, &text, &sliced, err);
    if (ok && !sliced) join_texts(parts, &text);
    join_key(parts, &key);
    str_addf(&label, "join chunks %s", str_get(&key));
    if (ok) {
        ChunkRow row = joined_row(parts, str_get(&key), str_get(&text));
        ok = chunk_add(env->store, &row, ret_id, err) &&
             join_decisions(env, parts, *ret_id, &decisions, err) &&
             decide(env->store, decisions.items, decisions.count, str_get(&label), NULL, err);
    }
    vec_release(&decisions);
    str_release(&text);
    str_release(&key);
    str_release(&label);
    return ok;
}

bool curate_chunk_join(const Env *env, const int64_t *ids, size_t count, int64_t *ret_id, Err *err)
{
    ChunkRows parts = {0};
    int64_t id = 0;
    if (count < 2) return err_set(err, ERR_USAGE, "to join takes two chunks or more");
    if (!store_begin(env->store, err)) return false;
    bool ok = load_chunks(env, ids, count, &parts, err);
    if (ok && parts.count < count) ok = err_set(err, ERR_USAGE, "a chunk is named twice");
    ok = ok && check_parts(&parts, err) && check_neighbours(env, &parts, err) &&
         join(env, &parts, &id, err);
    rows_release(&parts);
    if (!finish(env, ok, err)) return false;
    *ret_id = id;
    return true;
}

/* ---- split ---- */

static bool is_space_at(const char *text, size_t at)
{
    uint32_t code;
    utf8_next(text + at, strlen(text + at), &code);
    return utf8_is_space(code);
}

/* Cuts text after `at` characters into two halves without blanks at the cut; the second begins at
 * character *ret_begin. */
static bool halve(const ChunkRow *c, size_t at, char *halves[2], size_t *ret_begin, size_t *ret_end,
                  Err *err)
{
    size_t size = strlen(c->text), cut = char_bytes(c->text, at);
    size_t end = cut, begin = cut;
    while (end > 0 && is_space_at(c->text, utf8_back(c->text, end))) end = utf8_back(c->text, end);
    while (begin < size && is_space_at(c->text, begin)) {
        uint32_t code;
        begin += utf8_next(c->text + begin, size - begin, &code);
    }
    if (end == 0 || begin == size)
        return err_set(err, ERR_USAGE,
                       "chunk %lld has %zu characters: a cut after %zu leaves one part empty",
                       (long long)c->id, utf8_count(c->text, size), at);
    halves[0] = mem_strndup(c->text, end);
    halves[1] = mem_strdup(c->text + begin);
    *ret_end = utf8_count(c->text, end);
    *ret_begin = utf8_count(c->text, begin);
    return true;
}

static Map *word_set(const char *text)
{
    Words words = {0};
    Map *set = map_new();
    words_split(text, strlen(text), &words);
    for (size_t i = 0; i < words.words.count; i++)
        map_put(set, words.folded.data + words.words.items[i].at, words.words.items[i].size, 1);
    words_release(&words);
    return set;
}

/* How many of the question's words, those that name something, are in the set. */
static size_t shared(const Map *question, const Map *part)
{
    size_t count = 0;
    for (size_t i = 0; i < map_count(question); i++) {
        size_t size;
        const char *word = map_key(question, i, &size);
        count += !word_is_function(word, size) && map_get(part, word, size) != MAP_NONE;
    }
    return count;
}

static bool split_decisions(const Env *env, const ChunkRow *old, char *const halves[2],
                            const int64_t ids[2], Decisions *out, Err *err)
{
    QuestionRows questions = {0};
    VerdictRows verdicts = {0};
    Map *sets[2] = {word_set(halves[0]), word_set(halves[1])};
    bool ok = questions_load(env->store, &(QuestionQuery){.chunk_id = old->id}, &questions, err) &&
              verdicts_load(env->store, &verdicts, err);
    vec_push(out, (Decision){.subject = "chunk.status", .subject_id = ids[0], .value = "live"});
    vec_push(out, (Decision){.subject = "chunk.status", .subject_id = ids[1], .value = "live"});
    vec_push(out,
             (Decision){.subject = "chunk.status", .subject_id = old->id, .value = "excluded"});
    for (size_t i = 0; ok && i < questions.count; i++) {
        Map *words = word_set(questions.items[i].text);
        size_t first = shared(words, sets[0]), second = shared(words, sets[1]);
        if (first >= second) replace(out, old->id, ids[0], questions.items[i].id);
        if (second >= first) replace(out, old->id, ids[1], questions.items[i].id);
        map_free(words);
    }
    for (int i = 0; ok && i < 2; i++) pass_verdicts(&verdicts, old, ids[i], out);
    map_free(sets[0]);
    map_free(sets[1]);
    rows_release(&questions);
    rows_release(&verdicts);
    return ok;
}

/* Adds half `which`; begin, end: its characters within the old text. */
static bool add_half(const Env *env, const ChunkRow *old, int which, const char *text, size_t begin,
                     size_t end, int64_t *ret_id, Err *err)
{
    char key[64];
    size_t all = utf8_count(old->text, strlen(old->text));
    ChunkRow row = *old;
    snprintf(key, sizeof key, "%lld/%d", (long long)old->id, which + 1);
    row.key = key;
    row.text = text;
    row.source_hash = (Hash){0};
    row.status = CHUNK_RETIRED; /* live by a decision */
    row.tokens =
        all ? (int64_t)((double)old->tokens * (double)(end - begin) / (double)all + 0.5) : 0;
    if (which == 1) row.overlap_chars = 0;
    if (!is_edited(old)) {
        row.char_end = old->char_first + (int64_t)end;
        row.char_first = old->char_first + (int64_t)begin;
    }
    return chunk_add(env->store, &row, ret_id, err);
}

static bool split(const Env *env, const ChunkRow *old, size_t at, int64_t ids[2], Err *err)
{
    char *halves[2] = {NULL, NULL}, label[64];
    size_t begin = 0, end = 0;
    Decisions decisions = {0};
    snprintf(label, sizeof label, "split chunk %lld", (long long)old->id);
    bool ok = halve(old, at, halves, &begin, &end, err) &&
              add_half(env, old, 0, halves[0], 0, end, &ids[0], err) &&
              add_half(env, old, 1, halves[1], begin, utf8_count(old->text, strlen(old->text)),
                       &ids[1], err) &&
              split_decisions(env, old, halves, ids, &decisions, err) &&
              decide(env->store, decisions.items, decisions.count, label, NULL, err);
    free(halves[0]);
    free(halves[1]);
    vec_release(&decisions);
    return ok;
}

bool curate_chunk_split(const Env *env, int64_t id, size_t at, int64_t ret_ids[2], Err *err)
{
    ChunkRows rows = {0};
    int64_t ids[2] = {0, 0};
    if (!store_begin(env->store, err)) return false;
    bool ok = load_chunks(env, &id, 1, &rows, err) && split(env, &rows.items[0], at, ids, err);
    rows_release(&rows);
    if (!finish(env, ok, err)) return false;
    memcpy(ret_ids, ids, sizeof ids);
    return true;
}
