/* Encoders as trainables: batches in pieces give the gradients of batches as a whole, what is
 * frozen is left out, and what is written is what was trained. */
#include "retrieve/project.h"

#include <ftw.h>
#include <math.h>

#include "base/rng.h"
#include "golden/golden.h"
#include "model/embedder_bert.h"
#include "model/trainable.h"
#include "num/vector.h"

static const char *const MODELS[] = {"bert",     "bert_legacy", "xlmr",
                                     "xlmr_bin", "distilbert",  "roberta"};
#define MODEL_COUNT (sizeof MODELS / sizeof *MODELS)

#define QUERIES 4
#define PASSAGES 7
static const char *const QUERY[QUERIES] = {"What is a chunk?", "how are hard negatives mined", "x",
                                           "检索模型是什么？"};
static const char *const PASSAGE[PASSAGES] = {
    "A chunk is a passage that was cut from a document, with its page and its heading.",
    "Hard negatives are mined from a range of ranks.",
    "",
    "检索模型把问题和段落变成向量。",
    "Dogs travel free, bicycles for a small fee, on every ferry but the last.",
    "one",
    "A bakery opens at five and sells bread to the crew of the ferry, and so on and on."};

static const uint32_t QUERY_ROWS[] = {3, 0, 2, 1}, PASSAGE_ROWS[] = {6, 1, 0, 2, 3, 5, 4};
static const TrainableRows ALL = {QUERY_ROWS, PASSAGE_ROWS, QUERIES, PASSAGES};

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st, (void)type, (void)walk;
    return remove(path);
}

static int close_all(void **state)
{
    Project *p = *state;
    store_close(p->env.store);
    pool_free(p->env.pool);
    int left = nftw(p->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(p);
    return left;
}

static Embedder *open_model(Project *p, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, *name == '/' ? "%s%s" : GOLDEN_DIR "/encoders/%s%s", name, "");
    Embedder *e = NULL;
    ok(embedder_open(&p->env, path, &e, err));
    return e;
}

static TrainableWanted wanted(const char *method)
{
    return (TrainableWanted){.method = method,
                             .seed = 3,
                             .queries = QUERY,
                             .query_count = QUERIES,
                             .passages = PASSAGE,
                             .passage_count = PASSAGES,
                             .batch_queries = QUERIES,
                             .batch_passages = PASSAGES,
                             .dropout = -1};
}

static Trainable *open_trainable(Project *p, const char *model, TrainableWanted w)
{
    Embedder *e = open_model(p, model);
    Trainable *t = NULL;
    w.embedder = &e;
    ok(trainable_new(&p->env, &w, &t, err));
    assert_null(e);
    return t;
}

/* One step's vectors and gradients, for a gradient of the vectors that has no pattern. */
typedef struct Step {
    float *y, *g;
    size_t floats, count;
} Step;

static Step run(Trainable *t, uint64_t seed)
{
    size_t rows = QUERIES + PASSAGES;
    Step s = {.floats = rows * t->dims, .count = t->count};
    s.y = mem_zero(s.floats, sizeof *s.y);
    float *dy = mem_zero(s.floats, sizeof *dy);
    for (size_t i = 0; i < s.floats; i++) dy[i] = sinf(1 + (float)i);
    ok(t->ops->forward(t, &ALL, seed, s.y, s.y + QUERIES * t->dims, err));
    ok(t->ops->backward(t, &ALL, seed, dy, dy + QUERIES * t->dims, err));
    s.g = mem_alloc(t->count * sizeof *s.g);
    memcpy(s.g, t->g, t->count * sizeof *s.g);
    memset(t->g, 0, t->count * sizeof *t->g);
    free(dy);
    return s;
}

static void step_free(Step *s)
{
    free(s->y);
    free(s->g);
}

static double largest(const float *x, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs((double)x[i]));
    return most;
}

static void assert_near(const float *x, const float *y, size_t n, double tolerance)
{
    double scale = largest(y, n);
    for (size_t i = 0; i < n; i++) {
        if (fabs((double)x[i] - y[i]) <= tolerance * scale) continue;
        fail_msg("at %zu of %zu: %.9g is not %.9g", i, n, (double)x[i], (double)y[i]);
    }
}

/* ---- pieces ---- */

