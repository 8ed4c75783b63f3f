/* Fuzzy: finding a line by typing parts of it. Every word of what is typed must be found; letters
 * of a word may stand apart, but the closer they are together and to the starts of words, the
 * better. Case does not matter. Pure. */
#ifndef UI_FUZZY_H
#define UI_FUZZY_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/grid.h"

#define FUZZY_MOST 256 /* bytes of a text that are looked at */

typedef struct FuzzyText {
    const char *text;
    int weight;           /* how much a match in it counts, from 1 */
    bool whole;           /* letters must stand together, as is better in long texts */
    bool lit[FUZZY_MOST]; /* overwritten: bytes that match */
} FuzzyText;

/* fuzzy_rank: how well the needle matches texts that belong together; each of its words in the one
 * that fits best. 0: not at all; an empty needle matches everything with 1. */
int fuzzy_rank(const char *needle, FuzzyText *texts, size_t count);

/* fuzzy_draw: the text in exactly `width` columns, as area_cell does, its lit bytes in LOOK_LIT. */
void fuzzy_draw(const FuzzyText *t, Area a, int y, int x, int width, Style style);

#endif
