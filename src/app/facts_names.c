/* Names that may be given for an embedder, a retriever or a reranker. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/facts.h"
#include "base/file.h"
#include "base/utf8.h"
#include "model/bert_names.h"
#include "model/hub.h"
#include "model/model_folder.h"
#include "model/reranker.h"
#include "retrieve/retriever.h"
#include "store/runs.h"

#define FOLDERS_MOST 2000 /* looked into below the project's */
#define DEPTH_MOST 3
#define NAMES_MOST 5000

typedef struct Asked {
    OptionNames whose;
    char *typed;
    NameChoices found;
    size_t looked; /* folders */
    NamesDone *done;
    void *context;
} Asked;

void name_choices_release(NameChoices *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->items[i].name);
        free(c->items[i].note);
    }
    vec_release(c);
}

static bool is_there(const NameChoices *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->items[i].name, name) == 0) return true;
    return false;
}

/* Takes the note over. */
static void add(Asked *a, const char *name, char *note, bool folder)
{
    bool typable = utf8_valid(name, strlen(name), NULL);
    if (!typable || a->found.count >= NAMES_MOST || is_there(&a->found, name)) {
        free(note);
        return;
    }
    vec_push(&a->found, (NameChoice){mem_strdup(name), note, folder});
}

/* ---- models ---- */

/* The model in a folder, where it is of the kind that is asked for. */
static bool add_model(Asked *a, const char *name, const char *path, const char *from)
{
    ModelFolder model = {0};
    Err ignored;
    bool fits = model_folder_is(path) && model_folder_read(path, &model, &ignored);
    if (fits && a->whose == NAMES_RERANKER)
        fits = model.dims == 0;
    else if (fits)
        fits = model.dims > 0;
    if (fits && model.dims > 0)
        add(a, name, str_format("%s · %zu dimensions", from, model.dims), false);
    else if (fits)
        add(a, name, mem_strdup(from), false);
    model_folder_release(&model);
    return fits;
}

static bool add_named(Asked *a, const Env *env, Err *err)
{
    SettingRows rows = {0};
    if (!settings_load(env->store, MODEL_SETTING, &rows, err)) return false;
    for (size_t i = 0; i < rows.count; i++) {
        const char *name = model_setting_name(rows.items[i].name);
        Str folder = {0};
        if (name && model_locate(env, name, &folder))
            add_model(a, name, str_get(&folder), "named model");
        str_release(&folder);
    }
    rows_release(&rows);
    return true;
}

static bool add_fetched(Asked *a, const Env *env, Err *err)
{
    Paths models = {0};
    bool ok = true;
    hub_list(&models);
    for (size_t i = 0; ok && i < models.count; i++) {
        Str folder = {0};
        ok = cancel_check(env->cancel, err);
        if (ok && hub_find(models.items[i], &folder))
            add_model(a, models.items[i], str_get(&folder), "model of the Hub");
        str_release(&folder);
    }
    file_paths_release(&models);
    return ok;
}

/* ---- folders ---- */

static int by_name(const void *x, const void *y)
{
    return strcmp(*(char *const *)x, *(char *const *)y);
}

/* Folders in a folder whose names begin so, in order; hidden ones only when their dot is typed. */
static void folders_in(const char *folder, const char *start, Paths *ret)
{
    DIR *d = opendir(*folder ? folder : ".");
    for (struct dirent *e; d && (e = readdir(d)) && ret->count < NAMES_MOST;) {
        FileInfo info;
        if (e->d_name[0] == '.' && (start[0] != '.' || strspn(e->d_name, ".") >= strlen(e->d_name)))
            continue;
        if (!str_starts(e->d_name, start)) continue;
        char *path = str_format("%s%s", folder, e->d_name);
        if (file_info(path, &info, NULL) && info.is_directory)
            vec_push(ret, path);
        else
            free(path);
    }
    if (d) closedir(d);
    if (ret->count) qsort(ret->items, ret->count, sizeof *ret->items, by_name);
}

/* Models below a folder (with a slash behind it, or ""), not those inside of others. */
static bool add_below(Asked *a, const Env *env, const char *folder, int depth, Err *err)
{
    Paths inside = {0};
    bool ok = true;
    folders_in(folder, "", &inside);
    for (size_t i = 0; ok && i < inside.count && a->looked < FOLDERS_MOST; i++) {
        a->looked++;
        ok = cancel_check(env->cancel, err);
        if (!ok || model_folder_is(inside.items[i])) {
            if (ok) add_model(a, inside.items[i], inside.items[i], "folder");
            continue;
        }
        if (depth >= DEPTH_MOST) continue;
        char *next = str_format("%s/", inside.items[i]);
        ok = add_below(a, env, next, depth + 1, err);
        free(next);
    }
    file_paths_release(&inside);
    return ok;
}

