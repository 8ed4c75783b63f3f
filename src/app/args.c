#include "app/args.h"

#include <string.h>

/* ---- what was meant by a word that is wrong ---- */

/* Optimal string alignment distance, words up to 30 bytes. */
static size_t distance(const char *a, const char *b)
{
    enum { LONGEST = 30 };
    size_t rows[3][LONGEST + 1];
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST) return SIZE_MAX;
    for (size_t j = 0; j <= m; j++) rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = rows[i % 3], *before = rows[(i - 1) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = before[j - 1] + (a[i - 1] != b[j - 1]);
            if (before[j] + 1 < best) best = before[j] + 1;
            if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                earlier[j - 2] + 1 < best)
                best = earlier[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[n % 3][m];
}

/* Keeps the nearest word in *best; a third of its letters may be wrong. */
static void nearer(const char *given, const char *word, const char **best, size_t *least)
{
    size_t d = distance(given, word);
    if (d < *least && d <= strlen(word) / 3 + 1) {
        *least = d;
        *best = word;
    }
}

static bool unknown_command(const char *word, Err *err)
{
    const char *best = NULL;
    size_t least = SIZE_MAX;
    for (size_t i = 0; COMMANDS[i].run; i++) nearer(word, COMMANDS[i].name, &best, &least);
    if (best) return err_set(err, ERR_USAGE, "there is no command '%s'; is it '%s'?", word, best);
    return err_set(err, ERR_USAGE, "there is no command '%s'; 'hone help' lists them", word);
}

static bool unknown_option(const Args *a, const char *name, Err *err)
{
    const char *best = NULL;
    size_t least = SIZE_MAX;
    const Option *o;
    for (size_t i = 0; (o = command_option(a->command, i)); i++)
        nearer(name, o->name, &best, &least);
    const char *command = a->command ? a->command->name : "";
    const char *space = a->command ? " " : "";
    if (best)
        return err_set(err, ERR_USAGE,
                       "there is no option --%s; is it --%s? 'hone %s%s-h' lists them", name, best,
                       command, space);
    return err_set(err, ERR_USAGE, "there is no option --%s; 'hone %s%s-h' lists them", name,
                   command, space);
}

/* ---- which command ---- */

/* Does any option of that name take a value? Options may stand before the command that gives them
 * their meaning. */
static bool name_takes_value(const char *name, size_t size)
{
    for (size_t i = 0; i < OPT_COUNT; i++)
        if (strlen(OPTIONS[i].name) == size && memcmp(OPTIONS[i].name, name, size) == 0)
            return OPTIONS[i].type->takes_value;
    return false;
}

static bool letter_takes_value(char letter)
{
    for (size_t i = 0; i < OPT_COUNT; i++)
        if (OPTIONS[i].letter == letter) return OPTIONS[i].type->takes_value;
    return false;
}

/* Is the value of this option the next word? */
static bool value_follows(const char *word)
{
    if (word[1] == '-') return !strchr(word, '=') && name_takes_value(word + 2, strlen(word + 2));
    for (const char *at = word + 1; *at; at++)
        if (letter_takes_value(*at)) return at[1] == '\0';
    return false;
}

/* Positions in argv of the first two words that are no options; 0: not there. */
static void find_words(int argc, char **argv, int ret[2])
{
    int found = 0;
    bool ended = false;
    for (int i = 1; i < argc && found < 2; i++) {
        const char *word = argv[i];
        if (ended || word[0] != '-' || word[1] == '\0') {
            ret[found++] = i;
        } else if (strcmp(word, "--") == 0) {
            ended = true;
        } else if (value_follows(word)) {
            i++;
        }
    }
}

/* Finds the command; ret_name: the positions in argv that are its name, 0 for none. */
static bool find_command(int argc, char **argv, Args *a, int ret_name[2], Err *err)
{
    int words[2] = {0, 0};
    find_words(argc, argv, words);
    ret_name[0] = ret_name[1] = 0;
    if (!words[0]) return true;
    const char *first = argv[words[0]];
    if (str_ends(first, ".hone")) {
        a->options.project = first;
        ret_name[0] = words[0];
        return !words[1] || err_set(err, ERR_USAGE,
                                    "'%s': the project is named with -p before a command", first);
    }
    size_t count = 0;
    a->command = command_find(first, words[1] ? argv[words[1]] : NULL, &count);
    if (!a->command) {
        if (!command_is_prefix(first)) return unknown_command(first, err);
        a->prefix = first;
        count = 1;
    }
    ret_name[0] = words[0];
    if (count == 2) ret_name[1] = words[1];
    return true;
}

