/* A set of ids below 2^32, a bit each, with room only around those that are in it. For src/store
 * only. */
#ifndef STORE_ID_SET_H
#define STORE_ID_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_SET_PAGE_IDS 65536
#define ID_SET_PAGES 65536

typedef struct IdSet {
    uint64_t **pages; /* by id / ID_SET_PAGE_IDS; NULL: none of them */
    size_t count;
} IdSet;

IdSet *id_set_new(void);
void id_set_free(IdSet *set); /* NULL is allowed */

/* id_set_add: false: was in it already. */
bool id_set_add(IdSet *set, uint32_t id);

static inline bool id_set_has(const IdSet *set, uint32_t id)
{
    const uint64_t *page = set->pages[id / ID_SET_PAGE_IDS];
    return page && page[id % ID_SET_PAGE_IDS / 64] >> id % 64 & 1;
}

/* id_set_list: all of them, ascending; count places. */
void id_set_list(const IdSet *set, int64_t *out);

#endif
