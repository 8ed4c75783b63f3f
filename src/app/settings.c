#include "app/settings.h"

#include <stdlib.h>
#include <string.h>

#include "model/bert_names.h"
#include "retrieve/retriever.h"

/* A name that something else has would hide it, or be hidden by it. */
static bool take_model(const Env *env, const char *setting, const char *value, char **ret, Err *err)
{
    const char *name = model_setting_name(setting);
    char *before = NULL, *taken = NULL;
    if (!model_setting_take(setting, value, &taken, err) ||
        !setting_get(env->store, setting, &before, err)) {
        free(taken);
        return false;
    }
    Err ignored;
    bool ok =
        before || !name || !retriever_exists(env, name, &ignored) ||
        err_set(err, ERR_CONFLICT, "'%s' is already the name of a retriever: choose another", name);
    free(before);
    if (ok)
        *ret = taken;
    else
        free(taken);
    return ok;
}

const Setting SETTINGS[] = {
    {"title_body", NULL, "off", "off|on",
     "new builds embed title and heading path before the text of a chunk", NULL},
    {MODEL_SETTING, MODEL_SETTING "NAME", "", NULL,
     "a model by a name of yours: its folder, or its name on the Hub; and, in place of what the "
     "folder says, .query_prompt, .passage_prompt, .max_tokens",
     take_model},
};
const size_t SETTING_COUNT = sizeof SETTINGS / sizeof *SETTINGS;

static bool same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !(*a == '_' && *b == '-')) return false;
    return *a == *b;
}

const Setting *setting_find(const char *name)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const Setting *s = &SETTINGS[i];
        size_t size = strlen(s->name);
        if (s->shown ? strncmp(s->name, name, size) == 0 && name[size] : same_name(s->name, name))
            return s;
    }
    return NULL;
}

const char *setting_shown(const Setting *s)
{
    return s->shown ? s->shown : s->name;
}

static bool allows(const Setting *s, const char *value)
{
    if (!s->words) return true;
    size_t size = strlen(value);
    for (const char *at = s->words; *at;) {
        size_t length = strcspn(at, "|");
        if (length == size && strncmp(at, value, size) == 0) return true;
        at += length + (at[length] == '|');
    }
    return false;
}

bool setting_take(const Env *env, const Setting *s, const char *name, const char *value, char **ret,
                  Err *err)
{
    if (s->take) return s->take(env, name, value, ret, err);
    if (!allows(s, value))
        return err_set(err, ERR_USAGE, "%s: '%s' is not one of %s", s->name, value, s->words);
    *ret = mem_strdup(value);
    return true;
}
