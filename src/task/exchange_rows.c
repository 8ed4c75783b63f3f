/* Plain rows, jsonl or csv: a question column, a text column, and whatever else is there. One row a
 * pair. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "task/exchange_set.h"
#include "text/csv.h"

static const char *const QUESTION_NAMES[] = {"query", "question", "anchor", "q", NULL};
static const char *const TEXT_NAMES[] = {"positive", "pos",      "context", "passage", "chunk",
                                         "text",     "document", "answer",  NULL};
static const char *const NEGATIVE_NAMES[] = {"negative", "neg", "negatives", NULL};
static const char *const KEY_NAMES[] = {"id", "_id", "query_id", "question_id", NULL};
static const char *const CHUNK_KEY_NAMES[] = {"chunk_id", "corpus_id", "passage_id", "doc_id",
                                              NULL};
static const char *const TITLE_NAMES[] = {"title", "heading", NULL};

static bool add_row(QuestionSet *s, const char *where, const cJSON *j, Split split, void *context,
                    Err *err)
{
    (void)context;
    char scratch[32], other[32];
    const cJSON *question = set_one_of(j, QUESTION_NAMES), *text = set_one_of(j, TEXT_NAMES),
                *title = set_one_of(j, TITLE_NAMES);
    const cJSON *chunk_key = set_one_of(j, CHUNK_KEY_NAMES);
    if (!cJSON_IsString(question))
        return err_set(err, ERR_FORMAT,
                       "%s: there is no question: a column called query or question is needed",
                       where);
    if (!text)
        return err_set(
            err, ERR_FORMAT,
            "%s: there is no text: a column called positive, context, passage, text … is needed",
            where);
    uint32_t q = set_question(s, where, set_text(set_one_of(j, KEY_NAMES), scratch),
                              question->valuestring, split, err);
    if (q == SET_BROKEN) return false;
    if (cJSON_IsString(text)) {
        uint32_t c = set_chunk(s, where, set_text(chunk_key, other), cJSON_GetStringValue(title),
                               text->valuestring, split, err);
        if (c == SET_BROKEN) return false;
        set_link(s, q, c);
    } else if (!set_positives(s, where, q, text, split, err)) {
        return false;
    }
    return set_negatives(s, where, q, set_one_of(j, NEGATIVE_NAMES), NULL, split, err);
}

bool read_jsonl_rows(const Env *env, const char *path, Split split, QuestionSet *s, Err *err)
{
    return set_each_line(env, path, NULL, s, split, add_row, NULL, err);
}

bool read_csv_rows(const Env *env, const char *path, Split split, QuestionSet *s, Err *err)
{
    Str text = {0};
    CsvRow header = {0}, row = {0};
    size_t at = 0, line = 1;
    bool ok = set_read(path, &text, err);
    char separator = ok ? csv_separator(text.data, text.size) : ',';
    if (ok && !csv_take(text.data, text.size, &at, separator, &header, &line, err)) ok = false;
    while (ok && at < text.size) {
        char where[320];
        snprintf(where, sizeof where, "line %zu", line);
        if (!csv_take(text.data, text.size, &at, separator, &row, &line, err)) ok = false;
        if (!ok || (row.at.count == 1 && csv_field(&row, 0)[0] == '\0')) continue;
        cJSON *j = cJSON_CreateObject();
        for (size_t i = 0; i < row.at.count && i < header.at.count; i++) {
            if (csv_field(&row, i)[0])
                cJSON_AddStringToObject(j, csv_field(&header, i), csv_field(&row, i));
        }
        ok = add_row(s, where, j, split, NULL, err) && cancel_check(env->cancel, err);
        cJSON_Delete(j);
    }
    csv_release(&header);
    csv_release(&row);
    str_release(&text);
    return ok;
}

/* ---- out: one row a pair ---- */

typedef void PairWriter(const OutPicture *p, size_t question, uint32_t chunk, Str *out);

static bool write_pairs(const Env *env, const ExportOptions *o, const char *head, PairWriter *write,
                        Err *err)
{
    OutPicture p;
    if (!out_picture(env, o, &p, err)) return false;
    Str out = {0};
    str_add(&out, head);
    for (size_t q = 0; q < p.data.questions.count; q++) {
        for (size_t i = p.data.positive_offset[q]; i < p.data.positive_offset[q + 1]; i++)
            write(&p, q, p.data.positive[i], &out);
    }
    bool ok = out_write(o->path, &out, err);
    str_release(&out);
    out_release(&p);
    return ok;
}

static void write_jsonl_pair(const OutPicture *p, size_t q, uint32_t c, Str *out)
{
    char scratch[32];
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "id", out_question_key(p, q, scratch));
    cJSON_AddStringToObject(j, "query", p->data.questions.items[q].text);
    cJSON_AddStringToObject(j, "chunk_id", out_chunk_key(p, c, scratch));
    cJSON_AddStringToObject(j, "text", out_chunk(p, c)->text);
    out_json_line(out, j);
}

static void write_field(const char *text, Str *out)
{
    str_add_char(out, '"');
    for (; *text; text++) {
        if (*text == '"') str_add_char(out, '"');
        str_add_char(out, *text);
    }
    str_add_char(out, '"');
}

static void write_csv_pair(const OutPicture *p, size_t q, uint32_t c, Str *out)
{
    char scratch[32], other[32];
    const char *fields[] = {out_question_key(p, q, scratch), p->data.questions.items[q].text,
                            out_chunk_key(p, c, other), out_chunk(p, c)->text};
    for (int i = 0; i < 4; i++) {
        if (i) str_add_char(out, ',');
        write_field(fields[i], out);
    }
    str_add(out, "\r\n");
}

bool write_jsonl_rows(const Env *env, const ExportOptions *o, Err *err)
{
    return write_pairs(env, o, "", write_jsonl_pair, err);
}

bool write_csv_rows(const Env *env, const ExportOptions *o, Err *err)
{
    return write_pairs(env, o, "id,query,chunk_id,text\r\n", write_csv_pair, err);
}
