/* generate: questions for the live chunks that have none. One generator, one file, one row of the table in generate.c. */
#ifndef TASK_GENERATE_H
#define TASK_GENERATE_H

#include "model/env.h"

typedef struct GenerateOptions {
    const char *generator; /* "offline" */
    size_t per_chunk;      /* default 2 */
    size_t limit;          /* chunks; 0: all */
    int64_t chunk_id;      /* one chunk, also when it has questions; 0: all without */
    const char *filter;    /* chunks that match (filter language); NULL */
    uint64_t seed;
    bool accept;           /* questions come in accepted instead of pending when they carry no doubt that speaks against them */
} GenerateOptions;

typedef struct GenerateReport {
    size_t chunks, questions, chunks_without; /* chunks that nothing good could be asked about */
    size_t accepted;
} GenerateReport;

/* Goes on where it stopped: chunks with questions are done. Doubts are computed at the end (doubts.h). */
bool task_generate(const Env *env, const GenerateOptions *options, GenerateReport *ret, Err *err);

#endif
