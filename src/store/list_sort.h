/* The rows of a list while it is put in order: SQLite's sorter takes ten times as long. For
 * src/store only. */
#ifndef STORE_LIST_SORT_H
#define STORE_LIST_SORT_H

#include "store/filter_sql.h"

typedef struct SortKey {
    const FilterField *field;
    bool down;
    VEC(uint64_t) codes;     /* of each row: in the order wanted */
    VEC(const char *) texts; /* FIELD_TEXT: what the codes are made from at the end */
} SortKey;

typedef struct ListSort {
    VEC(uint32_t) ids;
    SortKey *keys;
    size_t key_count;
    Arena arena; /* of texts */
} ListSort;

void list_sort_init(ListSort *l, const FilterOrder *orders, size_t count);
void list_sort_release(ListSort *l);

/* list_sort_add: a row; its keys are the next columns. */
void list_sort_add(ListSort *l, Sql *q, uint32_t id);

/* list_sort_first: the places of the first `wanted` rows in order, long before all are sorted;
 * false where sorting them all is as quick. The caller's array of `wanted`. */
bool list_sort_first(const ListSort *l, size_t wanted, uint32_t **ret);

/* list_sort_order: the places of the rows in order; equal ones by id, then as they came. The
 * caller's array. ERR_CANCELLED. */
bool list_sort_order(ListSort *l, const Cancel *cancel, uint32_t **ret, Err *err);

#endif
