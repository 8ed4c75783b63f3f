/* Cross-encoders as trainables: a score for a question and a passage that one encoder reads
 * together. Parameters, memory and files as whole encoders' (trainable_encoder.h), LoRA too; the
 * head, which LoRA leaves alone, stands behind the encoder's parameters.
 *
 * Pairs are tokenised as they are needed: a set of them is too many to keep. A list of pairs is cut
 * into pieces of at most room_tokens tokens. Invariant: the room holds piece `kept` of the forward
 * before, SIZE_MAX: of none. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/trainable_encoder.h"
#include "model/trainable_kinds.h"
#include "num/dropout.h"

#define COUNT_GRAIN 64  /* texts */
#define ROOM_PAIRS 1024 /* of a piece */

typedef struct CrossTrainable {
    EncoderTrainable e;
    CrossHead head;
    Tokenizer *tokenizer;
    const char *const *text[2]; /* by Role; borrowed */
    size_t texts[2];
    uint32_t *tokens[2]; /* of each text alone, no more than the model takes */
    size_t special;      /* tokens that a pair has beside its texts' */
    /* a piece */
    uint32_t *offset; /* (ROOM_PAIRS + 1) */
    Tokens ids, types;
    float *hidden, *dhidden; /* (room_tokens, D) */
    float *kept;             /* (ROOM_PAIRS, cross_head_kept_floats) */
    Ragged ragged;
} CrossTrainable;

static const TrainableDefaults *defaults(const char *method)
{
    static const TrainableDefaults FULL = {.epochs = 2, .batch = 8, .lr = 2e-5, .negatives = 4},
                                   LORA = {.epochs = 2, .batch = 8, .lr = 2e-4, .negatives = 4};
    if (strcmp(method, "full") == 0) return &FULL;
    return strcmp(method, "lora") == 0 ? &LORA : NULL;
}

static void list(Str *out)
{
    (void)out; /* they are those of encoders */
}

/* ---- tokens ---- */

typedef struct Counting {
    CrossTrainable *t;
    Role role;
} Counting;

static void count_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Counting *c = context;
    CrossTrainable *t = c->t;
    Tokens ids = {0};
    for (size_t i = first; i < end; i++) {
        const char *text = t->text[c->role][i];
        vec_clear(&ids);
        tokenizer_text(t->tokenizer, text, strlen(text), t->e.folder.max_tokens, &ids);
        t->tokens[c->role][i] = (uint32_t)ids.count;
    }
    vec_release(&ids);
}

static void count_tokens(CrossTrainable *t, Role role)
{
    Counting job = {t, role};
    t->tokens[role] = mem_zero(t->texts[role] + 1, sizeof **t->tokens);
    pool_range(t->e.base.pool, t->texts[role], COUNT_GRAIN, count_range, &job);
}

/* A question's share of a pair has the special tokens. */
static size_t side_tokens(const Trainable *base, Role role, uint32_t row)
{
    const CrossTrainable *t = (const CrossTrainable *)base;
    return t->tokens[role][row] + (role == ROLE_QUERY ? t->special : 0);
}

static size_t pair_tokens(const CrossTrainable *t, uint32_t query, uint32_t passage)
{
    size_t n = t->tokens[ROLE_QUERY][query] + t->tokens[ROLE_PASSAGE][passage] + t->special;
    return n < t->e.folder.max_tokens ? n : t->e.folder.max_tokens;
}

static size_t longest_text(const CrossTrainable *t, Role role)
{
    size_t most = 0;
    for (size_t i = 0; i < t->texts[role]; i++)
        if (t->tokens[role][i] > most) most = t->tokens[role][i];
    return most;
}

/* ---- pieces ---- */

static size_t piece_end(const CrossTrainable *t, const TrainablePairs *pairs, size_t first)
{
    size_t end = first, tokens = 0;
    while (end < pairs->count && end - first < ROOM_PAIRS) {
        tokens += pair_tokens(t, pairs->query[end], pairs->passage[end]);
        if (end > first && tokens > t->e.room_tokens) break;
        end++;
    }
    return end;
}

static void load_piece(CrossTrainable *t, const TrainablePairs *pairs, size_t first, size_t end)
{
    bool typed = t->e.shape.types > 1;
    vec_clear(&t->ids);
    vec_clear(&t->types);
    t->offset[0] = 0;
    for (size_t i = first; i < end; i++) {
        tokenizer_pair(t->tokenizer, t->text[ROLE_QUERY][pairs->query[i]],
                       t->text[ROLE_PASSAGE][pairs->passage[i]], t->e.folder.max_tokens, &t->ids,
                       &t->types);
        t->offset[i - first + 1] = (uint32_t)t->ids.count;
    }
    assert(t->ids.count <= t->e.room_tokens);
    t->ragged = (Ragged){.B = end - first,
                         .N = t->ids.count,
                         .offset = t->offset,
                         .ids = t->ids.items,
                         .types = typed ? t->types.items : NULL};
}

