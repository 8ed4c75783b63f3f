/* A folder of a test's own, with what it puts there. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

typedef struct Scratch {
    char path[64];
} Scratch;

static inline Scratch scratch_make(void)
{
    Scratch s = {"/tmp/hone-model-XXXXXX"};
    assert_non_null(mkdtemp(s.path));
    return s;
}

static inline int scratch_remove_entry(const char *path, const struct stat *st, int type,
                                       struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static inline void scratch_remove(const Scratch *s)
{
    assert_int_equal(nftw(s->path, scratch_remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* scratch_put: the file NAME (with its folders) with these bytes. No fsync: many small files. */
static inline void scratch_put_bytes(const Scratch *s, const char *name, const void *bytes,
                                     size_t size)
{
    char path[512];
    Err err = {0};
    snprintf(path, sizeof path, "%s/%s", s->path, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    if (!file_make_folder(path, &err)) fail_msg("%s", err.message);
    *slash = '/';
    unlink(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void scratch_put(const Scratch *s, const char *name, const char *text)
{
    scratch_put_bytes(s, name, text, strlen(text));
}

/* scratch_copy: the file from/name to the scratch folder. */
static inline void scratch_copy(const Scratch *s, const char *from, const char *name)
{
    char *path = str_format("%s/%s", from, name);
    Str bytes = {0};
    Err err = {0};
    if (!file_read(path, (size_t)1 << 30, &bytes, &err)) fail_msg("%s", err.message);
    scratch_put_bytes(s, name, str_get(&bytes), bytes.size);
    str_release(&bytes);
    free(path);
}

#endif
