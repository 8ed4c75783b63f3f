#include <string.h>

#include "text/tokenizer_bytes.h"
#include "text/tokenizer_parts.h"

typedef struct SplitRow {
    const char *type;
    bool (*parse)(const cJSON *json, SplitStep *step, Err *err); /* NULL: nothing to read */
    void (*run)(const SplitStep *step, const Pieces *in, Pieces *out);
} SplitRow;

typedef enum Behaviour { REMOVED, ISOLATED, CONTIGUOUS, WITH_PREVIOUS, WITH_NEXT } Behaviour;

typedef enum Prefix { PREFIX_ALWAYS, PREFIX_FIRST, PREFIX_NEVER } Prefix;

struct SplitStep {
    const SplitRow *row;
    /* the end of the part at text[at], and whether it is a match; at < end */
    size_t (*part)(const SplitStep *s, const char *text, size_t at, size_t end, bool *ret_match);
    Behaviour behaviour;
    char *pattern; /* Split, CharDelimiterSplit, the character of Metaspace */
    size_t pattern_size;
    bool invert;   /* Split: what the pattern does not match counts as match */
    Prefix prefix; /* Metaspace, ByteLevel */
    bool splits;   /* Metaspace, ByteLevel */
};

static void add_piece(Pieces *out, size_t start, size_t end, bool first)
{
    if (end > start) vec_push(&out->list, (Piece){start, end - start, first});
}

/* Folds parts together as the behaviour has it, in place. */
static void fold(Pieces *out, Behaviour behaviour)
{
    Part *parts = out->parts.items;
    size_t count = out->parts.count, kept = 0;
    bool previous = false;
    for (size_t i = 0; i < count; i++) {
        Part part = parts[i];
        bool joins = behaviour == CONTIGUOUS ? part.match == previous : part.match && !previous;
        previous = part.match;
        part.match = false;
        if (joins && kept > 0)
            parts[kept - 1].end = part.end;
        else
            parts[kept++] = part;
    }
    out->parts.count = kept;
}

/* A match joins what follows it, unless that is a match itself. */
static void fold_next(Pieces *out)
{
    Part *parts = out->parts.items;
    size_t count = out->parts.count, kept = 0;
    bool previous = false;
    for (size_t i = 0; i < count; i++) {
        Part part = parts[i];
        if (previous && !part.match)
            parts[kept - 1].end = part.end;
        else
            parts[kept++] = (Part){part.start, part.end, false};
        previous = part.match;
    }
    out->parts.count = kept;
}

/* The parts of text[start, end), of a piece that is the first when first. */
static void split_piece(const SplitStep *s, const char *text, size_t start, size_t end, bool first,
                        Pieces *out)
{
    bool match;
    vec_clear(&out->parts);
    for (size_t at = start; at < end;) {
        size_t next = s->part(s, text, at, end, &match);
        vec_push(&out->parts, (Part){at, next, match != s->invert});
        at = next;
    }
    if (s->behaviour == WITH_NEXT)
        fold_next(out);
    else if (s->behaviour == CONTIGUOUS || s->behaviour == WITH_PREVIOUS)
        fold(out, s->behaviour);
    for (size_t i = 0; i < out->parts.count; i++) {
        const Part *part = &out->parts.items[i];
        if (s->behaviour != REMOVED || !part->match)
            add_piece(out, part->start, part->end, first && part->start == start);
    }
}

static void run_split(const SplitStep *s, const Pieces *in, Pieces *out)
{
    out->text = in->text;
    for (size_t i = 0; i < in->list.count; i++) {
        const Piece *p = &in->list.items[i];
        split_piece(s, in->text, p->start, p->start + p->size, p->first, out);
    }
}

/* A part of single characters that match and of runs that do not. */
static size_t part_of(bool (*is_match)(uint32_t code), const char *text, size_t at, size_t end,
                      bool *ret_match)
{
    uint32_t code;
    size_t next = at + code_next(text + at, &code);
    *ret_match = is_match(code);
    if (*ret_match) return next;
    while (next < end) {
        size_t length = code_next(text + next, &code);
        if (is_match(code)) break;
        next += length;
    }
    return next;
}

static bool is_punctuation(uint32_t code)
{
    return code_class(code) & CODE_PUNCTUATION;
}

static bool is_numeric(uint32_t code)
{
    return code_class(code) & CODE_NUMERIC;
}

static size_t space_part(const SplitStep *s, const char *text, size_t at, size_t end, bool *ret)
{
    (void)s;
    return part_of(code_is_space, text, at, end, ret);
}

