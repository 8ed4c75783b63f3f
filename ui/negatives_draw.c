/* A question on top, what answers it and a candidate side by side, the table of its candidates
 * below. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "ui/negatives_parts.h"
#include "ui/text.h"
#include "ui/ui_parts.h"

#define BESIDE_LEAST 88 /* columns from which the two texts stand side by side */
#define QUEUE_LEAST 90  /* columns and rows from which the queue has a place of its own: above */
#define QUEUE_ROWS 24
#define LEFT_LEAST 150 /* columns from which that is to the left */
#define TEXT_LEAST 3   /* rows */
#define QUESTION_ROWS 2

/* ---- numbers ---- */

/* ".742", "12.4"; sign: "+.014", "−.129". */
static void add_score(const Grid *g, double x, bool sign, Str *out)
{
    char text[32];
    if (!isfinite(x)) return;
    bool below = x < 0;
    if (sign || below) str_add(out, !below ? "+" : g->ascii ? "-" : "−");
    snprintf(text, sizeof text,
             fabs(x) < 0.9995   ? "%.3f"
             : fabs(x) < 99.995 ? "%.2f"
                                : "%.0f",
             fabs(x));
    str_add(out, text + (text[0] == '0' && text[1] == '.'));
}

static const char *remark_of(const CandidateRow *c, Style *style)
{
    *style = LOOK_WARN;
    switch (c->status) {
    case CANDIDATE_PROMOTED:
        *style = LOOK_GOOD;
        return "also a positive";
    case CANDIDATE_FALSE_NEGATIVE:
        *style = LOOK_BAD;
        return "false negative";
    default:
        break;
    }
    if (c->status == CANDIDATE_KEPT) *style = LOOK_DIM;
    if (c->margin > 0) return "above the positive";
    if (c->suspect) return "probably also right";
    *style = LOOK_DIM;
    return c->rank == 0 ? "random" : "";
}

static Style sign_style(CandidateStatus s)
{
    switch (s) {
    case CANDIDATE_KEPT:
    case CANDIDATE_PROMOTED:
        return LOOK_GOOD;
    case CANDIDATE_FALSE_NEGATIVE:
        return LOOK_BAD;
    default:
        return LOOK_WARN;
    }
}

/* ---- the two texts ---- */

/* The line from which on the most of what the question asks for can be seen. */
static size_t best_top(const char *text, const TextLines *lines, const char *question, int rows)
{
    TextSpans asked = {0};
    size_t best = 0, best_count = 0, count = lines->count;
    if (rows < 1 || count <= (size_t)rows) return 0;
    size_t *words = mem_zero(count + 1, sizeof *words);
    text_shared(text, question, &asked);
    for (size_t s = 0, line = 0; s < asked.count; s++) {
        while (line + 1 < count && lines->items[line + 1].first <= asked.items[s].first) line++;
        words[line]++;
    }
    for (size_t top = 0; top + (size_t)rows <= count; top++) {
        size_t seen = 0;
        for (int y = 0; y < rows; y++) seen += words[top + (size_t)y];
        if (seen <= best_count) continue;
        best = top;
        best_count = seen;
    }
    vec_release(&asked);
    free(words);
    return best;
}

static void draw_passage(const NegativesView *x, Area a, const char *text, const char *other)
{
    TextLines lines = {0};
    TextSpans spans = {0};
    const char *question = x->facts->question.items[0].text;
    char *flowing = text_flow(text);
    text_wrap(flowing, strlen(flowing), a.width, &lines);
    text_shared(flowing, other, &spans);
    size_t top = best_top(flowing, &lines, question, a.height) + x->scrolled;
    size_t last = lines.count > (size_t)a.height ? lines.count - (size_t)a.height : 0;
    text_draw(a, flowing, &lines, top < last ? top : last, LOOK_TEXT, &spans);
    vec_release(&lines);
    vec_release(&spans);
    free(flowing);
}

static const ChunkRow *positive_of(const NegativesView *x)
{
    const ChunkRows *p = &x->facts->positives;
    return p->count ? &p->items[x->positive < p->count ? x->positive : 0] : NULL;
}

