/* Map: byte string → uint32_t, open addressing; keys are copied. Iteration is by insertion
 * order: entry i of map_count() has map_key(i) and map_value(i). */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Map Map;

#define MAP_NONE UINT32_MAX

Map *map_new(void);
void map_free(Map *m); /* NULL is allowed */
size_t map_count(const Map *m);

/* map_get: the value, or MAP_NONE. */
uint32_t map_get(const Map *m, const void *key, size_t size);

/* map_put: sets the key's value; returns true when the key is new. */
bool map_put(Map *m, const void *key, size_t size, uint32_t value);

/* map_add: the value of the key; a new key gets `value`. */
uint32_t map_add(Map *m, const void *key, size_t size, uint32_t value);

/* The i-th key in order of insertion, NUL-terminated; borrowed until the next put. */
const char *map_key(const Map *m, size_t i, size_t *ret_size);
uint32_t map_value(const Map *m, size_t i);

#endif
