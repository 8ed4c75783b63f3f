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

static uint32_t find(const Map *keys, const char *key)
{
    char *id = str_format("k%s", key);
    uint32_t at = map_get(keys, id, strlen(id));
    free(id);
    return at;
}

/* One line: query-id, corpus-id, score, between tabs. A score of 0 or less is no relevance. */
static bool read_qrel(QuestionSet *s, const char *where, char *line, Split split, Err *err)
{
    char *save = NULL, *query = strtok_r(line, "\t", &save), *chunk = strtok_r(NULL, "\t", &save),
         *score = strtok_r(NULL, "\t\r", &save);
    if (!query || !chunk || !score)
        return err_set(err, ERR_FORMAT, "%s: not three columns between tabs", where);
    char *end;
    double value = strtod(score, &end);
    if (end == score)
        return err_set(err, ERR_FORMAT, "%s: the score '%s' is no number", where, score);
    uint32_t q = find(s->question_keys, query), c = find(s->chunk_keys, chunk);
    if (q == MAP_NONE)
        return err_set(err, ERR_FORMAT, "%s: there is no question '%s' in queries.jsonl", where,
                       query);
    if (c == MAP_NONE)
        return err_set(err, ERR_FORMAT, "%s: there is no chunk '%s' in corpus.jsonl", where, chunk);
    if (!(value > 0)) return true;
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

/* Splits of the chunks from those of the questions they answer. */
static void split_chunks(QuestionSet *s)
{
    uint8_t *used = mem_zero(s->chunks.count + 1, 1);
    for (size_t i = 0; i < s->links.count; i++)
        used[s->links.items[i].chunk] |=
            (uint8_t)(1 << s->questions.items[s->links.items[i].question].split);
    for (size_t c = 0; c < s->chunks.count; c++) {
        for (size_t k = 0; k < 3; k++) {
            if (used[c] == 1 << QRELS[k].split) s->chunks.items[c].split = QRELS[k].split;
        }
    }
    free(used);
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
    split_chunks(s);
    return true;
}

bool write_beir(const Env *env, const ExportOptions *o, Err *err)
{
    OutPicture p;
    if (!out_picture(env, o, &p, err)) return false;
    char *qrels_folder = str_format("%s/qrels", o->path), scratch[32], other[32];
    bool ok = file_make_folder(qrels_folder, err);
    Str corpus = {0}, queries = {0}, qrels[SPLIT_COUNT] = {{0}};
    for (uint32_t c = 0; c < p.data.chunks.count; c++) {
        cJSON *j = cJSON_CreateObject();
        cJSON_AddStringToObject(j, "_id", out_chunk_key(&p, c, scratch));
        cJSON_AddStringToObject(j, "title",
                                out_chunk(&p, c)->own_title ? out_chunk(&p, c)->own_title : "");
        cJSON_AddStringToObject(j, "text", out_chunk(&p, c)->text);
        out_json_line(&corpus, j);
    }
    for (size_t q = 0; q < p.data.questions.count; q++) {
        const QuestionRow *question = &p.data.questions.items[q];
        cJSON *j = cJSON_CreateObject();
        cJSON_AddStringToObject(j, "_id", out_question_key(&p, q, scratch));
        cJSON_AddStringToObject(j, "text", question->text);
        out_json_line(&queries, j);
        Split split = question->split == SPLIT_NONE ? SPLIT_TRAIN : question->split;
        if (qrels[split].size == 0) str_add(&qrels[split], "query-id\tcorpus-id\tscore\n");
        for (size_t i = p.data.positive_offset[q]; i < p.data.positive_offset[q + 1]; i++) {
            str_addf(&qrels[split], "%s\t%s\t1\n", out_question_key(&p, q, scratch),
                     out_chunk_key(&p, p.data.positive[i], other));
        }
    }
    struct {
        const char *name;
        Str *text;
    } files[] = {{"corpus.jsonl", &corpus},
                 {"queries.jsonl", &queries},
                 {"qrels/train.tsv", &qrels[SPLIT_TRAIN]},
                 {"qrels/dev.tsv", &qrels[SPLIT_VAL]},
                 {"qrels/test.tsv", &qrels[SPLIT_TEST]}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = str_format("%s/%s", o->path, files[i].name);
        if (ok && files[i].text->size) ok = out_write(path, files[i].text, err);
        free(path);
        str_release(files[i].text);
    }
    free(qrels_folder);
    out_release(&p);
    return ok;
}
