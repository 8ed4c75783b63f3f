/* Ask: questions about a passage, made from its own sentences by rules. English and Chinese; of
 * other languages keyword queries only. No model, no dictionary of nouns: patterns that stay
 * grammatical, and the words that set the passage apart from the rest of the corpus. What a pattern
 * is not sure of is not asked. Everything here is pure and deterministic. */
#ifndef TEXT_ASK_H
#define TEXT_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"

/* AskWeight: how rare a folded word (or bigram of an unspaced script, words.h) is in the corpus:
 * ln((N+1)/(df+1)) + 1. Pure. */
typedef float AskWeight(const void *context, const char *word, size_t size);

typedef struct AskSource {
    const char *text;
    const char *title, *heading; /* of its document; "A › B"; NULL or "" where there is none */
    AskWeight *weight;
    const void *context; /* of weight */
    size_t documents;    /* N */
} AskSource;

typedef struct AskedQuestion {
    char *text;       /* owned */
    const char *kind; /* "definition", "why", "keyword" …; static */
    size_t sentence;  /* number of the sentence it came from; SIZE_MAX: of the passage as a whole */
    double score;     /* higher is better */
} AskedQuestion;

typedef VEC(AskedQuestion) Asked;

/* ask_questions: every question that the rules find, best first; out is overwritten
 * (asked_release). */
void ask_questions(const AskSource *source, Asked *out);
void asked_release(Asked *a);

/* asked_choose: the n best of different kinds and sentences, as far as there are such, moved to the
 * front; none says nearly the same as another. Returns how many there are, at most n. */
size_t asked_choose(Asked *a, size_t n);

/* ask_copied: share of the question's words in its longest run of words that stands in the text
 * too, 0 … 1. n log n in both. */
double ask_copied(const char *question, const char *text);

/* ask_nameless: no word in it that could be searched for ("What is discussed in this section?"). */
bool ask_nameless(const char *question);

#endif
