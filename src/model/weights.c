#include "model/weights.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/map.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "model/config.h"
#include "model/torch.h"

#define SHARDS_MAX 1000

/* One file with tensors, of one kind or the other. */
typedef struct Part {
    char *name; /* in its folder */
    Safetensors *safetensors;
    TorchViews *torch;
    Map *numbers; /* of its tensors by name; NULL: safetensors finds them itself */
} Part;

struct Weights {
    VEC(Part) parts;
    VEC(TensorView) tensors;
    Map *numbers;
};

/* The files of a model, in the order in which they are looked for. */
static const struct {
    const char *name;
    bool index; /* says which shards hold what */
    bool torch;
} SOURCES[] = {
    {"model.safetensors", false, false},
    {"model.safetensors.index.json", true, false},
    {"pytorch_model.bin", false, true},
    {"pytorch_model.bin.index.json", true, true},
};

/* ---- one file ---- */

static size_t part_count(const Part *p)
{
    return p->torch ? torch_count(p->torch) : safetensors_count(p->safetensors);
}

static TensorView part_at(const Part *p, size_t i)
{
    return p->torch ? torch_at(p->torch, i) : safetensors_at(p->safetensors, i);
}

static bool part_find(const Part *p, const char *name, TensorView *ret)
{
    if (p->safetensors) return safetensors_find(p->safetensors, name, ret);
    uint32_t at = map_get(p->numbers, name, strlen(name));
    if (at == MAP_NONE) return false;
    *ret = torch_at(p->torch, at);
    return true;
}

/* The part is of the weights even when it cannot be opened. */
static Part *open_part(Weights *w, const char *folder, const char *name, bool torch, Err *err)
{
    char *path = str_format("%s/%s", folder, name);
    vec_push(&w->parts, (Part){.name = mem_strdup(name)});
    Part *p = &w->parts.items[w->parts.count - 1];
    bool ok =
        torch ? torch_open(path, &p->torch, err) : safetensors_open(path, &p->safetensors, err);
    free(path);
    if (ok && torch) {
        p->numbers = map_new();
        for (size_t i = 0; i < torch_count(p->torch); i++) {
            const char *tensor = torch_at(p->torch, i).name;
            map_put(p->numbers, tensor, strlen(tensor), (uint32_t)i);
        }
    }
    return ok ? p : NULL;
}

static bool add_tensor(Weights *w, TensorView t, Err *err)
{
    if (!map_put(w->numbers, t.name, strlen(t.name), (uint32_t)w->tensors.count))
        return err_set(err, ERR_FORMAT, "'%.200s' stands in the model twice", t.name);
    vec_push(&w->tensors, t);
    return true;
}

static bool open_single(Weights *w, const char *folder, const char *name, bool torch, Err *err)
{
    const Part *p = open_part(w, folder, name, torch, err);
    bool ok = p != NULL;
    for (size_t i = 0; ok && i < part_count(p); i++) ok = add_tensor(w, part_at(p, i), err);
    return ok;
}

/* ---- shards ---- */

/* The name of a file in the same folder, of the kind that is expected. */
static bool is_shard(const char *name, const char *suffix)
{
    size_t size = strlen(name);
    if (size > 255 || name[0] == '.' || strpbrk(name, "/\\") || !str_ends(name, suffix))
        return false;
    for (size_t at = 0; at < size;) {
        uint32_t code;
        at += utf8_next(name + at, size - at, &code);
        if (utf8_is_active(code)) return false;
    }
    return true;
}

static Part *find_shard(Weights *w, const char *folder, const char *name, bool torch, Err *err)
{
    for (size_t i = w->parts.count; i-- > 0;) {
        if (strcmp(w->parts.items[i].name, name) == 0) return &w->parts.items[i];
    }
    if (w->parts.count == SHARDS_MAX) {
        err_set(err, ERR_LIMIT, "more than %d shards", SHARDS_MAX);
        return NULL;
    }
    Err why = {0};
    Part *p = open_part(w, folder, name, torch, &why);
    if (!p && why.kind == ERR_MISSING)
        err_set(err, ERR_MISSING, "the shard %s is not there; download the model again", name);
    else if (!p)
        err_set(err, why.kind, "%s", why.message);
    return p;
}