static void add_place(const ChunkRow *c, Str *out)
{
    if (c->page_first) str_addf(out, " p.%lld", (long long)c->page_first);
    if (c->heading && *c->heading)
        str_addf(out, " · %s", c->heading);
    else if (c->title && *c->title)
        str_addf(out, " · %s", c->title);
}

static void positive_title(const NegativesView *x, const Grid *g, Str *out)
{
    const ChunkRow *p = positive_of(x);
    const CandidateRow *c = negatives_current(x);
    size_t count = x->facts->positives.count;
    str_add(out, "positive");
    if (count > 1) str_addf(out, " %zu of %zu", x->positive + 1, count);
    if (!p) return;
    str_addf(out, " · chunk %lld", (long long)p->id);
    if (c) {
        str_add(out, count > 1 ? " · lowest " : " · ");
        add_score(g, c->positive_score, false, out);
    }
    add_place(p, out);
}

static void candidate_title(const NegativesView *x, const Grid *g, Str *out)
{
    const CandidateRow *c = negatives_current(x);
    const ChunkRow *chunk = c ? negatives_chunk(x->facts, x->at) : NULL;
    Style style;
    str_add(out, "candidate");
    if (!c) return;
    if (c->rank) str_addf(out, " · rank %lld", (long long)c->rank);
    str_add(out, " · ");
    add_score(g, c->score, false, out);
    const char *remark = remark_of(c, &style);
    if (*remark) str_addf(out, " · %s", remark);
    str_addf(out, " · chunk %lld", (long long)c->chunk_id);
    if (chunk) add_place(chunk, out);
}

static void draw_positive(NegativesView *x, Area a)
{
    const ChunkRow *p = positive_of(x);
    const ChunkRow *c = negatives_current(x) ? negatives_chunk(x->facts, x->at) : NULL;
    x->positive_text = a;
    if (p)
        draw_passage(x, a, p->text, c ? c->text : "");
    else
        area_text(a, 0, 0, LOOK_WARN, "nothing answers this question: its chunk is gone");
}

static void draw_candidate(NegativesView *x, Area a)
{
    const ChunkRow *p = positive_of(x);
    const ChunkRow *c = negatives_current(x) ? negatives_chunk(x->facts, x->at) : NULL;
    x->candidate_text = a;
    if (c)
        draw_passage(x, a, c->text, p ? p->text : "");
    else if (negatives_current(x))
        area_text(a, 0, 0, LOOK_WARN, "its chunk is gone: mine again");
}

/* A title in a rule that another one begins already. */
static void rule_title(Area in, int y, int x, const char *title)
{
    char *text = str_format(" %s ", title);
    size_t fits = grid_fit(text, strlen(text), in.width - x);
    area_bytes(in, y, x, LOOK_TITLE, text, fits);
    free(text);
}

static void draw_beside(NegativesView *x, Area in, int y, int rows)
{
    Str left = {0}, right = {0};
    int middle = in.width / 2;
    positive_title(x, in.grid, &left);
    candidate_title(x, in.grid, &right);
    area_rule(in, y, LOOK_BORDER, NULL);
    rule_title(area_columns(in, 0, middle), y, 0, str_get(&left));
    rule_title(in, y, middle + 1, str_get(&right));
    area_column_rule(area_rows(in, y + 1, rows), middle, LOOK_BORDER);
    draw_positive(x, area_part(in, y + 1, 1, rows, middle - 2));
    draw_candidate(x, area_part(in, y + 1, middle + 2, rows, in.width - middle - 3));
    str_release(&left);
    str_release(&right);
}

static void draw_stacked(NegativesView *x, Area in, int y, int rows)
{
    Str title = {0};
    int above = (rows - 1) / 2, below = rows - 1 - above;
    positive_title(x, in.grid, &title);
    area_rule(in, y, LOOK_BORDER, NULL);
    rule_title(in, y, 0, str_get(&title));
    draw_positive(x, area_part(in, y + 1, 1, above, in.width - 2));
    str_clear(&title);
    candidate_title(x, in.grid, &title);
    y += 1 + above;
    area_rule(in, y, LOOK_BORDER, NULL);
    rule_title(in, y, 0, str_get(&title));
    draw_candidate(x, area_part(in, y + 1, 1, below, in.width - 2));
    str_release(&title);
}

