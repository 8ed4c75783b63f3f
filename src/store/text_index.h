/* The trigram index of chunk and question texts, which makes filters by words quick. It follows
 * behind: rows up to a mark are in it, save those that changed since (text_stale); all others are
 * looked at one by one, so a filter finds the same with and without it. For src/store only;
 * store_index_texts (store.h) lets it catch up. */
#ifndef STORE_TEXT_INDEX_H
#define STORE_TEXT_INDEX_H

#include "store/sql.h"

/* SELECT of the ids of a table's rows that may hold a text; binds the query. */
#define TEXT_INDEX_SELECT(table)                                                                   \
    "SELECT rowid FROM " table "_text WHERE " table "_text MATCH ?"                                \
    " UNION ALL SELECT id FROM " table                                                             \
    " WHERE id > (SELECT mark FROM text_index WHERE what = '" table "')"                           \
    " UNION ALL SELECT id FROM text_stale WHERE what = '" table "'"

/* text_index_query: the FTS5 query for texts that hold needle; false: too short for trigrams.
 * Overwrites out. */
bool text_index_query(const char *needle, Str *out);

#endif
