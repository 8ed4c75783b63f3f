/* What a run changed: the figures, and five lists of what to look at next. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/progress_words.h"
#include "ui/text.h"
#include "ui/training_parts.h"
#include "ui/ui_parts.h"

#define FILTER_IDS 200 /* of a list that go along to the Questions view */
#define DETAIL 5       /* rows of the question and the chunk below the list, where there is room */
#define NOTE_ROWS 2
#define BAR_WIDTH 40
#define LOOK_S 0.25 /* between two looks at how far it is */

static const struct {
    const char *tab, *what;
} LISTS[OUTCOME_LISTS] = {
    [OUTCOME_WON] = {"won", "val questions whose chunk is found earlier"},
    [OUTCOME_LOST] = {"lost", "val questions whose chunk is found later"},
    [OUTCOME_ABOVE] = {"above", "train questions with a hit above their chunk: is it right too?"},
    [OUTCOME_FIRST] = {"first", "first hits that nobody has judged: do they answer?"},
    [OUTCOME_NOWHERE] = {"nowhere", "questions that nothing finds: look at the question"},
};

/* ---- asking ---- */

void outcome_pane_release(OutcomePane *p)
{
    Desk *d = ui_desk(p->ui);
    if (d) desk_forget(d, p);
    outcome_facts_free(p->facts);
    vec_release(&p->judged);
}

static void ready(void *context, OutcomeFacts *facts, const Err *err)
{
    OutcomePane *p = context;
    outcome_facts_free(p->facts);
    p->facts = facts;
    p->asked = NULL;
    p->err = err ? *err : (Err){0};
    vec_clear(&p->judged);
    ui_redraw(p->ui);
    if (err) {
        ui_failed(p->ui, "what it changed", err);
        return;
    }
    const Outcome *o = &facts->outcome;
    const OutcomeSplit *s = o->val.questions ? &o->val : &o->test;
    char *key = training_key(ACTION_OUTCOME);
    ui_say(p->ui, LOOK_GOOD, "%s: mrr@10 %+.4f, %s; %zu won, %zu lost; %s in Training shows more",
           o->run, s->mrr.test.mean_difference,
           s->questions ? outcome_judgement(&s->mrr.test) : "nothing measured", o->won.count,
           o->lost.count, key);
    free(key);
}

void outcome_pane_ask(OutcomePane *p, const char *run)
{
    if (strcmp(p->run, run) != 0) {
        outcome_facts_free(p->facts);
        p->facts = NULL;
        p->cursor = p->top = 0;
        p->list = OUTCOME_WON;
    }
    snprintf(p->run, sizeof p->run, "%s", run);
    p->err = (Err){0};
    p->asked = outcome_facts_ask(ui_desk(p->ui), p, run, ready, p);
    ui_redraw(p->ui);
}

/* ---- its lists ---- */

static const OutcomeMoves *moves_of(const OutcomePane *p)
{
    const Outcome *o = &p->facts->outcome;
    return p->list == OUTCOME_WON ? &o->won : p->list == OUTCOME_LOST ? &o->lost : NULL;
}

static const OutcomeHits *hits_of(const OutcomePane *p)
{
    const Outcome *o = &p->facts->outcome;
    return p->list == OUTCOME_ABOVE ? &o->above : p->list == OUTCOME_FIRST ? &o->first : NULL;
}

/* How many entries a list has here, and how many there are of its kind. */
static size_t list_size(const Outcome *o, OutcomeList list, size_t *ret_all)
{
    const size_t here[] = {[OUTCOME_WON] = o->won.count,
                           [OUTCOME_LOST] = o->lost.count,
                           [OUTCOME_ABOVE] = o->above.count,
                           [OUTCOME_FIRST] = o->first.count,
                           [OUTCOME_NOWHERE] = o->nowhere.count};
    const size_t all[] = {[OUTCOME_WON] = o->won.count,
                          [OUTCOME_LOST] = o->lost.count,
                          [OUTCOME_ABOVE] = o->above_count,
                          [OUTCOME_FIRST] = o->first_count,
                          [OUTCOME_NOWHERE] = o->nowhere_count};
    *ret_all = all[list];
    return here[list];
}