static void pieces_are_the_whole(void **state)
{
    Project *p = *state;
    static const char *const METHODS[] = {"full", "lora"};
    static const size_t SIZES[] = {1, 30, 64, 100};
    for (size_t m = 0; m < MODEL_COUNT; m++) {
        for (size_t k = 0; k < 2; k++) {
            TrainableWanted w = wanted(METHODS[k]);
            w.dropout = 0;
            w.mini_batch = 100000;
            Trainable *t = open_trainable(p, MODELS[m], w);
            for (size_t i = 0; k == 1 && i < t->count; i++) t->p[i] += 0.05f * sinf((float)i);
            Step whole = run(t, 1);
            assert_true(largest(whole.g, whole.count) > 0);
            for (size_t s = 0; s < 4; s++) {
                w.mini_batch = SIZES[s];
                Trainable *small = open_trainable(p, MODELS[m], w);
                memcpy(small->p, t->p, t->count * sizeof *t->p);
                assert_true(small->ops->piece(small) < t->ops->piece(t));
                Step pieces = run(small, 1);
                assert_near(pieces.y, whole.y, whole.floats, 1e-6);
                assert_near(pieces.g, whole.g, whole.count, 1e-5);
                step_free(&pieces);
                trainable_free(small);
            }
            step_free(&whole);
            trainable_free(t);
        }
    }
}

/* With dropout: a seed says all, in pieces too. */
static void seeds_repeat(void **state)
{
    Project *p = *state;
    for (int small = 0; small < 2; small++) {
        TrainableWanted w = wanted("full");
        w.dropout = 0.3f;
        w.mini_batch = small ? 40 : 0;
        Trainable *t = open_trainable(p, "bert", w);
        Step a = run(t, 5), b = run(t, 6);
        float *y = mem_alloc(PASSAGES * t->dims * sizeof *y);
        ok(t->ops->embed(t, ROLE_PASSAGE, PASSAGE_ROWS, PASSAGES, y,
                         err)); /* voids what was kept */
        Step again = run(t, 5);
        assert_memory_equal(a.y, again.y, a.floats * sizeof *a.y);
        assert_memory_equal(a.g, again.g, a.count * sizeof *a.g);
        assert_memory_not_equal(a.y, b.y, a.floats * sizeof *a.y);
        assert_memory_not_equal(y, a.y + QUERIES * t->dims, PASSAGES * t->dims * sizeof *y);
        step_free(&a);
        step_free(&b);
        step_free(&again);
        free(y);
        trainable_free(t);
    }
}

/* The gradient of pieces that are run a second time is that of the masks of the first time: the
 * change of Σ dy·y along a direction of the parameters. */
static double objective(Trainable *t, uint64_t seed)
{
    size_t floats = (QUERIES + PASSAGES) * t->dims;
    float *y = mem_zero(floats, sizeof *y);
    ok(t->ops->forward(t, &ALL, seed, y, y + QUERIES * t->dims, err));
    double sum = 0;
    for (size_t i = 0; i < floats; i++) sum += (double)sinf(1 + (float)i) * (double)y[i];
    free(y);
    return sum;
}

static void masks_are_kept_between_passes(void **state)
{
    Project *p = *state;
    TrainableWanted w = wanted("full");
    w.dropout = 0.2f;
    w.mini_batch = 40;
    w.freeze = "1";
    Trainable *t = open_trainable(p, "bert", w);
    Step s = run(t, 9);
    Rng rng = rng_make(1, 1);
    float *start = mem_alloc(t->count * sizeof *start), *way = mem_alloc(t->count * sizeof *way);
    memcpy(start, t->p, t->count * sizeof *start);
    double expected = 0, e = 1e-3, value[2];
    for (size_t i = 0; i < t->count; i++) {
        way[i] = (float)rng_normal(&rng) + (s.g[i] > 0 ? 1 : -1);
        expected += (double)s.g[i] * (double)way[i];
    }
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < t->count; i++) t->p[i] = start[i] + (float)(side ? e : -e) * way[i];
        value[side] = objective(t, 9);
    }
    double got = (value[1] - value[0]) / (2 * e);
    if (fabs(got - expected) > 0.01 * fabs(expected)) fail_msg("%g is not %g", got, expected);
    step_free(&s);
    free(way);
    free(start);
    trainable_free(t);
}

/* ---- parameters ---- */

static void frozen_parts_are_left_out(void **state)
{
    Project *p = *state;
    TrainableWanted w = wanted("full");
    w.dropout = 0;
    Trainable *all = open_trainable(p, "bert", w);
    Step whole = run(all, 1);
    static const char *const FROZEN[] = {"embeddings", "0", "1"};
    for (size_t i = 0; i < 3; i++) {
        w.freeze = FROZEN[i];
        Trainable *t = open_trainable(p, "bert", w);
        Step part = run(t, 1);
        assert_true(t->count < all->count);
        size_t first = all->count - t->count;
        assert_memory_equal(t->p, all->p + first, t->count * sizeof *t->p);
        assert_near(part.g, whole.g + first, part.count, 1e-6);
        for (size_t r = 0; r < t->ranges; r++)
            assert_true(t->decayed[r].first < t->decayed[r].end && t->decayed[r].end <= t->count);
        step_free(&part);
        trainable_free(t);
    }
    step_free(&whole);
    trainable_free(all);
}

