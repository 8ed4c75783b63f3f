#include "app/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/desk_parts.h"
#include "app/session.h"
#include "base/clock.h"
#include "base/thread.h"

#define JOBS_MAX 8 /* at work at a time */

struct Job {
    /* constant while it runs */
    Desk *desk;
    char *line;
    char **argv; /* argc words and NULL; args borrows them */
    int argc;
    Args args;
    int columns;
    pthread_t thread;
    double started_s;

    /* both threads */
    Cancel stop, finish;
    Progress progress;

    /* the job's thread until it has ended, then the screen's */
    char *out, *notes;
    size_t out_size, notes_size;
    bool ok;
    Err err;
    double ended_s;

    /* the screen's thread */
    JobState state;
    ProgressState last; /* not JOB_RUNNING: how far it came */
    JobEnded *ended;
    void *context;
};

/* ---- the job's thread ---- */

static bool run_in(Job *j, FILE *out, FILE *notes, Err *err)
{
    SessionPlace place = {.project = j->desk->path,
                          .pool = j->desk->pool,
                          .cancel = &j->stop,
                          .finish = &j->finish,
                          .progress = &j->progress,
                          .out = out,
                          .notes = notes,
                          .columns = j->columns};
    Session session = {0};
    bool own = j->args.options.project != NULL;
    bool ok = (own || desk_file_there(j->desk, err)) &&
              session_open_in(&j->args, &place, &session, err) &&
              j->args.command->run(&session, err);
    if (session.store && !own) desk_own(j->desk, session.store, 0);
    session_close(&session);
    return ok;
}

static void run(Job *j)
{
    FILE *out = open_memstream(&j->out, &j->out_size);
    FILE *notes = open_memstream(&j->notes, &j->notes_size);
    j->ok = (out && notes) || err_set(&j->err, ERR_MEMORY, "no memory for what it prints");
    j->ok = j->ok && run_in(j, out, notes, &j->err);
    bool written = (!out || fclose(out) == 0) & (!notes || fclose(notes) == 0);
    if (j->ok && !written)
        j->ok = err_set(&j->err, ERR_MEMORY, "what it printed did not fit in memory");
    j->ended_s = clock_s();
}

static void deliver_end(void *data, const Err *err)
{
    Job *j = data;
    j->last = progress_get(&j->progress);
    j->state = !err ? JOB_DONE : err->kind == ERR_CANCELLED ? JOB_STOPPED : JOB_FAILED;
    if (j->ended) j->ended(j->context, j);
}

static void *job_main(void *context)
{
    Job *j = context;
    Desk *d = j->desk;
    thread_step_back(STEPS_BACK);
    run(j);
    Ask *a = mem_zero(1, sizeof *a);
    a->inquiry = (Inquiry){.done = deliver_end, .data = j};
    a->ok = j->ok;
    a->err = j->err;
    atomic_fetch_sub(&d->jobs_working, 1);
    desk_post(d, a); /* from here on the job is the screen's */
    return NULL;
}

/* ---- starting ---- */

static bool is_plain(const char *word)
{
    size_t size = strlen(word);
    return size > 0 && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "_@%+=:,./-") == size;
}

/* The word as a shell reads it. */
static void add_word(Str *line, const char *word)
{
    if (line->size) str_add_char(line, ' ');
    if (is_plain(word)) {
        str_add(line, word);
        return;
    }
    str_add_char(line, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            str_add(line, "'\\''");
        else
            str_add_char(line, *word);
    }
    str_add_char(line, '\'');
}

static Job *job_new(Desk *d, const char *const *words, size_t count)
{
    Job *j = mem_zero(1, sizeof *j);
    Str line = {0};
    j->desk = d;
    j->argc = (int)count + 1;
    j->argv = mem_zero(count + 2, sizeof *j->argv);
    j->argv[0] = mem_strdup("hone");
    for (size_t i = 0; i < count; i++) {
        j->argv[i + 1] = mem_strdup(words[i]);
        add_word(&line, words[i]);
    }
    j->line = str_take(&line);
    progress_init(&j->progress);
    return j;
}

static void job_free(Job *j)
{
    args_release(&j->args);
    for (int i = 0; i < j->argc; i++) free(j->argv[i]);
    free(j->argv);
    free(j->line);
    free(j->out);
    free(j->notes);
    progress_release(&j->progress);
    free(j);
}

