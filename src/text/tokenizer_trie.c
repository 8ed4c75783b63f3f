#include <string.h>
#include <sys/mman.h>

#include "text/tokenizer_parts.h"

#define TRIE_NODE_LIMIT ((size_t)1 << 24) /* a node and a byte fit into 32 bits */
#define TRIE_FIRST_CAPACITY ((size_t)64)
#define HUGE_PAGE ((size_t)2 << 20)
#define NODE_BYTES 5 /* of a vocabulary's text for a node of its trie, about */

static TrieEdge *slot_of(const Trie *t, uint64_t key)
{
    size_t at = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> t->shift);
    while (t->edges[at].to != 0 && t->edges[at].key != key) at = (at + 1) & (t->capacity - 1);
    return &t->edges[at];
}

/* Zeroed. A large table is read all over: huge pages spare it the misses of the page table. */
static TrieEdge *table(size_t capacity)
{
    size_t size = capacity * sizeof(TrieEdge);
    if (size < 2 * HUGE_PAGE) return mem_zero(capacity, sizeof(TrieEdge));
    TrieEdge *edges = aligned_alloc(HUGE_PAGE, size);
    if (!edges) return mem_zero(capacity, sizeof *edges);
    madvise(edges, size, MADV_HUGEPAGE); /* only a wish */
    return memset(edges, 0, size);
}

static void resize(Trie *t, size_t capacity)
{
    TrieEdge *old = t->edges;
    size_t count = t->capacity;
    t->edges = table(capacity);
    t->capacity = capacity;
    t->shift = 64;
    for (size_t c = capacity; c > 1; c /= 2) t->shift--;
    for (size_t i = 0; i < count; i++)
        if (old[i].to != 0) *slot_of(t, old[i].key) = old[i];
    free(old);
}

/* Room for so many nodes, so that the table need not grow on the way. */
static void trie_reserve(Trie *t, size_t nodes)
{
    size_t capacity = TRIE_FIRST_CAPACITY;
    while (capacity * 2 < nodes * 3) capacity *= 2;
    if (t->capacity < capacity) resize(t, capacity);
}

bool trie_put(Trie *t, const char *word, size_t size, uint32_t value, bool *ret_new, Err *err)
{
    TrieEdge *edge = NULL;
    uint32_t node = 0, code;
    if (t->nodes == 0) t->nodes = 1;
    if (t->nodes + size > TRIE_NODE_LIMIT)
        return err_set(err, ERR_LIMIT, "the tokens of the vocabulary are more than %zu bytes long",
                       TRIE_NODE_LIMIT);
    trie_reserve(t, t->nodes + size + 1);
    for (size_t i = 0; i < size;) {
        i += code_next(word + i, &code);
        if (edge) edge->to |= TRIE_BRANCHES;
        edge = slot_of(t, (uint64_t)node << 21 | code);
        if (edge->to == 0)
            *edge = (TrieEdge){(uint64_t)node << 21 | code, (uint32_t)t->nodes++ << 2, TOKEN_NONE};
        node = edge->to >> 2;
    }
    if (ret_new) *ret_new = edge ? !(edge->to & TRIE_ENDS) : !t->empty;
    if (!edge) {
        t->empty = true;
        return true;
    }
    edge->to |= TRIE_ENDS;
    edge->value = value;
    t->first[(unsigned char)word[0] >> 6] |= UINT64_C(1) << (word[0] & 63);
    return true;
}

uint32_t trie_get(const Trie *t, const char *word, size_t size)
{
    const TrieEdge *edge = NULL;
    uint32_t code;
    if (t->capacity == 0 || size == 0) return TOKEN_NONE;
    for (size_t i = 0; i < size;) {
        i += code_next(word + i, &code);
        edge = trie_step(t, edge ? edge->to >> 2 : 0, code);
        if (!edge) return TOKEN_NONE;
    }
    return edge->to & TRIE_ENDS ? edge->value : TOKEN_NONE;
}

size_t trie_bytes(const Trie *t)
{
    return t->capacity * sizeof *t->edges;
}

void trie_release(Trie *t)
{
    free(t->edges);
    *t = (Trie){0};
}

bool vocab_name(Vocab *v, const char *token, size_t size, uint32_t id, Err *err)
{
    if (size > TOKEN_BYTES_LIMIT)
        return err_set(err, ERR_LIMIT, "token %u is %zu bytes long; at most %zu are taken", id,
                       size, TOKEN_BYTES_LIMIT);
    if (id >= TOKEN_ID_LIMIT)
        return err_set(err, ERR_LIMIT, "token id %u: ids have to be below %u", id, TOKEN_ID_LIMIT);
    if (id >= v->capacity) {
        size_t capacity = v->capacity ? v->capacity * 2 : 1024;
        if (capacity <= id) capacity = (size_t)id + 1;
        v->start = mem_grow(v->start, capacity * sizeof *v->start);
        for (size_t i = v->capacity; i < capacity; i++) v->start[i] = TOKEN_NONE;
        v->capacity = capacity;
    }
    if (id >= v->words) v->words = (size_t)id + 1;
    v->start[id] = (uint32_t)v->text.size;
    str_add_bytes(&v->text, token, size);
    str_add_char(&v->text, '\0');
    return true;
}

bool vocab_put(Vocab *v, const char *token, size_t size, uint32_t id, Err *err)
{
    VocabEntry entry = {(uint32_t)v->text.size, (uint32_t)size, id};
    if (!vocab_name(v, token, size, id, err)) return false;
    vec_push(&v->entries, entry);
    if (size > v->longest) v->longest = size;
    return true;
}

bool vocab_build(Vocab *v, Err *err)
{
    bool ok = true, is_new;
    trie_reserve(&v->trie, v->text.size / NODE_BYTES);
    for (size_t i = 0; ok && i < v->entries.count; i++) {
        VocabEntry entry = v->entries.items[i];
        ok = trie_put(&v->trie, v->text.data + entry.start, entry.size, entry.id, &is_new, err);
        v->count += is_new;
    }
    vec_release(&v->entries);
    return ok;
}

uint32_t vocab_get(const Vocab *v, const char *token)
{
    return trie_get(&v->trie, token, strlen(token));
}

const char *vocab_token(const Vocab *v, uint32_t id)
{
    return id < v->words && v->start[id] != TOKEN_NONE ? v->text.data + v->start[id] : NULL;
}

void vocab_release(Vocab *v)
{
    trie_release(&v->trie);
    str_release(&v->text);
    vec_release(&v->entries);
    free(v->start);
    *v = (Vocab){0};
}
