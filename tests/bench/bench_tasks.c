/* What the dialogs say before anything is started: estimates against the runs themselves, in fresh
 * processes, and the dial on mining. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/pool.h"
#include "base/rng.h"
#include "bench.h"
#include "task/dial.h"

#define LARGE_CHUNKS 2500
#define LARGE_EACH 4
#define LARGE_WORDS 60
#define LARGE_VOCABULARY 4000
#define REPEATS 3 /* the median is taken: others use the machine too */
#define NEAR 0.25 /* how far an estimate may be off */
#define DIAL_TURNS 9

typedef struct Config {
    const char *project, *what, *options;
} Config;

static const Config CONFIGS[] = {
    {"cut", "linear, vectors not cached at first", "--method linear"},
    {"cut", "two-layer", "--method two-layer"},
    {"val", "linear, 128 pairs", "--method linear --pairs 128"},
    {"val", "linear, batch 10, every 5 steps looked at", "--batch 10 --eval-every 5"},
    {"val", "low-rank, 40 epochs", "--method low-rank --epochs 40"},
    {"val", "two-layer, 4 negatives", "--method two-layer --negatives 4"},
    {"val", "table, 2 epochs", "--method table --epochs 2 --lr 1e-4"},
    {"large", "linear", "--method linear"},
    {"large", "low-rank, batch 256", "--method low-rank --batch 256"},
    {"large", "two-layer, 2 epochs, no refit", "--method two-layer --epochs 2 --no-refit"},
    {"large", "table, 1 epoch, batch 512, no refit",
     "--method table --epochs 1 --batch 512 --lr 1e-4 --no-refit"},
};

static void quietly(Cost c)
{
    cost_release(&c);
}

/* A LlamaIndex set of LARGE_CHUNKS chunks with LARGE_EACH questions each: words of the chunk. */
static void write_set(const char *folder)
{
    char path[512];
    snprintf(path, sizeof path, "%s/set.json", folder);
    FILE *file = fopen(path, "w");
    if (!file) exit(1);
    Str queries = {0}, corpus = {0}, relevant = {0};
    for (size_t c = 0; c < LARGE_CHUNKS; c++) {
        Rng r = rng_make(1, c);
        uint64_t words[LARGE_WORDS];
        str_addf(&corpus, "%s\"c%zu\":\"", c ? "," : "", c);
        for (size_t w = 0; w < LARGE_WORDS; w++) {
            words[w] = rng_below(&r, LARGE_VOCABULARY);
            str_addf(&corpus, "%sword%d", w % 14 ? " " : w ? ". " : "", (int)words[w]);
        }
        str_add(&corpus, ".\"");
        for (size_t q = 0; q < LARGE_EACH; q++) {
            const char *comma = c + q ? "," : "";
            str_addf(&queries, "%s\"q%zu.%zu\":\"where", comma, c, q);
            for (size_t w = 0; w < 5; w++)
                str_addf(&queries, " word%d", (int)words[rng_below(&r, LARGE_WORDS)]);
            str_add(&queries, "?\"");
            str_addf(&relevant, "%s\"q%zu.%zu\":[\"c%zu\"]", comma, c, q, c);
        }
    }
    fprintf(file, "{\"queries\":{%s},\"corpus\":{%s},\"relevant_docs\":{%s},\"mode\":\"text\"}\n",
            str_get(&queries), str_get(&corpus), str_get(&relevant));
    fclose(file);
    str_release(&queries);
    str_release(&corpus);
    str_release(&relevant);
}

/* cut: Lyft, a tenth is cut off to choose on. val: Lyft, chosen on Uber. large: 10,000 made-up
 * questions. */
