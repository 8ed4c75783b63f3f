/* Parameters and moments as files in a run's folder: a head, then whole blocks of floats, written
 * from where they lie. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "task/run_folder.h"
#include "task/trainer.h"

#define FILE_MAGIC 0x31736b6c62656e6fULL

typedef struct FileHead {
    uint64_t magic, count, blocks;
    Hash inputs; /* of the run: nobody's else file is taken for it */
} FileHead;

/* ---- names ---- */

static char *checkpoint_folder(const Trainer *x)
{
    return str_format("%s/" RUN_CHECKPOINT, x->folder);
}

static void step_name(const Trainer *x, char out[64])
{
    snprintf(out, 64, "%s-%" PRIu64, x->state.refitting ? "refit" : "step", x->state.step);
}

static void best_name(const Trainer *x, char out[64])
{
    snprintf(out, 64, "best-%" PRIu64, x->state.best_step);
}

/* ---- blocks ---- */

static FileHead head_of(const Trainer *x, size_t blocks)
{
    int64_t id = x->run_id;
    HashBuilder *b = hash_begin();
    hash_add_text(b, x->o->name);
    hash_add(b, &id, sizeof id);
    hash_add(b, x->fingerprint.bytes, HASH_BYTES);
    return (FileHead){FILE_MAGIC, x->t->count, blocks, hash_end(b)};
}

static bool write_blocks(const Trainer *x, const char *path, float *const *blocks, size_t count,
                         Err *err)
{
    FileHead head = head_of(x, count);
    FileWriter *w = NULL;
    if (!file_writer_open(path, &w, err)) return false;
    bool ok = file_writer_add(w, &head, sizeof head, err);
    for (size_t i = 0; ok && i < count; i++)
        ok = file_writer_add(w, blocks[i], x->t->count * sizeof **blocks, err);
    return file_writer_close(w, ok, err) && ok;
}

/* Reads all of it; false where the file ends before. */
static bool read_all(int file, void *data, size_t size)
{
    for (char *at = data; size > 0;) {
        ssize_t n = read(file, at, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool read_blocks(const Trainer *x, const char *path, float *const *blocks, size_t count,
                        Err *err)
{
    FileHead head, wanted = head_of(x, count);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return err_set(err, ERR_MISSING,
                       "%s: %s; run '%s' needs it to go on: put the folder back beside the "
                       "project, or start the run again with --replace",
                       path, strerror(errno), x->o->name);
    bool ok = read_all(file, &head, sizeof head) && memcmp(&head, &wanted, sizeof head) == 0;
    for (size_t i = 0; ok && i < count; i++)
        ok = read_all(file, blocks[i], x->t->count * sizeof **blocks);
    close(file);
    return ok || err_set(err, ERR_FORMAT,
                         "%s: is not what run '%s' wrote there: start it again with --replace",
                         path, x->o->name);
}

/* ---- what they hold ---- */

bool trainer_file_save(Trainer *x, Err *err)
{
    if (!x->folder) return true;
    char name[64], *folder = checkpoint_folder(x);
    step_name(x, name);
    char *path = str_format("%s/%s", folder, name);
    float *blocks[] = {x->t->p, x->m, x->v};
    bool ok = file_make_folder(folder, err) && write_blocks(x, path, blocks, 3, err);
    free(path);
    free(folder);
    return ok;
}

bool trainer_file_load(Trainer *x, Err *err)
{
    if (!x->folder) return true;
    char name[64];
    step_name(x, name);
    char *path = str_format("%s/" RUN_CHECKPOINT "/%s", x->folder, name);
    float *blocks[] = {x->t->p, x->m, x->v};
    bool ok = read_blocks(x, path, blocks, 3, err);
    free(path);
    return ok;
}

bool trainer_file_best(Trainer *x, bool save, Err *err)
{
    if (!x->folder) return true;
    char name[64], *folder = checkpoint_folder(x);
    best_name(x, name);
    char *path = str_format("%s/%s", folder, name);
    float *blocks[] = {x->t->p};
    bool ok = save ? file_make_folder(folder, err) && write_blocks(x, path, blocks, 1, err)
                   : read_blocks(x, path, blocks, 1, err);
    free(path);
    free(folder);
    return ok;
}

void trainer_files_tidy(Trainer *x, bool all)
{
    if (!x->folder) return;
    char step[64], best[64], *folder = checkpoint_folder(x);
    step_name(x, step);
    best_name(x, best);
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        const char *name = e->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (!all && (strcmp(name, step) == 0 || strcmp(name, best) == 0)) continue;
        char *path = str_format("%s/%s", folder, name);
        unlink(path);
        free(path);
    }
    if (dir) closedir(dir);
    if (all && rmdir(folder) == 0) rmdir(x->folder); /* empty where no model was made */
    free(folder);
}
