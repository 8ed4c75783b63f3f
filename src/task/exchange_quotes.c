/* Quotes: {"query", "document", "quote"}, a line each, and an "id" where it has one. The documents
 * are in the project already; the chunk that holds most of the quote, not counting its overlap,
 * becomes the positive. So a question set stays right however its documents are cut. quote may be a
 * list. A quote that stands in several places counts in each. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/utf8.h"
#include "task/exchange_set.h"

#define PLACES_MOST 8 /* of one quote in its document: more is no quote that says where */

/* A document's text without blank space, and where each byte of that came from. */
typedef struct Bare {
    Str text;
    VEC(uint32_t) at; /* character number in the document for each byte of text */
} Bare;

static void strip(const char *text, size_t size, Bare *out)
{
    uint32_t number = 0;
    for (size_t i = 0; i < size; number++) {
        uint32_t code;
        size_t n = utf8_next(text + i, size - i, &code);
        if (!utf8_is_space(code)) {
            str_add_bytes(&out->text, text + i, n);
            for (size_t b = 0; b < n; b++) vec_push(&out->at, number);
        }
        i += n;
    }
}

static void bare_release(Bare *b)
{
    str_release(&b->text);
    vec_release(&b->at);
}

/* The project's documents and live chunks, texts stripped when first asked for. */
typedef struct Library {
    const Env *env;
    DocumentRows documents;
    ChunkRows chunks;
    Bare *bare;      /* (documents) */
    uint32_t *first; /* (documents) a chunk, MAP_NONE: none */
    uint32_t *next;  /* (chunks) the next one of the same document */
} Library;

static void list_chunks(Library *l)
{
    Map *place = map_new();
    for (size_t d = 0; d < l->documents.count; d++) {
        l->first[d] = MAP_NONE;
        map_put(place, &l->documents.items[d].id, sizeof(int64_t), (uint32_t)d);
    }
    for (size_t c = l->chunks.count; c-- > 0;) {
        uint32_t d = map_get(place, &l->chunks.items[c].document_id, sizeof(int64_t));
        l->next[c] = d == MAP_NONE ? MAP_NONE : l->first[d];
        if (d != MAP_NONE) l->first[d] = (uint32_t)c;
    }
    map_free(place);
}

static bool library_open(const Env *env, Library *l, Err *err)
{
    *l = (Library){.env = env};
    if (!documents_load(env->store, NULL, &l->documents, err) ||
        !chunks_load(env->store, &(ChunkQuery){0}, &l->chunks, err))
        return false;
    l->bare = mem_zero(l->documents.count + 1, sizeof *l->bare);
    l->first = mem_zero(l->documents.count + 1, sizeof *l->first);
    l->next = mem_zero(l->chunks.count + 1, sizeof *l->next);
    list_chunks(l);
    return true;
}

static void library_close(Library *l)
{
    for (size_t i = 0; l->bare && i < l->documents.count; i++) bare_release(&l->bare[i]);
    free(l->bare);
    free(l->first);
    free(l->next);
    rows_release(&l->documents);
    rows_release(&l->chunks);
}

/* The last document whose path ends with the name, at a folder's border, and how many there are. */
static size_t find_document(const Library *l, const char *name, size_t *ret_matches)
{
    size_t found = 0, matches = 0, size = strlen(name);
    for (size_t i = 0; size && i < l->documents.count; i++) {
        const char *path = l->documents.items[i].path;
        size_t whole = path ? strlen(path) : 0;
        if (whole < size || strcmp(path + whole - size, name) != 0) continue;
        if (whole > size && name[0] != '/' && path[whole - size - 1] != '/') continue;
        found = i;
        matches++;
    }
    *ret_matches = matches;
    return found;
}

static bool bare_text(Library *l, size_t document, const Bare **ret, Err *err)
{
    Bare *b = &l->bare[document];
    char *text = NULL;
    if (b->text.size == 0) {
        if (!document_text(l->env->store, l->documents.items[document].id, &text, err))
            return false;
        if (text) strip(text, strlen(text), b);
        free(text);
    }
    *ret = b;
    return true;
}

