#include "store/list_sort.h"

#include <math.h>

#define LAST UINT64_MAX /* of what is NULL; no number has it */
#define DIGIT_BITS 11
#define DIGITS 2048
#define PASSES 6
#define FEW_OF 100 /* the first ones are worth looking for where they are one row in so many */

void list_sort_init(ListSort *l, const FilterOrder *orders, size_t count)
{
    *l = (ListSort){.keys = mem_zero(count + 1, sizeof *l->keys), .key_count = count};
    for (size_t k = 0; k < count; k++) {
        l->keys[k] = (SortKey){.field = orders[k].field, .down = orders[k].down};
    }
}

void list_sort_release(ListSort *l)
{
    for (size_t k = 0; k < l->key_count; k++) {
        vec_release(&l->keys[k].codes);
        vec_release(&l->keys[k].texts);
    }
    free(l->keys);
    vec_release(&l->ids);
    arena_release(&l->arena);
    *l = (ListSort){0};
}

/* Orders as the number does; LAST for NaN in both directions. */
static uint64_t number_code(double x, bool down)
{
    uint64_t bits;
    if (isnan(x)) return LAST;
    x += 0.0; /* no -0 */
    memcpy(&bits, &x, sizeof bits);
    bits = bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
    return down ? ~bits : bits;
}

/* Orders as the words' texts do. */
static uint64_t word_code(const SortKey *key, Sql *q)
{
    const FilterField *f = key->field;
    int word = sql_get_word(q, f->words, f->word_count, "a word that is unknown"), place = 0;
    for (int i = 0; i < f->word_count; i++) {
        place += strcmp(f->words[i], f->words[word]) < 0;
    }
    return (uint64_t)(key->down ? f->word_count - place : place);
}

/* To look whether a number is NULL takes as long as to get it. */
static double get_number(const SortKey *key, Sql *q)
{
    if (key->field->nullable) return sql_get_f64(q);
    return sqlite3_column_double(q->statement, q->column++);
}

void list_sort_add(ListSort *l, Sql *q, uint32_t id)
{
    vec_push(&l->ids, id);
    for (size_t k = 0; k < l->key_count; k++) {
        SortKey *key = &l->keys[k];
        if (key->field->kind == FIELD_TEXT)
            vec_push(&key->texts, sql_get_text(q, &l->arena));
        else if (key->field->kind == FIELD_WORD)
            vec_push(&key->codes, word_code(key, q));
        else
            vec_push(&key->codes, number_code(get_number(key, q), key->down));
    }
}

typedef struct TextPlace {
    const char *text;
    uint32_t row;
} TextPlace;

static int by_text(const void *a, const void *b)
{
    const TextPlace *x = a, *y = b;
    return strcmp(x->text, y->text);
}

static void code_texts(SortKey *key)
{
    size_t count = key->texts.count, used = 0;
    TextPlace *places = mem_zero(count + 1, sizeof *places);
    vec_reserve(&key->codes, count);
    key->codes.count = count;
    for (size_t i = 0; i < count; i++) {
        key->codes.items[i] = LAST;
        if (key->texts.items[i]) places[used++] = (TextPlace){key->texts.items[i], (uint32_t)i};
    }
    qsort(places, used, sizeof *places, by_text);
    uint64_t code = 0;
    for (size_t i = 0; i < used; i++) {
        code += i > 0 && strcmp(places[i - 1].text, places[i].text) != 0;
        key->codes.items[places[i].row] = key->down ? count - code : code;
    }
    free(places);
}

typedef struct SortEntry {
    uint64_t code;
    uint32_t row;
} SortEntry;

static void count_digits(const SortEntry *entries, size_t count, size_t counts[PASSES][DIGITS])
{
    memset(counts, 0, PASSES * sizeof *counts);
    for (size_t i = 0; i < count; i++) {
        for (int pass = 0; pass < PASSES; pass++) {
            counts[pass][entries[i].code >> pass * DIGIT_BITS & (DIGITS - 1)]++;
        }
    }
}

