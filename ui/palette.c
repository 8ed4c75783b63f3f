/* The palette: a command found by typing parts of its title, its name or what it does. */
#include <stdlib.h>
#include <string.h>

#include "ui/choice.h"
#include "ui/command_rows.h"
#include "ui/field.h"
#include "ui/fuzzy.h"

#define WIDEST 100
#define TITLE_WIDTH 28
#define KEYS_WIDTH 14

typedef struct Row {
    const Command *command;
    int score;
    size_t place; /* among those with the same score */
} Row;

typedef struct Palette {
    Modal modal;
    Field field;
    VEC(Row) rows;
    Choice choice;
} Palette;

enum { TITLE, NAME, HELP, TEXTS };

static int rank(const Palette *p, const Command *c, FuzzyText texts[TEXTS])
{
    texts[TITLE] = (FuzzyText){.text = c->title, .weight = 6};
    texts[NAME] = (FuzzyText){.text = c->name, .weight = 5};
    texts[HELP] = (FuzzyText){.text = c->help, .weight = 2, .whole = true};
    int score = fuzzy_rank(str_get(&p->field.text), texts, TEXTS);
    /* what works here goes before what works elsewhere */
    return score > 1 && !command_works(p->modal.ui, c) ? 1 + score / 2 : score;
}

static int by_score(const void *a, const void *b)
{
    const Row *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* Without anything typed: the view's own commands, those for all, the rest. */
static size_t place_of(const Palette *p, size_t i)
{
    const Command *c = &COMMANDS[i];
    size_t class = !command_works(p->modal.ui, c) ? 2 : command_is_own(c) ? 0 : 1;
    return class * COMMAND_COUNT + i;
}

static void find(Palette *p)
{
    FuzzyText texts[TEXTS];
    vec_clear(&p->rows);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!command_on_screen(&COMMANDS[i]) || COMMANDS[i].action == ACTION_PALETTE) continue;
        int score = rank(p, &COMMANDS[i], texts);
        if (score) vec_push(&p->rows, (Row){&COMMANDS[i], score, place_of(p, i)});
    }
    if (p->rows.count) qsort(p->rows.items, p->rows.count, sizeof *p->rows.items, by_score);
    p->choice.count = p->rows.count;
    p->choice.at = p->choice.top = 0;
}

static void draw_row(const void *context, Area list, int y, size_t line)
{
    const Palette *p = context;
    const Command *c = p->rows.items[line].command;
    FuzzyText texts[TEXTS];
    Str keys = {0}, where = {0};
    bool works = command_works(p->modal.ui, c);
    int help_x = 2 + TITLE_WIDTH + 1, keys_x = list.width - 1 - KEYS_WIDTH;
    rank(p, c, texts);
    fuzzy_draw(&texts[TITLE], list, y, 2, TITLE_WIDTH, works ? LOOK_TEXT : LOOK_DIM);
    keys_text(c, &keys);
    area_cell(list, y, keys_x, KEYS_WIDTH, works ? LOOK_KEY : LOOK_DIM, true, str_get(&keys));
    if (works) {
        fuzzy_draw(&texts[HELP], list, y, help_x, keys_x - help_x - 1, LOOK_DIM);
    } else {
        str_add(&where, "needs ");
        command_where(p->modal.ui, c, &where);
        area_cell(list, y, help_x, keys_x - help_x - 1, LOOK_DIM, false, str_get(&where));
    }
    str_release(&where);
    str_release(&keys);
}

static void palette_draw(Modal *m, Area screen)
{
    Palette *p = (Palette *)m;
    int width = screen.width - 4 < WIDEST ? screen.width - 4 : WIDEST;
    Area in = modal_box(screen, screen.height - 6, width, "Commands");
    area_text(in, 0, 1, LOOK_KEY, ":");
    field_draw(&p->field, in, 0, 2, in.width - 3, true);
    Area list = area_part(in, 1, 0, in.height - 2, in.width);
    choice_draw(&p->choice, list, p->rows.count, draw_row, p);
    if (p->rows.count == 0) area_text(list, 0, 2, LOOK_DIM, "no command has these letters");
    modal_keys(in, in.height - 1, "Enter\0does it\0Esc\0leaves\0");
}

static bool take(Palette *p)
{
    if (p->choice.at >= p->rows.count) return true;
    command_take(p->modal.ui, p->rows.items[p->choice.at].command);
    return false;
}

static bool palette_event(Modal *m, Event e)
{
    Palette *p = (Palette *)m;
    switch (choice_typed(&p->choice, &p->field, e)) {
    case CHOICE_TYPED:
        find(p);
        return true;
    case CHOICE_TAKEN:
        return take(p);
    case CHOICE_LEFT:
        return false;
    default:
        return true;
    }
}

static void palette_free(Modal *m)
{
    Palette *p = (Palette *)m;
    field_release(&p->field);
    vec_release(&p->rows);
    free(p);
}

static const ModalOps PALETTE = {palette_draw, palette_event, palette_free};

void palette_open(Ui *ui)
{
    Palette *p = mem_zero(1, sizeof *p);
    p->modal.ops = &PALETTE;
    p->modal.ui = ui;
    find(p);
    ui_open(ui, &p->modal);
}
