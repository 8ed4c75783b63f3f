/* Who is at work: "host:boot:thread:start" names one thread of one machine since its last start, so
 * that what was left unfinished can be told from what is still done. A thread, not a process: jobs
 * beside the screen are threads of one process. For src/store only. */
#ifndef STORE_OWNER_H
#define STORE_OWNER_H

#include <stdbool.h>

#define OWNER_SIZE 200

void owner_self(char out[OWNER_SIZE]);
bool owner_is_self(const char *owner);

/* owner_is_other: a live thread on this machine, of whatever process, that is not the calling one.
 * NULL, another machine's and nonsense are not. */
bool owner_is_other(const char *owner);

#endif
