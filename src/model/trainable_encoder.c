/* Model folders as trainables: the whole encoder ("full"), or low-rank changes of its linear maps
 * beside fixed weights ("lora"). */
#include "model/trainable_encoder.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/embedder_bert.h"
#include "model/lsa.h"
#include "model/model_write.h"
#include "model/trainable_kinds.h"

#define FULL_METHOD "full"
#define LORA_METHOD "lora"
#define LORA_RANK 16
#define TOKENIZER_GRAIN 64 /* texts */
#define WRITING_BYTES ((size_t)1 << 20)

/* Activations that a batch keeps unless a mini-batch is named: so many bytes, or as many as the
 * parameters that are trained take. */
#define ROOM_BYTES ((size_t)1 << 30)

const TrainableDefaults *encoder_trainable_method(const char *method)
{
    static const TrainableDefaults FULL = {.epochs = 3, .batch = 32, .lr = 2e-5},
                                   LORA = {.epochs = 4, .batch = 32, .lr = 2e-4};
    if (strcmp(method, FULL_METHOD) == 0) return &FULL;
    return strcmp(method, LORA_METHOD) == 0 ? &LORA : NULL;
}

static void list(Str *out)
{
    str_add(out, " " LORA_METHOD " " FULL_METHOD);
}

static bool fits(const Env *env, const char *embedder)
{
    return !LSA_OPS.claims(env, embedder) && BERT_OPS.claims(env, embedder);
}

/* ---- tokens ---- */

typedef struct Tokenizing {
    const ModelFolder *folder;
    const Tokenizer *tokenizer;
    Role role;
    const char *const *texts;
    TokenBatch *part; /* one for each range of texts */
} Tokenizing;

static void tokenize_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Tokenizing *job = context;
    TokenBatch *part = &job->part[first / TOKENIZER_GRAIN];
    for (size_t i = first; i < end; i++)
        sentence_tokens(job->folder, job->tokenizer, job->role, job->texts[i], part);
}

static void append(TokenBatch *to, const TokenBatch *part)
{
    uint32_t base = (uint32_t)to->ids.count;
    vec_reserve(&to->ids, to->ids.count + part->ids.count);
    memcpy(to->ids.items + base, part->ids.items, part->ids.count * sizeof *part->ids.items);
    to->ids.count += part->ids.count;
    for (size_t i = 0; i < part->skipped.count; i++) {
        vec_push(&to->skipped, part->skipped.items[i]);
        vec_push(&to->offset, base + part->offset.items[i + 1]);
    }
}

/* The texts of a side in one batch of tokens. */
static bool tokenize(Pool *pool, Sentence *s, Role role, const char *const *texts, size_t count,
                     TokenBatch *ret, Err *err)
{
    size_t parts = (count + TOKENIZER_GRAIN - 1) / TOKENIZER_GRAIN, total = 0;
    TokenBatch *part = mem_zero(parts + 1, sizeof *part);
    Tokenizing job = {sentence_folder(s), sentence_tokenizer(s), role, texts, part};
    pool_range(pool, count, TOKENIZER_GRAIN, tokenize_range, &job);
    for (size_t i = 0; i < parts; i++) total += part[i].ids.count;
    bool ok = total < UINT32_MAX;
    vec_push(&ret->offset, 0);
    for (size_t i = 0; i < parts; i++) {
        if (ok) append(ret, &part[i]);
        token_batch_release(&part[i]);
    }
    free(part);
    return ok || err_set(err, ERR_LIMIT, "%zu tokens are more than a run can take", total);
}

static int longest_first(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    return (*x < *y) - (*x > *y);
}

/* Tokens of the longest rows of a side, and of its longest. */
static size_t longest_tokens(const EncoderTrainable *t, Role role, size_t rows, size_t *ret_longest)
{
    size_t count = t->side[role].skipped.count, sum = 0;
    size_t *tokens = mem_zero(count + 1, sizeof *tokens);
    for (size_t i = 0; i < count; i++) tokens[i] = encoder_pass_tokens(&t->base, role, (uint32_t)i);
    qsort(tokens, count, sizeof *tokens, longest_first);
    for (size_t i = 0; i < count && i < rows; i++) sum += tokens[i];
    if (tokens[0] > *ret_longest) *ret_longest = tokens[0];
    free(tokens);
    return sum;
}

/* ---- which parameters ---- */