/* Stable, from the last digit to the first; the result is in *entries, the other is room. */
static void sort_entries(SortEntry **entries, SortEntry **other, size_t count,
                         size_t counts[PASSES][DIGITS])
{
    count_digits(*entries, count, counts);
    for (int pass = 0; pass < PASSES; pass++) {
        size_t *starts = counts[pass], at = 0;
        int shift = pass * DIGIT_BITS;
        if (starts[(*entries)[0].code >> shift & (DIGITS - 1)] == count)
            continue; /* all the same */
        for (size_t d = 0; d < DIGITS; d++) {
            size_t n = starts[d];
            starts[d] = at;
            at += n;
        }
        for (size_t i = 0; i < count; i++) {
            SortEntry e = (*entries)[i];
            (*other)[starts[e.code >> shift & (DIGITS - 1)]++] = e;
        }
        SortEntry *swap = *entries;
        *entries = *other;
        *other = swap;
    }
}

static bool ids_ascend(const ListSort *l)
{
    for (size_t i = 1; i < l->ids.count; i++) {
        if (l->ids.items[i - 1] > l->ids.items[i]) return false;
    }
    return true;
}

/* Sorts by one key more, which then is the first. */
static void sort_by(ListSort *l, const SortKey *key, uint32_t *order, SortEntry **entries,
                    SortEntry **other, size_t counts[PASSES][DIGITS])
{
    size_t count = l->ids.count;
    for (size_t i = 0; i < count; i++) {
        uint32_t row = order[i];
        (*entries)[i] = (SortEntry){key ? key->codes.items[row] : l->ids.items[row], row};
    }
    sort_entries(entries, other, count, counts);
    for (size_t i = 0; i < count; i++) {
        order[i] = (*entries)[i].row;
    }
}

static bool comes_before(const ListSort *l, uint32_t a, uint32_t b)
{
    for (size_t k = 0; k < l->key_count; k++) {
        uint64_t x = l->keys[k].codes.items[a], y = l->keys[k].codes.items[b];
        if (x != y) return x < y;
    }
    uint32_t x = l->ids.items[a], y = l->ids.items[b];
    return x != y ? x < y : a < b;
}

/* A heap with the last row of all at its top: row sinks from place 0. */
static void sink(const ListSort *l, uint32_t *heap, size_t count, uint32_t row)
{
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && comes_before(l, heap[child], heap[child + 1])) child++;
        if (!comes_before(l, row, heap[child])) break;
        heap[at] = heap[child];
    }
    heap[at] = row;
}

bool list_sort_first(const ListSort *l, size_t wanted, uint32_t **ret)
{
    if (wanted == 0 || wanted > l->ids.count / FEW_OF) return false;
    for (size_t k = 0; k < l->key_count; k++) {
        if (l->keys[k].field->kind == FIELD_TEXT) return false;
    }
    uint32_t *heap = mem_zero(wanted, sizeof *heap);
    size_t used = 0;
    for (size_t i = 0; i < l->ids.count; i++) {
        uint32_t row = (uint32_t)i;
        if (used < wanted) {
            size_t at = used++;
            for (; at > 0 && comes_before(l, heap[(at - 1) / 2], row); at = (at - 1) / 2) {
                heap[at] = heap[(at - 1) / 2];
            }
            heap[at] = row;
        } else if (comes_before(l, row, heap[0])) {
            sink(l, heap, used, row);
        }
    }
    while (used > 1) {
        uint32_t last = heap[0], moved = heap[--used];
        sink(l, heap, used, moved);
        heap[used] = last;
    }
    *ret = heap;
    return true;
}

bool list_sort_order(ListSort *l, const Cancel *cancel, uint32_t **ret, Err *err)
{
    size_t count = l->ids.count;
    uint32_t *order = mem_zero(count + 1, sizeof *order);
    SortEntry *entries = mem_zero(count + 1, sizeof *entries);
    SortEntry *other = mem_zero(count + 1, sizeof *other);
    size_t(*counts)[DIGITS] = mem_zero(PASSES, sizeof *counts);
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        order[i] = (uint32_t)i;
    }
    if (count > 0 && !ids_ascend(l)) sort_by(l, NULL, order, &entries, &other, counts);
    for (size_t k = l->key_count; ok && count > 0 && k-- > 0;) {
        if (l->keys[k].field->kind == FIELD_TEXT) code_texts(&l->keys[k]);
        sort_by(l, &l->keys[k], order, &entries, &other, counts);
        ok = !cancel || cancel_check(cancel, err);
    }
    free(entries);
    free(other);
    free(counts);
    if (ok)
        *ret = order;
    else
        free(order);
    return ok;
}
