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
    *s = (QuestionSet){.chunk_keys = map_new(), .question_keys = map_new(), .pairs = map_new()};
}

void question_set_release(QuestionSet *s)
{
    vec_release(&s->chunks);
    vec_release(&s->questions);
    vec_release(&s->links);
    vec_release(&s->negatives);
    map_free(s->chunk_keys);
    map_free(s->question_keys);
    map_free(s->pairs);
    arena_release(&s->arena);
    *s = (QuestionSet){0};
}

void set_warn(QuestionSet *s, const char *format, ...)
{
    static const char MORE[] = "; and more";
    size_t at = strlen(s->warnings), most = sizeof s->warnings - sizeof MORE;
    if (at + 100 > most) {
        if (!str_ends(s->warnings, MORE)) memcpy(s->warnings + at, MORE, sizeof MORE);
        return;
    }
    va_list args;
    va_start(args, format);
    if (at) at += (size_t)snprintf(s->warnings + at, most - at, "; ");
    vsnprintf(s->warnings + at, most - at, format, args);
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
    return key && *key ? str_format("k%s", key) : str_format("t%s", text);
}

static uint32_t find(const Map *keys, const char *key)
{
    char *id = entry_key(key, "");
    uint32_t at = map_get(keys, id, strlen(id));
    free(id);
    return at;
}

uint32_t set_find_chunk(const QuestionSet *s, const char *key)
{
    return find(s->chunk_keys, key);
}

uint32_t set_find_question(const QuestionSet *s, const char *key)
{
    return find(s->question_keys, key);
}

/* The place of an entry in its list; fresh: the place that a new one gets. */
static uint32_t place(Map *keys, const char *key, const char *text, uint32_t fresh)
{
    char *id = entry_key(key, text);
    uint32_t at = map_add(keys, id, strlen(id), is_blank(text) ? SET_NONE : fresh);
    free(id);
    return at;
}

/* Is this what the key stood for before? old: its text then. */
static uint32_t again(const char *kind, const char *where, const char *key, uint32_t at,
                      const char *old, const char *text, Err *err)
{
    if (strcmp(old, text) == 0 || (is_blank(old) && is_blank(text))) return at;
    err_set(err, ERR_FORMAT, "%s: the %s id '%.200s' stands there twice with different texts",
            where, kind, key ? key : "");
    return SET_BROKEN;
}

static uint32_t left_out(QuestionSet *s, const char *where, const char *kind, const char *key)
{
    if (key && *key)
        set_warn(s, "%s: the %s '%.40s' is blank and was left out", where, kind, key);
    else
        set_warn(s, "%s: a blank %s was left out", where, kind);
    return SET_NONE;
}

uint32_t set_chunk(QuestionSet *s, const char *where, const char *key, const char *title,
                   const char *text, Split split, Err *err)
{
    uint32_t fresh = (uint32_t)s->chunks.count, at = place(s->chunk_keys, key, text, fresh);
    if (at != fresh && !(at == SET_NONE && is_blank(text)))
        return again("chunk", where, key, at, at == SET_NONE ? "" : s->chunks.items[at].text, text,
                     err);
    if (at == SET_NONE) return left_out(s, where, "chunk", key);
    vec_push(&s->chunks,
             (SetChunk){.key = key && *key ? arena_strdup(&s->arena, key) : NULL,
                        .title = title && !is_blank(title) ? arena_strdup(&s->arena, title) : NULL,
                        .text = arena_strdup(&s->arena, text),
                        .split = split});
    return at;
}

uint32_t set_question(QuestionSet *s, const char *where, const char *key, const char *text,
                      Split split, Err *err)
{
    uint32_t fresh = (uint32_t)s->questions.count, at = place(s->question_keys, key, text, fresh);
    if (at != fresh && !(at == SET_NONE && is_blank(text)))
        return again("question", where, key, at, at == SET_NONE ? "" : s->questions.items[at].text,
                     text, err);
    if (at == SET_NONE) return left_out(s, where, "question", key);
    vec_push(&s->questions, (SetQuestion){.key = key && *key ? arena_strdup(&s->arena, key) : NULL,
                                          .text = arena_strdup(&s->arena, text),
                                          .split = split});
    return at;
}

