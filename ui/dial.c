#include "ui/dial.h"

#include <stdlib.h>
#include <string.h>

#include "app/mine_words.h"
#include "ui/chart.h"
#include "ui/dial_sliders.h"
#include "ui/modal.h"
#include "ui/text.h"

#define WIDEST 100
#define HIGHEST 30
#define TITLE_WIDTH 20
#define VALUE_WIDTH 8
#define BIG_STEPS 10
#define COUNT_LINES 4 /* below the histogram */

typedef struct DialModal {
    Modal modal;
    DialDesk *desk;
    bool ready;  /* the sliders are set */
    bool asking; /* whether to mine */
    Sliders sliders;
    SliderId at;
    Area tracks, yes_button, no_button;
} DialModal;

static MineOptions settings(const DialModal *d)
{
    MineOptions o = *dial_desk_mined(d->desk);
    sliders_options(&d->sliders, &o);
    o.dry_run = false;
    return o;
}

static void count(DialModal *d)
{
    MineOptions o = settings(d);
    dial_desk_count(d->desk, &o);
}

/* The scale of the differences is known with the first answer. */
static void scale(const DialModal *d, SliderScale *ret)
{
    const DialAnswer *a = dial_desk_answer(d->desk);
    dial_desk_scores(d->desk, &ret->score_low, &ret->score_high);
    ret->difference_low = a ? a->counts.bins[0].low : 0;
    ret->difference_high = a ? a->counts.bins[DIAL_BINS - 1].high : 0;
}

/* ---- drawing ---- */

static void draw_searching(DialModal *d, Area in)
{
    ProgressState p = dial_desk_progress(d->desk);
    int x = area_text(in, 1, 2, LOOK_TEXT, "searching ");
    area_text(in, 1, x, LOOK_DIM, glyph(in.grid, GLYPH_ELLIPSIS));
    if (p.total) {
        area_bar(in, 2, 2, in.width - 4, LOOK_BAR, (double)p.done / (double)p.total);
        x = area_textf(in, 3, 2, LOOK_DIM, "%llu of %llu %s", (unsigned long long)p.done,
                       (unsigned long long)p.total, p.unit);
        if (p.eta_s >= 1) area_textf(in, 3, x, LOOK_DIM, ", about %.0f s more", p.eta_s);
    } else {
        area_text(in, 2, 2, LOOK_DIM, *p.message ? p.message : "opening the retriever");
    }
    area_text(in, 4, 2, LOOK_DIM, "One search holds the first candidates of every question.");
    modal_keys(in, in.height - 1, "Esc\0gives up\0");
}

static void draw_lines(Area a, int y, Style style, const char *text)
{
    TextLines lines = {0};
    text_wrap(text, strlen(text), a.width - 2, &lines);
    text_draw(area_part(a, y, 1, a.height - y - 1, a.width - 2), text, &lines, 0, style, NULL);
    vec_release(&lines);
}

static void draw_slider(const DialModal *d, Area a, SliderId i)
{
    const Slider *s = &d->sliders.at[i];
    int y = (int)i, left = 2 + TITLE_WIDTH, width = d->tracks.width;
    Str text = {0};
    Style style = s->on ? LOOK_TEXT : LOOK_DIM;
    if (i == d->at) area_text(a, y, 0, LOOK_KEY, glyph(a.grid, GLYPH_POINT));
    area_cell(a, y, 2, TITLE_WIDTH - 1, style, false, slider_title(i));
    for (int x = 0; x < width; x++) area_text(a, y, left + x, LOOK_DIM, a.grid->ascii ? "-" : "─");
    int knob = (int)(slider_share(s) * (width - 1) + 0.5);
    if (s->on)
        area_text(a, y, left + knob, LOOK_KEY, a.grid->ascii ? "O" : "●");
    else
        area_text(a, y, left + knob, LOOK_DIM, a.grid->ascii ? "o" : "○");
    slider_text(&d->sliders, i, &text);
    area_cell(a, y, left + width + 1, VALUE_WIDTH, style, true, str_get(&text));
    str_release(&text);
    if (i == d->at) area_on(a, y);
}

static void draw_histogram(const DialAnswer *answer, Area a)
{
    size_t all[DIAL_BINS], kept[DIAL_BINS];
    for (size_t b = 0; b < DIAL_BINS; b++) {
        all[b] = answer->counts.bins[b].all;
        kept[b] = answer->counts.bins[b].kept;
    }
    histogram_draw(a, all, kept, DIAL_BINS, answer->counts.bins[0].low,
                   answer->counts.bins[DIAL_BINS - 1].high, LOOK_DIM, LOOK_BAR);
}

static double percent(size_t part, size_t whole)
{
    return whole ? 100 * (double)part / (double)whole : 0;
}

static void add_counts(const DialCounts *c, Str *out)
{
    str_add(out, "keeps ");
    str_add_number(out, (long long)c->kept);
    str_add(out, " for ");
    str_add_number(out, (long long)c->questions);
    str_addf(out, " question%s; ", c->questions == 1 ? "" : "s");
    str_add_number(out, (long long)c->starved);
    str_addf(out, " left short; ");
    str_add_number(out, (long long)c->suspects);
    str_add(out, " probably also right");
}

