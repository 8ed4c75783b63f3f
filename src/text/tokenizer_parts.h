/* What the parts of the tokenizer share: the trie, the vocabulary, the steps of normaliser and
 * pre-tokenizer, and the scratch memory of one call. Everything below Tokenizer is built once and
 * only read afterwards; Work belongs to one call. Text between the parts is valid UTF-8. */
#ifndef TEXT_TOKENIZER_PARTS_H
#define TEXT_TOKENIZER_PARTS_H

#include <cjson/cJSON.h>

#include "base/str.h"
#include "base/utf8.h"
#include "text/tokenizer.h"
#include "text/tokenizer_classes.h"

#define TOKEN_NONE UINT32_MAX
#define TOKENIZER_FILE_LIMIT ((size_t)128 << 20)
#define TOKENIZER_PART_LIMIT ((size_t)4 << 20) /* JSON of anything but vocabulary and merges */
#define TOKEN_BYTES_LIMIT ((size_t)4096)       /* of one token */
#define TOKEN_ID_LIMIT ((uint32_t)1 << 22)     /* ids are below */
#define TOKENIZER_GROWTH_LIMIT 1000.0          /* of a text, by its normaliser */
#define TOKENIZER_STEP_LIMIT 64                /* of a normaliser, a pre-tokenizer, a template */

