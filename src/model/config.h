/* Config: a JSON object of a model folder (config.json and its companions), hostile until asked: a
 * value of another kind, or outside of what is allowed, is an error that names file and field. */
#ifndef MODEL_CONFIG_H
#define MODEL_CONFIG_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

typedef struct Config {
    const cJSON *json;
    const char *name; /* of the file, for messages; borrowed */
} Config;

/* config_parse: bounded in depth and count, valid UTF-8, an object or an array; the caller's
 * (cJSON_Delete). The text need not end in NUL. */
cJSON *config_parse(const char *text, size_t size, const char *name, Err *err);

/* config_read: the file folder/name. NULL with *ret_missing where there is none (ret_missing NULL:
 * that is an error as well, ERR_MISSING). */
cJSON *config_read(const char *folder, const char *name, bool *ret_missing, Err *err);

/* Each: an absent or null field leaves *ret and is fine. */
bool config_size(Config c, const char *key, size_t least, size_t most, size_t *ret, Err *err);
bool config_real(Config c, const char *key, double least, double most, double *ret, Err *err);
bool config_flag(Config c, const char *key, bool *ret, Err *err);
bool config_text(Config c, const char *key, const char **ret, Err *err); /* borrowed */

const cJSON *config_get(Config c, const char *key); /* NULL: absent or null */

#endif
