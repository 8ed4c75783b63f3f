#include "app/completion.h"

#include <string.h>

#include "app/commands.h"

/* "a|b|c" with blanks instead. */
static void add_words(const char *words, Str *out)
{
    for (; *words; words++) str_add_char(out, *words == '|' ? ' ' : *words);
}

/* For bash and zsh: a text between single quotes. */
static void add_quoted(const char *text, Str *out)
{
    str_add_char(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            str_add(out, "'\\''");
        else
            str_add_char(out, *text);
    }
    str_add_char(out, '\'');
}

/* First words of all commands, each once. */
static void first_words(Str *out)
{
    for (size_t i = 0; COMMANDS[i].run; i++) {
        size_t size = strcspn(COMMANDS[i].name, " ");
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++)
            seen = strncmp(COMMANDS[j].name, COMMANDS[i].name, size) == 0 &&
                   (COMMANDS[j].name[size] == '\0' || COMMANDS[j].name[size] == ' ');
        if (seen) continue;
        if (out->size) str_add_char(out, ' ');
        str_add_bytes(out, COMMANDS[i].name, size);
    }
}

/* Second words of the commands that begin with this one. */
static void second_words(const char *first, size_t size, Str *out)
{
    for (size_t i = 0; COMMANDS[i].run; i++) {
        const char *name = COMMANDS[i].name;
        if (strncmp(name, first, size) == 0 && name[size] == ' ')
            str_addf(out, " %s", name + size + 1);
    }
}

/* ---- bash; zsh reads it through bashcompinit ---- */

static void bash_options(const Command *c, Str *out)
{
    const Option *o;
    for (size_t i = 0; (o = command_option(c, i)); i++) {
        str_addf(out, "%s--%s", i ? " " : "", o->name);
        if (o->letter) str_addf(out, " -%c", o->letter);
    }
}

/* Where the value of an option is a word of a list: a case of its own. */
static void bash_values(const Command *c, Str *out)
{
    const Option *o;
    for (size_t i = 0; (o = command_option(c, i)); i++) {
        Str words = {0};
        option_words(o, &words);
        if (words.size) {
            str_addf(out, "        '%s %s%s'", c->name, "--", o->name);
            if (o->letter) str_addf(out, "|'%s -%c'", c->name, o->letter);
            str_add(out, ") words='");
            add_words(words.data, out);
            str_add(out, "' ;;\n");
        }
        str_release(&words);
    }
}

static void bash_write(Str *out)
{
    Str first = {0};
    first_words(&first);
    str_add(out, "# bash completion for hone\n"
                 "_hone() {\n"
                 "    local cur prev first='' command='' words='' options='' i\n"
                 "    cur=${COMP_WORDS[COMP_CWORD]}\n"
                 "    prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                 "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                 "        case ${COMP_WORDS[i]} in\n"
                 "        -p|--project|--threads) ((i++)) ;;\n"
                 "        -*) ;;\n"
                 "        *) if [ -z \"$first\" ]; then first=${COMP_WORDS[i]}; command=$first\n"
                 "           elif [ \"$command\" = \"$first\" ]; then command=\"$first "
                 "${COMP_WORDS[i]}\"; fi ;;\n"
                 "        esac\n"
                 "    done\n"
                 "    if [ -z \"$first\" ]; then\n"
                 "        case $prev in -p|--project) COMPREPLY=($(compgen -f -- \"$cur\")); "
                 "return ;; esac\n"
                 "        case $cur in\n"
                 "        -*) COMPREPLY=($(compgen -W '");
    bash_options(NULL, out);
    str_addf(out,
             "' -- \"$cur\")) ;;\n"
             "        *) COMPREPLY=($(compgen -W '%s' -- \"$cur\")) ;;\n"
             "        esac\n"
             "        return\n"
             "    fi\n"
             "    case $command in\n",
             str_get(&first));
    for (size_t i = 0; COMMANDS[i].run; i++)
        if (strchr(COMMANDS[i].name, ' ')) str_addf(out, "    '%s') ;;\n", COMMANDS[i].name);
    str_add(out, "    *) command=$first ;;\n"
                 "    esac\n"
                 "    case \"$command $prev\" in\n");
    for (size_t i = 0; COMMANDS[i].run; i++) bash_values(&COMMANDS[i], out);
    str_add(out, "    esac\n"
                 "    if [ -n \"$words\" ]; then COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); "
                 "return; fi\n"
                 "    case $command in\n");
    for (size_t i = 0; COMMANDS[i].run; i++) {
        const Command *c = &COMMANDS[i];
        str_addf(out, "    '%s') options='", c->name);
        bash_options(c, out);
        str_add(out, "' words='");
        if (c->words) add_words(c->words, out);
        if (!strchr(c->name, ' ')) second_words(c->name, strlen(c->name), out);
        str_add(out, "' ;;\n");
    }
    str_add(out, "    review) words='");
    second_words("review", 6, out);
    str_add(out, "' ;;\n    build) words='");
    second_words("build", 5, out);
    str_add(out,
            "' ;;\n"
            "    esac\n"
            "    case $cur in\n"
            "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")) ;;\n"
            "    *) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\") $(compgen -f -- \"$cur\")) ;;\n"
            "    esac\n"
            "}\n"
            "complete -o filenames -F _hone hone\n");
    str_release(&first);
}

