/* Rows: what the project file holds, as plain structs that every layer above may include. Strings
 * of loaded rows live in the arena of their container and end with it; NULL stands for SQL NULL.
 * Ids are positive; times are milliseconds since 1970, UTC. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"

typedef enum Split { SPLIT_NONE, SPLIT_TRAIN, SPLIT_VAL, SPLIT_TEST, SPLIT_COUNT } Split;

typedef enum ChunkStatus {
    CHUNK_LIVE,     /* searched */
    CHUNK_EXCLUDED, /* taken out by a person */
    CHUNK_RETIRED,  /* its text is no longer in its document; kept for its questions */
    CHUNK_POOL,     /* a text of a candidate pool: offered as a negative, never searched */
    CHUNK_STATUS_COUNT
} ChunkStatus;

typedef enum QuestionStatus {
    QUESTION_PENDING, QUESTION_ACCEPTED, QUESTION_REJECTED, QUESTION_FLAGGED,
    QUESTION_DELETED, /* only by undoing its making: in no list */
    QUESTION_STATUS_COUNT
} QuestionStatus;

typedef enum Origin { ORIGIN_LLM, ORIGIN_OFFLINE, ORIGIN_HUMAN, ORIGIN_IMPORT, ORIGIN_COUNT } Origin;

typedef enum CandidateStatus {
    CANDIDATE_PENDING, CANDIDATE_KEPT, CANDIDATE_FALSE_NEGATIVE, CANDIDATE_PROMOTED, CANDIDATE_STATUS_COUNT
} CandidateStatus;

typedef enum Role { ROLE_QUERY, ROLE_PASSAGE } Role;

/* The words used in the file, on the command line and in JSON: "train", "live", "false_negative" … */
const char *split_name(Split s);
const char *chunk_status_name(ChunkStatus s);
const char *question_status_name(QuestionStatus s);
const char *origin_name(Origin o);
const char *candidate_status_name(CandidateStatus s);

/* and so on; false: unknown word. '-' and '_' are the same */
bool split_parse(const char *text, Split *ret);
bool question_status_parse(const char *text, QuestionStatus *ret);
bool candidate_status_parse(const char *text, CandidateStatus *ret);
bool origin_parse(const char *text, Origin *ret);
bool chunk_status_parse(const char *text, ChunkStatus *ret);

typedef struct DocumentRow {
    int64_t id;
    const char *key;      /* unique: the absolute path of a file; "import:NAME" for question sets */
    const char *path;     /* NULL for imports */
    const char *title;    /* never NULL */
    const char *format;   /* reader or exchange format */
    const char *encoding; /* NULL: not a text file */
    Hash file_hash;       /* of the bytes and the options it was cut with */
    int64_t size_bytes, modified_ms, added_ms;
    Split split;
    bool by_blocks;       /* its chunks are split in contiguous blocks; split is then SPLIT_NONE */
    int64_t pages;        /* 0: none */
    int64_t chunks;       /* live ones; read only */
    const char *text;     /* loaded by document_text only */
} DocumentRow;

typedef struct ChunkRow {
    int64_t id, document_id;
    const char *key;     /* imported id, or NULL */
    int64_t ordinal;     /* position in its document, from 0 */
    const char *text;
    const char *title;   /* of its document, or its own (BEIR); read only */
    const char *own_title; /* its own title, or NULL */
    const char *heading; /* "A › B", "" when none */
    Hash text_hash;      /* of text */
    Hash source_hash;    /* of the text as it was cut: an edited chunk is known again by it */
    int64_t char_first, char_end, overlap_chars; /* characters of the document's text; 0,0 for imports */
    int64_t page_first, page_last;               /* 0: no pages */
    int64_t tokens;
    Split split;
    ChunkStatus status;
    const char *document; /* path or key of its document; read only */
    int64_t questions;    /* not deleted ones; read only, filled on load when asked for */
} ChunkRow;

/* Doubts about a question, computed; the greater `doubt`, the earlier in the review queue. */
typedef struct Doubts {
    bool known;          /* computed at least once */
    int64_t own_rank;    /* rank of its own chunk under the doubting retriever, from 1; 0: not found in the first 1,000 */
    double copied;       /* share of its words in the longest span copied from its chunk, 0 … 1 */
    int64_t twin_id;     /* a near-duplicate question, 0: none */
    double twin_score;
    bool nameless;       /* names nothing that could be searched for */
    double doubt;        /* 0 … 1, the sum that orders the queue */
} Doubts;

