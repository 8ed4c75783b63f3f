/* Files as a whole. Messages name the path. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

typedef struct FileInfo {
    uint64_t size_bytes;
    int64_t modified_ms;
    bool is_directory;
    bool is_regular;
} FileInfo;

typedef VEC(char *) Paths;

bool file_info(const char *path, FileInfo *ret, Err *err);

/* file_read: the whole regular file, at most limit_bytes (ERR_LIMIT beyond). out is overwritten. */
bool file_read(const char *path, size_t limit_bytes, Str *out, Err *err);

/* file_write: replaces path as a whole (temporary file beside it, fsync, rename), so that
 * a crash leaves the old or the new content. */
bool file_write(const char *path, const void *data, size_t size, Err *err);

/* FileWriter: the same, piece by piece. */
typedef struct FileWriter FileWriter;
bool file_writer_open(const char *path, FileWriter **ret, Err *err);
bool file_writer_add(FileWriter *w, const void *data, size_t size, Err *err);

/* file_writer_close: frees w. keep: puts what was written in path's place, else path is left as it
 * was (and there is no error). */
bool file_writer_close(FileWriter *w, bool keep, Err *err);

/* file_copy: the content of a regular file, as file_write replaces; of any size. */
bool file_copy(const char *from, const char *to, Err *err);

/* file_walk: every regular file below a folder (or the file itself), sorted by path, hidden
 * names and symbolic links to folders left out. Entries and the array are the caller's:
 * file_paths_release. Unreadable folders are appended to ret_unreadable (may be NULL). */
bool file_walk(const char *path, Paths *ret, Paths *ret_unreadable, Err *err);
void file_paths_release(Paths *paths);

bool file_make_folder(const char *path, Err *err); /* with parents; existing is fine */
const char *file_name(const char *path);           /* the part after the last slash */

#endif
