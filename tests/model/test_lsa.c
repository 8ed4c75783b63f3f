/* The built-in embedder: frozen builds, folding in, the cache, hostile builds. */
#include "retrieve/project.h"

#include <math.h>

#include "model/lsa.h"
#include "num/blas.h"
#include "num/vector.h"
#include "store/vectors.h"

static Embedder *open_lsa(Project *p, const char *name)
{
    Embedder *e = NULL;
    ok(embedder_open(&p->env, name, &e, err));
    return e;
}

static int64_t build(Project *p, LsaOptions o)
{
    int64_t id = 0;
    ok(lsa_build(&p->env, &o, &id, err));
    return id;
}

static void vectors_are_normal_and_repeat(void **state)
{
    Project *p = *state;
    project_fill(p);
    Embedder *e = open_lsa(p, "lsa");
    assert_true(e->dims >= 1 && e->dims <= PROJECT_TEXT_COUNT - 1);
    float *a = mem_zero(PROJECT_TEXT_COUNT * e->dims, sizeof *a),
          *b = mem_zero(PROJECT_TEXT_COUNT * e->dims, sizeof *b);
    ok(embedder_vectors(&p->env, e, ROLE_PASSAGE, PROJECT_TEXTS, PROJECT_TEXT_COUNT, a, err));
    for (size_t i = 0; i < PROJECT_TEXT_COUNT; i++)
        assert_true(fabs(vector_norm(a + i * e->dims, e->dims) - 1) < 1e-5);
    size_t dims = e->dims;
    embedder_close(e);
    e = open_lsa(p,
                 "lsa"); /* from the file again: vectors of the cache and fresh ones are the same */
    ok(e->ops->embed(e, p->env.pool, ROLE_PASSAGE, PROJECT_TEXTS, PROJECT_TEXT_COUNT, b, NULL, NULL,
                     err));
    assert_memory_equal(a, b, PROJECT_TEXT_COUNT * dims * sizeof *a);
    free(a);
    free(b);
    embedder_close(e);
}

static void same_inputs_same_build(void **state)
{
    Project *p = *state;
    project_fill(p);
    LsaOptions o = lsa_options_default();
    int64_t first = build(p, o);
    assert_int_equal(build(p, o), first);
    double share;
    ok(lsa_new_share(&p->env, &share, err));
    assert_true(share == 0);
    for (int i = 0; i < 4; i++) {
        char text[64];
        snprintf(text, sizeof text, "A new passage number %d about whales.", i);
        project_chunk(p, text, SPLIT_NONE);
    }
    ok(lsa_new_share(&p->env, &share, err));
    assert_true(fabs(share - 4.0 / 16) < 1e-9);
    Embedder *old = open_lsa(p, "lsa");
    assert_int_equal(old->build_id, first);
    int64_t second = build(p, o);
    assert_true(second > first);
    Embedder *fresh = open_lsa(p, "lsa");
    char name[32];
    snprintf(name, sizeof name, "lsa@%d", (int)first);
    Embedder *again = open_lsa(p, name);
    assert_int_equal(fresh->build_id, second);
    assert_true(hash_equal(&old->fingerprint, &again->fingerprint));
    assert_false(hash_equal(&old->fingerprint, &fresh->fingerprint));
    embedder_close(old);
    embedder_close(fresh);
    embedder_close(again);
}

static void the_same_to_the_bit(void **state)
{
    Project *p = *state;
    project_fill(p);
    LsaOptions o = lsa_options_default();
    Embedder *x, *y;
    char name[32];
    snprintf(name, sizeof name, "lsa@%d", (int)build(p, o));
    x = open_lsa(p, name);
    o.dims = 5;
    build(p, o);
    o.dims = 512;
    snprintf(name, sizeof name, "lsa@%d", (int)build(p, o));
    y = open_lsa(p, name);
    assert_true(x->build_id != y->build_id);
    assert_int_equal(lsa_rows(x), lsa_rows(y));
    assert_memory_equal(lsa_table(x), lsa_table(y), lsa_rows(x) * x->dims * sizeof(float));
    embedder_close(x);
    embedder_close(y);
}