static size_t count_of(const OutcomePane *p)
{
    size_t all;
    return p->facts ? list_size(&p->facts->outcome, p->list, &all) : 0;
}

static int64_t question_at(const OutcomePane *p, size_t i)
{
    const OutcomeMoves *moves = moves_of(p);
    const OutcomeHits *hits = hits_of(p);
    if (moves) return moves->items[i].question_id;
    if (hits) return hits->items[i].question_id;
    return p->facts->outcome.nowhere.items[i];
}

static const Judged *judged(const OutcomePane *p, int64_t question, int64_t chunk)
{
    for (size_t i = p->judged.count; i-- > 0;) {
        const Judged *j = &p->judged.items[i];
        if (j->question_id == question && j->chunk_id == chunk) return j;
    }
    return NULL;
}

/* ---- drawing ---- */

static Style figure_style(const PairedTest *t)
{
    if (t->ci95.low <= 0 && t->ci95.high >= 0) return LOOK_WARN;
    return t->mean_difference > 0 ? LOOK_GOOD : LOOK_BAD;
}

static int draw_figure(Area a, int y, const char *name, const OutcomeFigure *f)
{
    const PairedTest *t = &f->test;
    bool sure = t->ci95.low > 0 || t->ci95.high < 0;
    Str text = {0};
    str_addf(&text, "%-10s ", name);
    share_text(f->before, &text);
    str_add(&text, a.grid->ascii ? " -> " : " → ");
    share_text(f->after, &text);
    int x = area_text(a, y, 3, LOOK_TEXT, str_get(&text));
    str_clear(&text);
    share_change(t->mean_difference, &text);
    str_add(&text, !sure                    ? " "
                   : t->mean_difference > 0 ? glyph(a.grid, GLYPH_UP)
                                            : glyph(a.grid, GLYPH_DOWN));
    x = area_text(a, y, x + 2, figure_style(t), str_get(&text));
    str_clear(&text);
    str_add(&text, "  95% ");
    share_change(t->ci95.low, &text);
    str_add(&text, " to ");
    share_change(t->ci95.high, &text);
    x = area_text(a, y, x, LOOK_DIM, str_get(&text));
    str_release(&text);
    const char *words = outcome_judgement(t);
    bool fits = x + 2 + grid_width(words, strlen(words)) <= a.width;
    area_text(a, fits ? y : y + 1, fits ? x + 2 : 14, figure_style(t), words);
    return fits ? y + 1 : y + 2;
}

static int draw_split(Area a, int y, const char *name, const OutcomeSplit *s)
{
    if (s->questions == 0) {
        area_textf(a, y, 1, LOOK_DIM, "%s: no questions, nothing measured", name);
        return y + 1;
    }
    int x = area_text(a, y, 1, LOOK_TITLE, name);
    x = area_textf(a, y, x, LOOK_DIM, "  %zu questions, %zu chunks searched", s->questions,
                   s->chunks);
    if (s->frozen_changed)
        area_text(a, y, x + 2, LOOK_WARN, "frozen, and changed since: not to be compared");
    y = draw_figure(a, y + 1, "mrr@10", &s->mrr);
    return draw_figure(a, y, "accuracy@5", &s->accuracy);
}

static int draw_wrapped(Area a, int y, int rows, Style style, const char *text,
                        const TextSpans *spans)
{
    TextLines lines = {0};
    Area in = area_part(a, y, 1, rows, a.width - 2);
    text_wrap(text, strlen(text), in.width, &lines);
    int drawn = text_draw(in, text, &lines, 0, style, spans);
    vec_release(&lines);
    return y + drawn;
}

static int draw_figures(Area a, const Outcome *o)
{
    int y = 0;
    if (o->untrained) {
        area_text(a, y++, 1, LOOK_WARN,
                  "No step was better than before: this is the untrained retriever.");
    }
    y = draw_split(a, y, "val", &o->val);
    y = draw_split(a, y, "test", &o->test);
    if (o->note[0]) y = draw_wrapped(a, y, NOTE_ROWS, LOOK_DIM, o->note, NULL);
    return y;
}

