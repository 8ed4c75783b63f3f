#include "store/text_index.h"

#include "base/utf8.h"

#define QUERY_TRIGRAMS 16

/* The index keeps no positions, so a text is asked for as all of its trigrams; what is found is looked at again. */
bool text_index_query(const char *needle, Str *out)
{
    size_t size = strlen(needle), count = utf8_count(needle, size), taken = 0;
    if (count < 3 || !utf8_valid(needle, size, NULL)) return false;
    str_clear(out);
    for (size_t at = 0, i = 0; i + 3 <= count && taken < QUERY_TRIGRAMS; i++, taken++) {
        uint32_t code;
        size_t first = utf8_next(needle + at, size - at, &code), end = at + first;
        end += utf8_next(needle + end, size - end, &code);
        end += utf8_next(needle + end, size - end, &code);
        str_add(out, taken ? " \"" : "\"");
        for (size_t c = at; c < end; c++) {
            if (needle[c] == '"') str_add_char(out, '"');
            str_add_char(out, needle[c]);
        }
        str_add_char(out, '"');
        at += first;
    }
    return true;
}

/* Rows of one table behind its mark, and the new mark. */
static bool index_step(Store *s, const char *fill, const char *last, const char *mark, bool *ret_more, Err *err)
{
    int64_t end = 0;
    if (!store_begin(s, err)) return false;
    bool ok = sql_one_i64(s, last, 0, &end, err);
    if (ok && end > 0) ok = sql_run_i64(s, fill, end, err) && sql_run_i64(s, mark, end, err);
    if (!sql_end(s, ok, err)) return false;
    *ret_more = end > 0;
    return true;
}

#define MARK(table) "(SELECT mark FROM text_index WHERE what = '" table "')"
#define FILL(table) \
    "INSERT INTO " table "_text(rowid, text) SELECT id, text FROM " table " WHERE id > " MARK(table) " AND id <= ?"
#define LAST(table) \
    "SELECT max(id) FROM (SELECT id FROM " table " WHERE id > " MARK(table) " ORDER BY id LIMIT 250)"
#define MOVE(table) "UPDATE text_index SET mark = ? WHERE what = '" table "'"

bool store_index_texts(Store *s, Err *err)
{
    bool more = true;
    while (more) {
        if (s->cancel && !cancel_check(s->cancel, err)) return false;
        if (!index_step(s, FILL("question"), LAST("question"), MOVE("question"), &more, err)) return false;
    }
    for (more = true; more;) {
        if (s->cancel && !cancel_check(s->cancel, err)) return false;
        if (!index_step(s, FILL("chunk"), LAST("chunk"), MOVE("chunk"), &more, err)) return false;
    }
    return true;
}
