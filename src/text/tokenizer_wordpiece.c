#include <string.h>

#include "text/tokenizer_parts.h"

#define LONGEST_WORD 100

/* The node of a text behind which words go on. */
static uint32_t find_node(const Trie *t, const char *text)
{
    uint32_t node = 0, code;
    while (*text) {
        text += code_next(text, &code);
        const TrieEdge *edge = trie_step(t, node, code);
        if (!edge || !(edge->to & TRIE_BRANCHES)) return TOKEN_NONE;
        node = edge->to >> 2;
    }
    return node;
}

static bool finish(Model *m, const cJSON *options, Pull *merges, Err *err)
{
    (void)merges;
    const char *unknown = member_string(options, "unk_token");
    if (!unknown) unknown = "[UNK]";
    m->unknown = vocab_get(&m->vocab, unknown);
    if (m->unknown == TOKEN_NONE)
        return err_set(err, ERR_FORMAT, "the unknown token \"%.60s\" is not in the vocabulary",
                       unknown);
    const char *prefix = member_string(options, "continuing_subword_prefix");
    m->prefix = mem_strdup(prefix ? prefix : "##");
    const cJSON *longest = cJSON_GetObjectItemCaseSensitive(options, "max_input_chars_per_word");
    double value = cJSON_IsNumber(longest) ? longest->valuedouble : LONGEST_WORD;
    if (!(value >= 0 && value <= 1e9))
        return err_set(err, ERR_FORMAT, "max_input_chars_per_word is not a count of characters");
    m->longest = (size_t)value;
    m->continues = find_node(&m->vocab.trie, m->prefix);
    return true;
}

static bool is_too_long(const char *piece, size_t size, size_t longest)
{
    size_t count = 0;
    if (size <= longest) return false;
    for (size_t i = 0; i < size; i++) count += ((unsigned char)piece[i] & 0xC0) != 0x80;
    return count > longest;
}

/* The longest token of the text behind a node: its bytes, 0 when there is none. */
static size_t longest_token(const Trie *t, uint32_t node, const char *text, size_t size,
                            uint32_t *ret_id)
{
    size_t found = 0;
    uint32_t code;
    for (size_t at = 0; at < size;) {
        at += code_next(text + at, &code);
        const TrieEdge *edge = trie_step(t, node, code);
        if (!edge) break;
        if (edge->to & TRIE_ENDS) {
            found = at;
            *ret_id = edge->value;
        }
        if (!(edge->to & TRIE_BRANCHES)) break;
        node = edge->to >> 2;
    }
    return found;
}

/* Greedy: the longest token, then the longest that continues it. A word that cannot be made of
 * tokens to its end is unknown as a whole. */
static void run(const Model *m, const char *piece, size_t size, Work *w, Tokens *out)
{
    (void)w;
    size_t count = out->count, at = 0;
    bool known = !is_too_long(piece, size, m->longest);
    while (known && at < size) {
        uint32_t node = at == 0 ? 0 : m->continues, id = m->unknown;
        size_t found = 0;
        if (node != TOKEN_NONE)
            found = longest_token(&m->vocab.trie, node, piece + at, size - at, &id);
        known = found > 0;
        if (known) vec_push(out, id);
        at += found;
    }
    if (!known) {
        out->count = count;
        vec_push(out, m->unknown);
    }
}

const ModelRow MODEL_WORDPIECE = {"WordPiece", "wordpiece", finish, run};
