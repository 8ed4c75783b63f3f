/* The table of retrievers, alone or beside a second one, and in words what the cursor is on. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ui/compare_parts.h"
#include "ui/text.h"
#include "ui/ui_parts.h"

#define NAME_LEAST 9
#define NAME_MOST 28
#define MARKS 4      /* columns before a name: cursor, chosen, baseline, a blank */
#define WORDS_MOST 5 /* lines below the table */

bool compare_is_chosen(const CompareView *x, const char *name)
{
    for (size_t i = 0; i < x->chosen.count; i++)
        if (strcmp(x->chosen.items[i], name) == 0) return true;
    return false;
}

static int name_width(const CompareView *x, int most)
{
    int width = NAME_LEAST;
    for (size_t i = 0; i < x->rows.count; i++) {
        const char *name = compare_name(x->facts, x->beside, x->rows.items[i]);
        int own = grid_width(name, strlen(name));
        if (own > width) width = own;
    }
    return width < most ? width : most;
}

/* ---- columns of one table ---- */

typedef enum CellKind { CELL_DIM, CELL_METRIC, CELL_MS, CELL_MADE } CellKind;

typedef struct TableColumn {
    CellKind kind;
    size_t metric;   /* column of the facts */
    int width, rank; /* rank: the lower, the longer it stays when there is little room */
    bool shown;
} TableColumn;

#define COLUMNS_MOST (EVAL_COLUMNS + 3)

static size_t all_columns(const EvalFacts *f, TableColumn *out)
{
    size_t n = 0;
    out[n++] = (TableColumn){CELL_DIM, 0, 6, 8, false};
    for (size_t c = 0; c < f->column_count; c++) {
        Metric m = f->columns[c];
        int rank = c == f->mrr             ? 0
                   : m.kind == METRIC_NDCG ? 3
                   : m.kind == METRIC_MAP  ? 6
                   : m.k == 1              ? 2
                   : m.k == 5              ? 1
                   : m.k == 10             ? 4
                                           : 5;
        out[n++] = (TableColumn){CELL_METRIC, c, c == f->mrr ? 14 : 9, rank, false};
        if (m.kind == METRIC_ACCURACY) out[n - 1].width = m.k < 100 ? 8 : 9;
    }
    out[n++] = (TableColumn){CELL_MS, 0, 10, 7, false};
    out[n++] = (TableColumn){CELL_MADE, 0, 22, 9, false};
    return n;
}

/* Shows as many as fit, the most important first. */
static size_t columns_in(const EvalFacts *f, int width, TableColumn *out)
{
    size_t n = all_columns(f, out);
    for (int rank = 0; rank < 10; rank++) {
        for (size_t i = 0; i < n; i++) {
            if (out[i].rank != rank || out[i].width > width) continue;
            out[i].shown = true;
            width -= out[i].width;
        }
    }
    return n;
}

static void column_order(const CompareView *x, const TableColumn *c, char out[METRIC_NAME_SIZE])
{
    *out = '\0';
    if (c->kind == CELL_METRIC) metric_name(x->facts->columns[c->metric], out);
    if (c->kind == CELL_MS) strcpy(out, "ms");
    if (c->kind == CELL_DIM) strcpy(out, "dim");
}

/* Figures stand a column left of the right edge: that is where a mark goes. */
static void draw_column_head(const CompareView *x, Area a, int at, const TableColumn *c)
{
    Str text = {0};
    char order[METRIC_NAME_SIZE];
    column_order(x, c, order);
    bool backwards = *x->order == '-';
    if (*order && strcmp(x->order + backwards, order) == 0)
        str_add(&text, glyph(a.grid, backwards ? GLYPH_DOWN : GLYPH_UP));
    if (c->kind == CELL_METRIC) compare_head(x->facts->columns[c->metric], &text);
    if (c->kind == CELL_DIM) str_add(&text, "dim");
    if (c->kind == CELL_MS) str_add(&text, "ms/query");
    if (c->kind == CELL_MADE) str_add(&text, "made");
    if (c->kind == CELL_MADE)
        area_cell(a, 0, at + 2, c->width - 2, LOOK_DIM, false, str_get(&text));
    else if (c->kind == CELL_METRIC && c->metric == x->facts->mrr)
        area_cell(a, 0, at + 2, c->width - 2, LOOK_DIM, false, str_get(&text));
    else
        area_cell(a, 0, at, c->width - 1, LOOK_DIM, true, str_get(&text));
    str_release(&text);
}

