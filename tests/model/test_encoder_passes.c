/* Encoders' passes and rooms: what must not change the result (block sizes, other texts of the
 * batch, where weights lie), what first rows, types, seeds and LoRA do, what a room takes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "model/encoder.h"
#include "model/scratch.h"
#include "model/tiny.h"

static const EncoderShape SHAPE = {.family = "bert",
                                   .V = 50,
                                   .P = 400,
                                   .types = 2,
                                   .D = 24,
                                   .H = 3,
                                   .F = 40,
                                   .L = 2,
                                   .eps = 1e-12f,
                                   .activation = ACTIVATION_GELU,
                                   .dropout = 0.1f,
                                   .attention_dropout = 0.1f};

/* An encoder with weights made at random, and a batch for it. */
typedef struct Made {
    size_t count;
    float *p;
    Encoder *encoder;
    uint32_t *ids, *types, *offset;
    Ragged batch;
    float *hidden, *d;
    size_t size; /* floats of hidden */
} Made;

static Made made_open(const uint32_t *lengths, size_t B)
{
    Made m = {.count = encoder_parameters(&SHAPE)};
    Rng rng = rng_make(7, 7);
    EncoderTensor *tensors;
    Err err = {0};
    m.p = mem_alloc(m.count * sizeof *m.p);
    size_t count = encoder_tensors(&SHAPE, &tensors);
    for (size_t i = 0; i < count; i++) {
        size_t n = tensors[i].rows * (tensors[i].columns ? tensors[i].columns : 1);
        float middle = strstr(tensors[i].name, "LayerNorm.weight") ? 1 : 0;
        for (size_t k = 0; k < n; k++)
            m.p[tensors[i].at + k] = middle + 0.25f * (float)rng_normal(&rng);
    }
    free(tensors);
    m.offset = mem_zero(B + 1, sizeof *m.offset);
    for (size_t i = 0; i < B; i++) m.offset[i + 1] = m.offset[i] + lengths[i];
    size_t N = m.offset[B];
    m.ids = mem_alloc(N * sizeof *m.ids);
    m.types = mem_alloc(N * sizeof *m.types);
    for (size_t n = 0; n < N; n++) {
        m.ids[n] = (uint32_t)rng_below(&rng, SHAPE.V);
        m.types[n] = n % 2;
    }
    m.batch = (Ragged){B, N, m.offset, m.ids, m.types};
    m.size = N * SHAPE.D;
    m.hidden = mem_zero(m.size, sizeof *m.hidden);
    m.d = mem_zero(m.size, sizeof *m.d);
    assert_true(encoder_over(&SHAPE, m.p, &m.encoder, &err));
    return m;
}

static void made_close(Made *m)
{
    encoder_close(m->encoder);
    void *blocks[] = {m->p, m->ids, m->types, m->offset, m->hidden, m->d};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
}

static EncoderRoom *room_of(const Made *m, Pool *pool, size_t N, bool training)
{
    EncoderRoom *room = NULL;
    Err err = {0};
    if (!encoder_room_new(m->encoder, pool, N, training, &room, &err)) fail_msg("%s", err.message);
    return room;
}

static void forward(const Made *m, const EncoderPass *pass, bool training, float *hidden)
{
    EncoderRoom *room = room_of(m, NULL, m->batch.N, training);
    encoder_forward(m->encoder, room, &m->batch, pass, hidden);
    encoder_room_free(room);
}

/* Gradients of the parameters for dhidden = sin, or only on first rows with NaN elsewhere. */
static void backward(Made *m, const EncoderPass *pass, float *g, bool only_first, float elsewhere)
{
    EncoderRoom *room = room_of(m, NULL, m->batch.N, true);
    encoder_forward(m->encoder, room, &m->batch, pass, m->hidden);
    for (size_t text = 0; text < m->batch.B; text++)
        for (size_t n = m->offset[text]; n < m->offset[text + 1]; n++)
            for (size_t i = 0; i < SHAPE.D; i++)
                m->d[n * SHAPE.D + i] =
                    only_first && n > m->offset[text] ? elsewhere : sinf((float)(n * SHAPE.D + i));
    encoder_backward(m->encoder, room, &m->batch, pass, m->d, g, 0);
    encoder_room_free(room);
}

