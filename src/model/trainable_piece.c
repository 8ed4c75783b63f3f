/* The passes of an encoder that is trained: batches of any size in pieces, with their gradients
 * (gradient caching: Gao et al., arXiv:2101.06983). */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/trainable_encoder.h"
#include "num/dropout.h"

/* ---- a piece ---- */

static size_t pooled_width(const EncoderTrainable *t)
{
    return t->shape.D * t->folder.pooling_count;
}

bool piece_new(EncoderTrainable *t, Err *err)
{
    Piece *p = &t->piece;
    size_t N = t->room_tokens, B = t->room_texts, D = t->shape.D, W = pooled_width(t);
    p->offset = mem_zero(B + 1, sizeof *p->offset);
    p->ids = mem_zero(N + 1, sizeof *p->ids);
    p->skipped = mem_zero(B + 1, sizeof *p->skipped);
    bool ok = (p->hidden = mem_tensor(N, D, "the batch's tokens", err)) &&
              (p->dhidden = mem_tensor(N, D, "the batch's tokens", err)) &&
              (p->pooled = mem_tensor(B, W, "the batch's texts", err)) &&
              (p->dpooled = mem_tensor(B, W, "the batch's texts", err)) &&
              (p->kept = mem_tensor(B, dense_kept_floats(&t->folder), "the batch's texts", err)) &&
              (p->dy = mem_tensor(B, t->base.dims, "the batch's texts", err));
    size_t widest = t->base.dims; /* between two dense layers */
    for (size_t i = 0; i < t->folder.dense_count; i++)
        if (t->folder.dense[i].out > widest) widest = t->folder.dense[i].out;
    if (ok && t->folder.dense_count)
        ok = (p->y = mem_tensor(B, widest, "the batch's texts", err)) != NULL;
    else
        p->y = p->pooled;
    return ok;
}

void piece_free(Piece *p)
{
    if (p->y != p->pooled) free(p->y);
    void *blocks[] = {p->offset, p->ids,     p->skipped, p->hidden, p->dhidden,
                      p->pooled, p->dpooled, p->kept,    p->dy};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
}

size_t piece_bytes(const EncoderTrainable *t)
{
    size_t of_text = 2 * pooled_width(t) + dense_kept_floats(&t->folder) + 2 * t->base.dims + 2;
    return (t->room_tokens * (2 * t->shape.D + 1) + t->room_texts * of_text) * sizeof(float);
}

/* A text of a batch by its place: queries first. */
typedef struct Item {
    Role role;
    uint32_t row;
} Item;

static Item item_at(const TrainableRows *rows, size_t i)
{
    if (i < rows->queries) return (Item){ROLE_QUERY, rows->query[i]};
    return (Item){ROLE_PASSAGE, rows->passage[i - rows->queries]};
}

static size_t item_count(const TrainableRows *rows)
{
    return rows->queries + rows->passages;
}

size_t encoder_pass_tokens(const Trainable *base, Role role, uint32_t row)
{
    const TokenBatch *side = &((const EncoderTrainable *)base)->side[role];
    return side->offset.items[row + 1] - side->offset.items[row];
}

/* Where the piece that begins at `first` ends: before the room is full, with a text at least. */
static size_t piece_end(const EncoderTrainable *t, const TrainableRows *rows, size_t first)
{
    size_t end = first, tokens = 0, count = item_count(rows);
    while (end < count && end - first < t->room_texts) {
        Item item = item_at(rows, end);
        tokens += encoder_pass_tokens(&t->base, item.role, item.row);
        if (end > first && tokens > t->room_tokens) break;
        end++;
    }
    return end;
}

static void load_piece(EncoderTrainable *t, const TrainableRows *rows, size_t first, size_t end)
{
    Piece *p = &t->piece;
    uint32_t at = 0;
    for (size_t i = first; i < end; i++) {
        Item item = item_at(rows, i);
        const TokenBatch *side = &t->side[item.role];
        uint32_t from = side->offset.items[item.row],
                 tokens = side->offset.items[item.row + 1] - from;
        memcpy(p->ids + at, side->ids.items + from, tokens * sizeof *p->ids);
        p->skipped[i - first] = side->skipped.items[item.row];
        p->offset[i - first] = at;
        at += tokens;
    }
    p->offset[end - first] = at;
    p->ragged = (Ragged){.B = end - first, .N = at, .offset = p->offset, .ids = p->ids};
}

/* ---- a piece, there and back ---- */

static const float *dense_of(const EncoderTrainable *t)
{
    return t->block + t->encoder_floats;
}

static EncoderPass pass_of(const EncoderTrainable *t, bool dropout, uint64_t seed, size_t number)
{
    return (EncoderPass){.dropout = dropout,
                         .seed = dropout_key(seed, number),
                         .lora = t->lora.rank ? &t->lora : NULL,
                         .first_rows = pooling_first_rows(&t->folder)};
}

