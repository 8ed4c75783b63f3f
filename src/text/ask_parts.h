/* What the languages share. Used by ask*.c only. */
#ifndef TEXT_ASK_PARTS_H
#define TEXT_ASK_PARTS_H

#include "base/str.h"
#include "text/ask.h"
#include "text/words.h"

typedef struct Asker {
    const char *text, *heading;
    AskWeight *weight;
    const void *context;
    Words words;      /* scratch */
    Asked *out;
    size_t sentence;  /* the one asked about */
} Asker;

/* asker_add: takes the text's bytes as a question of that kind unless it names nothing, copies too
 * much, or is there already. */
void asker_add(Asker *a, const char *kind, double bonus, const char *format,
               ...) __attribute__((format(printf, 4, 5)));

/* asker_keywords: a query of the passage's rarest words, in other order than they stand there. */
void asker_keywords(Asker *a, bool unspaced);

void ask_english(Asker *a, const char *sentence, size_t size);
void ask_chinese(Asker *a, const char *sentence, size_t size);

#endif
