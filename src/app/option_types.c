#include "app/option_types.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ---- */

static bool read_size(const char *text, size_t size, uint64_t *ret)
{
    uint64_t value = 0;
    if (size == 0 || size > 20) return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

static bool read_real(const char *text, size_t size, double *ret)
{
    char copy[64];
    if (size == 0 || size >= sizeof copy) return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    if (strspn(copy, "0123456789+-.eE") != size) return false; /* no hex, nan, inf, blanks */
    char *end;
    double value = strtod(copy, &end);
    if (*end || !isfinite(value)) return false;
    *ret = value;
    return true;
}

static void add_real(double value, Str *out)
{
    str_addf(out, "%.10g", value);
}

static bool out_of_range(const Option *o, const char *text, Err *err)
{
    if (o->high == 0) return err_set(err, ERR_USAGE, "%s: must be %.10g or more", text, o->low);
    return err_set(err, ERR_USAGE, "%s: must be from %.10g to %.10g", text, o->low, o->high);
}

/* A limit of zero above means that the row gives none. */
static bool within(const Option *o, double value)
{
    if (value < o->low) return false;
    return o->high == 0 || value <= o->high;
}

static bool not_a(const Option *o, const char *text, Err *err)
{
    return err_set(err, ERR_USAGE, "'%s' is not %s", text, o->type->describes);
}

static bool parse_size(const Option *o, const char *text, void *field, Err *err)
{
    uint64_t value;
    if (!read_size(text, strlen(text), &value) || value > SIZE_MAX / 2) return not_a(o, text, err);
    if (!within(o, (double)value)) return out_of_range(o, text, err);
    *(size_t *)field = (size_t)value;
    return true;
}

static void format_size(const Option *o, const void *field, Str *out)
{
    (void)o;
    if (*(const size_t *)field) str_addf(out, "%zu", *(const size_t *)field);
}

static bool parse_seed(const Option *o, const char *text, void *field, Err *err)
{
    return read_size(text, strlen(text), field) || not_a(o, text, err);
}

static void format_seed(const Option *o, const void *field, Str *out)
{
    (void)o;
    str_addf(out, "%llu", (unsigned long long)*(const uint64_t *)field);
}

static bool parse_id(const Option *o, const char *text, void *field, Err *err)
{
    uint64_t value;
    if (!read_size(text, strlen(text), &value) || value == 0 || value > INT64_MAX)
        return not_a(o, text, err);
    *(int64_t *)field = (int64_t)value;
    return true;
}

static void format_id(const Option *o, const void *field, Str *out)
{
    (void)o;
    if (*(const int64_t *)field) str_addf(out, "%lld", (long long)*(const int64_t *)field);
}

static bool parse_real(const Option *o, const char *text, void *field, Err *err)
{
    double value;
    if (!read_real(text, strlen(text), &value)) return not_a(o, text, err);
    if (!within(o, value)) return out_of_range(o, text, err);
    *(double *)field = value;
    return true;
}

static void format_real(const Option *o, const void *field, Str *out)
{
    double value = *(const double *)field;
    if (value != 0 && value >= o->low) add_real(value, out); /* below: not given */
}

/* ---- flags and texts ---- */

static bool parse_flag(const Option *o, const char *text, void *field, Err *err)
{
    (void)o, (void)text, (void)err;
    *(bool *)field = true;
    return true;
}

static void format_nothing(const Option *o, const void *field, Str *out)
{
    (void)o, (void)field, (void)out;
}

/* Position of text among "a|b|c"; SIZE_MAX when it is not there. */
static size_t word_position(const char *words, const char *text, size_t size)
{
    size_t position = 0;
    for (const char *at = words; *at; position++) {
        size_t length = strcspn(at, "|");
        if (length == size && memcmp(at, text, size) == 0) return position;
        at += length + (at[length] == '|');
    }
    return SIZE_MAX;
}

static bool find_word(const Option *o, const char *text, size_t size, size_t *ret, Err *err)
{
    Str words = {0};
    option_words(o, &words);
    size_t position = word_position(str_get(&words), text, size);
    bool ok = words.size == 0 || position != SIZE_MAX;
    if (ok)
        *ret = position;
    else
        err_set(err, ERR_USAGE, "'%.*s' is not one of %s", (int)size, text, str_get(&words));
    str_release(&words);
    return ok;
}

static bool parse_text(const Option *o, const char *text, void *field, Err *err)
{
    size_t position;
    if (!find_word(o, text, strlen(text), &position, err)) return false;
    if (!*text) return err_set(err, ERR_USAGE, "is empty");
    *(const char **)field = text;
    return true;
}

static void format_text(const Option *o, const void *field, Str *out)
{
    (void)o;
    const char *text = *(const char *const *)field;
    if (text) str_add(out, text);
}

static bool parse_texts(const Option *o, const char *text, void *field, Err *err)
{
    (void)o;
    if (!*text) return err_set(err, ERR_USAGE, "is empty");
    Texts *texts = field;
    vec_push(texts, text);
    return true;
}

static void add_word(const Option *o, size_t position, Str *out)
{
    Str words = {0};
    option_words(o, &words);
    const char *at = str_get(&words);
    for (; position > 0 && *at; position--) {
        at += strcspn(at, "|");
        at += *at == '|';
    }
    str_add_bytes(out, at, strcspn(at, "|"));
    str_release(&words);
}

static bool parse_choice(const Option *o, const char *text, void *field, Err *err)
{
    size_t position;
    if (!find_word(o, text, strlen(text), &position, err)) return false;
    *(unsigned *)field = (unsigned)position;
    return true;
}

static void format_choice(const Option *o, const void *field, Str *out)
{
    add_word(o, *(const unsigned *)field, out);
}

static bool parse_switch(const Option *o, const char *text, void *field, Err *err)
{
    size_t position;
    if (!find_word(o, text, strlen(text), &position, err)) return false;
    *(bool *)field = position == 1;
    return true;
}

static void format_switch(const Option *o, const void *field, Str *out)
{
    add_word(o, *(const bool *)field, out);
}

/* ---- splits and statuses ---- */

static bool parse_split(const Option *o, const char *text, void *field, Err *err)
{
    size_t position;
    Split split;
    if (!find_word(o, text, strlen(text), &position, err)) return false;
    if (!split_parse(text, &split)) return not_a(o, text, err);
    *(Split *)field = split;
    return true;
}

static void format_split(const Option *o, const void *field, Str *out)
{
    (void)o;
    Split split = *(const Split *)field;
    if (split != SPLIT_NONE) str_add(out, split_name(split));
}

/* Calls one for each word of a comma list; false when one is refused. */
static bool each_word(const Option *o, const char *text, int *bits,
                      bool (*one)(const char *word, int *bit), Err *err)
{
    int found = 0;
    for (const char *at = text;;) {
        char word[32];
        size_t size = strcspn(at, ",");
        size_t position;
        int bit;
        if (!find_word(o, at, size, &position, err)) return false;
        if (size >= sizeof word) return not_a(o, text, err);
        memcpy(word, at, size);
        word[size] = '\0';
        if (!one(word, &bit)) return not_a(o, text, err);
        found |= 1 << bit;
        if (!at[size]) break;
        at += size + 1;
    }
    *bits = found;
    return true;
}

static bool split_bit(const char *word, int *bit)
{
    Split split;
    if (!split_parse(word, &split)) return false;
    *bit = (int)split;
    return true;
}

static bool status_bit(const char *word, int *bit)
{
    QuestionStatus status;
    if (!question_status_parse(word, &status)) return false;
    *bit = (int)status;
    return true;
}

static bool parse_splits(const Option *o, const char *text, void *field, Err *err)
{
    return each_word(o, text, field, split_bit, err);
}

static bool parse_statuses(const Option *o, const char *text, void *field, Err *err)
{
    return each_word(o, text, field, status_bit, err);
}

static void format_bits(int bits, int count, const char *(*name)(int), Str *out)
{
    const char *comma = "";
    for (int i = 0; i < count; i++) {
        if (!(bits & 1 << i)) continue;
        str_addf(out, "%s%s", comma, name(i));
        comma = ",";
    }
}

static const char *split_word(int i)
{
    return split_name((Split)i);
}

static const char *status_word(int i)
{
    return question_status_name((QuestionStatus)i);
}

static void format_splits(const Option *o, const void *field, Str *out)
{
    (void)o;
    format_bits(*(const int *)field, SPLIT_COUNT, split_word, out);
}

static void format_statuses(const Option *o, const void *field, Str *out)
{
    (void)o;
    format_bits(*(const int *)field, QUESTION_STATUS_COUNT, status_word, out);
}

static bool parse_add_split(const Option *o, const char *text, void *field, Err *err)
{
    IngestOptions *ingest = field;
    if (strcmp(text, "auto") == 0) {
        ingest->auto_split = true;
        ingest->split = SPLIT_NONE;
        return true;
    }
    if (!parse_split(o, text, &ingest->split, err)) return false;
    ingest->auto_split = false;
    return true;
}

/* ---- parts of tasks ---- */

static bool parse_cuts(const Option *o, const char *text, void *field, Err *err)
{
    EvalOptions *eval = field;
    size_t ks[sizeof eval->ks / sizeof *eval->ks], count = 0;
    for (const char *at = text;;) {
        size_t size = strcspn(at, ",");
        uint64_t k;
        if (!read_size(at, size, &k)) return not_a(o, text, err);
        if (!within(o, (double)k)) return out_of_range(o, text, err);
        if (count == sizeof ks / sizeof *ks)
            return err_set(err, ERR_USAGE, "%s: at most %zu cuts", text, sizeof ks / sizeof *ks);
        ks[count++] = (size_t)k;
        if (!at[size]) break;
        at += size + 1;
    }
    memcpy(eval->ks, ks, count * sizeof *ks);
    eval->k_count = count;
    return true;
}

static void format_cuts(const Option *o, const void *field, Str *out)
{
    (void)o;
    const EvalOptions *eval = field;
    for (size_t i = 0; i < eval->k_count; i++) str_addf(out, "%s%zu", i ? "," : "", eval->ks[i]);
}

static bool parse_range(const Option *o, const char *text, void *field, Err *err)
{
    MineOptions *mine = field;
    size_t colon = strcspn(text, ":");
    uint64_t low = 0, high = 0;
    if (!text[colon]) return not_a(o, text, err);
    if (colon > 0 && !read_size(text, colon, &low)) return not_a(o, text, err);
    const char *rest = text + colon + 1;
    if (*rest && !read_size(rest, strlen(rest), &high)) return not_a(o, text, err);
    if (!within(o, (double)low) || !within(o, (double)high)) return out_of_range(o, text, err);
    if (*rest && high <= low)
        return err_set(err, ERR_USAGE, "%s: the second rank must be the greater", text);
    mine->range_min = (size_t)low;
    mine->range_max = (size_t)high;
    return true;
}

static void format_range(const Option *o, const void *field, Str *out)
{
    (void)o;
    const MineOptions *mine = field;
    if (mine->range_min || mine->range_max) str_addf(out, "%zu:", mine->range_min);
    if (mine->range_max) str_addf(out, "%zu", mine->range_max);
}

static bool parse_band(const Option *o, const char *text, void *field, Err *err)
{
    MineOptions *mine = field;
    size_t colon = strcspn(text, ":");
    double low = 0, high = 0;
    if (!text[colon] || strlen(text) < 2) return not_a(o, text, err);
    const char *rest = text + colon + 1;
    if (colon > 0 && !read_real(text, colon, &low)) return not_a(o, text, err);
    if (*rest && !read_real(rest, strlen(rest), &high)) return not_a(o, text, err);
    if (colon > 0 && *rest && high < low)
        return err_set(err, ERR_USAGE, "%s: the second score must be the greater", text);
    mine->has[MINE_MIN_SCORE] = colon > 0;
    mine->value[MINE_MIN_SCORE] = low;
    mine->has[MINE_MAX_SCORE] = *rest != '\0';
    mine->value[MINE_MAX_SCORE] = high;
    return true;
}

static void format_band(const Option *o, const void *field, Str *out)
{
    (void)o;
    const MineOptions *mine = field;
    if (!mine->has[MINE_MIN_SCORE] && !mine->has[MINE_MAX_SCORE]) return;
    if (mine->has[MINE_MIN_SCORE]) add_real(mine->value[MINE_MIN_SCORE], out);
    str_add_char(out, ':');
    if (mine->has[MINE_MAX_SCORE]) add_real(mine->value[MINE_MAX_SCORE], out);
}

static bool parse_filter(const Option *o, const char *text, void *field, Err *err)
{
    MineOptions *mine = field;
    if (!parse_real(o, text, &mine->value[o->which], err)) return false;
    mine->has[o->which] = true;
    return true;
}

static void format_filter(const Option *o, const void *field, Str *out)
{
    const MineOptions *mine = field;
    if (mine->has[o->which]) add_real(mine->value[o->which], out);
}

#define TYPE(words, parser, formatter)                                                             \
    {                                                                                              \
        .describes = words, .takes_value = true, .parse = parser, .format = formatter              \
    }

const OptionType OPTION_FLAG = {
    .describes = "a flag", .parse = parse_flag, .format = format_nothing};
const OptionType OPTION_TEXT = TYPE("a text", parse_text, format_text);
const OptionType OPTION_TEXTS = TYPE("a text", parse_texts, format_nothing);
const OptionType OPTION_SIZE = TYPE("a whole number", parse_size, format_size);
const OptionType OPTION_SEED = TYPE("a whole number", parse_seed, format_seed);
const OptionType OPTION_ID = TYPE("an id (a whole number from 1)", parse_id, format_id);
const OptionType OPTION_REAL = TYPE("a number", parse_real, format_real);
const OptionType OPTION_CHOICE = TYPE("one of the words", parse_choice, format_choice);
const OptionType OPTION_SWITCH = TYPE("one of the words", parse_switch, format_switch);
const OptionType OPTION_SPLIT = TYPE("a split", parse_split, format_split);
const OptionType OPTION_SPLITS = TYPE("a list of splits", parse_splits, format_splits);
const OptionType OPTION_STATUSES = TYPE("a list of statuses", parse_statuses, format_statuses);
const OptionType OPTION_ADD_SPLIT = TYPE("a split", parse_add_split, format_nothing);
const OptionType OPTION_CUTS = TYPE("a list of whole numbers (1,5,10)", parse_cuts, format_cuts);
const OptionType OPTION_RANGE = TYPE("a range of ranks (10:60)", parse_range, format_range);
const OptionType OPTION_BAND = TYPE("a band of scores (0.3:0.7)", parse_band, format_band);
const OptionType OPTION_FILTER = TYPE("a number", parse_filter, format_filter);
