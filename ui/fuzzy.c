#include "ui/fuzzy.h"

#include <string.h>

#include "base/utf8.h"

#define WORD_MOST 64

/* Scores of one letter: found at all, right behind the one before, at the start of a word, of the
 * text; ALL: for a text that is the word and nothing else. */
enum { FOUND = 4, BEHIND = 10, WORD_START = 8, TEXT_START = 4, ALL = 8, GAP = 1, NEVER = -1000000 };

typedef struct Letter {
    uint32_t code; /* lower case */
    uint16_t at;   /* byte */
    uint8_t bytes;
    uint8_t bonus;
} Letter;

/* The letters of a text, lower case, with what they are worth by their place; returns how many. */
static size_t read_letters(const char *text, size_t size, Letter *out, size_t most)
{
    size_t count = 0;
    bool in_word = false;
    for (size_t at = 0; at < size && count < most;) {
        uint32_t code;
        size_t bytes = utf8_next(text + at, size - at, &code);
        bool word = utf8_is_word(code);
        int bonus = FOUND + (word && !in_word ? WORD_START : 0) + (at == 0 ? TEXT_START : 0);
        out[count++] = (Letter){utf8_lower(code), (uint16_t)at, (uint8_t)bytes, (uint8_t)bonus};
        in_word = word && !utf8_is_unspaced(code);
        at += bytes;
    }
    return count;
}

/* The best way to find a word's n letters in order among a text's m letters.
 *   best[i][j] = score of letters 0 … i with letter i at j
 *              = bonus[j] + max(best[i-1][j-1] + BEHIND, best[i-1][k] - GAP * (j - k - 1), k < j -
 * 1) ret_places (n). Returns the score, NEVER: it is not there. */
static int align(const Letter *word, size_t n, const Letter *text, size_t m, bool whole,
                 uint16_t *ret_places)
{
    int best[WORD_MOST][FUZZY_MOST];
    uint16_t from[WORD_MOST][FUZZY_MOST];
    for (size_t i = 0; i < n; i++) {
        int apart = NEVER; /* the best of the row above that ends before j - 1 */
        size_t apart_at = 0;
        for (size_t j = 0; j < m; j++) {
            best[i][j] = NEVER;
            if (j >= 2 && i > 0) {
                apart -= GAP;
                if (best[i - 1][j - 2] - GAP > apart) {
                    apart = best[i - 1][j - 2] - GAP;
                    apart_at = j - 2;
                }
            }
            if (word[i].code != text[j].code) continue;
            if (i == 0) {
                best[i][j] = text[j].bonus;
                continue;
            }
            int behind = j > 0 ? best[i - 1][j - 1] + BEHIND : NEVER;
            bool close = whole || behind >= apart;
            int before = close ? behind : apart;
            if (before <= NEVER / 2) continue;
            best[i][j] = before + text[j].bonus;
            from[i][j] = (uint16_t)(close ? j - 1 : apart_at);
        }
    }
    size_t end = 0;
    for (size_t j = 1; j < m; j++)
        if (best[n - 1][j] > best[n - 1][end]) end = j;
    int score = m ? best[n - 1][end] : NEVER;
    if (score <= NEVER / 2) return NEVER;
    for (size_t i = n; i-- > 0;) {
        ret_places[i] = (uint16_t)end;
        end = i > 0 ? from[i][end] : 0;
    }
    return score;
}

/* Finds one word in the text where it fits best, lights it there; 0: in none. */
static int rank_word(const char *word, size_t size, FuzzyText *texts, size_t count)
{
    Letter letters[WORD_MOST];
    size_t n = read_letters(word, size, letters, WORD_MOST), best_text = 0;
    uint16_t best_places[WORD_MOST];
    Letter best_letters[FUZZY_MOST];
    int best = 0;
    for (size_t t = 0; t < count; t++) {
        Letter text[FUZZY_MOST];
        uint16_t places[WORD_MOST];
        size_t length = strnlen(texts[t].text, FUZZY_MOST);
        size_t m = read_letters(texts[t].text, length, text, FUZZY_MOST);
        int score = align(letters, n, text, m, texts[t].whole, places);
        /* letters that are strewn over the text say nothing */
        if (score < (int)n * FOUND) continue;
        if (n == m) score += ALL;
        if (score * texts[t].weight <= best) continue;
        best = score * texts[t].weight;
        best_text = t;
        memcpy(best_places, places, sizeof places);
        memcpy(best_letters, text, sizeof text);
    }
    if (!best) return 0;
    for (size_t i = 0; i < n; i++) {
        Letter l = best_letters[best_places[i]];
        for (size_t b = 0; b < l.bytes && l.at + b < FUZZY_MOST; b++)
            texts[best_text].lit[l.at + b] = true;
    }
    return best;
}

int fuzzy_rank(const char *needle, FuzzyText *texts, size_t count)
{
    int sum = 1;
    for (size_t t = 0; t < count; t++) memset(texts[t].lit, 0, sizeof texts[t].lit);
    for (const char *at = needle; *at;) {
        at += strspn(at, " ");
        size_t size = strcspn(at, " ");
        if (size == 0) break;
        int score = rank_word(at, size, texts, count);
        if (score == 0) return 0;
        sum += score;
        at += size;
    }
    return sum;
}

void fuzzy_draw(const FuzzyText *t, Area a, int y, int x, int width, Style style)
{
    size_t size = strnlen(t->text, FUZZY_MOST);
    area_cell(a, y, x, width, style, false, t->text);
    for (size_t at = 0; at < size;) {
        int columns;
        size_t step = grid_step(t->text + at, size - at, &columns);
        int column = grid_width(t->text, at);
        if (column + columns > width) break;
        if (t->lit[at]) area_restyle(a, y, x + column, columns, LOOK_LIT | (style & STYLE_ON));
        at += step;
    }
}
