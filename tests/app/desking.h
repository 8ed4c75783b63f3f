/* A project in a folder of its own with a desk on it, as the screen's thread has them. */
#ifndef TESTS_APP_DESKING_H
#define TESTS_APP_DESKING_H

#include "store/fixture.h"

#include <poll.h>

#include "app/desk.h"

#define HANG_MS 120000 /* nothing takes that long, on whatever machine */

/* Waits until something was finished, and has it delivered. */
static inline void deliver_next(Desk *d, const char *awaited)
{
    struct pollfd p = {.fd = desk_wake_fd(d), .events = POLLIN};
    int ready = poll(&p, 1, HANG_MS);
    if (ready == 0) fail_msg("%s: did not happen", awaited);
    assert_int_equal(ready, 1);
    desk_deliver(d);
}

/* until: delivers until the condition holds. */
#define until(d, condition)                                                                        \
    while (!(condition)) deliver_next((d), #condition)

typedef struct Desking {
    Fixture *f; /* with a connection of the test's own */
    Desk *d;
} Desking;

static inline int desking_open(void **state)
{
    Desking *t = mem_zero(1, sizeof *t);
    if (fixture_open((void **)&t->f) != 0) return -1;
    ok(desk_open(t->f->path, 2, &t->d, err));
    *state = t;
    return 0;
}

static inline int desking_close(void **state)
{
    Desking *t = *state;
    void *fixture = t->f;
    desk_close(t->d);
    free(t);
    return fixture_close(&fixture);
}

static inline void desking_reopen(Desking *t)
{
    desk_close(t->d);
    t->d = NULL;
    ok(desk_open(t->f->path, 2, &t->d, err));
}

/* What Decided was told. */
typedef struct Answer {
    size_t calls, changed;
    char label[80];
    Err err; /* ERR_NONE: it went well */
} Answer;

static inline void answered(void *context, const char *label, size_t changed, const Err *err)
{
    Answer *a = context;
    a->calls++;
    a->changed = changed;
    snprintf(a->label, sizeof a->label, "%s", label);
    a->err = err ? *err : (Err){0};
}

static inline Decision accept_question(int64_t id)
{
    return (Decision){.subject = "question.status", .subject_id = id, .value = "accepted"};
}

#endif
