/* Which questions are worth asking: what they copy, whether they name something, how rare that is.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "text/ask_parts.h"

#define COPIED_MAX 0.63       /* a question with a longer run of the text's words is a copy */
#define COPIED_MAX_SHORT 0.67 /* bigrams overlap, and two words of a query belong together */
#define QUESTION_MAX 220      /* bytes */
#define WORDS_MOST 26
#define WORDS_MANY 17     /* from here on each word counts against it */
#define RARITY_LEAST 0.8  /* the rarest words together: less than that is about anything */
#define RARITY_ALONE 0.75 /* a word that says enough alone */
#define RARITY_COMMON 0.2 /* words below it say nothing about the passage */

/* ---- copies ---- */

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static Numbers hashed_words(const char *text)
{
    Words w = {0};
    Numbers n = {0};
    words_split(text, strlen(text), &w);
    for (size_t i = 0; i < w.words.count; i++)
        vec_push(&n, hash_u64(w.folded.data + w.words.items[i].at, w.words.items[i].size, 0));
    words_release(&w);
    return n;
}

/* Hashes of all runs of `length` words; count - length + 1 of them. */
static Numbers runs_of(const Numbers *words, size_t length)
{
    Numbers runs = {0};
    uint64_t sum = 0, power = 1;
    const uint64_t base = 0x9E3779B97F4A7C15u;
    for (size_t i = 0; i + 1 < length; i++) power *= base;
    for (size_t i = 0; i < words->count; i++) {
        if (i >= length) sum -= words->items[i - length] * power;
        sum = sum * base + words->items[i];
        if (i + 1 >= length) vec_push(&runs, sum);
    }
    return runs;
}

static bool shares_run(const Numbers *question, const Numbers *text, size_t length)
{
    if (length > question->count || length > text->count) return false;
    Numbers q = runs_of(question, length), t = runs_of(text, length);
    qsort(q.items, q.count, sizeof *q.items, by_number);
    bool shares = false;
    for (size_t i = 0; i < t.count && !shares; i++)
        shares = bsearch(&t.items[i], q.items, q.count, sizeof *q.items, by_number) != NULL;
    vec_release(&q);
    vec_release(&t);
    return shares;
}

static double copied_share(const Numbers *q, const Numbers *t)
{
    size_t low = 0, high = q->count; /* a run of `low` words is shared */
    while (low < high) {
        size_t middle = low + (high - low + 1) / 2;
        if (shares_run(q, t, middle))
            low = middle;
        else
            high = middle - 1;
    }
    return q->count ? (double)low / (double)q->count : 0;
}

double ask_copied(const char *question, const char *text)
{
    Numbers q = hashed_words(question), t = hashed_words(text);
    double share = copied_share(&q, &t);
    vec_release(&q);
    vec_release(&t);
    return share;
}

double asker_copied(Asker *a, const char *question)
{
    if (a->hashes.count == 0) a->hashes = hashed_words(str_get(&a->plain));
    Numbers q = hashed_words(question);
    double share = copied_share(&q, &a->hashes);
    vec_release(&q);
    return share;
}

/* ---- names ---- */

/* Words that are about texts and questions, not about things. Sorted, for bsearch. */
static const char *const ABOUT_TEXTS[] = {
    "according", "answer",      "article",      "author",    "basis",     "chapter",   "chunk",
    "content",   "contents",    "context",      "define",    "describe",  "described", "describes",
    "discuss",   "discussed",   "discusses",    "document",  "exactly",   "example",   "examples",
    "explain",   "explained",   "explains",     "following", "given",     "happen",    "happens",
    "important", "information", "key",          "main",      "mean",      "means",     "meant",
    "mentioned", "page",        "paragraph",    "passage",   "point",     "points",    "provided",
    "purpose",   "question",    "reason",       "reasons",   "role",      "said",      "say",
    "says",      "section",     "significance", "stated",    "summarize", "text",      "thing",
    "things",    "topic",       "topics",       "true",      "used",
};

static int compare_strings(const void *a, const void *b)
{
    return strcmp(a, *(const char *const *)b);
}

static bool is_about_texts(const char *word, size_t size)
{
    char key[16];
    if (size >= sizeof key) return false;
    memcpy(key, word, size);
    key[size] = '\0';
    return bsearch(key, ABOUT_TEXTS, sizeof ABOUT_TEXTS / sizeof *ABOUT_TEXTS, sizeof *ABOUT_TEXTS,
                   compare_strings) != NULL;
}

/* What stands in Chinese questions whatever they are about; longer ones before those that begin
 * alike. */
static const char *const EMPTY_PHRASES[] = {
    "是什么", "什么",   "什麼", "哪一", "哪些", "哪个", "哪里",   "哪儿", "哪家", "哪年", "多少",
    "几个",   "怎么样", "怎么", "怎样", "怎麼", "如何", "为什么", "为何", "是否", "时候", "时间",
    "文中",   "文章",   "本文", "上文", "下文", "全文", "这段",   "该段", "段落", "作者", "内容",
    "主要",   "提到",   "提及", "讲了", "说明", "介绍", "描述",   "要求", "规定", "方法", "原因",
    "情况",   "问题",   "目的", "作用", "特点", "意思", "结果",   "影响", "以下", "以上", "上面",
    "下面",   "这里",   "这个", "这种", "这些", "那个", "那些",   "根据", "可以", "能够", "需要",
    "应该",   "必须",   "关于", "请问", "包括", "有关", "地方",   "东西", "事情", "部分", "方面",
    "我们",   "他们",   "它们", "自己", "一年", "一个", "一种",   "一些", "是",   "的",   "了",
    "有",     "吗",     "呢",   "在",   "被",   "和",   "与",     "及",   "中",   "里",   "会",
    "该",     "这",     "那",   "其",   "它",   "他",   "她",     "为",   "谁",   "年",   "指",
    "要",     "能",     "应",   "对",   "从",   "到",   "于",     "用",   "由",   "以",   "也",
    "都",     "就",     "不",   "去",   "来",   "个",   "吧",     "啊",
};

