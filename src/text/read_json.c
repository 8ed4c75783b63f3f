/* JSON and JSON Lines: records of text. A file that is one array is taken element by element, so
 * that only one record at a time is built; nesting and counts are checked before cJSON sees
 * anything. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "text/encoding.h"
#include "text/json_scan.h"
#include "text/readers.h"
#include "text/record.h"

#define SIZE_LIMIT_BYTES ((size_t)512 << 20)

typedef struct OwnedField {
    char *name, *value;
} OwnedField;

typedef struct Records {
    Builder builder;
    const char *text; /* the whole file, for line numbers */
    size_t size;
    size_t seen, written;
    VEC(OwnedField) fields;
    const Cancel *cancel;
} Records;

static void clear_fields(Records *r)
{
    for (size_t i = 0; i < r->fields.count; i++) {
        free(r->fields.items[i].name);
        free(r->fields.items[i].value);
    }
    vec_clear(&r->fields);
}

static char *scalar_text(const cJSON *item)
{
    if (cJSON_IsString(item)) return mem_strdup(item->valuestring);
    if (cJSON_IsBool(item)) return mem_strdup(cJSON_IsTrue(item) ? "true" : "false");
    if (cJSON_IsNumber(item)) {
        char *printed = cJSON_PrintUnformatted(item);
        char *text = mem_strdup(printed ? printed : "");
        cJSON_free(printed);
        return text;
    }
    return NULL;
}

/* An array of scalars is one value; its strings are paragraphs in a text field and a list
 * elsewhere. */
static char *joined_text(const cJSON *array, const char *between)
{
    Str joined = {0};
    const cJSON *item;
    cJSON_ArrayForEach(item, array)
    {
        char *text = scalar_text(item);
        if (!text && !cJSON_IsNull(item)) {
            str_release(&joined);
            return NULL;
        }
        if (text) str_addf(&joined, "%s%s", joined.size ? between : "", text);
        free(text);
    }
    return str_take(&joined);
}

/* Recursion is bounded by JSON_DEPTH_LIMIT, which json_skip has checked. */
static void collect(Records *r, const cJSON *item, const char *name)
{
    const char *last = strrchr(name, '.');
    bool is_text = record_is_text_name(last ? last + 1 : name);
    char *value =
        cJSON_IsArray(item) ? joined_text(item, is_text ? "\n\n" : ", ") : scalar_text(item);
    if (value) {
        vec_push(&r->fields, (OwnedField){.name = mem_strdup(name), .value = value});
        return;
    }
    const cJSON *child;
    cJSON_ArrayForEach(child, item)
    {
        char *path = child->string ? str_format("%s%s%s", name, name[0] ? "." : "", child->string)
                                   : mem_strdup(name);
        collect(r, child, path);
        free(path);
    }
}

static void write_record(Records *r, const cJSON *item, const char *key)
{
    clear_fields(r);
    if (cJSON_IsObject(item))
        collect(r, item, "");
    else
        collect(r, item, "text");
    if (key) vec_push(&r->fields, (OwnedField){.name = mem_strdup("id"), .value = mem_strdup(key)});
    VEC(RecordField) fields = {0};
    for (size_t i = 0; i < r->fields.count; i++)
        vec_push(&fields,
                 (RecordField){.name = r->fields.items[i].name, .value = r->fields.items[i].value});
    r->written += record_write(&r->builder, fields.items, fields.count);
    vec_release(&fields);
    clear_fields(r);
}

static bool has_text_field(const cJSON *item)
{
    if (!cJSON_IsObject(item)) return false;
    const cJSON *child;
    cJSON_ArrayForEach(child, item) if (record_is_text_name(child->string) &&
                                        cJSON_IsString(child)) return true;
    return false;
}

static bool has(const cJSON *item, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(item, name) != NULL;
}

/* Question sets have their own command: as documents their questions would be cut into chunks. */
static bool refuse_questions(const cJSON *item, Err *err)
{
    if (!cJSON_IsObject(item)) return true;
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(item, "data");
    bool squad = cJSON_IsArray(data) && has(cJSON_GetArrayItem(data, 0), "paragraphs");
    bool pairs = (has(item, "query") || has(item, "anchor")) &&
                 (has(item, "pos") || has(item, "neg") || has(item, "positive"));
    if (!squad && !pairs && !(has(item, "queries") && has(item, "corpus"))) return true;
    return err_set(err, ERR_FORMAT,
                   "is a set of questions, not a document: bring it in with \"hone import\"");
}

static cJSON *parse(Records *r, size_t at, size_t end, Err *err)
{
    Str tame = {0};
    json_tame(r->text + at, end - at, &tame);
    const char *stop = NULL;
    cJSON *item = cJSON_ParseWithLengthOpts(str_get(&tame), tame.size, &stop, 0);
    if (!item) {
        size_t bad = stop ? (size_t)(stop - str_get(&tame)) : 0;
        err_set(err, ERR_FORMAT, "line %zu: broken JSON",
                json_line(r->text, at) + json_line(str_get(&tame), bad) - 1);
    }
    str_release(&tame);
    return item;
}

