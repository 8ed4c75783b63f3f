/* Names of model folders: a path, a name that the project gives (the setting model.NAME), or one of
 * the Hub that was fetched. */
#ifndef MODEL_BERT_NAMES_H
#define MODEL_BERT_NAMES_H

#include "base/str.h"
#include "model/env.h"

#define MODEL_SETTING                                                                              \
    "model." /* … NAME: a path or a name of the Hub; NAME.query_prompt, NAME.passage_prompt,     \
                NAME.max_tokens */

/* model_locate: the folder of the model with that name, appended; false: no such model (no error is
 * set: others may answer to the name). Looks at settings and the disk. */
bool model_locate(const Env *env, const char *name, Str *ret_folder);

/* model_setting: the project's setting model.NAME.WHAT; the caller's, NULL: none. */
char *model_setting(const Env *env, const char *name, const char *what);

#endif
