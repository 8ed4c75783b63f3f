/* Help: the keys that work here, then all the others, and what can be typed where; found by typing.
 */
#include <stdlib.h>
#include <string.h>

#include "app/help.h"
#include "ui/choice.h"
#include "ui/command_rows.h"
#include "ui/field.h"
#include "ui/fuzzy.h"

#define WIDEST 100
#define LEFT_WIDTH 18

typedef struct Line {
    char *left, *right;     /* keys and title; left NULL: a heading */
    const Command *command; /* NULL: nothing that can be done */
} Line;

typedef struct Help {
    Modal modal;
    VEC(Line) lines;
    VEC(size_t) shown; /* of lines: what matches, with its heading */
    Field field;
    Choice choice;
} Help;

/* ---- what there is to tell ---- */

static void add_heading(Help *h, const char *text)
{
    vec_push(&h->lines, (Line){.right = mem_strdup(text)});
}

static void add_text(Help *h, const char *left, const char *right)
{
    vec_push(&h->lines, (Line){mem_strdup(left), mem_strdup(right), NULL});
}

static void add_command(Help *h, const Command *c)
{
    Str keys = {0};
    keys_text(c, &keys);
    vec_push(&h->lines, (Line){str_take(&keys), str_format("%s: %s", c->title, c->help), c});
}

/* The commands of one view; those of all views are told of by themselves. */
static void add_view(Help *h, ViewId v)
{
    add_heading(h, command_view_title(h->modal.ui, v));
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const Command *c = &COMMANDS[i];
        if (command_on_screen(c) && command_is_own(c) && c->views & 1u << v) add_command(h, c);
    }
}

static void add_everywhere(Help *h)
{
    static const CommandGroup ORDER[GROUP_COUNT] = {
        GROUP_VIEW,      GROUP_PROJECT,  GROUP_CORPUS,  GROUP_QUESTIONS,
        GROUP_NEGATIVES, GROUP_TRAINING, GROUP_COMPARE,
    };
    for (size_t g = 0; g < GROUP_COUNT; g++) {
        add_heading(h, command_group_title(ORDER[g]));
        for (size_t i = 0; i < COMMAND_COUNT; i++) {
            const Command *c = &COMMANDS[i];
            if (c->group == ORDER[g] && command_on_screen(c) && !command_is_own(c))
                add_command(h, c);
        }
    }
}

static void add_typing(Help *h)
{
    static const char *const ROWS[][2] = {
        {"Left, Right", "one character"},
        {"Home, End", "to the start, to the end"},
        {"Backspace, Del", "take the character before, behind the cursor away"},
        {"Ctrl-W", "take the word before the cursor away"},
        {"Ctrl-U", "take all of it away"},
        {"Enter", "keeps what is typed"},
        {"Esc", "leaves without it"},
        {"Ctrl-S, F10", "start a form, keep an edited text"},
        {"Ctrl-X", "an edited text goes to $VISUAL or $EDITOR"},
        {"Ctrl-U", "in a text of several lines: takes the last change back"},
    };
    add_heading(h, "Where text is typed");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) add_text(h, ROWS[i][0], ROWS[i][1]);
}

/* The fields of the filter of a list. */
static void add_filter(Help *h, const char *name)
{
    size_t words;
    Str fields = {0};
    help_filter(command_find(name, NULL, &words), &fields);
    char *heading = str_format("Filter of %s", name);
    add_heading(h, heading);
    free(heading);
    for (const char *at = str_get(&fields); *at;) {
        size_t line = strcspn(at, "\n"), left = strcspn(at, "\t\n");
        size_t from = at[left] == '\t' ? left + 1 : left;
        vec_push(&h->lines,
                 (Line){mem_strndup(at, left), mem_strndup(at + from, line - from), NULL});
        at += line + (at[line] == '\n');
    }
    str_release(&fields);
}

static void add_filters(Help *h)
{
    static const char *const LISTS[] = {"chunks", "questions", "candidates", "documents"};
    add_heading(h, "The language of filters (&)");
    add_text(h, "words", "rows that hold all of these words");
    add_text(h, "\"some words\"", "rows that hold them just so");
    add_text(h, "field:value", "a word or a number, or several: status:pending,flagged");
    add_text(h, "field>n field<n", "numbers: doubt>0.5 margin<-0.1");
    add_text(h, "-term !term", "rows for which the term does not hold");
    add_text(h, "order:field", "order by it; order:-field the other way round");
    add_text(h, "limit:n", "at most n rows");
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) add_filter(h, LISTS[i]);
}

