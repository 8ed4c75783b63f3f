#include "app/edits.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "task/curate.h"

typedef struct Edit {
    char *text;
    int64_t *ids;
    size_t count, at;
    int64_t made;
    Edited *done;
    void *context;
} Edit;

static bool add(void *data, const Env *env, Err *err)
{
    Edit *e = data;
    return curate_question_add(env, e->text, e->ids[0], SPLIT_NONE, &e->made, err);
}

static bool join(void *data, const Env *env, Err *err)
{
    Edit *e = data;
    return curate_chunk_join(env, e->ids, e->count, &e->made, err);
}

static bool cut(void *data, const Env *env, Err *err)
{
    Edit *e = data;
    int64_t parts[2];
    if (!curate_chunk_split(env, e->ids[0], e->at, parts, err)) return false;
    e->made = parts[0];
    return true;
}

static void done(void *data, const Err *err)
{
    Edit *e = data;
    if (e->done) e->done(e->context, e->made, err);
}

static void release(void *data)
{
    Edit *e = data;
    free(e->text);
    free(e->ids);
    free(e);
}

static void ask(Desk *d, bool (*work)(void *, const Env *, Err *), const int64_t *ids, size_t count,
                const char *text, size_t at, Edited *callback, void *context)
{
    Edit *e = mem_zero(1, sizeof *e);
    *e = (Edit){
        .text = mem_strdup(text), .count = count, .at = at, .done = callback, .context = context};
    e->ids = mem_zero(count, sizeof *e->ids);
    memcpy(e->ids, ids, count * sizeof *ids);
    Inquiry q = {.work = work, .done = done, .release = release, .data = e};
    desk_ask(d, LANE_WRITE, &q);
}

void edit_question_add(Desk *d, const char *text, int64_t chunk_id, Edited *callback, void *context)
{
    ask(d, add, &chunk_id, 1, text, 0, callback, context);
}

void edit_chunk_join(Desk *d, const int64_t *ids, size_t count, Edited *callback, void *context)
{
    ask(d, join, ids, count, NULL, 0, callback, context);
}

void edit_chunk_cut(Desk *d, int64_t chunk_id, size_t at, Edited *callback, void *context)
{
    ask(d, cut, &chunk_id, 1, NULL, at, callback, context);
}
