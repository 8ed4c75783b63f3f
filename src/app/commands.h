/* Commands: one table. Of the command line parsing, `-h`, `help` and completion follow from its rows;
 * of the screen keys, menu, palette, help and the hints in the last line. A name of two words ("chunk
 * join") is a command of its own; the longest name that fits is meant. A row with `run` works on the
 * command line, one with `action` on the screen, many do both. */
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
    GROUP_PROJECT, GROUP_CORPUS, GROUP_QUESTIONS, GROUP_NEGATIVES, GROUP_TRAINING, GROUP_COMPARE, GROUP_VIEW, GROUP_COUNT
} CommandGroup;

typedef enum ViewId {
    VIEW_CHUNKS, VIEW_QUESTIONS, VIEW_NEGATIVES, VIEW_TRAINING, VIEW_COMPARE, VIEW_SEARCH, VIEW_COUNT
} ViewId;

/* Where a command works on the screen: bits 1 << ViewId. */
#define IN_CHUNKS (1u << VIEW_CHUNKS)
#define IN_QUESTIONS (1u << VIEW_QUESTIONS)
#define IN_NEGATIVES (1u << VIEW_NEGATIVES)
#define IN_TRAINING (1u << VIEW_TRAINING)
#define IN_COMPARE (1u << VIEW_COMPARE)
#define IN_SEARCH (1u << VIEW_SEARCH)
#define IN_LISTS (IN_CHUNKS | IN_QUESTIONS | IN_NEGATIVES)
#define ANYWHERE ((1u << VIEW_COUNT) - 1)
#define IN_WELCOME (1u << VIEW_COUNT) /* before there is a project, or anything in it: no view */

/* What the screen does. One action may mean a like thing in several views (accept, exclude …). */
typedef enum Action {
    ACTION_NONE,    /* not on the screen */
    ACTION_COMMAND, /* the row's options as a form, then its run as a job */

    /* moving */
    ACTION_UP, ACTION_DOWN, ACTION_LEFT, ACTION_RIGHT, ACTION_PAGE_UP, ACTION_PAGE_DOWN, ACTION_FIRST, ACTION_LAST,
    ACTION_OPEN, ACTION_BACK, ACTION_NEXT_PANE, ACTION_PREVIOUS_PANE,
    ACTION_SEARCH, ACTION_SEARCH_NEXT, ACTION_SEARCH_PREVIOUS, ACTION_FILTER, ACTION_ORDER,
    ACTION_MARK, ACTION_MARK_RANGE, ACTION_MARK_ALL, ACTION_UNMARK, ACTION_RENEW,

    /* the screen as a whole */
    ACTION_SHOW_CHUNKS, ACTION_SHOW_QUESTIONS, ACTION_SHOW_NEGATIVES, ACTION_SHOW_TRAINING, ACTION_SHOW_COMPARE,
    ACTION_SHOW_SEARCH, /* in the order of ViewId */
    ACTION_BESIDE, ACTION_NARROWER, ACTION_WIDER, ACTION_MENU, ACTION_PALETTE, ACTION_HELP, ACTION_THEME, ACTION_MOUSE,
    ACTION_JOBS, ACTION_MESSAGES, ACTION_COPY, ACTION_WRITE, ACTION_QUIT, ACTION_NEXT_STEP,
    ACTION_NEW_PROJECT, ACTION_OPEN_PROJECT, ACTION_SAMPLE, ACTION_SAMPLE_ENGLISH, ACTION_SAMPLE_CHINESE,

    /* deciding and editing */
    ACTION_UNDO, ACTION_REDO, ACTION_ACCEPT, ACTION_REJECT, ACTION_SKIP, ACTION_FLAG, ACTION_REOPEN,
    ACTION_EDIT, ACTION_EDITOR, ACTION_NEW, ACTION_MOVE_TO_CHUNK, ACTION_REGENERATE, ACTION_GENERATE_HERE,
    ACTION_JOIN, ACTION_CUT, ACTION_EXCLUDE, ACTION_INCLUDE, ACTION_DOCUMENTS,
    ACTION_KEEP, ACTION_FALSE_NEGATIVE, ACTION_PROMOTE, ACTION_KEEP_REST, ACTION_MINE, ACTION_DIAL,

    /* training and comparing */
    ACTION_TRAIN, ACTION_SWEEP, ACTION_PAUSE, ACTION_FINISH, ACTION_LOG, ACTION_SMOOTH, ACTION_LOG_SCALE, ACTION_ZOOM_IN, ACTION_ZOOM_OUT,
    ACTION_X_AXIS, ACTION_OUTCOME, ACTION_EVALUATE, ACTION_BASELINE, ACTION_CUTOFFS, ACTION_SPLIT_CHOICE, ACTION_TABLES,
    ACTION_JUDGE, ACTION_JUDGE_NOT, ACTION_REMOVE_RUN, ACTION_RETRIEVERS, ACTION_MAKE_QUESTION,
    ACTION_COUNT
} Action;

typedef struct Command {
    const char *name;
    CommandGroup group;
    const char *arguments; /* as help shows them: "FILE…"; "" when none */
    const char *help;      /* one line */
    const char *details;   /* more for -h: lines of at most 78 columns, or NULL */
    size_t least, most;    /* how many arguments */
    bool files;            /* the arguments are files, for completion */
    OptionNames names;     /* or names of these */
    const char *words;     /* "accept|reject": words among the arguments, for completion, or NULL */
    const OptionId *options; /* beside the common ones; ends with OPT_HELP */
    ProjectNeed project;
    bool (*run)(struct Session *s, Err *err); /* NULL: on the screen only */

    /* on the screen */
    Action action;
    unsigned views;     /* where its keys work */
    const char *keys;   /* "Down j": each by itself; ",e": one after the other; names as ui/key.h has them */
    const char *title;  /* in menus, at most 28 columns; the palette shows help beside it */
    const char *hint;   /* in the last line, one or two words; NULL: not there */
} Command;

/* Those of the command line first: for (i = 0; COMMANDS[i].run; i++) … */
extern const Command COMMANDS[];
extern const size_t COMMAND_COUNT;

#define ARGUMENTS_MAX ((size_t)1 << 20)

const char *command_group_title(CommandGroup g); /* of help */
const char *command_group_menu(CommandGroup g);  /* of the menu */

/* command_find: by name; second may be NULL. *ret_words: how many of the two belong to the name.
 * NULL: no such command. */
const Command *command_find(const char *first, const char *second, size_t *ret_words);

/* command_is_prefix: do commands of two words begin with this one? */
bool command_is_prefix(const char *first);

/* command_option: the i-th option that the command takes, own ones first; NULL past the last. c
 * NULL: the common ones. */
const Option *command_option(const Command *c, size_t i);

#endif
