#include "app/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "store/corpus.h"
#include "task/exchange.h"
#include "task/generate.h"
#include "task/ingest.h"
#include "task/split.h"

#define ENDING ".hone"
#define QUESTIONS_FILE "questions.jsonl"
#define MADE_PER_CHUNK 2

static bool is_of(const SampleFile *f, const char *language)
{
    size_t size = strlen(language);
    return strncmp(f->path, language, size) == 0 && f->path[size] == '/';
}

bool sample_known(const char *language)
{
    for (size_t i = 0; i < SAMPLE_FILE_COUNT && !strchr(language, '/'); i++)
        if (is_of(&SAMPLE_FILES[i], language)) return true;
    return false;
}

const char *sample_project(const char *language)
{
    return strcmp(language, "zh") == 0 ? "handbook-zh" ENDING : "handbook" ENDING;
}

char *sample_folder(const char *project)
{
    size_t size = strlen(project), ending = strlen(ENDING);
    bool ends = str_ends(project, ENDING) && *file_name(project) != '.';
    return ends ? mem_strndup(project, size - ending) : str_format("%s-documents", project);
}

/* ---- may it be written there? ---- */

static bool documents_are_of(Store *store, const char *folder, Err *err)
{
    DocumentRows rows = {0};
    if (!documents_load(store, NULL, &rows, err)) return false;
    char *full = realpath(folder, NULL);
    char *within = str_format("%s/", full ? full : folder);
    bool ok = true;
    for (size_t i = 0; ok && i < rows.count; i++) {
        const char *key = rows.items[i].key;
        if (!str_starts(key, "import:") && str_starts(key, within)) continue;
        ok = err_set(err, ERR_CONFLICT,
                     "%s has documents of its own (%s): the sample is for a new project; name one "
                     "with -p FILE.hone",
                     store_path(store), rows.items[i].title);
    }
    free(within);
    free(full);
    rows_release(&rows);
    return ok;
}

/* *ret_same: the file is there, as it is in the corpus. */
static bool look_at(const SampleFile *f, const char *path, bool *ret_same, Err *err)
{
    FileInfo info;
    Err missing = {0};
    *ret_same = false;
    if (!file_info(path, &info, &missing)) {
        if (missing.kind == ERR_MISSING) return true;
        *err = missing;
        return false;
    }
    Str text = {0};
    *ret_same = info.is_regular && info.size_bytes == f->size &&
                file_read(path, f->size, &text, NULL) &&
                memcmp(str_get(&text), f->bytes, f->size) == 0;
    str_release(&text);
    return *ret_same ||
           err_set(err, ERR_CONFLICT,
                   "%s is there already and is not the sample's: move it away, or name "
                   "another project with -p FILE.hone",
                   path);
}

static char *path_of(const SampleFile *f, const char *folder)
{
    return str_format("%s%s", folder, strchr(f->path, '/'));
}

static bool files_are_free(const char *language, const char *folder, Err *err)
{
    bool ok = true, same;
    for (size_t i = 0; ok && i < SAMPLE_FILE_COUNT; i++) {
        if (!is_of(&SAMPLE_FILES[i], language)) continue;
        char *path = path_of(&SAMPLE_FILES[i], folder);
        ok = look_at(&SAMPLE_FILES[i], path, &same, err);
        free(path);
    }
    return ok;
}

bool sample_free(const char *language, const char *project, Err *err)
{
    char *folder = sample_folder(project);
    bool ok = files_are_free(language, folder, err);
    free(folder);
    return ok;
}

/* ---- the steps ---- */

static bool write_file(const SampleFile *f, const char *path, Err *err)
{
    bool same;
    char *parent = mem_strndup(path, (size_t)(file_name(path) - path));
    bool ok = look_at(f, path, &same, err) &&
              (same || (file_make_folder(parent, err) && file_write(path, f->bytes, f->size, err)));
    free(parent);
    return ok;
}

static bool write_files(const char *language, const char *folder, Err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < SAMPLE_FILE_COUNT; i++) {
        if (!is_of(&SAMPLE_FILES[i], language)) continue;
        char *path = path_of(&SAMPLE_FILES[i], folder);
        ok = write_file(&SAMPLE_FILES[i], path, err);
        free(path);
    }
    return ok;
}

static bool add(const Env *env, const char *folder, Split split, SampleReport *r, Err *err)
{
    char *path = str_format("%s/%s", folder, split_name(split));
    const char *paths[] = {path};
    IngestOptions options = {
        .paths = paths, .path_count = 1, .split = split, .chunk = chunk_options_default()};
    IngestReport report = {0};
    bool ok = task_ingest(env, &options, &report, err);
    if (ok && report.failures.count) ok = err_set(err, ERR_IO, "%s", report.failures.items[0].why);
    r->documents += report.added;
    r->chunks += report.chunks_added;
    ingest_report_release(&report);
    free(path);
    return ok;
}

static bool import(const Env *env, const char *folder, SampleReport *r, Err *err)
{
    char *path = str_format("%s/%s", folder, QUESTIONS_FILE);
    ImportOptions options = {.path = path, .format = "quotes"};
    ImportReport report = {0};
    bool ok = task_import(env, &options, &report, err);
    r->questions = report.questions_added;
    free(path);
    return ok;
}

static bool make_questions(const Env *env, SampleReport *r, Err *err)
{
    GenerateOptions options = {
        .generator = "offline", .per_chunk = MADE_PER_CHUNK, .filter = "split:train", .all = true};
    GenerateReport report = {0};
    bool ok = task_generate(env, &options, &report, err);
    r->made = report.questions;
    return ok;
}

static bool freeze(const Env *env, Err *err)
{
    char hex[HASH_HEX_SIZE];
    bool changed;
    if (!split_frozen(env, hex, &changed, err)) return false;
    return *hex || split_freeze(env, hex, err);
}

bool sample_fill(const Env *env, const char *language, SampleReport *ret, Err *err)
{
    SampleReport r = {0};
    if (!sample_known(language))
        return err_set(err, ERR_USAGE,
                       "there is no sample corpus '%s': en (English) or zh (Chinese)", language);
    char *folder = sample_folder(store_path(env->store));
    bool ok = documents_are_of(env->store, folder, err) && files_are_free(language, folder, err) &&
              write_files(language, folder, err) && add(env, folder, SPLIT_TRAIN, &r, err) &&
              add(env, folder, SPLIT_VAL, &r, err) && add(env, folder, SPLIT_TEST, &r, err) &&
              import(env, folder, &r, err) && make_questions(env, &r, err) && freeze(env, err);
    free(folder);
    if (ok) *ret = r;
    return ok;
}