static void unknown_texts_are_folded_in(void **state)
{
    Project *p = *state;
    project_fill(p);
    Embedder *e = open_lsa(p, "lsa");
    const char *texts[] = {"a lighthouse made of granite", "zzxxqq", "", PROJECT_TEXTS[4]};
    float *v = mem_zero(4 * e->dims, sizeof *v);
    ok(embedder_vectors(&p->env, e, ROLE_QUERY, texts, 4, v, err));
    float near = vector_dot(v, v + 3 * e->dims, e->dims);
    assert_true(near > 0.3f);
    assert_true(vector_norm(v + e->dims, e->dims) == 0); /* no feature that a chunk has */
    assert_true(vector_norm(v + 2 * e->dims, e->dims) == 0);
    free(v);
    embedder_close(e);
}

static void small_and_odd_projects(void **state)
{
    Project *p = *state;
    LsaOptions o = lsa_options_default();
    int64_t id;
    refused(ERR_MISSING, "no chunks", lsa_build(&p->env, &o, &id, err));
    int64_t chunk = project_chunk(p, "!!! ---", SPLIT_NONE);
    refused(ERR_FORMAT, "no words", lsa_build(&p->env, &o, &id, err));
    ok(chunk_retire(p->env.store, chunk, err));
    project_chunk(p, "one chunk only, about whales", SPLIT_NONE);
    Embedder *e = open_lsa(p, "lsa");
    assert_int_equal(e->dims, 1);
    embedder_close(e);
    for (int i = 0; i < 3; i++) project_chunk(p, "one chunk only, about whales", SPLIT_NONE);
    build(p, o);
    e = open_lsa(p, "lsa");
    assert_true(e->dims >= 1);
    embedder_close(e);
    refused(ERR_MISSING, "nobody", embedder_open(&p->env, "nobody", &e, err));
    refused(ERR_MISSING, "", embedder_open(&p->env, "lsa@99", &e, err));
}

static void title_and_heading_come_first(void **state)
{
    (void)state;
    Str text = {0};
    ChunkRow chunk = {.text = "The body.", .title = "Guide", .heading = "Ferries › Prices"};
    passage_text(&chunk, true, &text);
    assert_string_equal(str_get(&text), "Guide\nFerries › Prices\nThe body.");
    passage_text(&chunk, false, &text);
    assert_string_equal(str_get(&text), "The body.");
    chunk.heading = "";
    passage_text(&chunk, true, &text);
    assert_string_equal(str_get(&text), "Guide\nThe body.");
    str_release(&text);
}

static void broken_builds_are_refused(void **state)
{
    Project *p = *state;
    project_fill(p);
    Embedder *e = open_lsa(p, "lsa");
    embedder_close(e);
    int64_t id;
    Hash inputs = hash_text("made up");
    ok(build_begin(p->env.store, "lsa", &inputs, 3,
                   "{\"dims\":2,\"rows\":2,\"features\":1,\"title_body\":false}", &id, err));
    uint32_t feature[2] = {5, 5}, column[1] = {9};
    float idf[2] = {1, 1}, value[1] = {NAN}, left[6] = {0};
    size_t offset[4] = {0, 1, 1, 1};
    ok(build_write(p->env.store, id, "feature", feature, sizeof feature, err));
    ok(build_write(p->env.store, id, "idf", idf, sizeof idf, err));
    ok(build_write(p->env.store, id, "offset", offset, sizeof offset, err));
    ok(build_write(p->env.store, id, "column", column, sizeof column, err));
    ok(build_write(p->env.store, id, "value", value, sizeof value, err));
    ok(build_write(p->env.store, id, "left", left, sizeof left, err));
    ok(build_finish(p->env.store, id, err));
    refused(ERR_DATABASE, "build lsa", embedder_open(&p->env, "lsa", &e, err));
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv); /* one thread a product, as in the program */
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, project_close)
    const struct CMUnitTest tests[] = {
        CASE(vectors_are_normal_and_repeat), CASE(same_inputs_same_build),
        CASE(the_same_to_the_bit),           CASE(unknown_texts_are_folded_in),
        CASE(small_and_odd_projects),        cmocka_unit_test(title_and_heading_come_first),
        CASE(broken_builds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
