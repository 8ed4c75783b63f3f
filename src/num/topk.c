#include "num/topk.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Scores looked at together: a block with nothing above the worst kept score costs one comparison
 * each and no branch. */
#define BLOCK 64

/* better: the order of every list of hits. It is total, so that results do not depend on how they
 * were found. */
static bool better(Hit a, Hit b)
{
    return a.score > b.score || (a.score == b.score && a.row < b.row);
}

/* heap[0] is the worst of the kept; a parent is never better than its children. */
static void heap_sink(Hit *heap, size_t n, size_t at)
{
    Hit moved = heap[at];
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && better(heap[child], heap[child + 1])) child++;
        if (!better(moved, heap[child])) break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

static void heap_order(Hit *heap, size_t n)
{
    for (size_t i = n / 2; i-- > 0;) heap_sink(heap, n, i);
}

/* heap_sort: takes the worst off the top each time, so that the best ends in front. */
static void heap_sort(Hit *heap, size_t n)
{
    for (size_t left = n; left > 1; left--) {
        Hit worst = heap[0];
        heap[0] = heap[left - 1];
        heap[left - 1] = worst;
        heap_sink(heap, left - 1, 0);
    }
}

static bool any_above(const float *scores, float threshold)
{
    unsigned found = 0;
    for (size_t i = 0; i < BLOCK; i++) found |= scores[i] > threshold;
    return found != 0;
}

size_t topk(const float *scores, size_t n, size_t k, Hit *out)
{
    size_t have = 0, i = 0;
    for (; i < n && have < k; i++)
        if (!isnan(scores[i])) out[have++] = (Hit){(uint32_t)i, scores[i]};
    heap_order(out, have);
    while (have > 0 && i < n) {
        /* Rows come in ascending order: an equal score never replaces an earlier row. */
        if (n - i >= BLOCK && !any_above(scores + i, out[0].score)) {
            i += BLOCK;
            continue;
        }
        size_t end = n - i < BLOCK ? n : i + BLOCK;
        for (; i < end; i++) {
            if (!(scores[i] > out[0].score)) continue;
            out[0] = (Hit){(uint32_t)i, scores[i]};
            heap_sink(out, have, 0);
        }
    }
    heap_sort(out, have);
    return have;
}

size_t topk_merge(Hit *out, size_t have, const Hit *more, size_t more_count, size_t k)
{
    /* How many come from each list, then from the back, so that nothing is overwritten before it is
     * read. */
    size_t from_out = 0, from_more = 0;
    while (from_out + from_more < k && (from_out < have || from_more < more_count)) {
        bool take_more =
            from_out == have || (from_more < more_count && better(more[from_more], out[from_out]));
        if (take_more)
            from_more++;
        else
            from_out++;
    }
    size_t count = from_out + from_more;
    for (size_t at = count; from_more > 0; at--) {
        if (from_out > 0 && better(more[from_more - 1], out[from_out - 1]))
            out[at - 1] = out[--from_out];
        else
            out[at - 1] = more[--from_more];
    }
    return count;
}

void hits_sort(Hit *hits, size_t n)
{
    heap_order(hits, n);
    heap_sort(hits, n);
}
