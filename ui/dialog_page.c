/* A text to read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ui/field.h"
#include "ui/page.h"
#include "ui/text.h"
#include "ui/ui_parts.h"

#define WIDEST 140
#define WHEEL 3

typedef struct Page {
    Modal modal;
    char *title, *text;
    size_t size;
    TextLines lines;
    int width;        /* that the lines were wrapped for */
    size_t top, rows; /* first line shown; how many fit */
    bool at_end;      /* show the end at the first draw */
    Field field;      /* what is searched for */
    bool typing;      /* it is being typed */
    TextSpans found;
    size_t at; /* which of them was gone to last */
} Page;

static size_t last_top(const Page *p)
{
    return p->lines.count > p->rows ? p->lines.count - p->rows : 0;
}

static void scroll_to(Page *p, size_t top)
{
    p->top = top < last_top(p) ? top : last_top(p);
}

/* The line that holds a byte. */
static size_t line_of(const Page *p, size_t byte)
{
    size_t low = 0, high = p->lines.count;
    while (low + 1 < high) {
        size_t middle = (low + high) / 2;
        if (p->lines.items[middle].first <= byte)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void layout(Page *p, int width, int most_rows)
{
    if (p->width != width) {
        size_t byte = p->top < p->lines.count ? p->lines.items[p->top].first : 0;
        p->width = width;
        text_wrap(p->text, p->size, width, &p->lines);
        p->top = line_of(p, byte);
    }
    p->rows = most_rows > 1 ? (size_t)most_rows : 1;
    if (p->rows > p->lines.count + 1) p->rows = p->lines.count + 1;
    if (p->at_end) p->top = last_top(p);
    p->at_end = false;
    scroll_to(p, p->top);
}

/* ---- searching ---- */

static void show_found(Page *p)
{
    size_t line = line_of(p, p->found.items[p->at].first);
    if (line < p->top || line >= p->top + p->rows)
        scroll_to(p, line > p->rows / 3 ? line - p->rows / 3 : 0);
}

static void find(Page *p)
{
    const char *needle = str_get(&p->field.text);
    vec_clear(&p->found);
    if (*needle) text_found(p->text, needle, &p->found);
    for (size_t i = 0; i < p->found.count; i++) p->found.items[i].style = LOOK_LIT;
    p->at = 0;
    size_t from = p->top < p->lines.count ? p->lines.items[p->top].first : 0;
    while (p->at + 1 < p->found.count && p->found.items[p->at].first < from) p->at++;
    if (p->found.count) show_found(p);
}

static void find_next(Page *p, bool back)
{
    size_t count = p->found.count;
    if (count == 0) return;
    p->at = back ? (p->at + count - 1) % count : (p->at + 1) % count;
    show_found(p);
}

/* ---- drawing ---- */

static void draw_foot(Page *p, Area in, int y)
{
    if (p->typing) {
        area_text(in, y, 1, LOOK_KEY, "/");
        field_draw(&p->field, in, y, 2, in.width - 3, true);
        return;
    }
    modal_keys(in, y, "/\0find\0n N\0next, before\0Y\0copy\0Esc\0close\0");
    char *place = NULL;
    if (p->field.text.size && p->found.count == 0)
        place = str_format("not found: %s", str_get(&p->field.text));
    else if (p->found.count)
        place = str_format("place %zu of %zu", p->at + 1, p->found.count);
    else if (last_top(p) > 0)
        place = str_format("%zu%%", 100 * p->top / last_top(p));
    if (place) {
        int width = grid_width(place, strlen(place));
        if (width > in.width / 2) width = in.width / 2;
        area_cell(in, y, in.width - width - 1, width, LOOK_DIM, true, place);
    }
    free(place);
}

static int width_of(int screen_width)
{
    int width = screen_width - 4 < WIDEST ? screen_width - 4 : WIDEST;
    return width > 6 ? width : 6;
}

int page_columns(const Ui *ui)
{
    return width_of(ui->grid.width) - 4;
}

static void page_draw(Modal *m, Area screen)
{
    Page *p = (Page *)m;
    int width = width_of(screen.width);
    layout(p, width - 4, screen.height - 7);
    Area in = modal_box(screen, (int)p->rows + 3, width, p->title);
    Area text = area_part(in, 0, 1, in.height - 1, in.width - 2);
    text_draw(text, p->text, &p->lines, p->top, LOOK_TEXT, &p->found);
    draw_foot(p, in, in.height - 1);
}

/* ---- keys ---- */

static bool type(Page *p, Event e)
{
    if (field_key(&p->field, e.key)) {
        if (!p->field.pasting) find(p);
    } else if (e.key == KEY_RETURN) {
        p->typing = false;
    } else if (e.key == KEY_ESC) {
        p->typing = false;
        field_set(&p->field, "");
        find(p);
    }
    return true;
}

static bool move(Page *p, Key k)
{
    size_t page = p->rows > 1 ? p->rows - 1 : 1;
    switch (k) {
    case KEY_ARROW_UP:
    case 'k':
        scroll_to(p, p->top ? p->top - 1 : 0);
        return true;
    case KEY_ARROW_DOWN:
    case 'j':
    case KEY_RETURN:
        scroll_to(p, p->top + 1);
        return true;
    case KEY_PAGE_UP:
    case KEY_CTRL('B'):
        scroll_to(p, p->top > page ? p->top - page : 0);
        return true;
    case KEY_PAGE_DOWN:
    case KEY_CTRL('F'):
    case ' ':
        scroll_to(p, p->top + page);
        return true;
    case KEY_FIRST:
    case 'g':
        scroll_to(p, 0);
        return true;
    case KEY_LAST:
    case 'G':
        scroll_to(p, SIZE_MAX);
        return true;
    default:
        return false;
    }
}

static bool page_event(Modal *m, Event e)
{
    Page *p = (Page *)m;
    if (p->typing && e.key != KEY_POINTER) return type(p, e);
    if (modal_pasted(m, e)) return true;
    if (e.key == KEY_POINTER) {
        if (e.act == POINTER_WHEEL_UP) scroll_to(p, p->top > WHEEL ? p->top - WHEEL : 0);
        if (e.act == POINTER_WHEEL_DOWN) scroll_to(p, p->top + WHEEL);
        return true;
    }
    if (move(p, e.key)) return true;
    switch (e.key) {
    case '/':
        p->typing = true;
        return true;
    case 'n':
        find_next(p, false);
        return true;
    case 'N':
        find_next(p, true);
        return true;
    case 'Y':
        ui_copy(m->ui, p->title, p->text);
        return true;
    case KEY_ESC:
    case 'q':
        return false;
    default:
        return true;
    }
}

static void page_free(Modal *m)
{
    Page *p = (Page *)m;
    vec_release(&p->lines);
    vec_release(&p->found);
    field_release(&p->field);
    free(p->title);
    free(p->text);
    free(p);
}

static const ModalOps PAGE = {page_draw, page_event, page_free};

void page_open(Ui *ui, const char *title, const char *text, bool at_end)
{
    Page *p = mem_zero(1, sizeof *p);
    p->modal.ops = &PAGE;
    p->title = mem_strdup(title);
    p->text = mem_strdup(text);
    p->size = strlen(text);
    while (p->size && p->text[p->size - 1] == '\n') p->text[--p->size] = '\0';
    p->at_end = at_end;
    ui_open(ui, &p->modal);
}

void ui_page(Ui *ui, const char *title, const char *text)
{
    page_open(ui, title, text, false);
}
