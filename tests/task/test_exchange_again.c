/* Question sets that come again or meet others: what is in the project is known, what people did
 * stays, negatives stand beside candidates, keys and texts that two sets share stay apart. */
#include "retrieve/project.h"

#include "base/cancel.h"
#include "base/file.h"
#include "num/blas.h"
#include "store/journal.h"
#include "store/mining.h"
#include "task/curate.h"
#include "task/exchange.h"
#include "task/ingest.h"
#include "task/mine.h"

static char *path_in(const Project *p, const char *name)
{
    return str_format("%s/%s", p->folder, name);
}

static void write_text(const Project *p, const char *name, const char *text)
{
    char *path = path_in(p, name);
    ok(file_write(path, text, strlen(text), err));
    free(path);
}

static void remove_tree(const Project *p, const char *name)
{
    char *command = str_format("rm -rf '%s/%s'", p->folder, name);
    assert_int_equal(system(command), 0);
    free(command);
}

static ImportReport import(Project *p, const char *name, Split split)
{
    char *path = path_in(p, name);
    ImportReport r = {0};
    ok(task_import(&p->env, &(ImportOptions){.path = path, .split = split}, &r, err));
    free(path);
    return r;
}

/* A file of that text is imported and removed. */
static ImportReport import_text(Project *p, const char *name, const char *text, Split split)
{
    write_text(p, name, text);
    ImportReport r = import(p, name, split);
    remove_tree(p, name);
    return r;
}

static char *export(Project *p, const char *format, const char *name, int splits)
{
    char *path = path_in(p, name);
    Str text = {0};
    ok(task_export(&p->env, format, &(ExportOptions){.path = path, .splits = splits}, err));
    ok(file_read(path, 1 << 20, &text, err));
    free(path);
    remove_tree(p, name);
    return str_take(&text);
}

static void assert_holds(const char *text, const char *part)
{
    assert_non_null(text);
    assert_non_null(part);
    if (!strstr(text, part)) fail_msg("'%s' is not in: %s", part, text);
}

static Counts counts(Project *p)
{
    Counts c;
    ok(store_counts(p->env.store, &c, err));
    return c;
}

static int64_t question_id(Project *p, const char *text)
{
    QuestionRows rows = {0};
    int64_t id = 0;
    ok(questions_load(p->env.store, &(QuestionQuery){0}, &rows, err));
    for (size_t i = 0; i < rows.count; i++)
        if (strcmp(rows.items[i].text, text) == 0) id = rows.items[i].id;
    rows_release(&rows);
    assert_true(id > 0);
    return id;
}

/* The live chunk that holds this. */
static int64_t chunk_id(Project *p, const char *part)
{
    ChunkRows rows = {0};
    int64_t id = 0;
    ok(chunks_load(p->env.store, &(ChunkQuery){0}, &rows, err));
    for (size_t i = 0; i < rows.count; i++)
        if (strstr(rows.items[i].text, part)) id = rows.items[i].id;
    rows_release(&rows);
    assert_true(id > 0);
    return id;
}

static size_t link_count(Project *p)
{
    RelevanceRows rows = {0};
    ok(relevance_load(p->env.store, &rows, err));
    size_t count = rows.count;
    rows_release(&rows);
    return count;
}

#define SET                                                                                        \
    "{\"queries\":{\"1\":\"who\",\"2\":\"when\",\"3\":\"where\"},"                                 \
    "\"corpus\":{\"a\":\"Ann did.\",\"b\":\"At noon.\",\"c\":\"In Rome.\"},"                       \
    "\"relevant_docs\":{\"1\":[\"a\"],\"2\":[\"b\"],\"3\":[\"c\",\"a\"]}}"

static void nothing_comes_twice(void **state)
{
    Project *p = *state;
    write_text(p, "set.json", SET);
    ImportReport r = import(p, "set.json", SPLIT_TRAIN);
    assert_int_equal(r.questions_added, 3);
    assert_int_equal(r.links_added, 4);
    Counts before = counts(p);
    r = import(p, "set.json", SPLIT_TRAIN);
    assert_int_equal(r.questions_known, 3);
    assert_int_equal(r.chunks_known, 3);
    assert_int_equal(r.questions_added + r.chunks_added + r.links_added, 0);
    Counts after = counts(p);
    assert_memory_equal(&before, &after, sizeof before);
    remove_tree(p, "set.json");
}

