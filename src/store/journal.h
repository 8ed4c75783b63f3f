/* Decisions of a person. decide() is the only way to make one: it reads the old value, writes the
 * new one and the journal row in one transaction (synchronous FULL). Undo and redo are linear for a
 * project and work across restarts.
 *
 * subject            subject_id   other_id   value
 * question.status    question     0          a status word
 * question.text      question     0          the text
 * relevance          question     chunk      "yes", or NULL: not relevant
 * verdict            question     chunk      a candidate status word, or NULL: no verdict (kept by
 *                    the chunk's text hash)
 * chunk.status       chunk        0          a status word
 * chunk.text         chunk        0          the text
 * document.split     document     0          a split word
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "store/store.h"

typedef struct Decision {
    const char *subject;
    int64_t subject_id, other_id;
    const char *value;
    const char *why;     /* NULL: not given */
    const char *context; /* JSON or NULL */
} Decision;

/* decide: all or nothing. label: what the person did, for the undo message ("reject question 12").
 * Entries whose value is already so are left out; *ret_group 0 when nothing changed. A promoted
 * verdict adds the relevance too, in the same group; taking it back removes it. who: $USER or the
 * program's word for the caller. Making a decision ends what could be redone. */
bool decide(Store *s, const Decision *decisions, size_t count, const char *label,
            int64_t *ret_group, Err *err);

/* undo/redo: the label of the group and how many entries it had. ERR_MISSING: nothing to undo;
 * ERR_CONFLICT: the same thing was changed since by something else: says what, and leaves all as it
 * is. */
bool journal_undo(Store *s, char **ret_label, size_t *ret_count, Err *err);
bool journal_redo(Store *s, char **ret_label, size_t *ret_count, Err *err);

/* journal_undo_group, journal_redo_group: of one group, whatever else was decided since. ERR_MISSING:
 * it does not stand (is not undone) any more; ERR_CONFLICT as above. */
bool journal_undo_group(Store *s, int64_t group, char **ret_label, size_t *ret_count, Err *err);
bool journal_redo_group(Store *s, int64_t group, char **ret_label, size_t *ret_count, Err *err);

/* journal_standing: the last group that stands, of those up to `last`; 0: none. */
bool journal_standing(Store *s, int64_t last, int64_t *ret_group, Err *err);

/* journal_made: the groups made through this connection, in order; borrowed until the next. */
const int64_t *journal_made(const Store *s, size_t *ret_count);

bool journal_load(Store *s, int64_t after_id, JournalRows *ret, Err *err); /* by id */
bool journal_last(Store *s, int64_t *ret_id, Err *err); /* of the newest entry; 0: none */

#endif
