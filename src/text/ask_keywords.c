/* Keyword queries, as people type them: two to four of a passage's own words, no sentence, in
 * another order than they stand there. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/utf8.h"
#include "text/ask_en.h"

#define TERMS_MOST 400
#define QUERIES 2
#define WORDS_MOST 3
#define EXTRA_LEAST 0.45 /* weight of a third word */
#define HEADING_FAVOUR 1.25
#define ODD_RARITY 0.6
#define BASE 0.22 /* as good as a fair question */

typedef struct Term {
    size_t first, size; /* bytes of plain */
    size_t sentence, place;
    double weight;
    uint32_t same;       /* number of the folded term */
    bool heading, plain; /* plain: it needs nothing beside it */
} Term;

typedef VEC(Term) Terms;

/* ---- words ---- */

static bool has_vowel(const char *s, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (strchr("aeiouyAEIOUY", s[i]) || (unsigned char)s[i] >= 0x80) return true;
    }
    return false;
}

static unsigned tags_of(const char *word, size_t size)
{
    char lower[32];
    const char *base;
    if (size >= sizeof lower) return 0;
    memcpy(lower, word, size);
    lower[size] = '\0';
    return en_tags(lower, &base);
}

/* Verbs, adverbs and adjectives say less than nouns. before: the word before it, size 0: none; what
 * can be a verb is one behind a noun or "to". */
static double class_weight(const char *word, size_t size, const char *before, size_t before_size)
{
    unsigned tags = tags_of(word, size);
    if (tags & (EN_ADVERB | EN_PREPOSITION | EN_DETERMINER | EN_AUXILIARY | EN_PRONOUN | EN_NUMBER |
                EN_SUBORDINATOR))
        return 0;
    if (tags & EN_ADJECTIVE) return 0.45;
    if (!(tags & EN_VERB)) return 1;
    if (tags & EN_ING) return 0.55;
    if (!(tags & EN_NOUNLIKE) || !(tags & (EN_BASE | EN_THIRD))) return 0.3;
    unsigned left = before_size ? tags_of(before, before_size) : 0;
    bool to = before_size == 2 && memcmp(before, "to", 2) == 0;
    bool noun = left & (EN_DETERMINER | EN_POSSESSIVE | EN_PREPOSITION | EN_ADJECTIVE |
                        EN_CONJUNCTION | EN_NUMBER) &&
                !to;
    return noun ? 1 : 0.4;
}

static size_t letters_of(const char *s, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++) n += s[i] >= 'a' && s[i] <= 'z';
    return n;
}

static bool stands_twice(const Asker *a, const char *word, size_t size)
{
    char key[32];
    if (size >= sizeof key) return false;
    memcpy(key, word, size);
    key[size] = '\0';
    const char *at = strcasestr(str_get(&a->plain), key);
    return at && strcasestr(at + size, key);
}

static bool in_heading(const Asker *a, const char *word, size_t size)
{
    const char *const TEXTS[] = {a->source->heading, a->source->title};
    bool found = false;
    Words w = {0};
    for (size_t t = 0; t < 2 && !found; t++) {
        if (!TEXTS[t]) continue;
        words_split(TEXTS[t], strlen(TEXTS[t]), &w);
        for (size_t i = 0; i < w.words.count && !found; i++)
            found = w.words.items[i].size == size &&
                    memcmp(w.folded.data + w.words.items[i].at, word, size) == 0;
    }
    words_release(&w);
    return found;
}