static void collect(Help *h)
{
    ViewId here = ui_focused(h->modal.ui);
    add_view(h, here);
    add_everywhere(h);
    for (int v = 0; v < VIEW_COUNT; v++)
        if ((ViewId)v != here) add_view(h, (ViewId)v);
    add_typing(h);
    add_filters(h);
}

/* ---- finding ---- */

enum { LEFT, RIGHT, NAME, HEADING, TEXTS };

static int rank(const Help *h, const Line *l, const char *heading, FuzzyText texts[TEXTS])
{
    texts[LEFT] = (FuzzyText){.text = l->left, .weight = 3, .whole = true};
    texts[RIGHT] = (FuzzyText){.text = l->right, .weight = 2, .whole = true};
    texts[NAME] =
        (FuzzyText){.text = l->command ? l->command->name : "", .weight = 1, .whole = true};
    texts[HEADING] = (FuzzyText){.text = heading, .weight = 1, .whole = true};
    return fuzzy_rank(str_get(&h->field.text), texts, TEXTS);
}

static void find(Help *h)
{
    FuzzyText texts[TEXTS];
    size_t heading = 0;
    bool told = false;
    vec_clear(&h->shown);
    for (size_t i = 0; i < h->lines.count; i++) {
        const Line *l = &h->lines.items[i];
        if (!l->left) {
            heading = i;
            told = false;
        } else if (rank(h, l, h->lines.items[heading].right, texts)) {
            if (!told) vec_push(&h->shown, heading);
            told = true;
            vec_push(&h->shown, i);
        }
    }
    h->choice =
        (Choice){.count = h->shown.count, .at = h->shown.count > 1, .drawn = h->choice.drawn};
}

/* ---- drawing and keys ---- */

static void draw_row(const void *context, Area list, int y, size_t line)
{
    const Help *h = context;
    const Line *l = &h->lines.items[h->shown.items[line]];
    FuzzyText texts[TEXTS];
    if (!l->left) {
        area_cell(list, y, 1, list.width - 2, LOOK_TITLE, false, l->right);
        return;
    }
    rank(h, l, "", texts);
    bool works = !l->command || command_works(h->modal.ui, l->command);
    fuzzy_draw(&texts[LEFT], list, y, 3, LEFT_WIDTH, works ? LOOK_KEY : LOOK_DIM);
    fuzzy_draw(&texts[RIGHT], list, y, 4 + LEFT_WIDTH, list.width - LEFT_WIDTH - 5,
               works ? LOOK_TEXT : LOOK_DIM);
}

static void help_draw(Modal *m, Area screen)
{
    Help *h = (Help *)m;
    int width = screen.width - 4 < WIDEST ? screen.width - 4 : WIDEST;
    Area in = modal_box(screen, screen.height - 4, width, "Help");
    area_text(in, 0, 1, LOOK_DIM, "find");
    field_draw(&h->field, in, 0, 6, in.width - 7, true);
    Area list = area_part(in, 1, 0, in.height - 2, in.width);
    choice_draw(&h->choice, list, h->shown.count, draw_row, h);
    if (h->shown.count == 0) area_text(list, 0, 3, LOOK_DIM, "nothing has these words");
    modal_keys(in, in.height - 1, "Enter\0does it\0Esc\0leaves\0");
}

static bool take(Help *h)
{
    if (h->choice.at >= h->shown.count) return true;
    const Command *c = h->lines.items[h->shown.items[h->choice.at]].command;
    if (!c || c->action == ACTION_HELP) return true;
    command_take(h->modal.ui, c);
    return false;
}

static bool help_event(Modal *m, Event e)
{
    Help *h = (Help *)m;
    switch (choice_typed(&h->choice, &h->field, e)) {
    case CHOICE_TYPED:
        find(h);
        return true;
    case CHOICE_TAKEN:
        return take(h);
    case CHOICE_LEFT:
        return false;
    default:
        return true;
    }
}

static void help_free(Modal *m)
{
    Help *h = (Help *)m;
    for (size_t i = 0; i < h->lines.count; i++) {
        free(h->lines.items[i].left);
        free(h->lines.items[i].right);
    }
    vec_release(&h->lines);
    vec_release(&h->shown);
    field_release(&h->field);
    free(h);
}

static const ModalOps HELP = {help_draw, help_event, help_free};

void help_open(Ui *ui)
{
    Help *h = mem_zero(1, sizeof *h);
    h->modal.ops = &HELP;
    h->modal.ui = ui;
    collect(h);
    find(h);
    ui_open(ui, &h->modal);
}
