/* The functions of the commands, one a row of COMMANDS. Each prints its result to s->out and what
 * it has to say beside that to s->notes, never to stdout or stderr, for it may be a job beside the
 * screen; and returns false with an error, or true with s->status (0 unless some items failed). */
#ifndef APP_CMD_H
#define APP_CMD_H

#include "app/session.h"

typedef bool CommandRun(Session *s, Err *err);

CommandRun cmd_init, cmd_sample, cmd_status, cmd_check, cmd_doctor, cmd_config, cmd_version, cmd_help, cmd_completion;
CommandRun cmd_add, cmd_split, cmd_documents, cmd_chunks, cmd_chunk;
CommandRun cmd_chunk_edit, cmd_chunk_exclude, cmd_chunk_include, cmd_chunk_join, cmd_chunk_split;
CommandRun cmd_import, cmd_generate, cmd_questions, cmd_question, cmd_question_add, cmd_question_edit;
CommandRun cmd_review_question, cmd_review_candidate, cmd_review_undo, cmd_review_redo;
CommandRun cmd_mine, cmd_candidates;
CommandRun cmd_train, cmd_sweep, cmd_runs, cmd_build_lsa, cmd_embed, cmd_pull;
CommandRun cmd_eval, cmd_compare, cmd_outcome, cmd_evals, cmd_retrievers, cmd_search;
CommandRun cmd_export, cmd_export_model, cmd_export_journal;

#endif