static void collect_words(Asker *a, const AskSentence *s, size_t number, Map *seen, Terms *terms)
{
    const char *text = a->plain.data + s->first;
    Words words = {0};
    words_split(text, s->size, &words);
    for (size_t i = 0; i < words.words.count && terms->count < TERMS_MOST; i++) {
        Word w = words.words.items[i];
        const char *folded = words.folded.data + w.at;
        bool digits = strcspn(folded, "0123456789") < w.size;
        if (w.unspaced || w.size < 3 || w.size > 24 || word_is_function(folded, w.size)) continue;
        if (digits && strspn(folded, "0123456789.,") >= w.size) continue;
        if (digits && letters_of(folded, w.size) > 3) continue; /* "note14": a blank was lost */
        if (!digits && !has_vowel(folded, w.size) && w.size > 5) continue;
        if (memchr(folded, '\'', w.size)) continue;
        Word left = i > 0 ? words.words.items[i - 1] : (Word){0};
        double class = s->language != ASK_ENGLISH
                           ? (w.size > 3 ? 1 : 0.3)
                           : class_weight(folded, w.size, words.folded.data + left.at, left.size);
        double rarity = asker_rarity(a, folded, w.size);
        /* what stands once in the whole corpus is as often an odd word as a good one */
        if (rarity > 0.97 && !stands_twice(a, folded, w.size)) rarity = ODD_RARITY;
        double weight = class * rarity;
        bool heading = in_heading(a, folded, w.size);
        if (heading) weight *= HEADING_FAVOUR;
        if (weight < 0.15) continue;
        uint32_t same = map_add(seen, folded, w.size, (uint32_t)map_count(seen));
        vec_push(terms, (Term){s->first + w.source, w.source_size, number, i, weight, same, heading,
                               false});
    }
    words_release(&words);
}

/* ---- runs of unspaced scripts ---- */

/* Characters and words at which a Chinese sentence falls apart. */
static const char *const GLUE[] = {
    "是否", "能否", "与否", "同一", "以及", "或者", "因为", "由于", "所以", "因此", "如果", "但是",
    "并且", "而且", "可以", "能够", "已经", "没有", "不能", "不会", "不是", "需要", "应当", "应该",
    "必须", "通过", "进行", "使用", "成为", "作为", "称为", "根据", "按照", "之后", "之前", "以后",
    "以前", "同时", "其中", "其他", "这些", "这个", "这种", "那些", "一个", "一种", "一些", "一般",
    "通常", "往往", "非常", "十分", "主要", "包括", "属于", "位于", "开始", "最后", "后来", "当时",
    "曾经", "目前", "现在", "由此", "此外", "另外", "例如", "什么", "怎么", "的",   "了",   "是",
    "在",   "和",   "与",   "與",   "就",   "都",   "而",   "及",   "或",   "对",   "對",   "为",
    "為",   "也",   "又",   "被",   "把",   "這",   "这",   "那",   "其",   "之",   "以",   "于",
    "於",   "等",   "很",   "更",   "最",   "不",   "有",   "会",   "會",   "让",   "使",   "所",
    "此",   "每",   "各",   "该",   "該",   "但",   "还",   "只",   "么",   "没",   "我",   "你",
    "他",   "她",   "它",   "们",   "們",   "从",   "從",   "到",   "则",   "却",   "才",   "已",
    "曾",   "若",   "即",   "便",   "未",
};

/* Characters that stand alone as often as inside a word: what is beside them may be half a word. */
static const char SOFT_GLUE[] =
    "因即若着将个個中上下里后前时時要能可用得向并再些什来去做给由按比像一二三四五六七八九十至自如无"
    "年月日"
    "次名位种称叫当多少大小说看写全共约内外间出入过某几越太挺属位占共年号至今两第约达近每人入出处现"
    "者家分本打作成";

static bool is_soft_glue(const char *s, size_t size)
{
    for (const char *g = SOFT_GLUE; size >= 3 && *g; g += 3) {
        if (memcmp(g, s, 3) == 0) return true;
    }
    return false;
}

/* 三张, 每个, 这座: a number and its measure are no part of a noun. */
static size_t measure_size(const char *s, size_t size)
{
    static const char NUMERALS[] = "一二两三四五六七八九十百千万几数这那每该各某";
    static const char MEASURES[] = "个個种類类条座所名位部层项家步股支组段处道面张首片款只艘架辆台"
                                   "件本篇句次年月日天届场场批套枚颗株棵岁世代分成等级";
    if (size < 6) return 0;
    for (const char *n = NUMERALS; *n; n += 3) {
        if (memcmp(n, s, 3) != 0) continue;
        for (const char *m = MEASURES; *m; m += 3) {
            if (memcmp(m, s + 3, 3) == 0) return 6;
        }
    }
    return 0;
}