static void make_projects(Bench *b)
{
    quietly(bench_run(b, "-p cut.hone init -q"));
    quietly(bench_run(b, "-p cut.hone import -q --split train %s/lyft_2021_train.json", b->data));
    quietly(bench_run(b, "-p val.hone init -q"));
    quietly(bench_run(b, "-p val.hone import -q --split train %s/lyft_2021_train.json", b->data));
    quietly(bench_run(b, "-p val.hone import -q --split val %s/uber_2021_val.json", b->data));
    quietly(bench_run(b, "-p val.hone mine -q -n 4"));
    quietly(bench_run(b, "-p large.hone init -q"));
    write_set(b->folder);
    quietly(bench_run(b, "-p large.hone import -q --split train set.json"));
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One estimate and the run itself: how far seconds and memory are off, as shares of the truth. A
 * refit is as long as the best step was late, which nobody knows before: that of the estimate is
 * shortened to it. */
static void compare(Bench *b, const Config *c, const char *name, double *ret_seconds,
                    double *ret_memory)
{
    Cost idle = bench_run(b, "-p %s.hone runs -q", c->project);
    Cost said = bench_run(b, "-p %s.hone train -q --estimate --json %s", c->project, c->options);
    Cost run =
        bench_run(b, "-p %s.hone train -q --json --name %s %s", c->project, name, c->options);
    const char *e = str_get(&said.out), *r = str_get(&run.out);
    double late = json_number(r, "best.step") / json_number(e, "steps");
    double refit = json_number(e, "refit_seconds");
    double seconds = json_number(e, "seconds") - refit * (1 - late),
           wall = run.wall_s - idle.wall_s;
    double mb = json_number(e, "memory_bytes") / 1048576, grown = run.peak_mb - idle.peak_mb;
    bench_say("%s, %s: %g questions, %g steps; %.2f s said (%.2f at most), %.2f s taken; %.0f MB "
              "said, %.0f MB taken; %.2f s to say it",
              c->project, c->what, json_number(e, "questions"), json_number(e, "steps"), seconds,
              json_number(e, "seconds"), wall, mb, grown, said.wall_s);
    *ret_seconds = fabs(seconds / wall - 1);
    *ret_memory = fabs(mb / grown - 1);
    cost_release(&idle);
    cost_release(&said);
    cost_release(&run);
}

static void one(Bench *b, const Config *c, size_t number)
{
    double seconds[REPEATS], memory[REPEATS];
    char row[96];
    for (size_t i = 0; i < REPEATS; i++) {
        snprintf(row, sizeof row, "run%zu-%zu", number, i);
        compare(b, c, row, &seconds[i], &memory[i]);
    }
    qsort(seconds, REPEATS, sizeof *seconds, by_value);
    qsort(memory, REPEATS, sizeof *memory, by_value);
    snprintf(row, sizeof row, "%s, %s: seconds, off by", c->project, c->what);
    bench_row(b, row, seconds[REPEATS / 2], "", false, NEAR);
    snprintf(row, sizeof row, "%s, %s: memory, off by", c->project, c->what);
    bench_row(b, row, memory[REPEATS / 2], "", false, NEAR);
}

/* Half of the turns drop nearly everything, which goes through all candidates. */
static void dial(Bench *b)
{
    char path[512];
    snprintf(path, sizeof path, "%s/large.hone", b->folder);
    Err err = {0};
    Env env = {.pool = pool_new(0)};
    Dial *d = NULL;
    MineOptions o = mine_options_default();
    double start = clock_s();
    if (!store_open(path, &env.store, &err) || !dial_open(&env, &o, 0, &d, &err)) {
        bench_say("%s", err.message);
        exit(1);
    }
    double opened = clock_s() - start, ms[DIAL_TURNS];
    DialCounts c = {0};
    for (size_t i = 0; i < DIAL_TURNS; i++) {
        o.has[MINE_RELATIVE_MARGIN] = true;
        o.value[MINE_RELATIVE_MARGIN] = 0.1 * (double)i;
        o.has[MINE_MIN_SCORE] = true;
        o.value[MINE_MIN_SCORE] = i % 2 ? 2 : 0.1;
        o.random_sampling = i % 3 == 0;
        o.range_max = 200;
        start = clock_s();
        dial_count(d, &o, &c);
        ms[i] = 1000 * (clock_s() - start);
    }
    qsort(ms, DIAL_TURNS, sizeof *ms, by_value);
    bench_say("dial: %zu questions, %zu candidates; opened in %.2f s", c.questions, c.candidates,
              opened);
    bench_row(b, "dial: one turn, the slowest of 9", ms[DIAL_TURNS - 1], "ms", false, 50);
    dial_free(d);
    store_close(env.store);
    pool_free(env.pool);
}

void bench_tasks(Bench *b)
{
    if (!b->data) {
        bench_say("HONE_DATA is not set: estimates and the dial are left out");
        return;
    }
    make_projects(b);
    for (size_t i = 0; i < sizeof CONFIGS / sizeof *CONFIGS; i++) one(b, &CONFIGS[i], i);
    dial(b); /* last: a process begins with the peak of the one that starts it */
}
