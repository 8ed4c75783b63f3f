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

/* A condition on rows of other tables: the column is one of those that select, with the condition
 * where '@' is, gives. */
typedef struct FilterScope {
    const char *column, *select;
} FilterScope;

typedef struct FilterField {
    const char *name;
    FilterFieldKind kind;
    const char *column;       /* SQL */
    const FilterScope *scope; /* around the condition on the column; NULL: none */
    const char *const *words; /* FIELD_WORD */
    int word_count;
    bool nullable; /* sorted last when NULL */
    bool narrow;   /* few rows share a value, and an index finds them */
    const char *help;
} FilterField;

typedef struct FilterList {
    const FilterField *fields;
    const char *text;         /* column that bare words are looked for in */
    const FilterScope *scope; /* as in FilterField */
    const char *indexed;      /* condition that the text index adds, or NULL */
} FilterList;

extern const FilterList FILTER_LISTS[FILTER_CANDIDATES + 1]; /* by FilterOf */

#endif