/* ---- the table ---- */

typedef struct Places {
    int rank, score, bar, bar_width, margin, remark, text; /* columns; 0 in text: no room */
    bool remarks;
} Places;

static Places places_in(int width)
{
    Places p = {.rank = 4, .score = 9, .bar = 16};
    p.bar_width = width >= 110 ? 18 : width >= 60 ? 10 : 0;
    p.margin = p.bar + (p.bar_width ? p.bar_width + 2 : 0);
    p.remark = p.margin + 9;
    p.remarks = width >= 66;
    p.text = p.remark + (p.remarks ? 21 : 0);
    return p;
}

/* What bars reach from and to. */
typedef struct Scale {
    double least, most;
} Scale;

/* A reranker's scores may be logits: theirs begin at the lowest. */
static Scale scale_of(const NegativesFacts *f)
{
    Scale s = {0};
    for (size_t i = 0; i < f->candidates.count; i++) {
        const CandidateRow *c = &f->candidates.items[i];
        s.most = fmax(s.most, fmax(c->score, c->positive_score));
        if (f->mined.reranker) s.least = fmin(s.least, fmin(c->score, c->positive_score));
    }
    return s;
}

static void draw_bar(Area a, int y, const Places *p, const CandidateRow *c, Scale s)
{
    double width = s.most - s.least;
    if (p->bar_width == 0 || !(width > 0)) return;
    double share = (c->score - s.least) / width, mark = (c->positive_score - s.least) / width;
    area_bar(a, y, p->bar, p->bar_width, LOOK_BAR, share > 0 ? share : 0);
    int column = mark > 0 ? (int)(mark * p->bar_width + 0.5) : 0;
    area_text(a, y, p->bar + column, LOOK_TITLE, a.grid->ascii ? "|" : "│");
}

static void draw_candidate_row(const NegativesView *x, Area a, int y, size_t i, Scale scale,
                               bool focused)
{
    const CandidateRow *c = &x->facts->candidates.items[i];
    const ChunkRow *chunk = negatives_chunk(x->facts, i);
    Places p = places_in(a.width);
    Str text = {0};
    Style style = LOOK_TEXT;
    if (negatives_marked(x, c->chunk_id)) area_text(a, y, 1, LOOK_KEY, glyph(a.grid, GLYPH_MARK));
    area_text(a, y, 2, sign_style(c->status), negatives_sign(a.grid, c->status));
    if (c->rank)
        area_textf(a, y, p.rank, LOOK_TEXT, "%4lld", (long long)c->rank);
    else
        area_cell(a, y, p.rank, 4, LOOK_DIM, true, glyph(a.grid, GLYPH_NONE));
    add_score(a.grid, c->score, false, &text);
    area_cell(a, y, p.score, 6, LOOK_TEXT, true, str_get(&text));
    draw_bar(a, y, &p, c, scale);
    str_clear(&text);
    add_score(a.grid, c->margin, true, &text);
    area_cell(a, y, p.margin, 7, c->margin > 0 ? LOOK_WARN : LOOK_TEXT, true, str_get(&text));
    const char *remark = remark_of(c, &style);
    if (p.remarks) area_cell(a, y, p.remark, 20, style, false, remark);
    if (p.text < a.width)
        area_cell(a, y, p.text, a.width - p.text - 1,
                  x->facts->queued[i] || c->status == CANDIDATE_PENDING ? LOOK_TEXT : LOOK_DIM,
                  false, chunk ? chunk->text : "");
    if (i == x->at) {
        area_text(a, y, 0, focused ? LOOK_KEY : LOOK_DIM, glyph(a.grid, GLYPH_POINT));
        area_on(a, y);
    }
    str_release(&text);
}

