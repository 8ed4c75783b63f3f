/* Questions about English sentences. A sentence is cut at its first auxiliary or known verb into
 * subject, verb and rest; what stands there decides which questions are safe: those that need no
 * other form of a word than the sentence has. */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/vec.h"
#include "text/ask_parts.h"

#define SUBJECT_WORDS_MAX 9
#define REST_MAX 110

/* A word of the sentence. */
typedef struct Token {
    const char *at;
    size_t size; /* without punctuation behind it */
    bool comma;  /* punctuation follows */
} Token;

typedef VEC(Token) Tokens;

static void tokenize(const char *s, size_t size, Tokens *out)
{
    for (size_t i = 0; i < size;) {
        while (i < size && (s[i] == ' ' || s[i] == '\t')) i++;
        size_t first = i;
        while (i < size && s[i] != ' ' && s[i] != '\t') i++;
        size_t end = i;
        while (end > first && strchr(",;:.!?)", s[end - 1])) end--;
        if (end > first) vec_push(out, (Token){s + first, end - first, end < i});
    }
}

static bool is_word(const Token *t, const char *word)
{
    return t->size == strlen(word) && strncasecmp(t->at, word, t->size) == 0;
}

static bool is_one_of(const Token *t, const char *const *words)
{
    for (; *words; words++) {
        if (is_word(t, *words)) return true;
    }
    return false;
}

static const char *const AUXILIARIES[] = {"is",    "are",    "was",   "were",   "can",
                                          "may",   "could",  "must",  "should", "will",
                                          "would", "cannot", "might", NULL};
static const char *const BAD_SUBJECTS[] = {
    "it",      "this", "that",    "there",   "these",  "those",   "they",    "he",        "she",
    "which",   "who",  "what",    "when",    "if",     "as",      "but",     "and",       "or",
    "so",      "for",  "in",      "on",      "at",     "by",      "because", "although",  "while",
    "where",   "such", "here",    "how",     "why",    "however", "thus",    "therefore", "to",
    "with",    "from", "since",   "both",    "some",   "one",     "each",    "another",   "other",
    "others",  "none", "nothing", "also",    "then",   "i",       "you",     "no",        "nobody",
    "whether", "not",  "every",   "neither", "even",   "once",    "after",   "before",    "until",
    "under",   "over", "during",  "without", "within", "only",    NULL};
static const char *const BAD_INSIDE[] = {"which", "that",    "who", "whose", "where", "when",
                                         "if",    "because", "and", "or",    "but",   NULL};

/* Decapitalises a first word that is no name: an article, a pronoun or a common opener. */
static void add_phrase(const char *at, size_t size, bool first, Str *out)
{
    static const char *const OPENERS[] = {"the",   "a",       "an",   "our",  "we",   "its",
                                          "their", "any",     "all",  "many", "most", "no",
                                          "every", "certain", "some", "each", NULL};
    Tokens t = {0};
    tokenize(at, size, &t);
    bool lower = first && t.count && is_one_of(&t.items[0], OPENERS);
    if (first && t.count && !lower && t.items[0].size > 3 && at[0] >= 'A' && at[0] <= 'Z') {
        lower = true; /* a plain word at the beginning: capitals further in make it a name */
        for (size_t i = 1; i < t.items[0].size; i++) lower &= at[i] >= 'a' && at[i] <= 'z';
        if (t.count > 1) lower &= !(t.items[1].at[0] >= 'A' && t.items[1].at[0] <= 'Z');
        if (t.count == 1)
            lower = at[size - 1] == 's' || (size > 3 && memcmp(at + size - 3, "ing", 3) == 0);
    }
    vec_release(&t);
    str_add_char(out, lower ? (char)(at[0] | 0x20) : at[0]);
    str_add_bytes(out, at + 1, size - 1);
}

static char *phrase(const char *at, size_t size, bool first)
{
    Str s = {0};
    if (size) add_phrase(at, size, first, &s);
    return str_take(&s);
}

