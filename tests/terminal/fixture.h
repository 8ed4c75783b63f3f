/* Fixture: projects that are the same every time, made through the store: fixed texts, scores and
 * times. By name:
 *   en, zh    a few documents with pages and headings, questions of every status with doubts,
 *             candidates with verdicts, training runs with their series, stored evaluations
 *   empty     a project without anything
 *   hostile   texts, titles and names that hold escape sequences, characters that turn the
 * direction, malformed bytes, very long lines, joined emoji, stacks of marks large     20,000
 * chunks, 40,000 questions, 120,000 candidates */
#ifndef TESTS_TERMINAL_FIXTURE_H
#define TESTS_TERMINAL_FIXTURE_H

#include <stdbool.h>

#include "base/err.h"

/* fixture_make: makes the file; ERR_MISSING: no fixture of that name. */
bool fixture_make(const char *name, const char *path, Err *err);

#endif
