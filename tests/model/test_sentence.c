/* Sentence encoders against the real library: pooled vectors and embeddings; pooling and dense
 * layers also by plain loops and finite differences. */
#include <pthread.h>

#include "base/rng.h"
#include "model/scratch.h"
#include "model/tiny.h"
#include "num/vector.h"

static void noise(uint64_t seed, float *x, size_t n)
{
    Rng rng = rng_make(seed, 0);
    for (size_t i = 0; i < n; i++) x[i] = (float)rng_normal(&rng);
}

static double dot(const float *x, const float *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)y[i];
    return sum;
}

static char *folder_of(const char *name)
{
    return str_format(TINY_FOLDER "%s", name);
}

static Sentence *open_tiny(const char *name, Pool *pool)
{
    char *folder = folder_of(name);
    Sentence *s = NULL;
    Err err = {0};
    if (!sentence_open(folder, pool, &s, &err)) fail_msg("%s", err.message);
    free(folder);
    return s;
}

/* ---- the real library ---- */

static void pooled_as_the_library(void **state)
{
    (void)state;
    for (size_t m = 0; m < TINY_SENTENCE_COUNT; m++) {
        Tiny t = tiny_open(TINY_SENTENCES[m]);
        const ModelFolder *f = &t.folder;
        char *last = str_format("hidden.%zu", f->shape.L);
        size_t hidden_count = 0, count = 0, width = f->shape.D * f->pooling_count;
        float *hidden = tiny_golden(&t, last, &hidden_count),
              *wanted = tiny_golden(&t, "pooled", &count), *y = NULL;
        assert_int_equal(hidden_count, t.batch.N * f->shape.D);
        float *pooled = mem_zero(t.batch.B * width, sizeof *pooled);
        pooling_forward(f, &t.batch, NULL, hidden, pooled);
        if (f->dense_count) {
            Err err = {0};
            float *p = mem_zero(dense_parameters(f), sizeof *p),
                  *kept = mem_zero(dense_kept_floats(f) * t.batch.B, sizeof *kept);
            y = mem_zero(t.batch.B * f->dims, sizeof *y);
            if (!dense_read(f, p, &err)) fail_msg("%s", err.message);
            dense_forward(NULL, f, p, pooled, kept, y, t.batch.B);
            free(p);
            free(kept);
        }
        assert_int_equal(count, t.batch.B * f->dims);
        tiny_near(TINY_SENTENCES[m], y ? y : pooled, wanted, count, 2e-6, 2e-6);
        free(y);
        free(pooled);
        free(wanted);
        free(hidden);
        free(last);
        tiny_close(&t);
    }
}

/* Both are of length 1, or are made so: what is compared is the cosine distance. */
static void check_vectors(const char *model, const cJSON *json, const char *texts_name,
                          const char *vectors_name, Sentence *s, Pool *pool, Role role)
{
    const cJSON *texts = golden_get(json, texts_name);
    size_t count = golden_count(texts), dims = sentence_folder(s)->dims;
    const char **list = mem_zero(count, sizeof *list);
    float *got = mem_zero(count * dims, sizeof *got),
          *wanted = golden_floats(json, vectors_name, count * dims);
    Err err = {0};
    for (size_t i = 0; i < count; i++) list[i] = cJSON_GetArrayItem(texts, (int)i)->valuestring;
    if (!sentence_embed(s, pool, role, list, count, got, NULL, NULL, &err))
        fail_msg("%s: %s", model, err.message);
    for (size_t i = 0; i < count; i++) {
        const float *g = got + i * dims, *w = wanted + i * dims;
        double far = 1 - dot(g, w, dims) / sqrt(dot(g, g, dims) * dot(w, w, dims));
        if (!(far < 1e-6)) fail_msg("%s: %s %zu is %g away", model, texts_name, i, far);
        assert_true(fabs(dot(g, g, dims) - 1) < 1e-5);
    }
    free(wanted);
    free(got);
    free(list);
}

