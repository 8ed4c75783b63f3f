/* Page: a text to read, over the views: wrapped, scrolled, searched, copied. */
#ifndef UI_PAGE_H
#define UI_PAGE_H

#include "ui/ui.h"

/* page_open: text is copied. at_end: its last lines are shown first. */
void page_open(Ui *ui, const char *title, const char *text, bool at_end);

/* page_columns: how wide a text may be that a page shows without wrapping it. */
int page_columns(const Ui *ui);

#endif
