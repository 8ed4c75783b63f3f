/* The program: one call, from arguments to exit status. */
#ifndef APP_APP_H
#define APP_APP_H

int app_main(int argc, char **argv);

#endif
