/* A question under two retrievers: both result lists side by side, to see why. */
#include <stdlib.h>
#include <string.h>

#include "ui/compare_parts.h"
#include "ui/text.h"
#include "ui/ui_parts.h"

#define ASKED 200 /* hits of each: those outside of the table's corpus are left out again */
#define SHOWN 20
#define SIDE_LEAST 36 /* columns that a side needs */
#define BAR_LEAST 50  /* and to have bars */
#define QUESTION_ROWS 2
#define SCROLL 3

static bool holds(const int64_t *ids, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++)
        if (ids[i] == id) return true;
    return false;
}

static bool is_own(const CompareView *x, const FoundHit *h)
{
    const EvalJudged *j = x->judged;
    return (j && holds(j->own, j->own_count, h->chunk_id)) ||
           holds(x->judging.items, x->judging.count, h->chunk_id);
}

static const FoundHit *current(const CompareView *x)
{
    const CompareHits *l = &x->hits[x->side];
    return x->found && x->hit[x->side] < l->count ? l->items[x->hit[x->side]].hit : NULL;
}

/* ---- asking ---- */

void compare_hits_clear(CompareView *x)
{
    desk_forget(ui_desk(x->view.ui), &x->judged);
    desk_forget(ui_desk(x->view.ui), &x->found);
    eval_judged_free(x->judged);
    found_free(x->found);
    x->judged = NULL;
    x->found = NULL;
    vec_clear(&x->judging);
    for (int s = 0; s < COMPARE_SIDES; s++) {
        vec_clear(&x->hits[s]);
        x->hit[s] = 0;
    }
    x->scrolled = 0;
}

/* A table of a split's own documents never saw the others. */
static bool was_searched(const CompareView *x, const ChunkRow *c)
{
    const EvalRow *row = &x->facts->row;
    return !row->corpus || strcmp(row->corpus, "split") != 0 || c->split == SPLIT_NONE ||
           (row->split && strcmp(split_name(c->split), row->split) == 0);
}

/* The first hits, and behind them those that answer. */
static void take_hits(CompareView *x, int side)
{
    const FoundList *l = &x->found->lists[side];
    const EvalRow *row = &x->facts->row;
    bool all = !row->corpus || strcmp(row->corpus, "split") != 0;
    size_t rank = 0;
    vec_clear(&x->hits[side]);
    for (size_t i = 0; i < l->count; i++) {
        const FoundHit *h = &l->hits[i];
        if (!was_searched(x, &h->chunk)) continue;
        rank++;
        if (rank > SHOWN && !is_own(x, h)) continue;
        vec_push(&x->hits[side], (CompareHit){h, rank == h->rank || h->rank <= ASKED ? rank
                                                 : all                               ? h->rank
                                                                                     : 0});
    }
}

static void found_ready(void *context, Found *found, const Err *err)
{
    CompareView *x = context;
    ui_failed(x->view.ui, "search", err);
    ui_redraw(x->view.ui);
    if (!found || x->step != STEP_HITS || found->list_count < COMPARE_SIDES) {
        found_free(found);
        return;
    }
    found_free(x->found);
    x->found = found;
    for (int s = 0; s < COMPARE_SIDES; s++) take_hits(x, s);
}

static void search(CompareView *x)
{
    const char *names[COMPARE_SIDES] = {x->facts->lines[x->facts->baseline].name, x->name};
    FinderAsk ask = {.query = x->judged->text,
                     .retrievers = names,
                     .retriever_count = COMPARE_SIDES,
                     .k = ASKED,
                     .own = x->judged->own,
                     .own_count = x->judged->own_count};
    finder_ask(ui_finder(x->view.ui), &x->found, &ask, found_ready, x);
}

static void judged_ready(void *context, EvalJudged *judged, const Err *err)
{
    CompareView *x = context;
    ui_failed(x->view.ui, "question", err);
    ui_redraw(x->view.ui);
    if (!judged || x->step != STEP_HITS || !x->facts || judged->question_id != x->asked_id) {
        eval_judged_free(judged);
        return;
    }
    eval_judged_free(x->judged);
    x->judged = judged;
    vec_clear(&x->judging);
    if (!x->found && judged->text) search(x);
}

void compare_hits_again(CompareView *x)
{
    if (x->step == STEP_HITS)
        eval_judged_ask(ui_desk(x->view.ui), &x->judged, x->asked_id, judged_ready, x);
}

