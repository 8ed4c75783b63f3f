#include "app/settings.h"

#include <string.h>

const Setting SETTINGS[] = {
    {"title_body", "off", "off|on",
     "new builds embed title and heading path before the text of a chunk"},
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
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (same_name(SETTINGS[i].name, name)) return &SETTINGS[i];
    return NULL;
}

bool setting_allows(const Setting *s, const char *value)
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
