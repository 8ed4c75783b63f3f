#include "app/list.h"

#include <stdio.h>

void list_table(Session *s, const Table *t)
{
    session_quiet(s);
    Str text = {0};
    table_write(t, s->columns, s->bold, &text);
    output_text(&text, s->out);
    str_release(&text);
}

static void print_table(Session *s, const List *list, const char *rows, size_t count,
                        size_t row_size, const void *context)
{
    if (count == 0) {
        if (!s->options->quiet) fprintf(s->notes, "no %s\n", list->name);
        return;
    }
    Table *t = table_new(list->columns, list->column_count);
    for (size_t i = 0; i < count; i++) list->cells(t, rows + i * row_size, context);
    list_table(s, t);
    table_free(t);
}

void list_print(Session *s, const List *list, const void *rows, size_t count, size_t row_size,
                const void *context)
{
    const char *at = rows;
    session_quiet(s);
    if (s->options->jsonl) {
        for (size_t i = 0; i < count; i++)
            output_object(list->json(at + i * row_size, context), s->out);
    } else if (s->options->json) {
        cJSON *document = cJSON_CreateObject();
        cJSON *array = json_array(document, list->name);
        for (size_t i = 0; i < count; i++)
            cJSON_AddItemToArray(array, list->json(at + i * row_size, context));
        output_json(document, s->out);
    } else {
        print_table(s, list, at, count, row_size, context);
    }
}