static void draw_counts(const DialModal *d, const DialAnswer *answer, Area a)
{
    static const SliderId SLIDERS[MINE_FILTERS] = {
        [MINE_MARGIN] = SLIDER_MARGIN,
        [MINE_RELATIVE_MARGIN] = SLIDER_RELATIVE_MARGIN,
        [MINE_MAX_SCORE] = SLIDER_MOST_SCORE,
        [MINE_MIN_SCORE] = SLIDER_LEAST_SCORE,
    };
    const DialCounts *c = &answer->counts;
    Str text = {0};
    add_counts(c, &text);
    area_cell(a, 0, 1, a.width - 2, LOOK_TITLE, false, str_get(&text));
    str_clear(&text);
    for (MineFilter f = 0; f < MINE_FILTERS; f++) {
        if (!d->sliders.at[SLIDERS[f]].on) continue;
        str_addf(&text, "%s %s ", text.size ? "," : "dropped by", slider_title(SLIDERS[f]));
        str_add_number(&text, (long long)c->dropped[f]);
    }
    if (!text.size) str_add(&text, "no filter drops any");
    area_cell(a, 1, 1, a.width - 2, LOOK_TEXT, false, str_get(&text));
    str_clear(&text);
    str_addf(&text, "a fixed 95%% rule: drops %.0f%% of the first %.0f, leaves ",
             percent(answer->rule_drops, answer->first), d->sliders.at[SLIDER_PER_QUESTION].value);
    str_add_number(&text, (long long)answer->rule_starved);
    str_add(&text, " short");
    area_cell(a, 2, 1, a.width - 2, LOOK_DIM, false, str_get(&text));
    if (c->beyond)
        area_cell(a, 3, 1, a.width - 2, LOOK_WARN, false,
                  "this looks further than the candidates held here: mining may find more");
    str_release(&text);
}

static void draw_asking(DialModal *d, Area screen)
{
    const DialAnswer *answer = dial_desk_answer(d->desk);
    MineOptions o = settings(d);
    MineWords words = {0};
    Str text = {0};
    mine_words(&o, &words);
    for (size_t i = 0; i < words.count; i++) str_addf(&text, "%s%s", i ? " " : "", words.items[i]);
    str_add(&text, "\n");
    if (answer) add_counts(&answer->counts, &text);
    str_add(&text, ".\nThe candidates there are now are replaced; what you decided stays.");
    int width = screen.width < 72 ? screen.width : 72;
    TextLines lines = {0};
    text_wrap(str_get(&text), text.size, width - 4, &lines);
    Area in = modal_box(screen, (int)lines.count + 4, width, "Mine with these?");
    text_draw(area_part(in, 0, 1, in.height - 2, in.width - 2), str_get(&text), &lines, 0,
              LOOK_TEXT, NULL);
    d->yes_button = modal_button(in, in.height - 1, 1, false, "y  Mine");
    d->no_button = modal_button(in, in.height - 1, 14, false, "n  Back");
    vec_release(&lines);
    str_release(&text);
    mine_words_release(&words);
}

static void draw_open(DialModal *d, Area in)
{
    const DialAnswer *answer = dial_desk_answer(d->desk);
    d->tracks = area_part(in, 0, 2 + TITLE_WIDTH, SLIDER_COUNT,
                          in.width - 2 - TITLE_WIDTH - VALUE_WIDTH - 2);
    for (SliderId i = 0; i < SLIDER_COUNT; i++) draw_slider(d, in, i);
    int y = SLIDER_COUNT, left = in.height - SLIDER_COUNT - 1, room = left - 2 - COUNT_LINES;
    if (room > 1) { /* else the counts have what there is */
        area_rule(in, y++, LOOK_BORDER, "candidates by score minus the positive's; lit: kept");
        if (answer) draw_histogram(answer, area_part(in, y, 1, room, in.width - 2));
        area_rule(in, y + room, LOOK_BORDER, NULL);
        y += room + 1;
        left = COUNT_LINES;
    }
    if (answer && left > 0) draw_counts(d, answer, area_rows(in, y, left));
    if (in.height <= SLIDER_COUNT) return;
    modal_keys(in, in.height - 1,
               "Left Right\0turn\0PgUp PgDn\0far\0Space\0off, on\0Enter\0apply\0Esc\0leaves\0");
}

static void draw_title(const DialModal *d, Str *out)
{
    str_add(out, "The dial");
    if (!d->ready) return;
    const DialAnswer *answer = dial_desk_answer(d->desk);
    const MineOptions *mined = dial_desk_mined(d->desk);
    str_addf(out, " · %s", mined->retriever);
    if (mined->reranker) str_addf(out, "|%s", mined->reranker);
    if (!answer) return;
    str_add(out, " · ");
    str_add_number(out, (long long)answer->counts.candidates);
    str_add(out, " candidates held");
}

