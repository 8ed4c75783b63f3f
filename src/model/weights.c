#include "model/weights.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "model/config.h"

/* One file with tensors. */
typedef struct Part {
    Safetensors *safetensors;
} Part;

struct Weights {
    VEC(Part) parts;
    VEC(TensorView) tensors;
    Map *numbers;
};

static bool add_tensor(Weights *w, TensorView t, Err *err)
{
    if (!map_put(w->numbers, t.name, strlen(t.name), (uint32_t)w->tensors.count))
        return err_set(err, ERR_FORMAT, "'%.200s' stands in the model twice", t.name);
    vec_push(&w->tensors, t);
    return true;
}

static bool open_part(Weights *w, const char *folder, const char *name, Part *ret, Err *err)
{
    char *path = str_format("%s/%s", folder, name);
    Part part = {0};
    bool ok = safetensors_open(path, &part.safetensors, err);
    if (ok) {
        vec_push(&w->parts, part);
        *ret = part;
    }
    free(path);
    return ok;
}

static bool open_single(Weights *w, const char *folder, const char *name, Err *err)
{
    Part part;
    bool ok = open_part(w, folder, name, &part, err);
    for (size_t i = 0; ok && i < safetensors_count(part.safetensors); i++)
        ok = add_tensor(w, safetensors_at(part.safetensors, i), err);
    return ok;
}

bool weights_open(const char *folder, Weights **ret, Err *err)
{
    Weights *w = mem_zero(1, sizeof *w);
    w->numbers = map_new();
    if (!open_single(w, folder, "model.safetensors", err)) {
        weights_close(w);
        return false;
    }
    *ret = w;
    return true;
}

void weights_close(Weights *w)
{
    if (!w) return;
    for (size_t i = 0; i < w->parts.count; i++) safetensors_close(w->parts.items[i].safetensors);
    vec_release(&w->parts);
    vec_release(&w->tensors);
    map_free(w->numbers);
    free(w);
}

size_t weights_count(const Weights *w)
{
    return w->tensors.count;
}

TensorView weights_at(const Weights *w, size_t i)
{
    return w->tensors.items[i];
}

bool weights_find(const Weights *w, const char *name, TensorView *ret)
{
    uint32_t at = map_get(w->numbers, name, strlen(name));
    if (at == MAP_NONE) return false;
    *ret = w->tensors.items[at];
    return true;
}

size_t weights_bytes(const Weights *w)
{
    return w->tensors.capacity * sizeof *w->tensors.items;
}
