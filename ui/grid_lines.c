/* Lines, boxes, bars and sparks of a grid. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "ui/grid.h"

enum { ARM_UP = 1, ARM_DOWN = 2, ARM_LEFT = 4, ARM_RIGHT = 8 };
#define ACROSS (ARM_LEFT | ARM_RIGHT)
#define UPRIGHT (ARM_UP | ARM_DOWN)

/* By arms. */
static const char *const LINES[16] = {
    [ARM_UP] = "│",
    [ARM_DOWN] = "│",
    [UPRIGHT] = "│",
    [ARM_LEFT] = "─",
    [ARM_RIGHT] = "─",
    [ACROSS] = "─",
    [ARM_DOWN | ARM_RIGHT] = "┌",
    [ARM_DOWN | ARM_LEFT] = "┐",
    [ARM_UP | ARM_RIGHT] = "└",
    [ARM_UP | ARM_LEFT] = "┘",
    [UPRIGHT | ARM_RIGHT] = "├",
    [UPRIGHT | ARM_LEFT] = "┤",
    [ACROSS | ARM_DOWN] = "┬",
    [ACROSS | ARM_UP] = "┴",
    [UPRIGHT | ACROSS] = "┼",
};

static const char *line_text(const Grid *g, unsigned arms)
{
    if (!g->ascii) return LINES[arms];
    bool across = arms & ACROSS, upright = arms & UPRIGHT;
    return across && upright ? "+" : across ? "-" : "|";
}

/* The arms of the border that a cell shows; 0: none. */
static unsigned cell_arms(const Grid *g, int y, int x)
{
    const Cell *cell = grid_at(g, y, x);
    Look look = STYLE_LOOK(cell->style);
    if (look != LOOK_BORDER && look != LOOK_FOCUS) return 0;
    if (g->ascii)
        return strcmp(cell->text, "+") == 0   ? UPRIGHT | ACROSS
               : strcmp(cell->text, "-") == 0 ? ACROSS
               : strcmp(cell->text, "|") == 0 ? UPRIGHT
                                              : 0;
    static const unsigned WHOLE[] = {UPRIGHT, ACROSS}; /* of the halves that look like them */
    for (size_t i = 0; i < sizeof WHOLE / sizeof *WHOLE; i++)
        if (strcmp(cell->text, LINES[WHOLE[i]]) == 0) return WHOLE[i];
    for (unsigned arms = 1; arms < 16; arms++)
        if (strcmp(cell->text, LINES[arms]) == 0) return arms;
    return 0;
}

static void line_put(Area a, int y, int x, Style style, unsigned arms)
{
    if (arms == 0 || y < 0 || x < 0 || y >= a.height || x >= a.width) return;
    arms |= cell_arms(a.grid, a.y + y, a.x + x);
    area_text(a, y, x, style, line_text(a.grid, arms));
}

/* A line that ends beside the border at y, x of the area grows an arm of it, and the border's style
 * stays. */
static void line_join(Area a, int y, int x, unsigned arm)
{
    int at_y = a.y + y, at_x = a.x + x;
    unsigned arms = cell_arms(a.grid, at_y, at_x);
    if (arms == 0) return;
    Style style = grid_at(a.grid, at_y, at_x)->style;
    area_text(grid_area(a.grid), at_y, at_x, style, line_text(a.grid, arms | arm));
}

static void line_title(Area a, int y, Style style, const char *title)
{
    int room = a.width - 4;
    if (!title || !*title || room < 1) return;
    int width = grid_width(title, grid_fit(title, strlen(title), room + 1));
    if (width > room) width = room;
    area_text(a, y, 1, style, " ");
    area_cell(a, y, 2, width, style, false, title);
    area_text(a, y, 2 + width, style, " ");
}

/* The arms of cell i of a line of `count`: at its ends only the one inwards, for a border there to
 * grow. */
static unsigned line_arms(int i, int count, unsigned before, unsigned after)
{
    if (count == 1) return before | after;
    return (i > 0 ? before : 0) | (i < count - 1 ? after : 0);
}

