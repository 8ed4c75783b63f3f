/* Documents in: idempotent, curation kept where the text is the same, refused by name. */
#include "retrieve/project.h"

#include "base/file.h"
#include "store/journal.h"
#include "task/curate.h"
#include "task/ingest.h"

static void write_file(Project *p, const char *name, const char *text)
{
    char *path = str_format("%s/%s", p->folder, name);
    ok(file_write(path, text, strlen(text), err));
    free(path);
}

static void remove_file(Project *p, const char *name)
{
    char *path = str_format("%s/%s", p->folder, name);
    unlink(path);
    free(path);
}

static IngestReport add(Project *p, const char *name, Split split)
{
    char *path = str_format("%s/%s", p->folder, name);
    const char *paths[] = {path};
    IngestOptions o = {.paths = paths,
                       .path_count = 1,
                       .split = split,
                       .chunk = {.max_tokens = 40, .overlap_tokens = 0, .min_tokens = 1}};
    IngestReport r = {0};
    ok(task_ingest(&p->env, &o, &r, err));
    free(path);
    return r;
}

static ChunkRows chunks_of(Project *p, int statuses)
{
    ChunkRows rows = {0};
    ok(chunks_load(p->env.store, &(ChunkQuery){.statuses = statuses}, &rows, err));
    return rows;
}

#define PART_A                                                                                     \
    "# Ferries\n\nThe ferry leaves the harbour at seven in the morning and returns at dusk, when " \
    "the lamps are lit along the wall of the old harbour.\n\n"
#define PART_B                                                                                     \
    "# Lighthouse\n\nThe lighthouse on the island was built of granite in 1848 and its keeper "    \
    "recorded the weather every evening for thirty years.\n\n"
#define PART_C                                                                                     \
    "# School\n\nThe school has eleven pupils and a single teacher, and lessons end early when "   \
    "the last boat is moved because of a storm at sea.\n\n"

static void unchanged_files_are_left_alone(void **state)
{
    Project *p = *state;
    write_file(p, "island.md", PART_A PART_B PART_C);
    IngestReport first = add(p, "island.md", SPLIT_TRAIN);
    assert_int_equal(first.added, 1);
    assert_true(first.chunks_added >= 3);
    IngestReport again = add(p, "island.md", SPLIT_NONE);
    assert_int_equal(again.unchanged, 1);
    assert_int_equal(again.added + again.changed + again.chunks_added, 0);
    ingest_report_release(&first);
    ingest_report_release(&again);
    remove_file(p, "island.md");
}

