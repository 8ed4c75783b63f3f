/* Encoders as trainables: what trainable_encoder.c (making, memory, files) and trainable_piece.c
 * (the passes) share.
 *
 * The texts of both sides are tokenised once. A batch is its queries, then its passages, cut in
 * that order into pieces of at most `room_tokens` tokens, each one ragged pass through the encoder;
 * a batch that fits is one piece, both sides together. Invariant: the room holds the activations of
 * piece `kept` of the forward before, SIZE_MAX: of none. */
#ifndef MODEL_TRAINABLE_ENCODER_H
#define MODEL_TRAINABLE_ENCODER_H

#include "model/cross_head.h"
#include "model/sentence.h"
#include "model/trainable.h"

/* One ragged pass: what goes in, and its vectors on their way out and back. D hidden, pooled width
 * D · pooling_count. */
typedef struct Piece {
    uint32_t *offset, *ids, *skipped; /* (texts + 1), (tokens), (texts) */
    float *hidden, *dhidden;          /* (tokens, D) */
    float *pooled, *dpooled;          /* (texts, pooled width) */
    float *kept;                      /* of the dense layers */
    float *y, *dy; /* (texts, dims); y is pooled where there are no dense layers */
    Ragged ragged;
} Piece;

typedef struct EncoderTrainable {
    Trainable base;
    ModelFolder folder;    /* of the model that it starts from */
    EncoderShape shape;    /* with the dropout that is trained with */
    TokenBatch side[2];    /* by Role */
    const CrossHead *head; /* of a cross-encoder, in place of the dense layers; NULL */
    float *block;          /* the model's parameters: encoder's, then the dense layers' */
    size_t encoder_floats, dense_floats;
    size_t first; /* parameters below are frozen; of the full method */
    Encoder *encoder;
    Lora lora;     /* rank 0: the full method; else its parameters are base.p, the block is fixed */
    uint64_t seed; /* of lora's start */
    float *dense_g;          /* gradients of the dense layers */
    bool owns_dense_g;       /* nobody looks at them */
    ParameterRange *decayed; /* owned: base.decayed */
    EncoderRoom *room;
    size_t room_tokens, room_texts;
    Piece piece;
    size_t kept;
} EncoderTrainable;

/* What whole encoders and cross-encoders have in common. model: parameters as they are at the
 * start; folder, shape and head stand. room: the encoder, and activations for a batch of so many
 * tokens at once. release: all but t itself and what a piece owns. */
bool encoder_trainable_model(EncoderTrainable *t, const TrainableWanted *w, Err *err);
bool encoder_trainable_room(EncoderTrainable *t, const TrainableWanted *w, size_t batch,
                            size_t longest, Err *err);
void encoder_trainable_release(EncoderTrainable *t);
size_t encoder_trainable_bytes(const EncoderTrainable *t); /* all but texts and pieces */
const TrainableDefaults *encoder_trainable_method(const char *method);

/* The ops of that name. */
bool encoder_trainable_restart(Trainable *base, Err *err);
bool encoder_trainable_write(Trainable *base, const char *folder, Err *err);
size_t encoder_trainable_write_bytes(const Trainable *base);
size_t encoder_trainable_open_bytes(const Trainable *base);
size_t encoder_trainable_piece(const Trainable *base);
double encoder_trainable_work(const Trainable *base);
bool encoder_pass_forward(Trainable *base, const TrainableRows *rows, uint64_t seed, float *yq,
                          float *yd, Err *err);
bool encoder_pass_backward(Trainable *base, const TrainableRows *rows, uint64_t seed,
                           const float *dyq, const float *dyd, Err *err);
bool encoder_pass_embed(Trainable *base, Role role, const uint32_t *rows, size_t count, float *y,
                        Err *err);
size_t encoder_pass_tokens(const Trainable *base, Role role, uint32_t row);

bool piece_new(EncoderTrainable *t, Err *err); /* for room_tokens and room_texts */
void piece_free(Piece *p);
size_t piece_bytes(const EncoderTrainable *t);

#endif
