/* Deciding about the rows of a list. */
#ifndef UI_LIST_DECIDE_H
#define UI_LIST_DECIDE_H

#include "ui/list_pane.h"

typedef struct ListVerdict {
    const char *subject, *value; /* "question.status", "accepted" */
    const char *verb, *thing;    /* "accept", "question" */
} ListVerdict;

/* list_decide: about the row under the cursor, at once, and on to the next row; about marked rows
 * after their number was said and agreed to, as one decision. v is kept by address. why may be NULL. */
void list_decide(ListPane *p, const ListVerdict *v, const char *why);

#endif
