/* What the readers and writers of question sets share: filling a QuestionSet, JSON of hostile
 * files, and the picture of the project that is written out. Used by exchange*.c only. */
#ifndef TASK_EXCHANGE_SET_H
#define TASK_EXCHANGE_SET_H

#include <cjson/cJSON.h>
#include <stdio.h>

#include "store/mining.h"
#include "task/dataset.h"
#include "task/exchange.h"

#define SET_FILE_LIMIT_BYTES ((size_t)1 << 30)

/* A question and a chunk of the project. */
typedef struct IdPair { int64_t question, chunk; } IdPair;

/* ---- filling a set ---- */

void question_set_init(QuestionSet *s);

/* set_chunk / set_question: the position of the key's entry, added when new. key NULL or "": known
 * by its text. Blank texts are left out with a warning that begins with `where`: SET_NONE. A key
 * that comes back with another text is ERR_FORMAT through err: SET_BROKEN. */
#define SET_BROKEN (UINT32_MAX - 1)
#define SET_NONE (UINT32_MAX - 2)
uint32_t set_chunk(QuestionSet *s, const char *where, const char *key, const char *title,
                   const char *text, Split split, Err *err);
uint32_t set_question(QuestionSet *s, const char *where, const char *key, const char *text,
                      Split split, Err *err);

/* set_find_chunk / set_find_question: the position of a key; MAP_NONE: there is no such key;
 * SET_NONE: its text was blank. */
uint32_t set_find_chunk(const QuestionSet *s, const char *key);
uint32_t set_find_question(const QuestionSet *s, const char *key);

/* Both: nothing where a side is SET_NONE. A negative without a number for a score has none. */
void set_link(QuestionSet *s, uint32_t question, uint32_t chunk);
void set_negative(QuestionSet *s, uint32_t question, uint32_t chunk, const cJSON *score);

/* set_share_splits: the chunks' splits from those of the questions that they answer: a chunk takes
 * the split when one split alone uses it, else it belongs to none and is searched in all. */
void set_share_splits(QuestionSet *s);

/* set_warn: adds to the warnings; what no longer fits is told by "and more". */
void set_warn(QuestionSet *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* set_write: a set that was read into the project, in one transaction. split: the one asked for,
 * SPLIT_NONE when none was. Fills the counts of the report; may add to the set's warnings. */
bool set_write(const Env *env, const char *path, const char *format, Split split, QuestionSet *s,
               ImportReport *report, Err *err);

/* set_write_negatives: its last part. question (questions): ids of those that are new, else 0; live
 * (chunks): those searched. Negatives that are candidates already, or that answer, are passed over. */
bool set_write_negatives(const Env *env, const QuestionSet *s, const int64_t *question,
                         const bool *live, size_t *ret_count, Err *err);

/* ---- JSON and lines ---- */

/* set_read: the file as clean UTF-8 text. */
bool set_read(const char *path, Str *out, Err *err);

/* set_json: the value of text, checked for depth and size first; errors name path and line. The
 * caller's (cJSON_Delete). */
cJSON *set_json(const char *path, const char *text, size_t size, Err *err);

/* set_each_line: calls read for each object of a jsonl file, or of a JSON list of objects; where is
 * "NAME, line 7", or "line 7" when name is NULL ("entry 7" of a list). Stops at the first failure. */
typedef bool SetLineReader(QuestionSet *s, const char *where, const cJSON *line, Split split,
                           void *context, Err *err);
bool set_each_line(const Env *env, const char *path, const char *name, QuestionSet *s, Split split,
                   SetLineReader *read, void *context, Err *err);

/* set_text: the text of a JSON value that should be one: a string, or a number as it is written.
 * NULL: neither. *scratch holds numbers. */
const char *set_text(const cJSON *value, char scratch[32]);
const cJSON *set_member(const cJSON *object, const char *name); /* exact case; NULL: none */

/* set_one_of: the first of a NULL-ended list of names that the object has a value for, ASCII case
 * ignored; a blank text only when there is nothing else; NULL: none. */
const cJSON *set_one_of(const cJSON *object, const char *const *names);

/* set_positives: links question to a chunk for each text of a value that is a string or a list of
 * strings. ERR_FORMAT for anything else. */
bool set_positives(QuestionSet *s, const char *where, uint32_t question, const cJSON *value,
                   Split split, Err *err);
bool set_negatives(QuestionSet *s, const char *where, uint32_t question, const cJSON *value,
                   const cJSON *scores, Split split, Err *err);

/* ---- out ---- */

typedef struct OutNegative { uint32_t chunk; double score; } OutNegative; /* chunk: row of OutPicture.chunks */

/* What is written: questions with the positives that were given, and the candidates that may serve
 * as negatives (kept, or pending and not suspect). */
typedef struct OutPicture {
    Dataset data;
    ChunkRows extra;           /* chunks of candidates that are not in the corpus (pools) */
    size_t *negative_offset;   /* (questions + 1) */
    OutNegative *negative;     /* rows below data.chunks.count are of data.chunks, others of extra */
    double *positive_score;    /* (questions) of the mining, NaN: not mined, or without scores */
    const char **chunk_key, **question_key; /* (chunks), (questions) unique, on one line */
    Arena arena;
} OutPicture;

bool out_picture(const Env *env, const ExportOptions *o, OutPicture *ret, Err *err);
void out_release(OutPicture *p);
const ChunkRow *out_chunk(const OutPicture *p, uint32_t row);

/* out_answers: has the chunk the text of a positive of the question, or was it judged to answer? */
bool out_answers(const OutPicture *p, size_t q, uint32_t row);

/* Text is collected in out and written as a whole file at the end. */
void out_json_line(Str *out, cJSON *object); /* takes the object */
bool out_write(const char *path, Str *out, Err *err);

/* The formats, one file each. */
bool read_llamaindex(const Env *env, const char *path, Split split, QuestionSet *ret, Err *err);
bool read_flagembedding(const Env *env, const char *path, Split split, QuestionSet *ret, Err *err);
bool read_squad(const Env *env, const char *path, Split split, QuestionSet *ret, Err *err);
bool read_beir(const Env *env, const char *path, Split split, QuestionSet *ret, Err *err);
bool read_quotes(const Env *env, const char *path, Split split, QuestionSet *ret, Err *err);
bool read_triplets(const Env *env, const char *path, Split split, QuestionSet *ret, Err *err);
bool read_jsonl_rows(const Env *env, const char *path, Split split, QuestionSet *ret, Err *err);
bool read_csv_rows(const Env *env, const char *path, Split split, QuestionSet *ret, Err *err);
bool write_llamaindex(const Env *env, const ExportOptions *o, Err *err);
bool write_flagembedding(const Env *env, const ExportOptions *o, Err *err);
bool write_squad(const Env *env, const ExportOptions *o, Err *err);
bool write_beir(const Env *env, const ExportOptions *o, Err *err);
bool write_quotes(const Env *env, const ExportOptions *o, Err *err);
bool write_triplets(const Env *env, const ExportOptions *o, Err *err);
bool write_jsonl_rows(const Env *env, const ExportOptions *o, Err *err);
bool write_csv_rows(const Env *env, const ExportOptions *o, Err *err);

#endif