static void draw_tabs(OutcomePane *p, Area a, int y, bool focused)
{
    int x = 1;
    area_rule(a, y, focused ? LOOK_FOCUS : LOOK_BORDER, NULL);
    p->tab_y = y;
    for (int i = 0; i < OUTCOME_LISTS; i++) {
        size_t all, here = list_size(&p->facts->outcome, (OutcomeList)i, &all);
        bool on = (OutcomeList)i == p->list;
        p->tab_x[i] = x;
        x = area_textf(a, y, x,
                       on     ? LOOK_TITLE | STYLE_ON
                       : here ? LOOK_LINK
                              : LOOK_DIM,
                       " %s %zu ", LISTS[i].tab, all);
        x = area_text(a, y, x, LOOK_BORDER, " ");
    }
    p->tab_x[OUTCOME_LISTS] = x;
}

static void add_rank(size_t rank, Str *out)
{
    if (rank)
        str_addf(out, "%zu", rank);
    else
        str_add(out, ">100");
}

static void draw_entry(const OutcomePane *p, Area a, int y, size_t i)
{
    const OutcomeMoves *moves = moves_of(p);
    const OutcomeHits *hits = hits_of(p);
    int64_t question = question_at(p, i);
    Str text = {0};
    int x = 2;
    if (moves) {
        add_rank(moves->items[i].before, &text);
        str_add(&text, a.grid->ascii ? " -> " : " → ");
        add_rank(moves->items[i].after, &text);
        x = area_cell(a, y, x, 12, p->list == OUTCOME_WON ? LOOK_GOOD : LOOK_BAD, false,
                      str_get(&text));
    } else if (hits) {
        const OutcomeHit *h = &hits->items[i];
        const Judged *j = judged(p, h->question_id, h->chunk_id);
        area_text(a, y, x,
                  !j           ? LOOK_WARN
                  : j->answers ? LOOK_GOOD
                               : LOOK_BAD,
                  !j           ? "?"
                  : j->answers ? glyph(a.grid, GLYPH_ACCEPTED)
                               : glyph(a.grid, GLYPH_REJECTED));
        str_addf(&text, "%+.3f ", h->margin);
        x = area_cell(a, y, x + 2, 8, LOOK_DIM, true, str_get(&text));
    }
    str_clear(&text);
    str_addf(&text, "#%lld ", (long long)question);
    x = area_text(a, y, x, LOOK_LINK, str_get(&text));
    area_cell(a, y, x, a.width - x - 1, LOOK_TEXT, false, outcome_question(p->facts, question));
    str_release(&text);
}

/* The keys of the list as the table has them. */
static void add_hint(const OutcomePane *p, Str *out)
{
    char *open = training_key(ACTION_OPEN), *yes = training_key(ACTION_JUDGE),
         *no = training_key(ACTION_JUDGE_NOT), *mine = training_key(ACTION_MINE);
    str_addf(out, "%s  (%s opens it", LISTS[p->list].what, open);
    if (hits_of(p)) str_addf(out, ", %s it answers, %s it does not", yes, no);
    if (p->list == OUTCOME_ABOVE) str_addf(out, ", %s mines with %s", mine, p->run);
    if (p->judged.count) {
        char *renew = training_key(ACTION_RENEW);
        str_addf(out, ", %s looks again", renew);
        free(renew);
    }
    str_add(out, ")");
    free(open);
    free(yes);
    free(no);
    free(mine);
}

static void draw_detail(const OutcomePane *p, Area a)
{
    int64_t question = question_at(p, p->cursor);
    const char *text = outcome_question(p->facts, question);
    const OutcomeHits *hits = hits_of(p);
    area_rule(a, 0, LOOK_BORDER, NULL);
    int y = draw_wrapped(a, 1, hits ? 2 : a.height - 1, LOOK_TITLE, text, NULL);
    if (!hits) return;
    int64_t chunk = hits->items[p->cursor].chunk_id;
    TextSpans spans = {0};
    Str shown = {0};
    str_addf(&shown, "#%lld %s", (long long)chunk, outcome_chunk(p->facts, chunk));
    text_shared(str_get(&shown), text, &spans);
    draw_wrapped(a, y, a.height - y, LOOK_TEXT, str_get(&shown), &spans);
    vec_release(&spans);
    str_release(&shown);
}