static size_t punctuation_part(const SplitStep *s, const char *text, size_t at, size_t end,
                               bool *ret)
{
    (void)s;
    return part_of(is_punctuation, text, at, end, ret);
}

static size_t numeric_part(const SplitStep *s, const char *text, size_t at, size_t end, bool *ret)
{
    (void)s;
    return part_of(is_numeric, text, at, end, ret);
}

/* \w+|[^\w\s]+ */
static size_t word_part(const SplitStep *s, const char *text, size_t at, size_t end, bool *ret)
{
    (void)s;
    int kind = -1;
    while (at < end) {
        uint32_t code;
        size_t length = code_next(text + at, &code);
        int next = code_class(code) & CODE_WORD ? 0 : code_is_space(code) ? 1 : 2;
        if (kind >= 0 && next != kind) break;
        kind = next;
        at += length;
    }
    *ret = kind != 1;
    return at;
}

static size_t pattern_part(const SplitStep *s, const char *text, size_t at, size_t end, bool *ret)
{
    const char *next = memmem(text + at, end - at, s->pattern, s->pattern_size);
    *ret = next == text + at;
    if (*ret) return at + s->pattern_size;
    return next ? (size_t)(next - text) : end;
}

typedef enum Gpt { GPT_SPACE, GPT_LETTER, GPT_NUMBER, GPT_OTHER } Gpt;

static Gpt gpt_class(uint32_t code)
{
    unsigned class = code_class(code);
    if (class & CODE_LETTER) return GPT_LETTER;
    if (class & CODE_NUMBER) return GPT_NUMBER;
    return code_is_space(code) ? GPT_SPACE : GPT_OTHER;
}

static size_t contraction(const char *text, size_t size)
{
    static const char *const ENDS[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        size_t length = strlen(ENDS[i]);
        if (size >= length && memcmp(text, ENDS[i], length) == 0) return length;
    }
    return 0;
}

/* GPT-2's expression:
 *   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
static size_t gpt_part(const SplitStep *s, const char *text, size_t at, size_t end, bool *ret)
{
    (void)s;
    uint32_t code;
    *ret = true;
    size_t short_form = text[at] == '\'' ? contraction(text + at, end - at) : 0;
    if (short_form) return at + short_form;
    size_t next = at + code_next(text + at, &code), last = at;
    Gpt class = gpt_class(code);
    if (code == ' ' && next < end) {
        size_t length = code_next(text + next, &code);
        Gpt behind = gpt_class(code);
        if (behind != GPT_SPACE) {
            class = behind;
            next += length;
        }
    }
    while (next < end) {
        size_t length = code_next(text + next, &code);
        if (gpt_class(code) != class) break;
        last = next;
        next += length;
    }
    /* white space leaves its last character to what follows, if it has another one */
    return class == GPT_SPACE && next < end && last > at ? last : next;
}

static void add_prefixed(const SplitStep *s, const char *text, const Piece *p, Str *out)
{
    bool wanted = s->prefix == PREFIX_ALWAYS || (s->prefix == PREFIX_FIRST && p->first);
    const char *piece = text + p->start;
    bool there = (p->size >= s->pattern_size && memcmp(piece, s->pattern, s->pattern_size) == 0) ||
                 *piece == ' ';
    if (wanted && !there) str_add_bytes(out, s->pattern, s->pattern_size);
}

/* Blanks become the pattern's character, which begins a word. */
static void run_metaspace(const SplitStep *s, const Pieces *in, Pieces *out)
{
    for (size_t i = 0; i < in->list.count; i++) {
        const Piece *p = &in->list.items[i];
        size_t start = out->own.size;
        add_prefixed(s, in->text, p, &out->own);
        for (size_t at = p->start, end = p->start + p->size; at < end;) {
            const char *blank = memchr(in->text + at, ' ', end - at);
            size_t stop = blank ? (size_t)(blank - in->text) : end;
            str_add_bytes(&out->own, in->text + at, stop - at);
            if (blank) str_add_bytes(&out->own, s->pattern, s->pattern_size);
            at = stop + (blank != NULL);
        }
        if (s->splits)
            split_piece(s, out->own.data, start, out->own.size, p->first, out);
        else
            add_piece(out, start, out->own.size, p->first);
    }
    out->text = str_get(&out->own);
}