static void draw_head(Area in, int y, bool focused)
{
    Places p = places_in(in.width);
    area_rule(in, y, focused ? LOOK_FOCUS : LOOK_BORDER, NULL);
    area_text(in, y, p.rank, LOOK_DIM, "rank");
    area_text(in, y, p.score, LOOK_DIM, " score");
    if (p.bar_width) area_text(in, y, p.bar, LOOK_DIM, " candidates ");
    area_text(in, y, p.margin, LOOK_DIM, " margin");
    if (p.remarks) area_text(in, y, p.remark, LOOK_DIM, "remark");
    if (p.text + 6 < in.width) area_text(in, y, p.text, LOOK_DIM, "text");
}

static void draw_table(NegativesView *x, Area a, bool focused)
{
    const NegativesFacts *f = x->facts;
    size_t rows = a.height > 0 ? (size_t)a.height : 0;
    x->candidates = a;
    if (f->candidates.count == 0) {
        area_text(a, 0, 2, LOOK_DIM, "it has no candidates: r mines again with other settings");
        return;
    }
    if (x->at < x->first) x->first = x->at;
    if (rows && x->at >= x->first + rows) x->first = x->at - rows + 1;
    if (x->first + rows > f->candidates.count)
        x->first = f->candidates.count > rows ? f->candidates.count - rows : 0;
    Scale scale = scale_of(f);
    for (size_t i = 0; i < rows && x->first + i < f->candidates.count; i++)
        draw_candidate_row(x, a, (int)i, x->first + i, scale, focused);
}

/* ---- the foot ---- */

static bool is_training(const NegativesView *x)
{
    Desk *d = ui_desk(x->view.ui);
    for (size_t i = 0; i < desk_jobs(d); i++)
        if (job_state(desk_job(d, i)) == JOB_RUNNING &&
            strcmp(job_command(desk_job(d, i)), "train") == 0)
            return true;
    return false;
}

static void draw_foot(const NegativesView *x, Area box)
{
    const NegativesFacts *f = x->facts;
    size_t kept = 0, undecided = 0;
    Str text = {0};
    for (size_t i = 0; i < f->candidates.count; i++) {
        kept += f->candidates.items[i].status == CANDIDATE_KEPT;
        undecided += f->candidates.items[i].status == CANDIDATE_PENDING;
    }
    str_addf(&text, " %s = the positive's score; %zu kept of %zu wanted",
             box.grid->ascii ? "|" : "│", kept, f->mined.per_question);
    if (undecided) str_addf(&text, ", %zu undecided", undecided);
    if (f->more) str_addf(&text, ", only the first %d are shown", NEGATIVES_MOST);
    if (is_training(x)) str_add(&text, "; counts for the next run");
    str_add(&text, " ");
    int width = grid_width(str_get(&text), text.size);
    int at = (box.width - width) / 2;
    area_text(area_columns(box, 1, box.width - 2), box.height - 1, at > 2 ? at - 1 : 1, LOOK_DIM,
              str_get(&text));
    str_release(&text);
}

/* ---- a question ---- */

static int draw_question(const NegativesView *x, Area in)
{
    TextLines lines = {0};
    const char *text = x->facts->question.items[0].text;
    text_wrap(text, strlen(text), in.width - 2, &lines);
    int y = text_draw(area_part(in, 0, 1, QUESTION_ROWS, in.width - 2), text, &lines, 0, LOOK_TITLE,
                      NULL);
    if (lines.count > QUESTION_ROWS)
        area_text(in, QUESTION_ROWS - 1, in.width - 1, LOOK_DIM, glyph(in.grid, GLYPH_ELLIPSIS));
    vec_release(&lines);
    return y;
}

/* Who found the candidates, and whose scores are shown. */
static void add_scorer(const NegativesFacts *f, Str *out)
{
    if (f->mined.reranker)
        str_addf(out, " · scores by %s, found by %s", file_name(f->mined.reranker),
                 file_name(f->mined.retriever));
    else
        str_addf(out, " · scores by %s", file_name(f->mined.retriever));
}