/* The first look at an open dial: its sliders, and what they do. */
static void get_ready(DialModal *d)
{
    SliderScale s;
    if (dial_desk_state(d->desk) != DIAL_READY) {
        d->ready = false;
        return;
    }
    if (d->ready) return;
    if (!dial_desk_answer(d->desk)) {
        dial_desk_count(d->desk, dial_desk_mined(d->desk));
        return;
    }
    scale(d, &s);
    sliders_init(&d->sliders, dial_desk_mined(d->desk), &s);
    d->ready = true;
    count(d);
}

static void dial_draw(Modal *m, Area screen)
{
    DialModal *d = (DialModal *)m;
    Str title = {0};
    get_ready(d);
    int width = screen.width < WIDEST ? screen.width : WIDEST;
    int height = screen.height < HIGHEST ? screen.height : HIGHEST;
    DialState state = dial_desk_state(d->desk);
    draw_title(d, &title);
    Area in = modal_box(screen, d->ready ? height : 9, d->ready ? width : 64, str_get(&title));
    str_release(&title);
    if (d->ready) {
        draw_open(d, in);
        if (d->asking) draw_asking(d, screen);
    } else if (state == DIAL_FAILED) {
        draw_lines(in, 0, LOOK_BAD, dial_desk_error(d->desk));
        modal_keys(in, in.height - 1, "Esc\0leaves\0");
    } else {
        draw_searching(d, in);
    }
}

/* ---- keys ---- */

static void apply(DialModal *d)
{
    MineOptions o = settings(d);
    MineWords words = {0};
    mine_words(&o, &words);
    ui_job(d->modal.ui, (const char *const *)words.items, words.count, NULL, NULL);
    mine_words_release(&words);
}

static bool asking_event(DialModal *d, Event e)
{
    bool press = e.key == KEY_POINTER && e.act == POINTER_PRESS;
    if (e.key == 'y' || (press && modal_hit(d->yes_button, e))) {
        apply(d);
        return false;
    }
    if (e.key == 'n' || e.key == KEY_ESC || (press && modal_hit(d->no_button, e)))
        d->asking = false;
    return true;
}

static void move(DialModal *d, int by)
{
    d->at = (SliderId)(((int)d->at + by + SLIDER_COUNT) % SLIDER_COUNT);
}

static void turn(DialModal *d, int steps)
{
    sliders_turn(&d->sliders, d->at, steps);
    count(d);
}

static void pointed(DialModal *d, Event e)
{
    int y = e.y - d->tracks.y, x = e.x - d->tracks.x;
    if (y < 0 || y >= SLIDER_COUNT) return;
    if (e.act == POINTER_WHEEL_UP || e.act == POINTER_WHEEL_DOWN) {
        d->at = (SliderId)y;
        turn(d, e.act == POINTER_WHEEL_UP ? 1 : -1);
    } else if (e.act == POINTER_PRESS || e.act == POINTER_DRAG) {
        if (e.act == POINTER_PRESS) d->at = (SliderId)y;
        if (x < 0 || x >= d->tracks.width || d->tracks.width < 2) return;
        sliders_put(&d->sliders, d->at, (double)x / (d->tracks.width - 1));
        count(d);
    }
}

static void open_event(DialModal *d, Event e)
{
    switch (e.key) {
    case KEY_ARROW_UP:
    case KEY_BACK_TAB:
    case 'k':
        move(d, -1);
        break;
    case KEY_ARROW_DOWN:
    case KEY_TAB:
    case 'j':
        move(d, 1);
        break;
    case KEY_ARROW_LEFT:
    case 'h':
        turn(d, -1);
        break;
    case KEY_ARROW_RIGHT:
    case 'l':
        turn(d, 1);
        break;
    case KEY_PAGE_UP:
        turn(d, BIG_STEPS);
        break;
    case KEY_PAGE_DOWN:
        turn(d, -BIG_STEPS);
        break;
    case KEY_FIRST:
    case KEY_LAST:
        sliders_put(&d->sliders, d->at, e.key == KEY_FIRST ? 0 : 1);
        count(d);
        break;
    case ' ':
        sliders_toggle(&d->sliders, d->at);
        count(d);
        break;
    case KEY_RETURN:
        d->asking = true;
        break;
    case KEY_POINTER:
        pointed(d, e);
        break;
    default:
        break;
    }
}

static bool dial_event(Modal *m, Event e)
{
    DialModal *d = (DialModal *)m;
    if (modal_pasted(m, e)) return true;
    if (d->asking) return asking_event(d, e);
    if (e.key == KEY_ESC || e.key == 'q') {
        dial_desk_stop(d->desk);
        return false;
    }
    if (d->ready) open_event(d, e);
    return true;
}

static void dial_release(Modal *m)
{
    free((DialModal *)m); /* the view, and its desk of the dial, may be gone already */
}

static const ModalOps DIAL = {dial_draw, dial_event, dial_release};

void dial_show(Ui *ui, DialDesk *desk)
{
    DialModal *d = mem_zero(1, sizeof *d);
    d->modal.ops = &DIAL;
    d->desk = desk;
    dial_desk_open(desk);
    ui_open(ui, &d->modal);
}
