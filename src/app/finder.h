/* Finder: searches of the screen, with retrievers that stay open between them. Loaded at the first
 * search, and again when the chunks, their texts or the retrievers changed. The functions are for the
 * screen's thread; the work is done on LANE_SEARCH. */
#ifndef APP_FINDER_H
#define APP_FINDER_H

#include "app/desk.h"

#define FINDER_LISTS 4

typedef struct Finder Finder;

Finder *finder_new(Desk *d);
void finder_free(Finder *f); /* after desk_close; NULL is allowed */

typedef struct FoundHit {
    int64_t chunk_id;
    double score;
    size_t rank;       /* from 1 */
    bool own;          /* one of the chunks asked after */
    ChunkRow chunk;    /* text, title, heading, pages */
} FoundHit;

typedef struct FoundList {
    char name[128];    /* of the retriever */
    const char *error; /* it could not be searched with: why; NULL: it could */
    FoundHit *hits;    /* best first; the own chunks stand behind them where they were not among them */
    size_t count;
    size_t own_rank;   /* of the first own chunk; 0: not within the first 1,000 */
} FoundList;

typedef struct Found {
    FoundList lists[FINDER_LISTS];
    size_t list_count;
    Arena arena;       /* owns hits and texts */
} Found;

typedef void FinderDone(void *context, Found *found, const Err *err); /* found: the context's; NULL with err */

typedef struct FinderAsk {
    const char *query;
    const char *const *retrievers; /* at most FINDER_LISTS */
    size_t retriever_count;
    size_t k;
    const int64_t *own;            /* chunks whose rank is wanted */
    size_t own_count;
} FinderAsk;

/* finder_ask: copies what it is given; takes the place of the one before of the slot. */
void finder_ask(Finder *f, const void *slot, const FinderAsk *ask, FinderDone *done, void *context);
void found_free(Found *f); /* NULL is allowed */

/* finder_names: every name that can be searched with now; names are done's to read, not to keep. */
typedef void FinderNames(void *context, const char *const *names, size_t count);
void finder_names(Finder *f, const void *slot, FinderNames *done, void *context);

#endif
