#include "ui/list_decide.h"

#include <ctype.h>
#include <stdlib.h>

static void decide_ids(ListPane *p, const PaneIds *ids)
{
    const ListVerdict *v = p->verdict;
    VEC(Decision) decisions = {0};
    for (size_t i = 0; i < ids->count; i++)
        vec_push(&decisions, (Decision){.subject = v->subject,
                                        .subject_id = ids->items[i],
                                        .value = v->value,
                                        .why = p->why});
    char *label = ids->count == 1
                      ? str_format("%s %s %lld", v->verb, v->thing, (long long)ids->items[0])
                      : str_format("%s %zu %ss", v->verb, ids->count, v->thing);
    if (ids->count) ui_decide(p->view->ui, decisions.items, decisions.count, label);
    free(label);
    vec_release(&decisions);
}

static void agreed(void *context)
{
    ListPane *p = context;
    PaneIds ids = {0};
    list_pane_chosen(p, &ids);
    decide_ids(p, &ids);
    list_pane_unmark(p);
    vec_release(&ids);
}

void list_decide(ListPane *p, const ListVerdict *v, const char *why)
{
    free(p->why);
    p->why = mem_strdup(why);
    p->verdict = v;
    size_t marked = list_pane_marked(p);
    if (marked == 0) {
        agreed(p);
        list_pane_next(p);
        return;
    }
    char *question = str_format("%s %zu marked %s%s? One undo takes it back.", v->verb, marked,
                                v->thing, marked == 1 ? "" : "s");
    question[0] = (char)toupper((unsigned char)question[0]);
    ui_confirm(p->view->ui, question, agreed, p);
    free(question);
}
