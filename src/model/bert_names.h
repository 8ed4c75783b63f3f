/* Names of model folders: a path, a name that the project gives (the setting model.NAME), or one of
 * the Hub that was fetched. */
#ifndef MODEL_BERT_NAMES_H
#define MODEL_BERT_NAMES_H

#include "base/str.h"
#include "model/env.h"

/* model.NAME: a path or a name of the Hub; model.MODEL.query_prompt, .passage_prompt, .max_tokens:
 * what the project says about a model in place of its folder */
#define MODEL_SETTING "model."

/* model_locate: the folder of the model with that name, appended; false: no such model (no error is
 * set: others may answer to the name). Looks at settings and the disk. */
bool model_locate(const Env *env, const char *name, Str *ret_folder);

/* model_of_run: the path of the model folder that a run left beside the project, appended.
 * ERR_MISSING: it is not there. */
bool model_of_run(const Env *env, const RetrieverRow *row, Str *ret_folder, Err *err);

/* model_setting: the project's setting model.NAME.WHAT; the caller's, NULL: none. */
char *model_setting(const Env *env, const char *name, const char *what);

/* model_setting_take: may the setting (its whole name, MODEL_SETTING and more) have the value? *ret
 * the value as it is to be stored: a path is made absolute, because a project is used from
 * anywhere. The caller's. ERR_USAGE, ERR_MISSING: neither a model folder nor a model that was
 * fetched. */
bool model_setting_take(const char *setting, const char *value, char **ret, Err *err);

/* model_setting_name: the NAME that a setting gives to a model, borrowed from it; NULL: it says
 * something about a model. */
const char *model_setting_name(const char *setting);

#endif
