/* Listing: a filtered, ordered list of rows of one kind, as long as it likes, for the screen.
 *
 * The ids of all that matches are a snapshot, taken in the background and cut short by a newer one;
 * rows are loaded around what is looked at. A snapshot stays as it is while rows change, so that
 * nothing jumps under a reviewer's hand: rows are loaded again when the project changes, and ids by
 * listing_renew. All functions are for the screen's thread; none waits. */
#ifndef APP_LISTING_H
#define APP_LISTING_H

#include "app/desk.h"
#include "store/list.h"
#include "store/rows.h"

typedef struct Listing Listing;

/* changed: rows, count or error are not what they were. */
typedef void ListingChanged(void *context);

Listing *listing_new(Desk *d, ListOf of, ListingChanged *changed, void *context);
void listing_free(Listing *l); /* before desk_close; NULL is allowed */

/* listing_check: is the text a filter of such a list? */
bool listing_check(ListOf of, const char *filter, Err *err);

/* listing_filter: begins anew with a filter (filter language, with its order; "" all). The rows so
 * far stay until the first of the new ones are there. */
void listing_filter(Listing *l, const char *filter);
const char *listing_filter_text(const Listing *l);

/* listing_renew: takes the snapshot again with the same filter. */
void listing_renew(Listing *l);

size_t listing_count(const Listing *l);     /* ids so far */
bool listing_complete(const Listing *l);    /* they are all */
const char *listing_error(const Listing *l); /* of the filter, or of reading; NULL: none */

int64_t listing_id(const Listing *l, size_t i);       /* 0: there is no such item */
size_t listing_find(const Listing *l, int64_t id);    /* SIZE_MAX: not in it */

/* listing_row: the i-th row: DocumentRow, ChunkRow, QuestionRow or CandidateRow (with texts) as the
 * list is of (a queue: QuestionRow); NULL while it is on its way. Asking for it makes it come.
 * Borrowed until the screen's thread delivers again. */
const void *listing_row(Listing *l, size_t i);

/* listing_patch: that row, to be changed in place: what was decided is on the screen before it is on
 * the disk. It holds until the rows are loaded again. NULL: it is not there, which is no matter. */
void *listing_patch(Listing *l, size_t i);

/* listing_touch: loads the rows again that are there; called for every listing when the project
 * changed. */
void listing_touch(Listing *l);

#endif
