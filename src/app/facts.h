/* Facts: what the screen shows beside a list, read on a lane and handed over whole. One kind of
 * facts, one file facts_*.c. Each facts_ask takes the place of the one before of the same slot; done
 * is called on the screen's thread and then owns what it is given; err set: *facts is NULL. */
#ifndef APP_FACTS_H
#define APP_FACTS_H

#include "app/advice.h"
#include "app/desk.h"
#include "app/option_names.h"
#include "base/progress.h"
#include "base/str.h"
#include "base/vec.h"

/* A question with the chunks that answer it and the other questions on them. */
typedef struct QuestionFacts {
    QuestionRows question;   /* one row; none: it is gone */
    ChunkRows chunks;        /* its positives, with texts */
    QuestionRows others;     /* other questions on those chunks */
} QuestionFacts;

typedef void QuestionFactsDone(void *context, QuestionFacts *facts, const Err *err);
void question_facts_ask(Desk *d, const void *slot, int64_t question_id, QuestionFactsDone *done,
                        void *context);
void question_facts_free(QuestionFacts *f); /* NULL is allowed */

/* A chunk as it stands in its document, and its questions. */
typedef struct ChunkFacts {
    ChunkRows chunk;         /* one row; none: it is gone */
    DocumentRows document;
    QuestionRows questions;
    char *before, *after;    /* what stands before and behind it in its document; "" nothing, or the text is not the
                                document's (imported, edited) */
} ChunkFacts;

typedef void ChunkFactsDone(void *context, ChunkFacts *facts, const Err *err);
void chunk_facts_ask(Desk *d, const void *slot, int64_t chunk_id, ChunkFactsDone *done, void *context);
void chunk_facts_free(ChunkFacts *f); /* NULL is allowed */

/* What the head of the screen says beside the counts. */
typedef struct HeadFacts {
    char run[128];        /* the newest run that is done; "" none */
    char best[128];       /* of the newest table of test, else val, questions the best by mrr@10; "" none */
    double mrr;
    char table[160];      /* that table in words: "test · 790 questions" */
} HeadFacts;

typedef void HeadFactsDone(void *context, const HeadFacts *facts);
void head_facts_ask(Desk *d, const void *slot, HeadFactsDone *done, void *context);

/* What to do next (advice.h), with care: and what asks for attention. Taken over by moving it out, or
 * borrowed; NULL with err: it could not be told. */
typedef void AdviceDone(void *context, Advice *advice, const Err *err);
void advice_ask(Desk *d, const void *slot, bool care, AdviceDone *done, void *context);

/* A name for a new run: stem, or stem-2, stem-3 … where that is taken; NULL: it could not be told. */
typedef void FreeNameDone(void *context, const char *name);
void free_name_ask(Desk *d, const void *slot, const char *stem, FreeNameDone *done, void *context);

/* Paths that begin with what is typed, in order; folders end with a slash. Borrowed. */
typedef void PathsDone(void *context, const char *const *paths, size_t count);
void paths_ask(Desk *d, const void *slot, const char *typed, PathsDone *done, void *context);

/* What may stand where a name is asked for, in order: what the project has, then models of the Hub
 * that were fetched, model folders below the project's folder, and folders that go on as `typed`
 * does (with a slash behind those that are no model). */
typedef struct NameChoice {
    char *name;
    char *note;  /* "run · lora", "model · 384 dimensions"; "" */
    bool folder; /* goes on: no name yet */
} NameChoice;

typedef VEC(NameChoice) NameChoices;

/* names are borrowed */
typedef void NamesDone(void *context, const NameChoices *names, const Err *err);
void names_ask(Desk *d, const void *slot, OptionNames whose, const char *typed, NamesDone *done,
               void *context);
void name_choices_release(NameChoices *c);

/* What a run takes where nobody said otherwise; false: no such method. */
typedef struct MethodDefaults {
    size_t epochs, batch, negatives;
    double lr;
} MethodDefaults;

bool method_by_tokens(const char *method); /* do its steps take as long as their tokens? */
bool method_defaults(const char *method, bool reranker, MethodDefaults *ret);
void loss_words(bool reranker, Str *out); /* "mnrl|gist|…"; appends */

/* The methods that train an embedder, or a reranker (embedder NULL): "linear|low-rank|…", the
 * smallest first; err set: there is no such model. */
typedef void MethodsDone(void *context, const char *methods, const Err *err);
void methods_ask(Desk *d, const void *slot, const char *embedder, const char *reranker,
                 MethodsDone *done, void *context);

/* What the run of a command line of train (words as of job_start) will take, in one line; err set:
 * why it cannot be told, or cannot run. */
typedef void EstimateDone(void *context, const char *text, const Err *err);
/* Returns what it is at, to be looked at until done is called, it is asked anew or forgotten. */
Progress *estimate_ask(Desk *d, const void *slot, const char *const *words, size_t count,
                       EstimateDone *done, void *context);

#endif
