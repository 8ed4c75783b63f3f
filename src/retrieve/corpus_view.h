/* CorpusView: the texts that a retriever searches, in order: chunks or questions. Row numbers are
 * positions here; rows are by id ascending, so ties by row are ties by id. Borrowed by the
 * retrievers opened on it. */
#ifndef RETRIEVE_CORPUS_VIEW_H
#define RETRIEVE_CORPUS_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "store/rows.h"

typedef struct CorpusView {
    size_t count;
    const int64_t *ids;
    const char **plain;  /* the texts */
    const char **titled; /* the texts with title and heading path before them; equal to plain where there is none */
    Role role;           /* ROLE_PASSAGE for chunks, ROLE_QUERY for questions (symmetric search) */
    Hash hash;           /* of ids and all texts */
    Arena arena;         /* owns arrays and strings */
} CorpusView;

void corpus_view_chunks(const ChunkRows *chunks, CorpusView *ret);
void corpus_view_questions(const QuestionRows *questions, CorpusView *ret);
void corpus_view_release(CorpusView *v);

#endif
