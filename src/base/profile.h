/* Profile: where the time of a computation goes, by phase. One clock that is always in one phase:
 * switching to another adds what has passed to the one before. Time of the thread that drives the
 * work; what a fused kernel does beside its main work counts for the main work. One thread. */
#ifndef BASE_PROFILE_H
#define BASE_PROFILE_H

#include <stddef.h>

typedef enum Phase {
    PHASE_OTHER, /* a new profile starts in it */
    PHASE_GEMM,
    PHASE_PACKING,
    PHASE_ATTENTION,
    PHASE_LAYERNORM,
    PHASE_GELU,
    PHASE_DROPOUT,
    PHASE_TABLES, /* rows read from embedding tables and gradients added to them */
    PHASE_LOSS,
    PHASE_OPTIMISER,
    PHASE_TOKENIZER,
    PHASE_WAITING,
    PHASES
} Phase;

const char *phase_name(Phase phase);

typedef struct Profile Profile;

Profile *profile_new(void);
void profile_free(Profile *p); /* NULL is allowed */

/* profile_switch: enters a phase; returns the one that was left, to go back to. NULL: does
 * nothing. */
Phase profile_switch(Profile *p, Phase phase);

double profile_seconds(const Profile *p, Phase phase); /* until the last switch */
double profile_total(const Profile *p);

#endif
