#include <string.h>

#include "text/tokenizer_parts.h"

/* Two tokens that become one; the lower the rank, the sooner. */
typedef struct Merge {
    uint32_t left, right;
    uint32_t rank, id; /* id TOKEN_NONE: the slot is empty */
} Merge;

#define RANK_LIMIT ((uint32_t)1 << 24)

static Merge *merge_slot(const Model *m, uint32_t left, uint32_t right)
{
    uint64_t key = (uint64_t)left << 32 | right;
    key = (key ^ key >> 29) * UINT64_C(0xBF58476D1CE4E5B9);
    size_t at = (size_t)(key >> 32) & (m->merge_capacity - 1);
    for (;; at = (at + 1) & (m->merge_capacity - 1)) {
        Merge *merge = &m->merges[at];
        if (merge->id == TOKEN_NONE || (merge->left == left && merge->right == right)) return merge;
    }
}

static void resize(Model *m, size_t capacity)
{
    Merge *old = m->merges;
    size_t count = m->merge_capacity;
    m->merges = mem_alloc(capacity * sizeof *m->merges);
    m->merge_capacity = capacity;
    for (size_t i = 0; i < capacity; i++) m->merges[i].id = TOKEN_NONE;
    for (size_t i = 0; i < count; i++)
        if (old[i].id != TOKEN_NONE) *merge_slot(m, old[i].left, old[i].right) = old[i];
    free(old);
}

/* The two texts of a merge: one string with a blank, or an array of two. */
static bool read_pair(Pull *p, Str *left, Str *right)
{
    bool first = true, more;
    str_clear(left);
    str_clear(right);
    if (pull_peek(p) == '"') {
        if (!pull_string(p)) return false;
        const char *text = str_get(&p->string), *blank = memchr(text, ' ', p->string.size);
        const char *end = text + p->string.size;
        if (!blank || memchr(blank + 1, ' ', (size_t)(end - blank - 1)))
            return err_set(p->err, ERR_FORMAT, "the merge \"%.60s\" is not two tokens", text);
        str_add_bytes(left, text, (size_t)(blank - text));
        str_add_bytes(right, blank + 1, (size_t)(end - blank - 1));
        return true;
    }
    if (!pull_enter(p, '[')) return false;
    for (size_t i = 0; i < 2; i++) {
        if (!pull_more(p, ']', &first, &more)) return false;
        if (!more) return err_set(p->err, ERR_FORMAT, "a merge of less than two tokens");
        if (!pull_string(p)) return false;
        str_add_bytes(i == 0 ? left : right, str_get(&p->string), p->string.size);
    }
    if (!pull_more(p, ']', &first, &more)) return false;
    return !more || err_set(p->err, ERR_FORMAT, "a merge of more than two tokens");
}

static bool add_merge(Model *m, const Str *left, const Str *right, uint32_t rank, Err *err)
{
    const Trie *t = &m->vocab.trie;
    size_t prefix = m->prefix ? strlen(m->prefix) : 0;
    bool continues = prefix == 0 || str_starts(str_get(right), m->prefix);
    Str whole = {0};
    str_add_bytes(&whole, str_get(left), left->size);
    if (continues) str_add_bytes(&whole, str_get(right) + prefix, right->size - prefix);
    Merge merge = {.left = trie_get(t, str_get(left), left->size),
                   .right = trie_get(t, str_get(right), right->size),
                   .rank = rank,
                   .id = trie_get(t, str_get(&whole), whole.size)};
    str_release(&whole);
    if (!continues || merge.left == TOKEN_NONE || merge.right == TOKEN_NONE ||
        merge.id == TOKEN_NONE)
        return err_set(err, ERR_FORMAT,
                       "merge %u, \"%.40s\" and \"%.40s\", is not of tokens of the vocabulary",
                       rank + 1, str_get(left), str_get(right));
    if ((rank + 1) * 2 > m->merge_capacity) resize(m, m->merge_capacity * 2);
    *merge_slot(m, merge.left, merge.right) = merge;
    return true;
}

static bool read_merges(Model *m, Pull *p, Err *err)
{
    bool first = true, more, ok = true;
    Str left = {0}, right = {0};
    uint32_t rank = 0;
    if (!pull_enter(p, '[')) return false;
    do {
        ok = pull_more(p, ']', &first, &more);
        if (!ok || !more) break;
        ok = rank < RANK_LIMIT
                 ? read_pair(p, &left, &right) && add_merge(m, &left, &right, rank, err)
                 : err_set(err, ERR_LIMIT, "more than %u merges", RANK_LIMIT);
        rank++;
    } while (ok);
    str_release(&left);
    str_release(&right);
    return ok;
}

static char *copy_option(const cJSON *options, const char *name)
{
    const char *text = member_string(options, name);
    return text && *text ? mem_strdup(text) : NULL;
}

static bool finish(Model *m, const cJSON *options, Pull *merges, Err *err)
{
    const char *unknown = member_string(options, "unk_token");
    const cJSON *dropout = cJSON_GetObjectItemCaseSensitive(options, "dropout");
    m->unknown = unknown ? vocab_get(&m->vocab, unknown) : TOKEN_NONE;
    if (unknown && m->unknown == TOKEN_NONE)
        return err_set(err, ERR_FORMAT, "the unknown token \"%.60s\" is not in the vocabulary",
                       unknown);
    if (cJSON_IsNumber(dropout) && dropout->valuedouble > 0)
        return err_set(err, ERR_FORMAT, "BPE with dropout is not supported");
    m->prefix = copy_option(options, "continuing_subword_prefix");
    m->suffix = copy_option(options, "end_of_word_suffix");
    m->fuse_unknown = member_bool(options, "fuse_unk", false);
    m->ignore_merges = member_bool(options, "ignore_merges", false);
    m->byte_fallback = member_bool(options, "byte_fallback", false);
    model_bytes_fill(m);
    resize(m, 64);
    if (!merges) return err_set(err, ERR_FORMAT, "the model has no merges");
    return read_merges(m, merges, err);
}

