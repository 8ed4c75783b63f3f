/* OpenModel: a model folder open for use, as sentence encoders and cross-encoders have in common:
 * its description, tokenizer, weights, encoder and what runs it over texts. */
#ifndef MODEL_MODEL_OPEN_H
#define MODEL_MODEL_OPEN_H

#include "model/model_folder.h"
#include "model/ragged_run.h"

typedef struct OpenModel {
    ModelFolder folder;
    Tokenizer *tokenizer;
    Weights *weights;
    Encoder *encoder;
    RaggedRunner *runner;
} OpenModel;

/* model_open: m->folder was read; opens the rest. A tokenizer with more words than the model is
 * refused. What was opened until it failed is for model_release. */
bool model_open(OpenModel *m, Pool *pool, Err *err);
void model_release(OpenModel *m); /* a zeroed one too */
size_t model_bytes(const OpenModel *m);

#endif