/* ---- options ---- */

static bool set(Args *a, const Option *o, const char *value, Err *err)
{
    if (option_set(o, value, &a->options, err)) return true;
    return err_set(err, err->kind, "%s; 'hone %s%s-h' tells more", err->message,
                   a->command ? a->command->name : "", a->command ? " " : "");
}

static bool missing_value(const Option *o, Err *err)
{
    return err_set(err, ERR_USAGE, "--%s needs a value: --%s %s", o->name, o->name,
                   o->value ? o->value : "VALUE");
}

/* A word that begins with "--". next: the word after it or NULL; *ret_used: next was its value. */
static bool parse_long(Args *a, const char *word, const char *next, bool *ret_used, Err *err)
{
    const char *name = word + 2;
    size_t size = strcspn(name, "=");
    const char *value = name[size] ? name + size + 1 : NULL;
    const Option *o;
    for (size_t i = 0; (o = command_option(a->command, i)); i++)
        if (strlen(o->name) == size && memcmp(o->name, name, size) == 0) break;
    if (!o) {
        char *given = mem_strndup(name, size);
        unknown_option(a, given, err);
        free(given);
        return false;
    }
    if (!o->type->takes_value) {
        if (value) return err_set(err, ERR_USAGE, "--%s takes no value", o->name);
        return set(a, o, NULL, err);
    }
    if (!value) {
        if (!next) return missing_value(o, err);
        value = next;
        *ret_used = true;
    }
    return set(a, o, value, err);
}

static bool parse_short(Args *a, const char *word, const char *next, bool *ret_used, Err *err)
{
    for (const char *at = word + 1; *at; at++) {
        const Option *o;
        for (size_t i = 0; (o = command_option(a->command, i)); i++)
            if (o->letter == *at) break;
        if (!o)
            return err_set(err, ERR_USAGE, "there is no option '%s'; 'hone %s%s-h' lists them",
                           word, a->command ? a->command->name : "", a->command ? " " : "");
        if (!o->type->takes_value) {
            if (!set(a, o, NULL, err)) return false;
            continue;
        }
        const char *value = at[1] ? at + 1 : next;
        if (!value) return missing_value(o, err);
        *ret_used = !at[1];
        return set(a, o, value, err);
    }
    return true;
}

static bool check_count(const Args *a, Err *err)
{
    const Command *c = a->command;
    if (!c || a->options.help) return true;
    size_t count = a->arguments.count;
    if (count < c->least)
        return err_set(err, ERR_USAGE, "something is missing: hone %s %s", c->name, c->arguments);
    if (count > c->most)
        return err_set(err, ERR_USAGE, "'%s' is too much: hone %s %s", a->arguments.items[c->most],
                       c->name, c->arguments);
    return true;
}

static bool check_prefix(const Args *a, Err *err)
{
    if (!a->prefix || a->options.help) return true;
    Str names = {0};
    for (size_t i = 0; COMMANDS[i].run; i++) {
        size_t size = strlen(a->prefix);
        const char *name = COMMANDS[i].name;
        if (strncmp(name, a->prefix, size) == 0 && name[size] == ' ')
            str_addf(&names, "%s'hone %s'", names.size ? ", " : "", name);
    }
    err_set(err, ERR_USAGE, "%s what? %s", a->prefix, str_get(&names));
    str_release(&names);
    return false;
}

bool args_parse(int argc, char **argv, Args *ret, Err *err)
{
    *ret = (Args){0};
    options_init(&ret->options);
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        size_t words;
        ret->command = command_find("version", NULL, &words);
        return true;
    }
    int name[2];
    if (!find_command(argc, argv, ret, name, err)) return false;
    bool ended = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        const char *next = i + 1 < argc ? argv[i + 1] : NULL;
        bool used = false;
        if (i == name[0] || i == name[1]) continue;
        if (ended || word[0] != '-' || word[1] == '\0')
            vec_push(&ret->arguments, word);
        else if (strcmp(word, "--") == 0)
            ended = true;
        else if (word[1] == '-' ? !parse_long(ret, word, next, &used, err)
                                : !parse_short(ret, word, next, &used, err))
            return false;
        i += used;
    }
    return check_prefix(ret, err) && check_count(ret, err);
}

void args_release(Args *a)
{
    options_release(&a->options);
    vec_release(&a->arguments);
}
