#include "base/profile.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

struct Profile {
    Phase phase;
    double since; /* clock_s() of the last switch */
    double seconds[PHASES];
};

const char *phase_name(Phase phase)
{
    static const char *const NAMES[PHASES] = {
        [PHASE_OTHER] = "other",         [PHASE_GEMM] = "gemm",
        [PHASE_PACKING] = "packing",     [PHASE_ATTENTION] = "attention",
        [PHASE_LAYERNORM] = "layernorm", [PHASE_GELU] = "gelu",
        [PHASE_DROPOUT] = "dropout",     [PHASE_TABLES] = "tables",
        [PHASE_LOSS] = "loss",           [PHASE_OPTIMISER] = "optimiser",
        [PHASE_TOKENIZER] = "tokenizer", [PHASE_WAITING] = "waiting",
    };
    return NAMES[phase];
}

Profile *profile_new(void)
{
    Profile *p = mem_zero(1, sizeof *p);
    p->since = clock_s();
    return p;
}

void profile_free(Profile *p)
{
    free(p);
}

Phase profile_switch(Profile *p, Phase phase)
{
    if (!p) return PHASE_OTHER;
    Phase before = p->phase;
    double now = clock_s();
    p->seconds[before] += now - p->since;
    p->since = now;
    p->phase = phase;
    return before;
}

double profile_seconds(const Profile *p, Phase phase)
{
    return p->seconds[phase];
}

double profile_total(const Profile *p)
{
    double sum = 0;
    for (size_t i = 0; i < PHASES; i++) sum += p->seconds[i];
    return sum;
}