static void draw_list(OutcomePane *p, Area a, bool focused)
{
    size_t all, count = list_size(&p->facts->outcome, p->list, &all);
    Str hint = {0};
    add_hint(p, &hint);
    int y = draw_wrapped(a, 0, a.height > 6 ? 2 : 1, LOOK_DIM, str_get(&hint), NULL);
    str_release(&hint);
    int detail = count && a.height >= DETAIL + 5 ? DETAIL : 0;
    Area list = area_rows(a, y, a.height - y - detail);
    p->list_y = list.y;
    p->page = list.height > 0 ? (size_t)list.height : 0;
    if (count == 0) area_text(list, 0, 3, LOOK_DIM, "none");
    if (p->cursor >= count) p->cursor = count ? count - 1 : 0;
    if (p->cursor < p->top) p->top = p->cursor;
    if (p->page && p->cursor >= p->top + p->page) p->top = p->cursor - p->page + 1;
    for (size_t i = 0; i < p->page && p->top + i < count; i++) {
        draw_entry(p, list, (int)i, p->top + i);
        if (p->top + i != p->cursor) continue;
        area_text(list, (int)i, 0, focused ? LOOK_KEY : LOOK_DIM, glyph(list.grid, GLYPH_POINT));
        area_on(list, (int)i);
    }
    if (detail) draw_detail(p, area_rows(a, a.height - detail, detail));
}

/* Embedding what the run's model and the one before it have not embedded yet takes its time. */
static void draw_progress(const OutcomePane *p, Area in)
{
    Str text = {0};
    ProgressState s = progress_get(p->asked);
    progress_line(&s, &text);
    area_cell(in, 3, 2, in.width - 3, LOOK_DIM, false, str_get(&text));
    if (s.total) area_bar(in, 2, 2, BAR_WIDTH, LOOK_BAR, (double)s.done / (double)s.total);
    str_release(&text);
    if (p->asked) ui_redraw_after(p->ui, LOOK_S);
}

void outcome_pane_draw(OutcomePane *p, Area in, bool focused)
{
    p->tab_y = p->list_y = -1;
    if (p->err.kind) {
        draw_wrapped(in, 1, 4, LOOK_BAD, p->err.message, NULL);
        return;
    }
    if (!p->facts) {
        area_textf(in, 1, 2, LOOK_DIM, "%s is compared with the retriever that it began from",
                   p->run);
        draw_progress(p, in);
        return;
    }
    int y = draw_figures(in, &p->facts->outcome);
    draw_tabs(p, in, y, focused);
    draw_list(p, area_rows(in, y + 1, in.height - y - 1), focused);
}

/* ---- acting ---- */

static void judge(OutcomePane *p, bool answers)
{
    const OutcomeHits *hits = p->facts ? hits_of(p) : NULL;
    if (!hits || p->cursor >= hits->count) {
        ui_say(p->ui, LOOK_WARN, "hits are judged in the lists \"%s\" and \"%s\"",
               LISTS[OUTCOME_ABOVE].tab, LISTS[OUTCOME_FIRST].tab);
        return;
    }
    const OutcomeHit *h = &hits->items[p->cursor];
    Decision d = {.subject = answers ? "relevance" : "verdict",
                  .subject_id = h->question_id,
                  .other_id = h->chunk_id,
                  .value = answers ? "yes" : "kept"};
    char *label = str_format("chunk %lld %s question %lld", (long long)h->chunk_id,
                             answers ? "answers" : "does not answer", (long long)h->question_id);
    ui_decide(p->ui, &d, 1, label);
    free(label);
    vec_push(&p->judged, (Judged){h->question_id, h->chunk_id, answers});
    if (p->cursor + 1 < hits->count) p->cursor++;
}

