#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/thread.h"

#define SPIN_ROUNDS 1500 /* some tens of microseconds */

typedef struct Job {
    PoolWork *work; /* NULL: nothing to join */
    void *context;
    size_t pieces;
} Job;

typedef struct Worker {
    Pool *pool;
    pthread_t id;
    size_t thread;
} Worker;

struct Pool {
    size_t threads; /* with the caller; constant after pool_new */
    int steps_back; /* of the workers; constant too */
    Worker *workers;

    pthread_mutex_t run_lock; /* held for the whole of one pool_run */
    atomic_size_t next_piece; /* set by the run, taken by all */
    atomic_uint_fast64_t posted,
        finished; /* round as it was posted; as its workers left it: for a look without the lock */

    pthread_mutex_t lock;
    pthread_cond_t wake; /* a new job, or stop */
    pthread_cond_t idle; /* active became 0 */
    Job job;             /* under lock, as all below */
    uint64_t round;      /* grows with each job, so that a worker joins it once */
    size_t active;       /* workers inside the job */
    bool stop;
};

/* The pool whose piece this thread is working on, and its number there. */
static _Thread_local const Pool *current_pool;
static _Thread_local size_t current_thread;

static void take_pieces(Pool *p, const Job *job, size_t thread)
{
    const Pool *outer_pool = current_pool;
    size_t outer_thread = current_thread;
    current_pool = p;
    current_thread = thread;
    for (;;) {
        size_t piece = atomic_fetch_add_explicit(&p->next_piece, 1, memory_order_relaxed);
        if (piece >= job->pieces) break;
        job->work(job->context, piece, thread);
    }
    current_pool = outer_pool;
    current_thread = outer_thread;
}

/* The next loop of a training step comes some microseconds after the last one: looking for it that
 * long is cheaper than sleeping and being woken. After that the thread sleeps: an idle pool uses no
 * time. */
static void spin_while_equal(const atomic_uint_fast64_t *value, uint64_t old)
{
    for (int i = 0; i < SPIN_ROUNDS && atomic_load_explicit(value, memory_order_acquire) == old;
         i++) {
#ifdef __x86_64__
        __builtin_ia32_pause();
#endif
    }
}

static void *worker_main(void *argument)
{
    Worker *self = argument;
    Pool *p = self->pool;
    uint64_t seen = 0;
    thread_step_back(p->steps_back);
    for (;;) {
        spin_while_equal(&p->posted, seen);
        pthread_mutex_lock(&p->lock);
        while (!p->stop && (!p->job.work || p->round == seen))
            pthread_cond_wait(&p->wake, &p->lock);
        if (p->stop) break;
        seen = p->round;
        Job job = p->job;
        p->active++;
        pthread_mutex_unlock(&p->lock);
        take_pieces(p, &job, self->thread);
        pthread_mutex_lock(&p->lock);
        if (--p->active == 0) {
            atomic_store_explicit(&p->finished, seen, memory_order_release);
            pthread_cond_signal(&p->idle);
        }
        pthread_mutex_unlock(&p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

Pool *pool_new(size_t threads)
{
    return pool_new_behind(threads, 0);
}

Pool *pool_new_behind(size_t threads, int steps)
{
    if (threads == 0) threads = pool_cores();
    Pool *p = mem_zero(1, sizeof *p);
    p->workers = mem_zero(threads, sizeof *p->workers);
    pthread_mutex_init(&p->run_lock, NULL);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->idle, NULL);

    p->steps_back = steps;
    size_t started = 1;
    while (started < threads) {
        Worker *w = &p->workers[started];
        *w = (Worker){.pool = p, .thread = started};
        if (!thread_start(&w->id, worker_main, w)) break; /* the started ones do it all */
        started++;
    }
    p->threads = started;
    return p;
}

void pool_free(Pool *p)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 1; i < p->threads; i++) pthread_join(p->workers[i].id, NULL);
    pthread_cond_destroy(&p->idle);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    pthread_mutex_destroy(&p->run_lock);
    free(p->workers);
    free(p);
}

size_t pool_threads(const Pool *p)
{
    return p ? p->threads : 1;
}

void pool_run(Pool *p, size_t pieces, PoolWork *work, void *context)
{
    if (!p || p == current_pool) {
        size_t thread = p ? current_thread : 0;
        for (size_t i = 0; i < pieces; i++) work(context, i, thread);
        return;
    }
    Job job = {work, context, pieces};
    bool shared = pieces > 1 && p->threads > 1;
    pthread_mutex_lock(&p->run_lock);
    atomic_store_explicit(&p->next_piece, 0, memory_order_relaxed);
    if (shared) {
        pthread_mutex_lock(&p->lock);
        p->job = job;
        p->round++;
        atomic_store_explicit(&p->posted, p->round, memory_order_release);
        pthread_cond_broadcast(&p->wake);
        pthread_mutex_unlock(&p->lock);
    }
    take_pieces(p, &job, 0);
    if (shared) {
        spin_while_equal(&p->finished, p->round - 1);
        pthread_mutex_lock(&p->lock);
        p->job = (Job){0}; /* a worker that wakes up only now has nothing left to do */
        while (p->active > 0) pthread_cond_wait(&p->idle, &p->lock);
        pthread_mutex_unlock(&p->lock);
    }
    pthread_mutex_unlock(&p->run_lock);
}

typedef struct RangeJob {
    PoolRange *work;
    void *context;
    size_t count, grain;
} RangeJob;

static void range_piece(void *context, size_t piece, size_t thread)
{
    const RangeJob *r = context;
    size_t first = piece * r->grain;
    size_t end = r->count - first < r->grain ? r->count : first + r->grain;
    r->work(r->context, first, end, thread);
}

void pool_range(Pool *p, size_t count, size_t grain, PoolRange *work, void *context)
{
    assert(grain > 0);
    RangeJob r = {work, context, count, grain};
    pool_run(p, count / grain + (count % grain != 0), range_piece, &r);
}

static size_t affinity_cores(void)
{
    for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC(cpus);
        if (!set) break;
        size_t size = CPU_ALLOC_SIZE(cpus);
        int cores = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (cores > 0) return (size_t)cores;
    }
    return 1;
}

/* The quota of one control group in whole cores, rounded up; SIZE_MAX without one. */
static size_t quota_cores(const char *group)
{
    char path[4200];
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", group);
    FILE *f = fopen(path, "re");
    if (!f) return SIZE_MAX;
    unsigned long long quota, period;
    bool limited = fscanf(f, "%llu %llu", &quota, &period) == 2 && period > 0; /* else "max …" */
    fclose(f);
    if (!limited) return SIZE_MAX;
    size_t cores = (size_t)(quota / period + (quota % period != 0));
    return cores ? cores : 1;
}

/* This process's control group (version 2) as a path below the mount; "" when not known. */
static void own_group(char *out, size_t out_size)
{
    char line[4096];
    out[0] = '\0';
    FILE *f = fopen("/proc/self/cgroup", "re");
    if (!f) return;
    while (fgets(line, sizeof line, f)) {
        if (strncmp(line, "0::/", 4) != 0) continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(out, out_size, "%s", line + 3);
    }
    fclose(f);
}

size_t pool_cores(void)
{
    size_t cores = affinity_cores();
    char group[4096];
    own_group(group, sizeof group);
    for (;;) { /* the group and all above it */
        size_t quota = quota_cores(group);
        if (quota < cores) cores = quota;
        char *slash = strrchr(group, '/');
        if (!slash) return cores;
        *slash = '\0';
    }
}
