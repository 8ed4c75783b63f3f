#include "text/ask.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/ask_parts.h"

#define ALIKE 0.5 /* share of common words from which two questions on one passage say the same */
#define PASSAGE_MOST 60000 /* bytes that are looked at: more than any chunk has */
#define SENTENCES_MOST 200

/* One language, one row; others have keyword queries only. */
static const struct {
    void (*sentence)(Asker *a, const char *sentence, size_t size);
    void (*heading)(Asker *a);
} LANGUAGES[] = {
    [ASK_ENGLISH] = {ask_english, ask_english_heading},
    [ASK_CHINESE] = {ask_chinese, ask_chinese_heading},
    [ASK_OTHER] = {NULL, NULL},
};

/* ---- topic ---- */

static bool is_generic(const char *topic)
{
    static const char *const GENERIC[] = {
        "introduction", "overview", "summary",    "background", "notes", "references", "general",
        "contents",     "appendix", "conclusion", "preface",    "misc",  "other",      "faq",
        "readme",       "untitled", "history",    "概述",       "简介",  "前言",       "总结",
        "附录",         "参考文献", "目录",       "说明",       "其他"};
    Str folded = {0};
    utf8_fold(topic, strlen(topic), &folded);
    bool found = false;
    for (size_t i = 0; i < sizeof GENERIC / sizeof *GENERIC; i++)
        found |= strcmp(str_get(&folded), GENERIC[i]) == 0;
    str_release(&folded);
    return found;
}

/* Letters, blanks and hyphens only, a few words: no file name, no question, no number of a section.
 */
static bool is_topic(const char *s, size_t size)
{
    size_t blanks = 0, letters = 0;
    for (size_t i = 0; i < size;) {
        uint32_t code;
        i += utf8_next(s + i, size - i, &code);
        blanks += code == ' ';
        letters += utf8_is_letter(code);
        if (!utf8_is_letter(code) && code != ' ' && code != '-' && code != '\'' &&
            !utf8_is_digit(code))
            return false;
    }
    return letters >= 2 && blanks <= 4 && size < 50;
}

void ask_topic(const Asker *a, char *out, size_t room)
{
    const char *heading = a->source->heading, *title = a->source->title, *next;
    out[0] = '\0';
    while (heading && (next = strstr(heading, " › ")) != NULL) heading = next + strlen(" › ");
    for (int i = 0; i < 2; i++) {
        const char *s = i == 0 ? heading : title;
        if (!s || !*s || strlen(s) >= room) continue;
        /* "3.2 Insurance" */
        while (*s == ' ' || *s == '.' || (*s >= '0' && *s <= '9')) s++;
        if (!is_topic(s, strlen(s)) || is_generic(s)) continue;
        snprintf(out, room, "%s", s);
        return;
    }
}

/* ---- asking ---- */

static int by_score(const void *x, const void *y)
{
    const AskedQuestion *a = x, *b = y;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return strcmp(a->text, b->text);
}

void ask_questions(const AskSource *source, Asked *out)
{
    asked_release(out);
    Asker a = {.source = source, .out = out};
    AskSource cut = *source;
    char *head = NULL;
    if (strlen(source->text) > PASSAGE_MOST) {
        head = mem_strndup(source->text, utf8_back(source->text, PASSAGE_MOST));
        cut.text = head;
        a.source = &cut;
    }
    ask_read(&a);
    for (size_t i = 0; i < a.sentences.count && i < SENTENCES_MOST; i++) {
        const AskSentence *s = &a.sentences.items[i];
        a.sentence = i;
        if (s->whole && LANGUAGES[s->language].sentence)
            LANGUAGES[s->language].sentence(&a, a.plain.data + s->first, s->size);
    }
    if (LANGUAGES[a.language].heading && a.sentences.count > 0) LANGUAGES[a.language].heading(&a);
    ask_keywords(&a);
    if (out->count) qsort(out->items, out->count, sizeof *out->items, by_score);
    words_release(&a.words);
    vec_release(&a.hashes);
    str_release(&a.plain);
    vec_release(&a.sentences);
    free(head);
}

void asked_release(Asked *a)
{
    for (size_t i = 0; i < a->count; i++) free(a->items[i].text);
    vec_release(a);
}

/* ---- choosing ---- */

/* Common words of two questions as a share of the shorter one's. */
static double likeness(const char *x, const char *y)
{
    Words a = {0}, b = {0};
    words_split(x, strlen(x), &a);
    words_split(y, strlen(y), &b);
    size_t common = 0, least = 0, more = 0;
    for (size_t i = 0; i < a.words.count; i++) {
        Word v = a.words.items[i];
        if (word_is_function(a.folded.data + v.at, v.size)) continue;
        least++;
        for (size_t j = 0; j < b.words.count; j++) {
            Word w = b.words.items[j];
            if (v.size != w.size || memcmp(a.folded.data + v.at, b.folded.data + w.at, v.size) != 0)
                continue;
            common++;
            break;
        }
    }
    for (size_t j = 0; j < b.words.count; j++)
        more += !word_is_function(b.folded.data + b.words.items[j].at, b.words.items[j].size);
    if (more < least) least = more;
    words_release(&a);
    words_release(&b);
    return least ? (double)common / (double)least : 1;
}

/* strict: another kind and another sentence than all chosen; else another sentence or kind will do.
 */
static bool fits(const Asked *a, size_t chosen, size_t i, bool strict)
{
    const AskedQuestion *q = &a->items[i];
    for (size_t k = 0; k < chosen; k++) {
        const AskedQuestion *c = &a->items[k];
        bool kind = strcmp(c->kind, q->kind) == 0, sentence = c->sentence == q->sentence;
        if (strict ? kind || sentence : kind && sentence) return false;
        if (likeness(c->text, q->text) > (strict ? ALIKE : 0.75)) return false;
    }
    return true;
}

size_t asked_choose(Asked *a, size_t n)
{
    size_t chosen = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = chosen; i < a->count && chosen < n; i++) {
            if (!fits(a, chosen, i, pass == 0)) continue;
            AskedQuestion q = a->items[i];
            memmove(&a->items[chosen + 1], &a->items[chosen], (i - chosen) * sizeof q);
            a->items[chosen++] = q;
        }
    }
    return chosen;
}
