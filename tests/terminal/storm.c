/* A storm of sizes: storm HONE. Random sizes from 1x1 to 400x120, several before the program has
 * drawn, then one that is waited for. It neither ends nor hangs, and its last screen is whole. */
#include <stdio.h>

#include "base/rng.h"
#include "screen.h"
#include "session.h"

#define ROUNDS 40
#define WIDTH_MOST 400
#define HEIGHT_MOST 120

static void check_last(Pty *p)
{
    Screen s;
    screen_take(p, &s);
    bool whole =
        screen_find(&s, "Questions", NULL, NULL) || screen_find(&s, "QUESTIONS", NULL, NULL);
    screen_release(&s);
    if (!whole) pty_fail(p, "the screen is not whole after the storm");
}

static void storm(Pty *p, Rng *rng)
{
    static const char *const KEYS[] = {"1", "2", "3", "4", "5", "Down", "Up", "PgDn", "Tab", "|"};
    for (int i = 0; i < ROUNDS; i++) {
        size_t burst = rng_below(rng, 4);
        for (size_t k = 0; k < burst; k++) {
            pty_resize(p, 1 + (int)rng_below(rng, HEIGHT_MOST),
                       1 + (int)rng_below(rng, WIDTH_MOST));
            if (rng_below(rng, 2)) pty_key(p, KEYS[rng_below(rng, sizeof KEYS / sizeof *KEYS)]);
        }
        /* small ones more often: there panes collapse */
        pty_resize(p, 1 + (int)rng_below(rng, 12), 1 + (int)rng_below(rng, 50));
        pty_wait(p);
    }
    static const int EDGES[][2] = {{1, 1},     {1, 400}, {120, 1}, {2, 2},
                                   {120, 400}, {8, 40},  {7, 39},  {24, 80}};
    for (size_t i = 0; i < sizeof EDGES / sizeof *EDGES; i++) {
        pty_resize(p, EDGES[i][0], EDGES[i][1]);
        pty_wait(p);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s HONE\n", argv[0]);
        return 2;
    }
    static const char *const PROJECTS[] = {"en", "zh", "hostile"};
    for (size_t i = 0; i < sizeof PROJECTS / sizeof *PROJECTS; i++) {
        Session s;
        session_make(&s, argv[1], PROJECTS[i]);
        session_start(&s, 24, 80, NULL);
        Rng rng = rng_make(1, i);
        storm(s.pty, &rng);
        check_last(s.pty);
        session_quit(&s);
        session_release(&s);
    }
    return 0;
}
