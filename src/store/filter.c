#include "store/filter_sql.h"

#include <ctype.h>

#include "base/utf8.h"
#include "store/text_index.h"

#define LIMIT_BYTES 20000
#define LIMIT_TERMS 100
#define LIMIT_VALUES 200

typedef enum FieldKind {
    FIELD_WORD,   /* one of a list of words */
    FIELD_TEXT,   /* holds the value, whatever the case */
    FIELD_NUMBER, /* compared */
    FIELD_FLAG,   /* yes or no */
} FieldKind;

typedef struct Field {
    const char *name;
    FieldKind kind;
    const char *column;       /* SQL */
    const char *scope;        /* NULL, or a condition around that of the column, which stands where '@' is */
    const char *const *words; /* FIELD_WORD */
    int word_count;
    bool nullable; /* sorted last when NULL */
    const char *help;
} Field;

#define WORDS(names) names, sizeof(names) / sizeof *(names)
#define DOCUMENT_NAME "d.title || ' ' || coalesce(d.path, d.key)"
#define RANK_OR_FAR "(CASE q.own_rank WHEN 0 THEN 1001 ELSE q.own_rank END)"
#define OF_QUESTION_DOCUMENT                                                     \
    "q.id IN (SELECT r.question_id FROM relevance r JOIN chunk c ON c.id = r.chunk_id" \
    " JOIN document d ON d.id = c.document_id WHERE @)"
#define OF_CANDIDATE_CHUNK \
    "x.chunk_id IN (SELECT c.id FROM chunk c JOIN document d ON d.id = c.document_id WHERE @)"
#define OF_CANDIDATE_QUESTION "x.question_id IN (SELECT q.id FROM question q WHERE @)"

static const Field DOCUMENT_FIELDS[] = {
    {"id", FIELD_NUMBER, "d.id", .help = "its number"},
    {"split", FIELD_WORD, "d.split", NULL, WORDS(SPLIT_NAMES), .help = "none, train, val, test"},
    {"format", FIELD_TEXT, "d.format", .help = "how it was read"},
    {"name", FIELD_TEXT, DOCUMENT_NAME, .help = "part of its title or path"},
    {"document", FIELD_TEXT, DOCUMENT_NAME, .help = "the same as name"},
    {"size", FIELD_NUMBER, "d.size_bytes", .help = "bytes of the file"},
    {"pages", FIELD_NUMBER, "d.pages", .help = "0: it has none"},
    {"chunks", FIELD_NUMBER, "(SELECT count(*) FROM chunk n WHERE n.document_id = d.id AND n.status = 'live')",
     .help = "how many live chunks"},
    {NULL},
};

static const Field CHUNK_FIELDS[] = {
    {"id", FIELD_NUMBER, "c.id", .help = "its number"},
    {"key", FIELD_TEXT, "c.key", .nullable = true, .help = "part of its imported id"},
    {"status", FIELD_WORD, "c.status", NULL, WORDS(CHUNK_STATUS_NAMES), .help = "live, excluded, retired, pool"},
    {"split", FIELD_WORD, "c.split", NULL, WORDS(SPLIT_NAMES), .help = "none, train, val, test"},
    {"document", FIELD_TEXT, DOCUMENT_NAME, .help = "part of its document's title or path"},
    {"heading", FIELD_TEXT, "c.heading", .help = "part of the headings above it"},
    {"page", FIELD_NUMBER, "c.page_first", .help = "its first page; 0: no pages"},
    {"ordinal", FIELD_NUMBER, "c.ordinal", .help = "its place in the document, from 0"},
    {"tokens", FIELD_NUMBER, "c.tokens", .help = "its length"},
    {"questions", FIELD_NUMBER, "(SELECT count(*) FROM relevance n WHERE n.chunk_id = c.id)",
     .help = "how many questions it has"},
    {NULL},
};

