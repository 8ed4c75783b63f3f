/* The built-in corpora are those of the tree; projects made of them are whole. */
#include "tests/store/fixture.h"

#include "app/sample.h"
#include "task/split.h"

static const SampleFile *find(const char *path)
{
    for (size_t i = 0; i < SAMPLE_FILE_COUNT; i++)
        if (strcmp(SAMPLE_FILES[i].path, path) == 0) return &SAMPLE_FILES[i];
    return NULL;
}

static void every_file_is_there_byte_for_byte(void **state)
{
    (void)state;
    Paths paths = {0};
    size_t found = 0;
    ok(file_walk(SAMPLES, &paths, NULL, err));
    for (size_t i = 0; i < paths.count; i++) {
        const char *path = paths.items[i] + strlen(SAMPLES) + 1;
        if (strcmp(path, "meson.build") == 0) continue;
        const SampleFile *f = find(path);
        if (!f) fail_msg("%s is not built in: sample_corpora/meson.build lists the files", path);
        Str text = {0};
        ok(file_read(paths.items[i], (size_t)1 << 24, &text, err));
        assert_int_equal(text.size, f->size);
        assert_memory_equal(text.data, f->bytes, f->size);
        assert_int_equal(f->bytes[f->size], 0);
        str_release(&text);
        found++;
    }
    file_paths_release(&paths);
    assert_int_equal(found, SAMPLE_FILE_COUNT);
}

static void languages_are_known_by_their_whole_name(void **state)
{
    (void)state;
    assert_true(sample_known("en"));
    assert_true(sample_known("zh"));
    assert_false(sample_known(""));
    assert_false(sample_known("e"));
    assert_false(sample_known("en/train"));
    assert_false(sample_known("../en"));
}

static void folder_is_called_like_the_project(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {{"a.hone", "a"},
                                           {"/x/y.z.hone", "/x/y.z"},
                                           {"plain", "plain-documents"},
                                           {"x/.hone", "x/.hone-documents"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char *folder = sample_folder(CASES[i][0]);
        assert_string_equal(folder, CASES[i][1]);
        free(folder);
    }
}

static void fills_an_empty_project(void **state, const char *language)
{
    Fixture *f = *state;
    Env env = {.store = f->s};
    SampleReport r = {0};
    Counts c;
    char hex[HASH_HEX_SIZE] = "";
    bool changed;
    Str report = {0};
    ok(sample_fill(&env, language, &r, err));
    ok(store_counts(f->s, &c, err));
    assert_int_equal(c.documents[SPLIT_NONE], 0);
    assert_true(c.documents[SPLIT_TRAIN] >= 4 && c.documents[SPLIT_VAL] >= 2 &&
                c.documents[SPLIT_TEST] >= 2);
    assert_true(c.questions[QUESTION_ACCEPTED][SPLIT_TEST] >= 30);
    assert_int_equal(c.questions[QUESTION_PENDING][SPLIT_TRAIN], r.made);
    ok(split_frozen(&env, hex, &changed, err));
    assert_true(*hex && !changed);
    ok(store_check(f->s, &report, err));
    assert_string_equal(str_get(&report), "");
    str_release(&report);

    SampleReport again = {0};
    ok(sample_fill(&env, language, &again, err));
    assert_int_equal(again.documents + again.chunks + again.questions + again.made, 0);
}

static void fills_with_english(void **state)
{
    fills_an_empty_project(state, "en");
}

static void fills_with_chinese(void **state)
{
    fills_an_empty_project(state, "zh");
}

static void goes_on_where_it_was_stopped(void **state)
{
    Fixture *f = *state;
    Cancel cancel = {0};
    Env env = {.store = f->s, .cancel = &cancel};
    SampleReport r = {0};
    cancel_ask(&cancel);
    refused(ERR_CANCELLED, sample_fill(&env, "en", &r, err));
    assert_int_equal(r.documents, 0);
    env.cancel = NULL;
    ok(sample_fill(&env, "en", &r, err));
    assert_int_equal(r.documents, 15);
}

static void leaves_what_is_there_alone(void **state)
{
    Fixture *f = *state;
    Env env = {.store = f->s};
    SampleReport r = {0};
    char *path = str_format("%s/p/train/bm25.md", f->folder);
    char *folder = str_format("%s/p/train", f->folder);
    char *other = str_format("%s/p/val", f->folder);
    ok(file_make_folder(folder, err));
    ok(file_write(path, "mine", 4, err));
    refused(ERR_CONFLICT, sample_fill(&env, "en", &r, err));
    refused(ERR_CONFLICT, sample_free("en", f->path, err));
    ok(sample_free("zh", f->path, err));
    assert_int_not_equal(access(other, F_OK), 0);
    Str text = {0};
    ok(file_read(path, 100, &text, err));
    assert_string_equal(str_get(&text), "mine");
    str_release(&text);
    refused(ERR_USAGE, sample_fill(&env, "xx", &r, err));
    free(other);
    free(folder);
    free(path);
}

static void refuses_a_project_with_documents(void **state)
{
    Fixture *f = *state;
    Env env = {.store = f->s};
    SampleReport r = {0};
    DocumentRow row = {.key = "/elsewhere/a.md",
                       .path = "/elsewhere/a.md",
                       .title = "Mine",
                       .format = "md",
                       .text = "text"};
    int64_t id;
    ok(document_put(f->s, &row, &id, err));
    refused(ERR_CONFLICT, sample_fill(&env, "en", &r, err));
    char *folder = str_format("%s/p", f->folder);
    assert_int_not_equal(access(folder, F_OK), 0);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_there_byte_for_byte),
        cmocka_unit_test(languages_are_known_by_their_whole_name),
        cmocka_unit_test(folder_is_called_like_the_project),
        cmocka_unit_test_setup_teardown(fills_with_english, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(fills_with_chinese, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(goes_on_where_it_was_stopped, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(leaves_what_is_there_alone, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(refuses_a_project_with_documents, fixture_open,
                                        fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
