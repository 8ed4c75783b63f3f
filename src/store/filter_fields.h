/* The fields of each list that filters know. For src/store only. */
#ifndef STORE_FILTER_FIELDS_H
#define STORE_FILTER_FIELDS_H

#include "store/filter.h"

typedef enum FilterFieldKind {
    FIELD_WORD,   /* one of a list of words */
    FIELD_TEXT,   /* holds the value, whatever the case */
    FIELD_NUMBER, /* compared */
    FIELD_FLAG,   /* yes or no */
} FilterFieldKind;

typedef struct FilterField {
    const char *name;
    FilterFieldKind kind;
    const char *column;       /* SQL */
    const char *scope;        /* NULL, or a condition around that of the column, put where '@' is */
    const char *const *words; /* FIELD_WORD */
    int word_count;
    bool nullable; /* sorted last when NULL */
    const char *help;
} FilterField;

typedef struct FilterList {
    const FilterField *fields;
    const char *text;    /* column that bare words are looked for in */
    const char *scope;   /* as in FilterField */
    const char *indexed; /* condition that the text index adds, or NULL */
} FilterList;

extern const FilterList FILTER_LISTS[FILTER_CANDIDATES + 1]; /* by FilterOf */

#endif