static void run_byte_level(const SplitStep *s, const Pieces *in, Pieces *out)
{
    Str prefixed = {0};
    for (size_t i = 0; i < in->list.count; i++) {
        const Piece *p = &in->list.items[i];
        const char *text = in->text;
        size_t at = p->start, end = p->start + p->size;
        bool match;
        if (s->prefix == PREFIX_ALWAYS && text[at] != ' ') {
            str_clear(&prefixed);
            str_add_char(&prefixed, ' ');
            str_add_bytes(&prefixed, text + at, p->size);
            text = prefixed.data;
            at = 0;
            end = prefixed.size;
        }
        for (size_t first = at; at < end;) {
            size_t next = s->splits ? gpt_part(s, text, at, end, &match) : end;
            size_t start = out->own.size;
            bytes_put(&out->own, text + at, next - at);
            add_piece(out, start, out->own.size, p->first && at == first);
            at = next;
        }
    }
    out->text = str_get(&out->own);
    str_release(&prefixed);
}

/* White space is dropped, each punctuation character is a piece. */
static void run_bert(const SplitStep *s, const Pieces *in, Pieces *out)
{
    (void)s;
    out->text = in->text;
    for (size_t i = 0; i < in->list.count; i++) {
        const Piece *p = &in->list.items[i];
        size_t end = p->start + p->size, from = p->start;
        for (size_t at = p->start; at < end;) {
            uint32_t code;
            size_t size = code_next(in->text + at, &code);
            bool space = code_is_space(code);
            if (space || is_punctuation(code)) {
                add_piece(out, from, at, p->first && from == p->start);
                if (!space) add_piece(out, at, at + size, p->first && at == p->start);
                from = at + size;
            }
            at += size;
        }
        add_piece(out, from, end, p->first && from == p->start);
    }
}

static bool parse_space(const cJSON *json, SplitStep *s, Err *err)
{
    (void)json, (void)err;
    s->part = space_part;
    s->behaviour = REMOVED;
    return true;
}

static bool parse_word(const cJSON *json, SplitStep *s, Err *err)
{
    (void)json, (void)err;
    s->part = word_part;
    s->behaviour = REMOVED;
    s->invert = true;
    return true;
}

static bool parse_digits(const cJSON *json, SplitStep *s, Err *err)
{
    (void)err;
    s->part = numeric_part;
    s->behaviour = member_bool(json, "individual_digits", false) ? ISOLATED : CONTIGUOUS;
    return true;
}

static bool parse_behaviour(const cJSON *json, Behaviour fallback, Behaviour *ret, Err *err)
{
    static const char *const NAMES[] = {"Removed", "Isolated", "Contiguous", "MergedWithPrevious",
                                        "MergedWithNext"};
    const char *name = member_string(json, "behavior");
    *ret = fallback;
    if (!name) return true;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(NAMES[i], name) != 0) continue;
        *ret = (Behaviour)i;
        return true;
    }
    return err_set(err, ERR_FORMAT, "the pre_tokenizer's behavior \"%.60s\" is not known", name);
}

static bool parse_punctuation(const cJSON *json, SplitStep *s, Err *err)
{
    s->part = punctuation_part;
    return parse_behaviour(json, ISOLATED, &s->behaviour, err);
}

static void set_pattern(SplitStep *s, const char *pattern)
{
    s->part = pattern_part;
    s->pattern = mem_strdup(pattern);
    s->pattern_size = strlen(pattern);
}

static bool is_character(const char *text)
{
    return text && *text && code_size(*text) == strlen(text);
}

static bool parse_delimiter(const cJSON *json, SplitStep *s, Err *err)
{
    const char *delimiter = member_string(json, "delimiter");
    if (!is_character(delimiter))
        return err_set(err, ERR_FORMAT, "a CharDelimiterSplit has no delimiter");
    set_pattern(s, delimiter);
    s->behaviour = REMOVED;
    return true;
}

/* The expressions that are known by their text. */
static const struct {
    const char *regex;
    size_t (*part)(const SplitStep *s, const char *text, size_t at, size_t end, bool *ret_match);
} EXPRESSIONS[] = {
    {"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
     gpt_part},
    {"\\w+|[^\\w\\s]+", word_part},
    {"\\s", space_part},
};

static bool parse_split(const cJSON *json, SplitStep *s, Err *err)
{
    const cJSON *pattern = cJSON_GetObjectItemCaseSensitive(json, "pattern");
    const char *text = member_string(pattern, "String"), *regex = member_string(pattern, "Regex");
    s->invert = member_bool(json, "invert", false);
    if (!parse_behaviour(json, ISOLATED, &s->behaviour, err)) return false;
    for (size_t i = 0; regex && i < sizeof EXPRESSIONS / sizeof *EXPRESSIONS; i++)
        if (strcmp(EXPRESSIONS[i].regex, regex) == 0) s->part = EXPRESSIONS[i].part;
    if (regex && !s->part && *regex && !strpbrk(regex, "\\.+*?()|[]{}^$")) text = regex;
    if (text && *text) set_pattern(s, text);
    if (s->part) return true;
    return err_set(err, ERR_FORMAT, "Split at the expression \"%.60s\" is not supported",
                   regex ? regex : "");
}