static void zsh_write(Str *out)
{
    str_add(out, "#compdef hone\n"
                 "autoload -U +X bashcompinit && bashcompinit\n");
    bash_write(out);
}

/* ---- fish ---- */

/* A command without options or files of its own: the condition under which a line holds. */
static void fish_condition(const Command *c, Str *out)
{
    size_t size = strcspn(c->name, " ");
    str_addf(out, "__fish_seen_subcommand_from %.*s", (int)size, c->name);
    if (c->name[size]) str_addf(out, "; and __fish_seen_subcommand_from %s", c->name + size + 1);
}

static void fish_option(const Command *c, const Option *o, Str *out)
{
    Str words = {0};
    option_words(o, &words);
    str_add(out, "complete -c hone");
    if (c) {
        str_add(out, " -n '");
        fish_condition(c, out);
        str_add_char(out, '\'');
    }
    str_addf(out, " -l %s", o->name);
    if (o->letter) str_addf(out, " -s %c", o->letter);
    if (o->type->takes_value) str_add(out, " -r");
    if (words.size) {
        str_add(out, " -f -a '");
        add_words(words.data, out);
        str_add_char(out, '\'');
    }
    str_add(out, " -d ");
    add_quoted(o->help, out);
    str_add_char(out, '\n');
    str_release(&words);
}

static void fish_command(const Command *c, Str *out)
{
    size_t size = strcspn(c->name, " ");
    str_add(out, "complete -c hone -f -n '");
    if (c->name[size])
        str_addf(out, "__fish_seen_subcommand_from %.*s' -a %s", (int)size, c->name,
                 c->name + size + 1);
    else
        str_addf(out, "__fish_use_subcommand' -a %s", c->name);
    str_add(out, " -d ");
    add_quoted(c->help, out);
    str_add_char(out, '\n');
    if (c->words) {
        str_add(out, "complete -c hone -f -n '");
        fish_condition(c, out);
        str_add(out, "' -a '");
        add_words(c->words, out);
        str_add(out, "'\n");
    }
    const Option *o;
    for (size_t i = 0; (o = command_option(c, i)) && o != &OPTIONS[OPT_HELP]; i++)
        fish_option(c, o, out);
}

static void fish_write(Str *out)
{
    str_add(out, "# fish completion for hone\n");
    for (size_t i = 0; i < OPT_COMMON_COUNT; i++) fish_option(NULL, &OPTIONS[i], out);
    for (size_t i = 0; COMMANDS[i].run; i++) {
        size_t size = strcspn(COMMANDS[i].name, " ");
        size_t words;
        char *first = mem_strndup(COMMANDS[i].name, size);
        bool known = !COMMANDS[i].name[size] || command_find(first, NULL, &words);
        bool again = i > 0 && strncmp(COMMANDS[i - 1].name, COMMANDS[i].name, size) == 0;
        if (!known && !again)
            str_addf(out, "complete -c hone -f -n __fish_use_subcommand -a %s\n", first);
        free(first);
        fish_command(&COMMANDS[i], out);
    }
}

/* ---- the shells ---- */

static const struct {
    const char *name;
    void (*write)(Str *out);
} SHELLS[] = {
    {"bash", bash_write},
    {"zsh", zsh_write},
    {"fish", fish_write},
};

bool completion_write(const char *shell, Str *out, Err *err)
{
    for (size_t i = 0; i < sizeof SHELLS / sizeof *SHELLS; i++) {
        if (strcmp(SHELLS[i].name, shell) != 0) continue;
        SHELLS[i].write(out);
        return true;
    }
    return err_set(err, ERR_USAGE,
                   "'%s' is not a shell that there is completion for: bash, zsh, fish", shell);
}