static EncoderPass pass_of(const CrossTrainable *t, bool dropout, uint64_t seed, size_t number)
{
    return (EncoderPass){.dropout = dropout,
                         .seed = dropout_key(seed, number),
                         .lora = t->e.lora.rank ? &t->e.lora : NULL,
                         .first_rows = true};
}

static void forward_piece(CrossTrainable *t, const EncoderPass *pass, float *scores)
{
    encoder_forward(t->e.encoder, t->e.room, &t->ragged, pass, t->hidden);
    cross_head_forward(&t->head, t->e.block + t->e.encoder_floats, &t->ragged, pass, t->hidden,
                       t->kept, scores);
}

static void backward_piece(CrossTrainable *t, const EncoderPass *pass, const float *dscores)
{
    cross_head_backward(&t->head, t->e.block + t->e.encoder_floats, &t->ragged, pass, t->kept,
                        dscores, t->dhidden, t->e.lora.rank ? NULL : t->e.dense_g);
    encoder_backward(t->e.encoder, t->e.room, &t->ragged, pass, t->dhidden,
                     t->e.lora.rank ? NULL : t->e.base.g, t->e.first);
}

static bool score_pieces(CrossTrainable *t, const TrainablePairs *pairs, bool dropout,
                         uint64_t seed, float *scores, Err *err)
{
    size_t number = 0;
    t->e.kept = SIZE_MAX;
    for (size_t first = 0, end; first < pairs->count; first = end, number++) {
        if (!cancel_check(t->e.base.cancel, err)) return false;
        end = piece_end(t, pairs, first);
        load_piece(t, pairs, first, end);
        EncoderPass pass = pass_of(t, dropout, seed, number);
        forward_piece(t, &pass, scores + first);
    }
    if (number > 0) t->e.kept = number - 1;
    return true;
}

static bool score_forward(Trainable *base, const TrainablePairs *pairs, uint64_t seed,
                          float *scores, Err *err)
{
    return score_pieces((CrossTrainable *)base, pairs, true, seed, scores, err);
}

static bool score(Trainable *base, const TrainablePairs *pairs, float *scores, Err *err)
{
    CrossTrainable *t = (CrossTrainable *)base;
    bool ok = score_pieces(t, pairs, false, 0, scores, err);
    t->e.kept = SIZE_MAX;
    return ok;
}

/* From the last piece, which the room still holds, to the first. */
static bool score_backward(Trainable *base, const TrainablePairs *pairs, uint64_t seed,
                           const float *dscores, Err *err)
{
    CrossTrainable *t = (CrossTrainable *)base;
    size_t count = 0, *first = mem_zero(pairs->count + 1, sizeof *first);
    float unused[ROOM_PAIRS];
    for (size_t at = 0; at < pairs->count; first[++count] = at) at = piece_end(t, pairs, at);
    bool ok = true;
    for (size_t n = count; ok && n-- > 0;) {
        ok = cancel_check(base->cancel, err);
        if (!ok) break;
        EncoderPass pass = pass_of(t, true, seed, n);
        if (t->e.kept != n) {
            load_piece(t, pairs, first[n], first[n + 1]);
            forward_piece(t, &pass, unused);
        }
        backward_piece(t, &pass, dscores + first[n]);
        t->e.kept = SIZE_MAX;
    }
    free(first);
    return ok;
}

/* ---- making ---- */

static size_t bytes(const Trainable *base)
{
    const CrossTrainable *t = (const CrossTrainable *)base;
    size_t piece = t->e.room_tokens * (2 * t->e.shape.D + 2) +
                   ROOM_PAIRS * (cross_head_kept_floats(&t->head) + 1);
    return sizeof *t - sizeof t->e + encoder_trainable_bytes(&t->e) +
           tokenizer_bytes(t->tokenizer) + piece * sizeof(float) +
           (t->texts[ROLE_QUERY] + t->texts[ROLE_PASSAGE]) * sizeof **t->tokens;
}

static void close_cross(Trainable *base)
{
    CrossTrainable *t = (CrossTrainable *)base;
    encoder_trainable_release(&t->e);
    tokenizer_free(t->tokenizer);
    vec_release(&t->ids);
    vec_release(&t->types);
    void *blocks[] = {t->tokens[0], t->tokens[1], t->offset, t->hidden, t->dhidden, t->kept};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
    free(t);
}

