/* Readers: a file → a Document. One file a format, one row of the table in reader.c.
 * What is in a file is hostile: every reader has limits of size, depth and time, and says
 * by name what it refuses. Blocking; may start a child process (pdf). Thread-safe. */
#ifndef TEXT_READER_H
#define TEXT_READER_H

#include "base/cancel.h"
#include "base/err.h"
#include "text/document.h"

typedef struct Reader {
    const char *name;      /* "html" */
    const char *endings;   /* ".html .htm .xhtml" */
    const char *describes; /* one line for help */
    /* path: for messages and child processes; bytes: the file's content (not for readers with
     * by_path). out is released by the caller on failure too. */
    bool (*read)(const char *path, const char *bytes, size_t size, const Cancel *cancel,
                 Document *out, Err *err);
    bool by_path;
} Reader;

extern const Reader READERS[];
extern const size_t READER_COUNT;

#define READER_FILE_LIMIT_BYTES ((size_t)1 << 30)

/* reader_for: by file ending (ASCII case ignored); NULL when no reader takes it. */
const Reader *reader_for(const char *path);

/* reader_read: *ret is fresh and the caller's (document_release). ERR_FORMAT for an unknown ending,
 * a binary or empty file, a broken file; ERR_LIMIT; ERR_IO; ERR_CANCELLED. */
bool reader_read(const char *path, const Cancel *cancel, Document *ret, Err *err);

#endif