static size_t glue_size(const char *s, size_t size)
{
    size_t measure = measure_size(s, size);
    if (measure > 0) return measure;
    for (size_t i = 0; i < sizeof GLUE / sizeof *GLUE; i++) {
        size_t n = strlen(GLUE[i]);
        if (n <= size && memcmp(s, GLUE[i], n) == 0) return n;
    }
    return 0;
}

typedef enum Script { SCRIPT_NONE, SCRIPT_HAN, SCRIPT_KATAKANA, SCRIPT_OTHER } Script;

static Script script_of(uint32_t code)
{
    if (code >= 0x3041 && code <= 0x309F)
        return SCRIPT_NONE; /* hiragana holds a sentence together */
    if (code >= 0x30A0 && code <= 0x30FF) return code == 0x30FB ? SCRIPT_NONE : SCRIPT_KATAKANA;
    if (utf8_is_han(code)) return SCRIPT_HAN;
    return utf8_is_unspaced(code) ? SCRIPT_OTHER : SCRIPT_NONE;
}

static size_t occurrences(const Str *text, const char *what, size_t size)
{
    size_t n = 0;
    const char *at = text->data, *end = text->data + text->size;
    while (n < 8 && (at = memmem(at, (size_t)(end - at), what, size)) != NULL) {
        n++;
        at += size;
    }
    return n;
}

/* Mean rarity of the bigrams of a run. */
static double run_rarity(Asker *a, const char *s, size_t size)
{
    double sum = 0;
    words_split(s, size, &a->words);
    for (size_t i = 0; i < a->words.words.count; i++)
        sum += asker_rarity(a, a->words.folded.data + a->words.words.items[i].at,
                            a->words.words.items[i].size);
    return a->words.words.count ? sum / (double)a->words.words.count : 0;
}

/* In how many documents a bigram stands. */
static double frequency(const Asker *a, const char *bigram, size_t size)
{
    return (double)(a->source->documents + 1) /
               exp((double)a->source->weight(a->source->context, bigram, size) - 1) -
           1;
}

/* Words that are in every text and of little use alone. */
static bool is_weak(const char *s, size_t size)
{
    static const char WEAK[] =
        " 知道 考虑 简单 东西 稳妥 毛病 合格 结果 正常 价值 意义 恰好 容易 左右 真正 足够 接受 "
        "合理 办法 方法 问题 情况 时候 方式 数字 完整 相同 不同 讲究 "
        "重要 明显 直接 完全 特别 经常 常见 条件 内容 部分 方面 原因 作用 影响 要求 规定 工作 单位 "
        "人员 有关 相关 其余 随手 实际 一般 基本 具体 整体 单独 干脆 帮忙 省事 ";
    const char *at = WEAK;
    while ((at = memmem(at, strlen(at), s, size)) != NULL) {
        if (at[-1] == ' ' && at[size] == ' ') return true;
        at += size;
    }
    return false;
}

static void add_word(Asker *a, size_t first, size_t end, size_t number, Map *seen, Terms *terms)
{
    const char *s = a->plain.data + first;
    size_t size = end - first, chars = utf8_count(s, size);
    if (chars < 2 || chars > 7 || terms->count >= TERMS_MOST) return;
    size_t count = occurrences(&a->plain, s, size);
    /* a long run that stands there once is a piece of a sentence */
    double fit = is_weak(s, size) ? 0.3 : chars <= 4 ? 1 : count > 1 ? 0.9 : 0.3;
    double weight = fit * run_rarity(a, s, size) * (1 + 0.35 * (double)(count - (count > 0)));
    bool heading =
        (a->source->heading && memmem(a->source->heading, strlen(a->source->heading), s, size)) ||
        (a->source->title && memmem(a->source->title, strlen(a->source->title), s, size));
    if (heading) weight *= HEADING_FAVOUR;
    uint32_t same = map_add(seen, s, size, (uint32_t)map_count(seen));
    vec_push(terms, (Term){first, size, number, terms->count * 2, weight, same, heading, true});
}

/* A run of Han between marks: cut where two characters meet less often than their neighbours do, as
 * words are joined there. What is left of a word at either end is dropped. torn_first, torn_last:
 * half a word may be missing there. */
