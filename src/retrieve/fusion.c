#include "retrieve/fusion.h"

#include <stdlib.h>

#include "base/mem.h"

typedef struct Share {
    uint32_t row, rank; /* rank from 1 */
    double near;        /* score / best score of the list, 0 where that is not above 0 */
} Share;

typedef struct Sum {
    Hit hit;
    double sum, near;
} Sum;

/* By row, rank and nearness: a row's sums do not depend on the order of the lists. */
static int compare_shares(const void *a, const void *b)
{
    const Share *x = a, *y = b;
    if (x->row != y->row) return (x->row > y->row) - (x->row < y->row);
    if (x->rank != y->rank) return (x->rank > y->rank) - (x->rank < y->rank);
    return (x->near < y->near) - (x->near > y->near);
}

/* Cosines may all be below 0, and then no share of the best says how near a row is. */
static double nearness(const FusionList *list, size_t i)
{
    double best = list->hits[0].score;
    return best > 0 ? list->hits[i].score / best : 0;
}

/* Two lists often tie: ranks 1 and 2 against 2 and 1. Then the scores decide, then the row. */
static int compare_sums(const void *a, const void *b)
{
    const Sum *x = a, *y = b;
    if (x->sum != y->sum) return x->sum > y->sum ? -1 : 1;
    if (x->near != y->near) return x->near > y->near ? -1 : 1;
    return (x->hit.row > y->hit.row) - (x->hit.row < y->hit.row);
}

size_t fuse(const FusionList *lists, size_t list_count, size_t k, Hit *out)
{
    size_t total = 0, rows = 0;
    for (size_t l = 0; l < list_count; l++) total += lists[l].count;
    Share *shares = mem_zero(total + 1, sizeof *shares);
    Sum *sums = mem_zero(total + 1, sizeof *sums);
    for (size_t l = 0, at = 0; l < list_count; l++) {
        for (size_t i = 0; i < lists[l].count; i++)
            shares[at++] = (Share){.row = lists[l].hits[i].row,
                                   .rank = (uint32_t)i + 1,
                                   .near = nearness(&lists[l], i)};
    }
    qsort(shares, total, sizeof *shares, compare_shares);
    for (size_t i = 0; i < total; rows++) {
        Sum s = {.hit.row = shares[i].row};
        for (; i < total && shares[i].row == s.hit.row; i++) {
            s.sum += 1.0 / (FUSION_K + (double)shares[i].rank);
            s.near += shares[i].near;
        }
        s.hit.score = (float)s.sum;
        sums[rows] = s;
    }
    qsort(sums, rows, sizeof *sums, compare_sums);
    if (rows > k) rows = k;
    for (size_t i = 0; i < rows; i++) out[i] = sums[i].hit;
    free(sums);
    free(shares);
    return rows;
}