static void near(const char *what, const float *got, const float *wanted, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++) most = fmax(most, fabs((double)wanted[i]));
    tiny_near(what, got, wanted, count, 2e-5 * most, 1e-5);
}

/* ---- forward ---- */

static void texts_do_not_see_each_other(void **state)
{
    (void)state;
    static const uint32_t LENGTHS[] = {300, 1, 0, 300, 17, 299, 0, 260};
    Made all = made_open(LENGTHS, 8);
    assert_true(all.batch.N > 1024); /* more than one block of the feed-forward part */
    forward(&all, &(EncoderPass){0}, false, all.hidden);
    float *trained = mem_zero(all.size, sizeof *trained);
    forward(&all, &(EncoderPass){0}, true, trained);
    near("a training room", trained, all.hidden, all.size);
    EncoderRoom *room = room_of(&all, NULL, 300, false);
    for (size_t text = 0; text < 8; text++) {
        size_t first = all.offset[text], N = LENGTHS[text];
        uint32_t offset[2] = {0, (uint32_t)N};
        Ragged one = {1, N, offset, all.ids + first, all.types + first};
        float *alone = mem_zero(N + 1, SHAPE.D * sizeof *alone);
        encoder_forward(all.encoder, room, &one, &(EncoderPass){0}, alone);
        near("a text alone", alone, all.hidden + first * SHAPE.D, N * SHAPE.D);
        free(alone);
    }
    encoder_room_free(room);
    free(trained);
    made_close(&all);
}

static void types_choose_rows(void **state)
{
    (void)state;
    static const uint32_t LENGTHS[] = {5, 4};
    Made m = made_open(LENGTHS, 2);
    float *without = mem_zero(m.size, sizeof *without), *g = mem_zero(m.count, sizeof *g);
    float *row = m.p + (SHAPE.V + SHAPE.P) * SHAPE.D;
    m.batch.types = NULL;
    forward(&m, &(EncoderPass){0}, false, without);
    for (size_t n = 0; n < m.batch.N; n++) m.types[n] = 1;
    for (size_t i = 0; i < SHAPE.D; i++) {
        float was = row[i];
        row[i] = row[SHAPE.D + i];
        row[SHAPE.D + i] = was;
    }
    m.batch.types = m.types;
    forward(&m, &(EncoderPass){0}, false, m.hidden);
    assert_memory_equal(without, m.hidden, m.size * sizeof *without);
    backward(&m, &(EncoderPass){0}, g, false, 0);
    const float *dtype = g + (SHAPE.V + SHAPE.P) * SHAPE.D;
    for (size_t i = 0; i < SHAPE.D; i++) {
        assert_true(dtype[i] == 0);
        assert_true(dtype[SHAPE.D + i] != 0);
    }
    free(without);
    free(g);
    made_close(&m);
}

static void seeds_make_masks(void **state)
{
    (void)state;
    static const uint32_t LENGTHS[] = {30, 12};
    Made m = made_open(LENGTHS, 2);
    float *again = mem_zero(m.size, sizeof *again);
    EncoderPass pass = {.dropout = true, .seed = 4};
    forward(&m, &pass, true, m.hidden);
    forward(&m, &pass, false, again);
    near("the same seed", again, m.hidden, m.size);
    pass.seed = 5;
    forward(&m, &pass, true, again);
    assert_memory_not_equal(again, m.hidden, m.size * sizeof *again);
    pass.dropout = false;
    forward(&m, &pass, true, again);
    forward(&m, &(EncoderPass){0}, true, m.hidden);
    assert_memory_equal(again, m.hidden, m.size * sizeof *again);
    free(again);
    made_close(&m);
}

static void nothing_is_fine(void **state)
{
    (void)state;
    static const uint32_t LENGTHS[] = {0, 0};
    Made m = made_open(LENGTHS, 2);
    float *g = mem_zero(m.count, sizeof *g);
    backward(&m, &(EncoderPass){.first_rows = true}, g, false, 0);
    for (size_t i = 0; i < m.count; i++) assert_true(g[i] == 0);
    encoder_room_free(NULL);
    encoder_close(NULL);
    free(g);
    made_close(&m);
}

/* ---- first rows ---- */

