#include "app/help.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "store/filter.h"

enum { LEFT = 26, WIDTH = 79 };

/* Appends text from column `left` on, broken at blanks; the cursor is at column `at`. */
static void wrap(const char *text, int at, int left, Str *out)
{
    if (at + 2 > left) {
        str_add_char(out, '\n');
        at = 0;
    }
    for (; at < left; at++) str_add_char(out, ' ');
    while (*text) {
        size_t size = strcspn(text, " ");
        int width = utf8_width(text, size);
        if (at > left && at + 1 + width > WIDTH) {
            str_add_char(out, '\n');
            for (at = 0; at < left; at++) str_add_char(out, ' ');
        } else if (at > left) {
            str_add_char(out, ' ');
            at++;
        }
        str_add_bytes(out, text, size);
        at += width;
        text += size + (text[size] == ' ');
    }
    str_add_char(out, '\n');
}

/* One line of a list: left part, then its explanation. */
static void row(const Str *left, const char *text, int column, Str *out)
{
    str_add(out, str_get(left));
    wrap(text, utf8_width(str_get(left), left->size), column, out);
}

static void option_row(const Option *o, const Options *defaults, Str *out)
{
    Str left = {0}, right = {0}, value = {0}, words = {0};
    if (o->letter)
        str_addf(&left, "  -%c, --%s", o->letter, o->name);
    else
        str_addf(&left, "      --%s", o->name);
    if (o->type->takes_value) str_addf(&left, " %s", o->value ? o->value : "VALUE");
    str_add(&right, o->help);
    option_words(o, &words);
    if (words.size) {
        str_add(&right, ": ");
        for (const char *at = words.data; *at; at++) {
            if (*at == '|')
                str_add(&right, ", ");
            else
                str_add_char(&right, *at);
        }
    }
    option_value(o, defaults, &value);
    if (value.size) str_addf(&right, " (%s)", value.data);
    row(&left, str_get(&right), LEFT, out);
    str_release(&left);
    str_release(&right);
    str_release(&value);
    str_release(&words);
}

static void options_part(const Command *c, Str *out)
{
    Options defaults;
    options_init(&defaults);
    const Option *o;
    bool own = true;
    if (command_option(c, 0) != &OPTIONS[OPT_HELP]) str_add(out, "\nOptions\n");
    for (size_t i = 0; (o = command_option(c, i)); i++) {
        if (own && o == &OPTIONS[OPT_HELP]) {
            str_add(out, "\nCommon options\n");
            own = false;
        }
        option_row(o, &defaults, out);
    }
    options_release(&defaults);
}

void help_filter(const Command *c, Str *out)
{
    static const struct {
        const char *command;
        FilterOf of;
    } FILTERS[] = {
        {"documents", FILTER_DOCUMENTS},       {"chunks", FILTER_CHUNKS},
        {"questions", FILTER_QUESTIONS},       {"candidates", FILTER_CANDIDATES},
        {"review question", FILTER_QUESTIONS}, {"review candidate", FILTER_CANDIDATES},
        {"generate", FILTER_CHUNKS},           {"eval", FILTER_QUESTIONS},
        {"compare", FILTER_QUESTIONS},
    };
    for (size_t i = 0; i < sizeof FILTERS / sizeof *FILTERS; i++)
        if (strcmp(FILTERS[i].command, c->name) == 0) filter_help(FILTERS[i].of, out);
}

static void filter_part(const Command *c, Str *out)
{
    Str fields = {0};
    help_filter(c, &fields);
    if (fields.size) str_add(out, "\nFilter\n");
    for (const char *at = str_get(&fields); *at;) {
        size_t line = strcspn(at, "\n"), name = strcspn(at, "\t\n");
        size_t from = at[name] == '\t' ? name + 1 : name;
        char *text = mem_strndup(at + from, line - from);
        Str left = {0};
        str_addf(&left, "  %.*s", (int)name, at);
        row(&left, text, LEFT, out);
        str_release(&left);
        free(text);
        at += line + (at[line] == '\n');
    }
    str_release(&fields);
}

void help_command(const Command *c, Str *out)
{
    str_addf(out, "hone %s%s%s%s\n\n%c%s.\n", c->name,
             c->options[0] != OPT_HELP ? " [OPTIONS]" : "", *c->arguments ? " " : "", c->arguments,
             toupper((unsigned char)c->help[0]), c->help + 1);
    if (c->details) str_addf(out, "%s\n", c->details);
    options_part(c, out);
    filter_part(c, out);
    if (!strchr(c->name, ' ') && command_is_prefix(c->name)) {
        str_add(out, "\nSee also\n");
        help_prefix(c->name, out);
    }
}

static void command_row(const Command *c, Str *out)
{
    Str left = {0};
    str_addf(&left, "  %s %s", c->name, c->arguments);
    while (left.size && left.data[left.size - 1] == ' ') str_truncate(&left, left.size - 1);
    row(&left, c->help, LEFT, out);
    str_release(&left);
}

void help_prefix(const char *first, Str *out)
{
    size_t size = strlen(first);
    for (size_t i = 0; COMMANDS[i].run; i++) {
        const char *name = COMMANDS[i].name;
        if (strncmp(name, first, size) == 0 && name[size] == ' ') command_row(&COMMANDS[i], out);
    }
}

void help_overview(Str *out)
{
    str_add(out, "hone [-p FILE.hone] COMMAND [OPTIONS] [ARGUMENTS]\n\n"
                 "Makes a retriever fit one body of documents.\n");
    for (CommandGroup g = 0; g < GROUP_COUNT; g++) {
        str_addf(out, "\n%s\n", command_group_title(g));
        for (size_t i = 0; COMMANDS[i].run; i++)
            if (COMMANDS[i].group == g) command_row(&COMMANDS[i], out);
    }
    options_part(NULL, out);
    str_add(out, "\n'hone COMMAND -h' tells more about a command.\n");
}

void help_guide(Str *out)
{
    str_add(out, "hone makes a retriever fit one body of documents: chunks from your files,\n"
                 "questions for them, hard negatives, a trained adapter, and a table that says\n"
                 "what it was worth. Everything is kept in one project file.\n"
                 "\n"
                 "  hone init handbook.hone                   make a project\n"
                 "  hone add docs --split auto                read a folder, cut chunks\n"
                 "  hone generate                             questions for every chunk\n"
                 "  hone review question --where 'doubt<0.2' accept\n"
                 "  hone mine                                 candidates for hard negatives\n"
                 "  hone train --name first                   train an adapter over lsa\n"
                 "  hone eval                                 retrievers side by side\n"
                 "\n"
                 "'hone status' says at any time what is there and what to do next;\n"
                 "'hone help' lists the commands; 'hone sample' makes a project to try them on.\n");
}
