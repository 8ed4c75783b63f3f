/* What is done to the run under the cursor: it begins, pauses, ends and is removed; its log and
 * file.
 */
#include <stdlib.h>
#include <string.h>

#include "ui/training_parts.h"
#include "ui/ui_parts.h"

/* ---- files ---- */

static void written(void *context, const char *path, const Err *err)
{
    TrainingView *x = context;
    ui_failed(x->view.ui, "write", err);
    if (!err) ui_say(x->view.ui, LOOK_GOOD, "the series that are shown are in %s", path);
}

/* A name as part of one for a file. */
static void add_plain(Str *out, const char *name)
{
    for (; *name; name++) {
        bool plain = strchr("/\\:*?\"<>| ", *name) == NULL && (unsigned char)*name >= ' ';
        str_add_char(out, plain ? *name : '_');
    }
}

static void write_csv(TrainingView *x)
{
    const char *names[CHARTED_MOST];
    size_t count = 0;
    for (; count < x->charted_count; count++) {
        const RunFacts *r = runs_facts_find(x->runs, x->charted[count].id);
        names[count] = r ? r->row.name : "";
    }
    if (count == 0) return;
    Str path = {0}, text = {0};
    const char *project = desk_path(ui_desk(x->view.ui));
    size_t size = strlen(project);
    str_add_bytes(&path, project, str_ends(project, ".hone") ? size - strlen(".hone") : size);
    str_add_char(&path, '-');
    add_plain(&path, names[0]);
    str_add(&path, ".csv");
    chart_csv(x->charted, names, count, &x->window, &text);
    text_file_ask(ui_desk(x->view.ui), &x->marked, str_get(&path), str_get(&text), written, x);
    str_release(&path);
    str_release(&text);
}

/* ---- runs begin, pause and end ---- */

static void begin(TrainingView *x, const RunFacts *r)
{
    Err err = {0};
    RunWords words = {0};
    if (run_words(&r->row, r->row.name, false, &words, &err))
        ui_job(x->view.ui, (const char *const *)words.items, words.count, NULL, NULL);
    else
        ui_failed(x->view.ui, NULL, &err);
    run_words_release(&words);
}

static void pause(TrainingView *x, const RunFacts *r)
{
    Job *j = training_job(x, r->row.name);
    char *key = training_key(ACTION_PAUSE), *train = training_key(ACTION_TRAIN);
    if (j && job_is_sweep(j)) {
        job_stop(j);
        ui_say(x->view.ui, LOOK_DIM, "the sweep stops at this step of %s; the same sweep goes on",
               r->row.name);
    } else if (j) {
        job_stop(j);
        ui_say(x->view.ui, LOOK_DIM, "%s stops at this step; %s goes on from there", r->row.name,
               key);
    } else if (strcmp(r->row.state, "running") == 0) {
        ui_say(x->view.ui, LOOK_WARN, "another process trains %s: it is stopped there",
               r->row.name);
    } else if (r->reported) {
        ui_say(x->view.ui, LOOK_DIM, "%s has ended; %s begins another", r->row.name, train);
    } else {
        begin(x, r);
    }
    free(key);
    free(train);
}

static void finish_it(void *context)
{
    TrainingView *x = context;
    const RunFacts *r = runs_facts_find(x->runs, x->asked_about);
    Job *j = r ? training_job(x, r->row.name) : NULL;
    if (j) job_finish(j);
}

static void finish(TrainingView *x, const RunFacts *r)
{
    const Job *j = training_job(x, r->row.name);
    if (!j || job_is_sweep(j)) {
        ui_say(x->view.ui, LOOK_WARN,
               j ? "%s is one of a sweep's runs, which are all trained to their ends"
                 : "%s is not being trained here",
               r->row.name);
        return;
    }
    char *question = str_format("End %s now and keep the best step so far? It cannot go on then; "
                                "a pause can.",
                                r->row.name);
    x->asked_about = r->row.id;
    ui_confirm(x->view.ui, question, finish_it, x);
    free(question);
}

static void remove_it(void *context)
{
    TrainingView *x = context;
    const RunFacts *r = runs_facts_find(x->runs, x->asked_about);
    if (!r) return;
    const char *words[] = {"runs", r->row.name, "--remove"};
    ui_job(x->view.ui, words, 3, NULL, NULL);
}

static void remove_run(TrainingView *x, const RunFacts *r)
{
    if (strcmp(r->row.state, "running") == 0) {
        ui_say(x->view.ui, LOOK_WARN, "%s is being trained: stop it first", r->row.name);
        return;
    }
    char *question = str_format("Remove run %s with its charts and its retriever? This cannot be "
                                "undone.",
                                r->row.name);
    x->asked_about = r->row.id;
    ui_confirm(x->view.ui, question, remove_it, x);
    free(question);
}

/* The form, as the chosen run was made, under a name that is free. */
static void train(TrainingView *x)
{
    size_t taken;
    const RunFacts *r = training_run(x);
    const Command *c = command_find("train", NULL, &taken);
    char *name = run_fresh_name(x->runs, r ? r->row.name : "ft");
    RunWords words = {0};
    Err err = {0};
    if (r && run_words(&r->row, name, true, &words, &err)) {
        ui_form(x->view.ui, c, (const char *const *)words.items, words.count);
    } else {
        const char *first[] = {"train", "--name", name};
        ui_form(x->view.ui, c, first, 3);
    }
    run_words_release(&words);
    free(name);
}

/* The form, of the chosen run's embedder. */
static void sweep(TrainingView *x)
{
    size_t taken;
    const RunFacts *r = training_run(x);
    const char *words[] = {"sweep", "--embedder", r ? r->row.embedder : NULL};
    ui_form(x->view.ui, command_find("sweep", NULL, &taken), words, r && !r->reranker ? 3 : 1);
}

static void show_log(TrainingView *x, const RunFacts *r)
{
    Str text = {0};
    run_text(r, &text);
    Desk *d = ui_desk(x->view.ui);
    for (size_t i = 0; i < desk_jobs(d); i++) {
        const Job *j = desk_job(d, i);
        if (!job_trains(j, r->row.name)) continue;
        str_addf(&text, "\n$ hone %s\n%s%s", job_line(j), job_output(j), job_notes(j));
        if (job_err(j)) str_addf(&text, "%s\n", job_err(j)->message);
    }
    char *title = str_format("Run %s", r->row.name);
    ui_page(x->view.ui, title, str_get(&text));
    free(title);
    str_release(&text);
}

bool training_run_act(TrainingView *x, Action action)
{
    const RunFacts *r = training_run(x);
    if (action == ACTION_TRAIN && x->runs) {
        train(x);
        return true;
    }
    if (action == ACTION_SWEEP && x->runs) {
        sweep(x);
        return true;
    }
    if (!r) return false;
    switch (action) {
    case ACTION_PAUSE:
        pause(x, r);
        return true;
    case ACTION_FINISH:
        finish(x, r);
        return true;
    case ACTION_LOG:
        show_log(x, r);
        return true;
    case ACTION_REMOVE_RUN:
        remove_run(x, r);
        return true;
    case ACTION_WRITE:
        write_csv(x);
        return true;
    case ACTION_COPY:
        ui_copy(x->view.ui, "the name of the run", r->row.name);
        return true;
    default:
        return false;
    }
}
