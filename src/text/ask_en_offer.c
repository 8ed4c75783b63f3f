/* English questions on their way out: some words said otherwise, no pronoun that nothing stands
 * for. */
#include <stdlib.h>
#include <string.h>

#include "text/ask_en.h"

#define REWORD_FROM 0.35 /* from this share of copied words on, some are said otherwise */

static const char *const OTHER_WORDS[][2] = {
    {"in connection with", "related to"},
    {"prior to", "before"},
    {"subsequent to", "after"},
    {"pursuant to", "under"},
    {"in accordance with", "according to"},
    {"in the event of", "in case of"},
    {"in order to", "to"},
    {"approximately", "about"},
    {"adversely affect", "hurt"},
    {"negatively affect", "hurt"},
    {"negatively impact", "hurt"},
    {"adversely impact", "hurt"},
    {"numerous", "many"},
    {"a number of", "several"},
    {"a variety of", "different"},
    {"the majority of", "most of"},
    {"entire", "whole"},
    {"utilize", "use"},
    {"utilizes", "uses"},
    {"utilizing", "using"},
    {"obtain", "get"},
    {"obtains", "gets"},
    {"obtaining", "getting"},
    {"commence", "begin"},
    {"commences", "begins"},
    {"commenced", "began"},
    {"terminate", "end"},
    {"terminates", "ends"},
    {"terminated", "ended"},
    {"regarding", "about"},
    {"primarily", "mainly"},
    {"frequently", "often"},
    {"rapidly", "quickly"},
    {"difficult", "hard"},
    {"individuals", "people"},
    {"demonstrate", "show"},
    {"demonstrates", "shows"},
    {"indicate", "show"},
    {"indicates", "shows"},
    {"select", "choose"},
    {"selects", "chooses"},
    {"eliminate", "remove"},
    {"eliminates", "removes"},
    {"modify", "change"},
    {"modifies", "changes"},
    {"comply with", "follow"},
    {"complies with", "follows"},
    {"in a timely manner", "in time"},
    {"on a timely basis", "in time"},
    {"certain", "some"},
    {"various", "different"},
    {"sufficient", "enough"},
    {"rely on", "depend on"},
    {"relies on", "depends on"},
    {"receive", "get"},
    {"receives", "gets"},
    {"assist", "help"},
    {"assists", "helps"},
    {"purchased", "bought"},
    {"acquired", "bought"},
    {"retain", "keep"},
    {"retains", "keeps"},
    {"attempt to", "try to"},
    {"attempts to", "tries to"},
    {"possess", "have"},
    {"possesses", "has"},
    {"reside", "live"},
    {"resides", "lives"},
    {"as well as", "and"},
    {"such as", "like"},
    {"large", "big"},
    {"permit", "allow"},
    {"permits", "allows"},
    {"ensure", "make sure"},
    {"ensures", "makes sure"},
};

/* "an entire" becomes "a whole": the article before a new word. */
static void fix_article(Str *out, const char *word)
{
    bool vowel = strchr("aeiou", *word) != NULL;
    if (str_ends(str_get(out), " an ") && !vowel) {
        str_truncate(out, out->size - 2);
        str_add_char(out, ' ');
    } else if (str_ends(str_get(out), " a ") && vowel) {
        str_truncate(out, out->size - 1);
        str_add(out, "n ");
    }
}

/* Replaces the first place where the words stand between blanks. */
bool en_replace(Str *s, const char *words, const char *by)
{
    size_t n = strlen(words);
    for (const char *at = s->data; (at = strstr(at, words)) != NULL; at++) {
        if (at == s->data || at[-1] != ' ' || (at[n] != ' ' && at[n] != '?')) continue;
        Str out = {0};
        str_add_bytes(&out, s->data, (size_t)(at - s->data));
        fix_article(&out, by);
        str_add(&out, by);
        str_add(&out, at + n);
        str_release(s);
        *s = out;
        return true;
    }
    return false;
}

static void reword(Asker *a, Str *s)
{
    double copied = asker_copied(a, s->data);
    for (size_t i = 0; i < sizeof OTHER_WORDS / sizeof *OTHER_WORDS && copied >= REWORD_FROM; i++) {
        if (en_replace(s, OTHER_WORDS[i][0], OTHER_WORDS[i][1])) copied = asker_copied(a, s->data);
    }
    /* a long run is broken where an article can go */
    if (copied <= 0.6) return;
    static const char *const DROPS[] = {" significant ", " substantial ",   " additional ",
                                        " material ",    " relevant ",      " respective ",
                                        " applicable ",  " significantly ", " adversely ",
                                        " materially ",  " negatively "};
    for (size_t i = 0; i < sizeof DROPS / sizeof *DROPS; i++) {
        char *at = strstr(s->data, DROPS[i]);
        size_t n = strlen(DROPS[i]) - 1;
        /* "a additional fee": the article would have to change */
        if (!at ||
            (at - s->data > 2 && (memcmp(at - 2, " a", 2) == 0 || memcmp(at - 3, " an", 3) == 0)))
            continue;
        memmove(at, at + n, strlen(at + n) + 1);
        s->size -= n;
        return;
    }
}

/* Pronouns with nothing in the question that they could stand for. */
static bool points_outside(const char *question)
{
    static const char *const POINTERS[] = {
        " this ",        " these ",    " those ",        " such ",          " herein",
        " above ",       " below ",    " the following", " aforementioned", " said ",
        " respectively", " foregoing", " the former ",   " the latter ",    " it? ",
        " they? ",       " this? ",    " them? ",        " ours "};
    for (size_t i = 0; i < sizeof POINTERS / sizeof *POINTERS; i++) {
        if (strstr(question, POINTERS[i])) return true;
    }
    return false;
}

bool en_offer(EnQuestion *q, const char *kind, double base)
{
    bool taken = false;
    while (q->out.size > 0 && strchr(" ,;:", q->out.data[q->out.size - 1]))
        str_truncate(&q->out, q->out.size - 1);
    if (q->out.size > 0 && !q->bad) {
        Asker *a = q->text->asker;
        str_add(&q->out, "? ");
        bool outside = points_outside(q->out.data);
        str_truncate(&q->out, q->out.size - 1);
        if (!a->company && (strstr(q->out.data, " we ") || strstr(q->out.data, " us ")))
            base -= 0.1;
        reword(a, &q->out);
        if (q->out.data[0] >= 'a' && q->out.data[0] <= 'z')
            q->out.data[0] = (char)(q->out.data[0] - 'a' + 'A');
        taken = !outside && asker_offer(a, kind, base, str_get(&q->out));
    }
    str_release(&q->out);
    q->bad = false;
    return taken;
}