typedef struct Clause {
    Tokens tokens;
    size_t verb;          /* index of the auxiliary or verb */
    char *subject, *rest; /* owned */
    const char *end;      /* of the sentence, without its mark */
} Clause;

/* "answer that", "do so": the question would not say what it is about. */
static bool ends_in_pronoun(const char *at, size_t size)
{
    static const char *const PRONOUNS[] = {
        "it",   "this", "that",   "these", "those", "them", "so", "there", "here", "one",
        "ones", "both", "either", "and",   "or",    "of",   "to", "the",   NULL};
    Tokens t = {0};
    tokenize(at, size, &t);
    bool ends = t.count == 0 || is_one_of(&t.items[t.count - 1], PRONOUNS);
    vec_release(&t);
    return ends;
}

/* Text from token i to the end of the clause: up to a comma, a bracket or a conjunction. */
static char *rest_from(const Clause *c, size_t i)
{
    static const char *const ENDS[] = {"because", "which",  "although", "while", "whereas", "but",
                                       "since",   "unless", "if",       "so",    NULL};
    if (i >= c->tokens.count) return mem_strdup("");
    const char *first = c->tokens.items[i].at, *end = first;
    for (; i < c->tokens.count; i++) {
        const Token *t = &c->tokens.items[i];
        if (is_one_of(t, ENDS) || t->at[0] == '(') break;
        end = t->at + t->size;
        if (t->comma) break;
    }
    size_t size = (size_t)(end - first);
    return size <= REST_MAX && !ends_in_pronoun(first, size) ? mem_strndup(first, size)
                                                             : mem_strdup("");
}

static bool subject_is_good(const Tokens *t, size_t end)
{
    if (end == 0 || end > SUBJECT_WORDS_MAX || is_one_of(&t->items[0], BAD_SUBJECTS)) return false;
    for (size_t i = 0; i < end; i++) {
        if (t->items[i].comma || strchr("([", t->items[i].at[0]) ||
            (i > 0 && is_one_of(&t->items[i], BAD_INSIDE)))
            return false;
    }
    return true;
}

static bool starts_upper(const char *s)
{
    return *s >= 'A' && *s <= 'Z';
}

static bool is_amount(const char *s)
{
    return strchr("$€£", *s) || (*s >= '0' && *s <= '9');
}

/* "in 1848", "in March 2020": the offset of the time in rest, its end in *ret_end; -1: none. */
static long find_time(const char *rest, size_t *ret_end)
{
    regex_t r;
    regmatch_t m[1];
    long found = -1;
    if (regcomp(&r,
                "(^| )(in|on|since|by|until) "
                "((January|February|March|April|May|June|July|August|September|October|November|"
                "December)( [0-9]{1,2},?)? )?(1[0-9]|20)[0-9]{2}",
                REG_EXTENDED) != 0)
        return -1;
    if (regexec(&r, rest, 1, m, 0) == 0) {
        found = m[0].rm_so;
        *ret_end = (size_t)m[0].rm_eo;
    }
    regfree(&r);
    return found;
}

/* S was V-ed in 1848 → When was S V-ed? */
static void ask_time(Asker *a, const Clause *c, const char *aux)
{
    size_t end;
    long at = find_time(c->rest, &end);
    if (at <= 0 || (strcmp(aux, "was") != 0 && strcmp(aux, "were") != 0) || is_amount(c->rest))
        return;
    asker_add(a, "when", 0.6, "When %s %s %.*s?", aux, c->subject, (int)at, c->rest);
}

static void ask_definition(Asker *a, const Clause *c, const char *aux)
{
    static const char *const OPENERS[] = {"a ", "an ", "the ", "one of ", "those ", "any "};
    bool defines = false;
    for (size_t i = 0; i < sizeof OPENERS / sizeof *OPENERS; i++)
        defines |= str_starts(c->rest, OPENERS[i]);
    if (!defines || (strcmp(aux, "is") != 0 && strcmp(aux, "are") != 0) || c->verb > 6) return;
    asker_add(a, "definition", 0.8, "What %s %s?", aux, c->subject);
}

