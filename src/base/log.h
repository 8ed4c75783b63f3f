/* Log: what happened, for the person who looks afterwards. Goes to stderr or to a file;
 * quiet unless asked for. Thread-safe. Never holds keys or document text. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

typedef enum LogLevel { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG } LogLevel;

void log_set_level(LogLevel level); /* default LOG_WARN */
bool log_open(const char *path);    /* NULL: stderr */
void log_close(void);
void log_write(LogLevel level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
