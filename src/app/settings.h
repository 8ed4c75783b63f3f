/* Settings of a project: one table of what can be set, for `config` and the settings pane. */
#ifndef APP_SETTINGS_H
#define APP_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Setting {
    const char *name, *fallback;
    const char *words; /* "off|on"; NULL: any text */
    const char *help;
} Setting;

extern const Setting SETTINGS[];
extern const size_t SETTING_COUNT;

const Setting *setting_find(const char *name); /* '-' and '_' are the same; NULL: unknown */
bool setting_allows(const Setting *s, const char *value);

#endif