static void ask_amount(Asker *a, const Clause *c, const char *aux)
{
    if (!is_amount(c->rest) || (strncmp(aux, "is", 2) && strncmp(aux, "are", 3) &&
                                strncmp(aux, "wa", 2) && strncmp(aux, "were", 4)))
        return;
    size_t end;
    long time = find_time(c->rest, &end);
    asker_add(a, "how much", 0.6, "How much %s %s%.*s?", aux, c->subject,
              time > 0 ? (int)(end - (size_t)time) : 0, time > 0 ? c->rest + time : "");
}

static void ask_purpose(Asker *a, const Clause *c, const char *aux)
{
    if (str_starts(c->rest, "used to ") || str_starts(c->rest, "used for ") ||
        str_starts(c->rest, "designed to ") || str_starts(c->rest, "intended to ")) {
        asker_add(a, "purpose", 0.8, "What %s %s %s for?", aux, c->subject,
                  str_starts(c->rest, "used")       ? "used"
                  : str_starts(c->rest, "designed") ? "designed"
                                                    : "intended");
    }
    const char *by = strstr(c->rest, " by ");
    if (by && starts_upper(by + 4) &&
        (!strncmp(aux, "wa", 2) || !strncmp(aux, "were", 4) || !strcmp(aux, "is") ||
         !strcmp(aux, "are"))) {
        asker_add(a, "who", 0.7, "Who %s %s %.*s by?", aux, c->subject, (int)(by - c->rest),
                  c->rest);
    }
}

/* S may affect O → How could S affect O? and the like: the verb keeps its bare form behind any
 * modal. */
static void ask_modal(Asker *a, const Clause *c, const char *aux, bool caused)
{
    static const char *const MODALS[] = {"can",  "may",   "could", "must", "should",
                                         "will", "would", "might", NULL};
    bool modal = false;
    for (size_t i = 0; MODALS[i]; i++) modal |= strcmp(aux, MODALS[i]) == 0;
    if (!modal || !*c->rest || str_starts(c->rest, "be ") || str_starts(c->rest, "have ")) return;
    const char *verb = c->rest;
    static const char *const ADVERBS[] = {
        "also ",    "adversely ", "negatively ", "materially ", "significantly ",
        "further ", "not ",       "then ",       "only ",       "still "};
    for (size_t i = 0; i < sizeof ADVERBS / sizeof *ADVERBS; i++) {
        if (str_starts(verb, ADVERBS[i])) verb += strlen(ADVERBS[i]), i = (size_t)-1;
    }
    if (strstr(c->rest, "not ")) return;
    if (str_starts(verb, "affect ") || str_starts(verb, "harm ") || str_starts(verb, "impact ") ||
        str_starts(verb, "change ") || str_starts(verb, "limit ")) {
        asker_add(a, "how", 0.9, "How could %s %s?", c->subject, verb);
    } else if (caused) {
        asker_add(a, "why", 0.8, "Why %s %s %s?", aux, c->subject, verb);
    } else if (strcmp(aux, "should") == 0 || strcmp(aux, "must") == 0) {
        asker_add(a, "when", 0.2, "When %s %s %s?", aux, c->subject, verb);
    } else {
        asker_add(a, "how", 0.1, "How %s %s %s?", aux, c->subject, verb);
    }
}

static bool has_cause(const char *s, size_t size)
{
    static const char *const CAUSES[] = {" because ", " due to ", " as a result of ", " since ",
                                         " owing to "};
    for (size_t i = 0; i < sizeof CAUSES / sizeof *CAUSES; i++) {
        if (memmem(s, size, CAUSES[i], strlen(CAUSES[i]))) return true;
    }
    return false;
}

/* "computed from the totals": a passive, so that How is S … is an English question. */
static bool begins_with_participle(const char *rest)
{
    static const char *const IRREGULAR[] = {
        "made",   "built",  "found", "given", "taken", "known", "shown", "written",
        "chosen", "held",   "kept",  "paid",  "drawn", "set",   "cut",   "read",
        "sold",   "driven", "split", "bound", "lost",  "done",  NULL};
    Tokens t = {0};
    tokenize(rest, strlen(rest), &t);
    bool is = t.count > 1 &&
              (is_one_of(&t.items[0], IRREGULAR) ||
               (t.items[0].size > 4 && strncmp(t.items[0].at + t.items[0].size - 2, "ed", 2) == 0));
    vec_release(&t);
    return is;
}

