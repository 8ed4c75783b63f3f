/* DialDesk: the dial (task/dial.h) on a desk: opened by one search in the background, counted there
 * as its settings are turned, and kept for the next time while what it was made from is the same.
 * All functions are for the screen's thread; none waits. */
#ifndef APP_DIAL_DESK_H
#define APP_DIAL_DESK_H

#include "app/desk.h"
#include "task/dial.h"

typedef struct DialDesk DialDesk;

typedef enum DialState { DIAL_CLOSED, DIAL_OPENING, DIAL_READY, DIAL_FAILED } DialState;

/* What the settings that were asked after last would do. */
typedef struct DialAnswer {
    DialCounts counts;
    /* a fixed rule beside them: only scores below 95% of the positive's, with the same range */
    size_t first, rule_drops; /* without any filter: candidates kept, and how many of these the rule drops */
    size_t rule_starved;
} DialAnswer;

/* changed: state, progress or answer are not what they were. */
typedef void DialDeskChanged(void *context);

DialDesk *dial_desk_new(Desk *d, DialDeskChanged *changed, void *context);
void dial_desk_free(DialDesk *x); /* before desk_close; NULL is allowed */

/* dial_desk_open: with retriever, splits, statuses and pool of the current mining, or the defaults
 * when there is none. Ready at once when nothing changed. dial_desk_stop: gives up what is being
 * opened. */
void dial_desk_open(DialDesk *x);
void dial_desk_stop(DialDesk *x);

DialState dial_desk_state(const DialDesk *x);
ProgressState dial_desk_progress(DialDesk *x);  /* while it is opened */
const char *dial_desk_error(const DialDesk *x); /* of DIAL_FAILED */

/* ---- when it is ready; borrowed until dial_desk_open ---- */

const MineOptions *dial_desk_mined(const DialDesk *x); /* what it was opened with */
void dial_desk_scores(const DialDesk *x, double *ret_low, double *ret_high); /* of what is held */

/* dial_desk_count: asks after settings; a newer asking takes the place of the one before. */
void dial_desk_count(DialDesk *x, const MineOptions *options);
const DialAnswer *dial_desk_answer(const DialDesk *x); /* NULL: none yet */

#endif
