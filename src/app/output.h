/* Output: what a command prints, on the stream that its session names. Texts of documents never
 * bring control characters with them. */
#ifndef APP_OUTPUT_H
#define APP_OUTPUT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/str.h"

int output_columns(int fd); /* width of the terminal; 0: not a terminal that can be drawn on */
bool output_bold(int columns); /* may what is that wide be decorated? */

/* text_line: appends text as one line: control and direction characters become blanks, runs of
 * blanks one. NULL: "". text_block: the same, but line ends stay. */
void text_line(const char *text, Str *out);
void text_block(const char *text, Str *out);

void output_text(const Str *text, FILE *out);

/* Print and free. output_json: a document over lines; output_object: one line. */
void output_json(cJSON *value, FILE *out);
void output_object(cJSON *value, FILE *out);

/* output_finish: true when all of it was written. */
bool output_finish(FILE *out, Err *err);

/* Members of JSON objects. NULL texts become null, as do numbers that are not finite; times are ISO
 * 8601. */
void json_text(cJSON *object, const char *name, const char *text);
void json_number(cJSON *object, const char *name, double value);
void json_bool(cJSON *object, const char *name, bool value);
void json_time(cJSON *object, const char *name, int64_t wall_ms);
void json_or_null(cJSON *object, const char *name, int64_t value); /* 0 is null */
cJSON *json_object(cJSON *object, const char *name);
cJSON *json_array(cJSON *object, const char *name);

/* JSON from the project; null when it is none */
void json_parsed(cJSON *object, const char *name, const char *json);

#endif
