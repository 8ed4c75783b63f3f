/* What a project has to do with a model folder that it uses: its own settings of it, and by what
 * its results are told from another's. */
#ifndef MODEL_MODEL_NAMED_H
#define MODEL_MODEL_NAMED_H

#include "model/env.h"
#include "model/model_folder.h"

/* model_set_by_project: prompts and the length that the project's settings give the model of that
 * name, in place of the folder's. ERR_USAGE: a length that the model does not take. */
bool model_set_by_project(const Env *env, const char *name, ModelFolder *f, Err *err);

/* model_fingerprint: of all that shapes a model's results: kind, prompts, length, and the content
 * of its files, which is read once and remembered in the project until a file changes. */
bool model_fingerprint(const Env *env, const char *kind, const ModelFolder *f, Hash *ret, Err *err);

/* model_batch_bytes: texts of some seconds of work: what is lost at most when it is stopped. */
size_t model_batch_bytes(const EncoderShape *s);

#endif