/* ---- in ---- */

/* The live chunk of the document that holds most of the characters [first, end); NULL: none. */
static const ChunkRow *chunk_at(const Library *l, size_t document, int64_t first, int64_t end)
{
    const ChunkRow *best = NULL;
    int64_t most = 0;
    for (uint32_t i = l->first[document]; i != MAP_NONE; i = l->next[i]) {
        const ChunkRow *c = &l->chunks.items[i];
        int64_t from =
            c->char_first + c->overlap_chars > first ? c->char_first + c->overlap_chars : first;
        int64_t to = c->char_end < end ? c->char_end : end;
        if (to - from > most) {
            most = to - from;
            best = c;
        }
    }
    return best;
}

typedef VEC(const ChunkRow *) Found;

/* Appends the chunks that hold the quote, wherever it stands. */
static bool find_quote(Library *l, size_t document, const char *quote, Found *out, Err *err)
{
    const Bare *text;
    if (!bare_text(l, document, &text, err)) return false;
    Bare wanted = {0};
    strip(quote, strlen(quote), &wanted);
    size_t size = wanted.text.size;
    const char *from = str_get(&text->text);
    for (int places = 0; size && places < PLACES_MOST; places++) {
        const char *found = strstr(from, wanted.text.data);
        if (!found) break;
        size_t at = (size_t)(found - text->text.data);
        const ChunkRow *chunk =
            chunk_at(l, document, text->at.items[at], (int64_t)text->at.items[at + size - 1] + 1);
        if (chunk) vec_push(out, chunk);
        from = found + size;
    }
    bare_release(&wanted);
    return true;
}

static bool link_chunks(QuestionSet *s, const char *where, uint32_t question, const Found *found,
                        Err *err)
{
    for (size_t i = 0; i < found->count; i++) {
        const ChunkRow *chunk = found->items[i];
        char key[32];
        snprintf(key, sizeof key, "%" PRId64, chunk->id);
        uint32_t c = set_chunk(s, where, key, NULL, chunk->text, chunk->split, err);
        if (c == SET_BROKEN) return false;
        if (c == SET_NONE) continue;
        s->chunks.items[c].known_id = chunk->id;
        s->chunks.items[c].document_id = chunk->document_id;
        if (question != SET_NONE && s->questions.items[question].split == SPLIT_NONE)
            s->questions.items[question].split = chunk->split;
        set_link(s, question, c);
    }
    return true;
}

static bool read_quote(QuestionSet *s, Library *l, const char *where, size_t document,
                       const cJSON *quote, Found *out, Err *err)
{
    if (!cJSON_IsString(quote))
        return err_set(err, ERR_FORMAT, "%s: \"quote\" is neither a string nor a list of strings",
                       where);
    size_t before = out->count;
    if (!find_quote(l, document, quote->valuestring, out, err)) return false;
    if (out->count > before) return true;
    s->failed++;
    set_warn(s, "%s: the quote is not in '%.60s'", where,
             file_name(l->documents.items[document].path));
    return true;
}

static bool read_line(QuestionSet *s, const char *where, const cJSON *j, Split split, void *library,
                      Err *err)
{
    Library *l = library;
    const cJSON *query = set_member(j, "query"), *document = set_member(j, "document"),
                *quote = set_member(j, "quote");
    if (!cJSON_IsString(query) || !cJSON_IsString(document))
        return err_set(err, ERR_FORMAT, "%s: \"query\" and \"document\" strings are needed", where);
    size_t matches, at = find_document(l, document->valuestring, &matches);
    if (matches != 1) {
        s->failed++;
        set_warn(s, "%s: %s '%.60s' in the project", where,
                 matches ? "there are several documents" : "there is no document",
                 document->valuestring);
        return true;
    }
    Found found = {0};
    const cJSON *item = cJSON_IsArray(quote) ? quote->child : quote;
    bool ok = cJSON_IsArray(quote) || read_quote(s, l, where, at, quote, &found, err);
    for (; ok && cJSON_IsArray(quote) && item; item = item->next)
        ok = read_quote(s, l, where, at, item, &found, err);
    if (ok && found.count) {
        char scratch[32];
        uint32_t q = set_question(s, where, set_text(set_member(j, "id"), scratch),
                                  query->valuestring, split, err);
        ok = q != SET_BROKEN && link_chunks(s, where, q, &found, err);
    }
    vec_release(&found);
    return ok;
}

