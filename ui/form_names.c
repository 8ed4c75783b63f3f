/* Names of embedders, retrievers and rerankers in a form's fields: listed and completed. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/facts.h"
#include "app/option_types.h"
#include "ui/form_parts.h"

/* The part of a field's text that is one name: all of it, its last word, or what stands behind the
 * last '+' or '|' of that. */
typedef struct Piece {
    OptionNames whose;
    size_t start;
    bool words; /* it is a word of several, quoted as for a shell */
} Piece;

static OptionNames names_of(const Form *f, const FormField *field)
{
    if (!field || (field->kind != FIELD_LINE && field->kind != FIELD_ARGUMENTS)) return NAMES_NONE;
    return field->option ? field->option->names : f->command->names;
}

static Piece piece_of(const Form *f, const FormField *field)
{
    const char *text = str_get(&field->line.text);
    Piece p = {.whose = names_of(f, field)};
    p.words = !field->option || field->option->type == &OPTION_TEXTS;
    if (p.words) p.start = form_last_word(text);
    if (p.whose != NAMES_RETRIEVER) return p;
    for (size_t i = p.start; text[i]; i++) {
        if (text[i] != '+' && text[i] != '|') continue;
        p.whose = text[i] == '|' ? NAMES_RERANKER : NAMES_RETRIEVER;
        p.start = i + 1 + strspn(text + i + 1, " ");
    }
    return p;
}

bool form_names_here(Form *f)
{
    return f->modal.ui->desk && names_of(f, form_focused(f)) != NAMES_NONE;
}

/* What was typed of the name, out of its quotes. The caller's. */
static char *typed_of(const FormField *field, const Piece *p)
{
    const char *text = str_get(&field->line.text) + p->start;
    ShellWords words = {0};
    bool quoted = p->words && shell_split(text, &words, NULL) && words.count == 1;
    char *typed = mem_strdup(quoted ? words.items[0] : text);
    shell_release(&words);
    return typed;
}

static void put(Form *f, FormField *field, const char *name)
{
    Piece p = piece_of(f, field);
    Str whole = {0};
    str_add_bytes(&whole, str_get(&field->line.text), p.start);
    if (p.words)
        shell_quote(name, &whole);
    else
        str_add(&whole, name);
    field_set(&field->line, str_get(&whole));
    str_release(&whole);
    form_changed(f);
}

static void picked(void *context, size_t which)
{
    Form *f = context;
    FormField *field = form_focused(f);
    if (field) put(f, field, f->names.items[which]);
}

static void list(Form *f, const FormField *field, const NameChoices *names, const char *typed)
{
    ShellWords lines = {0};
    shell_release(&f->names);
    for (size_t i = 0; i < names->count; i++) {
        const NameChoice *n = &names->items[i];
        char *line = str_format("%s%s%s", n->name, *n->note ? "  " : "", n->note);
        shell_add(&f->names, n->name);
        shell_add(&lines, line);
        free(line);
    }
    const char *title = field->option ? field->option->name : f->command->title;
    ui_pick_typed(f->modal.ui, title, (const char *const *)lines.items, lines.count, typed, picked,
                  f);
    shell_release(&lines);
}

/* How many bytes of all that begin with what is typed are the same, in whole characters; *ret_one
 * the first of them. */
static size_t common(const NameChoices *names, const char *typed, const char **ret_one,
                     size_t *ret_count)
{
    size_t size = 0;
    *ret_one = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i].name;
        if (strncasecmp(name, typed, strlen(typed)) != 0) continue;
        size_t same = 0, most = ++*ret_count == 1 ? strlen(name) : size;
        if (!*ret_one) *ret_one = name;
        while (same < most && (*ret_one)[same] == name[same]) same++;
        size = same;
    }
    while (size > 0 && ((unsigned char)(*ret_one)[size] & 0xC0) == 0x80) size--;
    return size;
}

static void move_on(Form *f)
{
    if (f->focus < form_rows(f)) f->focus++;
}

static void complete(Form *f, FormField *field, const NameChoices *names, const char *typed)
{
    size_t count;
    const char *one;
    size_t size = common(names, typed, &one, &count);
    bool known = false;
    for (size_t i = 0; i < names->count; i++)
        known |= !names->items[i].folder && strcmp(names->items[i].name, typed) == 0;
    if (known) { /* there is nothing to complete */
        move_on(f);
    } else if (count > 0 && (count == 1 || size > strlen(typed))) {
        char *name = mem_strndup(one, size);
        put(f, field, name);
        free(name);
    } else {
        list(f, field, names, typed);
    }
}

static void names_come(void *context, const NameChoices *names, const Err *err)
{
    Form *f = context;
    FormField *field = form_focused(f);
    if (err) ui_failed(f->modal.ui, NULL, err);
    if (err || !field || names_of(f, field) == NAMES_NONE) return;
    if (strcmp(str_get(&field->line.text), f->names_for) != 0) return; /* typed on since */
    Piece p = piece_of(f, field);
    char *typed = typed_of(field, &p);
    if (f->list_names)
        list(f, field, names, typed);
    else
        complete(f, field, names, typed);
    free(typed);
    ui_redraw(f->modal.ui);
}

static void ask(Form *f, bool list_them)
{
    FormField *field = form_focused(f);
    Piece p = piece_of(f, field);
    char *typed = typed_of(field, &p);
    free(f->names_for);
    f->names_for = mem_strdup(str_get(&field->line.text));
    f->list_names = list_them;
    names_ask(f->modal.ui->desk, &f->slots[SLOT_NAMES], p.whose, typed, names_come, f);
    free(typed);
}

bool form_names_list(Form *f)
{
    if (!form_names_here(f)) return false;
    ask(f, true);
    return true;
}

bool form_names_key(Form *f, Key k)
{
    if (!form_names_here(f)) return false;
    FormField *field = form_focused(f);
    bool at_end = field->line.at == field->line.text.size;
    if (field->line.pasting || !at_end || (k != ' ' && k != KEY_TAB)) return false;
    Piece p = piece_of(f, field);
    bool begun = str_get(&field->line.text)[p.start] != '\0';
    if (begun != (k == KEY_TAB)) return false;
    ask(f, k == ' ');
    return true;
}
