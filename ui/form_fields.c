#include "ui/form_fields.h"

#include <stdlib.h>
#include <string.h>

#include "app/option_types.h"

#define USUAL_MOST 11 /* more fields than these: the others are folded away */
#define USUAL 10

/* Options of every command that make no sense on the screen. */
static bool is_left_out(const Option *o)
{
    static const OptionId OUT[] = {OPT_HELP,  OPT_PROJECT, OPT_QUIET, OPT_JSON,    OPT_THREADS,
                                   OPT_JSONL, OPT_STDIN,   OPT_QUERY, OPT_ESTIMATE};
    for (size_t i = 0; i < sizeof OUT / sizeof *OUT; i++)
        if (o == &OPTIONS[OUT[i]]) return true;
    return false;
}

/* ---- making the fields ---- */

static void split_words(const char *words, ShellWords *ret)
{
    while (*words) {
        size_t size = strcspn(words, "|");
        char *word = mem_strndup(words, size);
        shell_add(ret, word);
        free(word);
        words += size + (words[size] == '|');
    }
}

static bool is_list(const Option *o)
{
    return o->type == &OPTION_SPLITS || o->type == &OPTION_STATUSES || o->type == &OPTION_TEXTS;
}

static void choose_word(FormField *f, const char *word)
{
    for (size_t i = 0; i < f->words.count; i++)
        if (strcmp(f->words.items[i], word) == 0) f->word = i;
}

static FormField option_field(const Option *o, const Options *defaults)
{
    FormField f = {.kind = FIELD_LINE, .option = o};
    Str value = {0}, words = {0};
    option_value(o, defaults, &value);
    option_words(o, &words);
    if (!o->type->takes_value) {
        f.kind = FIELD_FLAG;
    } else if (words.size && !is_list(o)) {
        f.kind = FIELD_WORD;
        if (value.size == 0) shell_add(&f.words, "");
        split_words(words.data, &f.words);
        choose_word(&f, str_get(&value));
    }
    f.initial = str_take(&value);
    str_release(&words);
    return f;
}

/* ---- what belongs to a method or a loss ---- */

static bool has_word(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (; *words; words += words[strcspn(words, "|")] ? strcspn(words, "|") + 1 : strlen(words))
        if (strcspn(words, "|") == size && memcmp(words, word, size) == 0) return true;
    return false;
}

/* *ret_special: it is worth a look now that this method, or a loss that is not the usual one, is
 * chosen. */
static bool fits(FormFields *f, const FormField *field, bool *ret_special)
{
    const FormField *method = form_field_of(f, OPT_METHOD), *loss = form_field_of(f, OPT_LOSS);
    const char *of = field->option ? field->option->of : NULL;
    *ret_special = false;
    if (field->option == &OPTIONS[OPT_TRAIN_EMBEDDER]) { /* a reranker is trained instead */
        const FormField *reranker = form_field_of(f, OPT_TRAIN_RERANKER);
        return !reranker || !form_field_changed(reranker);
    }
    if (!of || !method) return true;
    bool by_method = has_word(of, form_field_text(method)),
         by_loss = loss && has_word(of, form_field_text(loss));
    *ret_special = by_method || (by_loss && form_field_changed(loss));
    return by_method || by_loss;
}

void form_fields_arrange(FormFields *f)
{
    FormField *sorted = mem_zero(f->count + 1, sizeof *sorted);
    size_t *rank = mem_zero(f->count + 1, sizeof *rank), own = 0;
    f->fitting = 0;
    for (size_t i = 0; i < f->count; i++) {
        const FormField *field = &f->items[i];
        bool special, fit = fits(f, field, &special);
        f->fitting += fit;
        own += special;
        rank[i] = special ? 2 * USUAL + 1 : 2 * (field->place + 1);
        if (!fit) rank[i] += 4 * f->count;
    }
    for (size_t i = 0; i < f->count; i++) {
        size_t at = 0;
        for (size_t k = 0; k < f->count; k++)
            at +=
                rank[k] < rank[i] || (rank[k] == rank[i] && f->items[k].place < f->items[i].place);
        sorted[at] = f->items[i];
    }
    free(f->items);
    free(rank);
    f->items = sorted;
    f->usual = f->fitting > USUAL_MOST ? USUAL + own : f->fitting;
    if (f->usual > f->fitting) f->usual = f->fitting;
}

