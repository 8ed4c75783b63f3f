/* A histogram: counts as columns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/chart_parts.h"

/* The mean count of the bins that fall into column x of `width`; where there are fewer bins than
 * columns, of the one. */
static double column_count(const size_t *counts, size_t bins, int x, int width)
{
    size_t columns = (size_t)width, at = (size_t)x;
    size_t first = (size_t)((double)at * (double)bins / (double)columns);
    size_t end = (size_t)((double)(at + 1) * (double)bins / (double)columns);
    if (end <= first) end = first + 1;
    if (end > bins) end = bins;
    double sum = 0;
    for (size_t i = first; i < end; i++) sum += (double)counts[i];
    return end > first ? sum / (double)(end - first) : 0;
}

/* In eighths of a row; what is not nothing is seen. */
static int eighths(double count, double most, int rows)
{
    if (!(count > 0)) return 0;
    int height = (int)lround(count / most * 8 * rows);
    return height < 1 ? 1 : height;
}

static const char *block(bool ascii, int part)
{
    static const char *const BLOCKS[9] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const ASCII[9] = {" ", ".", ".", ".", "#", "#", "#", "#", "#"};
    part = part < 0 ? 0 : part > 8 ? 8 : part;
    return ascii ? ASCII[part] : BLOCKS[part];
}

/* What is kept stands solid below, the rest in light shade above it. */
static void draw_column(Area plot, int x, int all, int kept, bool parted, Style style,
                        Style kept_style)
{
    bool ascii = plot.grid->ascii;
    for (int y = 0; y < plot.height; y++) {
        int below = 8 * (plot.height - 1 - y); /* eighths under this cell */
        int solid = parted ? kept - below : all - below;
        if (solid > 0)
            area_text(plot, y, x, parted ? kept_style : style, block(ascii, solid));
        else if (all - below > 0)
            area_text(plot, y, x, style, ascii ? ":" : "░");
    }
}

static void draw_zero(Area plot, int x)
{
    for (int y = 0; y < plot.height; y++) {
        const Cell *cell = grid_at(plot.grid, plot.y + y, plot.x + x);
        if (strcmp(cell->text, " ") == 0)
            area_text(plot, y, x, LOOK_DIM, plot.grid->ascii ? "|" : "│");
    }
}

static void draw_labels(Area row, double low, double high, int zero)
{
    Str left = {0}, right = {0};
    chart_number(low, 0, &left);
    chart_number(high, 0, &right);
    int left_end = grid_width(left.data, left.size), width = grid_width(right.data, right.size);
    int right_start = row.width - width;
    area_cell(row, 0, 0, row.width, LOOK_DIM, false, "");
    if (left_end < right_start) {
        area_text(row, 0, 0, LOOK_DIM, left.data);
        area_text(row, 0, right_start, LOOK_DIM, right.data);
    }
    if (zero > left_end && zero < right_start - 1) area_text(row, 0, zero, LOOK_DIM, "0");
    str_release(&left);
    str_release(&right);
}

void histogram_draw(Area a, const size_t *counts, const size_t *kept, size_t bins, double low,
                    double high, Style style, Style kept_style)
{
    a = area_part(a, 0, 0, a.height, a.width);
    if (a.height < 1 || a.width < 1) return;
    bool labels = a.height >= 2 && isfinite(low) && isfinite(high);
    Area plot = area_rows(a, 0, a.height - labels);
    area_fill(plot, LOOK_TEXT);

    double most = 0;
    for (int x = 0; x < plot.width; x++)
        most = fmax(most, column_count(counts, bins, x, plot.width));
    for (int x = 0; x < plot.width && most > 0; x++) {
        int all = eighths(column_count(counts, bins, x, plot.width), most, plot.height);
        int part = kept ? eighths(column_count(kept, bins, x, plot.width), most, plot.height) : 0;
        draw_column(plot, x, all, part < all ? part : all, kept != NULL, style, kept_style);
    }
    int zero = -1;
    if (low < 0 && high > 0) {
        zero = (int)(-low / (high - low) * plot.width);
        if (zero >= plot.width) zero = plot.width - 1;
        draw_zero(plot, zero);
    }
    if (labels) draw_labels(area_rows(a, a.height - 1, 1), low, high, zero);
}
