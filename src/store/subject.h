/* What decisions are about: how each subject's value is read and written. For src/store only. */
#ifndef STORE_SUBJECT_H
#define STORE_SUBJECT_H

#include "store/sql.h"

/* What a decision is about, and the text that undoing it needs beside the old value (the journal's
 * `detail`), by subject:
 * - relevance: the origin that a removed pair had
 * - verdict: the text hash it is kept by, in hex, since the chunk may have another text later
 * - document.split: what was not as the document's split said: lines "b", "c ID split", "q ID
 * split"
 */
typedef struct Target {
    int64_t id, other;
    const char *detail;
} Target;

typedef struct Subject {
    const char *name;
    const char *of;           /* for messages */
    const char *const *words; /* the values it takes, or NULL: any text */
    int word_count;
    bool may_be_null;

    /* get: the value now; fills in the detail of a new entry, where it is NULL. ERR_MISSING: no
     * such thing. */
    bool (*get)(Store *s, Target *t, Arena *arena, const char **ret, Err *err);

    bool (*set)(Store *s, const Target *t, const char *value, Err *err);

    /* restore: what undoing does beyond set, or NULL. */
    bool (*restore)(Store *s, const Target *t, Err *err);
} Subject;

const Subject *subject_find(const char *name); /* NULL: unknown */

/* subject_value: the value as it is kept, or ERR_USAGE. *ret is borrowed from value or a literal.
 */
bool subject_value(const Subject *subject, const char *value, const char **ret, Err *err);

#endif
