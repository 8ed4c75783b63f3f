/* Progress: a slot for the latest state of a task. One worker writes, anyone reads;
 * nothing is queued, so a slow reader never holds a worker up. */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_TRAIL 16

typedef struct ProgressState {
    char what[48];        /* "mine", "build lsa" … */
    char unit[16];        /* "questions", "steps" … */
    char message[160];    /* what it is doing now */
    char within[160];     /* the work that it is part of: "sweep: 2 of 12 runs, ft-lora"; "" none */
    uint64_t done, total; /* total 0: not known */
    uint64_t found;       /* of done: what was there before it began */
    double started_s;     /* clock_s() at progress_begin */
    double rate;          /* units a second since the start, 0 when not known */
    double eta_s;         /* negative when not known */
    uint64_t tokens;      /* that went through a model so far; 0: not counted */
    double token_rate;    /* a second, 0 when not known */
    uint64_t version;     /* grows with each change */

    /* A value that is watched (the loss): its course since the start in means of `stride` values
     * each; when the trail is full, neighbours become one. */
    char watched[16]; /* its name; "" none */
    double trail[PROGRESS_TRAIL];
    size_t trail_count, stride, summed; /* summed: values of the mean that is not complete */
    double sum;
} ProgressState;

#define PROGRESS_DEPTH 4

typedef struct Progress {
    pthread_mutex_t lock;
    /* under lock */
    ProgressState state;
    ProgressState outer[PROGRESS_DEPTH]; /* what is shown again after progress_leave */
    bool joined[PROGRESS_DEPTH];         /* part of the work around it: nothing to show again */
    size_t depth;                        /* may be more than PROGRESS_DEPTH: those are joined */
} Progress;

/* All take NULL and then do nothing. Strings are copied and cut at a character. */
void progress_init(Progress *p);
void progress_release(Progress *p);
void progress_begin(Progress *p, const char *what, const char *unit, uint64_t total);
void progress_update(Progress *p, uint64_t done);
void progress_add(Progress *p, uint64_t more);   /* done so many more */
void progress_found(Progress *p, uint64_t more); /* done so many more, but not now: no part of the rate */
void progress_tokens(Progress *p, uint64_t more);
void progress_spare(Progress *p, uint64_t less); /* so many need not be done: total falls */
void progress_say(Progress *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void progress_watch(Progress *p, const char *name, double value); /* the next value */

/* Work inside of work (embedding, in an evaluation): between enter and leave it is what is shown,
 * `within` tells of the work around it, also after another progress_begin. Where the work around it counts the same (what, unit) it
 * is part of that and counts on with progress_add. */
void progress_enter(Progress *p, const char *what, const char *unit, uint64_t total);
void progress_leave(Progress *p);

ProgressState progress_get(Progress *p); /* with rate and ETA of this moment */

#endif
