/* Commands: one table. Parsing, `-h`, `help`, completion and the screen's palette and menu follow
 * from its rows. A name of two words ("chunk join") is a command of its own; the longest name that
 * fits is meant. */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

#include "app/options.h"

struct Session;

typedef enum ProjectNeed {
    PROJECT_NONE,  /* works without one and never opens one */
    PROJECT_MAYBE, /* opened where there is one: the command says itself when it misses it */
    PROJECT_OPEN,
} ProjectNeed;

typedef enum CommandGroup {
    GROUP_PROJECT, GROUP_CORPUS, GROUP_QUESTIONS, GROUP_NEGATIVES, GROUP_TRAINING, GROUP_COMPARE, GROUP_COUNT
} CommandGroup;

typedef struct Command {
    const char *name;
    CommandGroup group;
    const char *arguments; /* as help shows them: "FILE…"; "" when none */
    const char *help;      /* one line */
    const char *details;   /* more for -h: lines of at most 78 columns, or NULL */
    size_t least, most;    /* how many arguments */
    bool files;            /* the arguments are files, for completion */
    const char *words;     /* "accept|reject": words among the arguments, for completion, or NULL */
    const OptionId *options; /* beside the common ones; ends with OPT_HELP */
    ProjectNeed project;
    bool (*run)(struct Session *s, Err *err);
} Command;

extern const Command COMMANDS[];
extern const size_t COMMAND_COUNT;

#define ARGUMENTS_MAX ((size_t)1 << 20)

const char *command_group_title(CommandGroup g);

/* command_find: by name; second may be NULL. *ret_words: how many of the two belong to the name.
 * NULL: no such command. */
const Command *command_find(const char *first, const char *second, size_t *ret_words);

/* command_is_prefix: do commands of two words begin with this one? */
bool command_is_prefix(const char *first);

/* command_option: the i-th option that the command takes, own ones first; NULL past the last. c
 * NULL: the common ones. */
const Option *command_option(const Command *c, size_t i);

#endif
