/* Args: the words of a command line, understood. */
#ifndef APP_ARGS_H
#define APP_ARGS_H

#include "app/commands.h"

typedef struct Args {
    const Command *command; /* NULL: none given */
    const char *prefix;     /* with -h: the first word of commands of two ("review"); else NULL */
    Options options;
    Texts arguments;        /* without the command's name; borrowed from argv */
} Args;

/* args_parse: `--long`, `--long=value`, `-x value`, `-xvalue`, `-xyz` for flags, anywhere; `--`
 * ends them. ERR_USAGE names what is wrong and where help is. *ret is released by the caller in any
 * case. */
bool args_parse(int argc, char **argv, Args *ret, Err *err);
void args_release(Args *a);

#endif
