#include "store/filter_sql.h"

#include <ctype.h>

#include "base/utf8.h"
#include "store/text_index.h"

#define LIMIT_BYTES 20000
#define LIMIT_TERMS 100
#define LIMIT_VALUES 200

typedef struct Parser {
    const FilterList *list;
    const char *at;
    FilterSql *out;
    bool sets_apart;
    size_t terms;
    size_t values_before; /* of the term */
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

/* The scope's select, and the values of the term with it. */
static void add_set(Parser *p, const FilterScope *scope, bool negated, const char *select)
{
    FilterSql *f = p->out;
    FilterSet set = {.column = scope->column, .select = mem_strdup(select), .negated = negated};
    for (size_t i = p->values_before; i < f->values.count; i++) {
        vec_push(&set.values, f->values.items[i]);
    }
    f->values.count = p->values_before;
    vec_push(&f->sets, set);
}

/* Puts the condition of a term, within its scope and with its sign, behind the others. NULL counts
 * as no. */
static void add_term(Parser *p, const FilterScope *scope, bool negated, const char *condition)
{
    Str select = {0}, term = {0};
    if (scope) {
        const char *hole = strchr(scope->select, '@');
        str_add_bytes(&select, scope->select, (size_t)(hole - scope->select));
        str_addf(&select, "%s%s", condition, hole + 1);
    }
    if (scope && p->sets_apart) {
        add_set(p, scope, negated, str_get(&select));
    } else {
        str_add(&term, negated ? "NOT coalesce((" : "(");
        if (scope)
            str_addf(&term, "%s IN (%s)", scope->column, str_get(&select));
        else
            str_add(&term, condition);
        str_add(&term, negated ? "), 0)" : ")");
        filter_and(p->out, str_get(&term));
    }
    str_release(&select);
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
    if (field->narrow && !compares && !negated) p->out->narrow = field;
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

/* A field that orders already decides nothing more. */
static void push_order(FilterSql *f, const FilterField *field, bool down)
{
    for (size_t i = 0; i < f->orders.count; i++) {
        if (f->orders.items[i].field == field) return;
    }
    vec_push(&f->orders, (FilterOrder){field, down});
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
            push_order(p->out, field, down);
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
    p->values_before = p->out->values.count;
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

static bool compile(FilterOf of, const char *text, bool sets_apart, FilterSql *ret, Err *err)
{
    FilterSql out = {.limit = -1};
    Parser p = {.list = &FILTER_LISTS[of],
                .at = text ? text : "",
                .out = &out,
                .sets_apart = sets_apart,
                .err = err};
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

bool filter_compile(FilterOf of, const char *text, FilterSql *ret, Err *err)
{
    return compile(of, text, false, ret, err);
}

bool filter_compile_sets(FilterOf of, const char *text, FilterSql *ret, Err *err)
{
    return compile(of, text, true, ret, err);
}

#define release_values(v)                                                                          \
    do {                                                                                           \
        for (size_t i_ = 0; i_ < (v)->count; i_++) {                                               \
            free((v)->items[i_]);                                                                  \
        }                                                                                          \
        vec_release(v);                                                                            \
    } while (0)

void filter_release(FilterSql *f)
{
    str_release(&f->where);
    vec_release(&f->orders);
    release_values(&f->values);
    for (size_t i = 0; i < f->sets.count; i++) {
        free(f->sets.items[i].select);
        release_values(&f->sets.items[i].values);
    }
    vec_release(&f->sets);
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

void filter_order(const FilterSql *f, const char *by, Str *out)
{
    for (size_t i = 0; i < f->orders.count; i++) {
        const FilterOrder *o = &f->orders.items[i];
        str_addf(out, "%s%s%s, ", o->field->column, o->down ? " DESC" : "",
                 o->field->nullable ? " NULLS LAST" : "");
    }
    str_add(out, by);
}

void filter_bind(Sql *q, char *const *values, size_t count)
{
    for (size_t i = 0; q->rc == SQLITE_OK && i < count; i++) {
        q->rc = sqlite3_bind_text64(q->statement, (int)i + 1, values[i], strlen(values[i]),
                                    SQLITE_TRANSIENT, SQLITE_UTF8);
    }
}

Sql filter_open(Store *s, FilterSql *f, const char *columns, const char *by)
{
    Str sql = {0};
    str_addf(&sql, "%s WHERE %s ORDER BY ", columns, f->where.size ? f->where.data : "1");
    filter_order(f, by, &sql);
    str_addf(&sql, " LIMIT %lld", (long long)f->limit);
    Sql q = sql_open_once(s, str_get(&sql));
    str_release(&sql);
    filter_bind(&q, f->values.items, f->values.count);
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