/* A joined chunk, an edited one, a reworded question, a link that was taken back. */
static void what_people_did_stays(void **state)
{
    Project *p = *state;
    write_text(p, "set.json", SET);
    import(p, "set.json", SPLIT_TRAIN);
    int64_t joined, parts[] = {chunk_id(p, "Ann did."), chunk_id(p, "At noon.")};
    int64_t where = question_id(p, "where"), rome = chunk_id(p, "In Rome.");
    Decision decisions[] = {
        {.subject = "relevance", .subject_id = where, .other_id = parts[0], .value = NULL},
        {.subject = "chunk.text", .subject_id = rome, .value = "In old Rome."},
        {.subject = "question.text", .subject_id = where, .value = "in which town"}};
    ok(decide(p->env.store, decisions, 3, "by hand", NULL, err));
    ok(curate_chunk_join(&p->env, parts, 2, &joined, err));
    Counts before = counts(p);
    size_t links = link_count(p);
    ImportReport r = import(p, "set.json", SPLIT_TRAIN);
    assert_int_equal(r.questions_known, 3);
    assert_int_equal(r.questions_added + r.chunks_added + r.links_added, 0);
    Counts after = counts(p);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(link_count(p), links);
    remove_tree(p, "set.json");
}

static void more_questions_join_their_chunks(void **state)
{
    Project *p = *state;
    import_text(p, "set.json",
                "{\"queries\":{\"1\":\"who\"},\"corpus\":{\"a\":\"Ann did.\",\"b\":\"At noon.\"},"
                "\"relevant_docs\":{\"1\":[\"a\"]}}",
                SPLIT_TRAIN);
    ImportReport r = import_text(
        p, "set.json",
        "{\"queries\":{\"1\":\"who\",\"2\":\"when\"},\"corpus\":{\"a\":\"Ann did.\",\"b\":\"At "
        "noon.\"},\"relevant_docs\":{\"1\":[\"a\",\"b\"],\"2\":[\"b\"]}}",
        SPLIT_TEST);
    assert_int_equal(r.chunks_added, 0);
    assert_int_equal(r.questions_added, 1);
    assert_int_equal(r.questions_known, 1);
    assert_int_equal(r.links_added, 2);
    assert_holds(r.warnings, "1 questions took the split of their chunks, not test");
    assert_int_equal(counts(p).questions[QUESTION_ACCEPTED][SPLIT_TRAIN], 2);
}

static void removed_documents_come_back(void **state)
{
    Project *p = *state;
    write_text(p, "set.json", SET);
    import(p, "set.json", SPLIT_TRAIN);
    DocumentRows rows = {0};
    ok(documents_load(p->env.store, "id:2", &rows, err));
    assert_int_equal(rows.count, 1);
    ok(document_remove(p->env.store, rows.items[0].id, err));
    rows_release(&rows);
    assert_int_equal(counts(p).chunks[CHUNK_LIVE][SPLIT_TRAIN], 0);
    ImportReport r = import(p, "set.json", SPLIT_TRAIN);
    assert_int_equal(r.questions_known, 3);
    assert_int_equal(counts(p).chunks[CHUNK_LIVE][SPLIT_TRAIN], 3);
    remove_tree(p, "set.json");
}

/* Two sets with the same ids: their export has each once, and comes back the same. */
static void shared_ids_stay_apart(void **state)
{
    Project *p = *state;
    import_text(p, "one.json", SET, SPLIT_TRAIN);
    import_text(p, "two.json",
                "{\"queries\":{\"1\":\"what\"},\"corpus\":{\"a\":\"A cup.\"},"
                "\"relevant_docs\":{\"1\":[\"a\"]}}",
                SPLIT_TRAIN);
    char *text = export(p, "llamaindex", "out.json", 0);
    void *fresh = NULL;
    assert_int_equal(project_open(&fresh), 0);
    ImportReport r = import_text(fresh, "out.json", text, SPLIT_TRAIN);
    assert_int_equal(r.questions_added, 4);
    assert_int_equal(r.chunks_added, 4);
    assert_int_equal(r.links_added, 5);
    project_close(&fresh);
    free(text);
}