static void draw_mark(Area a, int y, int x, int mark)
{
    if (mark)
        area_text(a, y, x, mark > 0 ? LOOK_GOOD : LOOK_BAD,
                  glyph(a.grid, mark > 0 ? GLYPH_UP : GLYPH_DOWN));
}

static void draw_mrr(const EvalFacts *f, Area a, int y, int at, size_t line)
{
    const EvalFactsLine *l = &f->lines[line];
    int mark = compare_mark(f, line, f->mrr);
    Str text = {0};
    compare_share(l->value[f->mrr], &text);
    int x = area_text(a, y, at + 2, LOOK_TEXT, str_get(&text));
    str_clear(&text);
    if (line == f->baseline && f->tested) {
        str_addf(&text, " %s ", glyph(a.grid, GLYPH_PLUSMINUS));
        compare_share((l->ci95.high - l->ci95.low) / 2, &text);
        area_text(a, y, x, LOOK_DIM, str_get(&text));
    } else if (mark) {
        draw_mark(a, y, x + 1, mark);
        compare_difference(l->difference[f->mrr], a.grid->ascii, &text);
        area_text(a, y, x + 2, mark > 0 ? LOOK_GOOD : LOOK_BAD, str_get(&text));
    }
    str_release(&text);
}

static void draw_cell(const EvalFacts *f, Area a, int y, int at, const TableColumn *c, size_t line)
{
    const EvalFactsLine *l = &f->lines[line];
    Str text = {0};
    switch (c->kind) {
    case CELL_METRIC:
        if (c->metric == f->mrr) {
            draw_mrr(f, a, y, at, line);
            break;
        }
        compare_share(l->value[c->metric], &text);
        area_cell(a, y, at, c->width - 1, LOOK_TEXT, true, str_get(&text));
        draw_mark(a, y, at + c->width - 1, compare_mark(f, line, c->metric));
        break;
    case CELL_DIM:
        if (l->dims)
            str_addf(&text, "%lld", (long long)l->dims);
        else
            str_add(&text, glyph(a.grid, GLYPH_NONE));
        area_cell(a, y, at, c->width - 1, LOOK_DIM, true, str_get(&text));
        break;
    case CELL_MS:
        compare_milliseconds(l->ms_per_query, &text);
        area_cell(a, y, at, c->width - 1, LOOK_DIM, true, str_get(&text));
        break;
    case CELL_MADE:
        area_cell(a, y, at + 2, c->width - 2, LOOK_DIM, false, l->made);
        break;
    }
    str_release(&text);
}

/* ---- rows ---- */

static bool is_baseline(const CompareView *x, CompareRow row)
{
    return row.a != SIZE_MAX && row.a == x->facts->baseline;
}

static void draw_name(const CompareView *x, Area a, int y, size_t i, int width)
{
    const char *name = compare_name(x->facts, x->beside, x->rows.items[i]);
    bool baseline = is_baseline(x, x->rows.items[i]);
    if (i == x->row) area_text(a, y, 0, LOOK_KEY, glyph(a.grid, GLYPH_POINT));
    if (compare_is_chosen(x, name)) area_text(a, y, 1, LOOK_KEY, glyph(a.grid, GLYPH_MARK));
    if (baseline) area_text(a, y, 2, LOOK_KEY, "b");
    area_cell(a, y, MARKS, width, baseline ? LOOK_TITLE : LOOK_TEXT, false, name);
}

typedef void DrawRow(const CompareView *x, Area a, int y, size_t i, const void *columns);

static void draw_rows(CompareView *x, Area a, DrawRow *row, const void *columns)
{
    size_t rows = a.height > 0 ? (size_t)a.height : 0;
    x->rows_drawn = a;
    if (x->row < x->row_top) x->row_top = x->row;
    if (rows && x->row >= x->row_top + rows) x->row_top = x->row - rows + 1;
    if (x->row_top + rows > x->rows.count)
        x->row_top = x->rows.count > rows ? x->rows.count - rows : 0;
    for (size_t y = 0; y < rows && x->row_top + y < x->rows.count; y++) {
        row(x, a, (int)y, x->row_top + y, columns);
        if (x->row_top + y == x->row) area_on(a, (int)y);
    }
}

typedef struct OneTable {
    TableColumn columns[COLUMNS_MOST];
    size_t count;
    int name;
} OneTable;

static void draw_one_row(const CompareView *x, Area a, int y, size_t i, const void *columns)
{
    const OneTable *t = columns;
    int at = MARKS + t->name;
    draw_name(x, a, y, i, t->name);
    for (size_t c = 0; c < t->count; c++) {
        if (!t->columns[c].shown) continue;
        draw_cell(x->facts, a, y, at, &t->columns[c], x->rows.items[i].a);
        at += t->columns[c].width;
    }
}

