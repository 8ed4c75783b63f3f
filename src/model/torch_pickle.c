#include "model/torch_pickle.h"

#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "model/safetensors.h"

#define VALUES_MAX 1000000
#define MEMO_MAX 1000000
#define NAME_MAX_BYTES 4096

typedef enum ValueKind {
    VALUE_NONE,
    VALUE_MARK,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_TEXT,
    VALUE_TUPLE,
    VALUE_DICT,
    VALUE_GLOBAL,
    VALUE_STORAGE,
    VALUE_TENSOR
} ValueKind;

typedef enum Global {
    GLOBAL_ORDERED_DICT,
    GLOBAL_REBUILD_TENSOR,
    GLOBAL_REBUILD_PARAMETER,
    GLOBAL_STORAGE
} Global;

typedef struct Value Value;

typedef VEC(Value *) Values;

struct Value {
    ValueKind kind;
    int64_t number;      /* of VALUE_INT, VALUE_BOOL; the Global of VALUE_GLOBAL */
    StorageKind storage; /* of VALUE_STORAGE and of GLOBAL_STORAGE */
    const char *text;
    Values items; /* of VALUE_TUPLE; keys and values in turn of VALUE_DICT */
    PickledTensor tensor;
};

typedef struct Machine {
    const unsigned char *bytes;
    size_t size, at;
    Arena *arena;
    Values stack, memo, all; /* all: every value, for the end */
} Machine;

/* The names that may stand in a checkpoint. */
static const struct {
    const char *module, *name;
    Global global;
    StorageKind storage;
} KNOWN[] = {
    {"collections", "OrderedDict", GLOBAL_ORDERED_DICT, 0},
    {"torch._utils", "_rebuild_tensor_v2", GLOBAL_REBUILD_TENSOR, 0},
    {"torch._utils", "_rebuild_parameter", GLOBAL_REBUILD_PARAMETER, 0},
    {"torch.nn.parameter", "Parameter", GLOBAL_REBUILD_PARAMETER, 0},
    {"torch", "FloatStorage", GLOBAL_STORAGE, STORAGE_FLOAT},
    {"torch", "HalfStorage", GLOBAL_STORAGE, STORAGE_HALF},
    {"torch", "BFloat16Storage", GLOBAL_STORAGE, STORAGE_BFLOAT16},
    {"torch", "DoubleStorage", GLOBAL_STORAGE, STORAGE_DOUBLE},
    {"torch", "LongStorage", GLOBAL_STORAGE, STORAGE_LONG},
    {"torch", "IntStorage", GLOBAL_STORAGE, STORAGE_INT},
    {"torch", "ShortStorage", GLOBAL_STORAGE, STORAGE_SHORT},
    {"torch", "CharStorage", GLOBAL_STORAGE, STORAGE_BYTE},
    {"torch", "ByteStorage", GLOBAL_STORAGE, STORAGE_BYTE},
    {"torch", "BoolStorage", GLOBAL_STORAGE, STORAGE_BYTE},
};

static bool cut_off(Err *err)
{
    return err_set(err, ERR_FORMAT, "the pickle is cut off or malformed");
}

static bool push(Machine *m, Value v, Err *err)
{
    if (m->all.count >= VALUES_MAX)
        return err_set(err, ERR_LIMIT, "the pickle holds more than %d values", VALUES_MAX);
    Value *kept = arena_alloc(m->arena, sizeof *kept);
    *kept = v;
    vec_push(&m->all, kept);
    vec_push(&m->stack, kept);
    return true;
}

static Value *pop(Machine *m)
{
    return m->stack.count ? m->stack.items[--m->stack.count] : NULL;
}

static Value *top(const Machine *m)
{
    return m->stack.count ? m->stack.items[m->stack.count - 1] : NULL;
}

/* Everything above the last mark, and the mark itself, comes off the stack. */
static bool pop_mark(Machine *m, Values *out)
{
    size_t mark = m->stack.count;
    while (mark > 0 && m->stack.items[mark - 1]->kind != VALUE_MARK) mark--;
    if (mark == 0) return false;
    for (size_t i = mark; i < m->stack.count; i++) vec_push(out, m->stack.items[i]);
    m->stack.count = mark - 1;
    return true;
}