static bool parse_metaspace(const cJSON *json, SplitStep *s, Err *err)
{
    const char *mark = member_string(json, "replacement");
    const char *scheme = member_string(json, "prepend_scheme");
    if (!is_character(mark)) return err_set(err, ERR_FORMAT, "a Metaspace has no replacement");
    set_pattern(s, mark);
    s->behaviour = WITH_NEXT;
    s->splits = member_bool(json, "split", true);
    s->prefix = !scheme || strcmp(scheme, "always") == 0 ? PREFIX_ALWAYS
                : strcmp(scheme, "first") == 0           ? PREFIX_FIRST
                                                         : PREFIX_NEVER;
    if (!member_bool(json, "add_prefix_space", true)) s->prefix = PREFIX_NEVER;
    return true;
}

static bool parse_byte_level(const cJSON *json, SplitStep *s, Err *err)
{
    (void)err;
    s->prefix = member_bool(json, "add_prefix_space", true) ? PREFIX_ALWAYS : PREFIX_NEVER;
    s->splits = member_bool(json, "use_regex", true);
    return true;
}

static const SplitRow ROWS[] = {
    {"BertPreTokenizer", NULL, run_bert},
    {"ByteLevel", parse_byte_level, run_byte_level},
    {"CharDelimiterSplit", parse_delimiter, run_split},
    {"Digits", parse_digits, run_split},
    {"Metaspace", parse_metaspace, run_metaspace},
    {"Punctuation", parse_punctuation, run_split},
    {"Split", parse_split, run_split},
    {"Whitespace", parse_word, run_split},
    {"WhitespaceSplit", parse_space, run_split},
};

static SplitStep *push(Split *s, const SplitRow *row)
{
    s->steps = mem_grow(s->steps, (s->count + 1) * sizeof *s->steps);
    SplitStep *step = &s->steps[s->count++];
    *step = (SplitStep){.row = row};
    return step;
}

static bool add_step(const cJSON *json, Split *s, Err *err)
{
    const char *type = member_string(json, "type");
    if (!type) return err_set(err, ERR_FORMAT, "the pre_tokenizer has no type");
    if (s->count == TOKENIZER_STEP_LIMIT)
        return err_set(err, ERR_LIMIT, "the pre_tokenizer has more than %d steps",
                       TOKENIZER_STEP_LIMIT);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (strcmp(ROWS[i].type, type) != 0) continue;
        SplitStep *step = push(s, &ROWS[i]);
        return !ROWS[i].parse || ROWS[i].parse(json, step, err);
    }
    return err_set(err, ERR_FORMAT, "the pre_tokenizer \"%.60s\" is not supported", type);
}

bool tokenizer_split_parse(const cJSON *json, Split *ret, Err *err)
{
    if (!json || cJSON_IsNull(json)) return true;
    const char *type = member_string(json, "type");
    if (!type || strcmp(type, "Sequence") != 0) return add_step(json, ret, err);
    const cJSON *item;
    cJSON_ArrayForEach(
        item, cJSON_GetObjectItemCaseSensitive(
                  json, "pretokenizers")) if (!tokenizer_split_parse(item, ret, err)) return false;
    return true;
}

void split_bert(Split *ret)
{
    push(ret, &ROWS[0]);
}

Pieces *split_run(const Split *s, const char *text, size_t size, bool first, Pieces *a, Pieces *b)
{
    vec_clear(&a->list);
    a->text = text;
    if (size > 0) vec_push(&a->list, (Piece){0, size, first});
    for (size_t i = 0; i < s->count; i++) {
        vec_clear(&b->list);
        str_clear(&b->own);
        s->steps[i].row->run(&s->steps[i], a, b);
        Pieces *done = b;
        b = a;
        a = done;
    }
    return a;
}

void split_release(Split *s)
{
    for (size_t i = 0; i < s->count; i++) free(s->steps[i].pattern);
    free(s->steps);
    *s = (Split){0};
}

void pieces_release(Pieces *p)
{
    str_release(&p->own);
    vec_release(&p->list);
    vec_release(&p->parts);
}
