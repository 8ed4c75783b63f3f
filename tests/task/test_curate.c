#include "retrieve/project.h"

#include "store/journal.h"
#include "store/mining.h"
#include "task/curate.h"

static const char TEXT[] =
    "First sentence here. Second sentence there. Third one at the end. Fourth.";

/* Three chunks cut from a document: the second repeats "here. " of the first. */
static void cut(Project *p, int64_t ids[3])
{
    static const size_t RANGES[3][3] = {{0, 20, 0}, {15, 43, 6}, {44, 73, 0}};
    DocumentRow document = {.id = p->document,
                            .key = "/guide.txt",
                            .path = "/guide.txt",
                            .title = "Guide",
                            .format = "txt",
                            .text = TEXT};
    ok(document_put(p->env.store, &document, &p->document, err));
    for (size_t i = 0; i < 3; i++) {
        char *text = mem_strndup(TEXT + RANGES[i][0], RANGES[i][1] - RANGES[i][0]);
        ChunkRow row = {.document_id = p->document,
                        .text = text,
                        .heading = "",
                        .ordinal = (int64_t)i,
                        .tokens = 5,
                        .char_first = (int64_t)RANGES[i][0],
                        .char_end = (int64_t)RANGES[i][1],
                        .overlap_chars = (int64_t)RANGES[i][2]};
        ok(chunk_add(p->env.store, &row, &ids[i], err));
        free(text);
    }
}

static ChunkRows load(Project *p, int64_t id)
{
    static const int ANY = (1 << CHUNK_STATUS_COUNT) - 1;
    ChunkRows rows = {0};
    ok(chunks_load(p->env.store, &(ChunkQuery){.statuses = ANY, .ids = &id, .id_count = 1}, &rows,
                   err));
    assert_int_equal(rows.count, 1);
    return rows;
}

static ChunkStatus status_of(Project *p, int64_t id)
{
    ChunkRows rows = load(p, id);
    ChunkStatus status = rows.items[0].status;
    rows_release(&rows);
    return status;
}

static bool relevant(Project *p, int64_t question, int64_t chunk)
{
    RelevanceRows rows = {0};
    bool found = false;
    ok(relevance_load(p->env.store, &rows, err));
    for (size_t i = 0; i < rows.count; i++)
        found = found || (rows.items[i].question_id == question && rows.items[i].chunk_id == chunk);
    rows_release(&rows);
    return found;
}

static void whole(Project *p)
{
    Str report = {0};
    ok(store_check(p->env.store, &report, err));
    assert_string_equal(str_get(&report), "");
    str_release(&report);
}

static void test_join(void **state)
{
    Project *p = *state;
    int64_t ids[3], joined;
    cut(p, ids);
    int64_t question =
        project_question(p, "What is second?", ids[1], QUESTION_ACCEPTED, SPLIT_TRAIN);
    ok(curate_chunk_join(&p->env, (int64_t[]){ids[1], ids[0]}, 2, &joined, err));
    ChunkRows rows = load(p, joined);
    assert_string_equal(rows.items[0].text, "First sentence here. Second sentence there.");
    assert_int_equal(rows.items[0].char_first, 0);
    assert_int_equal(rows.items[0].char_end, 43);
    assert_int_equal(rows.items[0].status, CHUNK_LIVE);
    assert_int_equal(rows.items[0].tokens, 10);
    rows_release(&rows);
    assert_int_equal(status_of(p, ids[0]), CHUNK_EXCLUDED);
    assert_true(relevant(p, question, joined));
    assert_false(relevant(p, question, ids[1]));
    whole(p);

    ok(journal_undo(p->env.store, NULL, NULL, err));
    assert_int_equal(status_of(p, joined), CHUNK_RETIRED);
    assert_int_equal(status_of(p, ids[0]), CHUNK_LIVE);
    assert_int_equal(status_of(p, ids[1]), CHUNK_LIVE);
    assert_true(relevant(p, question, ids[1]));
    assert_false(relevant(p, question, joined));
    ok(journal_redo(p->env.store, NULL, NULL, err));
    assert_true(relevant(p, question, joined));
    whole(p);
}

