/* Heads of cross-encoders against transformers: logits and gradients of every tensor, through the
 * encoder too; and every gradient by finite differences. */
#include "base/rng.h"
#include "model/cross_head.h"
#include "model/tiny.h"

static const char *const CROSS[] = {"cross_bert", "cross_xlmr", "cross_distilbert"};
#define CROSS_COUNT 3

typedef struct Cross {
    Tiny t;
    CrossHead head;
    float *p, *g; /* of the encoder, then of the head */
    size_t encoder_floats, count;
    Encoder *encoder;
    EncoderRoom *room;
    uint32_t *types;
    float *hidden, *dhidden, *kept, *logits, *dlogits;
} Cross;

static Cross cross_open(const char *name, Pool *pool)
{
    Cross x = {.t = tiny_open(name)};
    const EncoderShape *s = &x.t.folder.shape;
    Err err = {0};
    const cJSON *types = cJSON_GetObjectItem(x.t.json, "types"), *one, *type;
    if (cJSON_IsArray(types) && s->types > 1) {
        size_t n = 0;
        x.types = mem_zero(x.t.batch.N, sizeof *x.types);
        cJSON_ArrayForEach(one, types)
        {
            cJSON_ArrayForEach(type, one) x.types[n++] = (uint32_t)type->valueint;
        }
        assert_int_equal(n, x.t.batch.N);
        x.t.batch.types = x.types;
    }
    if (!cross_head_of(&x.t.folder, &x.head, &err)) fail_msg("%s", err.message);
    x.encoder_floats = encoder_parameters(s);
    x.count = x.encoder_floats + cross_head_parameters(&x.head);
    x.p = mem_zero(x.count, sizeof *x.p);
    x.g = mem_zero(x.count, sizeof *x.g);
    if (!encoder_read(s, x.t.weights, x.p, &err) ||
        !cross_head_read(&x.head, s, x.t.weights, x.p + x.encoder_floats, &err) ||
        !encoder_over(s, x.p, &x.encoder, &err) ||
        !encoder_room_new(x.encoder, pool, x.t.batch.N, true, &x.room, &err))
        fail_msg("%s: %s", name, err.message);
    x.hidden = mem_zero(x.t.batch.N, s->D * sizeof *x.hidden);
    x.dhidden = mem_zero(x.t.batch.N, s->D * sizeof *x.dhidden);
    x.kept = mem_zero(x.t.batch.B, cross_head_kept_floats(&x.head) * sizeof *x.kept);
    x.logits = mem_zero(x.t.batch.B, x.head.labels * sizeof *x.logits);
    x.dlogits = mem_zero(x.t.batch.B, x.head.labels * sizeof *x.dlogits);
    return x;
}

static void cross_close(Cross *x)
{
    encoder_room_free(x->room);
    encoder_close(x->encoder);
    tiny_close(&x->t);
    void *blocks[] = {x->p, x->g, x->types, x->hidden, x->dhidden, x->kept, x->logits, x->dlogits};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
}

static void forward(Cross *x, const EncoderPass *pass)
{
    encoder_forward(x->encoder, x->room, &x->t.batch, pass, x->hidden);
    cross_head_forward(&x->head, x->p + x->encoder_floats, &x->t.batch, pass, x->hidden, x->kept,
                       x->logits);
}

static void backward(Cross *x, const EncoderPass *pass)
{
    cross_head_backward(&x->head, x->p + x->encoder_floats, &x->t.batch, pass, x->kept, x->dlogits,
                        x->dhidden, x->g + x->encoder_floats);
    encoder_backward(x->encoder, x->room, &x->t.batch, pass, x->dhidden, x->g, 0);
}

static void logits(void **state)
{
    (void)state;
    for (size_t m = 0; m < CROSS_COUNT; m++) {
        Cross x = cross_open(CROSS[m], NULL);
        double wanted[64];
        size_t n = 0;
        forward(&x, &(EncoderPass){0});
        golden_flatten(golden_get(x.t.json, "logits"), wanted, 64, &n);
        assert_int_equal(n, x.t.batch.B);
        for (size_t i = 0; i < n; i++)
            if (fabs((double)x.logits[i] - wanted[i]) > 2e-5 + 2e-5 * fabs(wanted[i]))
                fail_msg("%s: logit %zu is %g and not %g", CROSS[m], i, (double)x.logits[i],
                         wanted[i]);
        cross_close(&x);
    }
}

