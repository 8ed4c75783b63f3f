#include "store/filter_sql.h"

#include <ctype.h>

#include "base/utf8.h"
#include "store/filter_fields.h"
#include "store/text_index.h"

#define LIMIT_BYTES 20000
#define LIMIT_TERMS 100
#define LIMIT_VALUES 200

typedef struct Parser {
    const FilterList *list;
    const char *at;
    FilterSql *out;
    size_t terms;
    Err *err;
} Parser;

static bool is_blank(const char *at, size_t *ret_size)
{
    bool wide = memcmp(at, "\xe3\x80\x80", strnlen(at, 3)) == 0 && strnlen(at, 3) == 3; /* U+3000 */
    *ret_size = wide ? 3 : 1;
    return wide || *at == ' ' || *at == '\t' || *at == '\n' || *at == '\r';
}

static void skip_blanks(Parser *p)
{
    size_t size;
    while (*p->at && is_blank(p->at, &size)) {
        p->at += size;
    }
}

/* Up to the next blank, or up to a comma in a list of values; quotes keep both and fall away. */
static char *read_value(Parser *p, bool in_list)
{
    Str value = {0};
    bool quoted = false;
    size_t size;
    for (; *p->at; p->at++) {
        if (*p->at == '"') {
            quoted = !quoted;
            continue;
        }
        if (!quoted && (is_blank(p->at, &size) || (in_list && *p->at == ','))) break;
        str_add_char(&value, *p->at);
    }
    return str_take(&value);
}

static void add_value(FilterSql *f, const char *text)
{
    vec_push(&f->values, mem_strdup(text));
}

void filter_and(FilterSql *f, const char *condition)
{
    if (f->where.size > 0) str_add(&f->where, " AND ");
    str_add(&f->where, condition);
}

/* Puts the condition of a term, within its scope and with its sign, behind the others. NULL counts
 * as no. */
static void add_term(Parser *p, const char *scope, bool negated, const char *condition)
{
    const char *hole = scope ? strchr(scope, '@') : NULL;
    Str term = {0};
    str_add(&term, negated ? "NOT coalesce((" : "(");
    if (hole) str_add_bytes(&term, scope, (size_t)(hole - scope));
    str_add(&term, condition);
    if (hole) str_add(&term, hole + 1);
    str_add(&term, negated ? "), 0)" : ")");
    filter_and(p->out, str_get(&term));
    str_release(&term);
}

static bool add_text(Parser *p, bool negated, const char *word)
{
    Str needle = {0}, condition = {0}, match = {0};
    utf8_fold(word, strlen(word), &needle);
    if (p->list->indexed && !negated && text_index_query(str_get(&needle), &match)) {
        str_add(&condition, p->list->indexed);
        add_value(p->out, str_get(&match));
    }
    str_addf(&condition, "text_has(%s, ?)", p->list->text);
    add_value(p->out, str_get(&needle));
    add_term(p, p->list->scope, negated, str_get(&condition));
    str_release(&needle);
    str_release(&condition);
    str_release(&match);
    return true;
}

static bool is_number(const char *text)
{
    const char *c = text + (*text == '-' || *text == '+');
    size_t digits = strspn(c, "0123456789");
    c += digits;
    if (*c == '.') {
        size_t fraction = strspn(++c, "0123456789");
        digits += fraction;
        c += fraction;
    }
    if (digits > 0 && (*c == 'e' || *c == 'E')) {
        c++;
        c += *c == '-' || *c == '+';
        if (!isdigit((unsigned char)*c)) return false;
        c += strspn(c, "0123456789");
    }
    return digits > 0 && *c == '\0';
}

static bool bad_value(Parser *p, const FilterField *field, const char *value)
{
    return err_set(p->err, ERR_USAGE, "filter: \"%.60s\" is no value of %s: %s", value, field->name,
                   field->help);
}

