/* Encoders against the real libraries: hidden states layer by layer, gradients of every tensor; and
 * every gradient by finite differences too. */
#include "model/tiny.h"

/* ---- forward ---- */

static void hidden_states(void **state)
{
    (void)state;
    for (size_t m = 0; m < TINY_SENTENCE_COUNT; m++) {
        Tiny t = tiny_open(TINY_SENTENCES[m]);
        Err err = {0};
        size_t size = t.batch.N * t.folder.shape.D;
        float *hidden = mem_alloc(size * sizeof *hidden),
              *layers = mem_alloc((t.folder.shape.L + 1) * size * sizeof *layers);
        for (int threads = 1; threads <= 3; threads += 2) {
            Pool *pool = pool_new((size_t)threads);
            Encoder *e = NULL;
            EncoderRoom *room = NULL;
            if (!encoder_open(&t.folder.shape, t.weights, pool, &e, &err) ||
                !encoder_room_new(e, pool, t.batch.N, false, &room, &err))
                fail_msg("%s: %s", TINY_SENTENCES[m], err.message);
            encoder_forward(e, room, &t.batch, &(EncoderPass){.layers = layers}, hidden);
            for (size_t l = 0; l <= t.folder.shape.L; l++) {
                char *name = str_format("hidden.%zu", l);
                size_t count = 0;
                float *wanted = tiny_golden(&t, name, &count);
                assert_non_null(wanted);
                assert_int_equal(count, size);
                tiny_near(name, layers + l * size, wanted, size, 2e-5, 2e-5);
                free(wanted);
                free(name);
            }
            assert_memory_equal(hidden, layers + t.folder.shape.L * size, size * sizeof *hidden);
            encoder_room_free(room);
            encoder_close(e);
            pool_free(pool);
        }
        free(layers);
        free(hidden);
        tiny_close(&t);
    }
}

/* ---- backward ---- */

typedef struct Trained {
    Tiny t;
    float *p, *g;
    size_t count;
    Encoder *encoder;
    EncoderRoom *room;
    float *hidden, *dhidden, *y, *dy;
    size_t width; /* of a pooled vector */
} Trained;

static Trained trained_open(const char *name, Pool *pool)
{
    Trained x = {.t = tiny_open(name)};
    const EncoderShape *s = &x.t.folder.shape;
    Err err = {0};
    x.count = encoder_parameters(s);
    x.p = mem_zero(x.count, sizeof *x.p);
    x.g = mem_zero(x.count, sizeof *x.g);
    if (!encoder_read(s, x.t.weights, x.p, &err) || !encoder_over(s, x.p, &x.encoder, &err) ||
        !encoder_room_new(x.encoder, pool, x.t.batch.N, true, &x.room, &err))
        fail_msg("%s: %s", name, err.message);
    x.width = s->D * x.t.folder.pooling_count;
    x.hidden = mem_zero(x.t.batch.N, s->D * sizeof *x.hidden);
    x.dhidden = mem_zero(x.t.batch.N, s->D * sizeof *x.dhidden);
    x.y = mem_zero(x.t.batch.B, x.width * sizeof *x.y);
    x.dy = mem_zero(x.t.batch.B, x.width * sizeof *x.dy);
    return x;
}

static void trained_close(Trained *x)
{
    encoder_room_free(x->room);
    encoder_close(x->encoder);
    tiny_close(&x->t);
    void *blocks[] = {x->p, x->g, x->hidden, x->dhidden, x->y, x->dy};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
}

/* Σ sin(1 + i) · y[i] of the pooled vectors. */
static double loss_of(Trained *x, const EncoderPass *pass)
{
    double sum = 0;
    encoder_forward(x->encoder, x->room, &x->t.batch, pass, x->hidden);
    pooling_forward(&x->t.folder, &x->t.batch, NULL, x->hidden, x->y);
    for (size_t i = 0; i < x->t.batch.B * x->width; i++)
        sum += sin(1.0 + (double)i) * (double)x->y[i];
    return sum;
}

static void gradients_of(Trained *x, const EncoderPass *pass, float *g, size_t first)
{
    loss_of(x, pass);
    for (size_t i = 0; i < x->t.batch.B * x->width; i++) x->dy[i] = (float)sin(1.0 + (double)i);
    pooling_backward(&x->t.folder, &x->t.batch, NULL, x->hidden, x->dy, x->dhidden);
    encoder_backward(x->encoder, x->room, &x->t.batch, pass, x->dhidden, g, first);
}

