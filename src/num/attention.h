/* Multi-head self-attention over a ragged batch: for each sequence and head
 *   S = Q Kᵀ / √A,  P = softmax(S),  C = Drop(P) V.
 * Rows of S live only in a thread's scratch (some rows at a time); backward computes them again
 * from Q, K and the log of the softmax's denominator (as in arXiv:2205.14135), so that memory grows
 * with N and not with T². Work is shared out by sequence, head and block of rows. Letters: N rows
 * of all sequences, T tokens of one, H heads, A = D/H. */
#ifndef NUM_ATTENTION_H
#define NUM_ATTENTION_H

#include <stdint.h>

#include "num/dropout.h"
#include "num/workspace.h"

typedef struct AttentionShape {
    size_t B;               /* sequences */
    const uint32_t *offset; /* (B+1): rows of sequence i are offset[i] .. offset[i+1) */
    size_t D, H;
} AttentionShape;

/* attention_forward: qkv (N,3D): q, k, v of a row side by side, head h at columns h·A of each.
 * c (N,D) out; lse (N,H) out or NULL: max + log Σ exp of each row of S, kept for backward. */
void attention_forward(const Workspace *w, const AttentionShape *s, const float *qkv,
                       Dropout dropout, float *c, float *lse);

/* attention_backward: dqkv (N,3D) overwritten, from dc (N,D); c, lse and dropout as in forward. */
void attention_backward(const Workspace *w, const AttentionShape *s, const float *qkv,
                        const float *c, const float *lse, const float *dc, Dropout dropout,
                        float *dqkv);

size_t attention_scratch_floats(size_t D, size_t T); /* what a thread needs, for workspace_init */

#endif