void set_link(QuestionSet *s, uint32_t question, uint32_t chunk)
{
    if (question == SET_NONE || chunk == SET_NONE) return;
    SetLink link = {question, chunk};
    if (map_put(s->pairs, &link, sizeof link, 0)) vec_push(&s->links, link);
}

void set_negative(QuestionSet *s, uint32_t question, uint32_t chunk, const cJSON *score)
{
    if (question == SET_NONE || chunk == SET_NONE) return;
    bool has = cJSON_IsNumber(score) && isfinite(score->valuedouble);
    vec_push(&s->negatives, (SetNegative){question, chunk, has ? score->valuedouble : 0, has});
}

void set_share_splits(QuestionSet *s)
{
    uint8_t *used = mem_zero(s->chunks.count + 1, 1);
    for (size_t i = 0; i < s->links.count; i++) {
        SetLink link = s->links.items[i];
        used[link.chunk] |= (uint8_t)(1 << s->questions.items[link.question].split);
    }
    for (size_t c = 0; c < s->chunks.count; c++) {
        s->chunks.items[c].split = SPLIT_NONE;
        for (Split k = SPLIT_TRAIN; k < SPLIT_COUNT; k++)
            if (used[c] == 1 << k) s->chunks.items[c].split = k;
    }
    free(used);
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

typedef struct Lines {
    const Env *env;
    const char *path, *name;
    QuestionSet *set;
    Split split;
    SetLineReader *read;
    void *context;
} Lines;

static bool read_object(const Lines *l, const char *what, size_t number, const cJSON *j, Err *err)
{
    char where[320];
    snprintf(where, sizeof where, "%.250s%s%s %zu", l->name ? l->name : "", l->name ? ", " : "",
             what, number);
    return l->read(l->set, where, j, l->split, l->context, err) &&
           cancel_check(l->env->cancel, err);
}

static bool each_entry(const Lines *l, const char *text, size_t size, Err *err)
{
    cJSON *list = set_json(l->path, text, size, err);
    const cJSON *item = list ? list->child : NULL;
    bool ok = list != NULL;
    for (size_t number = 1; ok && item; item = item->next, number++) {
        ok = cJSON_IsObject(item)
                 ? read_object(l, "entry", number, item, err)
                 : err_set(err, ERR_FORMAT, "%s, entry %zu: not an object { … }", l->path, number);
    }
    cJSON_Delete(list);
    return ok;
}

bool set_each_line(const Env *env, const char *path, const char *name, QuestionSet *s, Split split,
                   SetLineReader *read, void *context, Err *err)
{
    Lines l = {env, path, name, s, split, read, context};
    Str text = {0};
    if (!set_read(path, &text, err)) {
        str_release(&text);
        return false;
    }
    size_t first = json_skip_blanks(text.data, text.size, 0), number = 0;
    bool list = first < text.size && text.data[first] == '[';
    bool ok = !list || each_entry(&l, text.data, text.size, err);
    for (size_t at = list ? text.size : 0; ok && at < text.size;) {
        const char *line = text.data + at, *end = memchr(line, '\n', text.size - at);
        size_t size = end ? (size_t)(end - line) : text.size - at;
        at += size + 1;
        number++;
        if (json_skip_blanks(line, size, 0) >= size) continue;
        cJSON *j = parse_line(path, number, line, size, err);
        ok = j && read_object(&l, "line", number, j, err);
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
    const cJSON *blank = NULL;
    for (; *names; names++) {
        const cJSON *item;
        cJSON_ArrayForEach(item, object)
        {
            if (!item->string || strcasecmp(item->string, *names) != 0 || cJSON_IsNull(item))
                continue;
            if (!cJSON_IsString(item) || !is_blank(item->valuestring)) return item;
            if (!blank) blank = item;
        }
    }
    return blank;
}

const char *set_text(const cJSON *value, char scratch[32])
{
    if (cJSON_IsString(value)) return value->valuestring;
    if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble)) return NULL;
    bool whole = fabs(value->valuedouble) < 9e15 && value->valuedouble == rint(value->valuedouble);
    snprintf(scratch, 32, whole ? "%.0f" : "%.17g", value->valuedouble);
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