/* Chunks with one text and two ids: only the one that was given is written as relevant. */
static void same_texts_are_not_all_given(void **state)
{
    Project *p = *state;
    import_text(p, "set.json",
                "{\"queries\":{\"1\":\"who\"},\"corpus\":{\"a\":\"Ann.\",\"b\":\"Ann.\"},"
                "\"relevant_docs\":{\"1\":[\"b\",\"b\"]}}",
                SPLIT_TRAIN);
    char *text = export(p, "llamaindex", "out.json", 0);
    assert_holds(text, "\"relevant_docs\":{\"1\":[\"b\"]}");
    free(text);
}

static void blank_entries_are_left_out(void **state)
{
    Project *p = *state;
    ImportReport r =
        import_text(p, "set.json",
                    "{\"queries\":{\"1\":\"who\",\"2\":\" \",\"3\":\"why\",\"4\":\"alone\"},"
                    "\"corpus\":{\"a\":\"Ann.\",\"b\":\"\"},"
                    "\"relevant_docs\":{\"1\":[\"a\",\"b\"],\"2\":[\"a\"],\"3\":[\"b\"]}}",
                    SPLIT_TRAIN);
    assert_int_equal(r.questions_added, 1);
    assert_int_equal(r.links_added, 1);
    assert_holds(r.warnings, "chunk 'b' is blank");
    assert_holds(r.warnings, "question '2' is blank");
    assert_holds(r.warnings, "2 questions without a chunk");
}

/* ---- negatives ---- */

#define FLAG                                                                                       \
    "{\"query\":\"who\",\"pos\":[\"Ann.\"],\"neg\":[\"Bob.\",\"Ann.\",\"Cid.\",\"Bob.\"],"         \
    "\"pos_scores\":[0.8],\"neg_scores\":[0.5,0.9,0.79,0.5]}\n"

static void negatives_are_compared(void **state)
{
    Project *p = *state;
    ImportReport r = import_text(p, "flag.jsonl", FLAG, SPLIT_TRAIN);
    assert_int_equal(r.negatives, 2); /* neither the positive nor the same one again */
    CandidateRows rows = {0};
    ok(candidates_load(p->env.store, &(CandidateQuery){.with_texts = true}, &rows, err));
    assert_int_equal(rows.count, 2);
    assert_string_equal(rows.items[0].text, "Bob.");
    assert_int_equal(rows.items[0].rank, 1);
    assert_true(rows.items[0].margin > -0.3001 && rows.items[0].margin < -0.2999);
    assert_false(rows.items[0].suspect);
    assert_string_equal(rows.items[1].text, "Cid.");
    assert_int_equal(rows.items[1].rank, 2);
    assert_true(rows.items[1].suspect);
    rows_release(&rows);
    char *text = export(p, "flagembedding", "out.jsonl", 0);
    assert_holds(text, "\"neg\":[\"Bob.\"],\"pos_scores\":[0.8],\"neg_scores\":[0.5]");
    free(text);
    Str report = {0};
    ok(store_check(p->env.store, &report, err));
    assert_string_equal(str_get(&report), "");
    str_release(&report);
}

/* Sets one after the other, and a set after mining: all candidates stay. */
static void candidates_add_up(void **state)
{
    Project *p = *state;
    import_text(p, "one.jsonl", FLAG, SPLIT_TRAIN);
    import_text(p, "two.jsonl", "{\"query\":\"why\",\"pos\":[\"For.\"],\"neg\":[\"So.\"]}\n",
                SPLIT_TRAIN);
    CandidateRows rows = {0};
    ok(candidates_load(p->env.store, &(CandidateQuery){0}, &rows, err));
    assert_int_equal(rows.count, 3);
    rows_release(&rows);
    char *text = export(p, "flagembedding", "out.jsonl", 0);
    assert_holds(text,
                 "{\"query\":\"why\",\"pos\":[\"For.\"],\"neg\":[\"So.\"]}\n"); /* no scores */
    free(text);

    MineOptions o = mine_options_default();
    o.retriever = "bm25";
    o.per_question = 1;
    MineReport mined;
    ok(task_mine(&p->env, &o, &mined, err));
    ImportReport r = import_text(
        p, "two.jsonl", "{\"query\":\"why\",\"pos\":[\"For.\"],\"neg\":[\"So.\"]}\n", SPLIT_TRAIN);
    assert_int_equal(r.negatives, 0); /* known before: what was mined since stays */
    import_text(p, "three.jsonl", "{\"query\":\"how\",\"pos\":[\"Thus.\"],\"neg\":[\"No.\"]}\n",
                SPLIT_TRAIN);
    ok(candidates_load(p->env.store, &(CandidateQuery){0}, &rows, err));
    assert_int_equal(rows.count, mined.candidates + 1);
    rows_release(&rows);
}