static bool take(Machine *m, size_t n, uint64_t *ret)
{
    if (n > m->size - m->at) return false;
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++) v |= (uint64_t)m->bytes[m->at + i] << (8 * i);
    m->at += n;
    *ret = v;
    return true;
}

static bool take_text(Machine *m, uint64_t size, const char **ret)
{
    if (size > NAME_MAX_BYTES || size > m->size - m->at) return false;
    if (memchr(m->bytes + m->at, 0, (size_t)size)) return false; /* it would hide what follows */
    *ret = arena_strndup(m->arena, (const char *)m->bytes + m->at, (size_t)size);
    m->at += (size_t)size;
    return true;
}

static bool take_line(Machine *m, const char **ret)
{
    const unsigned char *end = memchr(m->bytes + m->at, '\n', m->size - m->at);
    if (!end || !take_text(m, (uint64_t)(end - (m->bytes + m->at)), ret)) return false;
    m->at++;
    return true;
}

static bool op_global(Machine *m, Err *err)
{
    const char *module, *name;
    if (!take_line(m, &module) || !take_line(m, &name)) return cut_off(err);
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
        if (strcmp(module, KNOWN[i].module) == 0 && strcmp(name, KNOWN[i].name) == 0) {
            return push(m,
                        (Value){.kind = VALUE_GLOBAL,
                                .number = KNOWN[i].global,
                                .storage = KNOWN[i].storage},
                        err);
        }
    }
    return err_set(
        err, ERR_FORMAT,
        "the pickle asks for %.100s.%.100s, which a plain checkpoint does not need: refused",
        module, name);
}

static bool push_tuple(Machine *m, size_t count, Err *err)
{
    Value v = {.kind = VALUE_TUPLE};
    if (count > m->stack.count) return cut_off(err);
    for (size_t i = m->stack.count - count; i < m->stack.count; i++)
        vec_push(&v.items, m->stack.items[i]);
    m->stack.count -= count;
    if (push(m, v, err)) return true;
    vec_release(&v.items);
    return false;
}

static bool op_tuple(Machine *m, Err *err)
{
    Value v = {.kind = VALUE_TUPLE};
    bool ok = pop_mark(m, &v.items) || cut_off(err);
    ok = ok && push(m, v, err);
    if (!ok) vec_release(&v.items);
    return ok;
}

/* ('storage', torch.FloatStorage, '0', 'cpu', numel) */
static bool op_storage(Machine *m, Err *err)
{
    const Value *id = pop(m);
    if (!id || id->kind != VALUE_TUPLE || id->items.count < 5 ||
        id->items.items[1]->kind != VALUE_GLOBAL || id->items.items[1]->number != GLOBAL_STORAGE ||
        id->items.items[2]->kind != VALUE_TEXT) {
        return cut_off(err);
    }
    return push(m,
                (Value){.kind = VALUE_STORAGE,
                        .storage = id->items.items[1]->storage,
                        .text = id->items.items[2]->text},
                err);
}

static bool read_numbers(const Value *tuple, uint64_t out[TORCH_DIMS_MAX], size_t *ret_count)
{
    if (tuple->kind != VALUE_TUPLE || tuple->items.count > TORCH_DIMS_MAX) return false;
    for (size_t i = 0; i < tuple->items.count; i++) {
        const Value *v = tuple->items.items[i];
        if (v->kind != VALUE_INT || v->number < 0) return false;
        out[i] = (uint64_t)v->number;
    }
    *ret_count = tuple->items.count;
    return true;
}

/* _rebuild_tensor_v2(storage, offset, shape, stride, requires_grad, hooks) */
static bool rebuild_tensor(Machine *m, const Value *arguments, Err *err)
{
    Value *const *a = arguments->items.items;
    PickledTensor t = {0};
    size_t strides;
    if (arguments->items.count < 4 || a[0]->kind != VALUE_STORAGE || a[1]->kind != VALUE_INT ||
        a[1]->number < 0 || !read_numbers(a[2], t.shape, &t.dims) ||
        !read_numbers(a[3], t.stride, &strides) || strides != t.dims) {
        return err_set(err, ERR_FORMAT,
                       "a tensor of the pickle is described in a way that is not supported");
    }
    t.kind = a[0]->storage;
    t.storage = a[0]->text;
    t.offset = (uint64_t)a[1]->number;
    return push(m, (Value){.kind = VALUE_TENSOR, .tensor = t}, err);
}