/* The path of what was typed, ~ as in a shell. */
static char *expanded(const char *typed)
{
    const char *home = getenv("HOME");
    return str_starts(typed, "~/") && home ? str_format("%s%s", home, typed + 1)
                                           : mem_strdup(typed);
}

/* How a path that is being typed may go on, spelled as it was begun. */
static void add_typed(Asked *a)
{
    bool path = *a->typed && (strchr("./~", *a->typed) || strchr(a->typed, '/'));
    if (!path) return;
    char *full = expanded(a->typed);
    size_t longer = strlen(full) - strlen(a->typed), size = (size_t)(file_name(full) - full);
    char *folder = mem_strndup(full, size);
    Paths inside = {0};
    folders_in(folder, full + size, &inside);
    for (size_t i = 0; i < inside.count; i++) {
        const char *at = inside.items[i];
        char *name = longer ? str_format("~%s", at + longer + 1) : mem_strdup(at);
        if (!add_model(a, name, at, "folder") && !model_folder_is(at)) {
            char *open = str_format("%s/", name);
            add(a, open, mem_strdup(""), true);
            free(open);
        }
        free(name);
    }
    file_paths_release(&inside);
    free(folder);
    free(full);
}

/* The project's folder as one would type it here: "" or with a slash behind it. The caller's. */
static char *project_folder(const char *project)
{
    char *folder = mem_strndup(project, (size_t)(file_name(project) - project));
    char *here = getcwd(NULL, 0), *real = realpath(*folder ? folder : ".", NULL);
    size_t size = here ? strlen(here) : 0;
    if (here && real && strncmp(real, here, size) == 0 && (!real[size] || real[size] == '/')) {
        free(folder);
        folder = real[size] ? str_format("%s/", real + size + 1) : mem_strdup("");
    }
    free(here);
    free(real);
    return folder;
}

static bool add_folders(Asked *a, const Env *env, Err *err)
{
    char *folder = project_folder(store_path(env->store));
    bool ok = add_below(a, env, folder, 1, err);
    free(folder);
    add_typed(a);
    return ok;
}

/* ---- what the project has ---- */

static bool add_retrievers(Asked *a, const Env *env, Err *err)
{
    RetrieverRows rows = {0};
    Names names = {0};
    bool ok = retriever_names(env, &names, err) && retrievers_load(env->store, &rows, err);
    for (size_t i = 0; ok && i < names.count; i++) {
        const char *note = "built in";
        Str folder = {0};
        for (size_t k = 0; k < rows.count; k++)
            if (strcmp(rows.items[k].name, names.items[i]) == 0)
                note = rows.items[k].run_id ? "run" : "imported";
        bool model = strcmp(note, "built in") == 0 && model_locate(env, names.items[i], &folder);
        if (!model) add(a, names.items[i], mem_strdup(note), false); /* models come behind */
        str_release(&folder);
    }
    for (size_t i = 0; i < names.count; i++) free(names.items[i]);
    vec_release(&names);
    rows_release(&rows);
    return ok;
}

/* Those of runs; models come behind. */
static bool add_rerankers(Asked *a, const Env *env, Err *err)
{
    RetrieverRows rows = {0};
    if (!retrievers_load(env->store, &rows, err)) return false;
    for (size_t i = 0; i < rows.count; i++)
        if (strcmp(rows.items[i].kind, RERANKER_KIND) == 0)
            add(a, rows.items[i].name, mem_strdup("run"), false);
    rows_release(&rows);
    return true;
}

static bool work(void *data, const Env *env, Err *err)
{
    Asked *a = data;
    if (a->whose == NAMES_EMBEDDER) add(a, "lsa", mem_strdup("built in"), false);
    if (a->whose == NAMES_RETRIEVER && !add_retrievers(a, env, err)) return false;
    if (a->whose == NAMES_RERANKER && !add_rerankers(a, env, err)) return false;
    return add_named(a, env, err) && add_fetched(a, env, err) && add_folders(a, env, err);
}

static void done(void *data, const Err *err)
{
    Asked *a = data;
    a->done(a->context, err ? NULL : &a->found, err);
}

static void release(void *data)
{
    Asked *a = data;
    name_choices_release(&a->found);
    free(a->typed);
    free(a);
}

void names_ask(Desk *d, const void *slot, OptionNames whose, const char *typed, NamesDone *callback,
               void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    *a = (Asked){.whose = whose, .typed = mem_strdup(typed), .done = callback, .context = context};
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_LIST, &q);
}
