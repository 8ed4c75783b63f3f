/* The frame: head, pipeline, the views, jobs, the keys that work. */
#include <stdlib.h>
#include <string.h>

#include "app/advice.h"
#include "app/progress_words.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "ui/ui_parts.h"

#define BAR_WIDTH 20

/* Something in head, pipeline or foot that can be clicked. */
typedef struct Spot {
    int y, x, end;
    const Command *command;
} Spot;

/* What is drawn where, found again for the mouse by drawing into nothing: spots are collected when
 * `spots` is set. */
typedef struct Pen {
    Ui *ui;
    Area a;
    int y, x;
    Spot found;         /* of where the mouse is */
    int find_y, find_x; /* -1: only drawing */
} Pen;

static void pen_text(Pen *p, Style style, const char *text)
{
    p->x = area_text(p->a, p->y, p->x, style, text);
}

static void pen_spot(Pen *p, Style style, const Command *c, const char *text)
{
    int from = p->x;
    pen_text(p, style, text);
    if (p->find_y == p->y && p->find_x >= from && p->find_x < p->x)
        p->found = (Spot){p->y, from, p->x, c};
}

static void pen_number(Pen *p, Style style, const Command *c, int64_t number, const char *what)
{
    Str text = {0};
    str_add_number(&text, number);
    str_add(&text, what);
    pen_spot(p, style, c, str_get(&text));
    str_release(&text);
}

/* ---- line 1: project and views ---- */

#define NAME_LEAST 6 /* columns that the project's name gets at least */

/* How a view stands in the head: with blanks around it, close, or as a number unless it is shown.
 */
typedef enum Tabs { TABS_WIDE, TABS_CLOSE, TABS_NUMBERS, TABS_COUNT } Tabs;

static char *tab_text(const Ui *ui, int view, Tabs tabs)
{
    const char *title = ui->views[view]->ops->title;
    bool on = ui_focused(ui) == (ViewId)view;
    if (tabs == TABS_WIDE) return str_format(" %d %s ", view + 1, title);
    return str_format("%d%s ", view + 1, tabs == TABS_CLOSE || on ? title : "");
}

static int tabs_width(const Ui *ui, Tabs tabs)
{
    int width = 0;
    for (int i = 0; i < VIEW_COUNT && ui->desk; i++) {
        char *text = tab_text(ui, i, tabs);
        width += grid_width(text, strlen(text));
        free(text);
    }
    return width;
}

static void draw_head(Pen *p)
{
    Ui *ui = p->ui;
    Tabs tabs = TABS_WIDE;
    area_fill(area_rows(p->a, 0, 1), LOOK_BAND);
    p->y = 0;
    p->x = 1;
    pen_text(p, LOOK_BAND, "hone  ");
    while (tabs + 1 < TABS_COUNT && p->x + NAME_LEAST + 2 + tabs_width(ui, tabs) > p->a.width)
        tabs++;
    const char *name = ui->desk ? file_name(desk_path(ui->desk)) : "no project";
    int room = p->a.width - p->x - 2 - tabs_width(ui, tabs);
    if (grid_width(name, strlen(name)) <= room)
        pen_text(p, LOOK_BAND, name);
    else
        p->x = area_cell(p->a, 0, p->x, room, LOOK_BAND, false, name);
    pen_text(p, LOOK_BAND, "  ");
    for (int i = 0; i < VIEW_COUNT && ui->desk; i++) {
        const Command *c = command_of(ACTION_SHOW_CHUNKS + (Action)i, VIEW_CHUNKS);
        char *text = tab_text(ui, i, tabs);
        pen_spot(p, ui_focused(ui) == (ViewId)i ? LOOK_TITLE : LOOK_BAND, c, text);
        free(text);
    }
}

/* ---- line 2: the pipeline ---- */

