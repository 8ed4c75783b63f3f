/* Cross-encoders as trainables: scores and gradients as the real libraries', pieces as a whole, and
 * what is written is what was trained. */
#include "model/scratch.h"
#include "model/tiny.h"
#include "model/trainable.h"
#include "num/adamw.h"

static const char *const CROSS[] = {"cross_bert", "cross_xlmr", "cross_distilbert"};
#define CROSS_COUNT 3
#define PAIRS 16

typedef struct Cross {
    Tiny t;
    Env env;
    const char *text[2][4];
    uint32_t query[PAIRS], passage[PAIRS];
    TrainablePairs pairs;
    TrainableWanted wanted;
    Trainable *trainable;
} Cross;

static void texts(const Cross *x, const char *name, const char *out[4])
{
    const cJSON *list = golden_get(x->t.json, name);
    for (int i = 0; i < 4; i++) out[i] = cJSON_GetArrayItem(list, i)->valuestring;
}

static void cross_open(Cross *x, const char *name, Pool *pool, const char *method)
{
    *x = (Cross){.t = tiny_open(name), .env = {.pool = pool}};
    texts(x, "queries", x->text[0]);
    texts(x, "passages", x->text[1]);
    for (uint32_t i = 0; i < PAIRS; i++) {
        x->query[i] = i / 4;
        x->passage[i] = i % 4;
    }
    x->pairs = (TrainablePairs){x->query, x->passage, PAIRS};
    x->wanted = (TrainableWanted){.method = method,
                                  .seed = 3,
                                  .reranker = &x->t.folder,
                                  .queries = x->text[0],
                                  .query_count = 4,
                                  .passages = x->text[1],
                                  .passage_count = 4,
                                  .batch_queries = 4,
                                  .batch_passages = PAIRS,
                                  .dropout = 0};
}

static void cross_make(Cross *x)
{
    Err err = {0};
    trainable_free(x->trainable);
    x->trainable = NULL;
    if (!trainable_new(&x->env, &x->wanted, &x->trainable, &err)) fail_msg("%s", err.message);
}

static void cross_close(Cross *x)
{
    trainable_free(x->trainable);
    tiny_close(&x->t);
}

static void scores_of(Cross *x, float scores[PAIRS])
{
    Err err = {0};
    if (!x->trainable->ops->score(x->trainable, &x->pairs, scores, &err))
        fail_msg("%s", err.message);
}

/* Gradients of the mean binary cross-entropy, where question i is answered by passage i. */
static double step_of(Cross *x, uint64_t seed)
{
    Trainable *t = x->trainable;
    Err err = {0};
    float score[PAIRS], dscore[PAIRS];
    double loss = 0;
    memset(t->g, 0, t->count * sizeof *t->g);
    if (!t->ops->score_forward(t, &x->pairs, seed, score, &err)) fail_msg("%s", err.message);
    for (int i = 0; i < PAIRS; i++) {
        double label = i / 4 == i % 4, s = (double)score[i], p = 1 / (1 + exp(-s));
        loss += (log1p(exp(-fabs(s))) + (s > 0 ? s : 0) - label * s) / PAIRS;
        dscore[i] = (float)((p - label) / PAIRS);
    }
    if (!t->ops->score_backward(t, &x->pairs, seed, dscore, &err)) fail_msg("%s", err.message);
    return loss;
}

static void as_the_library(void **state)
{
    (void)state;
    for (size_t m = 0; m < CROSS_COUNT; m++) {
        Pool *pool = pool_new(2);
        Cross x;
        cross_open(&x, CROSS[m], pool, "full");
        cross_make(&x);
        float got[PAIRS], wanted[PAIRS];
        double values[PAIRS];
        size_t n = 0, tokens = 0;
        golden_flatten(golden_get(x.t.json, "logits"), values, PAIRS, &n);
        for (size_t i = 0; i < n; i++) wanted[i] = (float)values[i];
        scores_of(&x, got);
        tiny_near(CROSS[m], got, wanted, PAIRS, 2e-5, 2e-5);
        double loss = step_of(&x, 1), golden = golden_number(x.t.json, "loss");
        assert_true(fabs(loss - golden) < 1e-5);
        for (int i = 0; i < PAIRS; i++) {
            size_t each = x.trainable->ops->tokens(x.trainable, ROLE_QUERY, x.query[i]) +
                          x.trainable->ops->tokens(x.trainable, ROLE_PASSAGE, x.passage[i]);
            tokens += each < 64 ? each : 64;
        }
        assert_int_equal(tokens, x.t.batch.N);
        EncoderTensor *tensors;
        size_t count = encoder_tensors(&x.t.folder.shape, &tensors);
        for (size_t i = 0; i < count; i++) {
            TensorView v;
            assert_true(encoder_find(x.t.weights, &x.t.folder.shape, tensors[i].name, &v));
            char *key = str_format("grad.%s", v.name);
            float *g = tiny_golden(&x.t, key, &n), most = 0;
            for (size_t k = 0; k < n; k++) most = fmaxf(most, fabsf(g[k]));
            tiny_near(key, x.trainable->g + tensors[i].at, g, n, 3e-5 * (double)most + 4e-6, 1e-4);
            free(g);
            free(key);
        }
        free(tensors);
        cross_close(&x);
        pool_free(pool);
    }
}

