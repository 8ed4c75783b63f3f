/* The questions that a retriever wins and loses against the baseline. */
#include <stdlib.h>
#include <string.h>

#include "ui/compare_parts.h"
#include "ui/text.h"
#include "ui/ui_parts.h"

static const char *text_of(const CompareView *x, size_t i)
{
    const char *text = x->facts->questions[x->questions.items[i]].text;
    return text ? text : "(this question is gone)";
}

/* ---- opening ---- */

static void warn_of_test(CompareView *x)
{
    if (x->told_test || !x->facts->row.split || strcmp(x->facts->row.split, "test") != 0) return;
    x->told_test = true;
    ui_say(x->view.ui, LOOK_WARN,
           "these are test questions: what is changed because of them makes the test less of a "
           "test; val is there to be looked at");
}

void compare_open_questions(CompareView *x)
{
    size_t line = compare_cursor_line(x);
    if (line == SIZE_MAX) return;
    if (line == x->facts->baseline) {
        ui_say(x->view.ui, LOOK_DIM, "%s is the baseline: choose a row to hold against it",
               x->facts->lines[line].name);
        return;
    }
    warn_of_test(x);
    free(x->name);
    x->name = mem_strdup(x->facts->lines[line].name);
    x->line = line;
    x->step = STEP_QUESTIONS;
    x->question = x->question_top = 0;
    x->moved = x->facts->lines[line].won || !x->facts->lines[line].lost ? MOVED_WON : MOVED_LOST;
    compare_moved(x->facts, line, x->moved, &x->questions);
}

void compare_questions_again(CompareView *x)
{
    int64_t id = 0;
    size_t line = 0;
    if (x->step == STEP_TABLE) return;
    while (x->facts && line < x->facts->line_count &&
           strcmp(x->facts->lines[line].name, x->name) != 0)
        line++;
    if (!x->facts || line == x->facts->line_count || line == x->facts->baseline) {
        x->step = STEP_TABLE;
        return;
    }
    if (x->step == STEP_HITS) id = x->asked_id;
    x->line = line;
    size_t found = SIZE_MAX;
    compare_moved(x->facts, line, x->moved, &x->questions);
    if (x->question >= x->questions.count)
        x->question = x->questions.count ? x->questions.count - 1 : 0;
    for (size_t i = 0; id && i < x->questions.count; i++)
        if (x->facts->questions[x->questions.items[i]].id == id) found = x->question = i;
    if (id && found == SIZE_MAX) { /* it moves no more: another baseline */
        compare_hits_clear(x);
        x->step = STEP_QUESTIONS;
    }
}

/* ---- drawing ---- */

static void title_of(const CompareView *x, Str *out)
{
    static const char *const WHAT[MOVED_COUNT] = {"won", "lost", "all that changed"};
    const EvalFactsLine *l = &x->facts->lines[x->line];
    size_t counts[MOVED_COUNT] = {l->won, l->lost, l->won + l->lost};
    str_addf(out, "%s against %s", x->name, x->facts->lines[x->facts->baseline].name);
    for (int i = 0; i < MOVED_COUNT; i++)
        str_addf(out, i == (int)x->moved ? " · [%s %zu]" : " · %s %zu", WHAT[i], counts[i]);
}

static void draw_rank(Area a, int y, int x, Style style, uint32_t rank)
{
    if (rank)
        area_textf(a, y, x, style, "%4u", rank);
    else
        area_cell(a, y, x, 4, style, true, glyph(a.grid, GLYPH_NONE));
}

static void draw_question(const CompareView *x, Area a, int y, size_t i)
{
    size_t q = x->questions.items[i];
    uint32_t before = x->facts->lines[x->facts->baseline].first[q],
             after = x->facts->lines[x->line].first[q];
    bool better = after && (!before || after < before);
    draw_rank(a, y, 2, LOOK_DIM, before);
    area_text(a, y, 7, LOOK_DIM, a.grid->ascii ? ">" : "→");
    draw_rank(a, y, 9, better ? LOOK_GOOD : LOOK_BAD, after);
    area_text(a, y, 14, better ? LOOK_GOOD : LOOK_BAD,
              glyph(a.grid, better ? GLYPH_UP : GLYPH_DOWN));
    int at = 16;
    if (a.width >= 70) {
        area_textf(a, y, at, LOOK_DIM, "%7lld", (long long)x->facts->questions[q].id);
        at += 9;
    }
    area_cell(a, y, at, a.width - at - 1, LOOK_TEXT, false, text_of(x, i));
    if (!x->find) return;
    TextSpans spans = {0};
    text_found(text_of(x, i), x->find, &spans);
    for (size_t s = 0; s < spans.count; s++) {
        int from = grid_width(text_of(x, i), spans.items[s].first),
            to = grid_width(text_of(x, i), spans.items[s].end);
        int room = a.width - at - 1;
        if (from < room) area_restyle(a, y, at + from, (to < room ? to : room) - from, LOOK_LIT);
    }
    vec_release(&spans);
}