/* Weight decay is on every matrix and on nothing else: as the golden's optimiser has it. */
static void decay_is_on_matrices(void **state)
{
    Project *p = *state;
    Trainable *t = open_trainable(p, "bert_legacy", wanted("full"));
    EncoderShape s = {0};
    ModelFolder f;
    ok(model_folder_read(GOLDEN_DIR "/encoders/bert_legacy", &f, err));
    s = f.shape;
    EncoderTensor *tensors;
    size_t count = encoder_tensors(&s, &tensors), dense = dense_parameters(&f);
    uint8_t *decayed = mem_zero(t->count, 1);
    for (size_t r = 0; r < t->ranges; r++)
        memset(decayed + t->decayed[r].first, 1, t->decayed[r].end - t->decayed[r].first);
    for (size_t i = 0; i < count; i++) {
        size_t size = tensors[i].rows * (tensors[i].columns ? tensors[i].columns : 1);
        for (size_t j = 0; j < size; j++)
            assert_int_equal(decayed[tensors[i].at + j], tensors[i].columns > 0);
    }
    assert_int_equal(t->count, encoder_parameters(&s) + dense);
    size_t matrix = f.dense[0].in * f.dense[0].out;
    for (size_t j = 0; j < dense; j++)
        assert_int_equal(decayed[encoder_parameters(&s) + j], j < matrix);
    free(decayed);
    free(tensors);
    model_folder_release(&f);
    trainable_free(t);
}

/* ---- folders ---- */

/* What a trainable gives for its passages and what a folder does. */
static void assert_same_vectors(Project *p, Trainable *t, const char *folder, double tolerance)
{
    Embedder *e = open_model(p, folder);
    assert_int_equal(e->dims, t->dims);
    float *a = mem_zero(PASSAGES, t->dims * sizeof *a),
          *b = mem_zero(PASSAGES, t->dims * sizeof *b);
    uint32_t rows[PASSAGES] = {0, 1, 2, 3, 4, 5, 6};
    ok(t->ops->embed(t, ROLE_PASSAGE, rows, PASSAGES, a, err));
    normalize_forward(NULL, a, a, NULL, PASSAGES, t->dims);
    ok(e->ops->embed(e, p->env.pool, ROLE_PASSAGE, PASSAGE, PASSAGES, b, NULL, NULL, err));
    for (size_t i = 0; i < PASSAGES; i++) {
        double cosine = vector_dot(a + i * t->dims, b + i * t->dims, t->dims);
        if (!(cosine > 1 - tolerance)) fail_msg("passage %zu: cosine %.9g", i, cosine);
    }
    free(a);
    free(b);
    embedder_close(e);
}

static void folders_are_what_was_trained(void **state)
{
    Project *p = *state;
    static const char *const METHODS[] = {"full", "lora"};
    for (size_t m = 0; m < MODEL_COUNT; m++) {
        for (size_t k = 0; k < 2; k++) {
            TrainableWanted w = wanted(METHODS[k]);
            w.rank = k ? 3 : 0;
            Trainable *t = open_trainable(p, MODELS[m], w);
            char folder[128];
            snprintf(folder, sizeof folder, "%s/%s-%s", p->folder, MODELS[m], METHODS[k]);
            for (size_t i = 0; i < t->count; i++) t->p[i] += 0.03f * sinf((float)(7 * i));
            Step before = run(t, 1);
            ok(t->ops->write(t, folder, err));
            Step after = run(t, 1); /* writing leaves it as it was */
            assert_memory_equal(before.g, after.g, before.count * sizeof *before.g);
            /* F16 and BF16 files round */
            assert_same_vectors(p, t, folder, strcmp(MODELS[m], "xlmr") == 0 ? 1e-3 : 1e-5);
            step_free(&before);
            step_free(&after);
            trainable_free(t);
        }
    }
}

static void an_untouched_model_comes_back(void **state)
{
    Project *p = *state;
    for (size_t m = 0; m < MODEL_COUNT; m++) {
        for (int lora = 0; lora < 2; lora++) {
            Trainable *t = open_trainable(p, MODELS[m], wanted(lora ? "lora" : "full"));
            char folder[128], again[128], path[512];
            snprintf(folder, sizeof folder, "%s/%s", p->folder, MODELS[m]);
            ok(t->ops->write(t, folder, err));
            assert_same_vectors(p, t, folder, 1e-6);
            for (size_t i = 0; i < t->count; i++) t->p[i] = 9;
            ok(t->ops->restart(t, err));
            assert_same_vectors(p, t, folder, 1e-6);
            trainable_free(t);
            /* the same tensors under the same names and types, bit for bit */
            snprintf(path, sizeof path, GOLDEN_DIR "/encoders/%s", MODELS[m]);
            Weights *a = NULL, *b = NULL;
            ok(weights_open(path, &a, err));
            ok(weights_open(folder, &b, err));
            assert_int_equal(weights_count(a), weights_count(b));
            for (size_t i = 0; i < weights_count(a); i++) {
                TensorView v = weights_at(a, i), w;
                assert_true(weights_find(b, v.name, &w));
                assert_int_equal(v.dtype, w.dtype);
                assert_int_equal(v.size_bytes, w.size_bytes);
                assert_memory_equal(v.data, w.data, v.size_bytes);
            }
            weights_close(a);
            weights_close(b);
            /* a folder that was written can be trained and written */
            Trainable *u = open_trainable(p, folder, wanted("full"));
            snprintf(again, sizeof again, "%s/%s-again", p->folder, MODELS[m]);
            ok(u->ops->write(u, again, err));
            assert_same_vectors(p, u, again, 1e-6);
            trainable_free(u);
        }
    }
}

