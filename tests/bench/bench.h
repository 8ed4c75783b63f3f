/* The bench: every figure of the README in one run, printed as a table. By hand; it is no test and judges nothing but its own targets. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"
#include "base/str.h"

#define BENCH_PATH 300

typedef struct Bench {
    const char *hone;   /* path of the binary */
    const char *data;   /* folder of the question sets, NULL: those parts are left out */
    const char *pdfs;   /* folder that holds debian-reference's files, NULL: left out */
    char folder[256];   /* scratch, removed at the end */
    size_t missed;
} Bench;

/* One whole process: what it cost and what it printed. */
typedef struct Cost {
    double wall_s, cpu_s;
    double peak_mb;
    int status;
    Str out;
} Cost;

/* bench_run: "%s" style arguments; runs hone with them in the scratch folder. Ends the bench with a message when the exit status is above 3. */
Cost bench_run(Bench *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cost_release(Cost *c);

/* A row of the table. at_least: the value should be >= target, else <=. */
void bench_row(Bench *b, const char *what, double value, const char *unit, bool at_least, double target);
void bench_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

void bench_questions(Bench *b); /* Lyft and Uber, and the Chinese set */
void bench_large(Bench *b);     /* 100,000 chunks */
void bench_lists(Bench *b);     /* 2,000,000 candidates in lists */

/* bench_lists_project: the project of that part, made when it is not there yet. It takes minutes:
 * HONE_LISTS names a file where it stays for the next time. */
void bench_lists_project(Bench *b, char path[BENCH_PATH]);
void bench_tasks(Bench *b);     /* estimates of runs against the runs; the dial */
void bench_kernels(Bench *b);   /* matrix products against the peak */
void bench_gemm(Bench *b);      /* the encoders' own products against the peak and OpenBLAS */
void bench_rows(Bench *b);      /* kernels of encoders: ns an element, attention's GFLOP/s */
void bench_tokenizer(Bench *b); /* of HONE_MODEL: opening, MB/s */
void bench_screen(Bench *b);    /* keys, idling, starting of the workbench in a pseudo terminal */
void bench_training(Bench *b);  /* its keys while a training uses all cores */
void bench_most(Bench *b);      /* its keys and filters on the project of `lists` */
void bench_documents(Bench *b); /* PDF: words kept, time */

/* bench_clock_s: for what runs on a pool; of one thread its own time, which other processes do not
 * disturb. */
double bench_clock_s(const Pool *pool);

/* bench_peak: GFLOP/s of multiply-adds in registers, all threads of the pool together, at a level
 * of gemm.h ("avx512", else avx2). rounds of twelve of them: 1,000,000 take some milliseconds. */
double bench_peak(Pool *pool, const char *level, long rounds);

/* A number of a JSON document: path "retrievers.NAME.metrics.mrr@10" where a list's items are chosen by their "name". NaN: not there. */
double json_number(const char *json, const char *path);

#endif
