/* The kinds of model folders that an export writes. Used by exchange_model.c and the files of the
 * kinds only. */
#ifndef TASK_EXCHANGE_FOLDER_H
#define TASK_EXCHANGE_FOLDER_H

#include "base/str.h"
#include "model/env.h"

/* Each writes into an existing folder. */
bool adapter_folder_write(const Env *env, const RetrieverRow *row, const char *folder, Err *err);

/* model_card: what a person should know who finds the folder: base model, data, split, what the
 * best step was chosen on, settings, and what was measured, with intervals and against the
 * untrained retriever. Markdown with the front matter of the Hub. Appends. */
bool model_card(const Env *env, const RetrieverRow *row, Str *out, Err *err);

#endif