static void vectors_as_the_library(void **state)
{
    (void)state;
    for (size_t m = 0; m < TINY_SENTENCE_COUNT; m++) {
        char *name = str_format("encoders/%s.json", TINY_SENTENCES[m]);
        cJSON *json = golden_load(name);
        for (size_t threads = 0; threads <= 3; threads += 3) {
            Pool *pool = threads ? pool_new(threads) : NULL;
            Sentence *s = open_tiny(TINY_SENTENCES[m], pool);
            check_vectors(name, json, "queries", "query_vectors", s, pool, ROLE_QUERY);
            check_vectors(name, json, "passages", "passage_vectors", s, pool, ROLE_PASSAGE);
            sentence_close(s);
            pool_free(pool);
        }
        cJSON_Delete(json);
        free(name);
    }
}

/* ---- many texts ---- */

#define MANY 700

/* Texts of very different lengths: together some pieces, in no order. */
static char **many_texts(void)
{
    char **texts = mem_zero(MANY, sizeof *texts);
    for (size_t i = 0; i < MANY; i++) {
        Str s = {0};
        for (size_t w = 0; w < i * 7919 % 41; w++) str_addf(&s, "chunk %zu of hard pages ", i + w);
        texts[i] = str_take(&s);
    }
    return texts;
}

static void free_texts(char **texts)
{
    for (size_t i = 0; i < MANY; i++) free(texts[i]);
    free(texts);
}

static void each_text_is_its_own(void **state)
{
    (void)state;
    Pool *pool = pool_new(3);
    Sentence *s = open_tiny("bert", pool);
    size_t dims = sentence_folder(s)->dims;
    char **texts = many_texts();
    float *all = mem_zero(MANY * dims, sizeof *all), *one = mem_zero(dims, sizeof *one);
    Err err = {0};
    Progress progress;
    progress_init(&progress);
    progress_begin(&progress, "embed", "texts", MANY);
    assert_true(sentence_embed(s, pool, ROLE_PASSAGE, (const char *const *)texts, MANY, all, NULL,
                               &progress, &err));
    assert_true(progress_get(&progress).done == MANY);
    for (size_t i = 0; i < MANY; i += 13) {
        assert_true(sentence_embed(s, i % 2 ? pool : NULL, ROLE_PASSAGE,
                                   (const char *const *)texts + i, 1, one, NULL, NULL, &err));
        tiny_near("alone", one, all + i * dims, dims, 1e-6, 1e-5);
    }
    assert_true(sentence_embed(s, pool, ROLE_PASSAGE, NULL, 0, NULL, NULL, NULL, &err));
    progress_release(&progress);
    free(one);
    free(all);
    free_texts(texts);
    sentence_close(s);
    pool_free(pool);
}

typedef struct Beside {
    Sentence *s;
    char **texts;
    float *out;
} Beside;

static void *embed_beside(void *context)
{
    Beside *b = context;
    Err err = {0};
    bool ok = sentence_embed(b->s, NULL, ROLE_PASSAGE, (const char *const *)b->texts, MANY, b->out,
                             NULL, NULL, &err);
    return ok ? b : NULL;
}