bool read_quotes(const Env *env, const char *path, Split split, QuestionSet *s, Err *err)
{
    Library l;
    bool ok =
        library_open(env, &l, err) && set_each_line(env, path, NULL, s, split, read_line, &l, err);
    library_close(&l);
    return ok;
}

/* ---- out ---- */

/* The shortest ending of a path that names this document alone. */
static const char *ending(const Library *l, const char *path)
{
    const char *end = file_name(path);
    size_t matches;
    find_document(l, end, &matches);
    while (matches > 1 && end > path) {
        for (end--; end > path && end[-1] != '/'; end--) {
        }
        find_document(l, end, &matches);
    }
    return end;
}

static size_t skip_chars(const char *text, size_t size, size_t at, int64_t count)
{
    for (uint32_t code; count > 0 && at < size; count--)
        at += utf8_next(text + at, size - at, &code);
    return at;
}

/* The document's own words in the chunk's range, without the overlap; *ret NULL: there are none. */
static bool quote_of(const Env *env, const ChunkRow *c, char **ret, Err *err)
{
    int64_t own = c->char_end - c->char_first - c->overlap_chars;
    *ret = NULL;
    if (own <= 0) return true;
    if (hash_equal(&c->text_hash, &c->source_hash)) {
        *ret = mem_strdup(c->text + skip_chars(c->text, strlen(c->text), 0, c->overlap_chars));
        return true;
    }
    char *text = NULL; /* edited since it was cut */
    if (!document_text(env->store, c->document_id, &text, err)) return false;
    size_t size = text ? strlen(text) : 0;
    size_t first = skip_chars(text, size, 0, c->char_first + c->overlap_chars);
    size_t end = skip_chars(text, size, first, own);
    if (end > first) *ret = mem_strndup(text + first, end - first);
    free(text);
    return true;
}

static bool write_quote(const Env *env, const Library *l, const OutPicture *p, size_t q, size_t at,
                        Str *out, Err *err)
{
    const ChunkRow *c = out_chunk(p, p->data.positive[at]);
    char *quote;
    if (!quote_of(env, c, &quote, err)) return false;
    if (!quote) return true;
    cJSON *j = cJSON_CreateObject();
    if (p->data.questions.items[q].key) cJSON_AddStringToObject(j, "id", p->question_key[q]);
    cJSON_AddStringToObject(j, "query", p->data.questions.items[q].text);
    cJSON_AddStringToObject(j, "document", ending(l, c->document));
    cJSON_AddStringToObject(j, "quote", quote);
    out_json_line(out, j);
    free(quote);
    return true;
}

/* The whole chunk is the quote. Chunks of imported sets have no document to quote from and are left
 * out. */
bool write_quotes(const Env *env, const ExportOptions *o, Err *err)
{
    OutPicture p;
    Library l;
    if (!out_picture(env, o, &p, err)) return false;
    Str out = {0};
    bool ok = library_open(env, &l, err);
    for (size_t q = 0; ok && q < p.data.questions.count; q++) {
        size_t first = p.data.positive_offset[q], end = p.data.positive_offset[q + 1];
        for (size_t i = first; ok && i < end; i++) ok = write_quote(env, &l, &p, q, i, &out, err);
    }
    if (ok && out.size == 0)
        ok =
            err_set(err, ERR_MISSING,
                    "none of these questions is about a document that was read from a file: choose "
                    "another --format");
    ok = ok && out_write(o->path, &out, err);
    str_release(&out);
    library_close(&l);
    out_release(&p);
    return ok;
}