static bool frozen_layers(const TrainableWanted *w, const EncoderShape *s, int *ret, Err *err)
{
    char *end = NULL;
    *ret = -2; /* nothing */
    if (!w->freeze) return true;
    if (strcmp(w->freeze, "embeddings") == 0) {
        *ret = -1;
        return true;
    }
    long layers = strtol(w->freeze, &end, 10);
    if (end == w->freeze || *end || layers < 0 || (size_t)layers >= s->L)
        return err_set(err, ERR_USAGE,
                       "--freeze takes \"embeddings\" or a number of lower layers below %zu, not "
                       "'%s'",
                       s->L, w->freeze);
    *ret = (int)layers - 1;
    return true;
}

/* The first parameter above the frozen layers, and where weight decay applies from there on. */
static void choose_parameters(EncoderTrainable *t, int frozen)
{
    EncoderTensor *tensors;
    size_t count = encoder_tensors(&t->shape, &tensors);
    t->decayed = mem_zero(count + DENSE_MAX + HEAD_TENSORS, sizeof *t->decayed);
    t->first = frozen < -1 ? 0 : SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if (tensors[i].layer > frozen && t->first == SIZE_MAX) t->first = tensors[i].at;
        if (tensors[i].layer <= frozen || !tensors[i].decayed) continue;
        size_t at = tensors[i].at - t->first, end = at + tensors[i].rows * tensors[i].columns;
        if (t->base.ranges && t->decayed[t->base.ranges - 1].end == at)
            t->decayed[t->base.ranges - 1].end = end;
        else
            t->decayed[t->base.ranges++] = (ParameterRange){at, end};
    }
    size_t at = t->encoder_floats - t->first;
    for (size_t i = 0; t->head && i < HEAD_TENSORS; i++) {
        const EncoderTensor *of_head = &t->head->tensors[i];
        size_t first = at + of_head->at;
        if (of_head->decayed)
            t->decayed[t->base.ranges++] =
                (ParameterRange){first, first + of_head->rows * of_head->columns};
    }
    for (size_t i = 0; i < t->folder.dense_count; i++) {
        const DenseInfo *d = &t->folder.dense[i];
        t->decayed[t->base.ranges++] = (ParameterRange){at, at + d->in * d->out};
        at += d->in * d->out + (d->bias ? d->out : 0);
    }
    free(tensors);
}

static bool full_parameters(EncoderTrainable *t, const TrainableWanted *w, Err *err)
{
    int frozen;
    if (!frozen_layers(w, &t->shape, &frozen, err)) return false;
    choose_parameters(t, frozen);
    t->base.p = t->block + t->first;
    t->base.count = t->encoder_floats + t->dense_floats - t->first;
    t->base.g = mem_tensor(1, t->base.count, "the gradients", err);
    if (t->base.g) t->dense_g = t->base.g + (t->encoder_floats - t->first);
    return t->base.g != NULL;
}

static bool lora_parameters_of(EncoderTrainable *t, const TrainableWanted *w, Err *err)
{
    if (w->freeze)
        return err_set(err, ERR_USAGE,
                       "method 'lora' leaves the model's own parameters as they are: --freeze goes "
                       "with --method full");
    size_t rank = w->rank ? w->rank : LORA_RANK;
    if (rank > t->shape.D)
        return err_set(err, ERR_USAGE, "a rank of %zu is more than the model's %zu dimensions",
                       rank, t->shape.D);
    t->lora = (Lora){.rank = rank, .alpha = w->alpha > 0 ? w->alpha : 2 * (float)rank};
    t->base.count = lora_parameters(&t->shape, rank);
    t->decayed = mem_zero(1, sizeof *t->decayed);
    t->decayed[0] = (ParameterRange){0, t->base.count};
    t->base.ranges = 1;
    t->owns_dense_g = true;
    if (!(t->base.p = mem_tensor(1, t->base.count, "the parameters", err)) ||
        !(t->base.g = mem_tensor(1, t->base.count, "the gradients", err)) ||
        !(t->dense_g = mem_tensor(1, t->dense_floats, "the gradients", err)))
        return false;
    t->lora.p = t->base.p;
    t->lora.g = t->base.g;
    return true;
}

/* ---- their start ---- */

static bool read_model(EncoderTrainable *t, Err *err)
{
    Weights *w = NULL;
    if (!weights_open(t->folder.encoder_path, &w, err)) return false;
    float *behind = t->block + t->encoder_floats;
    bool ok = encoder_read(&t->shape, w, t->block, err) &&
              (t->head ? cross_head_read(t->head, &t->shape, w, behind, err)
                       : dense_read(&t->folder, behind, err));
    weights_close(w);
    return ok;
}

bool encoder_trainable_restart(Trainable *base, Err *err)
{
    EncoderTrainable *t = (EncoderTrainable *)base;
    t->kept = SIZE_MAX;
    if (!t->lora.rank) return read_model(t, err);
    lora_start(&t->shape, t->lora.rank, t->seed, base->p);
    return true;
}