/* {"documents": [{"text": …}, …], …} and {"id": {"text": …}, …} are sets of records too. */
static void write_object(Records *r, cJSON *object)
{
    cJSON *child = NULL, *list = NULL;
    size_t members = 0, texts = 0;
    cJSON_ArrayForEach(child, object)
    {
        members++;
        texts += has_text_field(child);
        if (!list && cJSON_IsArray(child) && has_text_field(cJSON_GetArrayItem(child, 0)))
            list = child;
    }
    if (members && texts == members) {
        cJSON_ArrayForEach(child, object) write_record(r, child, child->string);
    } else if (list && !has_text_field(object)) {
        cJSON_DetachItemViaPointer(object, list);
        write_record(r, object, NULL);
        cJSON_ArrayForEach(child, list) write_record(r, child, NULL);
        cJSON_Delete(list);
    } else {
        write_record(r, object, NULL);
    }
}

static bool take_value(Records *r, size_t at, size_t end, bool whole, Err *err)
{
    if (!cancel_check(r->cancel, err)) return false;
    cJSON *item = parse(r, at, end, err);
    if (!item) return false;
    bool ok = r->seen++ > 0 || refuse_questions(item, err);
    if (ok && whole && cJSON_IsObject(item))
        write_object(r, item);
    else if (ok)
        write_record(r, item, NULL);
    cJSON_Delete(item);
    return ok;
}

/* text[at] is the opening bracket. */
static bool take_array(Records *r, size_t at, size_t *ret_end, Err *err)
{
    size_t i = json_skip_blanks(r->text, r->size, at + 1);
    if (i < r->size && r->text[i] == ']') {
        *ret_end = i + 1;
        return true;
    }
    for (;;) {
        size_t end;
        i = json_skip_blanks(r->text, r->size, i);
        if (!json_skip(r->text, r->size, i, &end, err) || !take_value(r, i, end, false, err))
            return false;
        i = json_skip_blanks(r->text, r->size, end);
        if (i < r->size && r->text[i] == ']') {
            *ret_end = i + 1;
            return true;
        }
        if (i >= r->size)
            return err_set(err, ERR_FORMAT, "line %zu: the JSON is cut off after record %zu",
                           json_line(r->text, i), r->seen);
        if (r->text[i] != ',')
            return err_set(err, ERR_FORMAT, "line %zu: no comma after record %zu",
                           json_line(r->text, i), r->seen);
        i++;
    }
}

static bool take_lines(Records *r, Err *err)
{
    size_t number = 0;
    for (size_t at = 0; at < r->size;) {
        const char *newline = memchr(r->text + at, '\n', r->size - at);
        size_t stop = newline ? (size_t)(newline - r->text) : r->size, end;
        number++;
        size_t first = json_skip_blanks(r->text, stop, at);
        at = stop + 1;
        if (first == stop) continue;
        /* The text ends with the line here, so a value that runs over it is cut off. */
        if (!json_skip(r->text, stop, first, &end, err)) return false;
        if (json_skip_blanks(r->text, stop, end) != stop)
            return err_set(err, ERR_FORMAT, "line %zu: more than one value", number);
        if (!take_value(r, first, end, false, err)) return false;
    }
    return true;
}

static bool take_file(Records *r, bool lines, Err *err)
{
    size_t at = json_skip_blanks(r->text, r->size, 0), end;
    if (at == r->size) return err_set(err, ERR_FORMAT, "there is nothing in it but blanks");
    if (r->text[at] == '[') {
        if (!take_array(r, at, &end, err)) return false;
    } else if (lines) {
        return take_lines(r, err);
    } else {
        if (r->text[at] != '{')
            return err_set(err, ERR_FORMAT, "is neither an object nor an array of records");
        if (!json_skip(r->text, r->size, at, &end, err)) return false;
        size_t after = json_skip_blanks(r->text, r->size, end);
        if (after < r->size && r->text[after] == '{') return take_lines(r, err);
        if (!take_value(r, at, end, true, err)) return false;
    }
    end = json_skip_blanks(r->text, r->size, end);
    if (end < r->size)
        return err_set(err, ERR_FORMAT, "line %zu: something follows the end of the JSON",
                       json_line(r->text, end));
    return true;
}

static bool read_records(const char *bytes, size_t size, bool lines, const Cancel *cancel,
                         Document *out, Err *err)
{
    if (size > SIZE_LIMIT_BYTES)
        return err_set(err, ERR_LIMIT, "more than %zu MB of JSON", SIZE_LIMIT_BYTES >> 20);
    Str text = {0};
    Records r = {.cancel = cancel};
    builder_init(&r.builder, out);
    bool ok = encoding_decode(bytes, size, &text, &out->encoding, err);
    if (ok) {
        r.text = str_get(&text);
        r.size = text.size;
        ok = take_file(&r, lines, err);
        if (ok && r.written == 0)
            ok = err_set(err, ERR_FORMAT, "there are no records with text in it");
    }
    clear_fields(&r);
    vec_release(&r.fields);
    builder_release(&r.builder);
    str_release(&text);
    return ok;
}

bool read_json(const char *path, const char *bytes, size_t size, const Cancel *cancel,
               Document *out, Err *err)
{
    (void)path;
    return read_records(bytes, size, false, cancel, out, err);
}

bool read_jsonl(const char *path, const char *bytes, size_t size, const Cancel *cancel,
                Document *out, Err *err)
{
    (void)path;
    return read_records(bytes, size, true, cancel, out, err);
}
