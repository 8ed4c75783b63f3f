/* Keys of the workbench in a pseudo terminal: how long each takes until it is shown. */
#ifndef BENCH_KEYS_H
#define BENCH_KEYS_H

#include "base/vec.h"
#include "bench.h"
#include "session.h"

#define KEY_MS 16.0 /* from a key to its frame, in 99 of 100 */

typedef struct Times {
    VEC(double) ms;     /* as whoever presses it sees it */
    VEC(double) own_ms; /* of that, from the program's taking the key to its frame */
    /* of the first thread, over all of it: at work, and ready but without a core (others' load) */
    double worked_ms, waited_ms;
} Times;

/* How a row of keys is pressed. */
typedef enum Pace {
    PACE_SETTLED, /* each when everything asked for the one before is shown */
    PACE_HELD     /* as a key that is held down repeats: 30 a second, waiting for nothing */
} Pace;

/* keys_press: the keys in turn, `count` presses in all. frame: until the frame that shows each;
 * whole: until everything asked for it is shown too (PACE_SETTLED). Appended; either may be NULL. */
void keys_press(Session *s, const char *const *keys, size_t count, Pace pace, Times *frame,
                Times *whole);

/* keys_type: each byte of a text as a key. */
void keys_type(Session *s, const char *text, Times *frame);

/* times_row: the 99th of 100 as a row with its target (0: none, told only); beside it the median,
 * the worst, the 99th of 100 of own_ms, and what the first thread worked and waited for a core for
 * each, on average. Empties t. */
void times_row(Bench *b, Times *t, double target_ms, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A number of /proc/PID/status in MB: "VmRSS", "VmHWM". */
double process_mb(const Session *s, const char *what);

#endif