/* The linear maps of the layers again, which lora was merged into. */
static bool read_linear(EncoderTrainable *t, Err *err)
{
    Weights *w = NULL;
    if (!weights_open(t->folder.encoder_path, &w, err)) return false;
    EncoderTensor *tensors;
    size_t count = encoder_tensors(&t->shape, &tensors);
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        if (tensors[i].layer >= 0 && tensors[i].columns)
            ok = encoder_read_tensor(&t->shape, w, &tensors[i], t->block + tensors[i].at, err);
    free(tensors);
    weights_close(w);
    return ok;
}

/* ---- files and memory ---- */

bool encoder_trainable_write(Trainable *base, const char *folder, Err *err)
{
    EncoderTrainable *t = (EncoderTrainable *)base;
    t->kept = SIZE_MAX;
    if (t->lora.rank) lora_merge(&t->shape, &t->lora, t->block);
    bool ok = model_folder_write(&t->folder, t->block, t->block + t->encoder_floats, folder, err);
    return (!t->lora.rank || read_linear(t, err)) && ok;
}

/* Tensors are converted in pieces on their way to the file; lora's come back one by one from the
 * mapped file. */
size_t encoder_trainable_write_bytes(const Trainable *base)
{
    const EncoderTrainable *t = (const EncoderTrainable *)base;
    size_t largest = t->shape.D * t->shape.F * sizeof(float);
    return WRITING_BYTES + (t->lora.rank ? largest : 0);
}

static size_t tokens_bytes(const EncoderTrainable *t)
{
    size_t bytes = 0;
    for (int side = 0; side < 2; side++) {
        const TokenBatch *b = &t->side[side];
        bytes += (b->ids.count + b->offset.count + b->skipped.count) * sizeof(uint32_t);
    }
    return bytes;
}

static size_t model_bytes(const EncoderTrainable *t)
{
    return sizeof *t + tokens_bytes(t) + (t->encoder_floats + t->dense_floats) * sizeof(float);
}

size_t encoder_trainable_bytes(const EncoderTrainable *t)
{
    const Trainable *base = &t->base;
    size_t own = t->lora.rank ? 2 * base->count + t->dense_floats : base->count;
    return model_bytes(t) + own * sizeof(float) + encoder_bytes(t->encoder) +
           encoder_room_bytes(&t->shape, t->room_tokens, true, pool_threads(base->pool));
}

static size_t bytes(const Trainable *base)
{
    const EncoderTrainable *t = (const EncoderTrainable *)base;
    return encoder_trainable_bytes(t) + piece_bytes(t);
}

size_t encoder_trainable_open_bytes(const Trainable *base)
{
    const EncoderTrainable *t = (const EncoderTrainable *)base;
    return model_bytes(t) + t->shape.V * t->shape.D * sizeof(float); /* the largest tensor twice */
}

size_t encoder_trainable_piece(const Trainable *base)
{
    return ((const EncoderTrainable *)base)->room_tokens;
}

/* The linear maps; attention comes to little beside them. */
double encoder_trainable_work(const Trainable *base)
{
    const EncoderShape *s = &((const EncoderTrainable *)base)->shape;
    return 2 * (double)(s->L * (4 * s->D * s->D + 2 * s->D * s->F));
}

void encoder_trainable_release(EncoderTrainable *t)
{
    Trainable *base = &t->base;
    encoder_room_free(t->room);
    encoder_close(t->encoder);
    token_batch_release(&t->side[ROLE_QUERY]);
    token_batch_release(&t->side[ROLE_PASSAGE]);
    if (t->lora.rank) free(base->p);
    if (t->owns_dense_g) free(t->dense_g);
    free(base->g);
    free(t->block);
    free(t->decayed);
    model_folder_release(&t->folder);
}

static void close_encoder(Trainable *base)
{
    EncoderTrainable *t = (EncoderTrainable *)base;
    piece_free(&t->piece);
    encoder_trainable_release(t);
    free(t);
}

static const TrainableOps OPS = {
    .trains_passages = true,
    .forward = encoder_pass_forward,
    .backward = encoder_pass_backward,
    .embed = encoder_pass_embed,
    .tokens = encoder_pass_tokens,
    .piece = encoder_trainable_piece,
    .work = encoder_trainable_work,
    .restart = encoder_trainable_restart,
    .write = encoder_trainable_write,
    .write_bytes = encoder_trainable_write_bytes,
    .open_bytes = encoder_trainable_open_bytes,
    .bytes = bytes,
    .close = close_encoder,
};

/* ---- making ---- */

