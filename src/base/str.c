#include "base/str.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void str_release(Str *s)
{
    free(s->data);
    *s = (Str){0};
}

void str_clear(Str *s)
{
    str_truncate(s, 0);
}

const char *str_get(const Str *s)
{
    return s->data ? s->data : "";
}

char *str_take(Str *s)
{
    char *data = s->data ? s->data : mem_strdup("");
    *s = (Str){0};
    return data;
}

void str_reserve(Str *s, size_t extra)
{
    assert(extra < PTRDIFF_MAX - s->size);
    size_t needed = s->size + extra + 1;
    if (needed <= s->capacity) return;
    size_t capacity = s->capacity ? s->capacity * 2 : 32;
    if (capacity < needed) capacity = needed;
    s->data = mem_grow(s->data, capacity);
    s->capacity = capacity;
    s->data[s->size] = '\0';
}

void str_add(Str *s, const char *text)
{
    str_add_bytes(s, text, strlen(text));
}

void str_add_bytes(Str *s, const char *bytes, size_t size)
{
    str_reserve(s, size);
    if (size) memcpy(s->data + s->size, bytes, size);
    s->size += size;
    s->data[s->size] = '\0';
}

void str_add_char(Str *s, char c)
{
    if (s->size + 1 >= s->capacity) str_reserve(s, 1);
    s->data[s->size++] = c;
    s->data[s->size] = '\0';
}

static void str_addv(Str *s, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    str_reserve(s, strlen(format));
    size_t room = s->capacity - s->size;
    int size = vsnprintf(s->data + s->size, room, format, args);
    assert(size >= 0);
    if ((size_t)size >= room) {
        str_reserve(s, (size_t)size);
        vsnprintf(s->data + s->size, (size_t)size + 1, format, again);
    }
    s->size += (size_t)size;
    va_end(again);
}

void str_addf(Str *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str_addv(s, format, args);
    va_end(args);
}

void str_add_number(Str *s, long long number)
{
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%lld", number);
    for (int i = 0; i < size; i++) {
        if (i > (number < 0) && (size - i) % 3 == 0) str_add_char(s, ',');
        str_add_char(s, digits[i]);
    }
}

void str_truncate(Str *s, size_t size)
{
    if (size > s->size || !s->data) return;
    s->size = size;
    s->data[size] = '\0';
}

char *str_format(const char *format, ...)
{
    Str s = {0};
    va_list args;
    va_start(args, format);
    str_addv(&s, format, args);
    va_end(args);
    return str_take(&s);
}

bool str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *text, const char *suffix)
{
    size_t size = strlen(text), end = strlen(suffix);
    return size >= end && memcmp(text + size - end, suffix, end) == 0;
}

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool str_ends_nocase(const char *text, const char *suffix)
{
    size_t size = strlen(text), end = strlen(suffix);
    if (size < end) return false;
    for (size_t i = 0; i < end; i++)
        if (ascii_lower(text[size - end + i]) != ascii_lower(suffix[i])) return false;
    return true;
}
