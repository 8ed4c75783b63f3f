#include <string.h>

#include "base/utf8.h"
#include "text/tokenizer_parts.h"

#define ADDED_LIMIT 100000

/* The id that the model has for it, or a new one behind the model's: what the file says does not
 * count, as in the library. */
static bool find_id(const char *content, Vocab *vocab, Added *ret, uint32_t *ret_id, Err *err)
{
    size_t size = strlen(content);
    uint32_t id = trie_get(&ret->names, content, size);
    if (id == TOKEN_NONE) id = vocab_get(vocab, content);
    if (id == TOKEN_NONE) {
        id = (uint32_t)vocab->count + ret->fresh++;
        if (!vocab_name(vocab, content, size, id, err)) return false;
    }
    *ret_id = id;
    return trie_put(&ret->names, content, size, id, NULL, err);
}

static bool add(const cJSON *item, const Normal *normal, Vocab *vocab, Added *ret, Err *err)
{
    const char *content = member_string(item, "content");
    if (!content) return err_set(err, ERR_FORMAT, "an added token has no content");
    if (*content == '\0') return true;
    AddedToken token = {.single_word = member_bool(item, "single_word", false),
                        .lstrip = member_bool(item, "lstrip", false),
                        .rstrip = member_bool(item, "rstrip", false),
                        .normalized = member_bool(item, "normalized", true)};
    if (!find_id(content, vocab, ret, &token.id, err)) return false;
    Str a = {0}, b = {0};
    size_t size = strlen(content);
    bool moved;
    if (token.normalized) content = normal_run(normal, content, size, &a, &b, &size, &moved);
    bool ok = size == 0 || trie_put(token.normalized ? &ret->normal : &ret->raw, content, size,
                                    (uint32_t)ret->tokens.count, NULL, err);
    vec_push(&ret->tokens, token);
    str_release(&a);
    str_release(&b);
    return ok;
}

bool added_bert(const Vocab *vocab, Added *ret, Err *err)
{
    static const char *const SPECIAL[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    for (size_t i = 0; i < sizeof SPECIAL / sizeof *SPECIAL; i++) {
        uint32_t id = vocab_get(vocab, SPECIAL[i]);
        if (id == TOKEN_NONE) continue;
        if (!trie_put(&ret->raw, SPECIAL[i], strlen(SPECIAL[i]), (uint32_t)ret->tokens.count, NULL,
                      err))
            return false;
        vec_push(&ret->tokens, (AddedToken){.id = id});
    }
    return true;
}

bool added_parse(const cJSON *json, const Normal *normal, Vocab *vocab, Added *ret, Err *err)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, json)
    {
        if (ret->tokens.count == ADDED_LIMIT)
            return err_set(err, ERR_LIMIT, "more than %d added tokens", ADDED_LIMIT);
        if (!add(item, normal, vocab, ret, err)) return false;
    }
    return true;
}

void added_release(Added *a)
{
    vec_release(&a->tokens);
    trie_release(&a->raw);
    trie_release(&a->normal);
    trie_release(&a->names);
}

AddedCursor added_begin(const Added *added, const Trie *trie, const char *text, size_t size)
{
    return (AddedCursor){
        .added = added, .trie = trie, .text = text, .size = size, .held = TOKEN_NONE};
}

static bool word_before(const char *text, size_t at)
{
    uint32_t code;
    if (at == 0) return false;
    code_next(text + utf8_back(text, at), &code);
    return code_class(code) & CODE_WORD;
}

static bool word_behind(const AddedCursor *c, size_t at)
{
    uint32_t code;
    if (at == c->size) return false;
    code_next(c->text + at, &code);
    return code_class(code) & CODE_WORD;
}

/* The longest token that begins at text[at]: its end, or 0. */
static size_t match(const AddedCursor *c, size_t at, uint32_t *ret_index)
{
    uint32_t node = 0, code;
    size_t end = 0;
    while (at < c->size) {
        at += code_next(c->text + at, &code);
        const TrieEdge *edge = trie_step(c->trie, node, code);
        if (!edge) break;
        node = edge->to >> 2;
        if (!(edge->to & TRIE_ENDS)) continue;
        end = at;
        *ret_index = edge->value;
    }
    return end;
}

static size_t skip_space_back(const char *text, size_t from, size_t at)
{
    while (at > from) {
        uint32_t code;
        size_t start = utf8_back(text, at);
        code_next(text + start, &code);
        if (!code_is_space(code)) break;
        at = start;
    }
    return at;
}

static size_t skip_space(const AddedCursor *c, size_t at)
{
    while (at < c->size) {
        uint32_t code;
        size_t size = code_next(c->text + at, &code);
        if (!code_is_space(code)) break;
        at += size;
    }
    return at;
}

/* The next token of the text into c->held; its white space belongs to it. */
static bool find(AddedCursor *c)
{
    uint32_t index = 0;
    while (c->trie->nodes > 0 && c->at < c->size) {
        size_t start = c->at;
        size_t end = trie_begins(c->trie, c->text[start]) ? match(c, start, &index) : 0;
        if (end == 0) {
            c->at++;
            continue;
        }
        c->at = end;
        const AddedToken *token = &c->added->tokens.items[index];
        if (token->single_word && (word_before(c->text, start) || word_behind(c, end))) continue;
        c->held = token->id;
        c->held_start = token->lstrip ? skip_space_back(c->text, c->done, start) : start;
        c->held_end = token->rstrip ? skip_space(c, end) : end;
        return true;
    }
    return false;
}

bool added_next(AddedCursor *c, size_t *ret_start, size_t *ret_size, uint32_t *ret_id)
{
    bool held = c->held != TOKEN_NONE || find(c);
    size_t stop = held ? c->held_start : c->size;
    if (c->done < stop) {
        *ret_start = c->done;
        *ret_size = stop - c->done;
        *ret_id = TOKEN_NONE;
        c->done = stop;
        return true;
    }
    if (!held) return false;
    *ret_start = c->held_start;
    *ret_size = c->held_end - c->held_start;
    *ret_id = c->held;
    c->done = c->held_end;
    c->held = TOKEN_NONE;
    return true;
}
