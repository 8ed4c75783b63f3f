/* Every command of the table is reached by its keys, by the menu and by the palette.
 *
 *   commands HONE keys|menu|palette
 *
 * The program says "act NAME" for each command it carries out. What opens is left with Esc. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "screen.h"
#include "session.h"

#define HEIGHT 40
#define WIDTH 120
#define STEPS_MOST 60 /* through a menu */

typedef struct Walk {
    Session s;
    size_t tried, missed;
} Walk;

/* A command may have ended the program, as the one that leaves does. */
static void start_again_if_ended(Walk *w)
{
    if (!w->s.pty->ended) return;
    if (w->s.pty->status != 0)
        pty_fail(w->s.pty, "the program ended with status %x", w->s.pty->status);
    pty_free(w->s.pty);
    session_start(&w->s, HEIGHT, WIDTH, NULL);
}

static void key(Walk *w, const char *name)
{
    start_again_if_ended(w);
    if (!pty_key(w->s.pty, name)) pty_fail(w->s.pty, "no such key: %s", name);
    pty_wait_or_end(w->s.pty);
}

static void type(Walk *w, const char *text)
{
    unsigned events = 0;
    for (const char *t = text; *t; t++) events += (*t & 0xC0) != 0x80;
    pty_send(w->s.pty, text, strlen(text), events);
    pty_wait_or_end(w->s.pty);
}

static void leave_all(Walk *w)
{
    start_again_if_ended(w);
    pty_wait_jobs(w->s.pty); /* what they have to say opens when they end */
    session_escape(&w->s);
    start_again_if_ended(w);
}

static void go_to(Walk *w, int view)
{
    char name[] = "Alt-1";
    name[4] = (char)('1' + view);
    leave_all(w);
    key(w, name);
    if (view == VIEW_SEARCH) key(w, "Esc"); /* out of the field that is typed into */
}

static int first_view(const Command *c)
{
    int view = 0;
    while (!(c->views & 1u << view)) view++;
    return view;
}

static void miss(Walk *w, const Command *c, const char *how, int view)
{
    w->missed++;
    fprintf(stderr, "'%s' is not reached by %s, in view %d; carried out:", c->name, how, view + 1);
    for (size_t i = 0; i < w->s.pty->acts.count; i++)
        fprintf(stderr, " '%s'", w->s.pty->acts.items[i]);
    fprintf(stderr, "\n");
    if (getenv("HONE_SHOW_MISSES")) screen_print(w->s.pty, stderr);
}

static void expect_act(Walk *w, const Command *c, const char *how, int view)
{
    w->tried++;
    if (!pty_acted(w->s.pty, c->name)) miss(w, c, how, view);
}

/* ---- keys ---- */

/* Whether a view's own command takes this way, or keys it begins with. */
static bool is_shadowed(const Command *c, const char *way, size_t size, int view)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const Command *other = &COMMANDS[i];
        if (other == c || other->action == ACTION_NONE || other->views == ANYWHERE ||
            c->views != ANYWHERE || !(other->views & 1u << view))
            continue;
        for (const char *at = other->keys; at && *at;) {
            size_t n = strcspn(at, " ");
            if (n <= size && strncmp(at, way, n) == 0 && (n == size || size == 2)) return true;
            at += n + (at[n] == ' ');
        }
    }
    return false;
}

static bool is_typed(const char *way)
{
    return way[0] &&
           (!way[1] || way[0] == ',' || strcmp(way, "gg") == 0 || strcmp(way, "Space") == 0);
}

static void press_way(Walk *w, const char *way)
{
    bool sequence = is_typed(way) && way[1] && strcmp(way, "Space") != 0;
    pty_forget_acts(w->s.pty);
    if (sequence)
        type(w, way);
    else
        key(w, way);
}

static void try_keys(Walk *w, const Command *c, int view)
{
    for (const char *at = c->keys; at && *at;) {
        size_t size = strcspn(at, " ");
        char *way = mem_strndup(at, size);
        at += size + (at[size] == ' ');
        if (!is_shadowed(c, way, size, view)) {
            char *how = str_format("the key %s", way);
            go_to(w, view);
            press_way(w, way);
            expect_act(w, c, how, view);
            free(how);
        }
        free(way);
    }
}

