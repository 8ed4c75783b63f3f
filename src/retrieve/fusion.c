#include "retrieve/fusion.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

typedef struct Share {
    uint32_t row, rank; /* rank from 1 */
} Share;

/* By row, then by rank: a row's sum does not depend on the order of the lists. */
static int compare_shares(const void *a, const void *b)
{
    const Share *x = a, *y = b;
    if (x->row != y->row) return (x->row > y->row) - (x->row < y->row);
    return (x->rank > y->rank) - (x->rank < y->rank);
}

size_t fuse(const FusionList *lists, size_t list_count, size_t k, Hit *out)
{
    size_t total = 0, rows = 0;
    for (size_t l = 0; l < list_count; l++) total += lists[l].count;
    Share *shares = mem_zero(total + 1, sizeof *shares);
    Hit *sums = mem_zero(total + 1, sizeof *sums);
    for (size_t l = 0, at = 0; l < list_count; l++) {
        for (size_t i = 0; i < lists[l].count; i++)
            shares[at++] = (Share){.row = lists[l].hits[i].row, .rank = (uint32_t)i + 1};
    }
    qsort(shares, total, sizeof *shares, compare_shares);
    for (size_t i = 0; i < total; rows++) {
        double sum = 0;
        uint32_t row = shares[i].row;
        for (; i < total && shares[i].row == row; i++)
            sum += 1.0 / (FUSION_K + (double)shares[i].rank);
        sums[rows] = (Hit){.row = row, .score = (float)sum};
    }
    hits_sort(sums, rows);
    if (rows > k) rows = k;
    memcpy(out, sums, rows * sizeof *out);
    free(sums);
    free(shares);
    return rows;
}
