/* How a path that is being typed may go on. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "app/facts.h"
#include "base/file.h"
#include "base/utf8.h"

#define PATHS_MOST 5000

typedef struct Asked {
    char *typed;
    Paths paths;
    PathsDone *done;
    void *context;
} Asked;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A folder gets a slash, so that typing goes on in it. */
static void add_path(Asked *a, const char *folder, const char *name)
{
    FileInfo info;
    char *path = str_format("%s%s", folder, name);
    if (file_info(path, &info, NULL) && info.is_directory) {
        char *with_slash = str_format("%s/", path);
        free(path);
        path = with_slash;
    }
    vec_push(&a->paths, path);
}

static bool work(void *data, const Env *env, Err *err)
{
    Asked *a = data;
    size_t size = (size_t)(file_name(a->typed) - a->typed);
    const char *start = a->typed + size;
    char *folder = mem_strndup(a->typed, size);
    DIR *d = opendir(size ? folder : ".");
    for (struct dirent *e; d && (e = readdir(d)) && a->paths.count < PATHS_MOST;) {
        bool hidden = e->d_name[0] == '.' && start[0] != '.';
        bool dots = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
        if (hidden || dots || !str_starts(e->d_name, start)) continue;
        if (!utf8_valid(e->d_name, strlen(e->d_name), NULL)) continue; /* cannot be typed */
        if (!cancel_check(env->cancel, err)) break;
        add_path(a, folder, e->d_name);
    }
    if (d) closedir(d);
    free(folder);
    if (a->paths.count) qsort(a->paths.items, a->paths.count, sizeof *a->paths.items, by_name);
    return true;
}

static void done(void *data, const Err *err)
{
    Asked *a = data;
    if (!err) a->done(a->context, (const char *const *)a->paths.items, a->paths.count);
}

static void release(void *data)
{
    Asked *a = data;
    file_paths_release(&a->paths);
    free(a->typed);
    free(a);
}

void paths_ask(Desk *d, const void *slot, const char *typed, PathsDone *callback, void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    *a = (Asked){.typed = mem_strdup(typed), .done = callback, .context = context};
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_LIST, &q);
}