static void first_rows_alone(void **state)
{
    (void)state;
    static const uint32_t LENGTHS[] = {7, 0, 1, 40, 0, 2, 1};
    Made m = made_open(LENGTHS, 7);
    float *all = mem_zero(m.size, sizeof *all);
    forward(&m, &(EncoderPass){0}, false, all);
    for (int training = 0; training < 2; training++) {
        forward(&m, &(EncoderPass){.first_rows = true}, training, m.hidden);
        for (size_t text = 0; text < 7; text++)
            if (LENGTHS[text])
                near("a first row", m.hidden + m.offset[text] * SHAPE.D,
                     all + m.offset[text] * SHAPE.D, SHAPE.D);
    }
    float *g = mem_zero(m.count, sizeof *g), *wanted = mem_zero(m.count, sizeof *wanted);
    backward(&m, &(EncoderPass){0}, wanted, true, 0);
    backward(&m, &(EncoderPass){.first_rows = true}, g, true, NAN);
    near("the gradients", g, wanted, m.count);
    free(g);
    free(wanted);
    free(all);
    made_close(&m);
}

/* Backward against differences of Σ d · hidden over the first rows, masks held still. */
static void first_rows_with_dropout(void **state)
{
    (void)state;
    static const uint32_t LENGTHS[] = {9, 3, 20};
    Made m = made_open(LENGTHS, 3);
    float *g = mem_zero(m.count, sizeof *g);
    EncoderPass pass = {.dropout = true, .seed = 12, .first_rows = true};
    backward(&m, &pass, g, true, NAN);
    double most = 0;
    for (size_t i = 0; i < m.count; i++) most = fmax(most, fabs((double)g[i]));
    for (size_t i = 0; i < m.count; i += 97) {
        double sum[2] = {0};
        float was = m.p[i], step = 2e-3f;
        for (int side = 0; side < 2; side++) {
            m.p[i] = side ? was - step : was + step;
            forward(&m, &pass, true, m.hidden);
            for (size_t text = 0; text < 3; text++)
                for (size_t k = 0; k < SHAPE.D; k++) {
                    size_t at = m.offset[text] * SHAPE.D + k;
                    sum[side] += sin((double)at) * (double)m.hidden[at];
                }
        }
        m.p[i] = was;
        double wanted = (sum[0] - sum[1]) / (2 * (double)step);
        if (fabs((double)g[i] - wanted) > 2e-3 * most + 2e-3)
            fail_msg("parameter %zu: %g by differences, %g by backward", i, wanted, (double)g[i]);
    }
    free(g);
    made_close(&m);
}

/* ---- blocks of rows ---- */

/* More rows than a block of the feed-forward part has: the sum of the texts' own gradients. */
static void gradients_add_up(void **state)
{
    (void)state;
    static const uint32_t LENGTHS[] = {300, 290, 1, 380, 200};
    Made m = made_open(LENGTHS, 5);
    size_t count = lora_parameters(&SHAPE, 2);
    float *p = mem_zero(count, sizeof *p), *lora_g = mem_zero(count, sizeof *lora_g),
          *lora_sum = mem_zero(count, sizeof *lora_sum), *g = mem_zero(m.count, sizeof *g),
          *sum = mem_zero(m.count, sizeof *sum);
    for (size_t i = 0; i < count; i++) p[i] = 0.1f * sinf((float)i);
    Lora lora = {.rank = 2, .alpha = 1, .p = p, .g = lora_g};
    EncoderPass pass = {.lora = &lora};
    backward(&m, &pass, g, false, 0);
    EncoderRoom *room = room_of(&m, NULL, 380, true);
    lora.g = lora_sum;
    for (size_t text = 0; text < 5; text++) {
        size_t first = m.offset[text], N = LENGTHS[text];
        uint32_t offset[2] = {0, (uint32_t)N};
        Ragged one = {1, N, offset, m.ids + first, m.types + first};
        for (size_t i = 0; i < N * SHAPE.D; i++) m.d[i] = sinf((float)(first * SHAPE.D + i));
        encoder_forward(m.encoder, room, &one, &pass, m.hidden);
        encoder_backward(m.encoder, room, &one, &pass, m.d, sum, 0);
    }
    near("the gradients", g, sum, m.count);
    near("LoRA's", lora_g, lora_sum, count);
    encoder_room_free(room);
    void *blocks[] = {p, lora_g, lora_sum, g, sum};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
    made_close(&m);
}

/* ---- LoRA ---- */