void compare_draw_questions(CompareView *x, Area a, bool focused)
{
    Str title = {0};
    title_of(x, &title);
    Area in = area_box(a, focused ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, str_get(&title));
    str_release(&title);
    area_text(in, 0, 2, LOOK_DIM, "rank before, after; question");
    Area rows = area_rows(in, 1, in.height - 1);
    size_t count = rows.height > 0 ? (size_t)rows.height : 0;
    x->questions_drawn = rows;
    x->page = rows.height > 0 ? rows.height : 1;
    if (x->questions.count == 0) area_text(rows, 0, 2, LOOK_DIM, "none");
    if (x->question < x->question_top) x->question_top = x->question;
    if (count && x->question >= x->question_top + count) x->question_top = x->question - count + 1;
    for (size_t y = 0; y < count && x->question_top + y < x->questions.count; y++) {
        size_t i = x->question_top + y;
        draw_question(x, rows, (int)y, i);
        if (i != x->question) continue;
        area_text(rows, (int)y, 0, LOOK_KEY, glyph(rows.grid, GLYPH_POINT));
        area_on(rows, (int)y);
    }
}

/* ---- acting ---- */

static bool go(CompareView *x, size_t to)
{
    size_t count = x->questions.count;
    x->question = to < count ? to : count ? count - 1 : 0;
    return true;
}

static bool turn(CompareView *x, int by)
{
    x->moved = (CompareMoved)(((int)x->moved + MOVED_COUNT + by) % MOVED_COUNT);
    compare_moved(x->facts, x->line, x->moved, &x->questions);
    x->question = x->question_top = 0;
    return true;
}

/* The next place from the one after the cursor on, around the end. */
static void find(CompareView *x, bool back, bool here)
{
    size_t count = x->questions.count;
    TextSpans spans = {0};
    for (size_t n = here ? 0 : 1; x->find && n <= count && count; n++) {
        size_t i = (back ? x->question + 2 * count - n : x->question + n) % count;
        text_found(text_of(x, i), x->find, &spans);
        if (spans.count == 0) continue;
        x->question = i;
        vec_release(&spans);
        return;
    }
    vec_release(&spans);
    if (x->find) ui_say(x->view.ui, LOOK_WARN, "not found: %s", x->find);
}

static void find_typed(void *context, const char *text)
{
    CompareView *x = context;
    free(x->find);
    x->find = *text ? mem_strdup(text) : NULL;
    if (x->step == STEP_QUESTIONS) find(x, false, true);
}

bool compare_act_questions(CompareView *x, Action action)
{
    size_t page = (size_t)x->page;
    switch (action) {
    case ACTION_UP:
        return go(x, x->question ? x->question - 1 : 0);
    case ACTION_DOWN:
        return go(x, x->question + 1);
    case ACTION_PAGE_UP:
        return go(x, x->question > page ? x->question - page : 0);
    case ACTION_PAGE_DOWN:
        return go(x, x->question + page);
    case ACTION_FIRST:
        return go(x, 0);
    case ACTION_LAST:
        return go(x, SIZE_MAX);
    case ACTION_LEFT:
    case ACTION_PREVIOUS_PANE:
        return turn(x, -1);
    case ACTION_RIGHT:
    case ACTION_NEXT_PANE:
        return turn(x, 1);
    case ACTION_SEARCH:
        ui_prompt(x->view.ui, "Find in these questions", x->find, NULL, find_typed, x);
        return true;
    case ACTION_SEARCH_NEXT:
    case ACTION_SEARCH_PREVIOUS:
        find(x, action == ACTION_SEARCH_PREVIOUS, false);
        return true;
    case ACTION_OPEN:
        if (x->questions.count) compare_open_hits(x);
        return true;
    case ACTION_BACK:
        x->step = STEP_TABLE;
        return true;
    case ACTION_COPY:
        if (x->questions.count) ui_copy(x->view.ui, "the question", text_of(x, x->question));
        return true;
    default:
        return false;
    }
}

bool compare_point_questions(CompareView *x, Event e)
{
    if (!compare_inside(x->questions_drawn, e)) return false;
    if (e.act == POINTER_WHEEL_UP) return compare_act_questions(x, ACTION_UP);
    if (e.act == POINTER_WHEEL_DOWN) return compare_act_questions(x, ACTION_DOWN);
    size_t i = x->question_top + (size_t)(e.y - x->questions_drawn.y);
    if ((e.act != POINTER_PRESS && e.act != POINTER_DOUBLE) || i >= x->questions.count)
        return false;
    x->step = STEP_QUESTIONS;
    x->question = i;
    if (e.act == POINTER_DOUBLE) compare_open_hits(x);
    return true;
}
