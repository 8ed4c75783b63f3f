#include "app/cmd.h"
#include "app/output.h"
#include "task/outcome.h"

bool cmd_outcome(Session *s, Err *err)
{
    Outcome outcome = {0};
    const char *baseline = session_arguments(s) > 1 ? session_argument(s, 1) : NULL;
    if (!task_outcome(&s->env, session_argument(s, 0), baseline, &outcome, err)) return false;
    session_quiet(s);
    Str text = {0};
    if (s->options->json)
        outcome_json(&outcome, &text);
    else
        outcome_text(&outcome, &text);
    output_text(&text, s->out);
    str_release(&text);
    outcome_release(&outcome);
    return true;
}