/* The library's own name of a tensor in the golden. */
static float *golden_gradient(const Tiny *t, const char *name, size_t *ret_count)
{
    static const char *const DISTIL[][2] = {{"attention.self.query", "attention.q_lin"},
                                            {"attention.self.key", "attention.k_lin"},
                                            {"attention.self.value", "attention.v_lin"},
                                            {"attention.output.dense", "attention.out_lin"},
                                            {"attention.output.LayerNorm", "sa_layer_norm"},
                                            {"intermediate.dense", "ffn.lin1"},
                                            {"output.dense", "ffn.lin2"},
                                            {"output.LayerNorm", "output_layer_norm"}};
    char *key = str_format("grad.%s", name);
    float *g = tiny_golden(t, key, ret_count);
    int layer, used = 0;
    if (!g && sscanf(name, "encoder.layer.%d.%n", &layer, &used) == 1 && used)
        for (size_t i = 0; i < 8 && !g; i++) {
            size_t n = strlen(DISTIL[i][0]);
            if (strncmp(name + used, DISTIL[i][0], n) != 0) continue;
            free(key);
            key =
                str_format("grad.transformer.layer.%d.%s%s", layer, DISTIL[i][1], name + used + n);
            g = tiny_golden(t, key, ret_count);
        }
    free(key);
    return g;
}

/* The models without a dense layer, whose golden gradient is of the pooled vectors themselves. */
static const char *const PLAIN[] = {"bert", "xlmr", "xlmr_bin", "distilbert", "roberta"};

static void gradients_of_every_tensor(void **state)
{
    (void)state;
    for (size_t m = 0; m < 5; m++) {
        Pool *pool = pool_new(2);
        Trained x = trained_open(PLAIN[m], pool);
        EncoderTensor *tensors;
        size_t count = encoder_tensors(&x.t.folder.shape, &tensors);
        gradients_of(&x, &(EncoderPass){0}, x.g, 0);
        float largest =
            0; /* a key's bias has no gradient: what is there is rounding of all others */
        for (size_t k = 0; k < x.count; k++) largest = fmaxf(largest, fabsf(x.g[k]));
        for (size_t i = 0; i < count; i++) {
            size_t n = 0, floats = tensors[i].rows * (tensors[i].columns ? tensors[i].columns : 1);
            float *wanted = golden_gradient(&x.t, tensors[i].name, &n);
            if (!wanted)
                fail_msg("%s: the golden has no gradient of %s", PLAIN[m], tensors[i].name);
            assert_int_equal(n, floats);
            float most = 0;
            for (size_t k = 0; k < n; k++) most = fmaxf(most, fabsf(wanted[k]));
            tiny_near(tensors[i].name, x.g + tensors[i].at, wanted, n,
                      3e-5 * (double)most + 4e-6 * (double)largest, 1e-4);
            free(wanted);
        }
        free(tensors);
        trained_close(&x);
        pool_free(pool);
    }
}

/* Two values at random of every tensor, with the masks of dropout held still. */
static void finite_differences(void **state)
{
    (void)state;
    for (size_t m = 0; m < 5; m++) {
        Trained x = trained_open(PLAIN[m], NULL);
        EncoderTensor *tensors;
        size_t count = encoder_tensors(&x.t.folder.shape, &tensors);
        EncoderPass pass = {.dropout = true, .seed = 41 + m};
        gradients_of(&x, &pass, x.g, 0);
        for (size_t i = 0; i < count; i++) {
            size_t floats = tensors[i].rows * (tensors[i].columns ? tensors[i].columns : 1);
            const float *g = x.g + tensors[i].at;
            size_t best = 0;
            for (size_t k = 0; k < floats; k++)
                if (fabsf(g[k]) > fabsf(g[best])) best = k;
            const size_t at[2] = {best, (i * 7919 + 13) % floats};
            for (int k = 0; k < 2; k++) {
                float *p = x.p + tensors[i].at + at[k], was = *p, step = 4e-3f;
                *p = was + step;
                double high = loss_of(&x, &pass);
                *p = was - step;
                double low = loss_of(&x, &pass), got = (double)g[at[k]];
                *p = was;
                double wanted = (high - low) / (2 * (double)step);
                if (fabs(got - wanted) > 0.02 * fabs((double)g[best]) + 4e-3)
                    fail_msg("%s: %s[%zu]: %g by differences, %g by backward", PLAIN[m],
                             tensors[i].name, at[k], wanted, got);
            }
        }
        free(tensors);
        trained_close(&x);
    }
}

