#include "svg.h"

#include <string.h>

#define CELL_W 8.4
#define CELL_H 18
#define INK 0xD8DEE9
#define PAPER 0x14181F

/* The 256 colours as xterm has them, the first 16 softened for a page. */
static unsigned rgb_of(int32_t colour, unsigned own)
{
    static const unsigned FIRST[16] = {0x14181F, 0xE06C75, 0x98C379, 0xE5C07B, 0x61AFEF, 0xC678DD,
                                       0x56B6C2, 0xC8CCD4, 0x5C6370, 0xF08C95, 0xB8E399, 0xFFE09B,
                                       0x81CFFF, 0xE698FD, 0x76D6E2, 0xFFFFFF};
    if (colour < 0) return own;
    if (colour >= 1 << 24) return (unsigned)colour & 0xFFFFFF;
    if (colour < 16) return FIRST[colour];
    if (colour >= 232) return (unsigned)(8 + 10 * (colour - 232)) * 0x010101;
    unsigned i = (unsigned)colour - 16, part[3] = {i / 36, i / 6 % 6, i % 6}, rgb = 0;
    for (int k = 0; k < 3; k++) rgb = rgb << 8 | (part[k] ? 55 + 40 * part[k] : 0);
    return rgb;
}

static unsigned ink_of(ScreenStyle s)
{
    return s.flags & SCREEN_REVERSE ? rgb_of(s.background, PAPER) : rgb_of(s.foreground, INK);
}

static unsigned paper_of(ScreenStyle s)
{
    return s.flags & SCREEN_REVERSE ? rgb_of(s.foreground, INK) : rgb_of(s.background, PAPER);
}

static void add_escaped(Str *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '&')
            str_add(out, "&amp;");
        else if (*text == '<')
            str_add(out, "&lt;");
        else if (*text == ' ')
            str_add(out, "&#160;");
        else
            str_add_char(out, *text);
    }
}

/* The end of the run of cells from x that are drawn alike. Wide characters stand alone, so that the
 * rest stays in its columns whatever the font. */
static int run_end(const Screen *s, int y, int x)
{
    const ScreenCell *first = screen_at(s, y, x);
    if (first->width == 2) return x + 2;
    int end = x + 1;
    while (end < s->width && screen_at(s, y, end)->width == 1 &&
           style_equal(screen_at(s, y, end)->style, first->style))
        end++;
    return end;
}

static void add_run(const Screen *s, int y, int x, int end, Str *out)
{
    ScreenStyle style = screen_at(s, y, x)->style;
    Str text = {0};
    for (int i = x; i < end && i < s->width; i++) {
        const char *cell = screen_at(s, y, i)->text;
        str_add(&text,
                *cell || screen_at(s, y, i)->width != 1 ? cell : " "); /* never written to: blank */
    }
    if (paper_of(style) != PAPER)
        str_addf(out, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#%06x\"/>\n",
                 x * CELL_W, y * CELL_H, (end - x) * CELL_W, CELL_H, paper_of(style));
    while (text.size && text.data[text.size - 1] == ' ')
        str_truncate(&text, --end > x ? text.size - 1 : 0);
    /* blanks at the start are left out: not every program that draws the file keeps them */
    int blank = (int)strspn(str_get(&text), " ");
    if (text.size) {
        str_addf(out, "<text x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\" fill=\"#%06x\"%s%s>",
                 (x + blank) * CELL_W, y * CELL_H + 13.5, (end - x - blank) * CELL_W, ink_of(style),
                 style.flags & SCREEN_BOLD ? " font-weight=\"bold\"" : "",
                 style.flags & SCREEN_UNDERLINE ? " text-decoration=\"underline\"" : "");
        add_escaped(out, str_get(&text) + blank);
        str_add(out, "</text>\n");
    }
    str_release(&text);
}

void svg_write(const Screen *s, Str *out)
{
    double width = s->width * CELL_W;
    int height = s->height * CELL_H;
    str_addf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%d\" "
        "viewBox=\"-8 -8 %.1f %d\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" "
        "font-size=\"14\">\n",
        width + 16, height + 16, width + 16, height + 16);
    str_addf(out,
             "<rect x=\"-8\" y=\"-8\" width=\"%.1f\" height=\"%d\" rx=\"8\" fill=\"#%06x\"/>\n",
             width + 16, height + 16, PAPER);
    for (int y = 0; y < s->height; y++)
        for (int x = 0, end; x < s->width; x = end) {
            end = run_end(s, y, x);
            add_run(s, y, x, end, out);
        }
    if (s->cursor_y >= 0)
        str_addf(out,
                 "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#%06x\" "
                 "fill-opacity=\"0.5\"/>\n",
                 s->cursor_x * CELL_W, s->cursor_y * CELL_H, CELL_W, CELL_H, INK);
    str_add(out, "</svg>\n");
}