/* One alternative of a field: "column op ?". */
static bool add_alternative(Parser *p, const FilterField *field, const char *op, const char *value,
                            Str *condition)
{
    Str folded = {0};
    int word = field->kind == FIELD_WORD ? name_index(value, field->words, field->word_count) : 0;
    bool yes = strcmp(value, "yes") == 0 || strcmp(value, "1") == 0 || strcmp(value, "true") == 0;
    bool no = strcmp(value, "no") == 0 || strcmp(value, "0") == 0 || strcmp(value, "false") == 0;
    switch (field->kind) {
    case FIELD_WORD:
        if (word < 0) return bad_value(p, field, value);
        str_addf(condition, "%s = ?", field->column);
        add_value(p->out, field->words[word]);
        return true;
    case FIELD_TEXT:
        if (!*value) return bad_value(p, field, value);
        utf8_fold(value, strlen(value), &folded);
        str_addf(condition, "text_has(%s, ?)", field->column);
        add_value(p->out, str_get(&folded));
        str_release(&folded);
        return true;
    case FIELD_NUMBER:
        if (!is_number(value)) return bad_value(p, field, value);
        str_addf(condition, "%s %s CAST(? AS NUMERIC)", field->column, op);
        add_value(p->out, value);
        return true;
    case FIELD_FLAG:
        if (!yes && !no) return bad_value(p, field, value);
        str_addf(condition, "%s = %d", field->column, yes);
        return true;
    }
    return false;
}

static bool add_field(Parser *p, const FilterField *field, const char *op, bool negated)
{
    bool compares = strcmp(op, "=") != 0;
    if (compares && field->kind != FIELD_NUMBER)
        return err_set(p->err, ERR_USAGE, "filter: %s is not a number: write %s:VALUE", field->name,
                       field->name);
    Str condition = {0};
    bool ok = true;
    size_t values = 0;
    do {
        char *value = read_value(p, true);
        str_add(&condition, values ? " OR " : "(");
        ok = ++values <= LIMIT_VALUES
                 ? add_alternative(p, field, op, value, &condition)
                 : err_set(p->err, ERR_LIMIT, "filter: more than %d values for %s", LIMIT_VALUES,
                           field->name);
        free(value);
    } while (ok && *p->at == ',' && p->at++);
    str_add_char(&condition, ')');
    if (ok) add_term(p, field->scope, negated, str_get(&condition));
    if (strcmp(field->name, "status") == 0) p->out->has_status = true;
    str_release(&condition);
    return ok;
}

static const FilterField *find_field(const FilterList *list, const char *name)
{
    for (const FilterField *f = list->fields; f->name; f++) {
        if (name_index(name, &f->name, 1) == 0) return f;
    }
    return NULL;
}

static bool unknown_field(Parser *p, const char *name)
{
    Str known = {0};
    for (const FilterField *f = p->list->fields; f->name; f++) {
        str_addf(&known, "%s, ", f->name);
    }
    err_set(p->err, ERR_USAGE,
            "filter: unknown field \"%.40s\": known are %sorder, limit; put text that holds ':'"
            " in quotes",
            name, str_get(&known));
    str_release(&known);
    return false;
}

static bool add_order(Parser *p)
{
    do {
        bool down = *p->at == '-' || *p->at == '!';
        p->at += down;
        char *name = read_value(p, true);
        const FilterField *field = find_field(p->list, name);
        bool ok = field && !field->scope;
        if (ok)
            str_addf(&p->out->order, "%s%s%s, ", field->column, down ? " DESC" : "",
                     field->nullable ? " NULLS LAST" : "");
        else if (field)
            err_set(p->err, ERR_USAGE, "filter: lists are not ordered by %s", field->name);
        else
            unknown_field(p, name);
        free(name);
        if (!ok) return false;
    } while (*p->at == ',' && p->at++);
    return true;
}

static bool add_limit(Parser *p)
{
    char *value = read_value(p, false);
    size_t digits = strspn(value, "0123456789");
    bool ok = digits > 0 && digits < 18 && value[digits] == '\0';
    if (ok)
        p->out->limit = strtoll(value, NULL, 10);
    else
        err_set(p->err, ERR_USAGE, "filter: \"%.40s\" is no limit: write limit:50", value);
    free(value);
    return ok;
}

/* name and operator at the start of a term; NULL: it is text. */
static char *read_name(Parser *p, const char **ret_op)
{
    static const char *const ops[][2] = {{">=", ">="}, {"<=", "<="}, {">", ">"},
                                         {"<", "<"},   {"=", "="},   {":", "="}};
    const char *end = p->at;
    if (!isalpha((unsigned char)*end)) return NULL;
    while (isalnum((unsigned char)*end) || *end == '_' || *end == '-') {
        end++;
    }
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (!str_starts(end, ops[i][0])) continue;
        char *name = mem_strndup(p->at, (size_t)(end - p->at));
        for (char *c = name; *c; c++) {
            *c = (char)tolower((unsigned char)*c);
        }
        *ret_op = ops[i][1];
        p->at = end + strlen(ops[i][0]);
        return name;
    }
    return NULL;
}

