/* The texts of the fixtures. */
#ifndef TESTS_TERMINAL_FIXTURE_TEXT_H
#define TESTS_TERMINAL_FIXTURE_TEXT_H

#include "store/rows.h"

typedef struct FixtureChunk {
    const char *heading;
    int page; /* 0: its document has none */
    const char *text;
} FixtureChunk;

typedef struct FixtureDocument {
    const char *name, *title, *format;
    Split split;
    const FixtureChunk *chunks;
    size_t count;
} FixtureDocument;

typedef struct FixtureQuestion {
    size_t chunk; /* the one that answers it, counted through all documents */
    QuestionStatus status;
    const char *text, *kind;
    int64_t own_rank;
    double copied;
    size_t twin; /* number of another question from 1; 0: none */
    bool nameless;
    double doubt;
    const char *why; /* flagged; NULL: not */
} FixtureQuestion;

typedef struct FixtureCorpus {
    const FixtureDocument *documents;
    size_t document_count;
    const FixtureQuestion *questions;
    size_t question_count;
    const char *source; /* of the questions */
} FixtureCorpus;

extern const FixtureCorpus FIXTURE_EN, FIXTURE_ZH, FIXTURE_HOSTILE;

#endif