static void walk_keys(Walk *w)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const Command *c = &COMMANDS[i];
        if (c->action == ACTION_NONE) continue;
        if (!c->keys || !*c->keys) miss(w, c, "a key: it has none", first_view(c));
        for (int view = 0; view < VIEW_COUNT; view++)
            if (c->views & 1u << view) try_keys(w, c, view);
    }
}

/* ---- menu and palette ---- */

/* What is lit in a row: the item under the cursor. */
static bool is_lit(ScreenStyle s)
{
    return s.background >= 0 || s.flags & SCREEN_REVERSE;
}

static bool row_lights(const Screen *s, int y, const char *title)
{
    Str lit = {0};
    for (int x = 0; x < s->width; x++)
        str_add(&lit, is_lit(screen_at(s, y, x)->style) ? screen_at(s, y, x)->text : "\n");
    bool found = false;
    size_t size = strlen(title);
    for (const char *at = strstr(str_get(&lit), title); at && !found; at = strstr(at + 1, title)) {
        const char *before = at > lit.data && at[-1] == ' ' ? at - 1 : at;
        bool begins = before == lit.data || before[-1] == '\n' || (unsigned char)before[-1] >= 0x80;
        found = begins && (!at[size] || at[size] == '\n' ||
                           (at[size] == ' ' && (at[size + 1] == ' ' || at[size + 1] == '\n')));
    }
    str_release(&lit);
    return found;
}

static bool is_under_cursor(Walk *w, const char *title)
{
    Screen s;
    screen_take(w->s.pty, &s);
    bool found = false;
    for (int y = 1; y < s.height - 2 && !found; y++) found = row_lights(&s, y, title);
    screen_release(&s);
    return found;
}

static bool shows(Walk *w, const char *text)
{
    Screen s;
    screen_take(w->s.pty, &s);
    bool found = screen_find(&s, text, NULL, NULL);
    screen_release(&s);
    return found;
}

static void by_menu(Walk *w, const Command *c)
{
    go_to(w, first_view(c));
    key(w, "F9");
    for (int i = 0; i < GROUP_COUNT && !shows(w, c->title); i++) key(w, "Right");
    for (int g = 0; g < GROUP_COUNT; g++) {
        for (int i = 0; i < STEPS_MOST && !is_under_cursor(w, c->title); i++) key(w, "Down");
        if (is_under_cursor(w, c->title)) break;
        key(w, "Right");
    }
    pty_forget_acts(w->s.pty);
    key(w, "Enter");
    expect_act(w, c, "the menu", first_view(c));
}

static void by_palette(Walk *w, const Command *c)
{
    int view = first_view(c);
    go_to(w, view);
    key(w, ":");
    type(w, c->title);
    pty_forget_acts(w->s.pty);
    key(w, "Enter");
    expect_act(w, c, "the palette", view);
}

static void walk_titles(Walk *w, void (*reach)(Walk *w, const Command *c), Action itself)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const Command *c = &COMMANDS[i];
        if (c->action == ACTION_NONE || c->action == itself || !(c->views & ANYWHERE)) continue;
        if (c->title && *c->title)
            reach(w, c);
        else
            miss(w, c, "a title: it has none", first_view(c));
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HONE keys|menu|palette\n", argv[0]);
        return 2;
    }
    Walk w = {0};
    session_make(&w.s, argv[1], "en");
    session_start(&w.s, HEIGHT, WIDTH, NULL);
    if (strcmp(argv[2], "keys") == 0)
        walk_keys(&w);
    else if (strcmp(argv[2], "menu") == 0)
        walk_titles(&w, by_menu, ACTION_MENU);
    else
        walk_titles(&w, by_palette, ACTION_PALETTE);
    fprintf(stderr, "%zu ways tried, %zu missed\n", w.tried, w.missed);
    start_again_if_ended(&w);
    session_quit(&w.s);
    session_release(&w.s);
    return w.missed ? 1 : 0;
}
