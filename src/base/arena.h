/* Arena: many small allocations that end together. Zeroed by nobody; pointers stay put. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena {
    ArenaBlock *last; /* blocks linked backwards */
    size_t used_bytes;
} Arena;

void *arena_alloc(Arena *a, size_t size_bytes); /* aligned to 16 bytes */
char *arena_strdup(Arena *a, const char *text); /* NULL gives NULL */
char *arena_strndup(Arena *a, const char *text, size_t size);
void arena_release(Arena *a);

#endif
