/* A soak: soak HONE SAMPLE. For $SOAK_SECONDS (60) random keys, text, pastes, sizes, clicks and
 * jobs on the sample project SAMPLE (a folder of sample_corpora); then the program ends well, the
 * project is whole, and no sanitizer has reported.
 *
 * What a file's path could be made of ('/', '.') is typed only where no form can take it: the soak
 * must not read or write outside its scratch folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "screen.h"
#include "session.h"

#define SECONDS 60
#define HEIGHT_MOST 60
#define WIDTH_MOST 200

static void make_sample(Session *s, const char *folder)
{
    char *command =
        str_format("$HONE -p $PROJECT init -q >/dev/null; for part in train val test; do "
                   "$HONE -p $PROJECT add -q %s/$part --split $part >/dev/null; done; "
                   "$HONE -p $PROJECT import -q %s/questions.jsonl >/dev/null; "
                   "$HONE -p $PROJECT generate -q -n 2 >/dev/null; "
                   "$HONE -p $PROJECT mine -q --retriever bm25 -n 3 >/dev/null; "
                   "$HONE -p $PROJECT eval -q bm25 --split val >/dev/null",
                   folder, folder);
    int status = session_shell(command, s->hone, s->home, s->project);
    free(command);
    if (status == 0) return;
    fprintf(stderr, "the sample project cannot be made (status %d)\n", status);
    exit(1);
}

/* ---- what is done ---- */

static const char *any(Rng *rng, const char *const *from, size_t count)
{
    return from[rng_below(rng, count)];
}
#define ANY(rng, from) any(rng, from, sizeof(from) / sizeof *(from))

static void move(Pty *p, Rng *rng)
{
    static const char *const KEYS[] = {
        "Up",    "Down", "j",         "k", "PgUp", "PgDn", "Home", "End",   "Left",  "Right",
        "Enter", "Tab",  "Shift-Tab", "G", "Down", "Down", "Down", "Enter", "Ctrl-N"};
    pty_key(p, ANY(rng, KEYS));
}

static void view(Pty *p, Rng *rng)
{
    static const char *const KEYS[] = {"1",     "2",     "3",     "4",     "5",
                                       "6",     "Alt-1", "Alt-2", "Alt-3", "Alt-4",
                                       "Alt-5", "Alt-6", "|",     "<",     ">"};
    pty_key(p, ANY(rng, KEYS));
}

/* Every other key that a command may have; the ones that leave or stop the program are left out. */
static void letter(Pty *p, Rng *rng)
{
    static const char LETTERS[] =
        "abcdefghijklmnoprstuvwxyzABCDFGHIJKLMNOPRSTUVWXYZ+-=_*&<>|,?:`#@!";
    char key[] = {LETTERS[rng_below(rng, sizeof LETTERS - 1)], '\0'};
    pty_key(p, key);
}

static void control(Pty *p, Rng *rng)
{
    static const char *const KEYS[] = {
        "Ctrl-R", "Ctrl-L", "Ctrl-F", "Ctrl-W",    "Ctrl-U", "F1",    "F2", "F5", "F9",
        "F10",    "Insert", "Delete", "Backspace", "Space",  "Alt-x", "é",  "漢"};
    pty_key(p, ANY(rng, KEYS));
}

static void escape(Pty *p, Rng *rng)
{
    size_t times = 1 + rng_below(rng, 3);
    for (size_t i = 0; i < times; i++) {
        pty_key(p, "Esc");
        pty_wait_or_end(p); /* a key right behind it would be one with Alt */
    }
}

static void find(Session *s, Rng *rng)
{
    static const char *const TEXTS[] = {"bm25",         "what", "status:pending", "漢字", "(",
                                        "order:-doubt", "x\"y"};
    session_escape(s);
    pty_key(s->pty, rng_below(rng, 2) ? "/" : "&");
    const char *text = ANY(rng, TEXTS);
    for (const char *t = text; *t; t++) pty_send(s->pty, t, 1, (*t & 0xC0) != 0x80);
    pty_key(s->pty, "Enter");
}