/* What the project says of a model goes into what is made of it. */
static void settings_go_along(void **state)
{
    Project *p = *state;
    ok(setting_set(p->env.store, "model." GOLDEN_DIR "/encoders/bert.query_prompt", "ask: ", err));
    ok(setting_set(p->env.store, "model." GOLDEN_DIR "/encoders/bert.max_tokens", "12", err));
    Trainable *t = open_trainable(p, "bert", wanted("full"));
    char folder[128];
    snprintf(folder, sizeof folder, "%s/made", p->folder);
    ok(t->ops->write(t, folder, err));
    assert_same_vectors(p, t, folder, 1e-6);
    trainable_free(t);
    ModelFolder f;
    ok(model_folder_read(folder, &f, err));
    assert_string_equal(f.query_prompt, "ask: ");
    assert_string_equal(f.passage_prompt, "");
    assert_int_equal(f.max_tokens, 12);
    model_folder_release(&f);
}

/* ---- what cannot be ---- */

static void wrong_wishes_say_why(void **state)
{
    Project *p = *state;
    static const struct {
        TrainableWanted w;
        const char *says;
    } CASES[] = {
        {{.method = "full", .freeze = "2"}, "--freeze"},
        {{.method = "full", .freeze = "all"}, "--freeze"},
        {{.method = "full", .freeze = "-1"}, "--freeze"},
        {{.method = "full", .rank = 4}, "--rank"},
        {{.method = "lora", .freeze = "1"}, "--freeze"},
        {{.method = "lora", .rank = 1000}, "rank"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        TrainableWanted w = wanted(CASES[i].w.method);
        Embedder *e = open_model(p, "bert");
        Trainable *t = NULL;
        w.embedder = &e;
        w.freeze = CASES[i].w.freeze;
        w.rank = CASES[i].w.rank;
        refused(ERR_USAGE, CASES[i].says, trainable_new(&p->env, &w, &t, err));
        embedder_close(e);
    }
    project_fill(p);
    Embedder *lsa = NULL;
    Trainable *t = NULL;
    ok(embedder_open(&p->env, "lsa", &lsa, err));
    TrainableWanted w = wanted("full");
    w.embedder = &lsa;
    refused(ERR_USAGE, "model folder", trainable_new(&p->env, &w, &t, err));
    embedder_close(lsa);
}

static void a_stop_is_heard_between_pieces(void **state)
{
    Project *p = *state;
    Cancel cancel = {0};
    Env env = p->env;
    env.cancel = &cancel;
    TrainableWanted w = wanted("full");
    w.mini_batch = 30;
    Embedder *e = open_model(p, "bert");
    w.embedder = &e;
    Trainable *t = NULL;
    ok(trainable_new(&env, &w, &t, err));
    float *y = mem_zero(QUERIES + PASSAGES, t->dims * sizeof *y);
    float *d = y + QUERIES * t->dims;
    ok(t->ops->forward(t, &ALL, 1, y, d, err));
    cancel_ask(&cancel);
    refused(ERR_CANCELLED, "", t->ops->backward(t, &ALL, 1, y, d, err));
    refused(ERR_CANCELLED, "", t->ops->forward(t, &ALL, 1, y, d, err));
    refused(ERR_CANCELLED, "", t->ops->embed(t, ROLE_QUERY, QUERY_ROWS, QUERIES, y, err));
    free(y);
    trainable_free(t);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, close_all)
    const struct CMUnitTest tests[] = {
        CASE(pieces_are_the_whole),          CASE(seeds_repeat),
        CASE(masks_are_kept_between_passes), CASE(frozen_parts_are_left_out),
        CASE(decay_is_on_matrices),          CASE(folders_are_what_was_trained),
        CASE(an_untouched_model_comes_back), CASE(settings_go_along),
        CASE(wrong_wishes_say_why),          CASE(a_stop_is_heard_between_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
