/* The stored form of an index: the magic, then numbers of 7 bits a byte, lowest first, the high bit
 * set but in the last: documents, terms, postings; the length of each document; for each term:
 * size, its bytes, df, and for each posting 2 · (row − row before) + (tf is 1), then tf where it is
 * not 1 (the row before the first is −1). Impacts are computed again. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "retrieve/index_parts.h"

static const char MAGIC[8] = {'h', 'o', 'n', 'e', 'i', 'd', 'x', '1'};

/* ---- writing ---- */

static void put_number(Str *out, uint64_t value)
{
    char bytes[10];
    size_t size = 0;
    for (; value >= 0x80; value >>= 7) bytes[size++] = (char)(value | 0x80);
    bytes[size++] = (char)value;
    str_add_bytes(out, bytes, size);
}

static void put_postings(const Index *x, size_t term, Str *out)
{
    put_number(out, x->offset[term + 1] - x->offset[term]);
    uint64_t next = 0; /* 1 + the row before */
    for (size_t p = x->offset[term]; p < x->offset[term + 1]; p++) {
        put_number(out, 2 * (x->row[p] + 1 - next) + (x->tf[p] == 1));
        if (x->tf[p] != 1) put_number(out, x->tf[p]);
        next = (uint64_t)x->row[p] + 1;
    }
}

bool index_save(const Index *x, void **ret, size_t *ret_size, Err *err)
{
    (void)err;
    Str out = {0};
    size_t terms = map_count(x->terms);
    str_add_bytes(&out, MAGIC, sizeof MAGIC);
    put_number(&out, x->documents);
    put_number(&out, terms);
    put_number(&out, x->postings);
    for (size_t d = 0; d < x->documents; d++) put_number(&out, x->length[d]);
    for (size_t t = 0; t < terms; t++) {
        size_t size;
        const char *word = map_key(x->terms, t, &size);
        put_number(&out, size);
        str_add_bytes(&out, word, size);
        put_postings(x, t, &out);
    }
    *ret_size = out.size;
    *ret = str_take(&out);
    return true;
}

/* ---- reading ---- */

typedef struct Reader {
    const uint8_t *at, *end;
    bool broken; /* stays set; all that is read from then on is 0 */
} Reader;

static size_t bytes_left(const Reader *r)
{
    return r->broken ? 0 : (size_t)(r->end - r->at);
}

/* A number of at most `limit`. */
static uint64_t get_number(Reader *r, uint64_t limit)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 63 && r->at < r->end && !r->broken; shift += 7) {
        uint8_t byte = *r->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte & 0x80) continue;
        if (value <= limit) return value;
        break;
    }
    r->broken = true;
    return 0;
}

/* Every item counted so takes a byte at least, so that a count cannot ask for more memory than the
 * blob is worth. */
static size_t get_count(Reader *r)
{
    size_t left = bytes_left(r);
    return (size_t)get_number(r, left < UINT32_MAX - 1 ? left : UINT32_MAX - 1);
}

/* The postings of one term from place `at` on; words: (N) grows by what each document has of it.
 * Returns the place behind. */
static size_t get_postings(Reader *r, Index *x, size_t at, uint64_t *words)
{
    size_t df = (size_t)get_number(r, x->postings - at);
    if (df == 0) r->broken = true;
    uint64_t next = 0;
    for (size_t i = 0; i < df && !r->broken; i++, at++) {
        uint64_t code = get_number(r, 2 * (uint64_t)x->documents + 1);
        uint64_t tf = code & 1 ? 1 : get_number(r, UINT32_MAX);
        uint64_t row = next + code / 2 - 1;
        if (code < 2 || row >= x->documents || tf == 0) {
            r->broken = true;
            break;
        }
        x->row[at] = (uint32_t)row;
        x->tf[at] = (uint32_t)tf;
        words[row] += tf;
        next = row + 1;
    }
    return at;
}

static void get_terms(Reader *r, Index *x, size_t terms, uint64_t *words)
{
    size_t at = 0;
    for (size_t t = 0; t < terms && !r->broken; t++) {
        size_t size = (size_t)get_number(r, bytes_left(r));
        if (size == 0 || size > bytes_left(r) || !map_put(x->terms, r->at, size, (uint32_t)t)) {
            r->broken = true;
            return;
        }
        r->at += size;
        at = get_postings(r, x, at, words);
        x->offset[t + 1] = at;
    }
    if (at != x->postings || r->at != r->end) r->broken = true;
}

/* Reads all but the head. */
static bool get_body(Reader *r, Index *x, size_t terms)
{
    uint64_t *words = mem_zero(x->documents + 1, sizeof *words);
    for (size_t d = 0; d < x->documents; d++) x->length[d] = (uint32_t)get_number(r, UINT32_MAX);
    get_terms(r, x, terms, words);
    for (size_t d = 0; d < x->documents && !r->broken; d++) r->broken = words[d] != x->length[d];
    free(words);
    return !r->broken;
}

bool index_load(const void *blob, size_t size, Index **ret, Err *err)
{
    Reader r = {.at = blob, .end = (const uint8_t *)blob + size};
    if (size < sizeof MAGIC || memcmp(blob, MAGIC, sizeof MAGIC) != 0)
        return err_set(err, ERR_FORMAT, "the stored index is not an index of this version");
    r.at += sizeof MAGIC;
    size_t documents = get_count(&r), terms = get_count(&r), postings = get_count(&r);
    if (r.broken) return err_set(err, ERR_FORMAT, "the head of the stored index is broken");
    Index *x = NULL;
    if (!index_new(documents, postings, terms, map_new(), &x, err)) return false;
    bool ok = get_body(&r, x, terms);
    if (!ok) err_set(err, ERR_FORMAT, "the stored index is broken");
    ok = ok && index_weigh(NULL, x, err);
    if (ok)
        *ret = x;
    else
        index_free(x);
    return ok;
}