/* At the right end, where there is room; whatever else in the line is clicked means it too. */
static void draw_next(Pen *p)
{
    const Command *command = command_of(ACTION_NEXT_STEP, VIEW_CHUNKS);
    const AdviceStep *step = next_first(p->ui);
    char key[KEY_SIZE];
    if (step) {
        command_key(step->command, key);
        const char *titles[] = {step->command->title, step->command->name, ""};
        for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
            int width = (int)(strlen("next ") + strlen(key) + 1 + strlen(titles[i]));
            if (p->a.width - width - 1 <= p->x + 2) continue;
            p->x = p->a.width - width - 1;
            pen_spot(p, LOOK_DIM, command, "next ");
            pen_spot(p, LOOK_KEY, command, key);
            pen_spot(p, LOOK_TEXT, command, " ");
            pen_spot(p, LOOK_TEXT, command, titles[i]);
            break;
        }
    }
    if (p->find_y == p->y && !p->found.command) p->found.command = command;
}

static void draw_pipeline(Pen *p)
{
    Ui *ui = p->ui;
    if (!ui->desk) return;
    const Counts *c = desk_counts(ui->desk);
    const Command *chunks = command_of(ACTION_SHOW_CHUNKS, 0),
                  *questions = command_of(ACTION_SHOW_QUESTIONS, 0),
                  *negatives = command_of(ACTION_SHOW_NEGATIVES, 0),
                  *runs = command_of(ACTION_SHOW_TRAINING, 0),
                  *tables = command_of(ACTION_SHOW_COMPARE, 0);
    Style text = LOOK_LINK, dim = LOOK_DIM;
    char *more = str_format(" %s ", glyph(p->a.grid, GLYPH_MORE));
    int64_t pending = counts_questions(c, QUESTION_PENDING),
            accepted = counts_questions(c, QUESTION_ACCEPTED),
            rejected = counts_questions(c, QUESTION_REJECTED),
            flagged = counts_questions(c, QUESTION_FLAGGED);
    int64_t candidates = 0;
    for (int i = 0; i < CANDIDATE_STATUS_COUNT; i++) candidates += c->candidates[i];
    bool narrow = p->a.width < 110;
    p->y = 1;
    p->x = 1;
    pen_number(p, text, chunks, counts_documents(c), narrow ? " docs" : " documents");
    pen_text(p, dim, more);
    pen_number(p, text, chunks, counts_chunks(c, CHUNK_LIVE), " chunks");
    pen_text(p, dim, more);
    pen_number(p, text, questions, pending + accepted + rejected + flagged,
               narrow ? " q" : " questions");
    pen_text(p, dim, " ");
    pen_number(p, LOOK_GOOD, questions, accepted, glyph(p->a.grid, GLYPH_ACCEPTED));
    pen_text(p, dim, " ");
    pen_number(p, LOOK_BAD, questions, rejected, glyph(p->a.grid, GLYPH_REJECTED));
    pen_text(p, dim, " ");
    pen_number(p, LOOK_WARN, questions, pending + flagged, "?");
    pen_text(p, dim, more);
    pen_number(p, text, negatives, candidates, narrow ? " cand." : " candidates");
    if (c->candidates[CANDIDATE_PENDING]) {
        pen_text(p, dim, " ");
        pen_number(p, LOOK_WARN, negatives, c->candidates[CANDIDATE_PENDING], "?");
    }
    pen_text(p, dim, more);
    pen_number(p, text, runs, c->runs, c->runs == 1 ? " run" : " runs");
    if (*ui->head.best) {
        char *best = str_format("best %s %.3f", ui->head.best, ui->head.mrr);
        pen_text(p, dim, more);
        pen_spot(p, text, tables, best);
        free(best);
    }
    free(more);
    draw_next(p);
}

/* ---- the line of jobs, or of a message ---- */

static void draw_job(Pen *p, Job *j)
{
    ProgressState s = job_progress(j);
    Str text = {0};
    pen_text(p, LOOK_TITLE, job_command(j));
    pen_text(p, LOOK_DIM, " ");
    if (s.total) {
        area_bar(p->a, p->y, p->x, BAR_WIDTH, LOOK_BAR, (double)s.done / (double)s.total);
        p->x += BAR_WIDTH;
        str_addf(&text, " %2.0f%% ", 100 * (double)s.done / (double)s.total);
    }
    if (!s.total && s.done) {
        str_add_char(&text, ' ');
        progress_amount(&s, "/", &text);
    }
    if (s.eta_s < 1) s.eta_s = -1; /* it is over in a moment */
    progress_speed(&s, " ", &text);
    if (*s.message) str_addf(&text, " %s", s.message);
    if (*s.within) str_addf(&text, " %s", s.within);
    str_add(&text, "  ");
    pen_text(p, LOOK_TEXT, str_get(&text));
    if (s.trail_count > 1) {
        pen_text(p, LOOK_DIM, s.watched);
        area_spark(p->a, p->y, p->x + 1, PROGRESS_TRAIL, LOOK_SERIES_1, s.trail, s.trail_count);
        p->x += PROGRESS_TRAIL + 3;
    }
    str_release(&text);
}

