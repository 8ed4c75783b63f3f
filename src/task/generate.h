/* generate: questions for the live chunks that have none. One generator, one file, one row of the
 * table in generate.c. */
#ifndef TASK_GENERATE_H
#define TASK_GENERATE_H

#include "model/env.h"
#include "text/ask.h"

typedef struct GenerateOptions {
    const char *generator; /* "offline" */
    size_t per_chunk;      /* default 2 */
    size_t limit;          /* chunks; 0: all */
    int64_t chunk_id;      /* one chunk, whatever questions it has; 0: all without */
    const char *filter;    /* chunks that match (filter language); NULL */
    const char *instead;   /* questions that match are rejected, as one decision, once as many new ones are made for their
                              chunks; NULL */
    bool all;              /* chunks that have questions of another origin too */
    Split into;            /* the questions' split; SPLIT_NONE: their chunk's */
    bool accept;           /* questions come in accepted instead of pending when they carry no doubt that speaks against them */
} GenerateOptions;

typedef struct GenerateReport {
    size_t chunks, questions, chunks_without; /* chunks that nothing good could be asked about */
    size_t accepted;
} GenerateReport;

typedef struct Generator {
    const char *name, *describes;
    /* make: the questions of a chunk, at most n, into ret (texts and kinds; the caller releases
     * it). */
    bool (*make)(void *state, const ChunkRow *chunk, size_t n, Asked *ret, Err *err);
    bool (*open)(const Env *env, const ChunkRows *corpus, void **ret_state, Err *err);
    void (*close)(void *state);
    Origin origin;
} Generator;

extern const Generator GENERATORS[];
extern const size_t GENERATOR_COUNT;

/* Goes on where it stopped: chunks with questions are done. Doubts are computed at the end
 * (doubts.h). */
bool task_generate(const Env *env, const GenerateOptions *options, GenerateReport *ret, Err *err);

#endif
