#include "text/words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* One character of the source, folded. */
typedef struct Glyph {
    uint32_t code;
    size_t size; /* bytes in the source */
} Glyph;

typedef struct Splitter {
    const char *text;
    size_t size, at;
    Words *out;
} Splitter;

static bool is_ascii_alnum(unsigned char c)
{
    return (unsigned)((c | 0x20) - 'a') < 26 || (unsigned)(c - '0') < 10;
}

static Glyph glyph_at(const Splitter *s, size_t at)
{
    Glyph g;
    g.size = utf8_next(s->text + at, s->size - at, &g.code);
    if (g.code >= 0xFF01 && g.code <= 0xFF5E) g.code -= 0xFF01 - '!';
    if (g.code == 0x2019) g.code = '\'';
    return g;
}

/* Characters that change how their neighbours look or break, not what they mean. */
static bool is_ignorable(uint32_t code)
{
    return code == 0x00AD || code == 0x200C || code == 0x200D || code == 0x2060 || code == 0xFEFF ||
           (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0xE0100 && code <= 0xE01EF);
}

/* The Japanese voicing marks as characters of their own: they belong to the one before. */
static bool is_voicing(uint32_t code)
{
    return code == 0x3099 || code == 0x309A;
}

/* Room was reserved by words_split. */
static void put(Splitter *s, uint32_t code)
{
    Str *folded = &s->out->folded;
    folded->size += utf8_put(utf8_lower(code), folded->data + folded->size);
}

/* Whether the joiner g at s->at stands between two characters that it keeps together. */
static bool joins(const Splitter *s, Glyph g, uint32_t before)
{
    if ((g.code != '\'' && g.code != '.') || s->at + g.size >= s->size) return false;
    uint32_t after = glyph_at(s, s->at + g.size).code;
    if (g.code == '.') return utf8_is_digit(before) && utf8_is_digit(after);
    return utf8_is_letter(after) && !utf8_is_unspaced(after);
}

/* A run of letters, digits and marks that begins at s->at. */
static void take_word(Splitter *s)
{
    Str *folded = &s->out->folded;
    size_t first = s->at, end = first, at = folded->size;
    uint32_t before = 0;
    while (s->at < s->size) {
        unsigned char c = (unsigned char)s->text[s->at];
        if (is_ascii_alnum(c)) {
            folded->data[folded->size++] = (char)((unsigned)(c - 'A') < 26 ? c | 0x20 : c);
            before = c;
            end = ++s->at;
            continue;
        }
        if (c < 0x80 && c != '\'' && c != '.') break;
        Glyph g = glyph_at(s, s->at);
        if (utf8_is_unspaced(g.code)) break;
        if (utf8_is_word(g.code) || joins(s, g, before)) {
            if (!is_ignorable(g.code)) put(s, g.code);
            before = g.code;
            end = s->at + g.size;
        } else if (!is_ignorable(g.code)) {
            break;
        }
        s->at += g.size;
    }
    if (folded->size > at)
        vec_push(&s->out->words, (Word){.at = at,
                                        .size = folded->size - at,
                                        .source = first,
                                        .source_size = end - first});
}

/* A run of an unspaced script: each character is folded once, the bigrams overlap in folded. */
static void take_run(Splitter *s)
{
    const Str *folded = &s->out->folded;
    Word last = {.unspaced = true}; /* the character before, alone */
    size_t count = 0;
    while (s->at < s->size) {
        Glyph g = glyph_at(s, s->at);
        bool is_mark = is_ignorable(g.code) || is_voicing(g.code);
        if (!is_mark && !utf8_is_unspaced(g.code)) break;
        Word here = {.at = folded->size, .source = s->at, .source_size = g.size, .unspaced = true};
        s->at += g.size;
        if (!is_ignorable(g.code)) put(s, g.code);
        if (is_mark && count > 0) {
            last.size = folded->size - last.at;
            continue;
        }
        here.size = folded->size - here.at;
        if (here.size == 0) continue;
        if (count++ > 0)
            vec_push(&s->out->words, (Word){.at = last.at,
                                            .size = folded->size - last.at,
                                            .source = last.source,
                                            .source_size = s->at - last.source,
                                            .unspaced = true});
        last = here;
    }
    if (count == 1) vec_push(&s->out->words, last);
}

void words_split(const char *text, size_t size, Words *out)
{
    Splitter s = {.text = text, .size = size, .out = out};
    str_clear(&out->folded);
    vec_clear(&out->words);
    str_reserve(&out->folded,
                2 * size); /* only characters of two bytes and more can grow, to four at most */
    while (s.at < size) {
        unsigned char c = (unsigned char)text[s.at];
        if (is_ascii_alnum(c)) {
            take_word(&s);
        } else if (c < 0x80) {
            s.at++;
        } else {
            Glyph g = glyph_at(&s, s.at);
            if (utf8_is_unspaced(g.code))
                take_run(&s);
            else if (utf8_is_word(g.code))
                take_word(&s);
            else
                s.at += g.size;
        }
    }
    if (out->folded.data) out->folded.data[out->folded.size] = '\0';
}