static bool op_reduce(Machine *m, Err *err)
{
    const Value *arguments = pop(m), *function = pop(m);
    if (!arguments || !function || function->kind != VALUE_GLOBAL || arguments->kind != VALUE_TUPLE)
        return cut_off(err);
    switch ((Global)function->number) {
    case GLOBAL_ORDERED_DICT:
        return push(m, (Value){.kind = VALUE_DICT}, err);
    case GLOBAL_REBUILD_TENSOR:
        return rebuild_tensor(m, arguments, err);
    case GLOBAL_REBUILD_PARAMETER:
        if (arguments->items.count == 0 || arguments->items.items[0]->kind != VALUE_TENSOR)
            return cut_off(err);
        return push(m, (Value){.kind = VALUE_TENSOR, .tensor = arguments->items.items[0]->tensor},
                    err);
    case GLOBAL_STORAGE:
        break;
    }
    return cut_off(err);
}

static bool set_items(Machine *m, const Values *pairs, Err *err)
{
    Value *dict = top(m);
    if (!dict || dict->kind != VALUE_DICT || pairs->count % 2) return cut_off(err);
    for (size_t i = 0; i < pairs->count; i++) vec_push(&dict->items, pairs->items[i]);
    return true;
}

static bool op_set_items(Machine *m, bool one, Err *err)
{
    Values pairs = {0};
    bool ok;
    if (one) {
        Value *value = pop(m), *key = pop(m);
        ok = value && key;
        if (ok) {
            vec_push(&pairs, key);
            vec_push(&pairs, value);
        }
    } else {
        ok = pop_mark(m, &pairs);
    }
    ok = ok ? set_items(m, &pairs, err) : cut_off(err);
    vec_release(&pairs);
    return ok;
}

static bool memo_put(Machine *m, uint64_t at, Err *err)
{
    if (!top(m)) return cut_off(err);
    if (at >= MEMO_MAX)
        return err_set(err, ERR_LIMIT, "the pickle remembers more than %d values", MEMO_MAX);
    while (m->memo.count <= at) vec_push(&m->memo, NULL);
    m->memo.items[at] = top(m);
    return true;
}

static bool memo_get(Machine *m, uint64_t at, Err *err)
{
    if (at >= m->memo.count || !m->memo.items[at]) return cut_off(err);
    vec_push(&m->stack, m->memo.items[at]);
    return m->stack.count < VALUES_MAX ||
           err_set(err, ERR_LIMIT, "the pickle's stack grows past %d values", VALUES_MAX);
}

static bool push_int(Machine *m, size_t bytes, bool is_signed, Err *err)
{
    uint64_t v;
    if (!take(m, bytes, &v)) return cut_off(err);
    int64_t number = is_signed && bytes == 4 ? (int32_t)(uint32_t)v : (int64_t)v;
    return push(m, (Value){.kind = VALUE_INT, .number = number}, err);
}

static bool op_long(Machine *m, Err *err)
{
    uint64_t bytes, v = 0;
    if (!take(m, 1, &bytes) || bytes > 8 || !take(m, (size_t)bytes, &v)) return cut_off(err);
    bool negative = bytes > 0 && bytes < 8 && v >> (8 * bytes - 1);
    return push(m, (Value){.kind = VALUE_INT, .number = negative ? -1 : (int64_t)v}, err);
}

static bool op_text(Machine *m, Err *err)
{
    uint64_t size;
    Value v = {.kind = VALUE_TEXT};
    if (!take(m, 4, &size) || !take_text(m, size, &v.text)) return cut_off(err);
    return push(m, v, err);
}

