#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/tokenizer_parts.h"

#define UNKNOWN_PENALTY 10.0

void model_bytes_fill(Model *m)
{
    for (unsigned i = 0; i < 256; i++) {
        char name[8];
        snprintf(name, sizeof name, "<0x%02X>", i);
        m->bytes[i] = vocab_get(&m->vocab, name);
    }
}

bool model_bytes_put(const Model *m, const char *text, size_t size, Tokens *out)
{
    for (size_t i = 0; i < size; i++)
        if (m->bytes[(unsigned char)text[i]] == TOKEN_NONE) return false;
    for (size_t i = 0; i < size; i++) vec_push(out, m->bytes[(unsigned char)text[i]]);
    return true;
}

static bool finish(Model *m, const cJSON *options, Pull *merges, Err *err)
{
    (void)merges;
    double unknown = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(options, "unk_id"));
    if (m->scored == 0) return err_set(err, ERR_FORMAT, "the vocabulary has no scores");
    if (!(unknown >= 0 && unknown < (double)m->scored) || unknown != floor(unknown))
        return err_set(err, ERR_FORMAT,
                       "unk_id is not the id of a token; an unknown token is needed");
    m->unknown = (uint32_t)unknown;
    m->byte_fallback = member_bool(options, "byte_fallback", false);
    model_bytes_fill(m);
    double least = m->scores[0];
    for (size_t i = 0; i < m->scored; i++)
        if (m->scores[i] < least) least = m->scores[i];
    m->unknown_score = least - UNKNOWN_PENALTY;
    m->ring = 8;
    while (m->ring <= m->vocab.longest) m->ring *= 2;
    return true;
}

/* A path of this score to piece[to) that ends with a token of this length; ties go to the first. */
static void offer(Work *w, size_t ring, size_t to, uint32_t length, uint32_t id, double score)
{
    BestPath *path = &w->path.items[to];
    double *best = &w->scores.items[to & (ring - 1)];
    if (path->length != 0 && !(score > *best)) return;
    *best = score;
    *path = (BestPath){id, length};
}

/* The best path to every byte, forwards. */
static void find_paths(const Model *m, const char *piece, size_t size, Work *w)
{
    const Trie *t = &m->vocab.trie;
    size_t ring = m->ring;
    vec_reserve(&w->path, size + 1);
    vec_reserve(&w->scores, ring);
    memset(w->path.items, 0, (size + 1) * sizeof *w->path.items);
    w->scores.items[0] = 0;
    for (size_t at = 0; at < size;) {
        size_t one = code_size(piece[at]);
        double so_far = w->scores.items[at & (ring - 1)];
        uint32_t node = 0, code;
        bool single = false;
        for (size_t end = at; end < size;) {
            end += code_next(piece + end, &code);
            const TrieEdge *edge = trie_step(t, node, code);
            if (!edge) break;
            if (edge->to & TRIE_ENDS) {
                uint32_t id = edge->value;
                offer(w, ring, end, (uint32_t)(end - at), id, m->scores[id] + so_far);
                single |= end - at == one;
            }
            if (!(edge->to & TRIE_BRANCHES)) break;
            node = edge->to >> 2;
        }
        if (!single) offer(w, ring, at + one, (uint32_t)one, m->unknown, m->unknown_score + so_far);
        at += one;
    }
}

/* Text that no token has; it may still be one as a whole. */
static void add_unknown(const Model *m, const char *text, size_t size, Tokens *out)
{
    uint32_t id = trie_get(&m->vocab.trie, text, size);
    if (id != TOKEN_NONE)
        vec_push(out, id);
    else if (!m->byte_fallback || !model_bytes_put(m, text, size, out))
        vec_push(out, m->unknown);
}

/* path[at] becomes the token that begins there, on the best path. */
static void turn_round(BestPath *path, size_t size)
{
    BestPath here = path[size];
    for (size_t at = size; at > 0;) {
        at -= here.length;
        BestPath before = path[at];
        path[at] = here;
        here = before;
    }
}

static void run(const Model *m, const char *piece, size_t size, Work *w, Tokens *out)
{
    find_paths(m, piece, size, w);
    const BestPath *path = w->path.items;
    turn_round(w->path.items, size);
    for (size_t at = 0; at < size;) {
        size_t end = at + path[at].length;
        if (path[at].id == m->unknown) {
            while (end < size && path[end].id == m->unknown) end += path[end].length;
            add_unknown(m, piece + at, end - at, out);
        } else {
            vec_push(out, path[at].id);
        }
        at = end;
    }
}

const ModelRow MODEL_UNIGRAM = {"Unigram", "unigram", finish, run};
