/* What the files of the encoder share: its tensors by number, packed panels, the buffers of a room.
 * Private to encoder*.c and lora.c. */
#ifndef MODEL_ENCODER_PARTS_H
#define MODEL_ENCODER_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/profile.h"
#include "model/encoder.h"
#include "num/dropout.h"

/* The tensors of a layer, in the order of encoder_tensors. */
typedef enum LayerTensor {
    Q_WEIGHT, /* q, k and v weights together are (3D,D), their biases (3D) */
    K_WEIGHT,
    V_WEIGHT,
    Q_BIAS,
    K_BIAS,
    V_BIAS,
    O_WEIGHT,
    O_BIAS,
    GAMMA_1, /* the LayerNorm behind attention */
    BETA_1,
    W1_WEIGHT,
    W1_BIAS,
    W2_WEIGHT,
    W2_BIAS,
    GAMMA_2, /* the LayerNorm behind the feed-forward part */
    BETA_2,
    LAYER_TENSORS
} LayerTensor;

/* The matrix products of a layer. */
typedef enum Linear { LINEAR_QKV, LINEAR_O, LINEAR_1, LINEAR_2, LINEARS } Linear;

typedef struct LinearInfo {
    LayerTensor weight, bias;
    size_t in, out;
    size_t maps; /* weight matrices beside each other, (out / maps, in) each */
} LinearInfo;
LinearInfo linear_info(const EncoderShape *s, Linear linear);

/* A table of rows as a file holds it: read row by row, converted on the way. */
typedef struct Table {
    Dtype dtype;
    const void *data; /* borrowed; NULL: there is none */
} Table;

/* Of an encoder opened for use: where its weights lie, and whether they are packed yet. A first
 * pass over a few tokens packs what it needs layer by layer, for to put all panels into fresh
 * memory costs more than that pass. */
typedef struct Packing {
    const Weights *weights;
    TensorView *views;    /* (tensors) owned */
    pthread_mutex_t lock; /* of making the panels */
    atomic_bool packed;   /* they are there */
    atomic_bool used;     /* there was a pass before */
} Packing;

struct Encoder {
    EncoderShape shape;
    EncoderTensor *tensors; /* encoder_tensors */
    size_t count;           /* of tensors */
    size_t embeddings;      /* of tensors before the first layer */
    const float **value;    /* (count) of each tensor; NULL where only panels or a table hold it */
    Table word, position, type;
    const float *p;      /* the block, borrowed; NULL: opened for use */
    Packing *packing;    /* owned; NULL: over a block */
    float *panels;       /* (L, layer_floats) owned; NULL: over a block */
    size_t panel_floats; /* of all */
    float *vectors;      /* owned: what value points to; NULL: over a block */
    size_t vector_floats;
};

/* The number of a layer's tensor in e->tensors and e->value. */
static inline size_t layer_tensor(const Encoder *e, size_t layer, LayerTensor t)
{
    return e->embeddings + layer * LAYER_TENSORS + t;
}

static inline const float *layer_value(const Encoder *e, size_t layer, LayerTensor t)
{
    return e->value[layer_tensor(e, layer, t)];
}

/* What backward needs of a layer. Input and y of the layer are not kept: they follow from hat of
 * the LayerNorm before them. In an inference room all layers share one, without lse, hat, rstd. */
typedef struct Kept {
    float *qkv;   /* (N,3D) */
    float *lse;   /* (N,H) */
    float *c;     /* (N,D) attention's output */
    float *h;     /* (N,F) before the activation */
    float *hat_1; /* (N,D) */
    float *rstd_1;
    float *hat_2; /* (N,D) */
    float *rstd_2;
} Kept;

struct EncoderRoom {
    Workspace w;
    Profile *profile; /* borrowed or NULL */
    size_t N;
    bool training;
    float *block;  /* owned; the rest points into it */
    size_t floats; /* of the block */
    float *hat_0;  /* (N,D) of the embeddings' LayerNorm */
    float *rstd_0; /* (N) */
    Kept *kept;    /* (L) owned, one in an inference room */
    float *t, *e;  /* (N,D) scratch; in an inference room the place of qkv and that of c */
    /* rows of the feed-forward part at a time, forward and back: their h stays in cache */
    size_t feed_rows, back_rows;
    float *u;      /* scratch: as many rows (F), and (N,3D) in a training room */
    float *panels; /* panels of one layer's W1 and W2, or of another */
    float *merged; /* weights (max(F, 3D), D) with LoRA's product added; or panels of its A, B */
};

/* Places of dropout in a layer, and that of the embeddings. */
typedef enum Site { SITE_EMBEDDING, SITE_ATTENTION, SITE_O, SITE_FEED } Site;

/* site_dropout: off where the pass or the shape says so. layer: 0 for the embeddings. */
Dropout site_dropout(const Encoder *e, const EncoderPass *pass, size_t layer, Site site);

/* encoder_pack: before a pass over N tokens with an encoder opened for use. encoder_pack_linear:
 * one product's panels, from where its weights lie. */
void encoder_pack(const Encoder *e, Pool *pool, size_t N);
void encoder_pack_linear(const Encoder *e, Pool *pool, size_t layer, Linear linear, float *panels);

/* linear_panels: panels of op(W) for x·Wᵀ, or for dy·W (`back`), with LoRA's product added. Those
 * that an encoder opened for use has packed, or packed now into the room: W2 has a place of its
 * own beside W1, all others share W1's. */
const float *linear_panels(const Encoder *e, EncoderRoom *r, const Lora *lora, size_t layer,
                           Linear linear, bool back);

/* embedding_dropout: rows of x (N,D) in place. */
void embedding_dropout(const Encoder *e, const EncoderRoom *r, const EncoderPass *pass, float *x,
                       size_t N);

/* first_rows_gather: the first rows of x (N,D) one after the other in `to`, which may be x.
 * first_rows_spread: back to where they belong, in place; clear: all other rows become zero. */
size_t first_rows_count(const Ragged *batch);
void first_rows_gather(const Ragged *batch, size_t D, const float *from, float *to);
void first_rows_spread(const Ragged *batch, size_t D, float *x, bool clear);

/* lora_merged: the weights of one product with LoRA's added, (out,in) in r->merged. */
const float *lora_merged(const Encoder *e, EncoderRoom *r, const Lora *lora, size_t layer,
                         Linear linear);

/* lora_backward: dA and dB of one product, accumulate, from its input x (rows,in) and dy
 * (rows,out). scratch (rows,D). */
void lora_backward(const Encoder *e, EncoderRoom *r, const Lora *lora, size_t layer, Linear linear,
                   const float *x, const float *dy, float *scratch, size_t rows);

#endif
