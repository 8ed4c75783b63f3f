/* Time: wall clock for records, monotonic clock for durations. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);  /* milliseconds since 1970, UTC */
double clock_s(void);         /* monotonic seconds */
void clock_iso(int64_t wall_ms, char out[32]); /* 2026-01-31T12:00:00Z */

#endif
