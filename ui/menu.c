/* The menu: every command by what it is about, pulled down from the first line. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ui/choice.h"
#include "ui/command_rows.h"

typedef struct Menu {
    Modal modal;
    CommandGroup group;
    VEC(const Command *) items; /* of the group */
    Choice choice;
    Area titles[GROUP_COUNT]; /* where they were drawn */
} Menu;

static void show_group(Menu *m, CommandGroup group)
{
    m->group = group;
    vec_clear(&m->items);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (COMMANDS[i].group == group && command_on_screen(&COMMANDS[i]))
            vec_push(&m->items, &COMMANDS[i]);
    m->choice = (Choice){.count = m->items.count};
    while (m->choice.at + 1 < m->items.count &&
           !command_works(m->modal.ui, m->items.items[m->choice.at]))
        m->choice.at++;
}

/* ---- drawing ---- */

static int draw_titles(Menu *m, Area screen)
{
    int x = 1, open = 0;
    area_fill(area_rows(screen, 0, 1), LOOK_BAND);
    for (int g = 0; g < GROUP_COUNT; g++) {
        Style style = (CommandGroup)g == m->group ? LOOK_BAND | STYLE_ON : LOOK_BAND;
        int end = area_textf(screen, 0, x, style, " %s ", command_group_menu((CommandGroup)g));
        m->titles[g] = area_part(screen, 0, x, 1, end - x);
        if ((CommandGroup)g == m->group) open = x;
        x = end;
    }
    return open;
}

/* The right part of an item: keys, and where it works when not here. */
static void item_right(const Menu *m, const Command *c, Str *out)
{
    keys_text(c, out);
    if (command_works(m->modal.ui, c)) return;
    str_add(out, "  needs ");
    command_where(m->modal.ui, c, out);
}

static int item_width(const Menu *m, Str *right)
{
    int widest = 0;
    for (size_t i = 0; i < m->items.count; i++) {
        const Command *c = m->items.items[i];
        str_clear(right);
        item_right(m, c, right);
        int width =
            grid_width(c->title, strlen(c->title)) + grid_width(str_get(right), right->size) + 5;
        if (width > widest) widest = width;
    }
    return widest;
}

static void draw_item(const void *context, Area in, int y, size_t line)
{
    const Menu *m = context;
    const Command *c = m->items.items[line];
    bool works = command_works(m->modal.ui, c);
    Str right = {0};
    item_right(m, c, &right);
    area_cell(in, y, 1, in.width - 2, works ? LOOK_KEY : LOOK_DIM, true, str_get(&right));
    area_text(in, y, 1, works ? LOOK_TEXT : LOOK_DIM, c->title);
    str_release(&right);
}

static void menu_draw(Modal *modal, Area screen)
{
    Menu *m = (Menu *)modal;
    Str right = {0};
    int x = draw_titles(m, screen), width = item_width(m, &right) + 2;
    int height = (int)m->items.count + 2;
    if (width > screen.width) width = screen.width;
    if (x + width > screen.width) x = screen.width - width;
    if (height > screen.height - 2) height = screen.height - 2;
    Area in = modal_place(screen, 1, x, height, width, NULL);
    choice_draw(&m->choice, in, m->items.count, draw_item, m);
    if (m->choice.top + (size_t)in.height < m->items.count)
        area_text(in, in.height, in.width - 4, LOOK_FOCUS, glyph(in.grid, GLYPH_DOWN));
    area_fill(area_rows(screen, screen.height - 1, 1), LOOK_TEXT);
    if (m->choice.at < m->items.count)
        area_cell(screen, screen.height - 1, 1, screen.width - 2, LOOK_DIM, false,
                  m->items.items[m->choice.at]->help);
    str_release(&right);
}

/* ---- keys ---- */

/* A letter goes to the next item that begins with it. */
static void jump(Menu *m, Key k)
{
    for (size_t step = 1; step <= m->items.count; step++) {
        size_t i = (m->choice.at + step) % m->items.count;
        if (tolower((unsigned char)m->items.items[i]->title[0]) != tolower((int)k)) continue;
        m->choice.at = i;
        return;
    }
}

static bool take(Menu *m)
{
    if (m->choice.at >= m->items.count) return true;
    command_take(m->modal.ui, m->items.items[m->choice.at]);
    return false;
}

static bool point(Menu *m, Event e)
{
    if (e.act != POINTER_PRESS && e.act != POINTER_DOUBLE) {
        choice_point(&m->choice, e);
        return true;
    }
    for (int g = 0; g < GROUP_COUNT; g++) {
        if (!modal_hit(m->titles[g], e)) continue;
        show_group(m, (CommandGroup)g);
        return true;
    }
    if (choice_point(&m->choice, e) == CHOICE_NOTHING) return false;
    return choice_line(&m->choice, e.y - m->choice.drawn.y) == SIZE_MAX ? true : take(m);
}

static bool menu_event(Modal *modal, Event e)
{
    Menu *m = (Menu *)modal;
    if (modal_pasted(modal, e)) return true;
    if (e.key == KEY_POINTER) return point(m, e);
    if (choice_key(&m->choice, e.key)) return true;
    switch (e.key) {
    case KEY_ARROW_LEFT:
    case KEY_BACK_TAB:
        show_group(m, (m->group + GROUP_COUNT - 1) % GROUP_COUNT);
        return true;
    case KEY_ARROW_RIGHT:
    case KEY_TAB:
        show_group(m, (m->group + 1) % GROUP_COUNT);
        return true;
    case KEY_RETURN:
        return take(m);
    case KEY_ESC:
    case '`':
    case KEY_FUNCTION + 9:
    case KEY_FUNCTION + 10:
        return false;
    default:
        if (e.key < 0x80 && isalpha((int)e.key)) jump(m, e.key);
        return true;
    }
}

static void menu_free(Modal *modal)
{
    Menu *m = (Menu *)modal;
    vec_release(&m->items);
    free(m);
}

static const ModalOps MENU = {menu_draw, menu_event, menu_free};

/* The group that a view's commands are in. */
static CommandGroup group_of(ViewId v)
{
    static const CommandGroup GROUPS[VIEW_COUNT] = {
        [VIEW_CHUNKS] = GROUP_CORPUS,       [VIEW_QUESTIONS] = GROUP_QUESTIONS,
        [VIEW_NEGATIVES] = GROUP_NEGATIVES, [VIEW_TRAINING] = GROUP_TRAINING,
        [VIEW_COMPARE] = GROUP_COMPARE,     [VIEW_SEARCH] = GROUP_COMPARE,
    };
    return GROUPS[v];
}

void menu_open(Ui *ui)
{
    Menu *m = mem_zero(1, sizeof *m);
    m->modal.ops = &MENU;
    m->modal.ui = ui;
    show_group(m, ui->desk ? group_of(ui_focused(ui)) : GROUP_PROJECT);
    ui_open(ui, &m->modal);
}