static void ask_about_auxiliary(Asker *a, Clause *c, bool caused)
{
    const Token *verb = &c->tokens.items[c->verb];
    char aux[12];
    snprintf(aux, sizeof aux, "%.*s", (int)verb->size, verb->at);
    if (strcmp(aux, "cannot") == 0) {
        if (caused && *c->rest) asker_add(a, "why", 0.8, "Why can %s not %s?", c->subject, c->rest);
        return;
    }
    bool negated = str_starts(c->rest, "not ");
    ask_definition(a, c, aux);
    ask_amount(a, c, aux);
    ask_time(a, c, aux);
    ask_purpose(a, c, aux);
    ask_modal(a, c, aux, caused);
    bool to_be =
        !strcmp(aux, "is") || !strcmp(aux, "are") || !strcmp(aux, "was") || !strcmp(aux, "were");
    if (to_be && caused && *c->rest && !is_amount(c->rest))
        asker_add(a, "why", 0.8, "Why %s %s %s?", aux, c->subject, c->rest);
    else if (to_be && !negated && begins_with_participle(c->rest)) {
        asker_add(a, "how", 0.0, "How %s %s %s?", aux, c->subject, c->rest);
    }
}

/* Verbs whose object can be asked for; with -s the subject is one, without it several. */
typedef struct Verb {
    const char *bare;
    const char *question; /* "what": What does S V? "how": How does S V O? */
    const char *kind;
} Verb;

static const Verb VERBS[] = {
    {"include", "what", "what"},   {"require", "what", "what"},    {"provide", "what", "what"},
    {"contain", "what", "what"},   {"cause", "what", "what"},      {"measure", "what", "what"},
    {"offer", "what", "what"},     {"cover", "what", "what"},      {"need", "what", "what"},
    {"generate", "what", "what"},  {"affect", "how", "how"},       {"reduce", "how", "how"},
    {"increase", "how", "how"},    {"improve", "how", "how"},      {"compare", "how", "how"},
    {"depend", "what-on", "what"}, {"consist", "what-of", "what"}, {"lead", "what-to", "what"},
    {"refer", "what-to", "what"},  {"mean", "what", "definition"}, {"use", "how", "how"},
    {"handle", "how", "how"},      {"compete", "how", "how"},      {"protect", "how", "how"},
    {"support", "how", "how"},     {"help", "how", "how"},         {"change", "how", "how"},
    {"work", "how", "how"},        {"define", "how", "how"},       {"recognize", "how", "how"},
    {"manage", "how", "how"},      {"determine", "how", "how"},    {"operate", "how", "how"},
    {"allow", "what", "what"},     {"believe", "what", "what"},    {"expect", "what", "what"},
    {"rely", "what-on", "what"},   {"face", "what", "what"},       {"return", "what", "what"},
    {"store", "what", "what"},
};

static const Verb *find_verb(const Token *t, bool *ret_one)
{
    for (size_t i = 0; i < sizeof VERBS / sizeof *VERBS; i++) {
        size_t n = strlen(VERBS[i].bare);
        if (t->size < n || strncmp(t->at, VERBS[i].bare, n) != 0) continue;
        *ret_one = t->size == n + 1 && t->at[n] == 's';
        if (t->size == n || *ret_one) return &VERBS[i];
    }
    if (t->size == 6 && strncmp(t->at, "relies", 6) == 0) {
        *ret_one = true;
        for (size_t i = 0; i < sizeof VERBS / sizeof *VERBS; i++) {
            if (strcmp(VERBS[i].bare, "rely") == 0) return &VERBS[i];
        }
    }
    return NULL;
}