static const TrainableOps OPS = {
    .trains_passages = true,
    .score_forward = score_forward,
    .score_backward = score_backward,
    .score = score,
    .tokens = side_tokens,
    .piece = encoder_trainable_piece,
    .work = encoder_trainable_work,
    .restart = encoder_trainable_restart,
    .write = encoder_trainable_write,
    .write_bytes = encoder_trainable_write_bytes,
    .open_bytes = encoder_trainable_open_bytes,
    .bytes = bytes,
    .close = close_cross,
};

static bool read_folder(CrossTrainable *t, const TrainableWanted *w, Err *err)
{
    EncoderTrainable *e = &t->e;
    if (!model_folder_read(w->reranker->path, &e->folder, err) ||
        !cross_head_of(&e->folder, &t->head, err))
        return false;
    if (t->head.labels != 1)
        return err_set(err, ERR_USAGE,
                       "%s: it sorts into %zu labels: only rerankers with one score can be trained",
                       w->reranker->path, t->head.labels);
    e->folder.max_tokens = w->reranker->max_tokens;
    e->shape = e->folder.shape;
    if (w->dropout >= 0)
        e->shape.dropout = e->shape.attention_dropout = t->head.dropout = w->dropout;
    e->base.dims = 1;
    e->head = &t->head;
    e->encoder_floats = encoder_parameters(&e->shape);
    e->dense_floats = cross_head_parameters(&t->head);
    return true;
}

static bool open_tokenizer(CrossTrainable *t, Err *err)
{
    const ModelFolder *f = &t->e.folder;
    if (!tokenizer_open(f->encoder_path, &t->tokenizer, err)) return false;
    TokenizerInfo info = tokenizer_info(t->tokenizer);
    t->special = info.pair;
    if (info.words > f->shape.V)
        return err_set(err, ERR_FORMAT,
                       "%s: the tokenizer has %zu words and the model %zu: they do not belong "
                       "together",
                       f->path, info.words, f->shape.V);
    if (f->max_tokens <= info.pair)
        return err_set(err, ERR_FORMAT, "%s: %zu tokens leave no room for a pair", f->path,
                       f->max_tokens);
    count_tokens(t, ROLE_QUERY);
    count_tokens(t, ROLE_PASSAGE);
    return true;
}

/* Activations for a batch of pairs as long as they come, so that none is turned away. */
static bool make_room(CrossTrainable *t, const TrainableWanted *w, Err *err)
{
    size_t longest = longest_text(t, ROLE_QUERY) + longest_text(t, ROLE_PASSAGE) + t->special;
    if (longest > t->e.folder.max_tokens) longest = t->e.folder.max_tokens;
    if (!encoder_trainable_room(&t->e, w, w->batch_passages * longest, longest, err)) return false;
    size_t N = t->e.room_tokens, D = t->e.shape.D;
    t->e.room_texts = ROOM_PAIRS;
    t->offset = mem_zero(ROOM_PAIRS + 1, sizeof *t->offset);
    return (t->hidden = mem_tensor(N, D, "the batch's tokens", err)) &&
           (t->dhidden = mem_tensor(N, D, "the batch's tokens", err)) &&
           (t->kept =
                mem_tensor(ROOM_PAIRS, cross_head_kept_floats(&t->head), "the batch's pairs", err));
}

static bool make(const Env *env, const TrainableWanted *w, Trainable **ret, Err *err)
{
    if (!defaults(w->method))
        return err_set(err, ERR_USAGE, "rerankers are trained by --method full or lora, not '%s'",
                       w->method);
    CrossTrainable *t = mem_zero(1, sizeof *t);
    t->e.base =
        (Trainable){.ops = &OPS, .pool = env->pool, .cancel = env->cancel, .profile = env->profile};
    t->e.seed = w->seed;
    t->e.kept = SIZE_MAX;
    t->text[ROLE_QUERY] = w->queries;
    t->text[ROLE_PASSAGE] = w->passages;
    t->texts[ROLE_QUERY] = w->query_count;
    t->texts[ROLE_PASSAGE] = w->passage_count;
    if (!read_folder(t, w, err) || !open_tokenizer(t, err) ||
        !encoder_trainable_model(&t->e, w, err) || !make_room(t, w, err)) {
        close_cross(&t->e.base);
        return false;
    }
    *ret = &t->e.base;
    return true;
}

const TrainableKind TRAINABLE_CROSS = {.defaults = defaults, .list = list, .make = make};
