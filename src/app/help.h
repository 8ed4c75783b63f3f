/* Help texts, from the tables. At most 80 columns. All append. */
#ifndef APP_HELP_H
#define APP_HELP_H

#include "app/commands.h"

void help_guide(Str *out);    /* `hone` alone: what it is, the next steps */
void help_overview(Str *out); /* all commands, by group */
void help_command(const Command *c, Str *out);

/* the commands of two words that begin with it */
void help_prefix(const char *first, Str *out);

/* help_filter: the fields of the filter language of the list that a command is about, a line each:
 * the field, a tab, what it is. Nothing for other commands. */
void help_filter(const Command *c, Str *out);

#endif