/* One instruction; *ret_stop at the last. */
static bool step(Machine *m, bool *ret_stop, Err *err)
{
    uint64_t op, n;
    if (!take(m, 1, &op)) return cut_off(err);
    switch (op) {
    case 0x80:
        return take(m, 1, &n) && n <= 2
                   ? true
                   : err_set(err, ERR_FORMAT, "a pickle of protocol 2 is expected");
    case '.':
        *ret_stop = true;
        return true;
    case '(':
        return push(m, (Value){.kind = VALUE_MARK}, err);
    case ')':
        return push_tuple(m, 0, err);
    case 0x85:
        return push_tuple(m, 1, err);
    case 0x86:
        return push_tuple(m, 2, err);
    case 0x87:
        return push_tuple(m, 3, err);
    case 't':
        return op_tuple(m, err);
    case '}':
        return push(m, (Value){.kind = VALUE_DICT}, err);
    case 'N':
        return push(m, (Value){.kind = VALUE_NONE}, err);
    case 0x88:
        return push(m, (Value){.kind = VALUE_BOOL, .number = 1}, err);
    case 0x89:
        return push(m, (Value){.kind = VALUE_BOOL}, err);
    case 'J':
        return push_int(m, 4, true, err);
    case 'K':
        return push_int(m, 1, false, err);
    case 'M':
        return push_int(m, 2, false, err);
    case 0x8a:
        return op_long(m, err);
    case 'X':
        return op_text(m, err);
    case 'c':
        return op_global(m, err);
    case 'q':
        return take(m, 1, &n) ? memo_put(m, n, err) : cut_off(err);
    case 'r':
        return take(m, 4, &n) ? memo_put(m, n, err) : cut_off(err);
    case 'h':
        return take(m, 1, &n) ? memo_get(m, n, err) : cut_off(err);
    case 'j':
        return take(m, 4, &n) ? memo_get(m, n, err) : cut_off(err);
    case 'Q':
        return op_storage(m, err);
    case 'R':
        return op_reduce(m, err);
    case 's':
        return op_set_items(m, true, err);
    case 'u':
        return op_set_items(m, false, err);
    case 'b':
        return pop(m) && top(m)
                   ? true
                   : cut_off(err); /* attributes of the dict, as torch's _metadata: not needed */
    default:
        return err_set(err, ERR_FORMAT,
                       "the pickle uses the instruction 0x%02x, which a plain checkpoint does not "
                       "need: refused",
                       (unsigned)op);
    }
}

/* One entry of the dict; names: those met so far. */
static bool read_entry(const Value *key, const Value *value, Map *names, PickledTensors *ret,
                       Err *err)
{
    if (key->kind != VALUE_TEXT || !tensor_name_is_fine(key->text))
        return err_set(err, ERR_FORMAT,
                       "a name in the checkpoint is not a text, empty, too long or unprintable");
    if (value->kind != VALUE_TENSOR)
        return err_set(err, ERR_FORMAT,
                       "'%.200s' in the checkpoint is not a tensor: save the state dict alone",
                       key->text);
    if (!map_put(names, key->text, strlen(key->text), 0))
        return err_set(err, ERR_FORMAT, "'%.200s' stands in the checkpoint twice", key->text);
    PickledTensor t = value->tensor;
    t.name = key->text;
    vec_push(ret, t);
    return true;
}

/* The tensors of the dict that the pickle leaves behind. */
static bool read_dict(const Value *dict, PickledTensors *ret, Err *err)
{
    if (!dict || dict->kind != VALUE_DICT)
        return err_set(err, ERR_FORMAT, "the checkpoint is not a dictionary of tensors");
    Map *names = map_new();
    bool ok = true;
    for (size_t i = 0; ok && i + 1 < dict->items.count; i += 2)
        ok = read_entry(dict->items.items[i], dict->items.items[i + 1], names, ret, err);
    map_free(names);
    return ok;
}

bool torch_pickle(const char *bytes, size_t size, Arena *arena, PickledTensors *ret, Err *err)
{
    Machine m = {.bytes = (const unsigned char *)bytes, .size = size, .arena = arena};
    bool stop = false, ok = true;
    while (ok && !stop) ok = step(&m, &stop, err);
    ok = ok && read_dict(top(&m), ret, err);
    for (size_t i = 0; i < m.all.count; i++) vec_release(&m.all.items[i]->items);
    vec_release(&m.all);
    vec_release(&m.stack);
    vec_release(&m.memo);
    return ok;
}