static void triplets_have_the_same_columns(void **state)
{
    Project *p = *state;
    import_text(p, "one.jsonl",
                "{\"query\":\"who\",\"pos\":[\"Ann.\"],\"neg\":[\"Bob.\",\"Cid.\"]}\n"
                "{\"query\":\"why\",\"pos\":[\"For.\",\"Since.\"]}\n",
                SPLIT_TRAIN);
    char *text = export(p, "triplets", "out.jsonl", 0);
    size_t rows = 0;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, rows++) {
        *end = '\0';
        assert_holds(line, "\"negative_1\":");
        assert_holds(line, "\"negative_2\":");
        assert_null(strstr(line, "\"negative_3\":"));
        if (strstr(line, "\"why\"")) {
            assert_null(strstr(line, "\"negative_1\":\"For.\""));
            assert_null(strstr(line, "\"negative_2\":\"Since.\""));
        }
    }
    assert_int_equal(rows, 3);
    free(text);
}

/* ---- rows ---- */

static void rows_carry_splits(void **state)
{
    Project *p = *state;
    import_text(p, "rows.csv",
                "id;question;split;context;negative\n"
                "1;who;train;Ann.;Bob.\n2;when;validation;Noon.;\n3;where;test;Ann.;\n;  ;;x;\n",
                SPLIT_NONE);
    Counts c = counts(p);
    assert_int_equal(c.questions[QUESTION_ACCEPTED][SPLIT_TRAIN], 1);
    assert_int_equal(c.questions[QUESTION_ACCEPTED][SPLIT_VAL], 1);
    assert_int_equal(c.questions[QUESTION_ACCEPTED][SPLIT_TEST], 1);
    assert_int_equal(c.chunks[CHUNK_LIVE][SPLIT_VAL], 1);
    assert_int_equal(c.chunks[CHUNK_LIVE][SPLIT_NONE], 3); /* Ann. is asked for by two splits */
    char *text = export(p, "jsonl", "out.jsonl", 0);
    assert_holds(text, "\"query\":\"when\",\"split\":\"val\"");
    assert_holds(text, "\"negatives\":[\"Bob.\"]");
    free(text);
    Str report = {0};
    ok(store_check(p->env.store, &report, err));
    assert_string_equal(str_get(&report), "");
    str_release(&report);
}

static void lists_of_objects_are_rows(void **state)
{
    Project *p = *state;
    ImportReport r = import_text(p, "rows.json",
                                 "[\n {\"id\": 9007199254740991, \"query\": \"who\", \"text\": "
                                 "\"Ann.\"},\n {\"id\": 1234567890123456, \"query\": \"when\", "
                                 "\"text\": \"Noon.\"}, {\"id\": 1234567890123457, \"query\": "
                                 "\"why\", \"text\": \"For.\"}]\n",
                                 SPLIT_VAL);
    assert_string_equal(r.format, "jsonl");
    assert_int_equal(r.questions_added, 3);
    QuestionRows rows = {0};
    ok(questions_load(p->env.store, &(QuestionQuery){0}, &rows, err));
    assert_string_equal(rows.items[0].key, "9007199254740991");
    rows_release(&rows);
    write_text(p, "bad.json", "[{\"query\":\"a\",\"pos\":[\"b\"]},7]");
    char *path = path_in(p, "bad.json");
    ImportReport bad;
    refused(ERR_FORMAT, "entry 2", task_import(&p->env, &(ImportOptions){.path = path}, &bad, err));
    free(path);
    remove_tree(p, "bad.json");
}

