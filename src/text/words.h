/* Words: the terms of the inverted index and of the features. Folded (lower case, full width made
 * plain). A run of letters, digits and marks is a word (an apostrophe or a point between digits
 * stays inside: don't, 3.5); a run of an unspaced script gives its character bigrams (a single
 * character gives itself). Positions are ignored. */
#ifndef TEXT_WORDS_H
#define TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"

typedef struct Word {
    size_t at, size;  /* bytes of Words.folded */
    size_t source, source_size; /* bytes of the text it came from */
    bool unspaced;    /* a bigram (or single character) of an unspaced script */
} Word;

typedef struct Words {
    Str folded;
    VEC(Word) words;
} Words;

void words_split(const char *text, size_t size, Words *out); /* out is overwritten; reuse it */
void words_release(Words *w);

/* word_is_function: a word that names nothing (the, of, what, 的, 什么…), English and Chinese. */
bool word_is_function(const char *word, size_t size);

#endif
