#include "task/ingest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/corpus.h"
#include "store/questions.h"
#include "task/rechunk.h"
#include "task/split.h"
#include "text/reader.h"

void ingest_report_release(IngestReport *r)
{
    for (size_t i = 0; i < r->failures.count; i++) {
        free(r->failures.items[i].path);
        free(r->failures.items[i].why);
    }
    for (size_t i = 0; i < r->skipped.count; i++) free(r->skipped.items[i]);
    vec_release(&r->failures);
    vec_release(&r->skipped);
}

static void refuse(IngestReport *r, const char *path, const char *why)
{
    vec_push(&r->failures, (IngestFailure){mem_strdup(path), mem_strdup(why)});
}

/* What a document was made from: its bytes and how it was cut. */
static bool file_identity(const char *path, const ChunkOptions *o, FileInfo *info, Hash *ret,
                          Err *err)
{
    Str bytes = {0};
    if (!file_info(path, info, err) || !file_read(path, READER_FILE_LIMIT_BYTES, &bytes, err))
        return false;
    HashBuilder *b = hash_begin();
    hash_add(b, bytes.data, bytes.size);
    hash_add_i64(b, (int64_t)o->max_tokens);
    hash_add_i64(b, (int64_t)o->overlap_tokens);
    hash_add_i64(b, (int64_t)o->min_tokens);
    *ret = hash_end(b);
    str_release(&bytes);
    return true;
}

/* Puts the document and its chunks into the project, in one transaction. */
static bool store_document(const Env *env, DocumentRow *row, const Document *d,
                           const Passages *passages, IngestReport *r, Err *err)
{
    if (!store_begin(env->store, err)) return false;
    bool known = row->id != 0;
    int64_t id = 0;
    bool ok = document_put(env->store, row, &id, err);
    row->id = id;
    ok = ok && rechunk(env, row, str_get(&d->text), passages, r, err) &&
         store_commit(env->store, err);
    if (!ok) {
        store_rollback(env->store);
        return false;
    }
    if (known)
        r->changed++;
    else
        r->added++;
    return true;
}

static bool read_document(const Env *env, const IngestOptions *o, const char *path,
                          DocumentRow *row, IngestReport *r, Err *err)
{
    Document d = {0};
    if (!reader_read(path, env->cancel, &d, err)) return false;
    Passages passages = {0};
    chunker_cut(&d, &o->chunk, &passages);
    bool ok = passages.count > 0 || err_set(err, ERR_FORMAT, "%s: holds no text", path);
    row->title = d.title;
    row->format = d.format;
    row->encoding = d.encoding;
    row->pages = d.pages.count ? d.pages.items[d.pages.count - 1].page : 0;
    row->text = str_get(&d.text);
    ok = ok && store_document(env, row, &d, &passages, r, err);
    passages_release(&passages);
    document_release(&d);
    return ok;
}

/* The split asked for, for a document whose file did not change. */
static bool move_document(const Env *env, const IngestOptions *o, const DocumentRow *row, Err *err)
{
    if (o->split == SPLIT_NONE || row->split == o->split) return true;
    return document_set_split(env->store, row->id, o->split, err);
}

static bool ingest_file(const Env *env, const IngestOptions *o, const char *path, IngestReport *r,
                        Err *err)
{
    FileInfo info;
    Hash identity;
    DocumentRows found = {0};
    if (!file_identity(path, &o->chunk, &info, &identity, err) ||
        !document_find(env->store, path, &found, err))
        return false;
    const DocumentRow *old = found.count ? &found.items[0] : NULL;
    bool ok;
    if (old && hash_equal(&old->file_hash, &identity)) {
        r->unchanged++;
        ok = move_document(env, o, old, err);
    } else {
        DocumentRow row =
            old ? *old : (DocumentRow){.split = SPLIT_NONE, .added_ms = clock_wall_ms()};
        if (o->split != SPLIT_NONE) {
            row.split = o->split;
            row.by_blocks = false;
        }
        row.key = row.path = path;
        row.file_hash = identity;
        row.size_bytes = (int64_t)info.size_bytes;
        row.modified_ms = info.modified_ms;
        ok = read_document(env, o, path, &row, r, err);
    }
    rows_release(&found);
    return ok;
}

/* A failure of the file is reported and the rest goes on; one of the project or the user's wish
 * ends the task. */
static bool is_fatal(const Err *err)
{
    return err->kind == ERR_CANCELLED || err->kind == ERR_DATABASE || err->kind == ERR_BUSY ||
           err->kind == ERR_NEWER;
}

/* All files below the paths; what cannot be opened goes into the report. */
static void collect(const IngestOptions *o, Paths *files, IngestReport *r)
{
    for (size_t i = 0; i < o->path_count; i++) {
        Err err = {0};
        FileInfo info;
        char *full = realpath(o->paths[i], NULL);
        Paths unreadable = {0};
        size_t first = files->count;
        if (!full || !file_info(full, &info, &err) || !file_walk(full, files, &unreadable, &err)) {
            refuse(r, o->paths[i], full ? err.message : "there is no such file or folder");
        } else if (info.is_directory) {
            size_t kept = first;
            for (size_t f = first; f < files->count; f++) {
                if (reader_for(files->items[f]))
                    files->items[kept++] = files->items[f];
                else
                    vec_push(&r->skipped, files->items[f]);
            }
            files->count = kept;
        }
        for (size_t u = 0; u < unreadable.count; u++)
            refuse(r, unreadable.items[u], "the folder cannot be read: check its permissions");
        file_paths_release(&unreadable);
        free(full);
    }
}

bool task_ingest(const Env *env, const IngestOptions *options, IngestReport *ret, Err *err)
{
    IngestReport report = {0};
    Paths files = {0};
    collect(options, &files, &report);
    report.files = files.count;
    progress_begin(env->progress, "add", "files", files.count);
    bool ok = true;
    for (size_t i = 0; ok && i < files.count; i++) {
        Err why = {0};
        progress_say(env->progress, "%s", file_name(files.items[i]));
        ok = cancel_check(env->cancel, err);
        if (ok && !ingest_file(env, options, files.items[i], &report, &why)) {
            if (is_fatal(&why))
                ok = err_set(err, why.kind, "%s", why.message);
            else
                refuse(&report, files.items[i], why.message);
        }
        progress_update(env->progress, i + 1);
    }
    file_paths_release(&files);
    if (ok && options->auto_split) ok = split_auto(env, 1, false, err);
    if (ok)
        *ret = report;
    else
        ingest_report_release(&report);
    return ok;
}
