/* A filter as conditions of a SELECT: what a person typed reaches SQLite only as bound values. For
 * src/store only. */
#ifndef STORE_FILTER_SQL_H
#define STORE_FILTER_SQL_H

#include "store/filter.h"
#include "store/sql.h"

typedef struct FilterSql {
    Str where;       /* conditions joined by AND, empty: all */
    Str order;       /* "" or terms, each with a comma behind it */
    int64_t limit;   /* -1: none */
    bool has_status; /* the person named a status: no default one */
    VEC(char *) values;
} FilterSql;

/* filter_compile: text NULL or blank is everything. Aliases: documents d, chunks c, questions q,
 * candidates x. */
bool filter_compile(FilterOf of, const char *text, FilterSql *ret, Err *err);
void filter_release(FilterSql *f);

/* More conditions. bits 0: none. */
void filter_and(FilterSql *f, const char *condition);
void filter_words(FilterSql *f, const char *column, const char *const *words, int count, int bits);
void filter_equal(FilterSql *f, const char *column, int64_t value);
void filter_ids(FilterSql *f, const char *column, const int64_t *ids, size_t count);

/* filter_open: "columns WHERE … ORDER BY …, by LIMIT …", bound; releases f. */
Sql filter_open(Store *s, FilterSql *f, const char *columns, const char *by);

#endif
