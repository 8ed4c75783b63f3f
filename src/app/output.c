#include "app/output.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

int output_columns(int fd)
{
    const char *term = getenv("TERM");
    if (!isatty(fd) || !term || !*term || strcmp(term, "dumb") == 0) return 0;
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

bool output_bold(int columns)
{
    const char *no = getenv("NO_COLOR");
    return columns > 0 && !(no && *no);
}

static void add_safe(const char *text, bool keep_lines, Str *out)
{
    size_t size = strlen(text);
    bool blank = true; /* none at the start */
    for (size_t at = 0; at < size;) {
        uint32_t code;
        size_t length = utf8_next(text + at, size - at, &code);
        if (keep_lines && code == '\n') {
            str_add_char(out, '\n');
            blank = false;
        } else if (code == ' ' || utf8_is_active(code)) {
            if (!blank || (keep_lines && code == ' ')) str_add_char(out, ' ');
            blank = true;
        } else {
            char bytes[4];
            str_add_bytes(out, bytes, utf8_put(code, bytes));
            blank = false;
        }
        at += length;
    }
}

void text_line(const char *text, Str *out)
{
    size_t start = out->size;
    if (!text) return;
    add_safe(text, false, out);
    while (out->size > start && out->data[out->size - 1] == ' ') str_truncate(out, out->size - 1);
}

void text_block(const char *text, Str *out)
{
    if (text) add_safe(text, true, out);
}

void output_text(const Str *text, FILE *out)
{
    if (text->size > 0) fwrite(text->data, 1, text->size, out);
}

/* cJSON leaves DEL and the C1 controls as they are, which a terminal would act on. */
static void print(cJSON *value, bool lines, FILE *out)
{
    char *json = lines ? cJSON_Print(value) : cJSON_PrintUnformatted(value);
    cJSON_Delete(value);
    if (!json) {
        fputs("hone: out of memory\n", stderr);
        abort();
    }
    const char *from = json;
    const char *at = json;
    for (; *at; at++) {
        const unsigned char *byte = (const unsigned char *)at;
        bool del = byte[0] == 0x7F, c1 = byte[0] == 0xC2 && byte[1] >= 0x80 && byte[1] < 0xA0;
        if (!del && !c1) continue;
        fwrite(from, 1, (size_t)(at - from), out);
        fprintf(out, "\\u%04x", del ? 0x7F : byte[1]);
        at += c1;
        from = at + 1;
    }
    fwrite(from, 1, (size_t)(at - from), out);
    fputc('\n', out);
    cJSON_free(json);
}

void output_json(cJSON *value, FILE *out)
{
    print(value, true, out);
}

void output_object(cJSON *value, FILE *out)
{
    print(value, false, out);
}

bool output_finish(FILE *out, Err *err)
{
    if (fflush(out) == 0 && !ferror(out)) return true;
    return err_set(err, ERR_IO, "standard output: cannot write: %s", strerror(errno));
}

void json_text(cJSON *object, const char *name, const char *text)
{
    if (text)
        cJSON_AddStringToObject(object, name, text);
    else
        cJSON_AddNullToObject(object, name);
}

void json_number(cJSON *object, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, name, value);
    else
        cJSON_AddNullToObject(object, name);
}

void json_bool(cJSON *object, const char *name, bool value)
{
    cJSON_AddBoolToObject(object, name, value);
}

void json_time(cJSON *object, const char *name, int64_t wall_ms)
{
    char text[32];
    clock_iso(wall_ms, text);
    json_text(object, name, wall_ms ? text : NULL);
}

void json_or_null(cJSON *object, const char *name, int64_t value)
{
    json_number(object, name, value ? (double)value : NAN);
}

cJSON *json_object(cJSON *object, const char *name)
{
    return cJSON_AddObjectToObject(object, name);
}

cJSON *json_array(cJSON *object, const char *name)
{
    return cJSON_AddArrayToObject(object, name);
}

void json_parsed(cJSON *object, const char *name, const char *json)
{
    cJSON *value = json ? cJSON_Parse(json) : NULL;
    cJSON_AddItemToObject(object, name, value ? value : cJSON_CreateNull());
}