static void test_join_of_edited(void **state)
{
    Project *p = *state;
    int64_t ids[3], joined;
    cut(p, ids);
    const Decision edit = {.subject = "chunk.text", .subject_id = ids[0], .value = "Changed."};
    ok(decide(p->env.store, &edit, 1, "edit", NULL, err));
    ok(curate_chunk_join(&p->env, ids, 3, &joined, err));
    ChunkRows rows = load(p, joined);
    assert_string_equal(
        rows.items[0].text,
        "Changed.\n\nhere. Second sentence there.\n\nThird one at the end. Fourth.");
    rows_release(&rows);
}

static void test_join_refuses(void **state)
{
    Project *p = *state;
    int64_t ids[3], joined = -1;
    cut(p, ids);
    refused(ERR_USAGE, "two chunks", curate_chunk_join(&p->env, ids, 1, &joined, err));
    refused(ERR_USAGE, "named twice",
            curate_chunk_join(&p->env, (int64_t[]){ids[0], ids[0]}, 2, &joined, err));
    refused(ERR_USAGE, "does not follow",
            curate_chunk_join(&p->env, (int64_t[]){ids[0], ids[2]}, 2, &joined, err));
    refused(ERR_MISSING, "no chunk 999",
            curate_chunk_join(&p->env, (int64_t[]){ids[0], 999}, 2, &joined, err));
    const Decision exclude = {.subject = "chunk.status", .subject_id = ids[1], .value = "excluded"};
    ok(decide(p->env.store, &exclude, 1, "exclude", NULL, err));
    refused(ERR_USAGE, "is excluded", curate_chunk_join(&p->env, ids, 2, &joined, err));
    assert_int_equal(joined, -1);
    ok(curate_chunk_join(&p->env, (int64_t[]){ids[0], ids[2]}, 2, &joined,
                         err)); /* neighbours among the live now */
    whole(p);
}

static void test_join_passes_verdicts(void **state)
{
    Project *p = *state;
    int64_t ids[3], joined;
    cut(p, ids);
    int64_t question =
        project_question(p, "What is third?", ids[2], QUESTION_ACCEPTED, SPLIT_TRAIN);
    const Decision verdict = {.subject = "verdict",
                              .subject_id = question,
                              .other_id = ids[0],
                              .value = "false_negative"};
    ok(decide(p->env.store, &verdict, 1, "judge", NULL, err));
    ok(curate_chunk_join(&p->env, ids, 2, &joined, err));
    ChunkRows rows = load(p, joined);
    VerdictRows verdicts = {0};
    ok(verdicts_load(p->env.store, &verdicts, err));
    bool found = false;
    for (size_t i = 0; i < verdicts.count; i++)
        found = found || (verdicts.items[i].verdict == CANDIDATE_FALSE_NEGATIVE &&
                          hash_equal(&verdicts.items[i].text_hash, &rows.items[0].text_hash));
    assert_true(found);
    rows_release(&rows);
    rows_release(&verdicts);
}

static void test_split(void **state)
{
    Project *p = *state;
    int64_t id = project_chunk(p, "The ferry sails at seven.  Bicycles cost two euros.",
                               SPLIT_TRAIN),
            parts[2];
    int64_t first =
        project_question(p, "When sails the ferry?", id, QUESTION_ACCEPTED, SPLIT_TRAIN);
    int64_t second =
        project_question(p, "What do bicycles cost?", id, QUESTION_ACCEPTED, SPLIT_TRAIN);
    int64_t both = project_question(p, "Anything else?", id, QUESTION_PENDING, SPLIT_TRAIN);
    ok(curate_chunk_split(&p->env, id, 26, parts, err));
    ChunkRows a = load(p, parts[0]), b = load(p, parts[1]);
    assert_string_equal(a.items[0].text, "The ferry sails at seven.");
    assert_string_equal(b.items[0].text, "Bicycles cost two euros.");
    assert_int_equal(a.items[0].split, SPLIT_TRAIN);
    rows_release(&a);
    rows_release(&b);
    assert_true(relevant(p, first, parts[0]) && !relevant(p, first, parts[1]) &&
                !relevant(p, first, id));
    assert_true(relevant(p, second, parts[1]) && !relevant(p, second, parts[0]));
    assert_true(relevant(p, both, parts[0]) && relevant(p, both, parts[1]));
    assert_int_equal(status_of(p, id), CHUNK_EXCLUDED);
    whole(p);
    ok(journal_undo(p->env.store, NULL, NULL, err));
    assert_int_equal(status_of(p, id), CHUNK_LIVE);
    assert_int_equal(status_of(p, parts[0]), CHUNK_RETIRED);
    assert_true(relevant(p, both, id));
    whole(p);
}