/* Characters of valid UTF-8. */
static inline size_t code_next(const char *text, uint32_t *ret)
{
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x80) {
        *ret = p[0];
        return 1;
    }
    if (p[0] < 0xE0) {
        *ret = (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
        return 2;
    }
    if (p[0] < 0xF0) {
        *ret = (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
        return 3;
    }
    *ret = (p[0] & 7u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
    return 4;
}

static inline size_t code_size(char lead)
{
    unsigned char c = (unsigned char)lead;
    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

static inline void code_put(Str *out, uint32_t code)
{
    if (out->capacity < out->size + 5) str_reserve(out, 4);
    out->size += utf8_put(code, out->data + out->size);
    out->data[out->size] = '\0';
}

bool code_is_space(uint32_t code);                        /* Unicode White_Space */
bool code_is_chinese(uint32_t code);                      /* as BERT has it */
void code_lower(Str *out, uint32_t code, unsigned class); /* appends it in lower case */

/* code_decompose: of a character with CODE_DECOMPOSES; how many parts it has. */
#define CODE_PARTS 18
size_t code_decompose(uint32_t code, bool compatible, uint32_t out[CODE_PARTS]);
uint32_t code_compose(uint32_t first, uint32_t second); /* 0: they do not compose */
unsigned code_combining(uint32_t code, unsigned class); /* the combining class */

/* text_clean: text as valid UTF-8, a maximal part of a broken character as one U+FFFD. Returns
 * text itself when it is valid, else what is in *scratch. */
const char *text_clean(const char *text, size_t size, Str *scratch, size_t *ret_size);

/* Trie: text → uint32_t. A node is a number, 0 the root; the edges of all nodes are in one
 * open-addressing table, so that it grows in any order of the words. */
typedef struct TrieEdge {
    uint64_t key; /* parent << 21 | code point */
    uint32_t to;  /* child << 2 | TRIE_BRANCHES | TRIE_ENDS; 0: the slot is empty */
    uint32_t value;
} TrieEdge;

#define TRIE_ENDS 1u     /* a word ends at the child, with that value */
#define TRIE_BRANCHES 2u /* words go on behind it */

typedef struct Trie {
    TrieEdge *edges;
    size_t capacity;   /* of edges: a power of two, or 0 */
    size_t nodes;      /* with the root; 0: nothing was ever put */
    unsigned shift;    /* 64 - log2(capacity) */
    uint64_t first[4]; /* the bytes with which words begin */
    bool empty;        /* the empty word was put */
} Trie;

/* trie_put: sets the word's value; *ret_new (may be NULL) says whether the word is new. ERR_LIMIT
 * beyond 2^24 nodes. An empty word is counted and never found. */
bool trie_put(Trie *t, const char *word, size_t size, uint32_t value, bool *ret_new, Err *err);
void trie_release(Trie *t);
size_t trie_bytes(const Trie *t);
uint32_t trie_get(const Trie *t, const char *word, size_t size); /* TOKEN_NONE: not there */

/* trie_step: the edge of a character, NULL when there is none. */
static inline const TrieEdge *trie_step(const Trie *t, uint32_t node, uint32_t code)
{
    uint64_t key = (uint64_t)node << 21 | code;
    size_t at = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> t->shift);
    for (;; at = (at + 1) & (t->capacity - 1)) {
        const TrieEdge *edge = &t->edges[at];
        if (edge->to == 0) return NULL;
        if (edge->key == key) return edge;
    }
}

static inline bool trie_begins(const Trie *t, char byte)
{
    return t->first[(unsigned char)byte >> 6] >> (byte & 63) & 1;
}

/* Vocab: the tokens of a model. Ids may have holes, and one id two texts: the last one counts. */
typedef struct VocabEntry {
    uint32_t start, size, id;
} VocabEntry;

typedef struct Vocab {
    VEC(VocabEntry) entries; /* that are not in the trie yet */
    Trie trie;               /* text → id */
    Str text;                /* each token with a final NUL */
    uint32_t *start;         /* by id: where in text; TOKEN_NONE: a hole */
    size_t words;            /* ids are below */
    size_t capacity;
    size_t count;   /* different texts */
    size_t longest; /* bytes of a token */
} Vocab;

/* vocab_put: a token of the model; vocab_build, when all are there: what looks tokens up. */
bool vocab_put(Vocab *v, const char *token, size_t size, uint32_t id, Err *err);
bool vocab_build(Vocab *v, Err *err);
/* vocab_name: the text of an id that the model itself does not find. */
bool vocab_name(Vocab *v, const char *token, size_t size, uint32_t id, Err *err);
uint32_t vocab_get(const Vocab *v, const char *token); /* TOKEN_NONE: not there */
const char *vocab_token(const Vocab *v, uint32_t id);  /* NULL: no such id */
void vocab_release(Vocab *v);

/* Pull: reads JSON in order, value by value, so that a vocabulary is never built as a tree. Each
 * function says false once something was wrong. */
typedef struct Pull {
    const char *text;
    size_t size, at;
    Str string; /* what pull_string or pull_key read last */
    Err *err;
} Pull;

bool pull_enter(Pull *p, char open);                              /* '{' or '[' */
bool pull_more(Pull *p, char close, bool *first, bool *ret_more); /* first: true before the loop */
bool pull_key(Pull *p);                                           /* and the colon */
bool pull_string(Pull *p);
bool pull_real(Pull *p, double *ret);
bool pull_id(Pull *p, uint32_t *ret);
bool pull_skip(Pull *p);
bool pull_tree(Pull *p, cJSON **ret); /* of a small value; the caller's */
char pull_peek(Pull *p);              /* the first byte of the next value, NUL at the end */

/* Members of a cJSON object; a fallback where the member is absent or null. */
const char *member_string(const cJSON *object, const char *name); /* NULL: absent, other type */
bool member_bool(const cJSON *object, const char *name, bool fallback);

/* Normaliser: steps, one after the other. */
typedef struct NormalStep NormalStep;
typedef struct Normal {
    NormalStep *steps;
    size_t count;
    double growth; /* of all steps together */
} Normal;

bool normal_parse(const cJSON *json, Normal *ret, Err *err); /* NULL or null: no step */
/* normal_bert: BERT's, with the options of a tokenizer_config.json, which may be NULL. */
void normal_bert(const cJSON *config, Normal *ret);
void normal_release(Normal *n);
size_t normal_bytes(const Normal *n);
/* normal_run: the text after all steps: in *a, in *b, or text itself when there is no step.
 * *ret_moved: it begins with what was not at the beginning of text. */
const char *normal_run(const Normal *n, const char *text, size_t size, Str *a, Str *b,
                       size_t *ret_size, bool *ret_moved);

/* Pre-tokenizer: pieces of a text, never empty. */
typedef struct Piece {
    size_t start, size; /* in the text of its Pieces */
    bool first;         /* it begins where the caller's text begins */
} Piece;

typedef struct Part { /* of a piece: a match of the pattern at which it is split, or what is not */
    size_t start, end;
    bool match;
} Part;

typedef struct Pieces {
    const char *text; /* of a step that changes nothing the text before; else own.data */
    Str own;
    VEC(Piece) list;
    VEC(Part) parts; /* of one piece, while a step is at it */
} Pieces;

typedef struct SplitStep SplitStep;
typedef struct Split {
    SplitStep *steps;
    size_t count;
} Split;

bool tokenizer_split_parse(const cJSON *json, Split *ret, Err *err);
void split_bert(Split *ret);
void split_release(Split *s);
/* split_run: the pieces of text are in the returned one of a and b. */
Pieces *split_run(const Split *s, const char *text, size_t size, bool first, Pieces *a, Pieces *b);
void pieces_release(Pieces *p);

/* Template: what stands around one text and around two. */
typedef enum TemplateSlot { TEMPLATE_TOKEN, TEMPLATE_A, TEMPLATE_B } TemplateSlot;
typedef struct TemplateStep {
    TemplateSlot slot;
    uint32_t id, type;
} TemplateStep;
typedef struct Template {
    TemplateStep steps[TOKENIZER_STEP_LIMIT];
    size_t count, special; /* special: steps that are tokens */
} Template;

bool template_parse(const cJSON *json, Template *single, Template *pair, Err *err);
void template_bert(uint32_t first, uint32_t separator, Template *single, Template *pair);

/* Added tokens: found in the text before anything else looks at it. */
typedef struct AddedToken {
    uint32_t id;
    bool single_word, lstrip, rstrip, normalized;
} AddedToken;

typedef struct Added {
    VEC(AddedToken) tokens;
    Trie raw, normal; /* text → index in tokens; matched before and after normalisation */
    Trie names;       /* text → id */
    uint32_t fresh;   /* ids that the model does not have */
} Added;

typedef struct AddedCursor {
    const Added *added;
    const Trie *trie;
    const char *text;
    size_t size;
    size_t at;   /* next byte to look at */
    size_t done; /* what lies before was handed out */
    size_t held_start, held_end;
    uint32_t held; /* id of a token that waits behind the text before it */
} AddedCursor;

bool added_parse(const cJSON *json, const Normal *normal, Vocab *vocab, Added *ret, Err *err);
/* added_bert: the special tokens of a vocab.txt. */
bool added_bert(const Vocab *vocab, Added *ret, Err *err);
void added_release(Added *a);
AddedCursor added_begin(const Added *added, const Trie *trie, const char *text, size_t size);
/* added_next: the next part of the text, a token (*ret_id) or text between tokens (TOKEN_NONE). */
bool added_next(AddedCursor *c, size_t *ret_start, size_t *ret_size, uint32_t *ret_id);

/* Models. What a model needs beside its vocabulary. */
typedef struct BestPath {
    uint32_t id;
    uint32_t length; /* 0: no path ends here */
} BestPath;

typedef struct Symbol {
    uint32_t id;            /* TOKEN_NONE: merged into the one before */
    uint32_t before, after; /* indices; UINT32_MAX: none */
} Symbol;

typedef struct Work {
    Str clean, normal_a, normal_b;
    Pieces pieces_a, pieces_b;
    VEC(BestPath) path; /* by byte of the piece, and its end */
    VEC(double) scores; /* of the paths to the next bytes: a ring */
    VEC(Symbol) symbols;
    VEC(uint64_t) heap;
    size_t most; /* tokens of out beyond which nothing need be found */
} Work;

typedef struct Model {
    const struct ModelRow *row;
    Vocab vocab;
    uint32_t unknown; /* TOKEN_NONE: none */
    /* WordPiece, BPE */
    char *prefix, *suffix; /* of a piece that continues, that ends a word; NULL: none */
    /* WordPiece */
    uint32_t continues; /* the node of prefix; TOKEN_NONE: no token goes on behind it */
    size_t longest;     /* characters of a word */
    /* Unigram */
    double *scores; /* by id */
    double unknown_score;
    size_t scored, ring; /* ring: a power of two above the length of any token */
    /* BPE */
    struct Merge *merges; /* open addressing */
    size_t merge_capacity;
    bool fuse_unknown, ignore_merges;
    bool byte_fallback; /* Unigram, BPE */
    uint32_t bytes[256];
} Model;

typedef struct ModelRow {
    const char *type; /* in tokenizer.json */
    const char *kind; /* TokenizerInfo.kind */
    bool (*finish)(Model *m, const cJSON *options, Pull *merges, Err *err);
    void (*run)(const Model *m, const char *piece, size_t size, Work *w, Tokens *out);
} ModelRow;

extern const ModelRow MODEL_BPE, MODEL_UNIGRAM, MODEL_WORDPIECE;

/* The tokens <0x00> … <0xFF> of Model.bytes. model_bytes_put: false when the text has a byte that
 * has no token, with nothing appended. */
void model_bytes_fill(Model *m);
bool model_bytes_put(const Model *m, const char *text, size_t size, Tokens *out);

size_t model_merge_bytes(const Model *m); /* memory of the merges */

struct Tokenizer {
    Model model;
    Added added;
    Normal normal;
    Split split;
    Template single, pair;
    TokenizerInfo info;
};

/* tokenizer_json_read, tokenizer_vocab_read: fill a zeroed *t; the caller frees it on failure.
 * config: the tokenizer_config.json beside a vocab.txt; may be NULL. */
bool tokenizer_json_read(const char *json, size_t size, Tokenizer *t, Err *err);
bool tokenizer_vocab_read(const char *text, size_t size, const cJSON *config, Tokenizer *t,
                          Err *err);

#endif
