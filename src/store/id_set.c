#include "store/id_set.h"

#include <stdlib.h>

#include "base/mem.h"

IdSet *id_set_new(void)
{
    IdSet *set = mem_zero(1, sizeof *set);
    set->pages = mem_zero(ID_SET_PAGES, sizeof *set->pages);
    return set;
}

void id_set_free(IdSet *set)
{
    if (!set) return;
    for (size_t i = 0; i < ID_SET_PAGES; i++) {
        free(set->pages[i]);
    }
    free(set->pages);
    free(set);
}

bool id_set_add(IdSet *set, uint32_t id)
{
    uint64_t **page = &set->pages[id / ID_SET_PAGE_IDS], bit = (uint64_t)1 << id % 64;
    if (!*page) *page = mem_zero(ID_SET_PAGE_IDS / 64, sizeof **page);
    uint64_t *word = &(*page)[id % ID_SET_PAGE_IDS / 64];
    if (*word & bit) return false;
    *word |= bit;
    set->count++;
    return true;
}

void id_set_list(const IdSet *set, int64_t *out)
{
    for (size_t p = 0; p < ID_SET_PAGES; p++) {
        for (size_t w = 0; set->pages[p] && w < ID_SET_PAGE_IDS / 64; w++) {
            for (uint64_t left = set->pages[p][w]; left; left &= left - 1) {
                *out++ = (int64_t)(p * ID_SET_PAGE_IDS + w * 64 + (size_t)__builtin_ctzll(left));
            }
        }
    }
}
