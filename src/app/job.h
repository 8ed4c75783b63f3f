/* Job: a command of the table at work beside the screen, on a thread of its own. It is started with
 * the words of its command line, so that whatever the screen starts could be typed in a shell. All
 * functions are for the screen's thread. */
#ifndef APP_JOB_H
#define APP_JOB_H

#include "app/desk.h"

typedef enum JobState { JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_STOPPED } JobState;

typedef struct Job Job;

/* Called by desk_deliver when the job has ended. The job stays until job_drop or desk_close. */
typedef void JobEnded(void *context, Job *j);

/* job_start: words without the program's name: {"train", "--name", "ft"}; copied. NULL with
 * ERR_USAGE names what is wrong with them. columns: what tables of its output are cut to. */
Job *job_start(Desk *d, const char *const *words, size_t count, int columns, JobEnded *ended,
               void *context, Err *err);

size_t desk_jobs(const Desk *d);        /* all that were not dropped, oldest first */
Job *desk_job(const Desk *d, size_t i);
size_t desk_jobs_running(const Desk *d);

JobState job_state(const Job *j);
const char *job_line(const Job *j);     /* its command line: "train --name ft" */
const char *job_command(const Job *j);  /* "train" */
const char *job_run(const Job *j);      /* the run that it trains; NULL: it is no training */
bool job_trains(const Job *j, const char *run); /* by itself, or as one of a sweep's runs */
bool job_is_sweep(const Job *j);
ProgressState job_progress(Job *j);
const char *job_output(const Job *j);   /* what it printed; "" while it runs */
const char *job_notes(const Job *j);    /* what it noted beside that */
const Err *job_err(const Job *j);       /* of JOB_FAILED */
double job_seconds(const Job *j);       /* since its start, or till its end */

void job_stop(Job *j);   /* as Ctrl-C: what is done is kept, and the same words go on from there */
void job_finish(Job *j); /* a training: ends with the best step so far */
void job_drop(Desk *d, Job *j); /* of an ended job */

#endif
