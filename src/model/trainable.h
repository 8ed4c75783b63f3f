/* Trainable: what the training loop can train. Two sides, query and passage, each over rows known
 * by number (row i of the query side is question i of the training set). One block of parameters,
 * one of gradients. One kind, one file, one row of the table in trainable.c (adapters share one
 * file, and so do whole encoders and LoRA). */
#ifndef MODEL_TRAINABLE_H
#define MODEL_TRAINABLE_H

#include "base/str.h"
#include "model/adapter.h"
#include "model/embedder.h"
#include "model/model_folder.h"
#include "num/adamw.h"

typedef struct Trainable Trainable;

/* A batch: rows of both sides, by number; either count may be 0. */
typedef struct TrainableRows {
    const uint32_t *query, *passage;
    size_t queries, passages;
} TrainableRows;

/* Pairs of a question and a passage, by number. */
typedef struct TrainablePairs {
    const uint32_t *query, *passage;
    size_t count;
} TrainablePairs;

typedef struct TrainableOps {
    bool trains_passages; /* false: passage vectors stay as they are */

    /* One step: forward, the loss, backward. forward: yq (queries, dims) and yd (passages, dims):
     * vectors, not normalised; seed: of the step's dropout. backward: accumulates into the gradient
     * block from dyq and dyd, with the rows and the seed of the forward just before it. A batch of
     * any size works in bounded memory: what backward needs is kept where it fits and made again
     * where it does not (arXiv:2101.06983). Both stop with ERR_CANCELLED. */
    bool (*forward)(Trainable *t, const TrainableRows *rows, uint64_t seed, float *yq, float *yd,
                    Err *err);
    bool (*backward)(Trainable *t, const TrainableRows *rows, uint64_t seed, const float *dyq,
                     const float *dyd, Err *err);

    /* embed: y (count, dims) = vectors of rows of one side without dropout, keeping nothing; voids
     * a forward. Stops with ERR_CANCELLED. */
    bool (*embed)(Trainable *t, Role role, const uint32_t *rows, size_t count, float *y, Err *err);

    /* Of rerankers, in place of the three above, which are NULL then: a score (logit) for each
     * pair. As forward, backward and embed. NULL: it gives vectors. */
    bool (*score_forward)(Trainable *t, const TrainablePairs *pairs, uint64_t seed, float *scores,
                          Err *err);
    bool (*score_backward)(Trainable *t, const TrainablePairs *pairs, uint64_t seed,
                           const float *dscores, Err *err);
    bool (*score)(Trainable *t, const TrainablePairs *pairs, float *scores, Err *err);

    /* tokens of a row, which a step's time grows with; NULL: it grows with rows. */
    size_t (*tokens)(const Trainable *t, Role role, uint32_t row);
    size_t (*piece)(const Trainable *t);     /* tokens that go through it at once; with tokens */
    bool (*restart)(Trainable *t, Err *err); /* parameters as they were at the start */
    double (*work)(const Trainable *t);      /* floating-point operations of a token's forward pass;
                                                with tokens */

    /* The retriever that the parameters make: a blob in the project (freeze), or, where write is
     * not NULL, a model folder; then checkpoints and the best parameters are files beside it too.
     */
    void (*freeze)(const Trainable *t, const char **ret_kind, char **ret_config, void **ret_blob,
                   size_t *ret_size);
    bool (*write)(Trainable *t, const char *folder, Err *err); /* voids a forward */
    size_t (*write_bytes)(const Trainable *t); /* memory that writing takes; with write */
    size_t (*open_bytes)(const Trainable *t);  /* that it held while it was made; with write */
    size_t (*bytes)(const Trainable *t);       /* as trainable_bytes */
    void (*close)(Trainable *t);
} TrainableOps;

struct Trainable {
    const TrainableOps *ops;
    Pool *pool;
    const Cancel *cancel;
    Profile *profile; /* borrowed; NULL: nobody looks */
    size_t dims;
    size_t count;                  /* parameters */
    float *p, *g;                  /* (count) parameters and gradients; the loop zeroes g */
    const ParameterRange *decayed; /* where weight decay applies, as AdamWBlock has it */
    size_t ranges;
};

typedef struct TrainableWanted {
    const char *method;
    size_t hidden; /* of adapters; 0: the method's default */
    uint64_t seed;
    Embedder **embedder; /* borrowed for the life of the trainable; one that does without it closes
                            it and leaves NULL, so that a model is not twice in memory */
    const ModelFolder *reranker; /* NULL: vectors are trained. Else a cross-encoder, and embedder is
                                    NULL; the texts are borrowed for the life of the trainable */
    const char *const *queries;
    size_t query_count;
    const char *const *passages; /* as passage_text gives them */
    size_t passage_count;

    /* of encoders */
    size_t batch_queries, batch_passages; /* most rows of a batch; of rerankers batch_passages pairs
                                           */
    size_t mini_batch;                    /* tokens that activations are kept of at once; 0: as many
                                             as the default memory holds */
    float dropout;                        /* below 0: the model's own rates */
    size_t rank;                          /* of LoRA; 0: the default */
    float alpha;                          /* of LoRA; 0: twice the rank */
    const char *freeze; /* "embeddings", or so many of the lower layers ("4"), which freezes the
                           embeddings too; NULL: nothing */
} TrainableWanted;

/* What a run takes where nobody said otherwise. */
typedef struct TrainableDefaults {
    size_t epochs, batch;
    double lr;
    size_t negatives; /* beside a question's positive */
} TrainableDefaults;

/* trainable_new: method "linear" | "low-rank" | "two-layer" over any embedder, whose base vectors
 * are read through the cache; "table" over lsa; "full" | "lora" over a model folder. ERR_USAGE
 * names what the embedder cannot do. */
bool trainable_new(const Env *env, const TrainableWanted *wanted, Trainable **ret, Err *err);
void trainable_free(Trainable *t);          /* NULL is allowed */
size_t trainable_bytes(const Trainable *t); /* memory that it holds, parameters and gradients too */
const TrainableDefaults *trainable_defaults(const char *method);          /* NULL: no such method */
const TrainableDefaults *trainable_reranker_defaults(const char *method); /* full, lora */
void trainable_methods(Str *out); /* appends " name" for each, of a kind the smallest first */

/* trainable_methods_of: "linear|low-rank|…", the methods that train an embedder, the smallest
 * first. Looks at its name and, of a model, at its folder; opens nothing. Appends. ERR_MISSING: no
 * such embedder. */
bool trainable_methods_of(const Env *env, const char *embedder, Str *out, Err *err);

#endif
