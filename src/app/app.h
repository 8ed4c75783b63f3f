/* The program: one call, from arguments to exit status. */
#ifndef APP_APP_H
#define APP_APP_H

#include <stddef.h>

/* screen: opens the workbench on a project, NULL: there is none yet; what `hone` and `hone FILE.hone`
 * do in a terminal. Returns the exit status. */
typedef int AppScreen(const char *project, size_t threads);

int app_main(int argc, char **argv, AppScreen *screen);

#endif