static void add_run(Asker *a, size_t first, size_t end, bool torn_first, bool torn_last,
                    size_t number, Map *seen, Terms *terms)
{
    const char *s = a->plain.data;
    size_t start = first;
    bool torn = torn_first;
    for (size_t at = first + 3; at + 3 <= end && end - first >= 9; at += 3) {
        /* the bigram over the cut at `at`, and those beside it */
        double here = frequency(a, s + at - 3, 6);
        double left = at >= first + 6 ? frequency(a, s + at - 6, 6) : 0,
               right = at + 6 <= end ? frequency(a, s + at, 6) : 0;
        bool valley = here < 0.5 * left && (here < 0.5 * right || at + 6 > end) && left > 1.5;
        bool edge = at == first + 3 && here < 0.35 * right && right > 2.5;
        if (!valley && !edge) continue;
        if (!torn) add_word(a, start, at, number, seen, terms);
        start = at;
        torn = false;
    }
    if (!torn && !torn_last) add_word(a, start, end, number, seen, terms);
}

static void collect_runs(Asker *a, const AskSentence *s, size_t number, Map *seen, Terms *terms)
{
    size_t start = s->first, end = s->first + s->size;
    bool chinese = s->language == ASK_CHINESE,
         torn = false; /* torn: what stands before start was soft */
    Script running = SCRIPT_NONE;
    for (size_t i = s->first; i < end;) {
        uint32_t code;
        size_t n = utf8_next(a->plain.data + i, end - i, &code);
        Script script = script_of(code);
        bool han = script == SCRIPT_HAN && chinese;
        size_t glue = han ? glue_size(a->plain.data + i, end - i) : 0;
        bool soft = han && glue == 0 && is_soft_glue(a->plain.data + i, end - i);
        Script now = glue > 0 || soft ? SCRIPT_NONE : script;
        if (running != SCRIPT_NONE && now != running) {
            if (running == SCRIPT_HAN && chinese)
                add_run(a, start, i, torn, soft, number, seen, terms);
            else
                add_word(a, start, i, number, seen, terms);
        }
        if (now != running) start = i;
        if (now == SCRIPT_NONE)
            torn = soft;
        else if (now != running && running != SCRIPT_NONE)
            torn = false;
        running = now;
        i += glue > 0 ? glue : n;
    }
    if (running == SCRIPT_HAN && chinese)
        add_run(a, start, end, torn, false, number, seen, terms);
    else if (running != SCRIPT_NONE)
        add_word(a, start, end, number, seen, terms);
}

/* ---- queries ---- */

/* weight beside weighs, 检索 beside 检索器. */
static bool resemble(const Asker *a, const Term *x, const Term *y)
{
    const char *s = a->plain.data + x->first, *t = a->plain.data + y->first;
    size_t n = 0;
    if (x->same == y->same) return true;
    if (x->plain || y->plain) {
        for (size_t i = 0; i + 3 <= x->size; i += 3) {
            if (memmem(t, y->size, s + i, 3)) return true;
        }
        return false;
    }
    while (n < x->size && n < y->size && (s[n] | 0x20) == (t[n] | 0x20)) n++;
    return n >= 4 && n + 4 > (x->size < y->size ? x->size : y->size);
}

static bool are_neighbours(const Asker *a, const Term *x, const Term *y)
{
    return x->sentence == y->sentence && x->place + 1 == y->place &&
           x->first + x->size + 1 == y->first && a->plain.data[x->first + x->size] == ' ';
}

/* The best term of a sentence that is not used and does not resemble what was picked. */
static size_t best_term(const Asker *a, const Terms *terms, const bool *used, const size_t *picked,
                        size_t count, size_t sentence)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < terms->count; i++) {
        const Term *t = &terms->items[i];
        if (used[t->same] || (sentence != SIZE_MAX && t->sentence != sentence)) continue;
        if (best != SIZE_MAX && t->weight <= terms->items[best].weight) continue;
        bool good = true;
        for (size_t k = 0; k < count && good; k++) {
            const Term *p = &terms->items[picked[k]];
            good = !resemble(a, p, t);
        }
        if (good) best = i;
    }
    return best;
}

