/* Plain rows, jsonl or csv: a question column, a text column, and whatever else is there. One row a
 * pair. A column "split" counts where no split is asked for. */
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
static const char *const SPLIT_NAMES[] = {"split", NULL};

/* The split asked for, else the row's own, else train. */
static bool row_split(const char *where, const cJSON *j, Split asked, Split *ret, Err *err)
{
    const cJSON *own = set_one_of(j, SPLIT_NAMES);
    *ret = asked == SPLIT_NONE ? SPLIT_TRAIN : asked;
    if (asked != SPLIT_NONE || !own || (cJSON_IsString(own) && !own->valuestring[0])) return true;
    if (cJSON_IsString(own)) {
        bool is_val =
            strcmp(own->valuestring, "dev") == 0 || strcmp(own->valuestring, "validation") == 0;
        if (split_parse(is_val ? "val" : own->valuestring, ret)) return true;
    }
    return err_set(err, ERR_FORMAT,
                   "%s: the split is none of train, val, test, none; give --split to pass over it",
                   where);
}

static bool add_row(QuestionSet *s, const char *where, const cJSON *j, Split asked, void *context,
                    Err *err)
{
    (void)context;
    char scratch[32], other[32];
    Split split;
    const cJSON *question = set_one_of(j, QUESTION_NAMES), *text = set_one_of(j, TEXT_NAMES),
                *negative = set_one_of(j, NEGATIVE_NAMES);
    if (!cJSON_IsString(question))
        return err_set(err, ERR_FORMAT,
                       "%s: there is no question: a column called query or question is needed",
                       where);
    if (!text)
        return err_set(
            err, ERR_FORMAT,
            "%s: there is no text: a column called positive, context, passage, text … is needed",
            where);
    if (!row_split(where, j, asked, &split, err)) return false;
    uint32_t q = set_question(s, where, set_text(set_one_of(j, KEY_NAMES), scratch),
                              question->valuestring, split, err);
    if (q == SET_BROKEN) return false;
    if (cJSON_IsString(text)) {
        const char *key = set_text(set_one_of(j, CHUNK_KEY_NAMES), other),
                   *title = cJSON_GetStringValue(set_one_of(j, TITLE_NAMES));
        uint32_t c = set_chunk(s, where, key, title, text->valuestring, split, err);
        if (c == SET_BROKEN) return false;
        set_link(s, q, c);
    } else if (!set_positives(s, where, q, text, split, err)) {
        return false;
    }
    if (cJSON_IsString(negative) && !negative->valuestring[0]) return true; /* an empty cell */
    return set_negatives(s, where, q, negative, NULL, split, err);
}

bool read_jsonl_rows(const Env *env, const char *path, Split split, QuestionSet *s, Err *err)
{
    if (!set_each_line(env, path, NULL, s, split, add_row, NULL, err)) return false;
    if (split == SPLIT_NONE) set_share_splits(s);
    return true;
}

static bool has_column(const CsvRow *header, const char *const *names)
{
    for (; *names; names++) {
        for (size_t i = 0; i < header->at.count; i++)
            if (strcasecmp(csv_field(header, i), *names) == 0) return true;
    }
    return false;
}

static bool check_header(const CsvRow *header, Err *err)
{
    if (has_column(header, QUESTION_NAMES) && has_column(header, TEXT_NAMES)) return true;
    Str columns = {0};
    for (size_t i = 0; i < header->at.count; i++)
        str_addf(&columns, "%s%.60s", i ? ", " : "", csv_field(header, i));
    err_set(err, ERR_FORMAT,
            "line 1: the columns are '%.300s': one called query or question is needed, and one "
            "called positive, context, passage, text …",
            str_get(&columns));
    str_release(&columns);
    return false;
}

static cJSON *csv_object(const CsvRow *header, const CsvRow *row)
{
    cJSON *j = cJSON_CreateObject();
    for (size_t i = 0; i < row->at.count && i < header->at.count; i++)
        cJSON_AddStringToObject(j, csv_field(header, i), csv_field(row, i));
    return j;
}

bool read_csv_rows(const Env *env, const char *path, Split split, QuestionSet *s, Err *err)
{
    Str text = {0};
    CsvRow header = {0}, row = {0};
    size_t at = 0, line = 1;
    bool ok = set_read(path, &text, err);
    char separator = ok ? csv_separator(text.data, text.size) : ',';
    ok = ok && csv_take(text.data, text.size, &at, separator, &header, &line, err) &&
         check_header(&header, err);
    while (ok && at < text.size) {
        char where[64];
        snprintf(where, sizeof where, "line %zu", line);
        if (!csv_take(text.data, text.size, &at, separator, &row, &line, err)) ok = false;
        if (!ok || (row.at.count == 1 && csv_field(&row, 0)[0] == '\0')) continue;
        cJSON *j = csv_object(&header, &row);
        ok = add_row(s, where, j, split, NULL, err) && cancel_check(env->cancel, err);
        cJSON_Delete(j);
    }
    if (ok && split == SPLIT_NONE) set_share_splits(s);
    csv_release(&header);
    csv_release(&row);
    str_release(&text);
    return ok;
}

/* ---- out: one row a pair ---- */

/* first: the question's first row, which carries its negatives. */
typedef void PairWriter(const OutPicture *p, size_t question, uint32_t chunk, bool first, Str *out);

static bool write_pairs(const Env *env, const ExportOptions *o, const char *head, PairWriter *write,
                        Err *err)
{
    OutPicture p;
    if (!out_picture(env, o, &p, err)) return false;
    Str out = {0};
    str_add(&out, head);
    for (size_t q = 0; q < p.data.questions.count; q++) {
        size_t first = p.data.positive_offset[q];
        for (size_t i = first; i < p.data.positive_offset[q + 1]; i++)
            write(&p, q, p.data.positive[i], i == first, &out);
    }
    bool ok = out_write(o->path, &out, err);
    str_release(&out);
    out_release(&p);
    return ok;
}

static void write_jsonl_pair(const OutPicture *p, size_t q, uint32_t c, bool first, Str *out)
{
    const ChunkRow *chunk = out_chunk(p, c);
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "id", p->question_key[q]);
    cJSON_AddStringToObject(j, "query", p->data.questions.items[q].text);
    cJSON_AddStringToObject(j, "split", split_name(p->data.questions.items[q].split));
    cJSON_AddStringToObject(j, "chunk_id", p->chunk_key[c]);
    if (chunk->own_title) cJSON_AddStringToObject(j, "title", chunk->own_title);
    cJSON_AddStringToObject(j, "text", chunk->text);
    size_t end = p->negative_offset[q + 1];
    cJSON *negatives =
        first && end > p->negative_offset[q] ? cJSON_AddArrayToObject(j, "negatives") : NULL;
    for (size_t i = p->negative_offset[q]; negatives && i < end; i++)
        cJSON_AddItemToArray(negatives,
                             cJSON_CreateString(out_chunk(p, p->negative[i].chunk)->text));
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

static void write_csv_pair(const OutPicture *p, size_t q, uint32_t c, bool first, Str *out)
{
    (void)first;
    const QuestionRow *question = &p->data.questions.items[q];
    const char *fields[] = {p->question_key[q], question->text, split_name(question->split),
                            p->chunk_key[c], out_chunk(p, c)->text};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
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
    return write_pairs(env, o, "id,query,split,chunk_id,text\r\n", write_csv_pair, err);
}
