#include "task/run_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/runs.h"

#define DEPTH_MAX 4 /* of folders in a run's folder */

/* "notes.runs" of "/home/me/notes.hone". */
static char *runs_name(const Env *env)
{
    const char *name = file_name(store_path(env->store));
    size_t size = strlen(name);
    if (str_ends(name, ".hone")) size -= strlen(".hone");
    return str_format("%.*s.runs", (int)size, name);
}

char *run_folder_relative(const Env *env, const char *name)
{
    char *runs = runs_name(env), *path = str_format("%s/%s", runs, name);
    free(runs);
    return path;
}

/* The folder of all runs, or what stands in it under a name. */
static char *beside_project(const Env *env, const char *relative)
{
    const char *project = store_path(env->store);
    return str_format("%.*s%s", (int)(file_name(project) - project), project, relative);
}

char *run_folder(const Env *env, const char *name)
{
    char *relative = run_folder_relative(env, name), *path = beside_project(env, relative);
    free(relative);
    return path;
}

/* Links are taken away, not followed. */
static bool remove_tree(const char *path, int depth, Err *err)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT || err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return unlink(path) == 0 ||
               err_set(err, ERR_IO, "%s: cannot be removed: %s", path, strerror(errno));
    if (depth == DEPTH_MAX)
        return err_set(err, ERR_IO, "%s: is too deep for a folder of a run: remove it by hand",
                       path);
    DIR *dir = opendir(path);
    if (!dir) return err_set(err, ERR_IO, "%s: cannot be looked into: %s", path, strerror(errno));
    bool ok = true;
    for (struct dirent *e; ok && (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        char *child = str_format("%s/%s", path, e->d_name);
        ok = remove_tree(child, depth + 1, err);
        free(child);
    }
    closedir(dir);
    return ok && (rmdir(path) == 0 ||
                  err_set(err, ERR_IO, "%s: cannot be removed: %s", path, strerror(errno)));
}

/* NAME itself, or NAME@ and a number. */
static bool of_run(const char *folder, const char *name)
{
    size_t size = strlen(name);
    if (strncmp(folder, name, size) != 0) return false;
    const char *rest = folder + size;
    return *rest == '\0' ||
           (*rest == '@' && rest[1] && rest[1 + strspn(rest + 1, "0123456789")] == '\0');
}

bool run_folders_remove(const Env *env, const char *name, Err *err)
{
    char *runs = runs_name(env), *path = beside_project(env, runs);
    free(runs);
    DIR *dir = opendir(path);
    bool ok = true;
    for (struct dirent *e; ok && dir && (e = readdir(dir));) {
        if (!of_run(e->d_name, name)) continue;
        char *folder = str_format("%s/%s", path, e->d_name);
        ok = remove_tree(folder, 0, err);
        free(folder);
    }
    if (dir) closedir(dir);
    if (ok) rmdir(path); /* where it was the last one */
    free(path);
    return ok;
}

bool run_drop(const Env *env, const char *name, Err *err)
{
    return run_remove(env->store, name, err) && run_folders_remove(env, name, err);
}