static double sentence_weight(const Terms *terms, const bool *used, size_t sentence)
{
    double top[3] = {0};
    for (size_t i = 0; i < terms->count; i++) {
        if (terms->items[i].sentence != sentence || used[terms->items[i].same]) continue;
        double w = terms->items[i].weight;
        for (int k = 0; k < 3; k++) {
            if (w <= top[k]) continue;
            double next = top[k];
            top[k] = w;
            w = next;
        }
    }
    return top[0] + top[1] + top[2];
}

static void put_term(const Asker *a, const Term *t, Str *out)
{
    if (out->size) str_add_char(out, ' ');
    if (t->plain)
        str_add_bytes(out, a->plain.data + t->first, t->size);
    else
        utf8_fold(a->plain.data + t->first, t->size, out);
}

/* Two neighbours stay together, as people type names; what else there is goes before them when it
 * stands behind them in the text, and the other way round. */
static void put_query(Asker *a, const Terms *terms, size_t *picked, size_t count, double base)
{
    Str query = {0};
    for (size_t i = 1; i < count; i++) { /* in the text's order, backwards */
        size_t p = picked[i], k = i;
        for (; k > 0 && terms->items[picked[k - 1]].first < terms->items[p].first; k--)
            picked[k] = picked[k - 1];
        picked[k] = p;
    }
    for (size_t i = 0; i < count; i++) {
        bool pair = i + 1 < count &&
                    are_neighbours(a, &terms->items[picked[i + 1]], &terms->items[picked[i]]) &&
                    count > 2;
        if (pair) {
            put_term(a, &terms->items[picked[i + 1]], &query);
            put_term(a, &terms->items[picked[i]], &query);
            i++;
        } else {
            put_term(a, &terms->items[picked[i]], &query);
        }
    }
    if (count >= 2) asker_offer(a, "keyword", base, str_get(&query));
    str_release(&query);
}

static bool add_query(Asker *a, const Terms *terms, bool *used, double base)
{
    size_t sentence = SIZE_MAX, picked[4], count = 0;
    double most = 0;
    for (size_t s = 0; s < a->sentences.count; s++) {
        double w = sentence_weight(terms, used, s);
        if (w > most) {
            most = w;
            sentence = s;
        }
    }
    if (sentence == SIZE_MAX) return false;
    a->sentence = sentence;
    size_t first = best_term(a, terms, used, picked, 0, sentence);
    if (first == SIZE_MAX) return false;
    picked[count++] = first;
    /* its better neighbour, when that is a word worth having */
    for (size_t i = first ? first - 1 : 0; i <= first + 1 && i < terms->count; i++) {
        const Term *x = &terms->items[i], *y = &terms->items[first];
        if (i != first && count == 1 && !used[x->same] && !resemble(a, x, y) && x->weight > 0.5 &&
            (are_neighbours(a, x, y) || are_neighbours(a, y, x)))
            picked[count++] = i;
    }
    while (count < WORDS_MOST) {
        size_t next = best_term(a, terms, used, picked, count, sentence);
        if (next == SIZE_MAX || (count >= 2 && terms->items[next].weight < EXTRA_LEAST)) break;
        picked[count++] = next;
    }
    if (count < WORDS_MOST + 1) {
        size_t next = best_term(a, terms, used, picked, count, SIZE_MAX);
        if (next != SIZE_MAX && (count < 2 || terms->items[next].heading)) picked[count++] = next;
    }
    put_query(a, terms, picked, count, base);
    for (size_t i = 0; i < count; i++) used[terms->items[picked[i]].same] = true;
    return true;
}

void ask_keywords(Asker *a)
{
    Terms terms = {0};
    Map *seen = map_new();
    bool used[TERMS_MOST] = {false};
    for (size_t i = 0; i < a->sentences.count && terms.count < TERMS_MOST; i++) {
        const AskSentence *s = &a->sentences.items[i];
        if (s->language != ASK_ENGLISH) collect_runs(a, s, i, seen, &terms);
        collect_words(a, s, i, seen, &terms);
    }
    for (size_t q = 0; q < QUERIES && add_query(a, &terms, used, BASE - 0.1 * (double)q); q++)
        continue;
    map_free(seen);
    vec_release(&terms);
}
