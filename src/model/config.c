#include "model/config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "base/utf8.h"
#include "text/json_scan.h"

#define CONFIG_MAX_BYTES ((size_t)64 << 20)

cJSON *config_parse(const char *text, size_t size, const char *name, Err *err)
{
    size_t bad = 0, start = json_skip_blanks(text, size, 0), end = 0;
    if (!utf8_valid(text, size, &bad)) {
        err_set(err, ERR_FORMAT, "%s: not UTF-8 at byte %zu", name, bad);
        return NULL;
    }
    if (start == size || (text[start] != '{' && text[start] != '[')) {
        err_set(err, ERR_FORMAT, "%s: a JSON object is expected", name);
        return NULL;
    }
    if (!json_skip(text, size, start, &end, err)) {
        err_prefix(err, "%s", name);
        return NULL;
    }
    if (json_skip_blanks(text, size, end) != size) {
        err_set(err, ERR_FORMAT, "%s: line %zu: more after the end of the JSON", name,
                json_line(text, end));
        return NULL;
    }
    Str tame = {0};
    json_tame(text + start, end - start, &tame);
    const char *stop = NULL;
    cJSON *json = cJSON_ParseWithLengthOpts(str_get(&tame), tame.size, &stop, false);
    if (!json)
        err_set(err, ERR_FORMAT, "%s: line %zu: not valid JSON", name,
                json_line(str_get(&tame), stop ? (size_t)(stop - str_get(&tame)) : 0));
    str_release(&tame);
    return json;
}

cJSON *config_read(const char *folder, const char *name, bool *ret_missing, Err *err)
{
    char *path = str_format("%s/%s", folder, name);
    Str text = {0};
    Err why = {0};
    cJSON *json = NULL;
    if (ret_missing) *ret_missing = false;
    if (file_read(path, CONFIG_MAX_BYTES, &text, &why))
        json = config_parse(str_get(&text), text.size, path, err);
    else if (ret_missing && why.kind == ERR_MISSING)
        *ret_missing = true;
    else
        err_set(err, why.kind, "%s", why.message);
    str_release(&text);
    free(path);
    return json;
}

const cJSON *config_get(Config c, const char *key)
{
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(c.json, key);
    return field && !cJSON_IsNull(field) ? field : NULL;
}

bool config_size(Config c, const char *key, size_t least, size_t most, size_t *ret, Err *err)
{
    const cJSON *field = config_get(c, key);
    if (!field) return true;
    double v = field->valuedouble;
    if (!cJSON_IsNumber(field) || !(v >= (double)least && v <= (double)most) || v != floor(v))
        return err_set(err, ERR_FORMAT, "%s: \"%s\" must be a whole number from %zu to %zu", c.name,
                       key, least, most);
    *ret = (size_t)v;
    return true;
}

bool config_real(Config c, const char *key, double least, double most, double *ret, Err *err)
{
    const cJSON *field = config_get(c, key);
    if (!field) return true;
    double v = field->valuedouble;
    if (!cJSON_IsNumber(field) || !(v >= least && v <= most))
        return err_set(err, ERR_FORMAT, "%s: \"%s\" must be a number from %g to %g", c.name, key,
                       least, most);
    *ret = v;
    return true;
}

bool config_flag(Config c, const char *key, bool *ret, Err *err)
{
    const cJSON *field = config_get(c, key);
    if (!field) return true;
    if (!cJSON_IsBool(field))
        return err_set(err, ERR_FORMAT, "%s: \"%s\" must be true or false", c.name, key);
    *ret = cJSON_IsTrue(field);
    return true;
}

bool config_text(Config c, const char *key, const char **ret, Err *err)
{
    const cJSON *field = config_get(c, key);
    if (!field) return true;
    if (!cJSON_IsString(field))
        return err_set(err, ERR_FORMAT, "%s: \"%s\" must be a text", c.name, key);
    *ret = field->valuestring;
    return true;
}
