/* A command of the table as a form. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ui/form_parts.h"

size_t form_shown(const Form *f)
{
    return f->unfolded ? f->fields.fitting : f->fields.usual;
}

size_t form_rows(const Form *f)
{
    return form_shown(f) + (form_shown(f) < f->fields.fitting);
}

FormField *form_focused(Form *f)
{
    return f->focus < form_shown(f) ? &f->fields.items[f->focus] : NULL;
}

static bool takes_text(const FormField *field)
{
    return field && (field->kind == FIELD_LINE || field->kind == FIELD_ARGUMENTS);
}

/* The words without the option that makes no difference. */
static void words_that_matter(const Form *f, ShellWords *ret)
{
    ShellWords all = {0};
    char *ignored = str_format("--%s", OPTIONS[f->extra->ignored].name);
    form_words(&f->fields, &all);
    for (size_t i = 0; i < all.count; i++) {
        if (f->extra->ignored != OPT_HELP && strcmp(all.items[i], ignored) == 0)
            i++; /* with its value */
        else
            shell_add(ret, all.items[i]);
    }
    free(ignored);
    shell_release(&all);
}

static void ask_extra(Form *f)
{
    ShellWords words = {0};
    Str line = {0};
    words_that_matter(f, &words);
    for (size_t i = 0; i < words.count; i++) {
        shell_quote(words.items[i], &line);
        str_add_char(&line, ' ');
    }
    if (!f->line || strcmp(f->line, str_get(&line)) != 0) {
        free(f->line);
        f->line = str_take(&line);
        free(f->told);
        f->told = NULL;
        f->extra->ask(f, (const char *const *)words.items, words.count);
    }
    shell_release(&words);
    str_release(&line);
}

/* Fields of another method come and go: the focus stays with its field. */
static void arrange(Form *f)
{
    const FormField *field = form_focused(f);
    size_t place = field ? field->place : SIZE_MAX;
    if (f->extra && f->extra->changed) f->extra->changed(f);
    form_fields_arrange(&f->fields);
    for (size_t i = 0; place != SIZE_MAX && i < form_shown(f); i++)
        if (f->fields.items[i].place == place) f->focus = i;
}

void form_changed(Form *f)
{
    free(f->paths);
    f->paths = NULL;
    arrange(f);
    if (f->extra && f->extra->ask && form_check(&f->fields, NULL)) ask_extra(f);
    ui_redraw(f->modal.ui);
}

/* ---- moving ---- */

static void move(Form *f, int by)
{
    size_t stops = form_rows(f) + 2;
    f->focus = (f->focus + stops + (size_t)(by < 0 ? stops - 1 : 1)) % stops;
    free(f->paths);
    f->paths = NULL;
}

static void unfold(Form *f)
{
    f->unfolded = true; /* the row "more" becomes the first of the others */
}

/* ---- starting ---- */

/* False: it has begun, and the form closes. */
static bool start(Form *f)
{
    for (size_t i = 0; i < f->fields.fitting; i++) {
        if (form_field_check(&f->fields, i, NULL)) continue;
        if (i >= form_shown(f)) unfold(f);
        f->focus = i;
        return true;
    }
    ShellWords words = {0};
    form_words(&f->fields, &words);
    bool begun = form_start(f->modal.ui, f->command, &words);
    shell_release(&words);
    return !begun;
}

/* Enter: on to the next; at the buttons it counts. */
static bool enter(Form *f)
{
    size_t rows = form_rows(f);
    if (f->focus == rows) return start(f);
    if (f->focus == rows + 1) return false;
    if (f->focus >= form_shown(f))
        unfold(f);
    else
        move(f, 1);
    return true;
}

/* ---- keys of one field ---- */

static bool flag_key(FormField *field, Key k)
{
    if (k != ' ' && k != KEY_ARROW_LEFT && k != KEY_ARROW_RIGHT) return false;
    field->on = !field->on;
    return true;
}

static bool word_key(FormField *field, Key k)
{
    if (k == KEY_ARROW_LEFT || k == KEY_ARROW_RIGHT || k == ' ') {
        form_field_turn(field, k == KEY_ARROW_LEFT ? -1 : 1);
        return true;
    }
    if (k >= 0x80 || !isalnum((int)k)) return false;
    for (size_t step = 1; step <= field->words.count; step++) {
        size_t i = (field->word + step) % field->words.count;
        if (tolower((unsigned char)field->words.items[i][0]) != tolower((int)k)) continue;
        field->word = i;
        break;
    }
    return true;
}

