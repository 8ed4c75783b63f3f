/* Model folders as embedders: sentence encoders of the BERT family. */
#ifndef MODEL_EMBEDDER_BERT_H
#define MODEL_EMBEDDER_BERT_H

#include "model/embedder.h"
#include "model/sentence.h"

extern const EmbedderOps BERT_OPS;

Sentence *bert_sentence(const Embedder *e); /* borrowed; NULL: another kind of embedder */

#endif
