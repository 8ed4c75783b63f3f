/* FormFields: a command of the table as fields, and the words of its command line that they make. No
 * drawing and no asking. */
#ifndef UI_FORM_FIELDS_H
#define UI_FORM_FIELDS_H

#include "app/commands.h"
#include "ui/field.h"
#include "ui/shell.h"

typedef enum FieldKind {
    FIELD_ARGUMENTS, /* the words that are no options, quoted as for a shell */
    FIELD_FLAG,
    FIELD_WORD,      /* one of some words */
    FIELD_LINE,
} FieldKind;

typedef struct FormField {
    FieldKind kind;
    size_t place;          /* in the command's row */
    const Option *option;  /* NULL: the arguments */
    char *initial;         /* what holds when nothing is given, as text; "": nothing */
    Field line;            /* FIELD_LINE, FIELD_ARGUMENTS; empty: not given */
    ShellWords words;           /* FIELD_WORD: to choose from; "" first where there is no default */
    size_t word;
    bool on;               /* FIELD_FLAG */
} FormField;

typedef struct FormFields {
    const Command *command;
    FormField *items;
    size_t count;
    size_t fitting;        /* those behind do not belong to the method or loss that is chosen: they make no words */
    size_t usual;          /* the first of them are shown at once, the others are rarely used */
} FormFields;

/* form_fields_init: words are what is set already, as on a command line, the command first ("build
 * lsa" as one word or two); those that the command does not take are left out. */
void form_fields_init(FormFields *f, const Command *c, const char *const *words, size_t count);
void form_fields_release(FormFields *f);

/* form_fields_arrange: after another method or loss was chosen: what belongs to it alone stands
 * behind the usual fields, what does not belong to it last. Fields move. */
void form_fields_arrange(FormFields *f);

const char *form_field_name(const FormFields *f, size_t i); /* "--lr" without dashes, or "PATH…" */
bool form_field_changed(const FormField *field);            /* makes words of its own */

/* form_field_text: what it shows: its value, or the default. */
const char *form_field_text(const FormField *field);
void form_field_turn(FormField *field, int by);             /* of FIELD_WORD: another of its words */

/* form_field_offer: other words ("a|b") to choose from; the one that is chosen stays where it can.
 * form_field_default: what holds when nothing is given. */
void form_field_offer(FormField *field, const char *words);
void form_field_default(FormField *field, const char *text);

/* form_field_check: would the command line take it? Err: what is wrong. */
bool form_field_check(const FormFields *f, size_t i, Err *err);
bool form_check(const FormFields *f, Err *err);             /* all of them */

/* form_words: the words of the command line: {"train", "--name", "ft"}; only what differs from the
 * defaults. Appends. Fields that do not pass are left out. */
void form_words(const FormFields *f, ShellWords *ret);

/* form_line: "hone train --name ft", as for a shell. Appends. */
void form_line(const FormFields *f, Str *out);

FormField *form_field_of(FormFields *f, OptionId id);       /* NULL: the command does not take it */

#endif
