/* What menu, palette and help tell about a row of the table of commands. */
#ifndef UI_COMMAND_ROWS_H
#define UI_COMMAND_ROWS_H

#include "ui/ui_parts.h"

bool command_on_screen(const Command *c);              /* has keys there */
bool command_works(const Ui *ui, const Command *c);    /* in the focused view, at this moment */
bool command_is_own(const Command *c);                 /* of some views, not of all */
const char *command_view_title(const Ui *ui, ViewId v);

/* command_where: "Chunks, Questions": where it works. Appends. */
void command_where(const Ui *ui, const Command *c, Str *out);

/* command_take: does it, as its key would; where it does not work, goes to the view where it does
 * and says how it goes on from there. */
void command_take(Ui *ui, const Command *c);

#endif
