#include "model/stored_zip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define NAME_MAX_BYTES 512
#define ENTRIES_MAX 1000000

enum { END_SIZE = 22, LOCATOR_SIZE = 20, END64_SIZE = 56, CENTRAL_SIZE = 46, LOCAL_SIZE = 30 };
enum { ENCRYPTED = 1, SIZES_BEHIND = 8 }; /* flags of an entry */

typedef struct Reader {
    const unsigned char *bytes;
    size_t size;
    uint64_t directory, directory_end, count;
} Reader;

static uint64_t number(const unsigned char *p, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++) v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static bool is_signed(const unsigned char *p, const char kind[2])
{
    return p[0] == 'P' && p[1] == 'K' && p[2] == kind[0] && p[3] == kind[1];
}

static bool broken(Err *err, const char *what)
{
    return err_set(err, ERR_FORMAT, "the zip is cut off or broken: %s", what);
}

/* ---- where the directory is ---- */

/* The end record stands before a comment that ends with the file. */
static bool find_end(const Reader *r, size_t *ret)
{
    for (size_t comment = 0; comment <= 0xffff && comment + END_SIZE <= r->size; comment++) {
        size_t at = r->size - END_SIZE - comment;
        const unsigned char *p = r->bytes + at;
        if (!is_signed(p, "\5\6") || number(p + 20, 2) != comment) continue;
        *ret = at;
        return true;
    }
    return false;
}

/* The larger numbers of Zip64, where the end record says that they are needed. */
static bool read_end64(Reader *r, size_t end, Err *err)
{
    if (end < LOCATOR_SIZE || !is_signed(r->bytes + end - LOCATOR_SIZE, "\6\7"))
        return broken(err, "its Zip64 record is missing");
    uint64_t at = number(r->bytes + end - LOCATOR_SIZE + 8, 8);
    if (at > end - LOCATOR_SIZE || end - LOCATOR_SIZE - at < END64_SIZE ||
        !is_signed(r->bytes + at, "\6\6"))
        return broken(err, "its Zip64 record is not where it should be");
    const unsigned char *p = r->bytes + at;
    if (number(p + 16, 4) || number(p + 20, 4)) return broken(err, "it has several parts");
    uint64_t size = number(p + 40, 8);
    r->count = number(p + 32, 8);
    r->directory = number(p + 48, 8);
    if (r->directory > at || size > at - r->directory)
        return broken(err, "its directory reaches past the end");
    r->directory_end = r->directory + size;
    return true;
}

static bool find_directory(Reader *r, Err *err)
{
    size_t end;
    if (!find_end(r, &end)) return broken(err, "it has no end record");
    const unsigned char *p = r->bytes + end;
    uint64_t size = number(p + 12, 4);
    r->count = number(p + 10, 2);
    r->directory = number(p + 16, 4);
    if (r->count == 0xffff || size == 0xffffffff || r->directory == 0xffffffff)
        return read_end64(r, end, err);
    if (number(p + 4, 2) || number(p + 6, 2)) return broken(err, "it has several parts");
    if (r->directory > end || size > end - r->directory)
        return broken(err, "its directory reaches past the end");
    r->directory_end = r->directory + size;
    return true;
}

/* ---- its entries ---- */

typedef struct Central {
    uint64_t packed, size, start;
    const unsigned char *name;
    size_t name_size;
    uint64_t flags, method, checksum;
} Central;

/* Those numbers that are all ones stand in the extra field of Zip64, in this order. */
static bool read_extra64(Central *c, const unsigned char *extra, size_t size)
{
    uint64_t *wide[3] = {&c->size, &c->packed, &c->start};
    for (size_t at = 0; at + 4 <= size;) {
        size_t field = (size_t)number(extra + at + 2, 2), from = at + 4;
        if (field > size - from) return false;
        if (number(extra + at, 2) == 1) {
            for (int i = 0; i < 3; i++) {
                if (*wide[i] != 0xffffffff) continue;
                if (from + 8 > at + 4 + field) return false;
                *wide[i] = number(extra + from, 8);
                from += 8;
            }
            return true;
        }
        at = from + field;
    }
    return true;
}

/* The directory's record at *at, which moves behind it. */
static bool read_central(const Reader *r, uint64_t *at, Central *ret, Err *err)
{
    const unsigned char *p = r->bytes + *at;
    uint64_t left = r->directory_end - *at;
    if (left < CENTRAL_SIZE || !is_signed(p, "\1\2")) return broken(err, "its directory");
    size_t name = (size_t)number(p + 28, 2), extra = (size_t)number(p + 30, 2);
    size_t whole = CENTRAL_SIZE + name + extra + (size_t)number(p + 32, 2);
    if (left < whole) return broken(err, "its directory");
    *ret = (Central){.flags = number(p + 8, 2),
                     .method = number(p + 10, 2),
                     .checksum = number(p + 16, 4),
                     .packed = number(p + 20, 4),
                     .size = number(p + 24, 4),
                     .start = number(p + 42, 4),
                     .name = p + CENTRAL_SIZE,
                     .name_size = name};
    if (!read_extra64(ret, p + CENTRAL_SIZE + name, extra)) return broken(err, "its directory");
    *at += whole;
    return true;
}

