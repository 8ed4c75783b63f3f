/* exchange: question sets in and out. One format, one file, one row of the table in exchange.c. */
#ifndef TASK_EXCHANGE_H
#define TASK_EXCHANGE_H

#include "base/map.h"
#include "base/vec.h"
#include "model/env.h"
#include "store/rows.h"

/* What every reader of a question set fills, before anything is written: all or nothing. */
typedef struct SetChunk {
    const char *key, *title, *text;
    Split split;
    int64_t known_id, document_id; /* of a chunk that the project has already; 0: one of the set's */
} SetChunk;

typedef struct SetQuestion {
    const char *key, *text;
    Split split;
    double positive_score; /* the lowest that the set gives for its positives */
    bool has_score;
} SetQuestion;

typedef struct SetLink { uint32_t question, chunk; } SetLink; /* positions; relevance */

/* A given hard negative: a candidate, pending. */
typedef struct SetNegative {
    uint32_t question, chunk;
    double score;
    bool has_score;
} SetNegative;

typedef struct QuestionSet {
    VEC(SetChunk) chunks;
    VEC(SetQuestion) questions;
    VEC(SetLink) links; /* each once */
    VEC(SetNegative) negatives;
    Arena arena;
    Map *chunk_keys, *question_keys; /* key → position, SET_NONE for what was left out as blank */
    Map *pairs;          /* the links, to know them again */
    size_t failed;       /* entries that could not be placed; what is merely blank does not count */
    char warnings[600];  /* what was left out and why, "" when nothing */
} QuestionSet;

typedef struct ExportOptions {
    const char *path;      /* file or folder */
    int splits;            /* bits; 0: any */
    int statuses;          /* bits of QuestionStatus; 0: accepted */
} ExportOptions;

typedef struct ExchangeFormat {
    const char *name;      /* "llamaindex", "flagembedding", "squad", "beir", "csv", "jsonl", "quotes", "triplets" */
    const char *describes;
    bool own_splits;       /* without a split asked for, the file itself says */
    /* recognises: by the first bytes of a file (or its being a folder); NULL: never guessed */
    bool (*recognises)(const char *path, const char *head, size_t size, bool is_folder);
    bool (*read)(const Env *env, const char *path, Split split, QuestionSet *ret, Err *err); /* NULL: not read */
    bool (*write)(const Env *env, const ExportOptions *options, Err *err);                   /* NULL: not written */
} ExchangeFormat;

extern const ExchangeFormat EXCHANGE_FORMATS[];
extern const size_t EXCHANGE_FORMAT_COUNT;
const ExchangeFormat *exchange_find(const char *name);

typedef struct ImportOptions {
    const char *path;
    const char *format; /* NULL: guessed */
    Split split;        /* SPLIT_NONE: the format's own (BEIR's qrels), or of its documents, else train */
} ImportOptions;

typedef struct ImportReport {
    const char *format;
    size_t chunks_added, chunks_known, questions_added, questions_known, links_added, negatives;
    size_t failed;         /* entries that could not be placed; the warnings say which */
    char warnings[600];
} ImportReport;

/* task_import: reads all, checks all, then writes in one transaction: importing the same file again
 * adds nothing. The set's chunks belong to one document "import:NAME:hash"; negatives that it gives
 * stand with the current candidates, in a mining called "import". Questions come in accepted,
 * origin import. Messages name the file and the place. */
bool task_import(const Env *env, const ImportOptions *options, ImportReport *ret, Err *err);
bool task_export(const Env *env, const char *format, const ExportOptions *options, Err *err);

void question_set_release(QuestionSet *s);

/* export_model: what a run made, as a folder of the kind that others load: an adapter as LlamaIndex
 * has it (config.json, pytorch_model.bin); an encoder or a reranker as SentenceTransformer or
 * CrossEncoder loads it, with a model card. The folder is new or empty, or holds an earlier export of
 * the same kind. ERR_USAGE: what cannot be a folder, with what can be done instead. import_model: an adapter's
 * folder as a retriever called name over an embedder of the same dimensions. */
bool export_model(const Env *env, const char *retriever, const char *folder, Err *err);
bool import_model(const Env *env, const char *folder, const char *name, const char *embedder,
                  Err *err);

#endif
