/* The trigram index of chunk and question texts, which makes filters by words quick. It follows behind: rows up to a
 * mark are in it, the others are looked at one by one, so a filter finds the same with and without it.
 * For src/store only; store_index_texts (store.h) moves the mark. */
#ifndef STORE_TEXT_INDEX_H
#define STORE_TEXT_INDEX_H

#include "store/sql.h"

/* printf pattern of a SELECT of ids that may hold a text; takes the table's name four times, binds the query. */
#define TEXT_INDEX_SELECT                                              \
    "SELECT rowid FROM %s_text WHERE %s_text MATCH ? UNION ALL SELECT id FROM %s" \
    " WHERE id > (SELECT mark FROM text_index WHERE what = '%s')"

/* text_index_query: the FTS5 query for texts that hold needle; false: too short for trigrams. Overwrites out. */
bool text_index_query(const char *needle, Str *out);

#endif
