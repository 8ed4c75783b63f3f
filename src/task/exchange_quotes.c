/* Quotes: {"query", "document", "quote"}, a line each. The documents are in the project already;
 * the chunk that holds most of the quote, not counting its overlap, becomes the positive. So a
 * question set stays right however its documents are cut. quote may be a list. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/utf8.h"
#include "task/exchange_set.h"

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

/* The project's documents and chunks, texts stripped when first asked for. */
typedef struct Library {
    const Env *env;
    DocumentRows documents;
    ChunkRows chunks;
    Bare *bare; /* (documents) */
} Library;

static bool library_open(const Env *env, Library *l, Err *err)
{
    *l = (Library){.env = env};
    if (!documents_load(env->store, NULL, &l->documents, err) ||
        !chunks_load(env->store, &(ChunkQuery){0}, &l->chunks, err))
        return false;
    l->bare = mem_zero(l->documents.count + 1, sizeof *l->bare);
    return true;
}

static void library_close(Library *l)
{
    for (size_t i = 0; l->bare && i < l->documents.count; i++) bare_release(&l->bare[i]);
    free(l->bare);
    rows_release(&l->documents);
    rows_release(&l->chunks);
}

/* The document whose path ends with the name, at a folder's border; the longest id wins nothing: it
 * must be the only one. */
static size_t find_document(const Library *l, const char *name, size_t *ret_matches)
{
    size_t found = 0, matches = 0;
    for (size_t i = 0; i < l->documents.count; i++) {
        const char *key = l->documents.items[i].key;
        size_t a = strlen(key), b = strlen(name);
        if (a < b || strcmp(key + a - b, name) != 0 || (a > b && key[a - b - 1] != '/')) continue;
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

/* The live chunk of the document that holds most of the characters [first, end); NULL: none. */
static const ChunkRow *chunk_at(const Library *l, int64_t document_id, int64_t first, int64_t end)
{
    const ChunkRow *best = NULL;
    int64_t most = 0;
    for (size_t i = 0; i < l->chunks.count; i++) {
        const ChunkRow *c = &l->chunks.items[i];
        if (c->document_id != document_id) continue;
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

static bool link_quote(QuestionSet *s, Library *l, const char *where, uint32_t question,
                       size_t document, const char *quote, Err *err)
{
    const Bare *text;
    if (!bare_text(l, document, &text, err)) return false;
    Bare wanted = {0};
    strip(quote, strlen(quote), &wanted);
    const char *found =
        wanted.text.size && text->text.size ? strstr(text->text.data, wanted.text.data) : NULL;
    const ChunkRow *chunk = NULL;
    if (found) {
        size_t at = (size_t)(found - text->text.data);
        chunk = chunk_at(l, l->documents.items[document].id, text->at.items[at],
                         (int64_t)text->at.items[at + wanted.text.size - 1] + 1);
    }
    bare_release(&wanted);
    if (!chunk) {
        s->failed++;
        set_warn(s, "%s: the quote is not in '%s'", where,
                 file_name(l->documents.items[document].key));
        return true;
    }
    char key[32];
    snprintf(key, sizeof key, "%" PRId64, chunk->id);
    uint32_t c = set_chunk(s, where, key, NULL, chunk->text, chunk->split, err);
    if (c == SET_BROKEN) return false;
    s->chunks.items[c].known_id = chunk->id;
    if (question < SET_BROKEN && s->questions.items[question].split == SPLIT_NONE)
        s->questions.items[question].split = chunk->split;
    set_link(s, question, c);
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
        set_warn(s, "%s: %s '%s' in the project", where,
                 matches ? "there are several documents" : "there is no document",
                 document->valuestring);
        return true;
    }
    uint32_t q = set_question(s, where, NULL, query->valuestring, split, err);
    if (q == SET_BROKEN) return false;
    if (cJSON_IsString(quote)) return link_quote(s, l, where, q, at, quote->valuestring, err);
    if (!cJSON_IsArray(quote))
        return err_set(err, ERR_FORMAT, "%s: \"quote\" is neither a string nor a list of strings",
                       where);
    const cJSON *item;
    cJSON_ArrayForEach(item, quote)
    {
        if (!cJSON_IsString(item))
            return err_set(err, ERR_FORMAT, "%s: \"quote\" holds something that is no string",
                           where);
        if (!link_quote(s, l, where, q, at, item->valuestring, err)) return false;
    }
    return true;
}

bool read_quotes(const Env *env, const char *path, Split split, QuestionSet *s, Err *err)
{
    Library l;
    bool ok =
        library_open(env, &l, err) && set_each_line(env, path, NULL, s, split, read_line, &l, err);
    library_close(&l);
    return ok;
}

/* The whole chunk, without its overlap, is the quote. Chunks of imported sets have no document to
 * quote from and are left out. */
bool write_quotes(const Env *env, const ExportOptions *o, Err *err)
{
    OutPicture p;
    if (!out_picture(env, o, &p, err)) return false;
    Str out = {0};
    for (size_t q = 0; q < p.data.questions.count; q++) {
        for (size_t i = p.data.positive_offset[q]; i < p.data.positive_offset[q + 1]; i++) {
            const ChunkRow *c = out_chunk(&p, p.data.positive[i]);
            if (c->char_end == 0) continue;
            size_t at = 0, size = strlen(c->text);
            for (int64_t n = 0; n < c->overlap_chars && at < size; n++) {
                uint32_t code;
                at += utf8_next(c->text + at, size - at, &code);
            }
            cJSON *j = cJSON_CreateObject();
            cJSON_AddStringToObject(j, "query", p.data.questions.items[q].text);
            cJSON_AddStringToObject(j, "document", file_name(c->document));
            cJSON_AddStringToObject(j, "quote", c->text + at);
            out_json_line(&out, j);
        }
    }
    bool ok = out.size > 0 || err_set(err, ERR_MISSING,
                                      "none of these questions is about a document that was read "
                                      "from a file: choose another --format");
    ok = ok && out_write(o->path, &out, err);
    str_release(&out);
    out_release(&p);
    return ok;
}
