/* Settings of a project: one table of what can be set, for `config` and the settings pane. A family
 * is any number of settings whose names begin alike: "model." and a name of the user's own. */
#ifndef APP_SETTINGS_H
#define APP_SETTINGS_H

#include "model/env.h"

typedef struct Setting {
    const char *name;  /* of a family what they begin with: "model." */
    const char *shown; /* of a family: "model.NAME"; NULL: not a family */
    const char *fallback;
    const char *words; /* "off|on"; NULL: any text */
    const char *help;
    /* of a family: is there such a setting, and may it have this value? *ret the value as it is
     * stored, the caller's */
    bool (*take)(const Env *env, const char *name, const char *value, char **ret, Err *err);
} Setting;

extern const Setting SETTINGS[];
extern const size_t SETTING_COUNT;

/* '-' and '_' are the same, but not in a family's own names; NULL: unknown */
const Setting *setting_find(const char *name);
const char *setting_shown(const Setting *s);

/* setting_take: may the setting have this value? *ret the value as it is stored, the caller's. */
bool setting_take(const Env *env, const Setting *s, const char *name, const char *value, char **ret,
                  Err *err);

#endif
