#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { ALIGN = 16, BLOCK_BYTES = 64 * 1024 };

struct ArenaBlock {
    ArenaBlock *previous;
    size_t used, capacity; /* bytes of data */
    alignas(ALIGN) char data[];
};

static ArenaBlock *block_new(size_t capacity)
{
    ArenaBlock *block = mem_alloc(sizeof *block + capacity);
    *block = (ArenaBlock){.capacity = capacity};
    return block;
}

/* A block with room for size bytes. A large piece gets a block of its own, linked behind
 * the last one, whose free space stays in use. */
static ArenaBlock *block_for(Arena *a, size_t size)
{
    if (a->last && a->last->capacity - a->last->used >= size) return a->last;
    if (a->last && size > BLOCK_BYTES / 4) {
        ArenaBlock *block = block_new(size);
        block->previous = a->last->previous;
        a->last->previous = block;
        return block;
    }
    ArenaBlock *block = block_new(size > BLOCK_BYTES ? size : BLOCK_BYTES);
    block->previous = a->last;
    a->last = block;
    return block;
}

void *arena_alloc(Arena *a, size_t size_bytes)
{
    assert(size_bytes < PTRDIFF_MAX - BLOCK_BYTES);
    size_t size = (size_bytes + ALIGN - 1) / ALIGN * ALIGN;
    if (size == 0) size = ALIGN;
    ArenaBlock *block = block_for(a, size);
    void *piece = block->data + block->used;
    block->used += size;
    a->used_bytes += size;
    return piece;
}

char *arena_strdup(Arena *a, const char *text)
{
    return text ? arena_strndup(a, text, strlen(text)) : NULL;
}

char *arena_strndup(Arena *a, const char *text, size_t size)
{
    char *copy = arena_alloc(a, size + 1);
    if (size) memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

void arena_release(Arena *a)
{
    while (a->last) {
        ArenaBlock *block = a->last;
        a->last = block->previous;
        free(block);
    }
    a->used_bytes = 0;
}
