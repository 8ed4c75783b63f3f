/* Dataset: questions, their positives and the corpus they are searched in, as one consistent
 * picture of the project (read in one transaction). Rows: q of questions, c of chunks. */
#ifndef TASK_DATASET_H
#define TASK_DATASET_H

#include "model/env.h"
#include "retrieve/corpus_view.h"
#include "store/corpus.h"
#include "store/questions.h"

typedef struct DatasetQuery {
    int question_splits;   /* bits 1 << Split; 0: any */
    int question_statuses; /* bits; 0: accepted */
    const char *question_filter; /* filter language, its order is ignored; NULL: all */
    int corpus_splits;     /* bits; 0: every live chunk. Chunks of no split (a shared corpus) are always in. */
} DatasetQuery;

typedef struct Dataset {
    ChunkRows chunks;       /* live, by id */
    CorpusView view;        /* over chunks */
    QuestionRows questions; /* those with a positive in the corpus, by id */
    size_t *positive_offset; /* (questions + 1) */
    uint32_t *positive;      /* rows c, ascending within a question; also every chunk with the same text as a positive */
    size_t *barred_offset;   /* (questions + 1) */
    uint32_t *barred;        /* rows c judged false negative or promoted, or positives of a question with the same text, ascending; never a negative */
    size_t lost_questions;   /* of these splits and statuses, but no positive in the corpus */
    Hash hash;               /* of questions, positives and corpus: the picture's identity */
} Dataset;

bool dataset_load(const Env *env, const DatasetQuery *query, Dataset *ret, Err *err);
void dataset_release(Dataset *d);
size_t dataset_bytes(const Dataset *d); /* memory that it holds */
bool dataset_is_positive(const Dataset *d, size_t q, uint32_t c);
bool dataset_is_barred(const Dataset *d, size_t q, uint32_t c);

/* (questions) borrowed strings; the caller frees the array */
const char **dataset_query_texts(const Dataset *d);

#endif
