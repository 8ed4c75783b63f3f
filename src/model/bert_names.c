#include "model/bert_names.h"

#include <stdlib.h>
#include <string.h>

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