static void ask_about_verb(Asker *a, const Clause *c, const Verb *v, bool one)
{
    const char *does = one ? "does" : "do";
    const char *ending = strchr(v->question, '-');
    if (ending) {
        const Token *next = c->verb + 1 < c->tokens.count ? &c->tokens.items[c->verb + 1] : NULL;
        if (next && is_word(next, ending + 1))
            asker_add(a, v->kind, 0.6, "What %s %s %s %s?", does, c->subject, v->bare, ending + 1);
    } else if (strcmp(v->question, "what") == 0) {
        asker_add(a, v->kind, strcmp(v->kind, "definition") == 0 ? 0.8 : 0.5, "What %s %s %s?",
                  does, c->subject, v->bare);
    } else if (*c->rest) {
        asker_add(a, v->kind, 0.7, "How %s %s %s %s?", does, c->subject, v->bare, c->rest);
    }
}

/* Subject, verb and rest, at the first verb that makes a good subject of what stands before it. */
static void ask_main_clause(Asker *a, Clause *c, bool caused)
{
    for (size_t i = 1; i < c->tokens.count && i <= SUBJECT_WORDS_MAX; i++) {
        const Token *t = &c->tokens.items[i];
        bool one = false;
        bool auxiliary = is_one_of(t, AUXILIARIES);
        const Verb *v = auxiliary ? NULL : find_verb(t, &one);
        if (!auxiliary && !v) continue;
        if (!subject_is_good(&c->tokens, i)) return;
        const Token *last = &c->tokens.items[i - 1];
        c->verb = i;
        c->subject = phrase(c->tokens.items[0].at,
                            (size_t)(last->at + last->size - c->tokens.items[0].at), true);
        c->rest = t->comma ? mem_strdup("") : rest_from(c, i + 1);
        if (auxiliary)
            ask_about_auxiliary(a, c, caused);
        else
            ask_about_verb(a, c, v, one);
        free(c->subject);
        free(c->rest);
        if (auxiliary) return;
    }
}

/* If A, B → What happens if A? */
static void ask_condition(Asker *a, const char *s, size_t size)
{
    bool first = size > 3 && strncmp(s, "If ", 3) == 0;
    const char *at = first ? s + 3 : memmem(s, size, " if ", 4);
    if (!at) return;
    if (!first) at += 4;
    const char *end = at;
    while (end < s + size && !strchr(",;.(", *end)) end++;
    size_t n = (size_t)(end - at);
    if (n < 12 || n > 90 || strncmp(at, "it ", 3) == 0 || strncmp(at, "they ", 5) == 0 ||
        strncmp(at, "this ", 5) == 0 || strncmp(at, "the text", 8) == 0)
        return;
    asker_add(a, "condition", 0.6, "What happens if %.*s?", (int)n, at);
}

/* There are 12 X in Y → How many X are there in Y? */
static void ask_count(Asker *a, const Tokens *t)
{
    if (t->count < 4 || !is_word(&t->items[0], "there") ||
        (!is_word(&t->items[1], "are") && !is_word(&t->items[1], "were")))
        return;
    if (!is_amount(t->items[2].at) || t->items[2].comma) return;
    size_t end = 3;
    while (end < t->count && end < 12 && !t->items[end].comma) end++;
    if (end < t->count) end++;
    const char *first = t->items[3].at, *last = t->items[end - 1].at + t->items[end - 1].size;
    asker_add(a, "how many", 0.8, "How many %.*s %.*s there?", (int)(last - first), first,
              (int)t->items[1].size, t->items[1].at);
}

void ask_english(Asker *a, const char *sentence, size_t size)
{
    Clause c = {0};
    while (size && strchr(".!?", sentence[size - 1])) size--;
    if (size == 0 || !(starts_upper(sentence) || (*sentence >= '0' && *sentence <= '9'))) return;
    tokenize(sentence, size, &c.tokens);
    if (c.tokens.count >= 4) {
        ask_count(a, &c.tokens);
        ask_condition(a, sentence, size);
        ask_main_clause(a, &c, has_cause(sentence, size));
    }
    vec_release(&c.tokens);
}
