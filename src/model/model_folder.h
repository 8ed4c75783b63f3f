/* Model folders as Hugging Face and sentence-transformers write them: what config.json,
 * modules.json and their companions say, read whole and checked, without weights. Without
 * modules.json a folder is a mean-pooled transformer, as sentence-transformers takes it. */
#ifndef MODEL_MODEL_FOLDER_H
#define MODEL_MODEL_FOLDER_H

#include "model/encoder.h"

typedef enum Pooling {
    POOLING_CLS,
    POOLING_MEAN,
    POOLING_MAX,
    POOLING_MEAN_SQRT,
    POOLING_WEIGHTED_MEAN,
    POOLING_LAST,
    POOLINGS
} Pooling;
const char *pooling_name(Pooling p); /* "cls" … as ST 6 writes it */

typedef struct DenseInfo {
    char folder[64]; /* "2_Dense" */
    size_t in, out;
    bool bias;
    Activation activation; /* ACTIVATION_TANH or ACTIVATION_NONE */
} DenseInfo;

#define DENSE_MAX 4

typedef struct ModelFolder {
    char *path;
    char *encoder_path; /* of config.json, weights and tokenizer: path, or a folder in it */
    EncoderShape shape;
    size_t pooling_count; /* several: their vectors side by side */
    Pooling pooling[POOLINGS];
    bool include_prompt; /* prompt tokens are pooled too */
    size_t dense_count;
    DenseInfo dense[DENSE_MAX];
    bool normalize;
    size_t dims;                         /* of the vectors; 0: a cross-encoder */
    size_t max_tokens;                   /* max_seq_length, special tokens counted */
    bool lower_case;                     /* do_lower_case: whatever the tokenizer says itself */
    char *query_prompt, *passage_prompt; /* never NULL: "" none */
    /* a cross-encoder */
    size_t labels;      /* 0: not a sequence classifier */
    bool sigmoid;       /* its score goes through a sigmoid (one label) */
    float head_dropout; /* rate in its head (cross_head.h) */
} ModelFolder;

/* model_folder_read: ERR_MISSING: no config.json; ERR_FORMAT names file and field. Paths in
 * modules.json stay in the folder. */
bool model_folder_read(const char *path, ModelFolder *ret, Err *err);
void model_folder_release(ModelFolder *f); /* a zeroed one too */
bool model_folder_is(
    const char *path); /* does it look like one (a config.json with a model_type)? */

#endif
