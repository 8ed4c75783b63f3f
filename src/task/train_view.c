#include "task/train_view.h"

#include <stdlib.h>
#include <string.h>

#include "store/corpus.h"

static bool find_rows(TrainView *v, const TrainSet *s, size_t chunks, Err *err)
{
    v->view_row = mem_zero(chunks + 1, sizeof *v->view_row);
    v->set_row = mem_zero(chunks + 1, sizeof *v->set_row);
    for (size_t c = 0; c < chunks; c++) {
        size_t low = 0, high = v->view.count;
        while (low < high) {
            size_t mid = low + (high - low) / 2;
            if (v->view.ids[mid] < s->chunk_id[c])
                low = mid + 1;
            else
                high = mid;
        }
        if (low == v->view.count || v->view.ids[low] != s->chunk_id[c])
            return err_set(err, ERR_CONFLICT,
                           "a chunk of the run is gone: start it again with --replace");
        v->view_row[c] = (uint32_t)low;
        v->set_row[low] = (uint32_t)c;
    }
    return true;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

bool train_view_read(const Env *env, const TrainSet *s, size_t chunks, TrainView *ret, Err *err)
{
    ChunkRows rows = {0};
    TrainView v = {0};
    int64_t *ids = mem_alloc((chunks + 1) * sizeof *ids);
    memcpy(ids, s->chunk_id, chunks * sizeof *ids);
    qsort(ids, chunks, sizeof *ids, by_id);
    ChunkQuery query = {.statuses = (1 << CHUNK_STATUS_COUNT) - 1, .ids = ids, .id_count = chunks};
    bool ok = chunks_load(env->store, &query, &rows, err);
    if (ok) corpus_view_chunks(&rows, &v.view);
    rows_release(&rows);
    free(ids);
    if (ok && find_rows(&v, s, chunks, err)) {
        *ret = v;
        return true;
    }
    train_view_release(&v);
    return false;
}

void train_view_release(TrainView *v)
{
    corpus_view_release(&v->view);
    free(v->view_row);
    free(v->set_row);
    *v = (TrainView){0};
}
