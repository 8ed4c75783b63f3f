/* Encoder: a transformer of the BERT family (bert, roberta, xlm-roberta, camembert, distilbert):
 * ragged batches of tokens in, one vector a token out, and the way back. Post-layer-norm blocks,
 * absolute positions.
 *
 * The formulas stand in encoder_forward.c and encoder_backward.c, a comment a line. Letters: N rows
 * of a ragged batch (all tokens of all texts, no padding), D hidden, H heads, F feed-forward, L
 * layers, V vocabulary. */
#ifndef MODEL_ENCODER_H
#define MODEL_ENCODER_H

#include <stdint.h>

#include "base/profile.h"
#include "model/weights.h"
#include "num/gelu.h"
#include "num/workspace.h"

typedef struct EncoderShape {
    char family[24];    /* model_type of config.json */
    size_t V, P, types; /* rows of the word, position and type tables; types 0: has none */
    size_t D, H, F, L;
    size_t first_position; /* row of the first token's position: 0, or padding_idx + 1 */
    float eps;             /* layer_norm_eps */
    Activation activation;
    float dropout, attention_dropout;
} EncoderShape;

/* encoder_shape_parse: of a config.json's text. Refuses by name what is not supported: another
 * model_type, position_embedding_type other than absolute, an unknown hidden_act, is_decoder, sizes
 * that make no sense. */
bool encoder_shape_parse(const char *json, const char *name, EncoderShape *ret, Err *err);
size_t encoder_longest(const EncoderShape *s); /* tokens: P − first_position */

/* One table of names and shapes, which loader, optimiser, exporter and tests share. Order of the
 * block: word, position, type, embedding LayerNorm; then layer by layer q k v weights (together
 * (3D,D)), q k v biases
 * ((3D)), output dense, LayerNorm, intermediate, output, LayerNorm: so freezing the lowest parts
 * leaves one run of floats to train. */
typedef struct EncoderTensor {
    char name[96];        /* as Hugging Face names it, without prefix */
    size_t rows, columns; /* columns 0: a vector */
    size_t at;            /* first float in the block */
    int layer;            /* −1: embeddings */
    bool decayed;         /* weight decay: not on biases and LayerNorm */
} EncoderTensor;

size_t encoder_tensors(const EncoderShape *s,
                       EncoderTensor **ret);      /* how many; *ret the caller's */
size_t encoder_parameters(const EncoderShape *s); /* floats in the block */

/* encoder_find: the tensor of a table's name, or of another one of the model (pooler.dense.weight,
 * classifier.bias), whatever the file calls it: with one of the known prefixes, legacy LayerNorm
 * names, DistilBERT's own. ret->name is the file's name, which an export keeps. */
bool encoder_find(const Weights *w, const EncoderShape *s, const char *name, TensorView *ret);

/* Ragged: token ids of B texts, one after the other. */
typedef struct Ragged {
    size_t B, N;
    const uint32_t *offset; /* (B+1) */
    const uint32_t *ids;    /* (N) below V */
    const uint32_t *types;  /* (N) below types, or NULL: all 0 */
} Ragged;

typedef struct Encoder Encoder;

/* encoder_open: for use. Weights are taken where they lie (mapped F32) or converted once; the
 * linear layers are packed by the first pass, or the second where that was over a few tokens only.
 * May be used by several threads, each with a room of its own. w must outlive it. Tensors are found
 * under any of the known prefixes and legacy names; one that is missing or has another shape is an
 * error that names it; what is not used is left alone. */
bool encoder_open(const EncoderShape *shape, const Weights *w, Pool *pool, Encoder **ret, Err *err);

/* encoder_over: over a block of parameters p (encoder_parameters floats), borrowed, which may
 * change between calls. Panels of one layer at a time are packed as they are needed. */
bool encoder_over(const EncoderShape *shape, const float *p, Encoder **ret, Err *err);
bool encoder_read(const EncoderShape *shape, const Weights *w, float *p,
                  Err *err); /* fills a block from a folder's weights */
/* encoder_read_tensor: one of a table's tensors, of the encoder or of a head on it; p its place. */
bool encoder_read_tensor(const EncoderShape *s, const Weights *w, const EncoderTensor *t, float *p,
                         Err *err);
void encoder_close(Encoder *e); /* NULL is allowed */
const EncoderShape *encoder_shape(const Encoder *e);
size_t encoder_bytes(const Encoder *e);

/* LoRA (arXiv:2106.09685) on the six linear maps of each layer: W' = W + (alpha / rank) · B A, A
 * (rank,in) normal / √rank at the start, B (out,rank) zero. One block: for each layer and map A
 * then B. */
typedef struct Lora {
    size_t rank;
    float alpha;
    const float *p; /* (lora_parameters) */
    float *g;       /* gradients, accumulate; NULL: forward only */
} Lora;
size_t lora_parameters(const EncoderShape *s, size_t rank);
void lora_start(const EncoderShape *s, size_t rank, uint64_t seed, float *p);
/* lora_merge: adds the product to the weights of a block p (encoder_parameters). */
void lora_merge(const EncoderShape *s, const Lora *lora, float *p);

/* Room: the activations of a pass over up to N tokens, allocated once. One pass at a time. */
typedef struct EncoderRoom EncoderRoom;
bool encoder_room_new(const Encoder *e, Pool *pool, size_t N, bool training, EncoderRoom **ret,
                      Err *err);
void encoder_room_free(EncoderRoom *r); /* NULL is allowed */
size_t encoder_room_bytes(const EncoderShape *s, size_t N, bool training,
                          size_t threads); /* what it would take */

/* encoder_room_profile: passes in this room add their time to it; borrowed. NULL: none. */
void encoder_room_profile(EncoderRoom *r, Profile *profile);

typedef struct EncoderPass {
    bool dropout; /* as in training, by shape's rates; the same seed gives the same masks */
    uint64_t seed;
    const Lora *lora; /* NULL: none */
    float *layers;    /* (L+1,N,D) gets the hidden states of every layer, for tests; NULL */
    bool first_rows;  /* only the rows of each text's first token are wanted (cls): the last layer
                         computes no others. Those of hidden are not set, of dhidden not read */
} EncoderPass;

/* encoder_forward: hidden (N,D) out. In a training room it keeps what backward needs. */
void encoder_forward(const Encoder *e, EncoderRoom *r, const Ragged *batch, const EncoderPass *pass,
                     float *hidden);

/* encoder_backward: after encoder_forward with the same batch and pass. dhidden (N,D) in,
 * overwritten. g: gradients of the parameters from number `first` on (encoder_parameters − first
 * floats, accumulate): what lies below is frozen and not computed; first is the start of a layer,
 * of the embedding LayerNorm or 0. g NULL: only lora's. */
void encoder_backward(const Encoder *e, EncoderRoom *r, const Ragged *batch,
                      const EncoderPass *pass, float *dhidden, float *g, size_t first);

#endif
