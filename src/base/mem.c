#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { TENSOR_ALIGN = 64 };

static _Noreturn void out_of_memory(void)
{
    static const char message[] =
        "hone: out of memory; close other programs or work on less at once\n";
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written; /* nothing is left to do about a failure */
    abort();
}

void *mem_alloc(size_t size_bytes)
{
    void *block = malloc(size_bytes ? size_bytes : 1);
    if (!block) out_of_memory();
    return block;
}

void *mem_zero(size_t count, size_t size_bytes)
{
    void *block = count && size_bytes ? calloc(count, size_bytes) : calloc(1, 1);
    if (!block) out_of_memory();
    return block;
}

void *mem_grow(void *block, size_t size_bytes)
{
    void *grown = realloc(block, size_bytes ? size_bytes : 1);
    if (!grown) out_of_memory();
    return grown;
}

char *mem_strdup(const char *text)
{
    return text ? mem_strndup(text, strlen(text)) : NULL;
}

char *mem_strndup(const char *text, size_t size)
{
    if (size == SIZE_MAX) out_of_memory();
    char *copy = mem_alloc(size + 1);
    if (size) memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

/* In decimal units with one decimal: enough to compare with what the machine has. */
static void size_in_words(double size_bytes, char *out, size_t out_size)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
    size_t unit = 0;
    while (size_bytes >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        size_bytes /= 1000;
        unit++;
    }
    snprintf(out, out_size, unit ? "%.1f %s" : "%.0f %s", size_bytes, units[unit]);
}

float *mem_tensor(size_t rows, size_t columns, const char *what, Err *err)
{
    size_t count, size_bytes;
    bool counted = !__builtin_mul_overflow(rows, columns, &count) &&
                   !__builtin_mul_overflow(count, sizeof(float), &size_bytes) &&
                   size_bytes <= PTRDIFF_MAX - TENSOR_ALIGN;
    if (counted) {
        size_t rounded = (size_bytes / TENSOR_ALIGN + 1) * TENSOR_ALIGN;
        float *tensor = aligned_alloc(TENSOR_ALIGN, rounded);
        if (tensor) return memset(tensor, 0, rounded);
    }
    char words[32];
    size_in_words((double)rows * (double)columns * sizeof(float), words, sizeof words);
    err_set(err, ERR_MEMORY,
            "%s: %zu x %zu floats need %s, which does not fit into memory; use smaller sizes", what,
            rows, columns, words);
    return NULL;
}

/* The rusage figure is only second best: it still holds the peak of the program that
 * started this one. */
size_t mem_peak_bytes(void)
{
    size_t peak_kib = 0;
    char line[128];
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status) && sscanf(line, "VmHWM: %zu", &peak_kib) != 1)
        ;
    if (status) fclose(status);
    struct rusage usage;
    if (peak_kib == 0 && getrusage(RUSAGE_SELF, &usage) == 0) peak_kib = (size_t)usage.ru_maxrss;
    return peak_kib * 1024;
}
