#include "base/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/str.h"
#include "base/vec.h"

/* A slot is empty when entry is 0. The mark is part of the key's hash, so that most
 * unequal keys are told apart without looking at their bytes. */
typedef struct Slot {
    uint32_t entry; /* index + 1 */
    uint32_t mark;
} Slot;

typedef struct Entry {
    uint64_t hash;
    size_t start, size; /* in keys, followed by a NUL */
    uint32_t value;
} Entry;

/* Invariants: mask + 1 is a power of two, and at most half of the slots are taken. */
struct Map {
    Slot *slots;
    size_t mask;
    VEC(Entry) entries;
    Str keys;
};

enum { FIRST_SLOTS = 32 };

Map *map_new(void)
{
    Map *m = mem_zero(1, sizeof *m);
    m->slots = mem_zero(FIRST_SLOTS, sizeof *m->slots);
    m->mask = FIRST_SLOTS - 1;
    return m;
}

void map_free(Map *m)
{
    if (!m) return;
    free(m->slots);
    vec_release(&m->entries);
    str_release(&m->keys);
    free(m);
}

size_t map_count(const Map *m)
{
    return m->entries.count;
}

/* The slot that holds the key, or the empty slot where it belongs. */
static Slot *find_slot(const Map *m, const void *key, size_t size, uint64_t hash)
{
    for (size_t i = hash & m->mask;; i = (i + 1) & m->mask) {
        Slot *slot = &m->slots[i];
        if (slot->entry == 0) return slot;
        if (slot->mark != (uint32_t)(hash >> 32)) continue;
        const Entry *e = &m->entries.items[slot->entry - 1];
        if (e->size == size && (size == 0 || memcmp(m->keys.data + e->start, key, size) == 0))
            return slot;
    }
}

static void grow_slots(Map *m)
{
    free(m->slots);
    m->mask = 2 * m->mask + 1;
    m->slots = mem_zero(m->mask + 1, sizeof *m->slots);
    for (size_t e = 0; e < m->entries.count; e++) {
        uint64_t hash = m->entries.items[e].hash;
        size_t i = hash & m->mask;
        while (m->slots[i].entry) i = (i + 1) & m->mask;
        m->slots[i] = (Slot){(uint32_t)e + 1, (uint32_t)(hash >> 32)};
    }
}

static void insert(Map *m, Slot *slot, const void *key, size_t size, uint64_t hash, uint32_t value)
{
    assert(m->entries.count < MAP_NONE - 1);
    vec_push(&m->entries, (Entry){hash, m->keys.size, size, value});
    str_reserve(&m->keys, size + 1);
    str_add_bytes(&m->keys, key, size);
    str_add_char(&m->keys, '\0');
    *slot = (Slot){(uint32_t)m->entries.count, (uint32_t)(hash >> 32)};
    if (2 * m->entries.count > m->mask) grow_slots(m);
}

/* The key's entry; a new key gets `value`. */
static Entry *find_or_insert(Map *m, const void *key, size_t size, uint32_t value, bool *ret_new)
{
    uint64_t hash = hash_u64(key, size, 0);
    Slot *slot = find_slot(m, key, size, hash);
    *ret_new = slot->entry == 0;
    if (!*ret_new) return &m->entries.items[slot->entry - 1];
    insert(m, slot, key, size, hash, value);
    return &m->entries.items[m->entries.count - 1];
}

uint32_t map_get(const Map *m, const void *key, size_t size)
{
    const Slot *slot = find_slot(m, key, size, hash_u64(key, size, 0));
    return slot->entry ? m->entries.items[slot->entry - 1].value : MAP_NONE;
}

bool map_put(Map *m, const void *key, size_t size, uint32_t value)
{
    bool is_new;
    find_or_insert(m, key, size, value, &is_new)->value = value;
    return is_new;
}

uint32_t map_add(Map *m, const void *key, size_t size, uint32_t value)
{
    bool is_new;
    return find_or_insert(m, key, size, value, &is_new)->value;
}

const char *map_key(const Map *m, size_t i, size_t *ret_size)
{
    const Entry *e = &m->entries.items[i];
    if (ret_size) *ret_size = e->size;
    return m->keys.data + e->start;
}

uint32_t map_value(const Map *m, size_t i)
{
    return m->entries.items[i].value;
}
