/* Model folders as embedders: sentence encoders of the BERT family. */
#ifndef MODEL_EMBEDDER_BERT_H
#define MODEL_EMBEDDER_BERT_H

#include "model/embedder.h"
#include "model/sentence.h"

extern const EmbedderOps BERT_OPS;

/* bert_folder: the model folder of that name, be it an embedder or a reranker, with what the
 * project says about it, and a hash of all that shapes its numbers. ERR_MISSING. */
bool bert_folder(const Env *env, const char *name, ModelFolder *ret, Hash *ret_fingerprint,
                 Err *err);

Sentence *bert_sentence(const Embedder *e); /* borrowed; NULL: another kind of embedder */

#endif
