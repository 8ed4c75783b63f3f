#include "app/cmd.h"
#include "app/output.h"
#include "task/sweep.h"

bool cmd_sweep(Session *s, Err *err)
{
    SweepOptions options = s->options->sweep;
    SweepReport r = {0};
    Str text = {0};
    options.train = s->options->train;
    options.train.seed = s->options->seed;
    if (!task_sweep(&s->env, &options, &r, err)) return false;
    session_quiet(s);
    if (s->options->json)
        sweep_json(&r, &text);
    else
        sweep_text(&r, &text);
    output_text(&text, s->out);
    for (size_t i = 0; i < r.row_count; i++)
        if (r.rows[i].state == SWEEP_FAILED) s->status = EXIT_SOME_FAILED;
    str_release(&text);
    sweep_report_release(&r);
    return true;
}