/* ---- gradients ---- */

/* Under the name that the file has. */
static float *golden_gradient(const Tiny *t, const char *name, size_t *ret_count)
{
    TensorView v;
    if (!encoder_find(t->weights, &t->folder.shape, name, &v)) fail_msg("no tensor %s", name);
    char *key = str_format("grad.%s", v.name);
    float *g = tiny_golden(t, key, ret_count);
    if (!g) fail_msg("the golden has no %s", key);
    free(key);
    return g;
}

static void near_golden(const Tiny *t, const EncoderTensor *tensor, const float *g, double largest)
{
    size_t n = 0, floats = tensor->rows * (tensor->columns ? tensor->columns : 1);
    float *wanted = golden_gradient(t, tensor->name, &n);
    assert_int_equal(n, floats);
    double most = 0;
    for (size_t k = 0; k < n; k++) most = fmax(most, fabs((double)wanted[k]));
    tiny_near(tensor->name, g + tensor->at, wanted, n, 3e-5 * most + 4e-6 * largest, 1e-4);
    free(wanted);
}

/* Of the mean binary cross-entropy: question i is answered by passage i alone. */
static void gradients_of_every_tensor(void **state)
{
    (void)state;
    for (size_t m = 0; m < CROSS_COUNT; m++) {
        Pool *pool = pool_new(2);
        Cross x = cross_open(CROSS[m], pool);
        forward(&x, &(EncoderPass){0});
        for (size_t i = 0; i < x.t.batch.B; i++) {
            double label = i / 4 == i % 4, p = 1 / (1 + exp(-(double)x.logits[i]));
            x.dlogits[i] = (float)((p - label) / (double)x.t.batch.B);
        }
        backward(&x, &(EncoderPass){0});
        double largest = 0;
        for (size_t k = 0; k < x.count; k++) largest = fmax(largest, fabs((double)x.g[k]));
        EncoderTensor *tensors;
        size_t count = encoder_tensors(&x.t.folder.shape, &tensors);
        for (size_t i = 0; i < count; i++) near_golden(&x.t, &tensors[i], x.g, largest);
        for (size_t i = 0; i < HEAD_TENSORS; i++)
            near_golden(&x.t, &x.head.tensors[i], x.g + x.encoder_floats, largest);
        free(tensors);
        cross_close(&x);
        pool_free(pool);
    }
}

/* A head alone, over hidden states at random, of three labels, with dropout held still. */
typedef struct Lone {
    CrossHead head;
    Ragged batch;
    EncoderPass pass;
    float *p, *hidden, *kept, logits[12];
} Lone;

static double lone_loss(Lone *x)
{
    double sum = 0;
    cross_head_forward(&x->head, x->p, &x->batch, &x->pass, x->hidden, x->kept, x->logits);
    for (size_t i = 0; i < x->batch.B * x->head.labels; i++)
        sum += sin(1.0 + (double)i) * (double)x->logits[i];
    return sum;
}

static void by_differences(Lone *x, const char *what, float *values, const float *g, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        float was = values[k], step = 1e-2f;
        values[k] = was + step;
        double high = lone_loss(x);
        values[k] = was - step;
        double wanted = (high - lone_loss(x)) / (2 * (double)step);
        values[k] = was;
        if (fabs(wanted - (double)g[k]) > 2e-3 + 1e-2 * fabs(wanted))
            fail_msg("%s, %s %zu: %g by differences, %g by backward", x->head.tensors[0].name, what,
                     k, wanted, (double)g[k]);
    }
}

