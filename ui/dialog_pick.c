/* One of several lines, found by typing parts of it. */
#include <stdlib.h>
#include <string.h>

#include "ui/choice.h"
#include "ui/field.h"
#include "ui/fuzzy.h"
#include "ui/ui_parts.h"

#define WIDEST 90
#define NARROWEST 44

typedef struct Match {
    size_t item;
    int score;
} Match;

typedef struct Pick {
    Modal modal;
    char *title;
    char **items;
    size_t count;
    VEC(Match) hits; /* what matches, best first */
    Field field;
    Choice choice;
    Picked *done;
    void *context;
} Pick;

static int by_score(const void *a, const void *b)
{
    const Match *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return x->item < y->item ? -1 : x->item > y->item;
}

static void find(Pick *p)
{
    vec_clear(&p->hits);
    for (size_t i = 0; i < p->count; i++) {
        FuzzyText text = {.text = p->items[i], .weight = 1};
        int score = fuzzy_rank(str_get(&p->field.text), &text, 1);
        if (score) vec_push(&p->hits, (Match){i, score});
    }
    if (p->hits.count) qsort(p->hits.items, p->hits.count, sizeof *p->hits.items, by_score);
    p->choice.count = p->hits.count;
    p->choice.at = p->choice.top = 0;
}

static int width_of(const Pick *p, Area screen)
{
    int width = NARROWEST;
    for (size_t i = 0; i < p->count; i++) {
        int own = grid_width(p->items[i], strlen(p->items[i])) + 6;
        if (own > width) width = own;
    }
    if (width > WIDEST) width = WIDEST;
    return width < screen.width ? width : screen.width;
}

static void draw_row(const void *context, Area list, int y, size_t line)
{
    const Pick *p = context;
    FuzzyText text = {.text = p->items[p->hits.items[line].item], .weight = 1};
    fuzzy_rank(str_get(&p->field.text), &text, 1);
    fuzzy_draw(&text, list, y, 2, list.width - 3, LOOK_TEXT);
}

static void pick_draw(Modal *m, Area screen)
{
    Pick *p = (Pick *)m;
    size_t most = screen.height > 10 ? (size_t)screen.height - 8 : 2;
    int rows = (int)(p->count < most ? p->count : most);
    Area in = modal_box(screen, rows + 4, width_of(p, screen), p->title);
    field_draw(&p->field, in, 0, 1, in.width - 2, true);
    Area list = area_part(in, 1, 0, in.height - 2, in.width);
    choice_draw(&p->choice, list, p->hits.count, draw_row, p);
    if (p->hits.count == 0) area_text(list, 0, 2, LOOK_DIM, "nothing has these letters");
    modal_keys(in, in.height - 1, "Enter\0takes it\0Esc\0leaves it\0");
}

static bool take(Pick *p)
{
    if (p->choice.at >= p->hits.count) return true;
    p->done(p->context, p->hits.items[p->choice.at].item);
    return false;
}

static bool pick_event(Modal *m, Event e)
{
    Pick *p = (Pick *)m;
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

static void pick_free(Modal *m)
{
    Pick *p = (Pick *)m;
    for (size_t i = 0; i < p->count; i++) free(p->items[i]);
    free(p->items);
    vec_release(&p->hits);
    field_release(&p->field);
    free(p->title);
    free(p);
}

static const ModalOps PICK = {pick_draw, pick_event, pick_free};

static Pick *pick_new(Ui *ui, const char *title, const char *const *items, size_t count,
                      Picked *done, void *context)
{
    Pick *p = mem_zero(1, sizeof *p);
    p->modal.ops = &PICK;
    p->title = mem_strdup(title);
    p->items = mem_zero(count + 1, sizeof *p->items);
    for (size_t i = 0; i < count; i++) p->items[i] = mem_strdup(items[i]);
    p->count = count;
    p->done = done;
    p->context = context;
    ui_open(ui, &p->modal);
    return p;
}

void ui_pick(Ui *ui, const char *title, const char *const *items, size_t count, size_t at,
             Picked *done, void *context)
{
    Pick *p = pick_new(ui, title, items, count, done, context);
    find(p);
    p->choice.at = at < count ? at : 0;
}

void ui_pick_typed(Ui *ui, const char *title, const char *const *items, size_t count,
                   const char *typed, Picked *done, void *context)
{
    Pick *p = pick_new(ui, title, items, count, done, context);
    field_set(&p->field, typed);
    find(p);
}