static void curation_survives_a_change(void **state)
{
    Project *p = *state;
    write_file(p, "island.md", PART_A PART_B PART_C);
    IngestReport r = add(p, "island.md", SPLIT_TRAIN);
    ingest_report_release(&r);
    ChunkRows before = chunks_of(p, 0);
    assert_int_equal(before.count, 3);
    Decision d[] = {
        {.subject = "chunk.status", .subject_id = before.items[0].id, .value = "excluded"},
        {.subject = "chunk.text",
         .subject_id = before.items[2].id,
         .value = "The school has eleven pupils."}};
    int64_t group;
    ok(decide(p->env.store, d, 2, "curate", &group, err));
    int64_t moved = project_question(p, "who wrote down the weather?", before.items[1].id,
                                     QUESTION_ACCEPTED, SPLIT_TRAIN);
    int64_t kept = project_question(p, "how many pupils are there?", before.items[2].id,
                                    QUESTION_ACCEPTED, SPLIT_TRAIN);
    char *changed =
        str_format("%s%s%s%s",
                   "# New\n\nA new first section about the bakery that opens at five and sells "
                   "bread to the crew of the ferry every day.\n\n",
                   PART_A,
                   "# Lighthouse\n\nThe lighthouse on the island was built of red granite in 1848 "
                   "and its keeper recorded the weather every evening for forty years.\n\n",
                   PART_C);
    write_file(p, "island.md", changed);
    r = add(p, "island.md", SPLIT_NONE);
    assert_int_equal(r.changed, 1);
    assert_int_equal(r.chunks_kept, 2);
    assert_int_equal(r.chunks_added, 2);
    assert_int_equal(r.chunks_retired, 1);
    assert_int_equal(r.questions_moved, 1);
    ChunkRows after = chunks_of(p, 1 << CHUNK_LIVE | 1 << CHUNK_EXCLUDED);
    assert_int_equal(after.count, 4);
    for (size_t i = 0; i < after.count; i++) {
        if (after.items[i].id == before.items[0].id)
            assert_int_equal(after.items[i].status, CHUNK_EXCLUDED);
        if (after.items[i].id == before.items[2].id)
            assert_string_equal(after.items[i].text, "The school has eleven pupils.");
        assert_int_equal(after.items[i].split, SPLIT_TRAIN);
        assert_true(after.items[i].char_first < after.items[i].char_end);
    }
    QuestionRows q = {0};
    ok(question_get(p->env.store, moved, &q, err));
    assert_int_equal(q.items[0].status, QUESTION_FLAGGED);
    rows_release(&q);
    ok(question_get(p->env.store, kept, &q, err));
    assert_int_equal(q.items[0].status, QUESTION_ACCEPTED);
    rows_release(&q);
    RelevanceRows links = {0};
    ok(relevance_load(p->env.store, &links, err));
    for (size_t i = 0; i < links.count; i++)
        assert_true(links.items[i].chunk_id != before.items[1].id);
    rows_release(&links);
    rows_release(&before);
    rows_release(&after);
    ingest_report_release(&r);
    free(changed);
    remove_file(p, "island.md");
}

static ChunkStatus status_of(Project *p, int64_t id)
{
    ChunkRows rows = {0};
    ChunkQuery query = {.statuses = (1 << CHUNK_STATUS_COUNT) - 1, .ids = &id, .id_count = 1};
    ok(chunks_load(p->env.store, &query, &rows, err));
    assert_int_equal(rows.count, 1);
    ChunkStatus status = rows.items[0].status;
    rows_release(&rows);
    return status;
}

static void check_whole(Project *p)
{
    Str report = {0};
    ok(store_check(p->env.store, &report, err));
    assert_string_equal(str_get(&report), "");
    str_release(&report);
}

static void chunks_made_by_hand_stay_while_their_parts_do(void **state)
{
    Project *p = *state;
    int64_t joined, halves[2];
    write_file(p, "island.md", PART_A PART_B PART_C);
    IngestReport r = add(p, "island.md", SPLIT_TRAIN);
    ingest_report_release(&r);
    ChunkRows cut = chunks_of(p, 0);
    int64_t a = cut.items[0].id, b = cut.items[1].id, c = cut.items[2].id;
    rows_release(&cut);
    int64_t asked = project_question(p, "when does the ferry leave the harbour?", a,
                                     QUESTION_ACCEPTED, SPLIT_TRAIN);
    ok(curate_chunk_join(&p->env, (int64_t[]){a, b}, 2, &joined, err));
    ok(curate_chunk_split(&p->env, joined, 60, halves, err));
    ok(journal_undo(p->env.store, NULL, NULL, err));
    ok(curate_chunk_split(&p->env, c, 40, halves, err));

    write_file(p, "island.md", "# New\n\nA new first section.\n\n" PART_A PART_B PART_C);
    r = add(p, "island.md", SPLIT_NONE);
    assert_int_equal(r.chunks_retired, 0);
    assert_int_equal(r.questions_flagged, 0);
    ingest_report_release(&r);
    const int64_t live[] = {joined, halves[0], halves[1]}, excluded[] = {a, b, c};
    for (size_t i = 0; i < 3; i++) assert_int_equal(status_of(p, live[i]), CHUNK_LIVE);
    for (size_t i = 0; i < 3; i++) assert_int_equal(status_of(p, excluded[i]), CHUNK_EXCLUDED);

    write_file(p, "island.md", PART_A "# Lighthouse\n\nIt was torn down.\n\n" PART_C);
    r = add(p, "island.md", SPLIT_NONE);
    ingest_report_release(&r);
    assert_int_equal(status_of(p, a), CHUNK_LIVE); /* back, as what it was joined into is gone */
    assert_int_equal(status_of(p, c), CHUNK_EXCLUDED);
    assert_int_equal(status_of(p, halves[0]), CHUNK_LIVE);
    RelevanceRows links = {0};
    ok(relevance_load(p->env.store, &links, err));
    assert_int_equal(links.count, 1);
    assert_int_equal(links.items[0].question_id, asked);
    assert_int_equal(links.items[0].chunk_id, a);
    rows_release(&links);
    check_whole(p);
    remove_file(p, "island.md");
}

