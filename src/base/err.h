/* Err: what went wrong, as one value that the caller owns.
 *
 * A function that can fail returns bool and takes `Err *err` last. On failure it
 * returns err_set(err, …); on success it leaves *err untouched. A message names
 * the thing (file, line, id), what was wrong, and what to do about it. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

typedef enum ErrKind {
    ERR_NONE,
    ERR_USAGE,     /* the caller asked for something that makes no sense */
    ERR_IO,        /* a file or child process failed */
    ERR_FORMAT,    /* input is not what its format promises */
    ERR_LIMIT,     /* input or work beyond a stated limit */
    ERR_MISSING,   /* the named thing does not exist */
    ERR_CONFLICT,  /* someone else changed the same thing */
    ERR_DATABASE,  /* the project file is broken, of another program, or cannot be written */
    ERR_NEWER,     /* the project file was written by a newer version */
    ERR_BUSY,      /* the project file is locked by another process */
    ERR_NUMERIC,   /* NaN, infinity, a factorisation that failed */
    ERR_MEMORY,    /* a tensor does not fit */
    ERR_CANCELLED, /* the user stopped it */
} ErrKind;

typedef struct Err {
    ErrKind kind;
    char message[1000]; /* UTF-8, one line, cut at a character */
} Err;

/* err_set: fills *err (NULL is allowed) and returns false, so that it can be returned. */
bool err_set(Err *err, ErrKind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* err_prefix: puts "prefix: " before the message; returns false. */
bool err_prefix(Err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