size_t model_merge_bytes(const Model *m)
{
    return m->merge_capacity * sizeof *m->merges;
}

/* A heap of rank << 32 | position of the left one, the least first. */
static void heap_add(Work *w, uint64_t key)
{
    vec_push(&w->heap, key);
    uint64_t *heap = w->heap.items;
    size_t at = w->heap.count - 1;
    for (; at > 0 && heap[(at - 1) / 2] > key; at = (at - 1) / 2) heap[at] = heap[(at - 1) / 2];
    heap[at] = key;
}

static uint64_t heap_take(Work *w)
{
    uint64_t *heap = w->heap.items, top = heap[0], key = heap[--w->heap.count];
    size_t count = w->heap.count, at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count) break;
        if (child + 1 < count && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= key) break;
        heap[at] = heap[child];
        at = child;
    }
    if (count > 0) heap[at] = key;
    return top;
}

static void offer(const Model *m, Work *w, uint32_t at)
{
    const Symbol *s = &w->symbols.items[at];
    if (s->after == UINT32_MAX) return;
    const Merge *merge = merge_slot(m, s->id, w->symbols.items[s->after].id);
    if (merge->id != TOKEN_NONE) heap_add(w, (uint64_t)merge->rank << 32 | at);
}

static void add_symbol(Work *w, uint32_t id)
{
    uint32_t count = (uint32_t)w->symbols.count;
    if (count > 0) w->symbols.items[count - 1].after = count;
    vec_push(&w->symbols, (Symbol){id, count > 0 ? count - 1 : UINT32_MAX, UINT32_MAX});
}

/* A character of a word, with what marks that it continues or ends the word. */
typedef struct Marked {
    const char *parts[3];
    size_t sizes[3];
} Marked;

static Marked mark(const Model *m, const char *text, size_t size, bool first, bool last)
{
    const char *prefix = first || !m->prefix ? "" : m->prefix;
    const char *suffix = last && m->suffix ? m->suffix : "";
    return (Marked){{prefix, text, suffix}, {strlen(prefix), size, strlen(suffix)}};
}

static uint32_t find_marked(const Trie *t, const Marked *c)
{
    const TrieEdge *edge = NULL;
    uint32_t code;
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < c->sizes[k];) {
            i += code_next(c->parts[k] + i, &code);
            edge = trie_step(t, edge ? edge->to >> 2 : 0, code);
            if (!edge) return TOKEN_NONE;
        }
    }
    return edge->to & TRIE_ENDS ? edge->value : TOKEN_NONE;
}

/* The tokens of its bytes, if each has one. */
static bool add_bytes(const Model *m, const Marked *c, Work *w)
{
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < c->sizes[k]; i++)
            if (m->bytes[(unsigned char)c->parts[k][i]] == TOKEN_NONE) return false;
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < c->sizes[k]; i++)
            add_symbol(w, m->bytes[(unsigned char)c->parts[k][i]]);
    return true;
}

/* A character that is not in the vocabulary is left out when there is no unknown token. An unknown
 * one waits for the next known one, to be fused with others. */
static void add_characters(const Model *m, const char *piece, size_t size, Work *w)
{
    bool waiting = false;
    for (size_t at = 0; at < size;) {
        size_t length = code_size(piece[at]);
        Marked c = mark(m, piece + at, length, at == 0, at + length == size);
        uint32_t id = find_marked(&m->vocab.trie, &c);
        if (id != TOKEN_NONE) {
            if (waiting) add_symbol(w, m->unknown);
            waiting = false;
            add_symbol(w, id);
        } else if (!(m->byte_fallback && add_bytes(m, &c, w)) && m->unknown != TOKEN_NONE) {
            if (waiting && !m->fuse_unknown) add_symbol(w, m->unknown);
            waiting = true;
        }
        at += length;
    }
    if (waiting) add_symbol(w, m->unknown);
}

static void merge_all(const Model *m, Work *w)
{
    Symbol *symbols = w->symbols.items;
    for (size_t i = 0; i < w->symbols.count; i++) offer(m, w, (uint32_t)i);
    while (w->heap.count > 0) {
        uint64_t key = heap_take(w);
        uint32_t at = (uint32_t)key, rank = (uint32_t)(key >> 32);
        Symbol *left = &symbols[at];
        if (left->id == TOKEN_NONE || left->after == UINT32_MAX) continue;
        Symbol *right = &symbols[left->after];
        const Merge *merge = merge_slot(m, left->id, right->id);
        if (merge->id == TOKEN_NONE || merge->rank != rank) continue;
        left->id = merge->id;
        left->after = right->after;
        right->id = TOKEN_NONE;
        if (left->after != UINT32_MAX) symbols[left->after].before = at;
        if (left->before != UINT32_MAX) offer(m, w, left->before);
        offer(m, w, at);
    }
}

static void run(const Model *m, const char *piece, size_t size, Work *w, Tokens *out)
{
    uint32_t whole = m->ignore_merges ? trie_get(&m->vocab.trie, piece, size) : TOKEN_NONE;
    if (whole != TOKEN_NONE) {
        vec_push(out, whole);
        return;
    }
    vec_clear(&w->symbols);
    add_characters(m, piece, size, w);
    merge_all(m, w);
    for (size_t i = 0; i < w->symbols.count; i++)
        if (w->symbols.items[i].id != TOKEN_NONE) vec_push(out, w->symbols.items[i].id);
}

const ModelRow MODEL_BPE = {"BPE", "bpe", finish, run};
