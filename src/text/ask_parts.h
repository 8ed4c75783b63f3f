/* What the languages share. Used by ask*.c only. */
#ifndef TEXT_ASK_PARTS_H
#define TEXT_ASK_PARTS_H

#include <stdint.h>

#include "base/str.h"
#include "text/ask.h"
#include "text/words.h"

typedef enum AskLanguage { ASK_ENGLISH, ASK_CHINESE, ASK_OTHER } AskLanguage;

typedef struct AskSentence {
    size_t first, size; /* bytes of Asker.plain, without blanks around */
    AskLanguage language;
    bool whole; /* begins as a sentence does and ends with its mark */
    bool item;  /* of a list */
} AskSentence;

typedef VEC(AskSentence) AskSentences;

typedef VEC(uint64_t) Numbers;

typedef struct Asker {
    const AskSource *source;
    Str plain; /* running text of the passage: no marks of Markdown, headings, tables, code,
                  references */
    AskSentences sentences;
    AskLanguage language; /* of the passage */
    bool company;         /* a company speaks of itself as we */
    size_t sentence;      /* the one asked about */
    Words words;          /* scratch */
    Numbers hashes;       /* of the words of plain, once they are asked for */
    Asked *out;
} Asker;

/* ask_read: fills plain, sentences and what is known of the whole. */
void ask_read(Asker *a);

/* asker_offer: takes text as a question of that kind unless it names nothing, copies too much, is
 * too short or long, or is there already. base: how good such questions are, 0 … 1; how rare its
 * words are is added. */
bool asker_offer(Asker *a, const char *kind, double base, const char *text);

/* asker_copied: ask_copied against plain. */
double asker_copied(Asker *a, const char *question);

/* asker_rarity: of a folded word, 0 (everywhere) to 1 (in this passage only). */
double asker_rarity(const Asker *a, const char *word, size_t size);

/* ask_topic: the last heading, or the title: what the passage is about; "" when that is no name. At
 * most 60 bytes. */
void ask_topic(const Asker *a, char *out, size_t room);

void ask_keywords(Asker *a);
void ask_english(Asker *a, const char *sentence, size_t size);
void ask_chinese(Asker *a, const char *sentence, size_t size);
void ask_english_heading(Asker *a); /* one that is a question in all but form */
void ask_chinese_heading(Asker *a);

#endif
