#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/facts.h"
#include "base/mem.h"
#include "store/runs.h"

typedef struct Asked {
    HeadFacts facts;
    HeadFactsDone *done;
    void *context;
} Asked;

static void read_table(const EvalRow *e, HeadFacts *f)
{
    cJSON *table = cJSON_Parse(e->table);
    const cJSON *line;
    cJSON_ArrayForEach(line, cJSON_GetObjectItem(table, "retrievers"))
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(line, "name"));
        const cJSON *mrr = cJSON_GetObjectItem(cJSON_GetObjectItem(line, "metrics"), "mrr@10");
        if (!name || !cJSON_IsNumber(mrr) || (*f->best && mrr->valuedouble <= f->mrr)) continue;
        f->mrr = mrr->valuedouble;
        snprintf(f->best, sizeof f->best, "%s", name);
    }
    snprintf(f->table, sizeof f->table, "%s · %lld questions", e->split, (long long)e->questions);
    cJSON_Delete(table);
}

/* Of test questions, else of val ones: what was trained on says nothing. */
static const EvalRow *newest_table(const EvalRows *evals)
{
    static const char *const SPLITS[] = {"test", "val"};
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < evals->count; i++)
            if (strcmp(evals->items[i].split, SPLITS[s]) == 0) return &evals->items[i];
    return NULL;
}

static bool work(void *data, const Env *env, Err *err)
{
    HeadFacts *f = &((Asked *)data)->facts;
    RunRows runs = {0};
    EvalRows evals = {0};
    if (!runs_load(env->store, &runs, err)) return false;
    for (size_t i = 0; i < runs.count; i++) /* oldest first */
        if (strcmp(runs.items[i].state, "done") == 0)
            snprintf(f->run, sizeof f->run, "%s", runs.items[i].name);
    rows_release(&runs);
    if (!evals_load(env->store, &evals, err)) return false;
    const EvalRow *table = newest_table(&evals);
    if (table) read_table(table, f);
    rows_release(&evals);
    return true;
}

static void done(void *data, const Err *err)
{
    Asked *a = data;
    if (!err) a->done(a->context, &a->facts);
}

void head_facts_ask(Desk *d, const void *slot, HeadFactsDone *callback, void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    a->done = callback;
    a->context = context;
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = free, .data = a};
    desk_ask(d, LANE_LIST, &q);
}
