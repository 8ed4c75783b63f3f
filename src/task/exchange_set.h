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

/* ---- filling a set ---- */

void question_set_init(QuestionSet *s);

/* set_chunk / set_question: the position of the key's entry, added when new. key NULL: known by its
 * text. Blank texts are left out with a warning that begins with `where`: SET_NONE. A key that
 * comes back with another text is ERR_FORMAT through err: SET_BROKEN. */
#define SET_NONE UINT32_MAX
#define SET_BROKEN (UINT32_MAX - 1)
uint32_t set_chunk(QuestionSet *s, const char *where, const char *key, const char *title,
                   const char *text, Split split, Err *err);
uint32_t set_question(QuestionSet *s, const char *where, const char *key, const char *text,
                      Split split, Err *err);

/* SET_NONE on either side: nothing */
void set_link(QuestionSet *s, uint32_t question, uint32_t chunk);
void set_negative(QuestionSet *s, uint32_t question, uint32_t chunk, const cJSON *score);
void set_warn(QuestionSet *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- JSON and lines ---- */

/* set_read: the file as clean UTF-8 text. */
bool set_read(const char *path, Str *out, Err *err);

/* set_json: the value of text, checked for depth and size first; errors name path and line. The
 * caller's (cJSON_Delete). */
cJSON *set_json(const char *path, const char *text, size_t size, Err *err);

/* set_each_line: calls read for each object of a jsonl file; where is "NAME, line 7", or "line 7"
 * when name is NULL. Stops at the first failure. */
typedef bool SetLineReader(QuestionSet *s, const char *where, const cJSON *line, Split split,
                           void *context, Err *err);
bool set_each_line(const Env *env, const char *path, const char *name, QuestionSet *s, Split split,
                   SetLineReader *read, void *context, Err *err);

/* set_text: the text of a JSON value that should be one: a string, or a number as it is written.
 * NULL: neither. *scratch holds numbers. */
const char *set_text(const cJSON *value, char scratch[32]);
const cJSON *set_member(const cJSON *object, const char *name); /* exact case; NULL: none */

/* set_names: the first of a NULL-ended list of names that the object has, ASCII case ignored; NULL:
 * none. */
const cJSON *set_one_of(const cJSON *object, const char *const *names);

/* set_links_text: links question to a chunk for each text of a value that is a string or a list of
 * strings. ERR_FORMAT for anything else. */
bool set_positives(QuestionSet *s, const char *where, uint32_t question, const cJSON *value,
                   Split split, Err *err);
bool set_negatives(QuestionSet *s, const char *where, uint32_t question, const cJSON *value,
                   const cJSON *scores, Split split, Err *err);

/* ---- out ---- */

typedef struct OutNegative { uint32_t chunk; double score; } OutNegative; /* chunk: row of OutPicture.chunks */

/* What is written: questions with their positives among the chunks, and the candidates that may
 * serve as negatives. */
typedef struct OutPicture {
    Dataset data;
    ChunkRows extra;           /* chunks of candidates that are not in the corpus (pools) */
    size_t *negative_offset;   /* (questions + 1) */
    OutNegative *negative;     /* rows below data.chunks.count are of data.chunks, others of extra */
    double *positive_score;    /* (questions) of the mining, NaN: not mined */
} OutPicture;

bool out_picture(const Env *env, const ExportOptions *o, OutPicture *ret, Err *err);
void out_release(OutPicture *p);
const ChunkRow *out_chunk(const OutPicture *p, uint32_t row);

/* its key, else "chunk-ID" */
const char *out_chunk_key(const OutPicture *p, uint32_t row, char scratch[32]);

/* its key, else "question-ID" */
const char *out_question_key(const OutPicture *p, size_t question, char scratch[32]);

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