static const Field QUESTION_FIELDS[] = {
    {"id", FIELD_NUMBER, "q.id", .help = "its number"},
    {"key", FIELD_TEXT, "q.key", .nullable = true, .help = "part of its imported id"},
    {"status", FIELD_WORD, "q.status", NULL, WORDS(QUESTION_STATUS_NAMES), .help = "pending, accepted, rejected, flagged"},
    {"split", FIELD_WORD, "q.split", NULL, WORDS(SPLIT_NAMES), .help = "none, train, val, test"},
    {"origin", FIELD_WORD, "q.origin", NULL, WORDS(ORIGIN_NAMES), .help = "llm, offline, human, import"},
    {"kind", FIELD_TEXT, "q.kind", .nullable = true, .help = "who, definition, keyword …"},
    {"source", FIELD_TEXT, "q.source", .nullable = true, .help = "part of the file or generator it came from"},
    {"why", FIELD_TEXT, "q.why_flagged", .nullable = true, .help = "part of the reason it was flagged for"},
    {"chunk", FIELD_NUMBER, "r.chunk_id", "q.id IN (SELECT r.question_id FROM relevance r WHERE @)",
     .help = "the number of a chunk that answers it"},
    {"document", FIELD_TEXT, DOCUMENT_NAME, OF_QUESTION_DOCUMENT, .help = "part of the title or path of its chunk's document"},
    {"heading", FIELD_TEXT, "c.heading", OF_QUESTION_DOCUMENT, .help = "part of the headings above its chunk"},
    {"doubt", FIELD_NUMBER, "q.doubt", .nullable = true, .help = "0 to 1, all doubts together"},
    {"own_rank", FIELD_NUMBER, RANK_OR_FAR, .nullable = true, .help = "where a search finds its own chunk; 1001: not in the first 1,000"},
    {"copied", FIELD_NUMBER, "q.copied", .nullable = true, .help = "0 to 1, share of words copied in one span"},
    {"twin", FIELD_NUMBER, "q.twin_score", .nullable = true, .help = "likeness to its nearest other question; 0: none"},
    {"nameless", FIELD_FLAG, "q.nameless", .nullable = true, .help = "yes: it names nothing that could be searched for"},
    {NULL},
};

static const Field CANDIDATE_FIELDS[] = {
    {"id", FIELD_NUMBER, "x.id", .help = "its number"},
    {"status", FIELD_WORD, "x.status", NULL, WORDS(CANDIDATE_STATUS_NAMES), .help = "pending, kept, false_negative, promoted"},
    {"question", FIELD_NUMBER, "x.question_id", .help = "the number of its question"},
    {"chunk", FIELD_NUMBER, "x.chunk_id", .help = "the number of its chunk"},
    {"rank", FIELD_NUMBER, "x.rank", .help = "from 1, own positives not counted; 0: drawn at random"},
    {"score", FIELD_NUMBER, "x.score", .help = "the retriever's score"},
    {"positive", FIELD_NUMBER, "x.positive_score", .help = "the positive's score"},
    {"margin", FIELD_NUMBER, "x.margin", .help = "score minus the positive's"},
    {"suspect", FIELD_FLAG, "x.suspect", .help = "yes: at or near the positive's score"},
    {"split", FIELD_WORD, "q.split", OF_CANDIDATE_QUESTION, WORDS(SPLIT_NAMES), .help = "of its question: none, train, val, test"},
    {"document", FIELD_TEXT, DOCUMENT_NAME, OF_CANDIDATE_CHUNK, .help = "part of the title or path of its document"},
    {"heading", FIELD_TEXT, "c.heading", OF_CANDIDATE_CHUNK, .help = "part of the headings above its chunk"},
    {NULL},
};

typedef struct List {
    const Field *fields;
    const char *text;  /* column that bare words are looked for in */
    const char *scope; /* as in Field */
    const char *indexed; /* condition that the text index adds, or NULL */
} List;

#define INDEXED_CHUNK "c.id IN (" TEXT_INDEX_SELECT("chunk") ") AND "
#define INDEXED_QUESTION "q.id IN (" TEXT_INDEX_SELECT("question") ") AND "