static void draw_nothing(const NegativesView *x, Area in)
{
    if (listing_count(x->queue.listing) || !listing_complete(x->queue.listing)) return;
    const Command *c = command_of(ACTION_SPLIT_CHOICE, VIEW_NEGATIVES);
    area_text(in, 1, 2, LOOK_GOOD, "nothing is left in this queue");
    area_textf(in, 2, 2, LOOK_DIM, "%s chooses another: false negatives, kept ones, all",
               c ? c->keys : "&");
}

static void draw_detail(NegativesView *x, Area box, bool focused)
{
    Str title = {0};
    bool on = focused && x->pane == PANE_CANDIDATES;
    const NegativesFacts *f = x->facts;
    bool there = f && f->question.count && f->question.items[0].id == x->asked_id;
    if (there)
        str_addf(&title, "Question %lld", (long long)x->asked_id);
    else
        str_add(&title, "Question");
    if (there && f->mining_id) add_scorer(f, &title);
    if (there && x->narrow) {
        str_add(&title, " · ");
        negatives_queue_title(x, &title);
    }
    Area in = area_box(box, on ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, str_get(&title));
    str_release(&title);
    if (!there) {
        draw_nothing(x, in);
        return;
    }
    int y = draw_question(x, in);
    bool beside = in.width >= BESIDE_LEAST;
    int count = (int)f->candidates.count, most = in.height / 3 < 4 ? 4 : in.height / 3;
    int table = count < 1 ? 1 : count < most ? count : most;
    int texts = in.height - y - 2 - table;
    if (texts < TEXT_LEAST) texts = TEXT_LEAST;
    if (beside)
        draw_beside(x, in, y, texts);
    else
        draw_stacked(x, in, y, texts);
    y += 1 + texts;
    draw_head(in, y, on);
    draw_table(x, area_rows(in, y + 1, in.height - y - 1), on);
    draw_foot(x, box);
}

/* ---- the view ---- */

static bool has_candidates(const NegativesView *x)
{
    const Counts *c = desk_counts(ui_desk(x->view.ui));
    for (int i = 0; i < CANDIDATE_STATUS_COUNT; i++)
        if (c->candidates[i]) return true;
    return false;
}

static void draw_empty(Area a, bool focused)
{
    const Command *mine = command_of(ACTION_MINE, VIEW_NEGATIVES),
                  *dial = command_of(ACTION_DIAL, VIEW_NEGATIVES);
    Area in = area_box(a, focused ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, "Negatives");
    area_text(in, 1, 2, LOOK_TEXT, "There are no candidates yet.");
    int x = area_text(in, 3, 2, LOOK_KEY, mine->keys);
    area_text(in, 3, x, LOOK_DIM,
              "  mines them: chunks that are found for a question but do not answer it");
    x = area_text(in, 4, 2, LOOK_KEY, dial->keys);
    area_text(in, 4, x, LOOK_DIM, "  opens the dial: how many there would be, before mining");
}

static void draw_queue(NegativesView *x, Area a, bool focused)
{
    Str title = {0};
    negatives_queue_title(x, &title);
    Area in = area_box(a, focused ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, str_get(&title));
    list_pane_draw(&x->queue, in, focused);
    str_release(&title);
}

void negatives_draw(NegativesView *x, Area a, bool focused)
{
    bool on = focused && x->pane == PANE_QUEUE;
    bool left = a.width >= LEFT_LEAST, above = a.width >= QUEUE_LEAST && a.height >= QUEUE_ROWS;
    x->candidates = x->positive_text = x->candidate_text = (Area){0};
    x->narrow = !left && !above;
    if (!has_candidates(x)) {
        draw_empty(a, focused);
    } else if (x->narrow) {
        if (x->detail)
            draw_detail(x, a, focused);
        else
            draw_queue(x, a, focused);
    } else if (left) {
        int width = a.width * 30 / 100;
        draw_queue(x, area_columns(a, 0, width), on);
        draw_detail(x, area_columns(a, width, a.width - width), focused);
    } else {
        int height = a.height / 4 < 6 ? 6 : a.height / 4;
        draw_queue(x, area_rows(a, 0, height), on);
        draw_detail(x, area_rows(a, height, a.height - height), focused);
    }
}