Area area_box(Area a, Style border, Style title_style, const char *title)
{
    int bottom = a.height - 1, right = a.width - 1;
    for (int y = 0; y <= bottom; y++) {
        bool across = (y == 0 || y == bottom) && (right > 0 || bottom == 0);
        for (int x = 0; x <= right; x++) {
            bool upright = (x == 0 || x == right) && bottom > 0;
            line_put(a, y, x, border,
                     (across ? line_arms(x, a.width, ARM_LEFT, ARM_RIGHT) : 0) |
                         (upright ? line_arms(y, a.height, ARM_UP, ARM_DOWN) : 0));
        }
    }
    line_title(a, 0, title_style, title);
    return area_part(a, 1, 1, a.height - 2, a.width - 2);
}

void area_rule(Area a, int y, Style style, const char *title)
{
    if (y < 0 || y >= a.height || a.width <= 0) return;
    /* one that ends on a border goes no further */
    bool ends_left = cell_arms(a.grid, a.y + y, a.x) != 0;
    bool ends_right = cell_arms(a.grid, a.y + y, a.x + a.width - 1) != 0;
    for (int x = 0; x < a.width; x++)
        line_put(a, y, x, style, line_arms(x, a.width, ARM_LEFT, ARM_RIGHT));
    if (!ends_left) line_join(a, y, -1, ARM_RIGHT);
    if (!ends_right) line_join(a, y, a.width, ARM_LEFT);
    line_title(a, y, style, title);
}

void area_column_rule(Area a, int x, Style style)
{
    if (x < 0 || x >= a.width || a.height <= 0) return;
    bool ends_above = cell_arms(a.grid, a.y, a.x + x) != 0;
    bool ends_below = cell_arms(a.grid, a.y + a.height - 1, a.x + x) != 0;
    for (int y = 0; y < a.height; y++)
        line_put(a, y, x, style, line_arms(y, a.height, ARM_UP, ARM_DOWN));
    if (!ends_above) line_join(a, -1, x, ARM_DOWN);
    if (!ends_below) line_join(a, a.height, x, ARM_UP);
}

static const char *const LEFT_EIGHTHS[9] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};

void area_bar(Area a, int y, int x, int width, Style style, double share)
{
    if (width <= 0) return;
    if (!(share > 0)) share = 0; /* NaN too */
    if (share > 1) share = 1;
    long eighths = lround(share * 8 * width);
    if (share > 0 && eighths == 0) eighths = 1;
    for (int i = 0; i < width && x + i < a.width; i++) {
        long part = eighths - 8L * i;
        part = part < 0 ? 0 : part > 8 ? 8 : part;
        const char *text = a.grid->ascii ? (part >= 4  ? "#"
                                            : part > 0 ? "-"
                                                       : " ")
                                         : LEFT_EIGHTHS[part];
        area_text(a, y, x + i, style, text);
    }
}

static const char *const LOW_EIGHTHS[8] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const ASCII_EIGHTHS[8] = {"_", ".", ",", "-", "=", "+", "*", "#"};

void area_spark(Area a, int y, int x, int width, Style style, const double *values, size_t count)
{
    if (width <= 0) return;
    if (count > (size_t)width) {
        values += count - (size_t)width;
        count = (size_t)width;
    }
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) continue;
        low = fmin(low, values[i]);
        high = fmax(high, values[i]);
    }
    for (int i = 0; i < width && x + i < a.width; i++) {
        const char *text = " ";
        if ((size_t)i < count && isfinite(values[i])) {
            double share = high > low ? (values[i] / 2 - low / 2) / (high / 2 - low / 2) : 0.5;
            int level = high > low ? (int)lround(share * 7) : 3;
            text = a.grid->ascii ? ASCII_EIGHTHS[level] : LOW_EIGHTHS[level];
        }
        area_text(a, y, x + i, style, text);
    }
}