static bool add_mapped(Weights *w, const char *folder, const cJSON *entry, bool torch, Err *err)
{
    TensorView t;
    const char *shard = cJSON_IsString(entry) ? entry->valuestring : "";
    if (!is_shard(shard, torch ? ".bin" : ".safetensors"))
        return err_set(err, ERR_FORMAT,
                       "'%.200s' is said to be in '%.200s', which is no shard's name",
                       entry->string, shard);
    const Part *p = find_shard(w, folder, shard, torch, err);
    if (!p) return false;
    if (!part_find(p, entry->string, &t))
        return err_set(err, ERR_FORMAT, "'%.200s' is not in %s, where it should be", entry->string,
                       shard);
    return add_tensor(w, t, err);
}

static bool open_shards(Weights *w, const char *folder, const char *name, bool torch, Err *err)
{
    cJSON *json = config_read(folder, name, NULL, err);
    if (!json) return false;
    const cJSON *map = config_get((Config){json, name}, "weight_map"), *entry;
    bool ok = (cJSON_IsObject(map) && map->child) ||
              err_set(err, ERR_FORMAT, "there is no \"weight_map\" in it");
    cJSON_ArrayForEach(entry, map)
    {
        if (!ok) break;
        ok = add_mapped(w, folder, entry, torch, err);
    }
    cJSON_Delete(json);
    return ok || err_prefix(err, "%s/%s", folder, name);
}

/* ---- the whole ---- */

static bool exists(const char *folder, const char *name)
{
    char *path = str_format("%s/%s", folder, name);
    FileInfo info;
    bool is = file_info(path, &info, NULL);
    free(path);
    return is;
}

bool weights_open(const char *folder, Weights **ret, Err *err)
{
    size_t i = 0, count = sizeof SOURCES / sizeof *SOURCES;
    while (i < count && !exists(folder, SOURCES[i].name)) i++;
    if (i == count)
        return err_set(err, ERR_MISSING, "%s: no weights here; looked for %s, %s, %s and %s",
                       folder, SOURCES[0].name, SOURCES[1].name, SOURCES[2].name, SOURCES[3].name);
    Weights *w = mem_zero(1, sizeof *w);
    w->numbers = map_new();
    bool ok = SOURCES[i].index ? open_shards(w, folder, SOURCES[i].name, SOURCES[i].torch, err)
                               : open_single(w, folder, SOURCES[i].name, SOURCES[i].torch, err);
    if (ok)
        *ret = w;
    else
        weights_close(w);
    return ok;
}

void weights_close(Weights *w)
{
    if (!w) return;
    for (size_t i = 0; i < w->parts.count; i++) {
        Part *p = &w->parts.items[i];
        safetensors_close(p->safetensors);
        torch_close(p->torch);
        map_free(p->numbers);
        free(p->name);
    }
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

void weights_forget(const Weights *w, const TensorView *t)
{
    for (size_t i = 0; i < w->parts.count; i++) {
        const Part *p = &w->parts.items[i];
        if (p->safetensors) safetensors_forget(p->safetensors, t);
        if (p->torch) torch_forget(p->torch, t);
    }
}

size_t weights_bytes(const Weights *w)
{
    size_t bytes = w->tensors.capacity * sizeof *w->tensors.items;
    for (size_t i = 0; i < w->parts.count; i++) {
        const Part *p = &w->parts.items[i];
        bytes += p->torch ? torch_bytes(p->torch)
                          : safetensors_count(p->safetensors) * sizeof(TensorView);
    }
    return bytes;
}
