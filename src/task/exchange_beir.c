/* A BEIR folder: corpus.jsonl (_id, title, text), queries.jsonl (_id, text),
 * qrels/{train,dev,test}.tsv with a header row. The question's split is that of its qrels file; a
 * chunk takes the split when one split alone uses it, else it belongs to none and is searched in
 * all. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "task/exchange_set.h"

static const struct {
    Split split;
    const char *name;
} QRELS[] = {{SPLIT_TRAIN, "train"}, {SPLIT_VAL, "dev"}, {SPLIT_TEST, "test"}};

/* questions: a bool, queries.jsonl instead of corpus.jsonl. */
static bool read_entry(QuestionSet *s, const char *where, const cJSON *j, Split split,
                       void *questions, Err *err)
{
    char scratch[32];
    const char *key = set_text(set_member(j, "_id"), scratch);
    const cJSON *text = set_member(j, "text");
    if (!key) return err_set(err, ERR_FORMAT, "%s: there is no \"_id\"", where);
    if (!cJSON_IsString(text))
        return err_set(err, ERR_FORMAT, "%s: there is no \"text\" string", where);
    const char *title = cJSON_GetStringValue(set_member(j, "title"));
    uint32_t at = *(const bool *)questions
                      ? set_question(s, where, key, text->valuestring, split, err)
                      : set_chunk(s, where, key, title, text->valuestring, split, err);
    return at != SET_BROKEN;
}

static bool read_entries(const Env *env, QuestionSet *s, const char *folder, const char *name,
                         bool questions, Err *err)
{
    char *path = str_format("%s/%s", folder, name);
    bool ok = set_each_line(env, path, name, s, SPLIT_NONE, read_entry, &questions, err);
    free(path);
    return ok;
}

/* One line: query-id, corpus-id, score, between tabs. A score of 0 or less is no relevance. */
static bool read_qrel(QuestionSet *s, const char *where, char *line, Split split, Err *err)
{
    char *save = NULL, *query = strtok_r(line, "\t", &save), *chunk = strtok_r(NULL, "\t", &save),
         *score = strtok_r(NULL, "\t ", &save);
    if (!query || !chunk || !score)
        return err_set(err, ERR_FORMAT, "%s: not three columns between tabs", where);
    char *end;
    double value = strtod(score, &end);
    if (end == score || *end)
        return err_set(err, ERR_FORMAT, "%s: the score '%s' is no number", where, score);
    uint32_t q = set_find_question(s, query), c = set_find_chunk(s, chunk);
    if (q == MAP_NONE)
        return err_set(err, ERR_FORMAT, "%s: there is no question '%s' in queries.jsonl", where,
                       query);
    if (c == MAP_NONE)
        return err_set(err, ERR_FORMAT, "%s: there is no chunk '%s' in corpus.jsonl", where, chunk);
    if (!(value > 0) || q == SET_NONE) return true;
    Split before = s->questions.items[q].split;
    if (before != SPLIT_NONE && before != split)
        set_warn(s, "%s: question '%.40s' is in %s too and was taken for %s", where, query,
                 split_name(before), split_name(split));
    s->questions.items[q].split = split;
    set_link(s, q, c);
    return true;
}

static bool read_qrels(QuestionSet *s, const char *path, Split split, Err *err)
{
    Str text = {0};
    if (!set_read(path, &text, err)) {
        str_release(&text);
        return false;
    }
    bool ok = true;
    size_t number = 0;
    for (char *line = text.data; ok && line && *line;) {
        char *next = strchr(line, '\n');
        if (next) *next++ = '\0';
        char where[320];
        snprintf(where, sizeof where, "qrels/%s, line %zu", file_name(path), ++number);
        bool header = number == 1 && str_starts(line, "query");
        if (!header && *line) ok = read_qrel(s, where, line, split, err);
        line = next;
    }
    str_release(&text);
    return ok;
}

