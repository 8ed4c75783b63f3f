/* Reading the golden files of this folder in tests. GOLDEN_DIR is set by meson. A file that is missing or
 * broken fails the test: a golden that is not compared proves nothing. */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

/* golden_load: the file's JSON, the caller's (cJSON_Delete). */
static inline cJSON *golden_load(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", GOLDEN_DIR, name);
    FILE *file = fopen(path, "rb");
    if (!file) fail_msg("%s cannot be opened", path);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size > 0);
    rewind(file);
    char *text = malloc((size_t)size);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), (size_t)size);
    fclose(file);
    cJSON *json = cJSON_ParseWithLength(text, (size_t)size);
    free(text);
    if (!json) fail_msg("%s is not JSON", path);
    return json;
}

/* golden_get: a member that must be there; borrowed. */
static inline const cJSON *golden_get(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!item) fail_msg("the golden has no \"%s\"", key);
    return item;
}

static inline double golden_number(const cJSON *object, const char *key)
{
    const cJSON *item = golden_get(object, key);
    if (!cJSON_IsNumber(item)) fail_msg("\"%s\" is not a number", key);
    return item->valuedouble;
}

static inline size_t golden_count(const cJSON *array)
{
    return (size_t)cJSON_GetArraySize(array);
}

/* golden_flatten: numbers of an array of any nesting, appended in order at out[*count] up to capacity. */
static inline void golden_flatten(const cJSON *item, double *out, size_t capacity, size_t *count)
{
    if (cJSON_IsNumber(item)) {
        assert_true(*count < capacity);
        out[(*count)++] = item->valuedouble;
        return;
    }
    assert_true(cJSON_IsArray(item));
    for (const cJSON *part = item->child; part; part = part->next)
        golden_flatten(part, out, capacity, count);
}

/* golden_floats: exactly `count` numbers of a member, row by row; the caller's (free). */
static inline float *golden_floats(const cJSON *object, const char *key, size_t count)
{
    double *wide = malloc((count + 1) * sizeof *wide);
    float *narrow = malloc((count + 1) * sizeof *narrow);
    assert_non_null(wide);
    assert_non_null(narrow);
    size_t found = 0;
    golden_flatten(golden_get(object, key), wide, count + 1, &found);
    assert_int_equal(found, count);
    for (size_t i = 0; i < count; i++) narrow[i] = (float)wide[i];
    free(wide);
    return narrow;
}

/* golden_doubles: as golden_floats, in double. */
static inline double *golden_doubles(const cJSON *object, const char *key, size_t count)
{
    double *wide = malloc((count + 1) * sizeof *wide);
    assert_non_null(wide);
    size_t found = 0;
    golden_flatten(golden_get(object, key), wide, count + 1, &found);
    assert_int_equal(found, count);
    return wide;
}

#endif