static void columns_are_named(void **state)
{
    Project *p = *state;
    static const char *const BAD[][2] = {
        {"name,age\na,1\n", "name, age"},
        {"query,text,split\nwho,Ann.,fold7\n", "line 2"},
    };
    for (size_t i = 0; i < 2; i++) {
        write_text(p, "rows.csv", BAD[i][0]);
        char *path = path_in(p, "rows.csv");
        ImportReport r;
        refused(ERR_FORMAT, BAD[i][1],
                task_import(&p->env, &(ImportOptions){.path = path}, &r, err));
        free(path);
        remove_tree(p, "rows.csv");
    }
}

/* ---- folders ---- */

static void make_beir(Project *p, const char *qrels)
{
    char *folder = path_in(p, "beir/qrels");
    ok(file_make_folder(folder, err));
    free(folder);
    write_text(p, "beir/corpus.jsonl",
               "{\"_id\":\"a\",\"text\":\"Ann.\"}\n{\"_id\":\"b\",\"text\":\"Bob.\"}\n");
    write_text(p, "beir/queries.jsonl",
               "{\"_id\":\"1\",\"text\":\"who\"}\n{\"_id\":\"2\",\"text\":\"and who\"}\n");
    write_text(p, "beir/qrels/test.tsv", qrels);
}

static void folders_are_known_again(void **state)
{
    Project *p = *state;
    make_beir(p, "query-id\tcorpus-id\tscore\n1\ta\t1\n");
    ImportReport r = import(p, "beir/", SPLIT_NONE);
    assert_int_equal(r.questions_added, 1);
    assert_int_equal(r.failed, 0);
    r = import(p, "beir", SPLIT_NONE);
    assert_int_equal(r.questions_known, 1);
    assert_int_equal(r.questions_added + r.chunks_added + r.links_added, 0);
    DocumentRows rows = {0};
    ok(documents_load(p->env.store, NULL, &rows, err));
    assert_int_equal(rows.count, 2);
    assert_string_equal(rows.items[1].title, "beir");
    rows_release(&rows);
    static const char *const BAD[][2] = {{"1\tgone\t1\n", "'gone'"},
                                         {"gone\ta\t1\n", "'gone'"},
                                         {"1\ta\n", "line 1"},
                                         {"1\ta\t1x\n", "'1x'"}};
    char *path = path_in(p, "beir");
    for (size_t i = 0; i < 4; i++) {
        make_beir(p, BAD[i][0]);
        refused(ERR_FORMAT, BAD[i][1],
                task_import(&p->env, &(ImportOptions){.path = path}, &r, err));
    }
    free(path);
    remove_tree(p, "beir");
}

/* A folder written again for other splits keeps no judgements from before. */
static void folders_are_written_anew(void **state)
{
    Project *p = *state;
    import_text(p, "rows.csv",
                "query,split,text\nwho,train,Ann.\nwhen,val,Noon.\nwhere,test,Here.\n", SPLIT_NONE);
    char *path = path_in(p, "out");
    Str text = {0};
    ok(task_export(&p->env, "beir", &(ExportOptions){.path = path}, err));
    ok(task_export(&p->env, "beir", &(ExportOptions){.path = path, .splits = 1 << SPLIT_TEST},
                   err));
    char *dev = path_in(p, "out/qrels/dev.tsv");
    ok(file_read(dev, 1 << 20, &text, err));
    assert_string_equal(str_get(&text), "query-id\tcorpus-id\tscore\n");
    str_release(&text);
    free(dev);
    free(path);
    remove_tree(p, "out");
}

/* ---- quotes ---- */

static void ingest(Project *p, const char *const *names, size_t count)
{
    const char *paths[4];
    char *owned[4];
    for (size_t i = 0; i < count; i++) paths[i] = owned[i] = path_in(p, names[i]);
    IngestOptions o = {.paths = paths,
                       .path_count = count,
                       .split = SPLIT_TEST,
                       .chunk = {.max_tokens = 30, .overlap_tokens = 10, .min_tokens = 1}};
    IngestReport added = {0};
    ok(task_ingest(&p->env, &o, &added, err));
    ingest_report_release(&added);
    for (size_t i = 0; i < count; i++) free(owned[i]);
}

#define ISLAND                                                                                     \
    "# Ferries\n\nThe ferry leaves the harbour at seven in the morning. Tickets are sold at the "  \
    "kiosk. Dogs travel free of charge on every boat. Bicycles cost two coins each way. In "       \
    "winter the crossing takes an hour because of the ice.\n"