static bool check_name(const Central *c, Err *err)
{
    bool ok = c->name_size > 0 && c->name_size <= NAME_MAX_BYTES;
    for (size_t i = 0; ok && i < c->name_size; i++) ok = c->name[i] >= 0x20 && c->name[i] != 0x7f;
    return ok || broken(err, "an entry has a strange name");
}

/* What stands before the data must agree with the directory. */
static bool find_data(const Reader *r, const Central *c, const char *name, StoredEntry *ret,
                      Err *err)
{
    if (c->flags & ENCRYPTED) return err_set(err, ERR_FORMAT, "'%s' in the zip is encrypted", name);
    if (c->method != 0 || c->packed != c->size)
        return err_set(err, ERR_FORMAT, "'%s' in the zip is compressed, which torch does not do",
                       name);
    const unsigned char *p = r->bytes + c->start;
    if (c->start > r->directory || r->directory - c->start < LOCAL_SIZE || !is_signed(p, "\3\4"))
        return err_set(err, ERR_FORMAT, "'%s' in the zip is not where its directory says", name);
    uint64_t head = LOCAL_SIZE + number(p + 26, 2) + number(p + 28, 2);
    uint64_t left = r->directory - c->start, size = number(p + 22, 4);
    if (left < head || left - head < c->size)
        return err_set(err, ERR_FORMAT, "'%s' in the zip reaches past the end of the entries",
                       name);
    if (number(p + 26, 2) != c->name_size || memcmp(p + LOCAL_SIZE, c->name, c->name_size) != 0 ||
        number(p + 8, 2) != c->method ||
        (!(c->flags & SIZES_BEHIND) && size != 0xffffffff && size != c->size))
        return err_set(err, ERR_FORMAT, "'%s' in the zip is described in two ways", name);
    ret->data = p + head;
    ret->size = (size_t)c->size;
    ret->checksum = (uint32_t)c->checksum;
    return true;
}

static bool read_entries(Reader *r, StoredZip *z, Err *err)
{
    uint64_t at = r->directory;
    if (r->count > ENTRIES_MAX)
        return err_set(err, ERR_LIMIT, "the zip has more than %d entries", ENTRIES_MAX);
    for (uint64_t i = 0; i < r->count; i++) {
        Central c = {0};
        StoredEntry e = {0};
        if (!read_central(r, &at, &c, err) || !check_name(&c, err)) return false;
        e.name = arena_strndup(&z->arena, (const char *)c.name, c.name_size);
        if (!find_data(r, &c, e.name, &e, err)) return false;
        if (!map_put(z->numbers, e.name, c.name_size, 0))
            return err_set(err, ERR_FORMAT, "'%s' is in the zip twice", e.name);
        vec_push(&z->entries, e);
    }
    return at == r->directory_end || broken(err, "its directory has more entries than it says");
}

static int compare_places(const void *a, const void *b)
{
    const StoredEntry *x = a, *y = b;
    return (x->data > y->data) - (x->data < y->data);
}

/* The data of one ends before the header of the next begins: the header is right before its data,
 * so that it is enough to look back over its least size. */
static bool check_places(StoredZip *z, Err *err)
{
    if (z->entries.count)
        qsort(z->entries.items, z->entries.count, sizeof *z->entries.items, compare_places);
    for (size_t i = 0; i < z->entries.count; i++) {
        const StoredEntry *e = &z->entries.items[i];
        map_put(z->numbers, e->name, strlen(e->name), (uint32_t)i);
        if (i == 0) continue;
        const StoredEntry *before = e - 1;
        if ((size_t)(e->data - before->data) < before->size + LOCAL_SIZE + strlen(e->name))
            return err_set(err, ERR_FORMAT, "'%s' and '%s' overlap in the zip", before->name,
                           e->name);
    }
    return true;
}

bool stored_zip_read(const void *bytes, size_t size, StoredZip *ret, Err *err)
{
    Reader r = {.bytes = bytes, .size = size};
    StoredZip z = {.numbers = map_new()};
    if (find_directory(&r, err) && read_entries(&r, &z, err) && check_places(&z, err)) {
        *ret = z;
        return true;
    }
    stored_zip_release(&z);
    return false;
}

void stored_zip_release(StoredZip *z)
{
    vec_release(&z->entries);
    map_free(z->numbers);
    arena_release(&z->arena);
    *z = (StoredZip){0};
}

const StoredEntry *stored_zip_find(const StoredZip *z, const char *name)
{
    uint32_t at = map_get(z->numbers, name, strlen(name));
    return at == MAP_NONE ? NULL : &z->entries.items[at];
}

bool stored_zip_check(const StoredEntry *e, Err *err)
{
    return (uint32_t)crc32_z(crc32_z(0, NULL, 0), e->data, e->size) == e->checksum ||
           err_set(err, ERR_FORMAT, "'%s' in the zip is broken: its checksum is another", e->name);
}