static void lora_begins_at_nothing(void **state)
{
    (void)state;
    size_t D = SHAPE.D, F = SHAPE.F, rank = 4;
    size_t count = lora_parameters(&SHAPE, rank);
    assert_int_equal(count, SHAPE.L * rank * (4 * (D + D) + 2 * (D + F)));
    float *p = mem_zero(count, sizeof *p), *q = mem_zero(count, sizeof *q);
    lora_start(&SHAPE, rank, 1, p);
    lora_start(&SHAPE, rank, 1, q);
    assert_memory_equal(p, q, count * sizeof *p);
    lora_start(&SHAPE, rank, 2, q);
    assert_memory_not_equal(p, q, count * sizeof *p);
    double squares = 0;
    size_t set = 0;
    for (size_t i = 0; i < count; i++) {
        squares += (double)p[i] * (double)p[i];
        set += p[i] != 0;
    }
    assert_int_equal(set, SHAPE.L * rank * (5 * D + F)); /* A only */
    assert_true(fabs(squares / (double)set * (double)rank - 1) < 0.15);
    assert_memory_not_equal(p, p + 2 * rank * D, rank * D * sizeof *p); /* q's A is not k's */
    free(p);
    free(q);
}

/* With the parameters' own gradients at once, which are those of the merged weights. Ranks with and
 * without room for three maps side by side. */
static void lora_beside_the_weights(void **state)
{
    (void)state;
    static const uint32_t LENGTHS[] = {9, 30};
    for (size_t rank = 3; rank <= 24; rank += 21) {
        Made m = made_open(LENGTHS, 2);
        size_t count = lora_parameters(&SHAPE, rank);
        float *p = mem_zero(count, sizeof *p), *alone = mem_zero(count, sizeof *alone),
              *beside = mem_zero(count, sizeof *beside), *g = mem_zero(m.count, sizeof *g),
              *merged = mem_zero(m.count, sizeof *merged);
        Rng rng = rng_make(rank, 0);
        for (size_t i = 0; i < count; i++) p[i] = 0.1f * (float)rng_normal(&rng);
        Lora lora = {.rank = rank, .alpha = 2, .p = p, .g = alone};
        EncoderPass pass = {.dropout = true, .seed = 6, .lora = &lora};
        backward(&m, &pass, NULL, false, 0);
        lora.g = beside;
        backward(&m, &pass, g, false, 0);
        assert_memory_equal(alone, beside, count * sizeof *alone);
        lora.g = NULL;
        lora_merge(&SHAPE, &lora, m.p);
        pass.lora = NULL;
        backward(&m, &pass, merged, false, 0);
        near("the weights' gradients", g, merged, m.count);
        void *blocks[] = {p, alone, beside, g, merged};
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
        made_close(&m);
    }
}

/* ---- where weights lie ---- */

/* The bytes of a tiny model's weights with its header changed; the caller's. */
static Str weights_bytes_of(const char *name)
{
    Str bytes = {0};
    Err err = {0};
    char *path = str_format(TINY_FOLDER "%s/model.safetensors", name);
    if (!file_read(path, 1 << 24, &bytes, &err)) fail_msg("%s", err.message);
    free(path);
    return bytes;
}

static void one_byte_off(void **state)
{
    (void)state;
    Tiny t = tiny_open("bert");
    Str bytes = weights_bytes_of("bert"), moved = {0};
    uint64_t header;
    memcpy(&header, bytes.data, sizeof header);
    header++;
    str_add_bytes(&moved, (const char *)&header, sizeof header);
    str_add_bytes(&moved, bytes.data + sizeof header, header - 1);
    str_add_bytes(&moved, " ", 1);
    str_add_bytes(&moved, bytes.data + sizeof header + header - 1,
                  bytes.size - sizeof header - (header - 1));
    Scratch scratch = scratch_make();
    scratch_put_bytes(&scratch, "model.safetensors", moved.data, moved.size);
    Weights *odd = NULL;
    Err err = {0};
    if (!weights_open(scratch.path, &odd, &err)) fail_msg("%s", err.message);
    const Weights *sources[2] = {t.weights, odd};
    size_t size = t.batch.N * t.folder.shape.D;
    float *hidden[2];
    for (int i = 0; i < 2; i++) {
        Encoder *e = NULL;
        EncoderRoom *room = NULL;
        hidden[i] = mem_zero(size, sizeof(float));
        assert_true(encoder_open(&t.folder.shape, sources[i], NULL, &e, &err) &&
                    encoder_room_new(e, NULL, t.batch.N, false, &room, &err));
        encoder_forward(e, room, &t.batch, &(EncoderPass){0}, hidden[i]);
        encoder_room_free(room);
        encoder_close(e);
    }
    assert_memory_equal(hidden[0], hidden[1], size * sizeof(float));
    free(hidden[0]);
    free(hidden[1]);
    weights_close(odd);
    scratch_remove(&scratch);
    str_release(&bytes);
    str_release(&moved);
    tiny_close(&t);
}

