#include "task/exchange_set.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/utf8.h"
#include "text/encoding.h"
#include "text/json_scan.h"

void question_set_init(QuestionSet *s)
{
    *s = (QuestionSet){.chunk_keys = map_new(), .question_keys = map_new()};
}

void question_set_release(QuestionSet *s)
{
    vec_release(&s->chunks);
    vec_release(&s->questions);
    vec_release(&s->links);
    vec_release(&s->negatives);
    map_free(s->chunk_keys);
    map_free(s->question_keys);
    arena_release(&s->arena);
    *s = (QuestionSet){0};
}

void set_warn(QuestionSet *s, const char *format, ...)
{
    size_t at = strlen(s->warnings);
    if (at + 80 > sizeof s->warnings) return;
    va_list args;
    va_start(args, format);
    if (at) at += (size_t)snprintf(s->warnings + at, sizeof s->warnings - at, "; ");
    vsnprintf(s->warnings + at, sizeof s->warnings - at, format, args);
    va_end(args);
    utf8_line(s->warnings);
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/* The key of an entry: its own, or its text marked so that the two kinds cannot meet. */
static char *entry_key(const char *key, const char *text)
{
    return key ? str_format("k%s", key) : str_format("t%s", text);
}

static bool same_text(const char *kind, const char *where, const char *key, const char *old,
                      const char *text, Err *err)
{
    return strcmp(old, text) == 0 ||
           err_set(err, ERR_FORMAT, "%s: the %s id '%s' stands there twice with different texts",
                   where, kind, key);
}

uint32_t set_chunk(QuestionSet *s, const char *where, const char *key, const char *title,
                   const char *text, Split split, Err *err)
{
    if (is_blank(text)) {
        set_warn(s, "%s: a blank chunk text was left out", where);
        return SET_NONE;
    }
    char *id = entry_key(key, text);
    uint32_t fresh = (uint32_t)s->chunks.count, at = map_add(s->chunk_keys, id, strlen(id), fresh);
    free(id);
    if (at != fresh)
        return same_text("chunk", where, key ? key : "", s->chunks.items[at].text, text, err)
                   ? at
                   : SET_BROKEN;
    vec_push(&s->chunks,
             (SetChunk){.key = arena_strdup(&s->arena, key),
                        .title = title && !is_blank(title) ? arena_strdup(&s->arena, title) : NULL,
                        .text = arena_strdup(&s->arena, text),
                        .split = split});
    return at;
}

uint32_t set_question(QuestionSet *s, const char *where, const char *key, const char *text,
                      Split split, Err *err)
{
    if (is_blank(text)) {
        set_warn(s, "%s: a blank question was left out", where);
        return SET_NONE;
    }
    char *id = entry_key(key, text);
    uint32_t fresh = (uint32_t)s->questions.count,
             at = map_add(s->question_keys, id, strlen(id), fresh);
    free(id);
    if (at != fresh)
        return same_text("question", where, key ? key : "", s->questions.items[at].text, text, err)
                   ? at
                   : SET_BROKEN;
    vec_push(&s->questions, (SetQuestion){.key = arena_strdup(&s->arena, key),
                                          .text = arena_strdup(&s->arena, text),
                                          .split = split});
    return at;
}

void set_link(QuestionSet *s, uint32_t question, uint32_t chunk)
{
    if (question >= SET_BROKEN || chunk >= SET_BROKEN) return;
    vec_push(&s->links, (SetLink){question, chunk});
}

void set_negative(QuestionSet *s, uint32_t question, uint32_t chunk, const cJSON *score)
{
    if (question >= SET_BROKEN || chunk >= SET_BROKEN) return;
    bool has = cJSON_IsNumber(score) && isfinite(score->valuedouble);
    vec_push(&s->negatives, (SetNegative){question, chunk, has ? score->valuedouble : 0, has});
}

/* ---- JSON and lines ---- */

bool set_read(const char *path, Str *out, Err *err)
{
    Str bytes = {0};
    const char *encoding;
    if (!file_read(path, SET_FILE_LIMIT_BYTES, &bytes, err)) return false;
    bool ok = bytes.size > 0 || err_set(err, ERR_FORMAT, "the file is empty");
    ok = ok && encoding_decode(bytes.data, bytes.size, out, &encoding, err);
    str_release(&bytes);
    return ok || err_prefix(err, "%s", path);
}

static cJSON *parse(const char *text, size_t size, Err *err)
{
    size_t at = json_skip_blanks(text, size, 0), end = 0;
    if (at >= size) {
        err_set(err, ERR_FORMAT, "there is no JSON in it");
        return NULL;
    }
    if (!json_skip(text, size, at, &end, err)) return NULL;
    if (json_skip_blanks(text, size, end) < size) {
        err_set(err, ERR_FORMAT, "line %zu: something stands behind the end of the JSON value",
                json_line(text, end));
        return NULL;
    }
    Str tame = {0};
    json_tame(text + at, end - at, &tame);
    const char *stopped = NULL;
    cJSON *j = cJSON_ParseWithLengthOpts(str_get(&tame), tame.size, &stopped, false);
    if (!j) {
        size_t offset = stopped ? (size_t)(stopped - str_get(&tame)) : 0;
        err_set(err, ERR_FORMAT, "line %zu: not valid JSON", json_line(str_get(&tame), offset));
    }
    str_release(&tame);
    return j;
}

cJSON *set_json(const char *path, const char *text, size_t size, Err *err)
{
    cJSON *j = parse(text, size, err);
    if (!j) err_prefix(err, "%s", path);
    return j;
}

/* The object on one line; NULL with a message that names the line. */
static cJSON *parse_line(const char *path, size_t number, const char *line, size_t size, Err *err)
{
    Err own = {0};
    cJSON *j = parse(line, size, &own);
    if (j && cJSON_IsObject(j)) return j;
    const char *why = j ? "a line of this format is an object { … }" : own.message;
    if (str_starts(why, "line 1: ")) why += strlen("line 1: ");
    err_set(err, j ? ERR_FORMAT : own.kind, "%s, line %zu: %s", path, number, why);
    cJSON_Delete(j);
    return NULL;
}

bool set_each_line(const Env *env, const char *path, const char *name, QuestionSet *s, Split split,
                   SetLineReader *read, void *context, Err *err)
{
    Str text = {0};
    bool ok = set_read(path, &text, err);
    size_t number = 0;
    for (size_t at = 0; ok && at < text.size;) {
        const char *line = text.data + at, *end = memchr(line, '\n', text.size - at);
        size_t size = end ? (size_t)(end - line) : text.size - at;
        at += size + 1;
        number++;
        if (json_skip_blanks(line, size, 0) >= size) continue;
        char where[320];
        snprintf(where, sizeof where, "%.250s%sline %zu", name ? name : "", name ? ", " : "",
                 number);
        cJSON *j = parse_line(path, number, line, size, err);
        ok = j && read(s, where, j, split, context, err) && cancel_check(env->cancel, err);
        cJSON_Delete(j);
    }
    str_release(&text);
    return ok;
}

const cJSON *set_member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

const cJSON *set_one_of(const cJSON *object, const char *const *names)
{
    for (; *names; names++) {
        const cJSON *item;
        cJSON_ArrayForEach(item, object)
        {
            if (item->string && strcasecmp(item->string, *names) == 0 && !cJSON_IsNull(item))
                return item;
        }
    }
    return NULL;
}

const char *set_text(const cJSON *value, char scratch[32])
{
    if (cJSON_IsString(value)) return value->valuestring;
    if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble)) return NULL;
    snprintf(scratch, 32, "%.15g", value->valuedouble);
    return scratch;
}