static void draw_one(CompareView *x, Area a)
{
    OneTable t = {.name = name_width(x, a.width >= 100 ? NAME_MOST : a.width / 4)};
    t.count = columns_in(x->facts, a.width - MARKS - t.name, t.columns);
    int at = MARKS + t.name;
    area_cell(a, 0, MARKS, t.name, LOOK_DIM, false, "retriever");
    for (size_t c = 0; c < t.count; c++) {
        if (!t.columns[c].shown) continue;
        draw_column_head(x, a, at, &t.columns[c]);
        at += t.columns[c].width;
    }
    draw_rows(x, area_rows(a, 1, a.height - 1), draw_one_row, &t);
}

/* ---- two tables: the same metrics of the first, of the second, and their difference ---- */

#define BLOCKS 3
#define BLOCK_CELL 8

typedef struct TwoTables {
    size_t metrics[EVAL_COLUMNS]; /* columns of both facts: they were asked for alike */
    size_t count;
    int name;
} TwoTables;

static int block_x(const TwoTables *t, int block)
{
    return MARKS + t->name + block * (int)(t->count * BLOCK_CELL + 1);
}

static void choose_metrics(const CompareView *x, int room, TwoTables *t)
{
    TableColumn all[COLUMNS_MOST];
    size_t n = all_columns(x->facts, all), most = (size_t)(room / BLOCKS - 1) / BLOCK_CELL;
    size_t same = x->beside->column_count < x->facts->column_count ? x->beside->column_count
                                                                   : x->facts->column_count;
    size_t taken = 0;
    for (int rank = 0; rank < 10 && taken < most; rank++)
        for (size_t i = 0; i < n && taken < most; i++)
            if (all[i].kind == CELL_METRIC && all[i].rank == rank && all[i].metric < same) {
                all[i].shown = true;
                taken++;
            }
    for (size_t i = 0; i < n; i++)
        if (all[i].shown) t->metrics[t->count++] = all[i].metric;
}

static double value_in(const EvalFacts *f, size_t line, size_t metric)
{
    return line == SIZE_MAX ? NAN : f->lines[line].value[metric];
}

static void draw_two_row(const CompareView *x, Area a, int y, size_t i, const void *columns)
{
    const TwoTables *t = columns;
    CompareRow row = x->rows.items[i];
    Str text = {0};
    draw_name(x, a, y, i, t->name);
    for (size_t m = 0; m < t->count; m++) {
        double values[BLOCKS] = {value_in(x->facts, row.a, t->metrics[m]),
                                 value_in(x->beside, row.b, t->metrics[m])};
        values[2] = values[0] - values[1];
        for (int b = 0; b < BLOCKS; b++) {
            str_clear(&text);
            if (b < 2)
                compare_share(values[b], &text);
            else
                compare_difference(values[b], a.grid->ascii, &text);
            area_cell(a, y, block_x(t, b) + (int)m * BLOCK_CELL, BLOCK_CELL,
                      isnan(values[b]) ? LOOK_DIM : LOOK_TEXT, true, str_get(&text));
        }
    }
    str_release(&text);
}

static void block_title(const EvalFacts *f, Str *out)
{
    str_addf(out, "%lld: %s", (long long)f->row.id, f->row.split ? f->row.split : "?");
    if (f->row.corpus) str_addf(out, ", %s", f->row.corpus);
}

static void draw_two(CompareView *x, Area a)
{
    TwoTables t = {.name = name_width(x, a.width >= 100 ? NAME_MOST : a.width / 5)};
    Str text = {0};
    choose_metrics(x, a.width - MARKS - t.name, &t);
    area_cell(a, 1, MARKS, t.name, LOOK_DIM, false, "retriever");
    for (int b = 0; b < BLOCKS; b++) {
        int width = (int)t.count * BLOCK_CELL;
        str_clear(&text);
        if (b < 2)
            block_title(b ? x->beside : x->facts, &text);
        else
            str_addf(&text, "%lld against %lld", (long long)x->facts->row.id,
                     (long long)x->beside->row.id);
        area_cell(a, 0, block_x(&t, b) + 1, width - 1, LOOK_TITLE, true, str_get(&text));
        for (size_t m = 0; m < t.count; m++) {
            str_clear(&text);
            compare_head(x->facts->columns[t.metrics[m]], &text);
            area_cell(a, 1, block_x(&t, b) + (int)m * BLOCK_CELL, BLOCK_CELL, LOOK_DIM, true,
                      str_get(&text));
        }
    }
    str_release(&text);
    draw_rows(x, area_rows(a, 2, a.height - 2), draw_two_row, &t);
}

