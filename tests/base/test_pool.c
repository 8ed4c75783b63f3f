#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pool.h"

enum { PIECES = 1000, THREADS = 4 };

typedef struct Marks {
    unsigned char done[PIECES];
    unsigned by_thread[THREADS]; /* one writer each */
} Marks;

static void mark(void *context, size_t piece, size_t thread)
{
    Marks *m = context;
    m->done[piece]++;
    m->by_thread[thread]++;
}

static void assert_all_done_once(const Marks *m, size_t pieces)
{
    unsigned sum = 0;
    for (size_t i = 0; i < THREADS; i++) sum += m->by_thread[i];
    assert_int_equal(sum, pieces);
    for (size_t i = 0; i < PIECES; i++) assert_int_equal(m->done[i], i < pieces);
}

static void test_each_piece_once(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= THREADS; threads++) {
        Pool *p = pool_new(threads);
        assert_int_equal(pool_threads(p), threads);
        static const size_t sizes[] = {0, 1, 2, 3, 5, PIECES};
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            Marks m = {0};
            pool_run(p, sizes[i], mark, &m);
            assert_all_done_once(&m, sizes[i]);
        }
        pool_free(p);
    }
}

static void test_many_short_runs(void **state)
{
    (void)state;
    Pool *p = pool_new(THREADS);
    Marks m = {0};
    for (unsigned run = 0; run < 2000; run++) {
        memset(&m, 0, sizeof m);
        pool_run(p, 1 + run % 7, mark, &m);
        assert_all_done_once(&m, 1 + run % 7);
    }
    pool_free(p);
}

static void test_no_pool_is_the_caller(void **state)
{
    (void)state;
    assert_int_equal(pool_threads(NULL), 1);
    Marks m = {0};
    pool_run(NULL, PIECES, mark, &m);
    assert_all_done_once(&m, PIECES);
    assert_int_equal(m.by_thread[0], PIECES);
    pool_free(NULL);
}

static void meet(void *context, size_t piece, size_t thread)
{
    (void)piece;
    (void)thread;
    pthread_barrier_wait(context);
}

static void test_threads_work_at_the_same_time(void **state)
{
    (void)state;
    Pool *p = pool_new(3);
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 3);
    pool_run(p, 3, meet, &barrier);
    pthread_barrier_destroy(&barrier);
    pool_free(p);
}

typedef struct Nest {
    Pool *pool;
    atomic_size_t inner;
    atomic_bool moved; /* an inner piece ran on another thread than its outer piece */
} Nest;

typedef struct Inner {
    Nest *nest;
    size_t thread;
} Inner;

static void inner_piece(void *context, size_t piece, size_t thread)
{
    (void)piece;
    Inner *inner = context;
    if (thread != inner->thread) atomic_store(&inner->nest->moved, true);
    atomic_fetch_add(&inner->nest->inner, 1);
}

static void outer_piece(void *context, size_t piece, size_t thread)
{
    (void)piece;
    Nest *nest = context;
    Inner inner = {nest, thread};
    pool_run(nest->pool, 5, inner_piece, &inner);
    Inner without_pool = {nest, 0};
    pool_run(NULL, 5, inner_piece, &without_pool);
    pool_run(nest->pool, 5, inner_piece, &inner);
}

static void test_call_from_inside_a_piece(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= THREADS; threads++) {
        Nest nest = {.pool = pool_new(threads)};
        pool_run(nest.pool, 100, outer_piece, &nest);
        assert_int_equal(atomic_load(&nest.inner), 1500);
        assert_false(atomic_load(&nest.moved));
        pool_free(nest.pool);
    }
}

static void *run_on_shared_pool(void *context)
{
    Pool *p = context;
    size_t wrong = 0;
    for (int run = 0; run < 200; run++) {
        Marks m = {0};
        pool_run(p, 50, mark, &m);
        for (size_t i = 0; i < 50; i++) wrong += m.done[i] != 1;
    }
    return wrong ? p : NULL;
}

static void test_callers_wait_for_each_other(void **state)
{
    (void)state;
    Pool *p = pool_new(THREADS);
    pthread_t callers[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&callers[i], NULL, run_on_shared_pool, p), 0);
    for (int i = 0; i < 3; i++) {
        void *failed;
        pthread_join(callers[i], &failed);
        assert_null(failed);
    }
    pool_free(p);
}

typedef struct Ranges {
    size_t grain, count;
    atomic_size_t ranges;
    atomic_bool bad;
    unsigned char seen[100];
} Ranges;

static void take_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    Ranges *r = context;
    bool last = end == r->count;
    if (first % r->grain != 0 || first >= end || (!last && end - first != r->grain))
        atomic_store(&r->bad, true);
    for (size_t i = first; i < end; i++) r->seen[i]++;
    atomic_fetch_add(&r->ranges, 1);
}

static void test_range_covers_all(void **state)
{
    (void)state;
    Pool *p = pool_new(3);
    static const size_t cases[][3] = {{0, 4, 0},    {1, 4, 1},      {4, 4, 1},       {5, 4, 2},
                                      {100, 7, 15}, {100, 1000, 1}, {9, SIZE_MAX, 1}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        Ranges r = {.count = cases[c][0], .grain = cases[c][1]};
        pool_range(p, r.count, r.grain, take_range, &r);
        assert_int_equal(atomic_load(&r.ranges), cases[c][2]);
        assert_false(atomic_load(&r.bad));
        for (size_t i = 0; i < 100; i++) assert_int_equal(r.seen[i], i < r.count);
    }
    pool_free(p);
}

static pthread_t main_thread;
static atomic_int signals_elsewhere;

static void on_signal(int number)
{
    (void)number;
    if (!pthread_equal(pthread_self(), main_thread)) atomic_fetch_add(&signals_elsewhere, 1);
}

static void test_workers_take_no_signals(void **state)
{
    (void)state;
    main_thread = pthread_self();
    struct sigaction action = {.sa_handler = on_signal}, before;
    sigaction(SIGUSR1, &action, &before);
    Pool *p = pool_new(THREADS);
    sigset_t blocked, old;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, &old);
    kill(getpid(), SIGUSR1); /* any thread that does not block it would get it now */
    Marks m = {0};
    pool_run(p, PIECES, mark, &m);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    assert_int_equal(atomic_load(&signals_elsewhere), 0);
    pool_free(p);
    sigaction(SIGUSR1, &before, NULL);
}

static void test_cores(void **state)
{
    (void)state;
    size_t cores = pool_cores();
    assert_true(cores >= 1 && cores <= (size_t)sysconf(_SC_NPROCESSORS_CONF));
    Pool *p = pool_new(0);
    assert_int_equal(pool_threads(p), cores);
    pool_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_piece_once),
        cmocka_unit_test(test_many_short_runs),
        cmocka_unit_test(test_no_pool_is_the_caller),
        cmocka_unit_test(test_threads_work_at_the_same_time),
        cmocka_unit_test(test_call_from_inside_a_piece),
        cmocka_unit_test(test_callers_wait_for_each_other),
        cmocka_unit_test(test_range_covers_all),
        cmocka_unit_test(test_workers_take_no_signals),
        cmocka_unit_test(test_cores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
