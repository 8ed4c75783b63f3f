/* Folders of runs: what is too large for the project file stands beside it, in PROJECT.runs
 * (notes.hone: notes.runs). A run called ft has notes.runs/ft, its model folder, in which
 * `checkpoint` holds what it needs to go on; with --keep-epochs also notes.runs/ft@1 …. A project
 * that is moved takes that folder along. */
#ifndef TASK_RUN_FOLDER_H
#define TASK_RUN_FOLDER_H

#include "model/env.h"

#define RUN_CHECKPOINT "checkpoint"

/* run_folder_relative: "notes.runs/NAME", from the project's own folder; as retrievers hold it. */
char *run_folder_relative(const Env *env, const char *name);

/* run_folder: the path that it has from here. */
char *run_folder(const Env *env, const char *name);

/* run_folders_remove: all folders of a run; none is fine. */
bool run_folders_remove(const Env *env, const char *name, Err *err);

/* run_drop: the run with its metrics, retrievers and folders. ERR_MISSING: there is none. */
bool run_drop(const Env *env, const char *name, Err *err);

#endif
