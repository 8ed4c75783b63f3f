#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

bool err_set(Err *err, ErrKind kind, const char *format, ...)
{
    if (!err) return false;
    char message[sizeof err->message]; /* the arguments may point into *err */
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    utf8_line(message);
    err->kind = kind;
    strcpy(err->message, message);
    return false;
}

bool err_prefix(Err *err, const char *format, ...)
{
    if (!err) return false;
    char prefix[sizeof err->message];
    va_list args;
    va_start(args, format);
    vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);
    utf8_line(prefix);
    return err_set(err, err->kind, "%s: %s", prefix, err->message);
}