static void what_came_back_is_known_again(void **state)
{
    Project *p = *state;
    write_file(p, "island.md", PART_A PART_B);
    IngestReport r = add(p, "island.md", SPLIT_TEST);
    ingest_report_release(&r);
    ChunkRows before = chunks_of(p, 0);
    project_question(p, "when was the lighthouse built?", before.items[1].id, QUESTION_ACCEPTED,
                     SPLIT_TEST);
    write_file(p, "island.md", PART_A PART_C);
    r = add(p, "island.md", SPLIT_NONE);
    ingest_report_release(&r);
    write_file(p, "island.md", PART_A PART_B);
    r = add(p, "island.md", SPLIT_NONE);
    ingest_report_release(&r);
    ChunkRows after = chunks_of(p, 0);
    assert_int_equal(after.count, 2);
    assert_int_equal(after.items[1].id, before.items[1].id);
    rows_release(&before);
    rows_release(&after);
    remove_file(p, "island.md");
}

static void the_rest_goes_on(void **state)
{
    Project *p = *state;
    write_file(p, "a.md", PART_A);
    write_file(p, "b.txt", "");
    write_file(p, "c.pdf", "%PDF-1.4 not really");
    write_file(p, "d.xyz", "unknown");
    write_file(p, "e.md", PART_B);
    const char *paths[] = {p->folder, "/nonexistent/file.md"};
    IngestOptions o = {
        .paths = paths, .path_count = 2, .split = SPLIT_TRAIN, .chunk = chunk_options_default()};
    IngestReport r = {0};
    ok(task_ingest(&p->env, &o, &r, err));
    assert_int_equal(r.added, 2);
    assert_int_equal(r.failures.count, 3);
    for (size_t i = 0; i < r.failures.count; i++) assert_true(strlen(r.failures.items[i].why) > 5);
    bool named = false;
    for (size_t i = 0; i < r.skipped.count; i++) named |= str_ends(r.skipped.items[i], "d.xyz");
    assert_true(named);
    ingest_report_release(&r);
    static const char *const FILES[] = {"a.md", "b.txt", "c.pdf", "d.xyz", "e.md"};
    for (int i = 0; i < 5; i++) remove_file(p, FILES[i]);
}

static void moving_is_enough_to_change_the_split(void **state)
{
    Project *p = *state;
    write_file(p, "island.md", PART_A PART_B);
    IngestReport r = add(p, "island.md", SPLIT_TRAIN);
    ingest_report_release(&r);
    r = add(p, "island.md", SPLIT_TEST);
    assert_int_equal(r.unchanged, 1);
    ingest_report_release(&r);
    ChunkRows rows = chunks_of(p, 0);
    for (size_t i = 0; i < rows.count; i++) assert_int_equal(rows.items[i].split, SPLIT_TEST);
    rows_release(&rows);
    remove_file(p, "island.md");
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, project_close)
    const struct CMUnitTest tests[] = {
        CASE(unchanged_files_are_left_alone),
        CASE(curation_survives_a_change),
        CASE(what_came_back_is_known_again),
        CASE(the_rest_goes_on),
        CASE(moving_is_enough_to_change_the_split),
        CASE(chunks_made_by_hand_stay_while_their_parts_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
