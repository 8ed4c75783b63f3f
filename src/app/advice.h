/* Advice: what to do next in a project, and what in it asks for attention. One kind of rows for
 * `hone status`, the first start and the screen's "what now?". */
#ifndef APP_ADVICE_H
#define APP_ADVICE_H

#include "base/vec.h"
#include "model/env.h"

typedef struct Command Command;

typedef struct AdviceStep {
    const Command
        *command; /* of the table (commands.h); a listing with a view of its own is gone to there */
    VEC(char *) words; /* of its command line, the command's name first */
    const char *blank; /* what the person puts after them: "FOLDER"; NULL: nothing */
    char *why;         /* "128 train questions have no candidates yet" */
} AdviceStep;

typedef VEC(AdviceStep) Advice;

/* advice_next: the next steps, in the order of doing them. advice_care: what is out of date or
 * doubtful. Append. Any thread. */
bool advice_next(const Env *env, const Counts *counts, Advice *ret, Err *err);
bool advice_care(const Env *env, const Counts *counts, Advice *ret, Err *err);
void advice_release(Advice *a);

/* advice_words: "hone mine". advice_line: "hone mine: 128 train questions have …". Append. */
void advice_words(const AdviceStep *s, Str *out);
void advice_line(const AdviceStep *s, Str *out);

/* Sums over a table of counts. */
int64_t counts_documents(const Counts *c);
int64_t counts_chunks(const Counts *c, ChunkStatus status);
int64_t counts_questions(const Counts *c, QuestionStatus status);

#endif
