/* First rows: the rows of each text's first token, taken together and put back. In place, or from
 * one buffer to another. Texts without tokens have none. */
#include <string.h>

#include "model/encoder_parts.h"

size_t first_rows_count(const Ragged *batch)
{
    size_t rows = 0;
    for (size_t i = 0; i < batch->B; i++) rows += batch->offset[i] < batch->offset[i + 1];
    return rows;
}

void first_rows_gather(const Ragged *batch, size_t D, const float *from, float *to)
{
    for (size_t i = 0; i < batch->B; i++) {
        if (batch->offset[i] == batch->offset[i + 1]) continue;
        memmove(to, from + batch->offset[i] * D, D * sizeof *to);
        to += D;
    }
}

/* From the last on: a row moves up or stays, and what is cleared behind it held later rows. */
void first_rows_spread(const Ragged *batch, size_t D, float *x, bool clear)
{
    size_t row = first_rows_count(batch);
    for (size_t i = batch->B; i-- > 0;) {
        size_t first = batch->offset[i], rows = batch->offset[i + 1] - first;
        if (!rows) continue;
        memmove(x + first * D, x + --row * D, D * sizeof *x);
        if (clear) memset(x + (first + 1) * D, 0, (rows - 1) * D * sizeof *x);
    }
}