void compare_open_hits(CompareView *x)
{
    compare_hits_clear(x);
    x->step = STEP_HITS;
    x->side = 1;
    x->asked_id = x->facts->questions[x->questions.items[x->question]].id;
    compare_hits_again(x);
}

/* ---- drawing ---- */

static size_t rank_in(const CompareHits *l, int64_t chunk)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->items[i].hit->chunk_id == chunk) return l->items[i].rank;
    return 0;
}

static void draw_sign(const CompareView *x, Area a, int y, const FoundHit *h)
{
    if (is_own(x, h))
        area_text(a, y, 2, LOOK_GOOD, glyph(a.grid, GLYPH_ACCEPTED));
    else if (x->judged && !eval_judged_has(x->judged, &h->chunk))
        area_text(a, y, 2, LOOK_WARN, "?");
    else
        area_text(a, y, 2, LOOK_BAD, glyph(a.grid, GLYPH_REJECTED));
}

static void draw_hit(const CompareView *x, Area a, int y, int side, size_t i)
{
    const CompareHit *c = &x->hits[side].items[i];
    double best = x->hits[side].items[0].hit->score;
    size_t there = rank_in(&x->hits[1 - side], c->hit->chunk_id);
    draw_sign(x, a, y, c->hit);
    if (c->rank)
        area_textf(a, y, 4, LOOK_DIM, "%3zu", c->rank);
    else
        area_cell(a, y, 4, 3, LOOK_DIM, true, glyph(a.grid, GLYPH_NONE));
    area_textf(a, y, 8, LOOK_DIM, "%6.3f", c->hit->score);
    int at = 15;
    if (a.width >= BAR_LEAST) {
        area_bar(a, y, at, 5, LOOK_BAR, best > 0 ? c->hit->score / best : 0);
        at += 6;
    }
    if (there)
        area_textf(a, y, at, there == c->rank ? LOOK_DIM : LOOK_WARN, "%s%zu",
                   glyph(a.grid, there == c->rank              ? GLYPH_DOT
                                 : !c->rank || there < c->rank ? GLYPH_UP
                                                               : GLYPH_DOWN),
                   there);
    else
        area_text(a, y, at, LOOK_DIM, glyph(a.grid, GLYPH_NONE));
    at += 5;
    area_cell(a, y, at, a.width - at - 1, is_own(x, c->hit) ? LOOK_TITLE : LOOK_TEXT, false,
              c->hit->chunk.text);
    if (i != x->hit[side]) return;
    area_text(a, y, 0, side == x->side ? LOOK_KEY : LOOK_DIM, glyph(a.grid, GLYPH_POINT));
    if (side == x->side) area_on(a, y);
}

static void draw_note(Area a, Style style, const char *text)
{
    TextLines lines = {0};
    text_wrap(text, strlen(text), a.width - 2, &lines);
    text_draw(area_columns(a, 1, a.width - 2), text, &lines, 0, style, NULL);
    vec_release(&lines);
}

/* What the table says; and what is found now where that is another rank: chunks came or went, or
 * words weigh otherwise among all chunks than among those of a split. */
static void side_title(const CompareView *x, int side, Str *out)
{
    const EvalFactsLine *l = &x->facts->lines[side ? x->line : x->facts->baseline];
    uint32_t rank = l->first[x->questions.items[x->question]];
    size_t now = 0;
    for (size_t i = 0; i < x->hits[side].count && !now; i++) {
        const FoundHit *h = x->hits[side].items[i].hit;
        if (holds(x->judged->own, x->judged->own_count, h->chunk_id))
            now = x->hits[side].items[i].rank;
    }
    str_addf(out, "%s · ", l->name);
    if (rank)
        str_addf(out, "found at %u", rank);
    else
        str_add(out, "not within 100");
    if (now && now != rank) str_addf(out, ", now at %zu", now);
}

