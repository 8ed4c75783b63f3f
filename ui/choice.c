#include "ui/choice.h"

#include <stdint.h>

#define WHEEL 3

static size_t page_of(const Choice *c)
{
    return c->drawn.height > 1 ? (size_t)c->drawn.height : 1;
}

static void back(Choice *c, size_t by)
{
    c->at -= by < c->at ? by : c->at;
}

static void on(Choice *c, size_t by)
{
    if (c->count) c->at += by < c->count - 1 - c->at ? by : c->count - 1 - c->at;
}

static void show(Choice *c, Area a, size_t count)
{
    c->drawn = a;
    c->count = count;
    if (c->at >= count) c->at = count ? count - 1 : 0;
    size_t page = page_of(c);
    if (c->at < c->top) c->top = c->at;
    if (c->at >= c->top + page) c->top = c->at - page + 1;
    if (c->top + page > count) c->top = count > page ? count - page : 0;
}

size_t choice_line(const Choice *c, int y)
{
    if (y < 0 || y >= c->drawn.height || c->top + (size_t)y >= c->count) return SIZE_MAX;
    return c->top + (size_t)y;
}

void choice_draw(Choice *c, Area a, size_t count, ChoiceRow *row, const void *context)
{
    show(c, a, count);
    for (int y = 0; y < a.height; y++) {
        size_t line = choice_line(c, y);
        if (line == SIZE_MAX) break;
        row(context, a, y, line);
        if (line != c->at) continue;
        area_text(a, y, 0, LOOK_KEY, glyph(a.grid, GLYPH_POINT));
        area_on(a, y);
    }
}

bool choice_key(Choice *c, Key k)
{
    switch (k) {
    case KEY_ARROW_UP:
        back(c, 1);
        return true;
    case KEY_ARROW_DOWN:
        on(c, 1);
        return true;
    case KEY_PAGE_UP:
        back(c, page_of(c));
        return true;
    case KEY_PAGE_DOWN:
        on(c, page_of(c));
        return true;
    case KEY_FIRST:
        back(c, c->count);
        return true;
    case KEY_LAST:
        on(c, c->count);
        return true;
    default:
        return false;
    }
}

ChoiceEvent choice_point(Choice *c, Event e)
{
    Area a = c->drawn;
    bool inside = e.y >= a.y && e.y < a.y + a.height && e.x >= a.x && e.x < a.x + a.width;
    if (e.key != KEY_POINTER || !inside) return CHOICE_NOTHING;
    if (e.act == POINTER_WHEEL_UP) back(c, WHEEL);
    if (e.act == POINTER_WHEEL_DOWN) on(c, WHEEL);
    if (e.act != POINTER_PRESS && e.act != POINTER_DOUBLE) return CHOICE_MOVED;
    size_t line = choice_line(c, e.y - a.y);
    if (line == SIZE_MAX) return CHOICE_MOVED;
    bool same = line == c->at;
    c->at = line;
    return same ? CHOICE_TAKEN : CHOICE_MOVED;
}

ChoiceEvent choice_typed(Choice *c, Field *f, Event e)
{
    if (e.key == KEY_POINTER) return choice_point(c, e);
    /* Home and End are the list's as long as nothing is typed */
    bool ends = (e.key == KEY_FIRST || e.key == KEY_LAST) && f->text.size;
    if (!f->pasting && !ends && choice_key(c, e.key)) return CHOICE_MOVED;
    if (f->pasting || e.key == KEY_PASTE_BEGIN) {
        field_key(f, e.key);
        /* a long paste is looked for once */
        return e.key == KEY_PASTE_END ? CHOICE_TYPED : CHOICE_NOTHING;
    }
    size_t before = f->text.size;
    if (field_key(f, e.key)) return f->text.size == before ? CHOICE_NOTHING : CHOICE_TYPED;
    if (e.key == KEY_RETURN) return CHOICE_TAKEN;
    return e.key == KEY_ESC ? CHOICE_LEFT : CHOICE_NOTHING;
}
