/* Thread: the ways in which this program's own threads differ from its first one. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* thread_start: a thread that takes no signals: they are for the first one. A crash still ends
 * where it happens. false: the system has no room for another thread. */
bool thread_start(pthread_t *ret, void *(*run)(void *context), void *context);

/* thread_step_back: the calling thread, and those that it starts, get less of a busy machine from
 * here on: steps as of nice(1), 0 … 19. Best effort. */
void thread_step_back(int steps);

#endif
