/* A form as it looks: fields, what the focused one means, what it will run. */
#include <string.h>

#include "app/progress_words.h"
#include "ui/form_parts.h"
#include "ui/text.h"

#define WIDEST 104
#define HELP_FROM 92   /* columns of the box from which on each row tells what it means */
#define VALUE_WIDTH 30 /* then */
#define HELP_ROWS 2
#define LINE_ROWS 2
#define LOOK_S 0.25 /* between two looks at what is measured */

int form_value_width(const Form *f)
{
    return f->list.width >= HELP_FROM ? VALUE_WIDTH : f->list.width - FORM_VALUE_X - 1;
}

/* ---- one row ---- */

static void draw_word(Area a, int y, const FormField *field, Style style, bool focused)
{
    const char *text = form_field_text(field);
    if (focused) area_text(a, y, FORM_VALUE_X - 2, LOOK_KEY, a.grid->ascii ? "<" : "◂");
    int x = area_text(a, y, FORM_VALUE_X, style, *text ? text : glyph(a.grid, GLYPH_NONE));
    if (focused) area_text(a, y, x + 1, LOOK_KEY, a.grid->ascii ? ">" : "▸");
}

static void draw_value(Form *f, Area a, int y, FormField *field, bool focused)
{
    Style style = form_field_changed(field) ? LOOK_TEXT : LOOK_DIM;
    int width = form_value_width(f);
    if (field->kind == FIELD_WORD) {
        draw_word(a, y, field, style, focused);
    } else if (field->kind == FIELD_FLAG) {
        area_text(a, y, FORM_VALUE_X, focused ? LOOK_KEY : style, field->on ? "[x]" : "[ ]");
    } else if (focused) {
        if (form_names_here(f))
            area_text(a, y, FORM_VALUE_X - 2, LOOK_KEY, glyph(a.grid, GLYPH_DOWN));
        field_draw(&field->line, a, y, FORM_VALUE_X, width, true);
        if (!field->line.text.size)
            area_cell(a, y, FORM_VALUE_X, width, LOOK_FIELD, false, field->initial);
    } else {
        const char *text = form_field_text(field);
        area_cell(a, y, FORM_VALUE_X, width, style, false,
                  *text ? text : glyph(a.grid, GLYPH_NONE));
    }
}

static void draw_field(Form *f, Area a, int y, size_t i)
{
    FormField *field = &f->fields.items[i];
    bool focused = f->focus == i;
    if (!form_field_check(&f->fields, i, NULL)) area_text(a, y, 1, LOOK_BAD, "!");
    area_cell(a, y, 2, FORM_VALUE_X - 5, form_field_changed(field) ? LOOK_TITLE : LOOK_TEXT, false,
              form_field_name(&f->fields, i));
    draw_value(f, a, y, field, focused);
    int help_x = FORM_VALUE_X + VALUE_WIDTH + 2;
    if (a.width >= HELP_FROM && field->option)
        area_cell(a, y, help_x, a.width - help_x - 1, LOOK_DIM, false, field->option->help);
}

static void draw_rows(Form *f, Area a)
{
    size_t rows = form_rows(f), height = a.height > 0 ? (size_t)a.height : 1;
    size_t at = f->focus < rows ? f->focus : rows - (rows > 0);
    f->list = a;
    if (at < f->top) f->top = at;
    if (at >= f->top + height) f->top = at - height + 1;
    for (int y = 0; y < a.height && f->top + (size_t)y < rows; y++) {
        size_t i = f->top + (size_t)y;
        if (i == f->focus) area_text(a, y, 0, LOOK_KEY, glyph(a.grid, GLYPH_POINT));
        if (i < form_shown(f))
            draw_field(f, a, y, i);
        else
            area_textf(a, y, 2, i == f->focus ? LOOK_KEY : LOOK_DIM, "%zu more, rarely changed",
                       f->fields.fitting - f->fields.usual);
    }
    if (f->top + height < rows)
        area_text(a, a.height - 1, a.width - 1, LOOK_DIM, glyph(a.grid, GLYPH_DOWN));
    if (f->top > 0) area_text(a, 0, a.width - 1, LOOK_DIM, glyph(a.grid, GLYPH_UP));
}

/* ---- the foot ---- */

static void draw_wrapped(Area a, Style style, const char *text)
{
    TextLines lines = {0};
    text_wrap(text, strlen(text), a.width, &lines);
    text_draw(a, text, &lines, 0, style, NULL);
    if (lines.count > (size_t)a.height)
        area_text(a, a.height - 1, a.width - 1, style, glyph(a.grid, GLYPH_ELLIPSIS));
    vec_release(&lines);
}

