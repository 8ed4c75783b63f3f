/* Choosing: evaluations, and the parameters of the best step. */
#include <string.h>

#include "base/clock.h"
#include "task/trainer.h"

static void copy_selected(Selected to, Selected from, size_t n)
{
    memcpy(to.rr, from.rr, n * sizeof *to.rr);
    memcpy(to.likelihood, from.likelihood, n * sizeof *to.likelihood);
}

/* The last step of a phase needs no copy: its parameters are there until the run's end. */
bool trainer_keep_best(Trainer *x, Err *err)
{
    if (x->best_p) memcpy(x->best_p, x->t->p, x->t->count * sizeof *x->best_p);
    return x->state.step == x->plan.steps || trainer_file_best(x, true, err);
}

bool trainer_take_best(Trainer *x, Err *err)
{
    if (x->state.refitting || x->state.best_step == x->state.step) return true;
    if (x->best_p) memcpy(x->t->p, x->best_p, x->t->count * sizeof *x->best_p);
    return trainer_file_best(x, false, err);
}

bool trainer_select_again(Trainer *x, SelectedMeans *ret, Err *err)
{
    double start = clock_s();
    x->now_step = 0;
    if (x->folder) progress_say(x->env->progress, "evaluating");
    bool ok = selector_run(x->selector, x->now, ret, err);
    if (x->folder) progress_say(x->env->progress, "%s", "");
    x->evaluation_s = clock_s() - start;
    if (ok) x->now_step = 1 + x->state.step;
    return ok;
}

bool trainer_select(Trainer *x, Err *err)
{
    SelectedMeans now;
    size_t n = selector_questions(x->selector);
    if (!trainer_select_again(x, &now, err)) return false;
    if (x->state.evaluated == 0) {
        x->state.baseline = x->state.best = now;
        copy_selected(x->before, x->now, n);
        copy_selected(x->best, x->now, n);
    } else if (now.likelihood > x->state.best.likelihood) {
        uint64_t before = x->state.best_step;
        x->state.best_step = x->state.step;
        if (!trainer_keep_best(x, err)) {
            x->state.best_step = before;
            return false;
        }
        x->state.best = now;
        x->state.since_best = 0;
        copy_selected(x->best, x->now, n);
    } else {
        x->state.since_best++;
    }
    x->state.evaluated++;
    trainer_note(x, "val mrr@10", now.mrr);
    trainer_note(x, "val loss", -now.likelihood);
    return true;
}