static bool parse_named(Parser *p, const char *name, const char *op, bool negated)
{
    if (strcmp(name, "order") == 0 && !negated) return add_order(p);
    if (strcmp(name, "limit") == 0 && !negated) return add_limit(p);
    const FilterField *field = find_field(p->list, name);
    return field ? add_field(p, field, op, negated) : unknown_field(p, name);
}

static bool parse_term(Parser *p)
{
    size_t size;
    bool negated = (*p->at == '-' || *p->at == '!') && p->at[1] && !is_blank(p->at + 1, &size);
    const char *op = NULL;
    p->at += negated;
    if (++p->terms > LIMIT_TERMS)
        return err_set(p->err, ERR_LIMIT, "filter: more than %d terms", LIMIT_TERMS);
    char *name = read_name(p, &op);
    if (name) {
        bool ok = parse_named(p, name, op, negated);
        free(name);
        return ok;
    }
    char *word = read_value(p, false);
    bool ok = !*word || add_text(p, negated, word);
    free(word);
    return ok;
}

bool filter_compile(FilterOf of, const char *text, FilterSql *ret, Err *err)
{
    FilterSql out = {.limit = -1};
    Parser p = {.list = &FILTER_LISTS[of], .at = text ? text : "", .out = &out, .err = err};
    bool ok = strlen(p.at) <= LIMIT_BYTES ||
              err_set(err, ERR_LIMIT, "filter: longer than %d bytes", LIMIT_BYTES);
    while (ok) {
        skip_blanks(&p);
        if (!*p.at) break;
        ok = parse_term(&p);
    }
    if (ok)
        *ret = out;
    else
        filter_release(&out);
    return ok;
}

void filter_release(FilterSql *f)
{
    str_release(&f->where);
    str_release(&f->order);
    for (size_t i = 0; i < f->values.count; i++) {
        free(f->values.items[i]);
    }
    vec_release(&f->values);
}

void filter_words(FilterSql *f, const char *column, const char *const *words, int count, int bits)
{
    if (bits == 0) return;
    Str list = {0};
    for (int i = 0; i < count; i++) {
        if (bits & 1 << i) str_addf(&list, "%s'%s'", list.size ? ", " : "", words[i]);
    }
    char *condition = str_format("%s IN (%s)", column, str_get(&list));
    filter_and(f, condition);
    free(condition);
    str_release(&list);
}

void filter_equal(FilterSql *f, const char *column, int64_t value)
{
    char *condition = str_format("%s = %lld", column, (long long)value);
    filter_and(f, condition);
    free(condition);
}

void filter_ids(FilterSql *f, const char *column, const int64_t *ids, size_t count)
{
    Str list = {0};
    str_add_char(&list, '[');
    for (size_t i = 0; i < count; i++) {
        str_addf(&list, "%s%lld", i ? "," : "", (long long)ids[i]);
    }
    str_add_char(&list, ']');
    char *condition = str_format("%s IN (SELECT value FROM json_each(?))", column);
    filter_and(f, condition);
    free(condition);
    vec_push(&f->values, str_take(&list));
}

Sql filter_open(Store *s, FilterSql *f, const char *columns, const char *by)
{
    char *sql = str_format("%s WHERE %s ORDER BY %s%s LIMIT %lld", columns,
                           f->where.size ? f->where.data : "1", str_get(&f->order), by,
                           (long long)f->limit);
    Sql q = sql_open_once(s, sql);
    free(sql);
    for (size_t i = 0; q.rc == SQLITE_OK && i < f->values.count; i++) {
        q.rc = sqlite3_bind_text64(q.statement, (int)i + 1, f->values.items[i],
                                   strlen(f->values.items[i]), SQLITE_TRANSIENT, SQLITE_UTF8);
    }
    filter_release(f);
    return q;
}

bool filter_check(FilterOf of, const char *text, Err *err)
{
    FilterSql f = {0};
    if (!filter_compile(of, text, &f, err)) return false;
    filter_release(&f);
    return true;
}

void filter_help(FilterOf of, Str *out)
{
    for (const FilterField *f = FILTER_LISTS[of].fields; f->name; f++) {
        const char *sign = f->kind == FIELD_NUMBER ? ":N >N <N"
                           : f->kind == FIELD_TEXT ? ":TEXT"
                                                   : ":WORD";
        str_addf(out, "%s%s\t%s\n", f->name, sign, f->help);
    }
}