static const List LISTS[] = {
    [FILTER_DOCUMENTS] = {DOCUMENT_FIELDS, DOCUMENT_NAME, NULL, NULL},
    [FILTER_CHUNKS] = {CHUNK_FIELDS, "c.text", NULL, INDEXED_CHUNK},
    [FILTER_QUESTIONS] = {QUESTION_FIELDS, "q.text", NULL, INDEXED_QUESTION},
    [FILTER_CANDIDATES] = {CANDIDATE_FIELDS, "c.text", "x.chunk_id IN (SELECT c.id FROM chunk c WHERE @)", INDEXED_CHUNK},
};

typedef struct Parser {
    const List *list;
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

/* Puts the condition of a term, within its scope and with its sign, behind the others. NULL counts as no. */
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

static bool bad_value(Parser *p, const Field *field, const char *value)
{
    return err_set(p->err, ERR_USAGE, "filter: \"%.60s\" is no value of %s: %s", value, field->name, field->help);
}

/* One alternative of a field: "column op ?". */
static bool add_alternative(Parser *p, const Field *field, const char *op, const char *value, Str *condition)
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

static bool add_field(Parser *p, const Field *field, const char *op, bool negated)
{
    bool compares = strcmp(op, "=") != 0;
    if (compares && field->kind != FIELD_NUMBER)
        return err_set(p->err, ERR_USAGE, "filter: %s is not a number: write %s:VALUE", field->name, field->name);
    Str condition = {0};
    bool ok = true;
    size_t values = 0;
    do {
        char *value = read_value(p, true);
        str_add(&condition, values ? " OR " : "(");
        ok = ++values <= LIMIT_VALUES ? add_alternative(p, field, op, value, &condition)
                                      : err_set(p->err, ERR_LIMIT, "filter: more than %d values for %s", LIMIT_VALUES, field->name);
        free(value);
    } while (ok && *p->at == ',' && p->at++);
    str_add_char(&condition, ')');
    if (ok) add_term(p, field->scope, negated, str_get(&condition));
    if (strcmp(field->name, "status") == 0) p->out->has_status = true;
    str_release(&condition);
    return ok;
}

static const Field *find_field(const List *list, const char *name)
{
    for (const Field *f = list->fields; f->name; f++) {
        if (name_index(name, &f->name, 1) == 0) return f;
    }
    return NULL;
}

static bool unknown_field(Parser *p, const char *name)
{
    Str known = {0};
    for (const Field *f = p->list->fields; f->name; f++) {
        str_addf(&known, "%s, ", f->name);
    }
    err_set(p->err, ERR_USAGE, "filter: unknown field \"%.40s\": known are %sorder, limit; put text that holds ':' in quotes",
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
        const Field *field = find_field(p->list, name);
        bool ok = field && !field->scope;
        if (ok)
            str_addf(&p->out->order, "%s%s%s, ", field->column, down ? " DESC" : "", field->nullable ? " NULLS LAST" : "");
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
    static const char *const ops[][2] = {{">=", ">="}, {"<=", "<="}, {">", ">"}, {"<", "<"}, {"=", "="}, {":", "="}};
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
    const Field *field = find_field(p->list, name);
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
    Parser p = {.list = &LISTS[of], .at = text ? text : "", .out = &out, .err = err};
    bool ok = strlen(p.at) <= LIMIT_BYTES || err_set(err, ERR_LIMIT, "filter: longer than %d bytes", LIMIT_BYTES);
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
    char *sql = str_format("%s WHERE %s ORDER BY %s%s LIMIT %lld", columns, f->where.size ? f->where.data : "1",
                           str_get(&f->order), by, (long long)f->limit);
    Sql q = sql_open_once(s, sql);
    free(sql);
    for (size_t i = 0; q.rc == SQLITE_OK && i < f->values.count; i++) {
        q.rc = sqlite3_bind_text64(q.statement, (int)i + 1, f->values.items[i], strlen(f->values.items[i]),
                                   SQLITE_TRANSIENT, SQLITE_UTF8);
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
    for (const Field *f = LISTS[of].fields; f->name; f++) {
        const char *sign = f->kind == FIELD_NUMBER ? ":N >N <N" : f->kind == FIELD_TEXT ? ":TEXT" : ":WORD";
        str_addf(out, "%s%s\t%s\n", f->name, sign, f->help);
    }
}