static void paste(Pty *p, Rng *rng)
{
    static const char *const TEXTS[] = {"pasted text", "two\nlines\n", "\t漢字 한글",
                                        "very long very long very long very long very long"};
    pty_paste(p, ANY(rng, TEXTS));
}

static void pointer(Pty *p, Rng *rng)
{
    int y = (int)rng_below(rng, (size_t)p->height), x = (int)rng_below(rng, (size_t)p->width);
    pty_wait_or_end(p); /* reports that come together are one event */
    size_t kind = rng_below(rng, 4);
    if (kind >= 2) {
        pty_mouse(p, kind == 2 ? 4 : 5, true, y, x);
    } else {
        pty_mouse(p, 1, true, y, x);
        pty_wait_or_end(p);
        if (kind == 1 && !p->ended)
            pty_point(p, (int)rng_below(rng, (size_t)p->height),
                      (int)rng_below(rng, (size_t)p->width));
        pty_wait_or_end(p);
        if (!p->ended) pty_mouse(p, 1, false, y, x);
    }
    pty_wait_or_end(p);
}

static void size(Pty *p, Rng *rng)
{
    bool common = rng_below(rng, 3);
    pty_resize(p, common ? 24 + 12 * (int)rng_below(rng, 2) : 1 + (int)rng_below(rng, HEIGHT_MOST),
               common ? 80 + 40 * (int)rng_below(rng, 2) : 1 + (int)rng_below(rng, WIDTH_MOST));
}

/* A job by its form, as it is offered. */
static void job(Session *s, Rng *rng)
{
    static const char *const KEYS[] = {"t", "m", "v", ",b", ",g", ",k", ",s", "t"};
    session_escape(s);
    pty_key(s->pty, "Alt-2");
    for (const char *k = ANY(rng, KEYS); *k; k++) pty_send(s->pty, k, 1, 1);
    pty_key(s->pty, "F10");
}

static void step(Session *s, Rng *rng)
{
    Pty *p = s->pty;
    size_t what = rng_below(rng, 100);
    if (what < 40)
        move(p, rng);
    else if (what < 50)
        view(p, rng);
    else if (what < 68)
        letter(p, rng);
    else if (what < 73)
        control(p, rng);
    else if (what < 80)
        escape(p, rng);
    else if (what < 83)
        find(s, rng);
    else if (what < 85)
        paste(p, rng);
    else if (what < 91)
        pointer(p, rng);
    else if (what < 96)
        size(p, rng);
    else
        job(s, rng);
    if (rng_below(rng, 4) == 0) pty_wait_or_end(p);
}

/* A key may have asked whether to leave, and another said yes: that is an end as any. */
static void soak(Session *s, Rng *rng, double seconds)
{
    double end = clock_s() + seconds;
    size_t steps = 0, starts = 1;
    while (clock_s() < end) {
        step(s, rng);
        steps++;
        if (!s->pty->ended) continue;
        if (s->pty->status != 0)
            pty_fail(s->pty, "ended with status %x after %zu steps", s->pty->status, steps);
        pty_free(s->pty);
        session_start(s, 24, 80, NULL);
        starts++;
    }
    pty_wait_or_end(s->pty);
    fprintf(stderr, "%zu steps, %zu starts\n", steps, starts);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s HONE SAMPLE\n", argv[0]);
        return 2;
    }
    const char *seconds = getenv("SOAK_SECONDS"), *seed = getenv("SOAK_SEED");
    char *sample = realpath(argv[2], NULL);
    Session s;
    session_make(&s, argv[1], NULL);
    make_sample(&s, sample ? sample : argv[2]);
    session_start(&s, 36, 120, NULL);
    Rng rng = rng_make(seed ? strtoull(seed, NULL, 10) : 1, 0);
    soak(&s, &rng, seconds ? atof(seconds) : SECONDS);
    session_quit(&s);
    int status = session_shell("$HONE -p $PROJECT check", s.hone, s.home, s.project);
    session_release(&s);
    free(sample);
    if (status != 0) fprintf(stderr, "the project is not whole after the soak\n");
    return status != 0;
}