/* Calls for each string of a value that is one or a list of them. */
static bool each_text(const char *where, const char *name, const cJSON *value, Err *err)
{
    if (cJSON_IsString(value)) return true;
    bool ok = cJSON_IsArray(value);
    const cJSON *item;
    if (ok) cJSON_ArrayForEach(item, value) ok = ok && cJSON_IsString(item);
    return ok || err_set(err, ERR_FORMAT, "%s: \"%s\" is neither a string nor a list of strings",
                         where, name);
}

/* The i-th text of a value that each_text accepted; NULL past the last. */
static const char *text_at(const cJSON *value, const cJSON **item)
{
    if (cJSON_IsString(value)) {
        const char *text = *item ? NULL : value->valuestring;
        *item = value;
        return text;
    }
    *item = *item ? (*item)->next : value->child;
    return *item ? (*item)->valuestring : NULL;
}

bool set_positives(QuestionSet *s, const char *where, uint32_t question, const cJSON *value,
                   Split split, Err *err)
{
    if (!each_text(where, value && value->string ? value->string : "pos", value, err)) return false;
    const cJSON *item = NULL;
    for (const char *text; (text = text_at(value, &item));) {
        uint32_t chunk = set_chunk(s, where, NULL, NULL, text, split, err);
        if (chunk == SET_BROKEN) return false;
        set_link(s, question, chunk);
    }
    return true;
}

bool set_negatives(QuestionSet *s, const char *where, uint32_t question, const cJSON *value,
                   const cJSON *scores, Split split, Err *err)
{
    if (!value || cJSON_IsNull(value)) return true;
    if (!each_text(where, value->string ? value->string : "neg", value, err)) return false;
    const cJSON *item = NULL, *score = cJSON_IsArray(scores) ? scores->child : scores;
    for (const char *text; (text = text_at(value, &item));) {
        uint32_t chunk = set_chunk(s, where, NULL, NULL, text, split, err);
        if (chunk == SET_BROKEN) return false;
        set_negative(s, question, chunk, score);
        if (score) score = score->next;
    }
    return true;
}