typedef struct QuestionRow {
    int64_t id;
    const char *key;     /* imported id, or NULL */
    const char *text;
    Hash text_hash;
    Origin origin;
    const char *kind;    /* "who", "definition", "keyword" …; NULL: unknown */
    const char *source;  /* import file, or generator and its version; NULL */
    const char *why_flagged; /* NULL: not flagged by the program */
    QuestionStatus status;
    Split split;
    int64_t made_ms;
    Doubts doubts;
} QuestionRow;

typedef struct RelevanceRow {
    int64_t question_id, chunk_id;
    Origin origin; /* import, offline, human (promoted) … */
} RelevanceRow;

typedef struct VerdictRow {
    int64_t question_id;
    Hash text_hash;
    CandidateStatus verdict; /* never pending */
} VerdictRow;

typedef struct SettingRow {
    const char *name, *value;
} SettingRow;

typedef struct MiningRow {
    int64_t id, made_ms;
    const char *retriever;
    Hash inputs;           /* of the options and everything mined from */
    const char *options;   /* JSON */
    const char *report;    /* JSON; NULL while unfinished */
    int64_t done_question; /* questions with ids up to this are done */
    bool finished;
} MiningRow;

typedef struct CandidateRow {
    int64_t id, mining_id, question_id, chunk_id;
    int64_t rank;          /* from 1, own positives not counted; 0: random corpus fallback */
    double score, positive_score, margin; /* margin = score − positive_score */
    bool suspect;          /* at or above the positive, or above 95% of it */
    CandidateStatus status;
    const char *question, *text, *chunk_key; /* read only, filled on load when asked for */
    Hash text_hash;
} CandidateRow;

typedef struct RunRow {
    int64_t id;
    const char *name;      /* unique */
    const char *embedder, *method, *loss;
    Hash inputs;           /* of the options, data and build: the same command goes on where it stopped */
    const char *options;   /* JSON: everything that made it */
    const char *selection; /* what the best step was chosen on, in words */
    const char *report;    /* JSON; NULL while unfinished */
    const char *state;     /* "running", "stopped", "done", "failed" */
    const char *message;   /* why it failed, or NULL */
    int64_t made_ms, updated_ms;
    int64_t step, steps;
    int64_t build_id;      /* 0: none */
} RunRow;

typedef struct MetricRow {
    int64_t step;
    const char *name; /* "loss", "lr", "gradient_norm", "val mrr@10" … */
    double value;
    int64_t at_ms;
} MetricRow;

typedef struct RetrieverRow {
    int64_t id;
    const char *name;     /* unique */
    const char *kind;     /* "adapter", "lsa-table" … */
    const char *embedder; /* name of the embedder under it */
    int64_t run_id, build_id, epoch; /* 0: none */
    const char *config;   /* JSON of the model */
    size_t blob_bytes;    /* of its parameters; retriever_blob loads them */
    int64_t made_ms;
} RetrieverRow;

typedef struct EvalRow {
    int64_t id, made_ms;
    const char *split, *corpus, *version;
    const char *frozen;   /* hex hash of a frozen test set, or NULL */
    const char *data_hash; /* hex hash of questions, relevance and corpus evaluated */
    int64_t questions, chunks;
    const char *table;    /* JSON as `eval --json` prints it */
} EvalRow;

/* Per question and retriever of an evaluation: enough to compute any metric again. */
typedef struct EvalRankRow {
    const char *retriever;
    int64_t question_id;
    int64_t relevant;     /* R */
    const char *ranks;    /* "1,7": ranks of its relevant chunks in the first 100 */
} EvalRankRow;

typedef struct JournalRow {
    int64_t id, group_id, at_ms;
    const char *who, *label, *subject;
    int64_t subject_id, other_id;
    const char *old_value, *new_value, *why;
    const char *context;  /* JSON: model, prompt version and scores at the time; NULL */
    bool undone;
} JournalRow;

#define ROWS(T, Name) typedef struct Name { T *items; size_t count; Arena arena; } Name
ROWS(DocumentRow, DocumentRows);
ROWS(ChunkRow, ChunkRows);
ROWS(QuestionRow, QuestionRows);
ROWS(RelevanceRow, RelevanceRows);
ROWS(VerdictRow, VerdictRows);
ROWS(SettingRow, SettingRows);
ROWS(CandidateRow, CandidateRows);
ROWS(MiningRow, MiningRows);
ROWS(RunRow, RunRows);
ROWS(MetricRow, MetricRows);
ROWS(RetrieverRow, RetrieverRows);
ROWS(EvalRow, EvalRows);
ROWS(EvalRankRow, EvalRankRows);
ROWS(JournalRow, JournalRows);

/* rows_release: frees items and arena of any of the containers; it is empty again. */
#define rows_release(r)             \
    do {                            \
        free((r)->items);           \
        (r)->items = NULL;          \
        (r)->count = 0;             \
        arena_release(&(r)->arena); \
    } while (0)

#endif