void words_release(Words *w)
{
    str_release(&w->folded);
    vec_release(&w->words);
}

/* Sorted by bytes, for bsearch. */
static const char *const FUNCTION_WORDS[] = {
    "a",       "about",      "above",    "according",  "across",    "after",   "again",   "against",
    "all",     "along",      "also",     "although",   "am",        "among",   "an",      "and",
    "another", "any",        "are",      "aren't",     "as",        "at",      "be",      "because",
    "been",    "before",     "being",    "below",      "between",   "both",    "but",     "by",
    "can",     "can't",      "cannot",   "could",      "couldn't",  "did",     "didn't",  "do",
    "does",    "doesn't",    "doing",    "don't",      "down",      "during",  "each",    "either",
    "else",    "etc",        "ever",     "every",      "few",       "for",     "from",    "further",
    "had",     "hadn't",     "has",      "hasn't",     "have",      "haven't", "having",  "he",
    "her",     "here",       "hers",     "herself",    "him",       "himself", "his",     "how",
    "however", "i",          "i'm",      "i've",       "if",        "in",      "into",    "is",
    "isn't",   "it",         "it's",     "its",        "itself",    "just",    "let",     "like",
    "many",    "may",        "me",       "might",      "mine",      "more",    "most",    "much",
    "must",    "my",         "myself",   "neither",    "no",        "nor",     "not",     "of",
    "off",     "on",         "once",     "one",        "only",      "or",      "other",   "our",
    "ours",    "ourselves",  "out",      "over",       "own",       "per",     "rather",  "s",
    "same",    "shall",      "she",      "should",     "shouldn't", "since",   "so",      "some",
    "such",    "t",          "than",     "that",       "that's",    "the",     "their",   "theirs",
    "them",    "themselves", "then",     "there",      "these",     "they",    "this",    "those",
    "though",  "through",    "thus",     "to",         "too",       "toward",  "towards", "under",
    "until",   "up",         "upon",     "us",         "very",      "via",     "was",     "wasn't",
    "we",      "were",       "weren't",  "what",       "what's",    "when",    "where",   "whether",
    "which",   "while",      "who",      "whom",       "whose",     "why",     "will",    "with",
    "within",  "without",    "won't",    "would",      "wouldn't",  "yes",     "yet",     "you",
    "your",    "yours",      "yourself", "yourselves", "一",        "一个",    "一些",    "一样",
    "一种",    "不",         "不是",     "与",         "个",        "为",      "为了",    "为何",
    "之",      "之间",       "也",       "了",         "于",        "人们",    "什么",    "什麼",
    "从",      "他",         "他们",     "他的",       "以",        "以及",    "们",      "但",
    "但是",    "何",         "何时",     "你",         "你们",      "你的",    "使",      "使得",
    "們",      "关于",       "其",       "其中",       "其他",      "再",      "几",      "几个",
    "则",      "到",         "又",       "及",         "只",        "可",      "可以",    "可能",
    "各",      "同时",       "向",       "吗",         "吧",        "呢",      "和",      "哪",
    "哪一",    "哪个",       "哪些",     "哪位",       "哪儿",      "哪里",    "嗎",      "因为",
    "在",      "地",         "多少",     "她",         "她们",      "她的",    "如",      "如何",
    "如果",    "它",         "它们",     "它的",       "对",        "对于",    "将",      "就",
    "已",      "已经",       "并",       "并且",       "应",        "应该",    "当",      "很",
    "得",      "怎么",       "怎样",     "怎麼",       "您",        "我",      "我们",    "我的",
    "或",      "或者",       "所",       "所以",       "才",        "把",      "於",      "是",
    "是否",    "曾",         "曾经",     "最",         "有",        "某",      "某些",    "根据",
    "此",      "此外",       "比",       "没",         "没有",      "為",      "由",      "由于",
    "的",      "着",         "等",       "给",         "而",        "而且",    "能",      "能够",
    "自己",    "與",         "虽然",     "被",         "要",        "該",      "誰",      "让",
    "该",      "请",         "谁",       "谁的",       "还",        "还是",    "这",      "这个",
    "这些",    "这样",       "进行",     "這",         "這些",      "這個",    "通过",    "還是",
    "那",      "那个",       "那么",     "那些",       "都",        "關於",    "需要",
};

static int compare_words(const void *a, const void *b)
{
    return strcmp(a, *(const char *const *)b);
}

bool word_is_function(const char *word, size_t size)
{
    char key[16];
    if (size == 0 || size >= sizeof key || memchr(word, 0, size)) return false;
    memcpy(key, word, size);
    key[size] = '\0';
    return bsearch(key, FUNCTION_WORDS, sizeof FUNCTION_WORDS / sizeof *FUNCTION_WORDS,
                   sizeof *FUNCTION_WORDS, compare_words) != NULL;
}
