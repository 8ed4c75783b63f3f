/* Who is at work: "host:boot:pid:start" names one process of one machine since its last start, so
 * that what a process left unfinished can be told from what it still does. For src/store only. */
#ifndef STORE_OWNER_H
#define STORE_OWNER_H

#include <stdbool.h>

#define OWNER_SIZE 200

void owner_self(char out[OWNER_SIZE]);
bool owner_is_self(const char *owner);

/* owner_is_other: a live process on this machine that is not this one. NULL, another machine's and
 * nonsense are not. */
bool owner_is_other(const char *owner);

#endif
