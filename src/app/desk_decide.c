#include <stdlib.h>

#include "app/desk_parts.h"
#include "base/mem.h"

/* A decision, or taking one back, on its way through LANE_WRITE. */
typedef struct Deed {
    Desk *desk;
    Decision *decisions; /* NULL: undo or redo */
    size_t count;
    Arena texts; /* of the decisions */
    bool undo;
    char *label; /* NULL: not known yet */
    size_t changed;
    Decided *done;
    void *context;
} Deed;

/* How many entries of the journal a group has. */
static bool group_size(Store *s, int64_t group, size_t *ret, Err *err)
{
    JournalRows rows = {0};
    if (!journal_load(s, group - 1, &rows, err)) return false;
    size_t count = 0;
    for (size_t i = 0; i < rows.count; i++) count += rows.items[i].group_id == group;
    rows_release(&rows);
    *ret = count;
    return true;
}

static bool decide_work(void *data, const Env *env, Err *err)
{
    Deed *deed = data;
    int64_t group = 0;
    if (!decide(env->store, deed->decisions, deed->count, deed->label, &group, err)) return false;
    /* it is decided: that it could not be counted is no failure */
    Err ignored;
    if (group && !group_size(env->store, group, &deed->changed, &ignored))
        deed->changed = deed->count;
    return true;
}

/* ---- taking back ---- */

void desk_own(Desk *d, const Store *s, size_t known)
{
    size_t count;
    const int64_t *made = journal_made(s, &count);
    if (count == known) return;
    pthread_mutex_lock(&d->lock);
    for (size_t i = known; i < count; i++) vec_push(&d->own, made[i]);
    vec_clear(&d->undone);
    pthread_mutex_unlock(&d->lock);
}

static int64_t pop_group(Desk *d, bool undone)
{
    int64_t group = 0;
    pthread_mutex_lock(&d->lock);
    if (undone && d->undone.count) group = d->undone.items[--d->undone.count];
    if (!undone && d->own.count) group = d->own.items[--d->own.count];
    pthread_mutex_unlock(&d->lock);
    return group;
}

static void push_group(Desk *d, bool undone, int64_t group)
{
    pthread_mutex_lock(&d->lock);
    if (undone)
        vec_push(&d->undone, group);
    else
        vec_push(&d->own, group);
    pthread_mutex_unlock(&d->lock);
}

/* What a workbench takes back is its own, the newest first, then what was there when it opened the
 * project. What others decided since is theirs: their decisions are never taken back from here. */
static bool undo_work(Deed *deed, Store *s, Err *err)
{
    Desk *d = deed->desk;
    int64_t group, newest;
    while ((group = pop_group(d, false))) {
        Err inner = {0};
        if (journal_undo_group(s, group, &deed->label, &deed->changed, &inner)) {
            push_group(d, true, group);
            return true;
        }
        if (inner.kind == ERR_MISSING) continue; /* somebody has taken it back already */
        if (inner.kind != ERR_CONFLICT) push_group(d, false, group);
        *err = inner;
        return false;
    }
    if (!journal_standing(s, d->opened_group, &group, err) ||
        !journal_standing(s, INT64_MAX, &newest, err))
        return false;
    if (!group)
        return err_set(err, ERR_MISSING,
                       newest ? "nothing to undo here: what was decided since is another's"
                              : "nothing to undo");
    if (!journal_undo_group(s, group, &deed->label, &deed->changed, err)) return false;
    push_group(d, true, group);
    return true;
}

static bool redo_work(Deed *deed, Store *s, Err *err)
{
    int64_t group = pop_group(deed->desk, true);
    if (!group) return journal_redo(s, &deed->label, &deed->changed, err); /* of before */
    if (!journal_redo_group(s, group, &deed->label, &deed->changed, err)) return false;
    push_group(deed->desk, false, group);
    return true;
}

static bool turn_work(void *data, const Env *env, Err *err)
{
    Deed *deed = data;
    return deed->undo ? undo_work(deed, env->store, err) : redo_work(deed, env->store, err);
}

static void deed_done(void *data, const Err *err)
{
    Deed *deed = data;
    const char *label = deed->label ? deed->label : "";
    if (deed->done) deed->done(deed->context, label, deed->changed, err);
}

static void deed_release(void *data)
{
    Deed *deed = data;
    arena_release(&deed->texts);
    free(deed->decisions);
    free(deed->label);
    free(deed);
}

static void ask(Desk *d, Deed *deed, bool (*work)(void *data, const Env *env, Err *err))
{
    desk_ask(d, LANE_WRITE,
             &(Inquiry){.slot = deed->context,
                        .work = work,
                        .done = deed_done,
                        .release = deed_release,
                        .data = deed});
}

void desk_decide(Desk *d, const Decision *decisions, size_t count, const char *label, Decided *done,
                 void *context)
{
    Deed *deed = mem_zero(1, sizeof *deed);
    *deed = (Deed){.count = count, .label = mem_strdup(label), .done = done, .context = context};
    deed->decisions = mem_zero(count, sizeof *decisions);
    for (size_t i = 0; i < count; i++) {
        const Decision *from = &decisions[i];
        deed->decisions[i] = (Decision){.subject = arena_strdup(&deed->texts, from->subject),
                                        .subject_id = from->subject_id,
                                        .other_id = from->other_id,
                                        .value = arena_strdup(&deed->texts, from->value),
                                        .why = arena_strdup(&deed->texts, from->why),
                                        .context = arena_strdup(&deed->texts, from->context)};
    }
    ask(d, deed, decide_work);
}

static void turn(Desk *d, bool undo, Decided *done, void *context)
{
    Deed *deed = mem_zero(1, sizeof *deed);
    *deed = (Deed){.desk = d, .undo = undo, .done = done, .context = context};
    ask(d, deed, turn_work);
}

void desk_undo(Desk *d, Decided *done, void *context)
{
    turn(d, true, done, context);
}

void desk_redo(Desk *d, Decided *done, void *context)
{
    turn(d, false, done, context);
}