/* ---- words ---- */

static void add_line(Str *words, Style *styles, size_t *count, Style style)
{
    str_add_char(words, '\n');
    styles[(*count)++] = style;
}

/* Each line of words has a style of its own. Returns how many rows they took. */
static int draw_lines(Area a, const char *words, const Style *styles)
{
    int y = 0;
    for (size_t i = 0; *words; i++) {
        size_t size = strcspn(words, "\n");
        TextLines lines = {0};
        text_wrap(words, size, a.width, &lines);
        y += text_draw(area_rows(a, y, a.height - y), words, &lines, 0, styles[i], NULL);
        vec_release(&lines);
        words += size + 1;
    }
    return y;
}

static void words_of(const CompareView *x, const Grid *g, Str *words, Style styles[WORDS_MOST])
{
    size_t n = 0, line = compare_cursor_line(x);
    if (line != SIZE_MAX) {
        compare_sentence(x->facts, line, g->ascii, words);
        int mark = compare_mark(x->facts, line, x->facts->mrr);
        if (!x->facts->tested) str_add(words, "; tests are on their way");
        add_line(words, styles, &n, mark > 0 ? LOOK_GOOD : mark < 0 ? LOOK_BAD : LOOK_TEXT);
    }
    if (x->beside) {
        str_addf(words, "beside %lld: ", (long long)x->beside->row.id);
        compare_title(&x->beside->row, clock_wall_ms(), words);
        add_line(words, styles, &n, LOOK_DIM);
        size_t before = words->size;
        str_add(words, "not comparable: ");
        if (compare_unlike(&x->facts->row, &x->beside->row, words))
            add_line(words, styles, &n, LOOK_WARN);
        else
            str_truncate(words, before);
    }
    if (x->chosen.count) {
        str_addf(words, "%zu chosen: %s evaluates %s", x->chosen.count,
                 command_of(ACTION_EVALUATE, VIEW_COMPARE)->keys,
                 x->chosen.count == 1 ? "it" : "them");
        add_line(words, styles, &n, LOOK_DIM);
    }
}

/* ---- all of it ---- */

static void draw_none(const CompareView *x, Area in)
{
    const Command *eval = command_of(ACTION_EVALUATE, VIEW_COMPARE),
                  *train = command_of(ACTION_TRAIN, VIEW_COMPARE);
    if (!x->none) {
        area_text(in, 0, 1, LOOK_DIM, "reading");
        return;
    }
    area_text(in, 1, 2, LOOK_TEXT, "There is no table of retrievers yet.");
    int at = area_text(in, 3, 2, LOOK_KEY, eval->keys);
    area_text(in, 3, at, LOOK_DIM,
              "  evaluates: how often bm25, lsa and every run find the chunk that answers");
    if (!train) return;
    at = area_text(in, 4, 2, LOOK_KEY, train->keys);
    area_text(in, 4, at, LOOK_DIM, "  trains a run, to be compared with them");
}

void compare_draw_table(CompareView *x, Area a, bool focused)
{
    Str title = {0}, words = {0};
    Style styles[WORDS_MOST];
    if (x->facts)
        compare_title(&x->facts->row, clock_wall_ms(), &title);
    else
        str_add(&title, "Compare");
    Area in = area_box(a, focused ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, str_get(&title));
    str_release(&title);
    x->rows_drawn = (Area){0};
    if (!x->facts || x->rows.count == 0) {
        draw_none(x, in);
        return;
    }
    words_of(x, in.grid, &words, styles);
    int heads = x->beside ? 2 : 1, room = in.height - heads - 3;
    int rows = (int)(x->rows.count < 1000 ? x->rows.count : 1000);
    if (rows > room) rows = room > 1 ? room : 1;
    if (x->beside)
        draw_two(x, area_rows(in, 0, heads + rows));
    else
        draw_one(x, area_rows(in, 0, heads + rows));
    int below = heads + rows + (room > rows);
    below += draw_lines(area_part(in, below, 1, in.height - below, in.width - 2), str_get(&words),
                        styles);
    str_release(&words);
    int forest = compare_forest_rows(x);
    if (forest && x->step == STEP_TABLE && below + 1 + forest <= in.height)
        compare_draw_forest(x, area_part(in, below + 1, MARKS, forest, in.width - MARKS - 1),
                            name_width(x, in.width >= 100 ? NAME_MOST : in.width / 4));
}