static bool has_message(const Ui *ui)
{
    return ui->message_until > 0 && ui->messages.count;
}

static bool has_foot_line(const Ui *ui)
{
    return has_message(ui) || (ui->desk && (desk_trouble(ui->desk) || desk_jobs_running(ui->desk)));
}

static void draw_jobs(Pen *p)
{
    Ui *ui = p->ui;
    p->y = p->a.height - 2;
    p->x = 1;
    const char *trouble = ui->desk ? desk_trouble(ui->desk) : NULL;
    const Message *m = has_message(ui) ? &ui->messages.items[ui->messages.count - 1] : NULL;
    if (trouble && !(m && m->look == LOOK_BAD)) { /* what failed just now is told of first */
        pen_text(p, LOOK_BAD, trouble);
    } else if (m) {
        pen_text(p, (Style)m->look, m->text);
    } else if (ui->desk) {
        for (size_t i = 0; i < desk_jobs(ui->desk); i++)
            if (job_state(desk_job(ui->desk, i)) == JOB_RUNNING) draw_job(p, desk_job(ui->desk, i));
    }
}

/* ---- the last line: keys ---- */

static const char *hint_text(const Command *c)
{
    return c->hint ? c->hint : c->title;
}

/* Columns of a hint without its key's first `skip` letters, with the blanks behind it. */
static int hint_width(const Command *c, size_t skip)
{
    size_t size = strcspn(c->keys + skip, " ");
    return utf8_width(c->keys + skip, size) + 1 + (int)strlen(hint_text(c)) + 2;
}

static void draw_hint(Pen *p, const Command *c, size_t skip, int end)
{
    Str key = {0};
    str_add_bytes(&key, c->keys + skip, strcspn(c->keys + skip, " "));
    if (p->x + hint_width(c, skip) <= end) {
        pen_spot(p, LOOK_KEY, c, str_get(&key));
        pen_spot(p, LOOK_TEXT, c, " ");
        pen_spot(p, LOOK_TEXT, c, hint_text(c));
        pen_text(p, LOOK_DIM, "  ");
    }
    str_release(&key);
}

/* Keys that go on from those pressed. */
static void draw_sequence(Pen *p)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const Command *c = &COMMANDS[i];
        if (c->action == ACTION_NONE || !c->keys || c->keys[0] != (char)p->ui->sequence[0] ||
            !c->keys[1] || c->keys[1] == ' ')
            continue;
        draw_hint(p, c, 1, p->a.width);
    }
}

/* How to find out more and how to leave stand at the right end, whatever else finds room. */
static const Action ALWAYS[] = {ACTION_HELP, ACTION_QUIT};
#define ALWAYS_COUNT (sizeof ALWAYS / sizeof *ALWAYS)

static bool is_always(Action action)
{
    for (size_t i = 0; i < ALWAYS_COUNT; i++)
        if (ALWAYS[i] == action) return true;
    return false;
}

/* Returns where they begin. */
static int draw_always(Pen *p)
{
    int width = 0, x = p->x;
    for (size_t i = 0; i < ALWAYS_COUNT; i++)
        width += hint_width(command_of(ALWAYS[i], VIEW_CHUNKS), 0);
    p->x = p->a.width - width > x ? p->a.width - width : x;
    int begin = p->x;
    for (size_t i = 0; i < ALWAYS_COUNT; i++)
        draw_hint(p, command_of(ALWAYS[i], VIEW_CHUNKS), 0, p->a.width);
    p->x = x;
    return begin;
}

/* At the first start most commands have nothing to work on. */
static void draw_first_keys(Pen *p)
{
    int end = draw_always(p);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (COMMANDS[i].views & IN_WELCOME && COMMANDS[i].hint) draw_hint(p, &COMMANDS[i], 0, end);
}

