#include "store/text_index.h"

#include "base/utf8.h"

#define QUERY_TRIGRAMS 16

/* The index keeps no positions, so a text is asked for as all of its trigrams; what is found is
 * looked at again. */
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

/* The statements of one table. */
typedef struct TextTable {
    const char *last, *fill, *move;               /* rows behind the mark */
    const char *stale, *forget, *fill_one, *drop; /* rows before it */
} TextTable;

#define MARK(table) "(SELECT mark FROM text_index WHERE what = '" table "')"
#define TEXT_TABLE(table)                                                                          \
    {                                                                                              \
        "SELECT max(id) FROM (SELECT id FROM " table                                               \
        " WHERE id > " MARK(table) " ORDER BY id LIMIT 500)",                                      \
            "INSERT INTO " table "_text(rowid, text) SELECT id, text FROM " table                  \
            " WHERE id > " MARK(table) " AND id <= ?",                                             \
            "UPDATE text_index SET mark = ? WHERE what = '" table "'",                             \
            "SELECT id FROM text_stale WHERE what = '" table "' LIMIT 1",                          \
            "INSERT INTO " table "_text(" table                                                    \
            "_text, rowid, text) SELECT 'delete', id, text FROM text_stale"                        \
            " WHERE what = '" table "' AND id = ?",                                                \
            "INSERT INTO " table "_text(rowid, text) SELECT id, text FROM " table " WHERE id = ?", \
            "DELETE FROM text_stale WHERE what = '" table "' AND id = ?"                           \
    }

static const TextTable TEXT_TABLES[] = {TEXT_TABLE("question"), TEXT_TABLE("chunk")};

/* One row that changed or went. */
static bool follow_change(Store *s, const TextTable *t, bool *ret_more, Err *err)
{
    int64_t id = 0;
    if (!sql_one_i64(s, t->stale, 0, &id, err)) return false;
    *ret_more = id > 0;
    return id == 0 || (sql_run_i64(s, t->forget, id, err) && sql_run_i64(s, t->fill_one, id, err) &&
                       sql_run_i64(s, t->drop, id, err));
}

static bool follow_growth(Store *s, const TextTable *t, bool *ret_more, Err *err)
{
    int64_t last = 0;
    if (!sql_one_i64(s, t->last, 0, &last, err)) return false;
    *ret_more = last > 0;
    return last == 0 || (sql_run_i64(s, t->fill, last, err) && sql_run_i64(s, t->move, last, err));
}

typedef bool Step(Store *s, const TextTable *t, bool *ret_more, Err *err);

static bool catch_up(Store *s, Step *step, const TextTable *t, Err *err)
{
    bool more = true;
    while (more) {
        if (s->cancel && !cancel_check(s->cancel, err)) return false;
        if (!store_begin(s, err) || !sql_end(s, step(s, t, &more, err), err)) return false;
        if (more) sql_breathe(s);
    }
    return true;
}

bool store_index_texts(Store *s, Err *err)
{
    for (size_t i = 0; i < sizeof TEXT_TABLES / sizeof *TEXT_TABLES; i++) {
        if (!catch_up(s, follow_change, &TEXT_TABLES[i], err) ||
            !catch_up(s, follow_growth, &TEXT_TABLES[i], err))
            return false;
    }
    return true;
}