static void draw_side(CompareView *x, Area a, int side, bool focused)
{
    Str title = {0};
    side_title(x, side, &title);
    Area in = area_box(a, focused && side == x->side ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE,
                       str_get(&title));
    str_release(&title);
    x->hits_drawn[side] = in;
    if (!x->found) {
        bool gone = x->judged && !x->judged->text;
        area_text(in, 0, 1, gone ? LOOK_WARN : LOOK_DIM,
                  gone ? "this question is gone" : "searching");
        return;
    }
    if (x->found->lists[side].error) {
        draw_note(in, LOOK_BAD, x->found->lists[side].error);
        return;
    }
    const CompareHits *h = &x->hits[side];
    if (h->count == 0) area_text(in, 0, 1, LOOK_DIM, "nothing found");
    size_t rows = in.height > 0 ? (size_t)in.height : 0, at = x->hit[side];
    size_t top = rows && at >= rows ? at - rows + 1 : 0;
    for (size_t y = 0; y < rows && top + y < h->count; y++) draw_hit(x, in, (int)y, side, top + y);
}

static const char *judgement(const CompareView *x, const FoundHit *h)
{
    if (is_own(x, h)) return "answers it";
    if (!x->judged) return "";
    return eval_judged_has(x->judged, &h->chunk) ? "does not answer it" : "nobody has judged it";
}

static void draw_text(CompareView *x, Area a)
{
    const FoundHit *h = current(x);
    Str title = {0};
    if (h) {
        str_addf(&title, "Chunk %lld · %s", (long long)h->chunk_id, judgement(x, h));
        if (h->chunk.title && *h->chunk.title) str_addf(&title, " · %s", h->chunk.title);
        if (h->chunk.page_first) str_addf(&title, " p.%lld", (long long)h->chunk.page_first);
        if (h->chunk.heading && *h->chunk.heading) str_addf(&title, " · %s", h->chunk.heading);
    }
    Area in = area_box(a, LOOK_BORDER, LOOK_TITLE, h ? str_get(&title) : NULL);
    str_release(&title);
    x->text_drawn = in;
    if (!h || !x->judged || !x->judged->text) return;
    TextLines lines = {0};
    TextSpans spans = {0};
    char *text = text_flow(h->chunk.text);
    text_wrap(text, strlen(text), in.width - 2, &lines);
    text_shared(text, x->judged->text, &spans);
    size_t last = lines.count > (size_t)in.height ? lines.count - (size_t)in.height : 0;
    if (x->scrolled > last) x->scrolled = last;
    text_draw(area_columns(in, 1, in.width - 2), text, &lines, x->scrolled, LOOK_TEXT, &spans);
    free(text);
    vec_release(&lines);
    vec_release(&spans);
}

static int draw_question(const CompareView *x, Area a)
{
    const EvalFactsQuestion *q = &x->facts->questions[x->questions.items[x->question]];
    const char *text = q->text ? q->text : "(this question is gone)";
    static const char *const WHAT[MOVED_COUNT] = {"won", "lost", "changed"};
    TextLines lines = {0};
    text_wrap(text, strlen(text), a.width - 4, &lines);
    int rows = lines.count < QUESTION_ROWS ? (int)lines.count : QUESTION_ROWS;
    char *title = str_format("Question %lld · %zu of %zu %s", (long long)q->id, x->question + 1,
                             x->questions.count, WHAT[x->moved]);
    Area in = area_box(area_rows(a, 0, rows + 2), LOOK_BORDER, LOOK_TITLE, title);
    text_draw(area_columns(in, 1, in.width - 2), text, &lines, 0, LOOK_TITLE, NULL);
    free(title);
    vec_release(&lines);
    return rows + 2;
}

void compare_draw_hits(CompareView *x, Area a, bool focused)
{
    int y = draw_question(x, a);
    Area rest = area_rows(a, y, a.height - y);
    int lists = rest.height * 55 / 100, half = rest.width / 2;
    Area sides = area_rows(rest, 0, lists);
    for (int s = 0; s < COMPARE_SIDES; s++) x->hits_drawn[s] = (Area){0};
    if (rest.width >= 2 * SIDE_LEAST) {
        draw_side(x, area_columns(sides, 0, half), 0, focused);
        draw_side(x, area_columns(sides, half, rest.width - half), 1, focused);
    } else {
        draw_side(x, sides, x->side, focused);
    }
    draw_text(x, area_rows(rest, lists, rest.height - lists));
}

/* ---- acting ---- */

