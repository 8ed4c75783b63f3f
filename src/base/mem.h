/* Allocation. A small allocation that fails aborts the program with a message;
 * a tensor that does not fit is an error of its caller. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

void *mem_alloc(size_t size_bytes);               /* uninitialised */
void *mem_zero(size_t count, size_t size_bytes);  /* zeroed; checks the product */
void *mem_grow(void *block, size_t size_bytes);   /* realloc */
char *mem_strdup(const char *text);               /* NULL gives NULL */
char *mem_strndup(const char *text, size_t size); /* NUL-terminated copy */

/* mem_tensor: rows × columns floats, zeroed, aligned to 64 bytes, freed with free().
 * NULL with ERR_MEMORY and the size in words when it does not fit. A product of zero
 * gives a valid block. */
float *mem_tensor(size_t rows, size_t columns, const char *what, Err *err);

/* mem_peak_bytes: the process's peak resident size. */
size_t mem_peak_bytes(void);

#endif
