#include "model/bert_names.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/hub.h"
#include "model/model_folder.h"

char *model_setting(const Env *env, const char *name, const char *what)
{
    if (!env->store) return NULL;
    char *key = str_format(MODEL_SETTING "%s%s%s", name, *what ? "." : "", what), *value = NULL;
    Err ignored;
    if (!setting_get(env->store, key, &value, &ignored)) value = NULL;
    free(key);
    return value;
}

/* ~ as in a shell: names in settings were not expanded by one. */
static bool folder_at(const char *path, Str *out)
{
    const char *home = getenv("HOME");
    Str full = {0};
    if (path[0] == '~' && path[1] == '/' && home)
        str_addf(&full, "%s%s", home, path + 1);
    else
        str_add(&full, path);
    while (full.size > 1 && full.data[full.size - 1] == '/') str_truncate(&full, full.size - 1);
    bool is = full.size > 0 && model_folder_is(full.data);
    if (is) str_add(out, full.data);
    str_release(&full);
    return is;
}

bool model_locate(const Env *env, const char *name, Str *ret_folder)
{
    char *set = model_setting(env, name, "");
    const char *path = set ? set : name;
    bool found = folder_at(path, ret_folder) || hub_find(path, ret_folder);
    free(set);
    return found;
}

bool model_of_run(const Env *env, const RetrieverRow *row, Str *ret_folder, Err *err)
{
    cJSON *j = cJSON_Parse(row->config ? row->config : "");
    const char *folder = cJSON_GetStringValue(cJSON_GetObjectItem(j, "folder"));
    const char *project = store_path(env->store);
    Str path = {0};
    if (folder && *folder != '/')
        str_add_bytes(&path, project, (size_t)(file_name(project) - project));
    if (folder) str_add(&path, folder);
    cJSON_Delete(j);
    bool ok = folder || err_set(err, ERR_DATABASE,
                                "'%s' does not say where its model is: train it again", row->name);
    ok = ok && (model_folder_is(str_get(&path)) ||
                err_set(err, ERR_MISSING,
                        "the model folder %s of '%s' is not there: put it back beside the project, "
                        "or train '%s' again with --replace",
                        str_get(&path), row->name, row->name));
    if (ok) str_add(ret_folder, str_get(&path));
    str_release(&path);
    return ok;
}

/* ---- settings ---- */

static const char *const ABOUT[] = {".query_prompt", ".passage_prompt", ".max_tokens"};
enum { QUERY_PROMPT, PASSAGE_PROMPT, MAX_TOKENS, ABOUTS };

/* Which of ABOUT a setting ends with; ABOUTS: it names a model. */
static int about(const char *name)
{
    int i = 0;
    while (i < ABOUTS && !(str_ends(name, ABOUT[i]) && strlen(name) > strlen(ABOUT[i]))) i++;
    return i;
}

const char *model_setting_name(const char *setting)
{
    const char *name = setting + strlen(MODEL_SETTING);
    return about(name) == ABOUTS ? name : NULL;
}

static bool take_tokens(const char *setting, const char *value, Err *err)
{
    char *end;
    unsigned long long n = strtoull(value, &end, 10);
    return (*value && !*end && n >= 3 && n <= INT_MAX) ||
           err_set(err, ERR_USAGE, "%s: '%s' is not a number of tokens from 3 on", setting, value);
}

static bool take_model(const char *setting, const char *value, char **ret, Err *err)
{
    const char *name = setting + strlen(MODEL_SETTING);
    Str folder = {0};
    if (!*name || strlen(name) > 100 || strpbrk(name, "+|@/ \t\n") || *name == '.' || *name == '-')
        return err_set(err, ERR_USAGE,
                       "'%s': the name of a model has no blank, '+', '|', '@' and '/' in it and "
                       "begins with neither '.' nor '-'",
                       name);
    if (folder_at(value, &folder))
        *ret = realpath(str_get(&folder), NULL);
    else if (hub_find(value, &folder))
        *ret = mem_strdup(value);
    bool found = folder.size > 0 && *ret;
    str_release(&folder);
    return found || err_set(err, ERR_MISSING,
                            "'%s' is neither a model folder nor a model that was fetched: give its "
                            "folder, or fetch it first: hone pull ORG/NAME",
                            value);
}

bool model_setting_take(const char *setting, const char *value, char **ret, Err *err)
{
    int what = about(setting + strlen(MODEL_SETTING));
    if (what == ABOUTS) return take_model(setting, value, ret, err);
    if (what == MAX_TOKENS && !take_tokens(setting, value, err)) return false;
    *ret = mem_strdup(value);
    return true;
}
