/* Scratch: a folder of a test's own. */
#ifndef TESTS_TERMINAL_SCRATCH_H
#define TESTS_TERMINAL_SCRATCH_H

/* scratch_make: the path is the caller's. The test ends when it cannot be made. */
char *scratch_make(void);
void scratch_remove(char *path); /* with what is in it; frees path. NULL is allowed */

#endif