static void frozen_parts_are_left_alone(void **state)
{
    (void)state;
    Trained x = trained_open("bert", NULL);
    EncoderTensor *tensors;
    size_t count = encoder_tensors(&x.t.folder.shape, &tensors);
    gradients_of(&x, &(EncoderPass){0}, x.g, 0);
    for (size_t i = 0; i < count; i++) {
        bool start = (i == 3 || tensors[i].layer >= 0) &&
                     (i == 3 || tensors[i].layer != tensors[i - 1].layer);
        if (!start) continue; /* of the embedding LayerNorm, of a layer */
        size_t first = tensors[i].at, left = x.count - first;
        float *g = mem_zero(left + 1, sizeof *g);
        g[left] = 7;
        gradients_of(&x, &(EncoderPass){0}, g, first);
        assert_memory_equal(g, x.g + first, left * sizeof *g);
        assert_true(g[left] == 7);
        gradients_of(&x, &(EncoderPass){0}, g, first); /* they accumulate */
        for (size_t k = 0; k < left; k++)
            assert_true(fabsf(g[k] - 2 * x.g[first + k]) <= 1e-5f * fabsf(g[k]) + 1e-6f);
        free(g);
    }
    free(tensors);
    trained_close(&x);
}

static void the_same_on_any_number_of_threads(void **state)
{
    (void)state;
    float *first = NULL;
    for (size_t threads = 1; threads <= 4; threads++) {
        Pool *pool = pool_new(threads);
        Trained x = trained_open("bert", pool);
        gradients_of(&x, &(EncoderPass){.dropout = true, .seed = 5}, x.g, 0);
        if (!first) {
            first = mem_alloc(x.count * sizeof *first);
            memcpy(first, x.g, x.count * sizeof *first);
        }
        assert_memory_equal(first, x.g, x.count * sizeof *first);
        trained_close(&x);
        pool_free(pool);
    }
    free(first);
}

/* ---- LoRA ---- */

static void lora_by_differences(void **state)
{
    (void)state;
    Trained x = trained_open("bert", NULL);
    const EncoderShape *s = &x.t.folder.shape;
    size_t count = lora_parameters(s, 3);
    float *p = mem_zero(count, sizeof *p), *g = mem_zero(count, sizeof *g);
    lora_start(s, 3, 9, p);
    Lora lora = {.rank = 3, .alpha = 6, .p = p, .g = g};
    EncoderPass plain = {.dropout = true, .seed = 3}, pass = plain;
    pass.lora = &lora;
    assert_true(fabs(loss_of(&x, &pass) - loss_of(&x, &plain)) < 1e-4); /* B is zero: no change */
    for (size_t i = 0; i < count; i++)
        if (p[i] == 0) p[i] = 0.05f * (float)sin((double)i);
    gradients_of(&x, &pass, NULL, x.count);
    double most = 0;
    for (size_t i = 0; i < count; i++) most = fmax(most, fabs((double)g[i]));
    for (size_t i = 0; i < count; i += 1 + count / 150) {
        float was = p[i], step = 4e-3f;
        p[i] = was + step;
        double high = loss_of(&x, &pass);
        p[i] = was - step;
        double low = loss_of(&x, &pass), wanted = (high - low) / (2 * (double)step);
        p[i] = was;
        if (fabs((double)g[i] - wanted) > 0.01 * most + 4e-3)
            fail_msg("LoRA's %zu: %g by differences, %g by backward", i, wanted, (double)g[i]);
    }
    double with = loss_of(&x, &pass);
    lora_merge(s, &lora, x.p);
    assert_true(fabs(loss_of(&x, &plain) - with) < 1e-3);
    free(p);
    free(g);
    trained_close(&x);
}

/* ---- what does not fit ---- */

static void refused(void **state)
{
    (void)state;
    Tiny t = tiny_open("bert");
    EncoderShape s = t.folder.shape;
    Encoder *e = NULL;
    Err err = {0};
    s.L = 3; /* a layer that is not there */
    assert_false(encoder_open(&s, t.weights, NULL, &e, &err));
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_non_null(strstr(err.message, "encoder.layer.2."));
    s = t.folder.shape;
    s.F += 1;
    err = (Err){0};
    assert_false(encoder_open(&s, t.weights, NULL, &e, &err));
    assert_non_null(strstr(err.message, "intermediate.dense"));
    assert_null(e);
    tiny_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hidden_states),
        cmocka_unit_test(gradients_of_every_tensor),
        cmocka_unit_test(finite_differences),
        cmocka_unit_test(frozen_parts_are_left_alone),
        cmocka_unit_test(the_same_on_any_number_of_threads),
        cmocka_unit_test(lora_by_differences),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