static bool understand(Job *j, Err *err)
{
    if (!args_parse(j->argc, j->argv, &j->args, err)) return false;
    const Command *command = j->args.command;
    if (!command || j->args.options.help)
        return err_set(err, ERR_USAGE, "'%.100s' is no command to be run here: name one", j->line);
    if (!command->run)
        return err_set(err, ERR_USAGE, "'%s' is not run as a job: it is done on the screen",
                       command->name);
    return true;
}

Job *job_start(Desk *d, const char *const *words, size_t count, int columns, JobEnded *ended,
               void *context, Err *err)
{
    if (count > ARGUMENTS_MAX) {
        err_set(err, ERR_USAGE, "%zu words are too many: at most %zu", count, ARGUMENTS_MAX);
        return NULL;
    }
    if (desk_jobs_running(d) >= JOBS_MAX) {
        err_set(err, ERR_LIMIT, "%d jobs are at work: wait until one has ended, or stop one",
                JOBS_MAX);
        return NULL;
    }
    Job *j = job_new(d, words, count);
    j->columns = columns;
    j->ended = ended;
    j->context = context;
    j->started_s = clock_s();
    bool ok = understand(j, err);
    if (ok) {
        atomic_fetch_add(&d->jobs_working, 1);
        ok = thread_start(&j->thread, job_main, j);
        if (!ok) {
            atomic_fetch_sub(&d->jobs_working, 1);
            err_set(err, ERR_LIMIT, "no more threads can be started: end other programs first");
        }
    }
    if (!ok) {
        job_free(j);
        return NULL;
    }
    vec_push(&d->jobs, j);
    return j;
}

/* ---- looking and stopping ---- */

size_t desk_jobs(const Desk *d)
{
    return d->jobs.count;
}

Job *desk_job(const Desk *d, size_t i)
{
    return d->jobs.items[i];
}

size_t desk_jobs_running(const Desk *d)
{
    size_t count = 0;
    for (size_t i = 0; i < d->jobs.count; i++) count += d->jobs.items[i]->state == JOB_RUNNING;
    return count;
}

JobState job_state(const Job *j)
{
    return j->state;
}

const char *job_line(const Job *j)
{
    return j->line;
}

const char *job_command(const Job *j)
{
    return j->args.command->name;
}

const char *job_run(const Job *j)
{
    bool trains = strcmp(job_command(j), "train") == 0 && !j->args.options.estimate;
    return trains ? j->args.options.train.name : NULL;
}

bool job_is_sweep(const Job *j)
{
    return strcmp(job_command(j), "sweep") == 0;
}

bool job_trains(const Job *j, const char *run)
{
    const char *name = job_is_sweep(j) ? j->args.options.train.name : job_run(j);
    if (!name) return false;
    size_t size = strlen(name);
    return job_is_sweep(j) ? strncmp(run, name, size) == 0 && run[size] == '-'
                           : strcmp(run, name) == 0;
}

ProgressState job_progress(Job *j)
{
    return j->state == JOB_RUNNING ? progress_get(&j->progress) : j->last;
}

const char *job_output(const Job *j)
{
    return j->state == JOB_RUNNING || !j->out ? "" : j->out;
}

const char *job_notes(const Job *j)
{
    return j->state == JOB_RUNNING || !j->notes ? "" : j->notes;
}

const Err *job_err(const Job *j)
{
    return j->state == JOB_FAILED ? &j->err : NULL;
}

double job_seconds(const Job *j)
{
    return (j->state == JOB_RUNNING ? clock_s() : j->ended_s) - j->started_s;
}

void job_stop(Job *j)
{
    cancel_ask(&j->stop);
}

void job_finish(Job *j)
{
    cancel_ask(&j->finish);
}

void job_drop(Desk *d, Job *j)
{
    if (j->state == JOB_RUNNING) return;
    size_t i = 0;
    while (i < d->jobs.count && d->jobs.items[i] != j) i++;
    if (i == d->jobs.count) return;
    d->jobs.count--;
    memmove(&d->jobs.items[i], &d->jobs.items[i + 1], (d->jobs.count - i) * sizeof(Job *));
    pthread_join(j->thread, NULL);
    job_free(j);
}

void desk_close_jobs(Desk *d)
{
    for (size_t i = 0; i < d->jobs.count; i++) job_stop(d->jobs.items[i]);
    for (size_t i = 0; i < d->jobs.count; i++) {
        pthread_join(d->jobs.items[i]->thread, NULL);
        job_free(d->jobs.items[i]);
    }
    vec_release(&d->jobs);
}