/* What may be given: "mrr, loss, none" … */
static void add_words(const FormField *field, Str *out)
{
    Str words = {0};
    const char *comma = ": ";
    for (size_t i = 0; i < field->words.count; i++) {
        if (*field->words.items[i]) str_addf(out, "%s%s", comma, field->words.items[i]);
        if (*field->words.items[i]) comma = ", ";
    }
    if (field->words.count == 0) option_words(field->option, &words);
    for (size_t i = 0; i < words.size; i++) {
        if (i == 0) str_add(out, ": ");
        if (words.data[i] == '|')
            str_add(out, ", ");
        else
            str_add_char(out, words.data[i]);
    }
    if (!words.size && field->kind == FIELD_LINE)
        str_addf(out, ": %s", field->option->type->describes);
    str_release(&words);
}

/* "linear, cosine, none", or what kind of value it is; the default. */
static void add_values(const FormField *field, Str *out)
{
    add_words(field, out);
    if (*field->initial) str_addf(out, "; %s unless given", field->initial);
}

/* What the focused field means, and what it takes. */
static void help_text(Form *f, Str *out)
{
    FormField *field = form_focused(f);
    if (f->paths) {
        str_add(out, f->paths);
    } else if (!field) {
        str_add(out, f->command->help);
    } else if (field->kind == FIELD_ARGUMENTS) {
        str_addf(out, "%s: %s", f->command->arguments, f->command->help);
        if (f->command->files) str_add(out, "; Tab completes a path");
    } else {
        str_add(out, field->option->help);
        add_values(field, out);
    }
    if (!f->paths && form_names_here(f)) str_add(out, "; Space lists names, Tab completes one");
}

/* The error of the focused field; on a button or where that one is right, the first there is. */
static bool has_error(Form *f, Err *err)
{
    if (f->focus < form_shown(f) && !form_field_check(&f->fields, f->focus, err)) return true;
    return !form_check(&f->fields, err);
}

/* What the extra told, or what it is at. */
static void draw_told(Form *f, Area a, int y)
{
    if (f->told) {
        area_cell(a, y, 1, a.width - 2, (Style)f->told_look, false, f->told);
        return;
    }
    Str text = {0};
    ProgressState s = progress_get(f->measuring);
    str_addf(&text, "%s ", glyph(a.grid, GLYPH_ELLIPSIS));
    progress_line(&s, &text);
    area_cell(a, y, 1, a.width - 2, LOOK_DIM, false, str_get(&text));
    str_release(&text);
    if (f->measuring) ui_redraw_after(f->modal.ui, LOOK_S);
}

static void draw_foot(Form *f, Area a)
{
    Str text = {0};
    Err err = {0};
    bool error = has_error(f, &err);
    help_text(f, &text);
    int y = 0;
    draw_wrapped(area_part(a, y, 1, HELP_ROWS - error, a.width - 2), LOOK_DIM, str_get(&text));
    if (error) area_cell(a, HELP_ROWS - 1, 1, a.width - 2, LOOK_BAD, false, err.message);
    y = HELP_ROWS;
    if (f->extra && f->extra->ask && !error) draw_told(f, a, y);
    y += f->extra && f->extra->ask;
    str_clear(&text);
    str_add(&text, "$ ");
    form_line(&f->fields, &text);
    draw_wrapped(area_part(a, y, 1, LINE_ROWS, a.width - 2), LOOK_TEXT, str_get(&text));
    str_release(&text);
    y = a.height - 1;
    size_t rows = form_rows(f);
    f->start_button = modal_button(a, y, 1, f->focus == rows, "Start");
    f->cancel_button = modal_button(a, y, 12, f->focus == rows + 1, "Cancel");
    area_text(a, y, 24, LOOK_KEY, "F10");
    area_text(a, y, 28, LOOK_DIM, "starts");
    area_text(a, y, 36, LOOK_KEY, "Esc");
    area_text(a, y, 40, LOOK_DIM, "leaves");
}

void form_draw(Form *f, Area screen)
{
    int foot = HELP_ROWS + LINE_ROWS + 2 + (f->extra && f->extra->ask);
    int rows = (int)form_rows(f), most = screen.height - 4 - foot;
    if (rows > most) rows = most > 1 ? most : 1;
    int width = screen.width - 2 < WIDEST ? screen.width - 2 : WIDEST;
    Area in = modal_box(screen, rows + foot + 2, width, f->command->title);
    area_rule(in, rows, LOOK_FOCUS, NULL);
    draw_foot(f, area_part(in, rows + 1, 0, foot - 1, in.width));
    draw_rows(f, area_part(in, 0, 0, rows, in.width)); /* last: the caret is in it */
}
