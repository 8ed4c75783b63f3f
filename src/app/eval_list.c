#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

#include "app/eval_facts.h"
#include "base/mem.h"
#include "store/runs.h"

typedef struct Asked {
    EvalList *list;
    EvalListDone *done;
    void *context;
} Asked;

void eval_list_free(EvalList *l)
{
    if (!l) return;
    arena_release(&l->arena);
    free(l);
}

static void read_table(EvalListItem *item, Arena *arena, const char *table)
{
    cJSON *json = table ? cJSON_Parse(table) : NULL;
    const cJSON *line;
    item->best = "";
    item->mrr = NAN;
    cJSON_ArrayForEach(line, cJSON_GetObjectItem(json, "retrievers"))
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(line, "name"));
        const cJSON *value = cJSON_GetObjectItem(cJSON_GetObjectItem(line, "metrics"), "mrr@10");
        if (!name) continue;
        item->retrievers++;
        if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble) ||
            value->valuedouble <= item->mrr)
            continue;
        item->mrr = value->valuedouble;
        item->best = arena_strdup(arena, name);
    }
    cJSON_Delete(json);
}

static bool work(void *data, const Env *env, Err *err)
{
    EvalRows rows = {0};
    if (!evals_load(env->store, &rows, err)) return false;
    EvalList *l = ((Asked *)data)->list = mem_zero(1, sizeof *l);
    l->items = arena_alloc(&l->arena, rows.count * sizeof *l->items + 1);
    bool ok = true;
    for (size_t i = 0; ok && i < rows.count; i++) {
        EvalListItem *item = &l->items[l->count++];
        *item = (EvalListItem){.row = rows.items[i]};
        EvalRow *r = &item->row;
        r->split = arena_strdup(&l->arena, r->split);
        r->corpus = arena_strdup(&l->arena, r->corpus);
        r->version = arena_strdup(&l->arena, r->version);
        r->frozen = arena_strdup(&l->arena, r->frozen);
        r->data_hash = arena_strdup(&l->arena, r->data_hash);
        read_table(item, &l->arena, r->table);
        r->table = NULL;
        ok = cancel_check(env->cancel, err);
    }
    rows_release(&rows);
    return ok;
}

static void done(void *data, const Err *err)
{
    Asked *a = data;
    EvalList *list = err ? NULL : a->list;
    if (!err) a->list = NULL;
    a->done(a->context, list, err);
}

static void release(void *data)
{
    Asked *a = data;
    eval_list_free(a->list);
    free(a);
}

void eval_list_ask(Desk *d, const void *slot, EvalListDone *callback, void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    *a = (Asked){.done = callback, .context = context};
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_PAGE, &q);
}
