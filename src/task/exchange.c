#include "task/exchange.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "task/exchange_set.h"

#define HEAD_BYTES 65536 /* of a file, to guess its format by */

/* ---- guessing ---- */

static bool ends(const char *path, const char *ending)
{
    return str_ends_nocase(path, ending);
}

/* Does this much of a file hold the key? */
static bool has_key(const char *head, size_t size, const char *key)
{
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\"", key);
    return head && memmem(head, size, quoted, strlen(quoted)) != NULL;
}

/* How much of the head the first record of a jsonl file, or of a list of objects, may take. */
static size_t first_record(const char *head, size_t size)
{
    const char *end = memchr(head, '\n', size);
    if (head[strspn(head, " \t\r\n")] == '[') return size;
    return end ? (size_t)(end - head) : size;
}

static bool is_llamaindex(const char *path, const char *head, size_t size, bool folder)
{
    return !folder && !ends(path, ".jsonl") &&
           (has_key(head, size, "queries") || has_key(head, size, "relevant_docs") ||
            has_key(head, size, "corpus"));
}

static bool is_squad(const char *path, const char *head, size_t size, bool folder)
{
    return !folder && !ends(path, ".jsonl") && has_key(head, size, "data") &&
           has_key(head, size, "paragraphs");
}

static bool is_flagembedding(const char *path, const char *head, size_t size, bool folder)
{
    (void)path;
    size_t line = first_record(head, size);
    return !folder && has_key(head, line, "query") && has_key(head, line, "pos");
}

static bool is_quotes(const char *path, const char *head, size_t size, bool folder)
{
    (void)path;
    size_t line = first_record(head, size);
    return !folder && has_key(head, line, "query") && has_key(head, line, "quote");
}

static bool is_triplets(const char *path, const char *head, size_t size, bool folder)
{
    (void)path;
    size_t line = first_record(head, size);
    return !folder && has_key(head, line, "anchor") && has_key(head, line, "positive");
}

static bool is_beir(const char *path, const char *head, size_t size, bool folder)
{
    (void)path;
    (void)head;
    (void)size;
    return folder;
}

static bool is_jsonl(const char *path, const char *head, size_t size, bool folder)
{
    if (folder || size == 0) return false;
    char first = head[strspn(head, " \t\r\n")];
    if (first == '[') return has_key(head, size, "query") || has_key(head, size, "question");
    return first == '{' && (ends(path, ".jsonl") || ends(path, ".ndjson"));
}

static bool is_csv(const char *path, const char *head, size_t size, bool folder)
{
    (void)head;
    (void)size;
    return !folder && (ends(path, ".csv") || ends(path, ".tsv"));
}

const ExchangeFormat EXCHANGE_FORMATS[] = {
    {"llamaindex", "LlamaIndex EmbeddingQAFinetuneDataset json", false, is_llamaindex,
     read_llamaindex, write_llamaindex},
    {"squad", "SQuAD-style json: data, paragraphs, context, qas", false, is_squad, read_squad,
     write_squad},
    {"flagembedding", "FlagEmbedding jsonl: query, pos, neg, scores", false, is_flagembedding,
     read_flagembedding, write_flagembedding},
    {"quotes", "jsonl of query, document, quote: bound to the documents of the project", true,
     is_quotes, read_quotes, write_quotes},
    {"triplets", "sentence-transformers jsonl: anchor, positive, negative", false, is_triplets,
     read_triplets, write_triplets},
    {"beir", "BEIR folder: corpus.jsonl, queries.jsonl, qrels", true, is_beir, read_beir,
     write_beir},
    {"jsonl", "one object a pair: query, text", true, is_jsonl, read_jsonl_rows, write_jsonl_rows},
    {"csv", "one row a pair, with a header: query, text", true, is_csv, read_csv_rows,
     write_csv_rows},
};
const size_t EXCHANGE_FORMAT_COUNT = sizeof EXCHANGE_FORMATS / sizeof *EXCHANGE_FORMATS;

const ExchangeFormat *exchange_find(const char *name)
{
    for (size_t i = 0; i < EXCHANGE_FORMAT_COUNT; i++) {
        if (strcmp(EXCHANGE_FORMATS[i].name, name) == 0) return &EXCHANGE_FORMATS[i];
    }
    return NULL;
}

static void list_formats(Str *out)
{
    for (size_t i = 0; i < EXCHANGE_FORMAT_COUNT; i++)
        str_addf(out, "%s%s", i ? ", " : "", EXCHANGE_FORMATS[i].name);
}

static bool unknown_format(const char *name, Err *err)
{
    Str list = {0};
    list_formats(&list);
    err_set(err, ERR_USAGE, "there is no format '%s': use one of %s", name, str_get(&list));
    str_release(&list);
    return false;
}

static bool guess(const char *path, const ExchangeFormat **ret, Err *err)
{
    FileInfo info;
    if (!file_info(path, &info, err)) return false;
    char *head = mem_zero(HEAD_BYTES + 1, 1);
    size_t size = 0;
    if (!info.is_directory) {
        if (!info.is_regular) {
            free(head);
            return err_set(err, ERR_FORMAT, "%s: not a regular file", path);
        }
        FILE *file = fopen(path, "rb");
        if (file) {
            size = fread(head, 1, HEAD_BYTES, file);
            fclose(file);
        }
    }
    const ExchangeFormat *found = NULL;
    for (size_t i = 0; i < EXCHANGE_FORMAT_COUNT && !found; i++) {
        const ExchangeFormat *f = &EXCHANGE_FORMATS[i];
        if (f->recognises && f->recognises(path, head, size, info.is_directory)) found = f;
    }
    free(head);
    if (found) {
        *ret = found;
        return true;
    }
    if (!info.is_directory && size == 0)
        return err_set(err, ERR_FORMAT, "%s: the file is empty or cannot be read", path);
    Str list = {0};
    list_formats(&list);
    err_set(
        err, ERR_FORMAT,
        "%s: no known question set; name its format with --format (%s), or use `add` for documents",
        path, str_get(&list));
    str_release(&list);
    return false;
}

bool task_import(const Env *env, const ImportOptions *options, ImportReport *ret, Err *err)
{
    const ExchangeFormat *format = NULL;
    if (options->format) {
        format = exchange_find(options->format);
        if (!format || !format->read) return unknown_format(options->format, err);
    } else if (!guess(options->path, &format, err)) {
        return false;
    }
    progress_begin(env->progress, "import", "entries", 0);
    progress_say(env->progress, "reading %s", file_name(options->path));
    Split split = options->split != SPLIT_NONE || format->own_splits ? options->split : SPLIT_TRAIN;
    QuestionSet set;
    question_set_init(&set);
    ImportReport report = {.format = format->name};
    bool ok = format->read(env, options->path, split, &set, err);
    if (!ok && err->kind == ERR_FORMAT && !str_starts(err->message, options->path))
        err_prefix(err, "%s", options->path);
    if (ok && set.links.count == 0) {
        ok = err_set(err, ERR_FORMAT, "%s: there is no question with a chunk in it%s%s",
                     options->path, set.warnings[0] ? ": " : "", set.warnings);
    }
    ok = ok && set_write(env, options->path, format->name, options->split, &set, &report, err);
    if (ok) {
        report.failed = set.failed;
        memcpy(report.warnings, set.warnings, sizeof report.warnings);
        *ret = report;
    }
    question_set_release(&set);
    return ok;
}

bool task_export(const Env *env, const char *format, const ExportOptions *options, Err *err)
{
    const ExchangeFormat *f = exchange_find(format);
    if (!f || !f->write) return unknown_format(format, err);
    return f->write(env, options, err);
}
