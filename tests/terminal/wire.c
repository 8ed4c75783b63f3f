#include "wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLAIN, ESCAPE, CSI, CHARSET, OSC, OSC_ESCAPE };

__attribute__((format(printf, 2, 3))) static void fault(Wire *w, const char *format, ...)
{
    if (w->fault[0]) return;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(w->fault, sizeof w->fault, format, args);
    va_end(args);
    if (n > 0 && n < (int)sizeof w->fault)
        snprintf(w->fault + n, sizeof w->fault - n, " at byte %zu", w->bytes);
}

static bool turns_direction(uint32_t c)
{
    return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

static void character(Wire *w, uint32_t c)
{
    if (c >= 0x80 && c <= 0x9F) fault(w, "a control character U+%04X", (unsigned)c);
    if (turns_direction(c)) fault(w, "U+%04X, which turns the direction of text", (unsigned)c);
}

static void plain(Wire *w, unsigned char b)
{
    if (w->left) {
        if ((b & 0xC0) != 0x80) {
            fault(w, "malformed UTF-8");
            w->left = 0;
        } else {
            w->code = w->code << 6 | (b & 0x3F);
            if (--w->left == 0) character(w, w->code);
            return;
        }
    }
    if (b >= 0x80) {
        if (w->ascii) fault(w, "byte 0x%02X on an ASCII terminal", b);
        w->left = b >= 0xF0 ? 3 : b >= 0xE0 ? 2 : 1;
        w->code = b & (0x3F >> w->left);
        if (b < 0xC2 || b > 0xF4) {
            fault(w, "malformed UTF-8");
            w->left = 0;
        }
    } else if (b < 0x20 && !strchr("\a\b\t\n\r\x0E\x0F", b)) {
        fault(w, "control byte 0x%02X", b);
    } else if (b == 0x7F) {
        fault(w, "control byte 0x7F");
    }
}

static int after_escape(Wire *w, unsigned char b)
{
    switch (b) {
    case '[':
        w->string_size = 0;
        return CSI;
    case ']':
        w->string_size = 0;
        return OSC;
    case '(':
    case ')':
    case '*':
        return CHARSET;
    case '=':
    case '>':
    case '7':
    case '8':
    case 'M':
    case 'D':
    case 'c':
    case 'H':
        return PLAIN;
    default:
        fault(w, "escape sequence ESC 0x%02X", b);
        return PLAIN;
    }
}

/* ?25h, ?12;25h: shown; ?25l: hidden. */
static void look_for_cursor(Wire *w, bool shown)
{
    w->string[w->string_size] = '\0';
    if (w->string[0] != '?') return;
    for (char *at = w->string + 1; *at; at += *at == ';') {
        char *end;
        if (strtol(at, &end, 10) == 25) w->cursor_hidden = !shown;
        if (end == at) return;
        at = end;
    }
}

static int in_csi(Wire *w, unsigned char b)
{
    if (b >= 0x20 && b < 0x40) {
        if (w->string_size < sizeof w->string - 1) w->string[w->string_size++] = (char)b;
        return CSI;
    }
    if (b == 'h' || b == 'l') look_for_cursor(w, b == 'h');
    if (!strchr("ABCDGHJKLMPSTX@bcdfghlmrtp", b))
        fault(w, "control sequence that ends with 0x%02X", b);
    return PLAIN;
}

/* Of the strings only OSC 52, the clipboard, is the program's own; the library sends 104 at its
 * end, which gives the colours back. */
static int in_osc(Wire *w, unsigned char b)
{
    if (b == 0x1B) return OSC_ESCAPE;
    if (b != '\a' && w->string_size < 3) {
        w->string[w->string_size++] = (char)b;
        if (w->string_size == 3 && memcmp(w->string, "52;", 3) != 0 &&
            memcmp(w->string, "104", 3) != 0)
            fault(w, "operating system command %.3s", w->string);
    }
    return b == '\a' ? PLAIN : OSC;
}

void wire_look(Wire *w, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++, w->bytes++) {
        unsigned char b = (unsigned char)bytes[i];
        if (b == 0x1B && w->state == PLAIN) {
            if (w->left) fault(w, "malformed UTF-8");
            w->left = 0;
            w->state = ESCAPE;
        } else if (w->state == PLAIN) {
            plain(w, b);
        } else if (w->state == ESCAPE) {
            w->state = after_escape(w, b);
        } else if (w->state == CSI) {
            w->state = in_csi(w, b);
        } else if (w->state == OSC) {
            w->state = in_osc(w, b);
        } else {
            w->state = PLAIN; /* the one byte of CHARSET, or the end of an OSC */
        }
    }
}