/* Small rooms embed a second time on the way back; a part is frozen; threads do not count. */
static void in_pieces(void **state)
{
    (void)state;
    for (size_t m = 0; m < CROSS_COUNT; m++) {
        Cross x;
        Pool *pool = pool_new(3);
        cross_open(&x, CROSS[m], NULL, "full");
        cross_make(&x);
        double loss = step_of(&x, 1);
        size_t count = x.trainable->count;
        float *g = mem_alloc(count * sizeof *g);
        memcpy(g, x.trainable->g, count * sizeof *g);
        x.wanted.mini_batch = 70;
        x.env.pool = pool;
        cross_make(&x);
        assert_true(x.trainable->ops->piece(x.trainable) < 130);
        assert_true(fabs(step_of(&x, 1) - loss) < 1e-6);
        tiny_near("a piece's gradient", x.trainable->g, g, count, 2e-5, 1e-4);
        x.wanted.freeze = "1";
        cross_make(&x);
        assert_true(x.trainable->count < count);
        step_of(&x, 1);
        tiny_near("above the frozen", x.trainable->g, g + count - x.trainable->count,
                  x.trainable->count, 2e-5, 1e-4);
        free(g);
        cross_close(&x);
        pool_free(pool);
    }
}

/* The same masks again on the way back: the gradient of a loss with dropout is its own. */
static void dropout_is_held_still(void **state)
{
    (void)state;
    Cross x;
    cross_open(&x, "cross_xlmr", NULL, "full");
    x.wanted.dropout = 0.3f;
    x.wanted.mini_batch = 70;
    cross_make(&x);
    double loss = step_of(&x, 9);
    assert_true(step_of(&x, 9) == loss && step_of(&x, 10) != loss);
    step_of(&x, 9);
    Trainable *t = x.trainable;
    size_t best = 0;
    for (size_t k = 0; k < t->count; k++)
        if (fabsf(t->g[k]) > fabsf(t->g[best])) best = k;
    const size_t at[] = {best, t->count - 1, t->count - 3, t->count / 2};
    for (int i = 0; i < 4; i++) {
        step_of(&x, 9);
        float g = t->g[at[i]], was = t->p[at[i]], step = 2e-3f;
        t->p[at[i]] = was + step;
        double high = step_of(&x, 9);
        t->p[at[i]] = was - step;
        double wanted = (high - step_of(&x, 9)) / (2 * (double)step);
        t->p[at[i]] = was;
        assert_true(fabs(wanted - (double)g) < 2e-3 + 0.02 * fabs(wanted));
    }
    cross_close(&x);
}

static double trained(Cross *x, int steps)
{
    Trainable *t = x->trainable;
    float *m = mem_zero(t->count, sizeof *m), *v = mem_zero(t->count, sizeof *v);
    AdamW opt = {.beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f, .weight_decay = 0.01f};
    AdamWBlock block = {t->count, t->p, t->g, m, v, t->decayed, t->ranges};
    for (int i = 0; i < steps; i++) {
        step_of(x, (uint64_t)i);
        adamw_step(x->env.pool, &opt, 3e-3f, 1, &block);
    }
    free(m);
    free(v);
    return step_of(x, 0);
}

static void what_is_written_scores_the_same(void **state)
{
    (void)state;
    static const char *const METHODS[] = {"full", "lora"};
    Scratch scratch = scratch_make();
    for (size_t m = 0; m < CROSS_COUNT; m++) {
        for (int k = 0; k < 2; k++) {
            Cross x;
            Err err = {0};
            cross_open(&x, CROSS[m], NULL, METHODS[k]);
            cross_make(&x);
            double before = step_of(&x, 0), after = trained(&x, 12);
            assert_true(after < before);
            float scores[PAIRS], again[PAIRS];
            scores_of(&x, scores);
            char *to = str_format("%s/%s-%s", scratch.path, CROSS[m], METHODS[k]);
            if (!x.trainable->ops->write(x.trainable, to, &err)) fail_msg("%s", err.message);
            scores_of(&x, again); /* writing merges lora, and takes it out again */
            tiny_near("after writing", again, scores, PAIRS, 1e-5, 1e-5);
            assert_true(x.trainable->ops->restart(x.trainable, &err));
            assert_true(fabs(step_of(&x, 0) - before) < 1e-6);
            ModelFolder folder;
            if (!model_folder_read(to, &folder, &err)) fail_msg("%s", err.message);
            assert_int_equal(folder.labels, 1);
            x.wanted.reranker = &folder;
            x.wanted.method = "full";
            cross_make(&x);
            scores_of(&x, again);
            tiny_near("read again", again, scores, PAIRS, 2e-5, 2e-5);
            model_folder_release(&folder);
            free(to);
            cross_close(&x);
        }
    }
    scratch_remove(&scratch);
}

static void refused(Cross *x, const char *word)
{
    Err err = {0};
    Trainable *t = NULL;
    assert_false(trainable_new(&x->env, &x->wanted, &t, &err));
    assert_null(t);
    if (!strstr(err.message, word)) fail_msg("'%s' does not say '%s'", err.message, word);
}

static void refusals(void **state)
{
    (void)state;
    Cross x;
    cross_open(&x, "cross_bert", NULL, "linear");
    refused(&x, "full or lora");
    x.wanted.method = "full";
    x.t.folder.max_tokens = 3;
    refused(&x, "no room for a pair");
    x.wanted.freeze = "9";
    x.t.folder.max_tokens = 64;
    refused(&x, "--freeze");
    cross_close(&x);
    Tiny plain = tiny_open("bert");
    x = (Cross){.wanted = {.method = "full", .reranker = &plain.folder}};
    refused(&x, "no reranker");
    tiny_close(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_library),
        cmocka_unit_test(in_pieces),
        cmocka_unit_test(dropout_is_held_still),
        cmocka_unit_test(what_is_written_scores_the_same),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