static bool key_of_field(Form *f, Event e)
{
    FormField *field = form_focused(f);
    bool used = false;
    if (takes_text(field))
        used = field_key(&field->line, e.key);
    else if (modal_pasted(&f->modal, e))
        return true;
    else if (field && field->kind == FIELD_FLAG)
        used = flag_key(field, e.key);
    else if (field)
        used = word_key(field, e.key);
    bool pasting = takes_text(field) && field->line.pasting;
    if (used && !pasting) form_changed(f); /* a long paste is one change */
    return used;
}

/* ---- the mouse ---- */

static void point_field(Form *f, FormField *field, int x)
{
    if (x < FORM_VALUE_X - 2) return;
    if (x < FORM_VALUE_X && form_names_list(f)) return;
    if (takes_text(field)) {
        field_point(&field->line, x - FORM_VALUE_X);
        return;
    }
    if (field->kind == FIELD_FLAG)
        field->on = !field->on;
    else
        form_field_turn(field, x < FORM_VALUE_X ? -1 : 1);
    form_changed(f);
}

static bool point(Form *f, Event e)
{
    if (e.act == POINTER_WHEEL_UP && f->focus > 0) move(f, -1);
    if (e.act == POINTER_WHEEL_DOWN && f->focus + 1 < form_rows(f)) move(f, 1);
    if (e.act != POINTER_PRESS && e.act != POINTER_DOUBLE) return true;
    if (modal_hit(f->start_button, e)) return start(f);
    if (modal_hit(f->cancel_button, e)) return false;
    if (!modal_hit(f->list, e)) return true;
    size_t row = f->top + (size_t)(e.y - f->list.y);
    if (row >= form_rows(f)) return true;
    f->focus = row;
    FormField *field = form_focused(f);
    if (field)
        point_field(f, field, e.x - f->list.x);
    else
        unfold(f);
    return true;
}

/* ---- the modal ---- */

static void draw(Modal *m, Area screen)
{
    form_draw((Form *)m, screen);
}

static bool event(Modal *m, Event e)
{
    Form *f = (Form *)m;
    if (e.key == KEY_POINTER) return point(f, e);
    if (form_names_key(f, e.key) || key_of_field(f, e)) return true;
    switch (e.key) {
    case KEY_ESC:
        return false;
    case KEY_CTRL('S'):
    case KEY_FUNCTION + 10:
        return start(f);
    case KEY_RETURN:
        return enter(f);
    case ' ':
        return form_focused(f) ? true : enter(f);
    case KEY_TAB:
        if (form_path_can(f))
            form_path_ask(f);
        else
            move(f, 1);
        return true;
    case KEY_ARROW_DOWN:
        move(f, 1);
        return true;
    case KEY_ARROW_UP:
    case KEY_BACK_TAB:
        move(f, -1);
        return true;
    case KEY_ARROW_LEFT:
    case KEY_ARROW_RIGHT:
        if (f->focus >= form_rows(f)) f->focus = 2 * form_rows(f) + 1 - f->focus;
        return true;
    case KEY_PAGE_UP:
        f->focus = 0;
        return true;
    case KEY_PAGE_DOWN:
        f->focus = form_rows(f);
        return true;
    default:
        return true;
    }
}

static void release(Modal *m)
{
    Form *f = (Form *)m;
    for (int i = 0; m->ui->desk && i < SLOTS; i++) desk_forget(m->ui->desk, &f->slots[i]);
    form_fields_release(&f->fields);
    free(f->told);
    free(f->line);
    free(f->paths);
    free(f->paths_for);
    free(f->names_for);
    free(f->methods_for);
    free(f->own_name);
    shell_release(&f->names);
    free(f);
}

static const ModalOps FORM = {draw, event, release};

static void open_form(Ui *ui, const Command *c, FormFields fields)
{
    Form *f = mem_zero(1, sizeof *f);
    f->modal.ops = &FORM;
    f->modal.ui = ui;
    f->command = c;
    f->fields = fields;
    f->extra = form_extra(c->name);
    for (size_t i = fields.usual; i < fields.fitting; i++)
        if (form_field_changed(&fields.items[i])) f->unfolded = true;
    if (f->extra && f->extra->open) f->extra->open(f);
    form_changed(f);
    ui_open(ui, &f->modal);
}

void ui_form(Ui *ui, const Command *c, const char *const *words, size_t count)
{
    FormFields fields;
    if (strcmp(c->name, "init") == 0) {
        form_new_project(ui);
        return;
    }
    if (!ui->desk && c->project == PROJECT_OPEN) {
        ui_say(ui, LOOK_WARN, "there is no project yet: make one first");
        return;
    }
    form_fields_init(&fields, c, words, count);
    if (fields.count > 0) {
        open_form(ui, c, fields);
        return;
    }
    ShellWords own = {0}; /* there is nothing to choose */
    form_words(&fields, &own);
    form_start(ui, c, &own);
    shell_release(&own);
    form_fields_release(&fields);
}