/* ---- out ---- */

static bool load_extra(const Env *env, OutPicture *p, const CandidateRows *rows, const Map *row_of,
                       Err *err)
{
    VEC(int64_t) ids = {0};
    Map *seen = map_new();
    for (size_t i = 0; i < rows->count; i++) {
        int64_t id = rows->items[i].chunk_id;
        if (map_get(row_of, &id, sizeof id) == MAP_NONE && map_put(seen, &id, sizeof id, 1))
            vec_push(&ids, id);
    }
    ChunkQuery query = {
        .statuses = (1 << CHUNK_STATUS_COUNT) - 1, .ids = ids.items, .id_count = ids.count};
    bool ok = ids.count == 0 || chunks_load(env->store, &query, &p->extra, err);
    map_free(seen);
    vec_release(&ids);
    return ok;
}

static bool add_negatives(const Env *env, OutPicture *p, Err *err)
{
    CandidateRows rows = {0};
    CandidateQuery query = {.statuses = 1 << CANDIDATE_KEPT | 1 << CANDIDATE_PENDING};
    if (!candidates_load(env->store, &query, &rows, err)) return false;
    Map *row_of = map_new();
    for (size_t c = 0; c < p->data.chunks.count; c++)
        map_put(row_of, &p->data.chunks.items[c].id, sizeof(int64_t), (uint32_t)c);
    bool ok = load_extra(env, p, &rows, row_of, err);
    for (size_t c = 0; ok && c < p->extra.count; c++) {
        map_put(row_of, &p->extra.items[c].id, sizeof(int64_t),
                (uint32_t)(p->data.chunks.count + c));
    }
    VEC(OutNegative) list = {0};
    size_t at = 0;
    for (size_t q = 0; ok && q < p->data.questions.count; q++) {
        int64_t id = p->data.questions.items[q].id;
        p->positive_score[q] = NAN;
        while (at < rows.count && rows.items[at].question_id < id) at++;
        for (; at < rows.count && rows.items[at].question_id == id; at++) {
            const CandidateRow *c = &rows.items[at];
            p->positive_score[q] = c->positive_score;
            uint32_t row = map_get(row_of, &c->chunk_id, sizeof c->chunk_id);
            if (row == MAP_NONE || (c->status == CANDIDATE_PENDING && c->suspect)) continue;
            vec_push(&list, (OutNegative){row, c->score});
        }
        p->negative_offset[q + 1] = list.count;
    }
    p->negative = list.items;
    map_free(row_of);
    rows_release(&rows);
    return ok;
}

bool out_picture(const Env *env, const ExportOptions *o, OutPicture *ret, Err *err)
{
    OutPicture p = {0};
    DatasetQuery query = {
        .question_splits = o->splits, .question_statuses = o->statuses, .corpus_splits = o->splits};
    if (!dataset_load(env, &query, &p.data, err)) return false;
    p.negative_offset = mem_zero(p.data.questions.count + 1, sizeof *p.negative_offset);
    p.positive_score = mem_zero(p.data.questions.count + 1, sizeof *p.positive_score);
    bool ok =
        p.data.questions.count > 0 ||
        err_set(err, ERR_MISSING,
                "there are no such questions to export: see `questions`, and --split and --status");
    ok = ok && add_negatives(env, &p, err);
    if (ok)
        *ret = p;
    else
        out_release(&p);
    return ok;
}

void out_release(OutPicture *p)
{
    dataset_release(&p->data);
    rows_release(&p->extra);
    free(p->negative_offset);
    free(p->negative);
    free(p->positive_score);
    *p = (OutPicture){0};
}

const ChunkRow *out_chunk(const OutPicture *p, uint32_t row)
{
    size_t own = p->data.chunks.count;
    return row < own ? &p->data.chunks.items[row] : &p->extra.items[row - own];
}

const char *out_chunk_key(const OutPicture *p, uint32_t row, char scratch[32])
{
    const ChunkRow *c = out_chunk(p, row);
    if (c->key) return c->key;
    snprintf(scratch, 32, "chunk-%lld", (long long)c->id);
    return scratch;
}

const char *out_question_key(const OutPicture *p, size_t question, char scratch[32])
{
    const QuestionRow *q = &p->data.questions.items[question];
    if (q->key) return q->key;
    snprintf(scratch, 32, "question-%lld", (long long)q->id);
    return scratch;
}

void out_json_line(Str *out, cJSON *object)
{
    char *text = cJSON_PrintUnformatted(object);
    str_add(out, text);
    str_add(out, "\n");
    free(text);
    cJSON_Delete(object);
}

bool out_write(const char *path, Str *out, Err *err)
{
    return file_write(path, str_get(out), out->size, err);
}
