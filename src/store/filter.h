/* The filter language of lists, on the command line and on the screen:
 *   status:pending split:test origin:offline document:NAME heading:WORD doubt>0.5 own_rank>10
 *   margin>-0.05 id:12 order:doubt order:-margin limit:50 and bare words or "quoted words" that the
 *   text must hold (all of them).
 * A '-' or '!' before a term negates it; status:pending,flagged takes either. Unknown fields are an
 * ERR_USAGE that lists the known. */
#ifndef STORE_FILTER_H
#define STORE_FILTER_H

#include "store/store.h"

typedef enum FilterOf { FILTER_DOCUMENTS, FILTER_CHUNKS, FILTER_QUESTIONS, FILTER_CANDIDATES } FilterOf;

/* filter_check: is the text a filter of that list? */
bool filter_check(FilterOf of, const char *text, Err *err);

/* filter_help: the fields, one line each, for help texts. Appends. */
void filter_help(FilterOf of, Str *out);

#endif