bool read_beir(const Env *env, const char *path, Split split, QuestionSet *s, Err *err)
{
    if (!read_entries(env, s, path, "corpus.jsonl", false, err) ||
        !read_entries(env, s, path, "queries.jsonl", true, err))
        return false;
    size_t files = 0;
    for (size_t k = 0; k < 3; k++) {
        char *qrels = str_format("%s/qrels/%s.tsv", path, QRELS[k].name);
        bool there = access(qrels, F_OK) == 0;
        bool ok = !there || read_qrels(s, qrels, split == SPLIT_NONE ? QRELS[k].split : split, err);
        free(qrels);
        files += there;
        if (!ok) return false;
    }
    if (files == 0)
        return err_set(err, ERR_FORMAT,
                       "%s: the folder has no qrels/train.tsv, dev.tsv or test.tsv", path);
    set_share_splits(s);
    return true;
}

static void list_corpus(const OutPicture *p, Str *out)
{
    for (uint32_t c = 0; c < p->data.chunks.count; c++) {
        const ChunkRow *chunk = out_chunk(p, c);
        cJSON *j = cJSON_CreateObject();
        cJSON_AddStringToObject(j, "_id", p->chunk_key[c]);
        cJSON_AddStringToObject(j, "title", chunk->own_title ? chunk->own_title : "");
        cJSON_AddStringToObject(j, "text", chunk->text);
        out_json_line(out, j);
    }
}

/* Questions of no split stand with those to train on. */
static void list_questions(const OutPicture *p, Str *queries, Str qrels[SPLIT_COUNT])
{
    for (size_t q = 0; q < p->data.questions.count; q++) {
        const QuestionRow *question = &p->data.questions.items[q];
        cJSON *j = cJSON_CreateObject();
        cJSON_AddStringToObject(j, "_id", p->question_key[q]);
        cJSON_AddStringToObject(j, "text", question->text);
        out_json_line(queries, j);
        Str *list = &qrels[question->split == SPLIT_NONE ? SPLIT_TRAIN : question->split];
        for (size_t i = p->data.positive_offset[q]; i < p->data.positive_offset[q + 1]; i++)
            str_addf(list, "%s\t%s\t1\n", p->question_key[q], p->chunk_key[p->data.positive[i]]);
    }
}

static bool write_file(const char *folder, const char *name, Str *text, Err *err)
{
    char *path = str_format("%s/%s", folder, name);
    bool ok = out_write(path, text, err);
    free(path);
    return ok;
}

/* The file of a split without questions is not made; one from before is emptied. */
static bool write_qrels(const char *folder, const char *name, const Str *lines, Err *err)
{
    char *path = str_format("%s/qrels/%s.tsv", folder, name);
    Str text = {0};
    str_addf(&text, "query-id\tcorpus-id\tscore\n%s", str_get(lines));
    bool ok = (lines->size == 0 && access(path, F_OK) != 0) || out_write(path, &text, err);
    str_release(&text);
    free(path);
    return ok;
}

bool write_beir(const Env *env, const ExportOptions *o, Err *err)
{
    OutPicture p;
    if (!out_picture(env, o, &p, err)) return false;
    Str corpus = {0}, queries = {0}, qrels[SPLIT_COUNT] = {{0}};
    list_corpus(&p, &corpus);
    list_questions(&p, &queries, qrels);
    char *folder = str_format("%s/qrels", o->path);
    bool ok = file_make_folder(folder, err) && write_file(o->path, "corpus.jsonl", &corpus, err) &&
              write_file(o->path, "queries.jsonl", &queries, err);
    for (size_t k = 0; k < sizeof QRELS / sizeof *QRELS; k++) {
        ok = ok && write_qrels(o->path, QRELS[k].name, &qrels[QRELS[k].split], err);
        str_release(&qrels[QRELS[k].split]);
    }
    str_release(&queries);
    str_release(&corpus);
    free(folder);
    out_release(&p);
    return ok;
}
