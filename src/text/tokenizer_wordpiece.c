#include <string.h>

#include "text/tokenizer_parts.h"

#define LONGEST_WORD 100

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
    m->continues = 0;
    for (const char *c = m->prefix; *c && m->continues != TOKEN_NONE; c++) {
        m->continues = trie_step(&m->vocab.trie, m->continues, (unsigned char)*c) >> 1;
        if (m->continues == 0) m->continues = TOKEN_NONE;
    }
    return true;
}

static bool is_too_long(const char *piece, size_t size, size_t longest)
{
    size_t count = 0;
    if (size <= longest) return false;
    for (size_t i = 0; i < size; i++) count += ((unsigned char)piece[i] & 0xC0) != 0x80;
    return count > longest;
}

/* Greedy: the longest token, then the longest that continues it. A word that cannot be made of
 * tokens to its end is unknown as a whole. */
static void run(const Model *m, const char *piece, size_t size, Work *w, Tokens *out)
{
    (void)w;
    const Trie *t = &m->vocab.trie;
    size_t count = out->count;
    bool known = !is_too_long(piece, size, m->longest);
    for (size_t at = 0; at < size && known;) {
        uint32_t node = at == 0 ? 0 : m->continues;
        size_t end = 0;
        uint32_t last = 0;
        for (size_t i = at; i < size && node != TOKEN_NONE; i++) {
            uint32_t to = trie_step(t, node, (unsigned char)piece[i]);
            if (to == 0) break;
            node = to >> 1;
            if (to & 1) {
                end = i + 1;
                last = node;
            }
        }
        known = end > 0;
        if (known) vec_push(out, t->values[last]);
        at = end;
    }
    if (!known) {
        out->count = count;
        vec_push(out, m->unknown);
    }
}

const ModelRow MODEL_WORDPIECE = {"WordPiece", "wordpiece", finish, run};
