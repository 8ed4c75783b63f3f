/* Lists of millions of rows, as the ids of what matches a filter, in order. The rows of a page are
 * loaded by their ids (chunks_load and its like). For src/app. */
#ifndef STORE_LIST_H
#define STORE_LIST_H

#include "store/store.h"

typedef enum ListOf {
    LIST_DOCUMENTS,
    LIST_CHUNKS,     /* live ones unless the filter names a status */
    LIST_QUESTIONS,  /* all but deleted ones */
    LIST_CANDIDATES, /* of the current mining */
    LIST_QUEUE,      /* questions with candidates of the current mining that match the filter of
                      * candidates, each at the place of its best-placed one */
    LIST_OF_COUNT
} ListOf;

/* ListTake: the next ids; count > 0. false: stop. */
typedef bool ListTake(void *context, const uint32_t *ids, size_t count);

/* list_ids: every id that matches, in order, handed over in pieces: each id comes once, so that the
 * pieces behind one another are the list. The first piece holds the first `first` ids (fewer where
 * there are no more) and comes as soon as they are known, long before the others where the rest has
 * to be sorted; first 0: no hurry. An empty list calls take not at all. All pieces are of one state
 * of the file.
 *
 * Order: that of the filter's `order:` terms, equal ones by id; without any, documents and
 * questions by id, chunks by document, place in it, id; candidates by question, rank, id; the queue
 * by margin, highest first. A filter's `limit:` counts ids of this list.
 *
 * take runs on the caller's thread, within the call, and must not use the store.
 * Memory while it is made: about 44 bytes a row that matches, 8 more for each `order:` term.
 * Obeys store_set_cancel. ERR_CANCELLED: asked to, or take returned false; pieces given before
 * stand, as they do when another error comes after them. ERR_USAGE, ERR_LIMIT: no filter of that
 * list. ERR_DATABASE: also an id that does not fit, which this program does not make. */
bool list_ids(Store *s, ListOf of, const char *filter, size_t first, ListTake *take, void *context,
              Err *err);

#endif
