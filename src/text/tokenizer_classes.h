/* Classes of code points as the `tokenizers` library has them. Its parts follow Unicode versions
 * from 8 to 17, so that equal tokens need a table of its own; tests/golden/make_classes.py asks
 * the library and writes tokenizer_classes.c. */
#ifndef TEXT_TOKENIZER_CLASSES_H
#define TEXT_TOKENIZER_CLASSES_H

#include <stddef.h>
#include <stdint.h>

typedef enum CodeFlag {
    CODE_CONTROL = 1 << 0,     /* what BertNormalizer drops */
    CODE_PUNCTUATION = 1 << 1, /* ASCII punctuation and P* */
    CODE_ACCENT = 1 << 2,      /* Mn, of BertNormalizer */
    CODE_MARK = 1 << 3,        /* M*, of StripAccents */
    CODE_WORD = 1 << 4,        /* \w */
    CODE_LETTER = 1 << 5,      /* \p{L} */
    CODE_NUMBER = 1 << 6,      /* \p{N} */
    CODE_NUMERIC = 1 << 7,     /* N*, of Digits */
    CODE_DECOMPOSES = 1 << 8,  /* NFKD changes it */
    CODE_COMBINES = 1 << 9,    /* has a combining class */
    CODE_LOWERS = 1 << 10,     /* is not lower case */
    CODE_JOINS = 1 << 11,      /* continues the grapheme before it; below U+10000 */
    CODE_PREPENDS = 1 << 12,   /* begins the grapheme of the next character */
} CodeFlag;

typedef struct CodeLower {
    uint32_t first, last;
    int32_t add;
} CodeLower;

extern const uint16_t CODE_SETS[];
extern const uint32_t CODE_RUNS[];
extern const uint16_t CODE_LOW_BLOCKS[], CODE_BLOCKS[];
extern const CodeLower CODE_LOWER_TABLE[];
extern const size_t CODE_LOWER_COUNT;

/* code_class: the CodeFlags of a code point below 0x110000. */
static inline unsigned code_class(uint32_t code)
{
    const uint16_t *block =
        code < 0x3000 ? CODE_LOW_BLOCKS + (code >> 6) : CODE_BLOCKS + (code >> 12);
    uint32_t key = code << 8 | 0xFF;
    size_t low = block[0], high = block[1]; /* the run is one of low … high */
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if (CODE_RUNS[middle] <= key)
            low = middle;
        else
            high = middle - 1;
    }
    return CODE_SETS[CODE_RUNS[low] & 0xFF];
}

#endif
