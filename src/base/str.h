/* Str: a growable byte string.
 * Invariants: data is NULL only when capacity is 0; data[size] is NUL otherwise. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct Str {
    char *data;
    size_t size; /* bytes before the final NUL */
    size_t capacity;
} Str;

void str_release(Str *s);           /* frees; *s is empty again */
void str_clear(Str *s);             /* keeps the memory */
const char *str_get(const Str *s);  /* never NULL */
char *str_take(Str *s);             /* moves the bytes out, never NULL; *s is empty again */
void str_reserve(Str *s, size_t extra);
void str_add(Str *s, const char *text);
void str_add_bytes(Str *s, const char *bytes, size_t size);
void str_add_char(Str *s, char c);
void str_addf(Str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void str_add_number(Str *s, long long number); /* 1,234,567 */
void str_truncate(Str *s, size_t size);

/* str_format: a fresh string, the caller's. */
char *str_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);
bool str_ends_nocase(const char *text, const char *suffix); /* ASCII case */

#endif
