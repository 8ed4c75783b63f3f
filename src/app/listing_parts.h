/* The inside of a listing, for listing*.c. */
#ifndef APP_LISTING_PARTS_H
#define APP_LISTING_PARTS_H

#include "app/listing.h"
#include "base/vec.h"
#include "store/corpus.h"
#include "store/filter.h"
#include "store/mining.h"
#include "store/questions.h"

#define PAGE_ROWS 256 /* loaded at a time */
#define PAGES_KEPT 4  /* places of one list that can be looked at in turn without loading again */

/* The containers of rows, told apart by the kind of the list; `any` is what they share. */
typedef union RowsOf {
    struct {
        void *items;
        size_t count;
        Arena arena;
    } any;
    DocumentRows documents;
    ChunkRows chunks;
    QuestionRows questions;
    CandidateRows candidates;
} RowsOf;

/* Some rows by their ids, wherever they stand in the list. */
typedef struct Page {
    int64_t ids[PAGE_ROWS];       /* ascending */
    const void *found[PAGE_ROWS]; /* the row of each, in `rows`; NULL: there is none */
    size_t count;                 /* 0: the page is unused */
    RowsOf rows;
    uint64_t version; /* of the listing when it was asked for */
    uint64_t used;    /* the listing's turn when it was last looked at */
} Page;

/* A page on its way. */
typedef struct PageAsk {
    Listing *listing; /* for `done` only */
    ListOf of;
    uint64_t opens; /* the snapshot that is shown with this page; 0: none */
    bool early;     /* writes were under way when it was asked for */
    uint64_t patches;
    Page page;
} PageAsk;

/* A snapshot as it came: its pieces behind one another. */
typedef struct Piece {
    uint32_t *ids;
    size_t first, count; /* first: ids before this piece */
} Piece;

typedef struct Snapshot {
    VEC(Piece) pieces;
    size_t count;
    bool complete;
} Snapshot;

struct Listing {
    Desk *desk;
    ListOf of;
    ListingChanged *changed;
    void *context;
    char *filter;
    char ids_slot, page_slot; /* their addresses are slots of the desk */

    /* Ids. A new snapshot is `coming` until it has something to show, then it is `shown`. */
    Snapshot shown, coming;
    uint64_t snapshot; /* number of the newest */
    bool under_way;    /* the newest is not complete and has not failed */
    bool is_shown;     /* the newest is the shown one */
    bool whole;        /* the newest is not shown before it is complete */
    bool opening;      /* its first rows were asked for */
    char *ids_error;   /* NULL: none */

    /* Rows. One page is asked for at a time, so that scrolling does not flood the desk. */
    Page *pages[PAGES_KEPT]; /* NULL: unused */
    PageAsk *asked;          /* the desk's; NULL: none on its way */
    uint64_t version;        /* grows with listing_touch */
    uint64_t turn;           /* of looks at pages */
    bool wants;              /* a page around `wanted`, when the asked one is here */
    size_t wanted;
    size_t looked;        /* the item that was asked for last */
    VEC(int64_t) patched; /* not yet loaded as they were decided */
    uint64_t patches;     /* how many there were */
    char *rows_error;
    double patience_s; /* after a failure nothing is asked before this time */
};

/* A list of 0 for i past its end. */
uint32_t snapshot_id(const Snapshot *s, size_t i);

/* listing_show: the coming snapshot takes the place of the shown one. */
void listing_show(Listing *l);

/* listing_ask_rows: asks for what is wanted most, unless something is on its way. */
void listing_ask_rows(Listing *l);
void listing_free_rows(Listing *l);
void listing_say(char **error, const Err *err); /* err NULL: no error */

#endif