static void test_split_keeps_characters(void **state)
{
    Project *p = *state;
    int64_t id = project_chunk(p, "检索模型。词向量。", SPLIT_NONE), parts[2];
    ok(curate_chunk_split(&p->env, id, 5, parts, err));
    ChunkRows a = load(p, parts[0]), b = load(p, parts[1]);
    assert_string_equal(a.items[0].text, "检索模型。");
    assert_string_equal(b.items[0].text, "词向量。");
    rows_release(&a);
    rows_release(&b);
    refused(ERR_USAGE, "one part empty", curate_chunk_split(&p->env, parts[0], 0, parts, err));
    refused(ERR_USAGE, "one part empty", curate_chunk_split(&p->env, parts[0], 5, parts, err));
    refused(ERR_USAGE, "one part empty", curate_chunk_split(&p->env, parts[0], 5000, parts, err));
    refused(ERR_USAGE, "is excluded", curate_chunk_split(&p->env, id, 2, parts, err));
}

static void test_split_gives_ranges(void **state)
{
    Project *p = *state;
    int64_t ids[3], parts[2];
    cut(p, ids);
    ok(curate_chunk_split(&p->env, ids[2], 21, parts, err));
    ChunkRows a = load(p, parts[0]), b = load(p, parts[1]);
    assert_int_equal(a.items[0].char_first, 44);
    assert_int_equal(a.items[0].char_end, 65);
    assert_int_equal(b.items[0].char_first, 66);
    assert_int_equal(b.items[0].char_end, 73);
    rows_release(&a);
    rows_release(&b);
}

static void test_question_add(void **state)
{
    Project *p = *state;
    int64_t chunk = project_chunk(p, "The ferry sails at seven.", SPLIT_VAL), id;
    ok(curate_question_add(&p->env, "When does it sail?", chunk, SPLIT_NONE, &id, err));
    QuestionRows rows = {0};
    ok(question_get(p->env.store, id, &rows, err));
    assert_int_equal(rows.items[0].status, QUESTION_ACCEPTED);
    assert_int_equal(rows.items[0].origin, ORIGIN_HUMAN);
    assert_int_equal(rows.items[0].split, SPLIT_VAL);
    rows_release(&rows);
    assert_true(relevant(p, id, chunk));
    refused(ERR_USAGE, "already",
            curate_question_add(&p->env, "When does it sail?", chunk, SPLIT_NONE, &id, err));
    refused(ERR_USAGE, "blank", curate_question_add(&p->env, " \t\n", chunk, SPLIT_NONE, &id, err));
    refused(ERR_MISSING, "no chunk 999",
            curate_question_add(&p->env, "When?", 999, SPLIT_NONE, &id, err));
    ok(journal_undo(p->env.store, NULL, NULL, err));
    ok(questions_load(p->env.store, &(QuestionQuery){0}, &rows, err));
    assert_int_equal(rows.count, 0);
    rows_release(&rows);
    whole(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_join, project_open, project_close),
        cmocka_unit_test_setup_teardown(test_join_of_edited, project_open, project_close),
        cmocka_unit_test_setup_teardown(test_join_refuses, project_open, project_close),
        cmocka_unit_test_setup_teardown(test_join_passes_verdicts, project_open, project_close),
        cmocka_unit_test_setup_teardown(test_split, project_open, project_close),
        cmocka_unit_test_setup_teardown(test_split_keeps_characters, project_open, project_close),
        cmocka_unit_test_setup_teardown(test_split_gives_ranges, project_open, project_close),
        cmocka_unit_test_setup_teardown(test_question_add, project_open, project_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
