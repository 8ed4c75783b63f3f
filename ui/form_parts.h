/* The inside of a form: dialog_form.c (keys), form_draw.c, form_path.c (completion of paths),
 * form_names.c (of names),
 * form_extras.c (what single commands add), form_start.c (what becomes of it). */
#ifndef UI_FORM_PARTS_H
#define UI_FORM_PARTS_H

#include "ui/form_fields.h"
#include "ui/ui_parts.h"

typedef struct Form Form;

/* FormExtra: what the form of one command has beside its fields. One command, one row. */
typedef struct FormExtra {
    const char *command;
    void (*open)(Form *f); /* once, to preset what must be asked for; may be NULL */

    void (*changed)(Form *f); /* a value is another: what other fields offer may follow. May be NULL */
    OptionId ignored;         /* what ask is told depends on anything but this; OPT_HELP: on all */

    /* ask: the words changed and pass; ends in form_tell, now or later. May be NULL */
    void (*ask)(Form *f, const char *const *words, size_t count);
} FormExtra;

enum { SLOT_NAME, SLOT_EXTRA, SLOT_METHODS, SLOT_PATHS, SLOT_NAMES, SLOTS };

struct Form {
    Modal modal;
    const Command *command;
    FormFields fields;
    const FormExtra *extra; /* NULL: none */
    char *told;             /* by the extra; NULL: nothing yet */
    Look told_look;
    Progress *measuring;    /* until it has told; NULL: nobody knows */
    char *line;             /* the words that the extra was asked about */
    char *own_name;         /* that was offered; NULL: none */
    bool other_model;       /* a model that is chosen now is another than at first */
    char *methods_for;      /* the model whose methods are offered, or asked for */
    char *paths;            /* how the path may go on, to be shown; NULL: nothing */
    char *paths_for;        /* the arguments when they were asked for */
    ShellWords names;       /* that are listed */
    bool list_names;        /* Space asked: they are listed however few there are */
    char *names_for;        /* the field's text when they were asked for */
    char slots[SLOTS];      /* their addresses stand for what is asked of the desk */

    bool unfolded;          /* rarely used fields are shown too */
    size_t focus;           /* a row, then Start, then Cancel */
    size_t top;             /* first row shown */
    Area list, start_button, cancel_button; /* as drawn */
};

/* Rows: the fields that are shown, then "more" where some are folded away. */
size_t form_shown(const Form *f);     /* fields */
size_t form_rows(const Form *f);      /* with the row "more" */
FormField *form_focused(Form *f);     /* NULL: a button, or "more" */
void form_changed(Form *f);           /* a field has another value */

/* ---- form_draw.c ---- */
#define FORM_VALUE_X 20
void form_draw(Form *f, Area screen);
int form_value_width(const Form *f);

/* ---- form_path.c ---- */
bool form_path_can(Form *f);          /* the focused field holds the beginning of a path */
void form_path_ask(Form *f);
size_t form_last_word(const char *text); /* where it begins */

/* ---- form_names.c ---- */
bool form_names_here(Form *f);        /* the focused field takes the name of something */
bool form_names_list(Form *f);        /* true: what there is will be listed */
bool form_names_key(Form *f, Key k);  /* Tab behind a beginning, Space where none is typed */

/* ---- form_extras.c ---- */
const FormExtra *form_extra(const char *command); /* NULL: it has none */
void form_tell(Form *f, Look look, const char *text);

/* ---- form_start.c ---- */

/* form_start: as a job where there is a project, else at once. False: it was refused, and a message
 * says why. */
bool form_start(Ui *ui, const Command *c, const ShellWords *words);
void form_new_project(Ui *ui);        /* init: asks for its name */

#endif