static void forward_piece(EncoderTrainable *t, const EncoderPass *pass)
{
    Piece *p = &t->piece;
    encoder_forward(t->encoder, t->room, &p->ragged, pass, p->hidden);
    pooling_forward(&t->folder, &p->ragged, p->skipped, p->hidden, p->pooled);
    if (t->folder.dense_count)
        dense_forward(t->base.pool, &t->folder, dense_of(t), p->pooled, p->kept, p->y, p->ragged.B);
}

static void backward_piece(EncoderTrainable *t, const EncoderPass *pass)
{
    Piece *p = &t->piece;
    const float *dpooled = p->dy;
    if (t->folder.dense_count) {
        dense_backward(t->base.pool, &t->folder, dense_of(t), p->pooled, p->kept, p->dy, p->dpooled,
                       t->dense_g, p->ragged.B);
        dpooled = p->dpooled;
    }
    pooling_backward(&t->folder, &p->ragged, p->skipped, p->hidden, dpooled, p->dhidden);
    encoder_backward(t->encoder, t->room, &p->ragged, pass, p->dhidden,
                     t->lora.rank ? NULL : t->base.g, t->first);
}

/* ---- a batch ---- */

/* The vector of text i among those of both sides. */
static size_t place(const TrainableRows *rows, size_t i, bool *ret_query)
{
    *ret_query = i < rows->queries;
    return *ret_query ? i : i - rows->queries;
}

static bool forward_pieces(EncoderTrainable *t, const TrainableRows *rows, bool dropout,
                           uint64_t seed, float *yq, float *yd, Err *err)
{
    size_t dims = t->base.dims, number = 0;
    t->kept = SIZE_MAX;
    for (size_t first = 0, end; first < item_count(rows); first = end, number++) {
        if (!cancel_check(t->base.cancel, err)) return false;
        end = piece_end(t, rows, first);
        load_piece(t, rows, first, end);
        EncoderPass pass = pass_of(t, dropout, seed, number);
        forward_piece(t, &pass);
        for (size_t i = first; i < end; i++) {
            bool query;
            size_t at = place(rows, i, &query);
            memcpy((query ? yq : yd) + at * dims, t->piece.y + (i - first) * dims,
                   dims * sizeof *yq);
        }
    }
    if (number > 0) t->kept = number - 1;
    return true;
}

bool encoder_pass_forward(Trainable *base, const TrainableRows *rows, uint64_t seed, float *yq,
                          float *yd, Err *err)
{
    return forward_pieces((EncoderTrainable *)base, rows, true, seed, yq, yd, err);
}

bool encoder_pass_embed(Trainable *base, Role role, const uint32_t *rows, size_t count, float *y,
                        Err *err)
{
    EncoderTrainable *t = (EncoderTrainable *)base;
    TrainableRows side = {0};
    if (role == ROLE_QUERY)
        side = (TrainableRows){.query = rows, .queries = count};
    else
        side = (TrainableRows){.passage = rows, .passages = count};
    bool ok = forward_pieces(t, &side, false, 0, y, y, err);
    t->kept = SIZE_MAX;
    return ok;
}

/* Where each piece begins, and behind the last where it ends. The caller's. */
static size_t *cut(const EncoderTrainable *t, const TrainableRows *rows, size_t *ret_count)
{
    size_t count = 0, items = item_count(rows);
    size_t *first = mem_zero(items + 1, sizeof *first);
    for (size_t at = 0; at < items; first[++count] = at) at = piece_end(t, rows, at);
    *ret_count = count;
    return first;
}

/* From the last piece, which the room still holds, to the first. */
bool encoder_pass_backward(Trainable *base, const TrainableRows *rows, uint64_t seed,
                           const float *dyq, const float *dyd, Err *err)
{
    EncoderTrainable *t = (EncoderTrainable *)base;
    size_t dims = base->dims, count, *first = cut(t, rows, &count);
    bool ok = true;
    for (size_t n = count; ok && n-- > 0;) {
        ok = cancel_check(base->cancel, err);
        if (!ok) break;
        EncoderPass pass = pass_of(t, true, seed, n);
        if (t->kept != n) {
            load_piece(t, rows, first[n], first[n + 1]);
            forward_piece(t, &pass);
        }
        for (size_t i = first[n]; i < first[n + 1]; i++) {
            bool query;
            size_t at = place(rows, i, &query);
            memcpy(t->piece.dy + (i - first[n]) * dims, (query ? dyq : dyd) + at * dims,
                   dims * sizeof *dyq);
        }
        backward_piece(t, &pass);
        t->kept = SIZE_MAX;
    }
    free(first);
    return ok;
}