static void finite_differences(void **state)
{
    (void)state;
    static const char *const FAMILIES[] = {"bert", "roberta", "xlm-roberta", "camembert",
                                           "distilbert"};
    static const uint32_t OFFSET[] = {0, 3, 4, 9, 11};
    for (size_t m = 0; m < 5; m++) {
        ModelFolder f = {
            .path = (char[]){"x"}, .labels = 3, .head_dropout = 0.3f, .shape = {.D = 7}};
        strcpy(f.shape.family, FAMILIES[m]);
        Lone x = {.batch = {.B = 4, .N = 11, .offset = OFFSET},
                  .pass = {.dropout = true, .seed = 5 + m}};
        Err err = {0};
        assert_true(cross_head_of(&f, &x.head, &err));
        size_t count = cross_head_parameters(&x.head), floats = 11 * 7;
        assert_int_equal(count, 7 * 7 + 7 + 3 * 7 + 3);
        Rng rng = rng_make(3, m);
        x.p = mem_alloc(count * sizeof *x.p);
        x.hidden = mem_alloc(floats * sizeof *x.hidden);
        x.kept = mem_alloc(4 * cross_head_kept_floats(&x.head) * sizeof *x.kept);
        float *g = mem_zero(count, sizeof *g), *dhidden = mem_alloc(floats * sizeof *dhidden),
              dlogits[12];
        for (size_t k = 0; k < count; k++) x.p[k] = (float)(0.4 * rng_normal(&rng));
        for (size_t k = 0; k < floats; k++) x.hidden[k] = (float)rng_normal(&rng);
        for (size_t k = 0; k < 12; k++) dlogits[k] = (float)sin(1.0 + (double)k);
        lone_loss(&x);
        cross_head_backward(&x.head, x.p, &x.batch, &x.pass, x.kept, dlogits, dhidden, g);
        by_differences(&x, "parameter", x.p, g, count);
        by_differences(&x, "hidden", x.hidden, dhidden, floats);
        /* a fixed head gives the same way back; gradients accumulate */
        float *again = mem_alloc(floats * sizeof *again), first = g[0];
        lone_loss(&x);
        cross_head_backward(&x.head, x.p, &x.batch, &x.pass, x.kept, dlogits, again, NULL);
        assert_memory_equal(again, dhidden, floats * sizeof *again);
        lone_loss(&x);
        cross_head_backward(&x.head, x.p, &x.batch, &x.pass, x.kept, dlogits, again, g);
        assert_true(fabsf(g[0] - 2 * first) <= 1e-5f * fabsf(first));
        void *blocks[] = {x.p, x.hidden, x.kept, g, dhidden, again};
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
    }
}

/* ---- what it refuses ---- */

static void refusals(void **state)
{
    (void)state;
    CrossHead head;
    Err err = {0};
    Tiny plain = tiny_open("bert"); /* no classifier */
    assert_false(cross_head_of(&plain.folder, &head, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.message, "no reranker"));
    plain.folder.labels = 1;
    assert_true(cross_head_of(&plain.folder, &head, &err));
    float *p = mem_zero(cross_head_parameters(&head), sizeof *p);
    err = (Err){0};
    assert_false(cross_head_read(&head, &plain.folder.shape, plain.weights, p, &err));
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_non_null(strstr(err.message, "classifier.weight"));
    strcpy(plain.folder.shape.family, "deberta");
    assert_false(cross_head_of(&plain.folder, &head, &err));
    free(p);
    tiny_close(&plain);
}

static void rates(void **state)
{
    (void)state;
    static const float RATE[] = {0.1f, 0.1f, 0.2f};
    for (size_t m = 0; m < CROSS_COUNT; m++) {
        Tiny t = tiny_open(CROSS[m]);
        CrossHead head;
        Err err = {0};
        assert_true(cross_head_of(&t.folder, &head, &err));
        assert_true(head.dropout == RATE[m]);
        assert_int_equal(head.labels, 1);
        assert_int_equal(head.drops_input, m == 1);
        tiny_close(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logits),
        cmocka_unit_test(gradients_of_every_tensor),
        cmocka_unit_test(finite_differences),
        cmocka_unit_test(refusals),
        cmocka_unit_test(rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