static void make_fields(FormFields *f, const Command *c)
{
    Options defaults;
    size_t count = 0;
    const Option *o;
    options_init(&defaults);
    while (command_option(c, count)) count++;
    f->items = mem_zero(count + 1, sizeof *f->items);
    if (c->most > 0)
        f->items[f->count++] = (FormField){.kind = FIELD_ARGUMENTS, .initial = mem_strdup("")};
    for (size_t i = 0; (o = command_option(c, i)); i++)
        if (!is_left_out(o)) f->items[f->count++] = option_field(o, &defaults);
    for (size_t i = 0; i < f->count; i++) f->items[i].place = i;
    options_release(&defaults);
}

/* ---- what is set already ---- */

static FormField *field_named(FormFields *f, const char *name, size_t size)
{
    for (size_t i = 0; i < f->count; i++) {
        const Option *o = f->items[i].option;
        if (!o) continue;
        bool letter = size == 1 && o->letter == *name;
        if (letter || (strlen(o->name) == size && memcmp(o->name, name, size) == 0))
            return &f->items[i];
    }
    return NULL;
}

static void add_quoted(FormField *f, const char *word)
{
    Str text = {0};
    str_add(&text, str_get(&f->line.text));
    if (text.size) str_add_char(&text, ' ');
    shell_quote(word, &text);
    field_set(&f->line, str_get(&text));
    str_release(&text);
}

static void set_field(FormField *f, const char *value)
{
    if (f->kind == FIELD_WORD)
        choose_word(f, value);
    else if (f->kind == FIELD_FLAG)
        f->on = true;
    else if (f->kind == FIELD_ARGUMENTS || f->option->type == &OPTION_TEXTS)
        add_quoted(f, value);
    else
        field_set(&f->line, value);
}

/* How many of the words are the command's name. */
static size_t name_words(const Command *c, const char *const *words, size_t count)
{
    if (count == 0 || strcmp(words[0], c->name) == 0) return count > 0;
    size_t first = strcspn(c->name, " ");
    bool two = count > 1 && c->name[first] == ' ' && strlen(words[0]) == first &&
               memcmp(words[0], c->name, first) == 0 && strcmp(words[1], c->name + first + 1) == 0;
    return two ? 2 : 0;
}

static void set_words(FormFields *f, const char *const *words, size_t count)
{
    bool ended = false;
    for (size_t i = name_words(f->command, words, count); i < count; i++) {
        const char *word = words[i];
        if (!ended && strcmp(word, "--") == 0) {
            ended = true;
            continue;
        }
        if (ended || word[0] != '-' || !word[1]) {
            if (f->count && f->items[0].kind == FIELD_ARGUMENTS) set_field(&f->items[0], word);
            continue;
        }
        const char *name = word + 1 + (word[1] == '-');
        size_t size = strcspn(name, "=");
        FormField *field = field_named(f, name, size);
        if (!field) continue;
        if (field->kind == FIELD_FLAG || name[size])
            set_field(field, name[size] ? name + size + 1 : "");
        else if (i + 1 < count)
            set_field(field, words[++i]);
    }
}

void form_fields_init(FormFields *f, const Command *c, const char *const *words, size_t count)
{
    *f = (FormFields){.command = c};
    make_fields(f, c);
    set_words(f, words, count);
    form_fields_arrange(f);
}

void form_fields_release(FormFields *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free(f->items[i].initial);
        field_release(&f->items[i].line);
        shell_release(&f->items[i].words);
    }
    free(f->items);
    *f = (FormFields){0};
}

/* ---- one field ---- */

const char *form_field_name(const FormFields *f, size_t i)
{
    return f->items[i].option ? f->items[i].option->name : f->command->arguments;
}

const char *form_field_text(const FormField *field)
{
    if (field->kind == FIELD_WORD) return field->words.items[field->word];
    if (field->kind == FIELD_FLAG) return field->on ? "x" : "";
    return field->line.text.size ? str_get(&field->line.text) : field->initial;
}

bool form_field_changed(const FormField *field)
{
    if (field->kind == FIELD_FLAG) return field->on;
    return strcmp(form_field_text(field), field->initial) != 0;
}

void form_field_turn(FormField *field, int by)
{
    size_t count = field->words.count;
    if (count) field->word = (field->word + count + (size_t)(by < 0 ? count - 1 : 1)) % count;
}