static void several_threads(void **state)
{
    (void)state;
    Sentence *s = open_tiny("distilbert", NULL);
    size_t dims = sentence_folder(s)->dims;
    char **texts = many_texts();
    Beside beside[3];
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        beside[i] = (Beside){s, texts, mem_zero(MANY * dims, sizeof(float))};
        assert_int_equal(pthread_create(&threads[i], NULL, embed_beside, &beside[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        void *done;
        pthread_join(threads[i], &done);
        assert_non_null(done);
        assert_memory_equal(beside[i].out, beside[0].out, MANY * dims * sizeof(float));
    }
    for (int i = 0; i < 3; i++) free(beside[i].out);
    free_texts(texts);
    sentence_close(s);
}

static void stopped(void **state)
{
    (void)state;
    Sentence *s = open_tiny("bert", NULL);
    const char *text = "What is a chunk?";
    float *y = mem_zero(sentence_folder(s)->dims, sizeof *y);
    Cancel cancel = {0};
    Err err = {0};
    cancel_ask(&cancel);
    assert_false(sentence_embed(s, NULL, ROLE_QUERY, &text, 1, y, &cancel, NULL, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    free(y);
    sentence_close(s);
}

/* ---- prompts and lengths ---- */

static void prompts_are_left_out_of_the_pool(void **state)
{
    (void)state;
    Sentence *s = open_tiny("xlmr", NULL);
    const ModelFolder *f = sentence_folder(s);
    const Tokenizer *t = sentence_tokenizer(s);
    TokenBatch b = {0};
    Tokens whole = {0}, prompt = {0};
    assert_string_equal(f->query_prompt, "query: ");
    assert_false(f->include_prompt);
    sentence_tokens(f, t, ROLE_QUERY, "hard negatives", &b);
    sentence_tokens(f, t, ROLE_QUERY, "", &b);
    tokenizer_single(t, "query: hard negatives", 0, &whole);
    tokenizer_single(t, "query: ", 0, &prompt);
    assert_int_equal(b.offset.items[1], whole.count);
    assert_memory_equal(b.ids.items, whole.items, whole.count * sizeof *whole.items);
    assert_int_equal(b.skipped.items[0], prompt.count - 1);
    assert_int_equal(b.skipped.items[1], prompt.count - 1);
    assert_int_equal(b.offset.items[2] - b.offset.items[1], prompt.count);
    vec_release(&whole);
    vec_release(&prompt);
    token_batch_release(&b);
    sentence_close(s);
}

static void lower_case_where_the_folder_says_so(void **state)
{
    (void)state;
    Sentence *s = NULL;
    Err err = {0};
    TokenBatch b = {0};
    if (!sentence_open(TINY_FOLDER "roberta", NULL, &s, &err)) fail_msg("%s", err.message);
    ModelFolder *f = sentence_folder(s);
    const Tokenizer *t = sentence_tokenizer(s);
    sentence_tokens(f, t, ROLE_PASSAGE, "what is a chunk? ä", &b);
    size_t lower = b.ids.count;
    sentence_tokens(f, t, ROLE_PASSAGE, "What IS a chunk? Ä", &b);
    assert_false(b.ids.count == 2 * lower &&
                 memcmp(b.ids.items, b.ids.items + lower, lower * sizeof *b.ids.items) == 0);
    size_t cased = b.ids.count;
    f->lower_case = true;
    sentence_tokens(f, t, ROLE_PASSAGE, "What IS a chunk? Ä", &b);
    assert_int_equal(b.ids.count - cased, lower);
    assert_memory_equal(b.ids.items, b.ids.items + cased, lower * sizeof *b.ids.items);
    token_batch_release(&b);
    sentence_close(s);
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    Sentence *s = open_tiny("bert", NULL);
    ModelFolder *f = sentence_folder(s);
    TokenBatch b = {0};
    Str text = {0};
    for (int i = 0; i < 5000; i++) str_add(&text, "chunk ");
    sentence_tokens(f, sentence_tokenizer(s), ROLE_PASSAGE, str_get(&text), &b);
    assert_int_equal(b.ids.count, f->max_tokens);
    uint32_t last = b.ids.items[b.ids.count - 1];
    assert_int_equal(last, tokenizer_info(sentence_tokenizer(s)).separator);
    f->max_tokens = 5;
    sentence_tokens(f, sentence_tokenizer(s), ROLE_PASSAGE, str_get(&text), &b);
    assert_int_equal(b.offset.items[2] - b.offset.items[1], 5);
    str_release(&text);
    token_batch_release(&b);
    sentence_close(s);
}

/* ---- pooling ---- */

enum { D = 5, N = 14, B = 4 };
static const uint32_t OFFSET[B + 1] = {0, 3, 4, 9, 14}, SKIPPED[B] = {1, 0, 2, 5};

static double plain_weight(Pooling mode, size_t n, size_t skip, size_t length)
{
    double sum = 0;
    for (size_t i = skip; i < length; i++) sum += mode == POOLING_WEIGHTED_MEAN ? (double)i + 1 : 1;
    if (mode == POOLING_MEAN_SQRT) sum = sqrt(sum);
    return n < skip ? 0 : (mode == POOLING_WEIGHTED_MEAN ? (double)n + 1 : 1) / sum;
}

/* As the library has it: the weights over the mask of what is pooled. */
static double plain_pool(Pooling mode, const float *x, size_t skip, size_t length, size_t d)
{
    double sum = 0, most = -INFINITY;
    if (mode == POOLING_LAST) return (double)x[(length - 1) * D + d];
    if (mode == POOLING_CLS) return (double)x[(skip < length ? skip : 0) * D + d];
    if (skip == length) return 0;
    for (size_t n = skip; n < length; n++) {
        sum += plain_weight(mode, n, skip, length) * (double)x[n * D + d];
        most = fmax(most, (double)x[n * D + d]);
    }
    return mode == POOLING_MAX ? most : sum;
}

static void pooling_by_plain_loops(void **state)
{
    (void)state;
    float x[N * D], y[B * D * POOLINGS];
    noise(1, x, N * D);
    Ragged batch = {.B = B, .N = N, .offset = OFFSET};
    ModelFolder f = {.shape.D = D, .pooling_count = POOLINGS};
    for (int p = 0; p < POOLINGS; p++) f.pooling[p] = (Pooling)p;
    for (int skipping = 0; skipping < 2; skipping++) {
        pooling_forward(&f, &batch, skipping ? SKIPPED : NULL, x, y);
        for (size_t b = 0; b < B; b++)
            for (int p = 0; p < POOLINGS; p++)
                for (size_t d = 0; d < D; d++) {
                    double wanted =
                        plain_pool((Pooling)p, x + OFFSET[b] * D, skipping ? SKIPPED[b] : 0,
                                   OFFSET[b + 1] - OFFSET[b], d);
                    double got = (double)y[(b * POOLINGS + (size_t)p) * D + d];
                    if (fabs(got - wanted) > 1e-6)
                        fail_msg("%s of text %zu: %g, not %g", pooling_name((Pooling)p), b, got,
                                 wanted);
                }
    }
}

static void pooling_by_differences(void **state)
{
    (void)state;
    const float h = 1e-2F;
    Ragged batch = {.B = B, .N = N, .offset = OFFSET};
    for (int p = 0; p < POOLINGS; p++) {
        ModelFolder f = {.shape.D = D, .pooling_count = 2, .pooling = {(Pooling)p, POOLING_MEAN}};
        float x[N * D], dx[N * D], y[B * 2 * D], dy[B * 2 * D];
        noise(2, x, N * D);
        noise(3, dy, B * 2 * D);
        noise(4, dx, N * D); /* overwritten */
        pooling_backward(&f, &batch, SKIPPED, x, dy, dx);
        for (size_t i = 0; i < N * D; i++) {
            float kept = x[i];
            x[i] = kept + h;
            pooling_forward(&f, &batch, SKIPPED, x, y);
            double up = dot(y, dy, B * 2 * D);
            x[i] = kept - h;
            pooling_forward(&f, &batch, SKIPPED, x, y);
            double slope = (up - dot(y, dy, B * 2 * D)) / (2 * (double)h);
            x[i] = kept;
            if (fabs(slope - (double)dx[i]) > 2e-3)
                fail_msg("%s: value %zu has gradient %g, not %g", pooling_name((Pooling)p), i,
                         (double)dx[i], slope);
        }
    }
}

/* ---- dense layers ---- */

static const ModelFolder LAYERS = {
    .shape.D = 4,
    .pooling_count = 1,
    .dense_count = 3,
    .dense = {{.in = 4, .out = 6, .bias = true, .activation = ACTIVATION_TANH},
              {.in = 6, .out = 3, .bias = false, .activation = ACTIVATION_NONE},
              {.in = 3, .out = 5, .bias = true, .activation = ACTIVATION_TANH}},
    .dims = 5};
enum { DENSE_FLOATS = 4 * 6 + 6 + 6 * 3 + 3 * 5 + 5, ROWS = 3 };

static void plain_dense(const float *p, const float *x, double *y)
{
    double in[8] = {0}, out[8] = {0};
    for (size_t i = 0; i < 4; i++) in[i] = (double)x[i];
    for (size_t l = 0; l < LAYERS.dense_count; l++) {
        const DenseInfo *d = &LAYERS.dense[l];
        for (size_t o = 0; o < d->out; o++) {
            out[o] = d->bias ? (double)p[d->out * d->in + o] : 0;
            for (size_t i = 0; i < d->in; i++) out[o] += (double)p[o * d->in + i] * in[i];
            if (d->activation == ACTIVATION_TANH) out[o] = tanh(out[o]);
        }
        p += d->out * d->in + (d->bias ? d->out : 0);
        memcpy(in, out, sizeof in);
    }
    memcpy(y, out, 5 * sizeof *y);
}

static void dense_by_plain_loops(void **state)
{
    (void)state;
    float p[DENSE_FLOATS], x[ROWS * 4], y[ROWS * 6], *kept;
    assert_int_equal(dense_parameters(&LAYERS), DENSE_FLOATS);
    kept = mem_zero(dense_kept_floats(&LAYERS) * ROWS, sizeof *kept);
    noise(5, p, DENSE_FLOATS);
    noise(6, x, ROWS * 4);
    dense_forward(NULL, &LAYERS, p, x, kept, y, ROWS);
    for (size_t b = 0; b < ROWS; b++) {
        double wanted[5];
        plain_dense(p, x + b * 4, wanted);
        for (size_t i = 0; i < 5; i++) assert_true(fabs((double)y[b * 5 + i] - wanted[i]) < 2e-6);
    }
    free(kept);
}

static double dense_loss(const float *p, const float *x, const float *dy)
{
    double sum = 0, y[5];
    for (size_t b = 0; b < ROWS; b++) {
        plain_dense(p, x + b * 4, y);
        for (size_t i = 0; i < 5; i++) sum += y[i] * (double)dy[b * 5 + i];
    }
    return sum;
}

static void check_slope(float *at, float got, const float *p, const float *x, const float *dy)
{
    const float h = 1e-3F;
    float kept = *at;
    *at = kept + h;
    double up = dense_loss(p, x, dy), high = (double)*at;
    *at = kept - h;
    double slope = (up - dense_loss(p, x, dy)) / (high - (double)*at);
    *at = kept;
    if (fabs(slope - (double)got) > 1e-4 + 1e-3 * fabs(slope))
        fail_msg("gradient %g, not %g", (double)got, slope);
}

static void dense_by_differences(void **state)
{
    (void)state;
    float p[DENSE_FLOATS], g[DENSE_FLOATS], x[ROWS * 4], dx[ROWS * 6], y[ROWS * 6], dy[ROWS * 5];
    float *kept = mem_zero(dense_kept_floats(&LAYERS) * ROWS, sizeof *kept);
    noise(7, p, DENSE_FLOATS);
    noise(8, x, ROWS * 4);
    noise(9, dy, ROWS * 5);
    for (size_t i = 0; i < DENSE_FLOATS; i++) g[i] = 1; /* accumulates */
    dense_forward(NULL, &LAYERS, p, x, kept, y, ROWS);
    dense_backward(NULL, &LAYERS, p, x, kept, dy, dx, g, ROWS);
    for (size_t i = 0; i < DENSE_FLOATS; i++) check_slope(&p[i], g[i] - 1, p, x, dy);
    for (size_t i = 0; i < ROWS * 4; i++) check_slope(&x[i], dx[i], p, x, dy);
    free(kept);
}

/* ---- what cannot be opened ---- */

static void refused_as(const Scratch *s, ErrKind kind, const char *says)
{
    Sentence *sentence = NULL;
    Err err = {0};
    assert_false(sentence_open(s->path, NULL, &sentence, &err));
    assert_null(sentence);
    if (err.kind != kind || !strstr(err.message, says)) fail_msg("%s", err.message);
}

static Scratch copy_of(const char *name, const char *const *files)
{
    Scratch s = scratch_make();
    char *folder = folder_of(name);
    for (size_t i = 0; files[i]; i++) scratch_copy(&s, folder, files[i]);
    free(folder);
    return s;
}

static void refused(void **state)
{
    (void)state;
    static const char *const LEGACY[] = {"config.json",
                                         "modules.json",
                                         "sentence_bert_config.json",
                                         "1_Pooling/config.json",
                                         "2_Dense/config.json",
                                         "2_Dense/model.safetensors",
                                         "model.safetensors.index.json",
                                         "model-00001-of-00002.safetensors",
                                         "model-00002-of-00002.safetensors",
                                         "tokenizer.json",
                                         "tokenizer_config.json",
                                         NULL};
    Sentence *sentence = NULL;
    Err err = {0};
    char *cross = folder_of("cross_bert");
    assert_false(sentence_open(cross, NULL, &sentence, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.message, "reranker"));
    free(cross);

    Scratch s = copy_of("bert_legacy", LEGACY);
    if (!sentence_open(s.path, NULL, &sentence, &err)) fail_msg("%s", err.message);
    sentence_close(sentence);
    scratch_copy(&s, TINY_FOLDER "roberta", "tokenizer.json"); /* has more words */
    refused_as(&s, ERR_FORMAT, "do not belong together");
    scratch_put(&s, "2_Dense/config.json",
                "{\"in_features\": 32, \"out_features\": 25, \"bias\": true, "
                "\"activation_function\": \"torch.nn.modules.activation.Tanh\"}");
    scratch_copy(&s, TINY_FOLDER "bert_legacy", "tokenizer.json");
    refused_as(&s, ERR_FORMAT, "linear.weight");
    scratch_remove(&s);

    static const char *const REQUIRED[] = {"tokenizer.json", "model-00002-of-00002.safetensors",
                                           "2_Dense/model.safetensors"};
    for (size_t i = 0; i < 3; i++) {
        s = copy_of("bert_legacy", LEGACY);
        char *path = str_format("%s/%s", s.path, REQUIRED[i]);
        assert_int_equal(unlink(path), 0);
        free(path);
        assert_false(sentence_open(s.path, NULL, &sentence, &err));
        assert_non_null(strstr(err.message, s.path));
        scratch_remove(&s);
    }
}

static void values_that_are_not_finite(void **state)
{
    (void)state;
    static const char *const FILES[] = {
        "config.json",       "modules.json",   "1_Pooling/config.json", "sentence_bert_config.json",
        "model.safetensors", "tokenizer.json", "tokenizer_config.json", NULL};
    Scratch s = copy_of("bert", FILES);
    char *path = str_format("%s/model.safetensors", s.path);
    Str bytes = {0};
    Err err = {0};
    assert_true(file_read(path, 1 << 20, &bytes, &err));
    memset(bytes.data + bytes.size - 4000, 0xff, 4000); /* NaN */
    scratch_put_bytes(&s, "model.safetensors", bytes.data, bytes.size);
    Sentence *sentence = NULL;
    if (!sentence_open(s.path, NULL, &sentence, &err)) fail_msg("%s", err.message);
    const char *text = "What is a chunk?";
    float *y = mem_zero(sentence_folder(sentence)->dims, sizeof *y);
    assert_false(sentence_embed(sentence, NULL, ROLE_QUERY, &text, 1, y, NULL, NULL, &err));
    assert_int_equal(err.kind, ERR_NUMERIC);
    free(y);
    sentence_close(sentence);
    str_release(&bytes);
    free(path);
    scratch_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pooled_as_the_library),
        cmocka_unit_test(vectors_as_the_library),
        cmocka_unit_test(each_text_is_its_own),
        cmocka_unit_test(several_threads),
        cmocka_unit_test(stopped),
        cmocka_unit_test(prompts_are_left_out_of_the_pool),
        cmocka_unit_test(lower_case_where_the_folder_says_so),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(pooling_by_plain_loops),
        cmocka_unit_test(pooling_by_differences),
        cmocka_unit_test(dense_by_plain_loops),
        cmocka_unit_test(dense_by_differences),
        cmocka_unit_test(refused),
        cmocka_unit_test(values_that_are_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