static void judge(CompareView *x)
{
    const FoundHit *h = current(x);
    if (!h) return;
    if (is_own(x, h)) {
        ui_say(x->view.ui, LOOK_DIM, "chunk %lld answers this question already",
               (long long)h->chunk_id);
        return;
    }
    Decision d = {
        .subject = "relevance", .subject_id = x->asked_id, .other_id = h->chunk_id, .value = "yes"};
    char *label = str_format("chunk %lld answers question %lld too", (long long)h->chunk_id,
                             (long long)x->asked_id);
    vec_push(&x->judging, h->chunk_id);
    ui_decide(x->view.ui, &d, 1, label);
    ui_say(x->view.ui, LOOK_GOOD,
           "%s; the table counts it when it is evaluated anew; %s takes it back", label,
           command_of(ACTION_UNDO, VIEW_COMPARE)->keys);
    free(label);
}

static bool move(CompareView *x, long by)
{
    size_t count = x->hits[x->side].count;
    long at = (long)x->hit[x->side] + by;
    if (at >= (long)count) at = (long)count - 1;
    x->hit[x->side] = at < 0 ? 0 : (size_t)at;
    x->scrolled = 0;
    return true;
}

/* The same chunk on the other side, where it is there. */
static bool cross(CompareView *x, int side)
{
    const FoundHit *h = current(x);
    if (side == x->side) return true;
    x->side = side;
    for (size_t i = 0; h && i < x->hits[side].count; i++)
        if (x->hits[side].items[i].hit->chunk_id == h->chunk_id) x->hit[side] = i;
    x->scrolled = 0;
    return true;
}

/* The question after or before this one of the list. */
static bool step(CompareView *x, int by)
{
    if (by < 0 ? x->question == 0 : x->question + 1 >= x->questions.count) return true;
    x->question = by < 0 ? x->question - 1 : x->question + 1;
    compare_open_hits(x);
    return true;
}

bool compare_act_hits(CompareView *x, Action action)
{
    switch (action) {
    case ACTION_UP:
        return move(x, -1);
    case ACTION_DOWN:
        return move(x, 1);
    case ACTION_FIRST:
        return move(x, -(long)ASKED * 10);
    case ACTION_LAST:
        return move(x, (long)ASKED * 10);
    case ACTION_LEFT:
        return cross(x, 0);
    case ACTION_RIGHT:
        return cross(x, 1);
    case ACTION_NEXT_PANE:
    case ACTION_PREVIOUS_PANE:
        return cross(x, 1 - x->side);
    case ACTION_PAGE_DOWN:
        x->scrolled += SCROLL;
        return true;
    case ACTION_PAGE_UP:
        x->scrolled -= x->scrolled < SCROLL ? x->scrolled : SCROLL;
        return true;
    case ACTION_SEARCH_NEXT:
        return step(x, 1);
    case ACTION_SEARCH_PREVIOUS:
        return step(x, -1);
    case ACTION_JUDGE:
        judge(x);
        return true;
    case ACTION_OPEN:
        if (current(x)) ui_go(x->view.ui, VIEW_CHUNKS, current(x)->chunk_id, NULL);
        return true;
    case ACTION_COPY:
        if (current(x)) ui_copy(x->view.ui, "the chunk", current(x)->chunk.text);
        return true;
    case ACTION_BACK:
        compare_hits_clear(x);
        x->step = STEP_QUESTIONS;
        return true;
    default:
        return false;
    }
}

bool compare_point_hits(CompareView *x, Event e)
{
    if (compare_inside(x->text_drawn, e)) {
        if (e.act == POINTER_WHEEL_DOWN) x->scrolled++;
        if (e.act == POINTER_WHEEL_UP && x->scrolled) x->scrolled--;
        return true;
    }
    for (int s = 0; s < COMPARE_SIDES; s++) {
        if (!compare_inside(x->hits_drawn[s], e)) continue;
        if (e.act == POINTER_PRESS || e.act == POINTER_DOUBLE) x->side = s;
        if (e.act == POINTER_WHEEL_UP) return move(x, -1);
        if (e.act == POINTER_WHEEL_DOWN) return move(x, 1);
        if (e.act != POINTER_PRESS && e.act != POINTER_DOUBLE) return false;
        size_t rows = (size_t)x->hits_drawn[s].height, at = x->hit[s];
        size_t top = at >= rows ? at - rows + 1 : 0;
        size_t i = top + (size_t)(e.y - x->hits_drawn[s].y);
        if (i < x->hits[s].count) move(x, (long)i - (long)at);
        if (e.act == POINTER_DOUBLE) compare_act_hits(x, ACTION_OPEN);
        return true;
    }
    return false;
}