void form_field_offer(FormField *field, const char *words)
{
    char *chosen = mem_strdup(form_field_text(field));
    shell_release(&field->words);
    field->words = (ShellWords){0};
    field->word = 0;
    split_words(words, &field->words);
    choose_word(field, chosen);
    free(chosen);
}

void form_field_default(FormField *field, const char *text)
{
    free(field->initial);
    field->initial = mem_strdup(text);
}

FormField *form_field_of(FormFields *f, OptionId id)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->items[i].option == &OPTIONS[id]) return &f->items[i];
    return NULL;
}

/* ---- checking ---- */

static bool check_arguments(const FormFields *f, const char *text, Err *err)
{
    ShellWords words = {0};
    const Command *c = f->command;
    bool ok = shell_split(text, &words, err);
    if (ok && words.count < c->least) ok = err_set(err, ERR_USAGE, "%s is missing", c->arguments);
    if (ok && words.count > c->most)
        ok = err_set(err, ERR_USAGE, "'%.60s' is too much: %s", words.items[c->most], c->arguments);
    shell_release(&words);
    return ok;
}

static bool check_option(const Option *o, const char *text, Err *err)
{
    Options scratch;
    options_init(&scratch);
    bool ok = option_set(o, text, &scratch, err);
    options_release(&scratch);
    return ok;
}

static bool check_each(const Option *o, const char *text, Err *err)
{
    ShellWords words = {0};
    bool ok = shell_split(text, &words, err);
    for (size_t i = 0; ok && i < words.count; i++) ok = check_option(o, words.items[i], err);
    shell_release(&words);
    return ok;
}

bool form_field_check(const FormFields *f, size_t i, Err *err)
{
    const FormField *field = &f->items[i];
    const char *text = form_field_text(field);
    if (field->kind == FIELD_ARGUMENTS) return check_arguments(f, text, err);
    if (!form_field_changed(field) || field->kind == FIELD_FLAG) return true;
    if (field->option->type == &OPTION_TEXTS) return check_each(field->option, text, err);
    return check_option(field->option, text, err);
}

bool form_check(const FormFields *f, Err *err)
{
    for (size_t i = 0; i < f->fitting; i++)
        if (!form_field_check(f, i, err)) return false;
    return true;
}

/* ---- words ---- */

static void add_option(const FormField *field, const char *value, ShellWords *ret)
{
    char *name = str_format("--%s", field->option->name);
    shell_add(ret, name);
    free(name);
    if (value) shell_add(ret, value);
}

static void add_field(const FormField *field, ShellWords *ret)
{
    ShellWords parts = {0};
    if (field->kind == FIELD_FLAG) {
        add_option(field, NULL, ret);
    } else if (field->option->type == &OPTION_TEXTS) {
        shell_split(form_field_text(field), &parts, NULL);
        for (size_t i = 0; i < parts.count; i++) add_option(field, parts.items[i], ret);
    } else {
        add_option(field, form_field_text(field), ret);
    }
    shell_release(&parts);
}

static void add_arguments(const FormField *field, ShellWords *ret)
{
    ShellWords words = {0};
    bool dashes = false;
    shell_split(form_field_text(field), &words, NULL);
    for (size_t i = 0; i < words.count; i++) dashes |= words.items[i][0] == '-';
    if (dashes) shell_add(ret, "--");
    for (size_t i = 0; i < words.count; i++) shell_add(ret, words.items[i]);
    shell_release(&words);
}

void form_words(const FormFields *f, ShellWords *ret)
{
    const char *name = f->command->name;
    size_t first = strcspn(name, " ");
    char *word = mem_strndup(name, first);
    shell_add(ret, word);
    free(word);
    if (name[first]) shell_add(ret, name + first + 1);
    for (size_t i = 0; i < f->fitting; i++) {
        const FormField *field = &f->items[i];
        if (field->option && form_field_changed(field) && form_field_check(f, i, NULL))
            add_field(field, ret);
    }
    if (f->count && f->items[0].kind == FIELD_ARGUMENTS) add_arguments(&f->items[0], ret);
}

void form_line(const FormFields *f, Str *out)
{
    ShellWords words = {0};
    form_words(f, &words);
    str_add(out, "hone");
    for (size_t i = 0; i < words.count; i++) {
        str_add_char(out, ' ');
        shell_quote(words.items[i], out);
    }
    shell_release(&words);
}