static void quotes_go_round(void **state)
{
    static const char *const NAMES[] = {"a/guide.md", "b/guide.md", "other.md"};
    Project *p = *state;
    for (size_t i = 0; i < 2; i++) {
        char *folder = path_in(p, i ? "b" : "a");
        ok(file_make_folder(folder, err));
        free(folder);
    }
    write_text(p, NAMES[0], ISLAND);
    write_text(p, NAMES[1], "# Trams\n\nThe tram goes to the hill every ten minutes.\n");
    write_text(p, NAMES[2],
               "# Hill\n\nA tower of brick. It is old.\n\n# Port\n\nA tower of brick.\n");
    ingest(p, NAMES, 3);
    ImportReport r = import_text(
        p, "quotes.jsonl",
        "{\"query\":\"boats?\",\"document\":\"a/guide.md\",\"quote\":\"Dogs travel\\nfree of "
        "charge on every boat.\"}\n"
        "{\"query\":\"trams?\",\"document\":\"b/guide.md\",\"quote\":\"The tram goes to the "
        "hill\"}\n"
        "{\"query\":\"towers?\",\"document\":\"other.md\",\"quote\":\"A tower of brick.\"}\n"
        "{\"query\":\"which?\",\"document\":\"guide.md\",\"quote\":\"The tram\"}\n"
        "{\"query\":\"guide?\",\"document\":\"uide.md\",\"quote\":\"The tram\"}\n",
        SPLIT_NONE);
    assert_int_equal(r.questions_added, 3);
    assert_int_equal(r.links_added, 4); /* the tower stands in two places */
    assert_int_equal(r.failed, 2);
    assert_holds(r.warnings, "line 4: there are several documents 'guide.md'");
    assert_holds(r.warnings, "line 5: there is no document 'uide.md'");
    Decision edit = {.subject = "chunk.text",
                     .subject_id = chunk_id(p, "The tram goes"),
                     .value = "Trams go uphill."};
    ok(decide(p->env.store, &edit, 1, "edit", NULL, err));
    char *text = export(p, "quotes", "out.jsonl", 0);
    assert_holds(text, "\"document\":\"b/guide.md\"");
    assert_holds(text, "\"document\":\"other.md\"");
    assert_holds(text, "The tram goes to the hill"); /* the document's words, not the edited ones */
    ImportReport again = import_text(p, "out.jsonl", text, SPLIT_NONE);
    assert_int_equal(again.failed, 0);
    assert_int_equal(again.questions_known, 3);
    assert_int_equal(again.questions_added + again.links_added, 0);
    free(text);
    remove_tree(p, "a");
    remove_tree(p, "b");
    remove_tree(p, "other.md");
}

static void a_stopped_import_leaves_nothing(void **state)
{
    Project *p = *state;
    Str text = {0};
    for (int i = 0; i < 3000; i++)
        str_addf(&text, "{\"query\":\"q %d\",\"pos\":[\"text %d\"]}\n", i, i);
    write_text(p, "flag.jsonl", str_get(&text));
    str_release(&text);
    Counts before = counts(p), after;
    Cancel cancel = {0};
    cancel_ask(&cancel);
    p->env.cancel = &cancel;
    char *path = path_in(p, "flag.jsonl");
    ImportReport r;
    refused(ERR_CANCELLED, "", task_import(&p->env, &(ImportOptions){.path = path}, &r, err));
    p->env.cancel = NULL;
    after = counts(p);
    assert_memory_equal(&before, &after, sizeof before);
    free(path);
    remove_tree(p, "flag.jsonl");
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv); /* one thread a product, as in the program */
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, project_close)
    const struct CMUnitTest tests[] = {
        CASE(nothing_comes_twice),
        CASE(what_people_did_stays),
        CASE(more_questions_join_their_chunks),
        CASE(removed_documents_come_back),
        CASE(shared_ids_stay_apart),
        CASE(same_texts_are_not_all_given),
        CASE(blank_entries_are_left_out),
        CASE(negatives_are_compared),
        CASE(candidates_add_up),
        CASE(triplets_have_the_same_columns),
        CASE(rows_carry_splits),
        CASE(lists_of_objects_are_rows),
        CASE(columns_are_named),
        CASE(folders_are_known_again),
        CASE(folders_are_written_anew),
        CASE(quotes_go_round),
        CASE(a_stopped_import_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
