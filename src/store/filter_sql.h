/* A filter as conditions of a SELECT: what a person typed reaches SQLite only as bound values. For
 * src/store only. */
#ifndef STORE_FILTER_SQL_H
#define STORE_FILTER_SQL_H

#include "store/filter_fields.h"
#include "store/sql.h"

/* How many questions a chunk c has, deleted ones left out. */
#define FILTER_CHUNK_QUESTIONS                                                                     \
    "(SELECT count(*) FROM relevance n WHERE n.chunk_id = c.id AND n.question_id NOT IN"           \
    " (SELECT id FROM question WHERE status = 'deleted'))"

#define FILTER_CURRENT_MINING "(SELECT max(id) FROM mining WHERE finished)"

typedef struct FilterOrder {
    const FilterField *field;
    bool down;
} FilterOrder;

/* A condition on other tables apart from the others: column is, or with `negated` is not, one of
 * the ids that select gives. */
typedef struct FilterSet {
    const char *column;
    char *select;
    bool negated;
    VEC(char *) values;
} FilterSet;

typedef struct FilterSql {
    Str where;                 /* conditions joined by AND, empty: all */
    int64_t limit;             /* -1: none */
    bool has_status;           /* the person named a status: no default one */
    const FilterField *narrow; /* of a condition that leaves few rows, or NULL */
    VEC(FilterOrder) orders;   /* each field once */
    VEC(char *) values;
    VEC(FilterSet) sets; /* by filter_compile_sets only */
} FilterSql;

/* filter_compile: text NULL or blank is everything. Aliases: documents d, chunks c, questions q,
 * candidates x. */
bool filter_compile(FilterOf of, const char *text, FilterSql *ret, Err *err);
void filter_release(FilterSql *f);

/* filter_compile_sets: the same, but conditions on other tables are not in `where` but in `sets`.
 */
bool filter_compile_sets(FilterOf of, const char *text, FilterSql *ret, Err *err);

/* More conditions. bits 0: none. */
void filter_and(FilterSql *f, const char *condition);
void filter_words(FilterSql *f, const char *column, const char *const *words, int count, int bits);
void filter_equal(FilterSql *f, const char *column, int64_t value);
void filter_ids(FilterSql *f, const char *column, const int64_t *ids, size_t count);

/* filter_order: the orders and then `by`, behind ORDER BY. Appends. */
void filter_order(const FilterSql *f, const char *by, Str *out);

/* filter_bind: values by place, from 1. */
void filter_bind(Sql *q, char *const *values, size_t count);

/* filter_open: "columns WHERE … ORDER BY …, by LIMIT …", bound; releases f. */
Sql filter_open(Store *s, FilterSql *f, const char *columns, const char *by);

#endif
