/* Screen: the terminal. The one place that knows curses. One at a time; the screen's thread only. */
#ifndef UI_SCREEN_H
#define UI_SCREEN_H

#include "base/err.h"
#include "ui/grid.h"
#include "ui/key.h"
#include "ui/theme.h"

/* screen_start: takes the terminal over. ERR_IO: what is wrong with it and what to do. From then on
 * a deadly signal leaves it clean. */
bool screen_start(Err *err);

/* screen_end: gives it back as it was: alternate screen, cursor, mouse, paste and key modes, each
 * whether or not the step before worked. Twice is fine. */
void screen_end(void);

void screen_size(int *ret_height, int *ret_width);
int screen_colours(void); /* 0: none, or NO_COLOR */
bool screen_ascii(void);  /* the locale is not UTF-8 */

/* screen_draw: makes the terminal show the grid, writing only what differs. all: writes everything. */
void screen_draw(const Grid *g, ThemeId theme, bool all);

/* screen_event: the next event, without waiting; false: there is none. */
bool screen_event(Event *ret);

/* screen_fd: readable when there may be events; a second one for signals. */
int screen_signal_fd(void);

typedef enum ScreenAsk { SCREEN_NOTHING, SCREEN_LEAVE, SCREEN_STOP, SCREEN_RESIZE } ScreenAsk;
ScreenAsk screen_asked(int *ret_signal); /* what a signal asked for since the last call */

void screen_mouse(bool on);

/* screen_pause, screen_resume: the terminal for another program in between. screen_stop: as Ctrl-Z
 * does it, returns when the person comes back. */
void screen_pause(void);
bool screen_resume(void);
void screen_stop(void);

void screen_clipboard(const char *text); /* OSC 52 */
void screen_bell(void);

#endif
