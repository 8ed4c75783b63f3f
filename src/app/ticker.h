/* Ticker: shows a Progress on stderr from a thread of its own: a bar with rate and ETA on a
 * terminal, a line every few seconds otherwise. */
#ifndef APP_TICKER_H
#define APP_TICKER_H

#include "base/progress.h"
#include "base/str.h"

typedef struct Ticker Ticker;

/* borrowed until ticker_stop; NULL when no thread could be started */
Ticker *ticker_start(Progress *progress);
void ticker_stop(Ticker *t);              /* clears the bar; NULL is allowed */

/* The two forms, appended; nothing while nothing has begun. Pure. */
void ticker_bar(const ProgressState *s, int columns, Str *out);
void ticker_line(const ProgressState *s, Str *out);

#endif
