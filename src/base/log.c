#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/utf8.h"

static atomic_int level_wanted = LOG_WARN;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *file; /* under lock; NULL is stderr */

void log_set_level(LogLevel level)
{
    atomic_store(&level_wanted, (int)level);
}

static void use(FILE *next)
{
    pthread_mutex_lock(&lock);
    if (file) fclose(file);
    file = next;
    pthread_mutex_unlock(&lock);
}

bool log_open(const char *path)
{
    FILE *opened = path ? fopen(path, "ae") : NULL;
    if (path && !opened) return false;
    use(opened);
    return true;
}

void log_close(void)
{
    use(NULL);
}

void log_write(LogLevel level, const char *format, ...)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    if ((int)level > atomic_load_explicit(&level_wanted, memory_order_relaxed)) return;
    char message[2000], when[32];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    utf8_line(message);
    clock_iso(clock_wall_ms(), when);

    pthread_mutex_lock(&lock);
    FILE *out = file ? file : stderr;
    fprintf(out, "%s %s %s\n", when, names[level], message);
    fflush(out);
    pthread_mutex_unlock(&lock);
}
