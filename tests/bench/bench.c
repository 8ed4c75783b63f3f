#include "bench.h"

#include <cjson/cJSON.h>
#include <ftw.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "num/blas.h"

#define ARGUMENTS_MAX 64

void bench_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    fflush(stdout);
}

void bench_row(Bench *b, const char *what, double value, const char *unit, bool at_least,
               double target)
{
    bool reached = at_least ? value >= target : value <= target;
    b->missed += !reached;
    bench_say("| %-62s | %10.4g %-5s | %s %-8.4g | %s |", what, value, unit, at_least ? "≥" : "≤",
              target, reached ? "reached" : "MISSED");
}

void cost_release(Cost *c)
{
    str_release(&c->out);
}

static void read_all(int fd, Str *out)
{
    char block[65536];
    ssize_t n;
    while ((n = read(fd, block, sizeof block)) > 0) str_add_bytes(out, block, (size_t)n);
}

Cost bench_run(Bench *b, const char *format, ...)
{
    char line[4096], *arguments[ARGUMENTS_MAX + 2] = {(char *)b->hone};
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", line);
    size_t n = 1;
    for (char *word = strtok(line, " "); word && n < ARGUMENTS_MAX; word = strtok(NULL, " "))
        arguments[n++] = word;
    int pipes[2];
    Cost c = {0};
    if (pipe(pipes) != 0) exit(1);
    double start = clock_s();
    pid_t child = fork();
    if (child == 0) {
        if (chdir(b->folder) != 0) _exit(127);
        dup2(pipes[1], STDOUT_FILENO);
        close(pipes[0]);
        close(pipes[1]);
        execv(b->hone, arguments);
        _exit(127);
    }
    close(pipes[1]);
    read_all(pipes[0], &c.out);
    close(pipes[0]);
    struct rusage usage;
    int status = 0;
    wait4(child, &status, 0, &usage);
    c.wall_s = clock_s() - start;
    c.cpu_s = (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec +
              (double)usage.ru_stime.tv_sec + 1e-6 * (double)usage.ru_stime.tv_usec;
    c.peak_mb = (double)usage.ru_maxrss / 1024;
    c.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    if (c.status > 3 || c.status == 1 || c.status == 2) {
        bench_say("`hone %s` ended with %d; the bench ends here", copy, c.status);
        exit(1);
    }
    return c;
}

double json_number(const char *json, const char *path)
{
    cJSON *root = cJSON_Parse(json);
    const cJSON *at = root;
    char copy[512];
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key = strtok(copy, "."); key && at; key = strtok(NULL, ".")) {
        if (!cJSON_IsArray(at)) {
            at = cJSON_GetObjectItemCaseSensitive(at, key);
            continue;
        }
        const cJSON *item, *found = NULL;
        cJSON_ArrayForEach(item, at)
        {
            const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(item, "name"));
            if (name && strcmp(name, key) == 0) found = item;
        }
        at = found;
    }
    double value = cJSON_IsNumber(at) ? at->valuedouble : NAN;
    cJSON_Delete(root);
    return value;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

int main(int argc, char **argv)
{
    blas_start(argv);
    if (argc < 2) {
        fprintf(
            stderr,
            "usage: bench HONE "
            "[questions|large|lists|kernels|gemm|rows|documents|tasks|tokenizer|screen|training|"
            "most …]\n"
            "HONE_LISTS: where the project of `lists` and `most` stays for the next time\n"
            "HONE_DATA: folder of lyft_2021_train.json, uber_2021_val.json, cmrc2018_trial.json\n"
            "HONE_MODEL: folder of an encoder, for `tokenizer`\n"
            "HONE_PDFS: folder of debian-reference's PDF and text files\n");
        return 2;
    }
    char *hone = realpath(argv[1], NULL);
    if (!hone) {
        fprintf(stderr, "bench: there is no %s\n", argv[1]);
        return 2;
    }
    Bench b = {.hone = hone, .data = getenv("HONE_DATA"), .pdfs = getenv("HONE_PDFS")};
    snprintf(b.folder, sizeof b.folder, "%s/hone-bench-XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (!mkdtemp(b.folder)) return 1;
    BlasInfo blas = blas_info();
    bench_say("%s, %zu cores, OpenBLAS core %s (wanted %s)\n", blas.cpu, pool_cores(), blas.core,
              blas.wanted);
    bench_say("| %-62s | %-16s | %-10s | |\n|---|---|---|---|", "what", "measured", "reach");
    static const struct {
        const char *name;
        void (*run)(Bench *b);
    } PARTS[] = {
        {"kernels", bench_kernels},     {"gemm", bench_gemm},
        {"rows", bench_rows},           {"questions", bench_questions},
        {"documents", bench_documents},
        {"large", bench_large},         {"lists", bench_lists},
        {"tasks", bench_tasks},         {"tokenizer", bench_tokenizer},
#ifdef BENCH_SCREEN
        {"screen", bench_screen},       {"training", bench_training},
        {"most", bench_most},
#endif
    };
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        bool wanted = argc == 2;
        for (int a = 2; a < argc; a++) wanted |= strcmp(argv[a], PARTS[i].name) == 0;
        if (wanted) PARTS[i].run(&b);
    }
    bench_say("\n%zu missed", b.missed);
    nftw(b.folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(hone);
    return 0;
}