static void draw_keys(Pen *p)
{
    Ui *ui = p->ui;
    unsigned here = 1u << ui_focused(ui);
    p->y = p->a.height - 1;
    p->x = 1;
    if (ui->sequence_count) {
        draw_sequence(p);
        return;
    }
    if (welcome_wanted(ui, ui_focused(ui))) {
        draw_first_keys(p);
        return;
    }
    int end = draw_always(p);
    /* the view's own keys first, and of those what is done most: what the command line has not */
    for (int turn = 0; turn < 3; turn++) {
        for (size_t i = 0; i < COMMAND_COUNT; i++) {
            const Command *c = &COMMANDS[i];
            int its = c->views == ANYWHERE ? 2 : c->run != NULL;
            if (c->hint && c->views & here && its == turn && !is_always(c->action))
                draw_hint(p, c, 0, end);
        }
    }
}

/* ---- all of it ---- */

static void draw_views(Ui *ui, Area body)
{
    int left = ui->beside ? body.width * ui->share / 100 : body.width;
    ui->area[0] = area_columns(body, 0, left);
    ui->area[1] = area_columns(body, left, body.width - left);
    if (!ui->desk) {
        welcome_draw(ui, body);
        return;
    }
    for (int i = 0; i < (ui->beside ? 2 : 1); i++) {
        View *v = ui->views[ui->shown[i]];
        if (welcome_wanted(ui, ui->shown[i]))
            welcome_draw(ui, ui->area[i]);
        else if (v)
            v->ops->draw(v, ui->area[i], ui->modals.count == 0 && (!ui->beside || ui->focus == i));
    }
}

bool frame_fits(const Ui *ui)
{
    return ui->grid.height >= LEAST_HEIGHT && ui->grid.width >= LEAST_WIDTH;
}

static void draw_too_small(const Ui *ui, Area a)
{
    area_textf(a, 0, 0, LOOK_WARN, "%dx%d is too small", a.width, a.height);
    area_textf(a, 1, 0, LOOK_TEXT, "hone needs %dx%d", LEAST_WIDTH, LEAST_HEIGHT);
    area_text(a, 2, 0, LOOK_TEXT, ui->leave_asked ? "jobs would stop: y" : "q leaves");
}

static Pen draw_frame(Ui *ui, int find_y, int find_x)
{
    Pen p = {.ui = ui, .a = grid_area(&ui->grid), .find_y = find_y, .find_x = find_x};
    draw_head(&p);
    draw_pipeline(&p);
    draw_jobs(&p);
    if (ui->modals.count == 0) draw_keys(&p); /* else they are not the view's */
    return p;
}

void frame_draw(Ui *ui)
{
    Area a = grid_area(&ui->grid);
    grid_clear(&ui->grid);
    if (!frame_fits(ui)) {
        draw_too_small(ui, a);
        return;
    }
    draw_frame(ui, -1, -1);
    draw_views(ui, area_rows(a, 2, a.height - 3 - has_foot_line(ui)));
    for (size_t i = 0; i < ui->modals.count; i++)
        ui->modals.items[i]->ops->draw(ui->modals.items[i], a);
}

bool frame_point(Ui *ui, Event e)
{
    int height = ui->grid.height, border = ui->area[1].x;
    if (e.act == POINTER_RELEASE) ui->dragging = false;
    if (ui->beside && e.act == POINTER_PRESS && (e.x == border || e.x == border - 1) && e.y >= 2 &&
        e.y < height - 2)
        ui->dragging = true;
    if (ui->dragging) {
        if (e.act == POINTER_DRAG && ui->grid.width > 0) {
            int share = 100 * e.x / ui->grid.width;
            ui->share = share < 20 ? 20 : share > 80 ? 80 : share;
            ui_redraw(ui);
        }
        return true;
    }
    if (e.y >= 2 && e.y < height - 2) return false;
    if (e.act != POINTER_PRESS) return true;
    Spot spot = draw_frame(ui, e.y, e.x).found;
    if (spot.command) ui_do(ui, spot.command);
    ui_redraw(ui);
    return true;
}