static size_t empty_phrase(const char *at, size_t size)
{
    for (size_t i = 0; i < sizeof EMPTY_PHRASES / sizeof *EMPTY_PHRASES; i++) {
        size_t n = strlen(EMPTY_PHRASES[i]);
        if (n <= size && memcmp(at, EMPTY_PHRASES[i], n) == 0) return n;
    }
    return 0;
}

/* Two characters of an unspaced script on end that belong to no empty phrase. */
static bool names_unspaced(const char *text, size_t size)
{
    size_t run = 0;
    for (size_t at = 0; at < size;) {
        uint32_t code;
        size_t n = empty_phrase(text + at, size - at);
        size_t width = utf8_next(text + at, size - at, &code);
        if (n > 0 || !utf8_is_unspaced(code)) {
            run = 0;
            at += n > 0 ? n : width;
            continue;
        }
        if (++run == 2) return true;
        at += width;
    }
    return false;
}

bool ask_nameless(const char *question)
{
    Words w = {0};
    words_split(question, strlen(question), &w);
    bool names = names_unspaced(question, strlen(question));
    for (size_t i = 0; i < w.words.count && !names; i++) {
        const char *word = w.folded.data + w.words.items[i].at;
        size_t size = w.words.items[i].size;
        names = !w.words.items[i].unspaced && size > 1 && !word_is_function(word, size) &&
                !is_about_texts(word, size);
    }
    words_release(&w);
    return !names;
}

/* ---- rarity ---- */

double asker_rarity(const Asker *a, const char *word, size_t size)
{
    /* the weight of a word that stands in one document */
    double rarest = log((double)(a->source->documents + 1) / 2);
    if (rarest < 0.7) return 0.7;
    double r = ((double)a->source->weight(a->source->context, word, size) - 1) / rarest;
    return r < 0 ? 0 : r > 1 ? 1 : r;
}

#define RAREST 4

/* A bigram with a character that asks or joins says nothing of what is asked about. */
static bool holds_empty(const char *bigram, size_t size)
{
    static const char EMPTY[] = "是的了有吗呢在被和与及中里会该这那其它他她为谁年指要能应对从到于用"
                                "由以也都就不去来个什么哪些怎样如何多少几时候";
    for (const char *e = EMPTY; *e; e += 3) {
        for (size_t at = 0; at + 3 <= size; at += 3) {
            if (memcmp(e, bigram + at, 3) == 0) return true;
        }
    }
    return false;
}

/* The rarest words of the question, the greatest first; returns how many say something. Bigrams
 * overlap: every second counts. */
static size_t find_rarest(Asker *a, const char *question, double top[RAREST])
{
    size_t telling = 0;
    memset(top, 0, RAREST * sizeof *top);
    words_split(question, strlen(question), &a->words);
    for (size_t i = 0; i < a->words.words.count; i++) {
        Word w = a->words.words.items[i];
        const char *word = a->words.folded.data + w.at;
        if (word_is_function(word, w.size) || is_about_texts(word, w.size) ||
            (!w.unspaced && w.size < 2))
            continue;
        if (!w.unspaced && strspn(word, "0123456789.,") >= w.size) continue;
        if (w.unspaced && holds_empty(word, w.size)) continue;
        double r = asker_rarity(a, word, w.size);
        telling += r > RARITY_COMMON;
        for (size_t k = 0; k < RAREST; k++) {
            if (r <= top[k]) continue;
            double next = top[k];
            top[k] = r;
            r = next;
        }
    }
    return telling;
}

/* ---- taking ---- */

static bool is_there(const Asked *out, const char *text)
{
    for (size_t i = 0; i < out->count; i++) {
        if (strcmp(out->items[i].text, text) == 0) return true;
    }
    return false;
}

/* A little of chance, the same for the same text: kinds take turns over a corpus. */
static double jitter(const Asker *a, const char *kind)
{
    uint64_t h =
        hash_u64(a->source->text, strlen(a->source->text), hash_u64(kind, strlen(kind), 7));
    return (double)(hash_mix(h) >> 40) / (double)(1 << 24) * 0.12 - 0.06;
}

bool asker_offer(Asker *a, const char *kind, double base, const char *text)
{
    double top[RAREST];
    size_t size = strlen(text);
    if (size > QUESTION_MAX || is_there(a->out, text) || ask_nameless(text)) return false;
    size_t telling = find_rarest(a, text, top);
    size_t words = a->words.words.count;
    if (words < 2 || words > WORDS_MOST * 2) return false;
    bool unspaced = a->words.words.items[words - 1].unspaced;
    if (!unspaced && words > WORDS_MOST) return false;
    if (!unspaced && telling < 2 && top[0] < RARITY_ALONE && strcmp(kind, "definition") != 0)
        return false;
    double rarity = top[0] + 0.6 * top[1] + 0.4 * top[2] + 0.2 * top[3];
    double copied_max = unspaced || strcmp(kind, "keyword") == 0 ? COPIED_MAX_SHORT : COPIED_MAX;
    if (rarity < RARITY_LEAST || asker_copied(a, text) > copied_max) return false;
    double score = base + 0.35 * rarity + jitter(a, kind);
    if (!unspaced && words > WORDS_MANY) score -= 0.02 * (double)(words - WORDS_MANY);
    vec_push(a->out,
             (AskedQuestion){
                 .text = mem_strdup(text), .kind = kind, .sentence = a->sentence, .score = score});
    return true;
}