/* The folder that it starts from, with the prompts and the length that the project sets. */
static bool read_folder(EncoderTrainable *t, const TrainableWanted *w, Sentence *s, Err *err)
{
    const ModelFolder *from = sentence_folder(s);
    if (!model_folder_read(from->path, &t->folder, err)) return false;
    free(t->folder.query_prompt);
    free(t->folder.passage_prompt);
    t->folder.query_prompt = mem_strdup(from->query_prompt);
    t->folder.passage_prompt = mem_strdup(from->passage_prompt);
    t->folder.max_tokens = from->max_tokens;
    t->shape = t->folder.shape;
    if (w->dropout >= 0) t->shape.dropout = t->shape.attention_dropout = w->dropout;
    t->base.dims = t->folder.dims;
    t->encoder_floats = encoder_parameters(&t->shape);
    t->dense_floats = dense_parameters(&t->folder);
    return true;
}

/* Tokens that fit the memory for activations, but never more than a batch has nor fewer than its
 * longest text. */
bool encoder_trainable_room(EncoderTrainable *t, const TrainableWanted *w, size_t batch,
                            size_t longest, Err *err)
{
    size_t most = w->mini_batch, threads = pool_threads(t->base.pool);
    if (!most) {
        size_t trained = t->base.count * sizeof(float);
        size_t of_1024 = encoder_room_bytes(&t->shape, 2048, true, threads) -
                         encoder_room_bytes(&t->shape, 1024, true, threads);
        most = (trained > ROOM_BYTES ? trained : ROOM_BYTES) / (of_1024 / 1024 + 1);
    }
    t->room_tokens = most < batch ? most : batch;
    if (t->room_tokens < longest) t->room_tokens = longest;
    bool ok = encoder_over(&t->shape, t->block, &t->encoder, err) &&
              encoder_room_new(t->encoder, t->base.pool, t->room_tokens, true, &t->room, err);
    if (ok) encoder_room_profile(t->room, t->base.profile);
    return ok;
}

static bool make_room(EncoderTrainable *t, const TrainableWanted *w, Err *err)
{
    size_t longest = 1;
    size_t batch = longest_tokens(t, ROLE_QUERY, w->batch_queries, &longest) +
                   longest_tokens(t, ROLE_PASSAGE, w->batch_passages, &longest);
    t->room_texts = w->batch_queries + w->batch_passages;
    if (t->room_texts < 64) t->room_texts = 64;
    return encoder_trainable_room(t, w, batch, longest, err) && piece_new(t, err);
}

bool encoder_trainable_model(EncoderTrainable *t, const TrainableWanted *w, Err *err)
{
    bool lora = strcmp(w->method, LORA_METHOD) == 0;
    if (!lora && (w->rank || w->alpha > 0))
        return err_set(err, ERR_USAGE, "--rank and --alpha go with --method lora");
    t->block = mem_tensor(1, t->encoder_floats + t->dense_floats, "the model's parameters", err);
    if (!t->block || !(lora ? lora_parameters_of(t, w, err) : full_parameters(t, w, err)) ||
        !read_model(t, err))
        return false;
    if (lora) lora_start(&t->shape, t->lora.rank, t->seed, t->base.p);
    t->base.decayed = t->decayed;
    return true;
}

static bool make(const Env *env, const TrainableWanted *w, Trainable **ret, Err *err)
{
    Sentence *s = bert_sentence(*w->embedder);
    if (!s)
        return err_set(err, ERR_USAGE,
                       "method '%s' trains the weights of a model folder, and '%s' is none: name "
                       "one with --embedder, or use --method linear",
                       w->method, (*w->embedder)->name);
    EncoderTrainable *t = mem_zero(1, sizeof *t);
    t->base =
        (Trainable){.ops = &OPS, .pool = env->pool, .cancel = env->cancel, .profile = env->profile};
    t->seed = w->seed;
    t->kept = SIZE_MAX;
    Phase before = profile_switch(env->profile, PHASE_TOKENIZER);
    bool ok =
        read_folder(t, w, s, err) &&
        tokenize(env->pool, s, ROLE_QUERY, w->queries, w->query_count, &t->side[ROLE_QUERY], err) &&
        tokenize(env->pool, s, ROLE_PASSAGE, w->passages, w->passage_count, &t->side[ROLE_PASSAGE],
                 err);
    profile_switch(env->profile, before);
    if (ok) {
        embedder_close(*w->embedder);
        *w->embedder = NULL;
        ok = encoder_trainable_model(t, w, err) && make_room(t, w, err);
    }
    if (!ok) {
        close_encoder(&t->base);
        return false;
    }
    *ret = &t->base;
    return true;
}

const TrainableKind TRAINABLE_ENCODER = {
    .defaults = encoder_trainable_method, .list = list, .fits = fits, .make = make};
