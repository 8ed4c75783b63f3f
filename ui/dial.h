/* The dial over the view: settings of a mining as sliders, and what each setting does, at once. */
#ifndef UI_DIAL_H
#define UI_DIAL_H

#include "app/dial_desk.h"
#include "ui/ui.h"

/* dial_show: desk is the view's and outlives the dial. Leaving it changes nothing; applying begins a
 * mining as a job, after a confirmation. */
void dial_show(Ui *ui, DialDesk *desk);

#endif