/* The list's questions as a filter, those around the cursor where they are many. */
static void open_questions(OutcomePane *p)
{
    size_t count = count_of(p), first = 0;
    if (p->cursor >= count) return;
    if (count > FILTER_IDS && p->cursor > FILTER_IDS / 2) first = p->cursor - FILTER_IDS / 2;
    Str filter = {0};
    str_add(&filter, "id:");
    for (size_t i = first; i < count && i < first + FILTER_IDS; i++)
        str_addf(&filter, "%s%lld", i > first ? "," : "", (long long)question_at(p, i));
    ui_go(p->ui, VIEW_QUESTIONS, question_at(p, p->cursor), str_get(&filter));
    str_release(&filter);
}

static void mine(void *context)
{
    OutcomePane *p = context;
    const char *words[] = {"mine", "--retriever", p->run};
    ui_job(p->ui, words, 3, NULL, NULL);
}

static bool move(OutcomePane *p, Action action)
{
    size_t count = count_of(p), page = p->page > 1 ? p->page - 1 : 1;
    switch (action) {
    case ACTION_UP:
        p->cursor -= p->cursor > 0;
        return true;
    case ACTION_DOWN:
        p->cursor += p->cursor + 1 < count;
        return true;
    case ACTION_PAGE_UP:
        p->cursor = p->cursor > page ? p->cursor - page : 0;
        return true;
    case ACTION_PAGE_DOWN:
        p->cursor = p->cursor + page < count ? p->cursor + page : count ? count - 1 : 0;
        return true;
    case ACTION_FIRST:
        p->cursor = 0;
        return true;
    case ACTION_LAST:
        p->cursor = count ? count - 1 : 0;
        return true;
    case ACTION_LEFT:
    case ACTION_RIGHT:
        p->list = (OutcomeList)((p->list + (action == ACTION_RIGHT ? 1 : OUTCOME_LISTS - 1)) %
                                OUTCOME_LISTS);
        p->cursor = p->top = 0;
        return true;
    default:
        return false;
    }
}

static void copy(const OutcomePane *p)
{
    Str text = {0};
    if (!p->facts) return;
    outcome_text(&p->facts->outcome, &text);
    ui_copy(p->ui, "what the run changed", str_get(&text));
    str_release(&text);
}

bool outcome_pane_act(OutcomePane *p, Action action)
{
    if (move(p, action)) return true;
    switch (action) {
    case ACTION_JUDGE:
    case ACTION_JUDGE_NOT:
        judge(p, action == ACTION_JUDGE);
        return true;
    case ACTION_OPEN:
        if (count_of(p) == 0) return true;
        if (p->list == OUTCOME_ABOVE)
            ui_go(p->ui, VIEW_NEGATIVES, question_at(p, p->cursor), NULL);
        else
            open_questions(p);
        return true;
    case ACTION_MINE: {
        char *question = str_format("Mine hard negatives again with %s? It replaces the candidates;"
                                    " decisions about them stay.",
                                    p->run);
        ui_confirm(p->ui, question, mine, p);
        free(question);
        return true;
    }
    case ACTION_COPY:
        copy(p);
        return true;
    case ACTION_RENEW:
        if (p->run[0]) outcome_pane_ask(p, p->run);
        return false;
    case ACTION_UNDO: /* the screen's, but a sign here goes with it */
        p->judged.count -= p->judged.count > 0;
        return false;
    default:
        return false;
    }
}

bool outcome_pane_point(OutcomePane *p, Event e, Area in)
{
    if (!p->facts) return false;
    if (e.act == POINTER_WHEEL_UP) return move(p, ACTION_UP);
    if (e.act == POINTER_WHEEL_DOWN) return move(p, ACTION_DOWN);
    if (e.act != POINTER_PRESS && e.act != POINTER_DOUBLE) return false;
    for (int i = 0; e.y - in.y == p->tab_y && i < OUTCOME_LISTS; i++) {
        if (e.x - in.x < p->tab_x[i] || e.x - in.x >= p->tab_x[i + 1]) continue;
        p->list = (OutcomeList)i;
        p->cursor = p->top = 0;
        return true;
    }
    if (p->list_y < 0 || e.y < p->list_y) return false;
    size_t at = p->top + (size_t)(e.y - p->list_y);
    if (at >= count_of(p) || at >= p->top + p->page) return false;
    p->cursor = at;
    return e.act == POINTER_PRESS || outcome_pane_act(p, ACTION_OPEN);
}
