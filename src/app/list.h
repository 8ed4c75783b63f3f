/* List: rows as an aligned table, one JSON document, or a JSON object a line, as the options ask. */
#ifndef APP_LIST_H
#define APP_LIST_H

#include "app/output.h"
#include "app/session.h"
#include "app/table.h"

typedef struct List {
    const char *name;         /* of the array in the JSON document: "questions" */
    const Column *columns;
    size_t column_count;
    cJSON *(*json)(const void *row, const void *context);           /* a fresh object */
    void (*cells)(Table *t, const void *row, const void *context);  /* column_count cells */
} List;

/* list_print: rows are count items of row_size bytes. Notes when there is none. */
void list_print(Session *s, const List *list, const void *rows, size_t count, size_t row_size,
                const void *context);

/* list_table: writes a table as wide as the session allows. */
void list_table(Session *s, const Table *t);

#endif