static void integers_are_no_weights(void **state)
{
    (void)state;
    Tiny t = tiny_open("bert");
    Str bytes = weights_bytes_of("bert");
    static const char NAME[] = "\"embeddings.position_embeddings.weight\":{\"dtype\":\"F32\"";
    char *at = memmem(bytes.data, bytes.size, NAME, sizeof NAME - 1);
    assert_non_null(at);
    at[sizeof NAME - 5] = 'I';
    Scratch scratch = scratch_make();
    scratch_put_bytes(&scratch, "model.safetensors", bytes.data, bytes.size);
    Weights *w = NULL;
    Encoder *e = NULL;
    Err err = {0};
    if (!weights_open(scratch.path, &w, &err)) fail_msg("%s", err.message);
    float *p = mem_zero(encoder_parameters(&t.folder.shape), sizeof *p);
    assert_false(encoder_open(&t.folder.shape, w, NULL, &e, &err));
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_non_null(strstr(err.message, "I32"));
    assert_non_null(strstr(err.message, "position_embeddings"));
    err = (Err){0};
    assert_false(encoder_read(&t.folder.shape, w, p, &err));
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_null(e);
    free(p);
    weights_close(w);
    scratch_remove(&scratch);
    str_release(&bytes);
    tiny_close(&t);
}

/* ---- memory ---- */

static void rooms_say_what_they_take(void **state)
{
    (void)state;
    const EncoderShape minilm = {
        .family = "bert", .V = 30522, .P = 512, .types = 2, .D = 384, .H = 12, .F = 1536, .L = 6};
    size_t kept = 0, N = 4096; /* a multiple of what buffers are rounded to */
    for (int training = 0; training < 2; training++) {
        size_t one = encoder_room_bytes(&minilm, N, training, 2),
               two = encoder_room_bytes(&minilm, 2 * N, training, 2),
               three = encoder_room_bytes(&minilm, 3 * N, training, 2);
        assert_int_equal(three - two, two - one); /* nothing grows faster than the tokens */
        kept = (two - one) / N / sizeof(float);
        assert_true(encoder_room_bytes(&minilm, N, training, 3) > one);
    }
    /* a layer keeps 10 D, its heads' lse and two deviations; scratch and embeddings 6 D */
    assert_int_equal(kept, 6 * (10 * 384 + 12 + 2) + 6 * 384 + 1);
    assert_int_equal(
        (encoder_room_bytes(&minilm, 2 * N, false, 2) - encoder_room_bytes(&minilm, N, false, 2)) /
            N / sizeof(float),
        4 * 384);
}

static void rooms_that_do_not_fit(void **state)
{
    (void)state;
    static const uint32_t LENGTHS[] = {3};
    Made m = made_open(LENGTHS, 1);
    EncoderRoom *room = NULL;
    Err err = {0};
    assert_false(encoder_room_new(m.encoder, NULL, (size_t)1 << 33, true, &room, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_null(room);
    made_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_do_not_see_each_other),
        cmocka_unit_test(types_choose_rows),
        cmocka_unit_test(seeds_make_masks),
        cmocka_unit_test(nothing_is_fine),
        cmocka_unit_test(first_rows_alone),
        cmocka_unit_test(first_rows_with_dropout),
        cmocka_unit_test(gradients_add_up),
        cmocka_unit_test(lora_begins_at_nothing),
        cmocka_unit_test(lora_beside_the_weights),
        cmocka_unit_test(one_byte_off),
        cmocka_unit_test(integers_are_no_weights),
        cmocka_unit_test(rooms_say_what_they_take),
        cmocka_unit_test(rooms_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
