/* Question sets: each format out and in again gives the same; hostile ones are refused whole, by
 * name and place. */
#include "retrieve/project.h"

#include "base/file.h"
#include "base/rng.h"
#include "num/blas.h"
#include "store/mining.h"
#include "task/exchange.h"
#include "task/ingest.h"
#include "task/mine.h"

static char *path_in(const Project *p, const char *name)
{
    return str_format("%s/%s", p->folder, name);
}

static void write_bytes(const Project *p, const char *name, const char *bytes, size_t size)
{
    char *path = path_in(p, name);
    ok(file_write(path, bytes, size, err));
    free(path);
}

static void remove_tree(const Project *p, const char *name)
{
    char *command = str_format("rm -rf '%s/%s'", p->folder, name);
    assert_int_equal(system(command), 0);
    free(command);
}

static ImportReport import(Project *p, const char *name, const char *format, Split split)
{
    char *path = path_in(p, name);
    ImportReport r = {0};
    ok(task_import(&p->env, &(ImportOptions){.path = path, .format = format, .split = split}, &r,
                   err));
    free(path);
    return r;
}

/* The import fails, says this, and leaves the project as it was. */
static void import_refused(Project *p, const char *text, size_t size, const char *name,
                           const char *part)
{
    Counts before, after;
    ok(store_counts(p->env.store, &before, err));
    write_bytes(p, name, text, size);
    char *path = path_in(p, name);
    ImportReport r;
    Err why = {0};
    if (task_import(&p->env, &(ImportOptions){.path = path, .split = SPLIT_TRAIN}, &r, &why))
        fail_msg("accepted: %.60s", text);
    if (!strstr(why.message, part)) fail_msg("for %.60s: %s", text, why.message);
    assert_non_null(strstr(why.message, name));
    ok(store_counts(p->env.store, &after, err));
    assert_memory_equal(&before, &after, sizeof before);
    unlink(path);
    free(path);
}

#define REFUSED(text, name, part) import_refused(p, text, strlen(text), name, part)

/* Sorted "question | chunk text" lines of the accepted questions. */
static char *picture(Project *p)
{
    ChunkRows chunks = {0};
    QuestionRows questions = {0};
    RelevanceRows links = {0};
    ok(chunks_load(p->env.store, &(ChunkQuery){0}, &chunks, err));
    ok(questions_load(p->env.store, &(QuestionQuery){.statuses = 1 << QUESTION_ACCEPTED},
                      &questions, err));
    ok(relevance_load(p->env.store, &links, err));
    VEC(char *) lines = {0};
    for (size_t i = 0; i < links.count; i++) {
        const char *question = NULL, *chunk = NULL;
        for (size_t q = 0; q < questions.count; q++) {
            if (questions.items[q].id == links.items[i].question_id)
                question = questions.items[q].text;
        }
        for (size_t c = 0; c < chunks.count; c++) {
            if (chunks.items[c].id == links.items[i].chunk_id) chunk = chunks.items[c].text;
        }
        if (question && chunk) vec_push(&lines, str_format("%s | %s\n", question, chunk));
    }
    for (size_t i = 0; i < lines.count; i++) {
        for (size_t j = i + 1; j < lines.count; j++) {
            if (strcmp(lines.items[i], lines.items[j]) > 0) {
                char *swap = lines.items[i];
                lines.items[i] = lines.items[j];
                lines.items[j] = swap;
            }
        }
    }
    Str all = {0};
    for (size_t i = 0; i < lines.count; i++) {
        str_add(&all, lines.items[i]);
        free(lines.items[i]);
    }
    vec_release(&lines);
    rows_release(&chunks);
    rows_release(&questions);
    rows_release(&links);
    return str_take(&all);
}

/* Hard texts: quotes, line breaks, commas, Han, an emoji. */
static void fill(Project *p)
{
    static const char *const TEXTS[] = {"A \"quoted\" text, with commas\nand a second line.",
                                        "渡轮早上七点离开港口。它黄昏时回来。",
                                        "Plain text 🚢 about ferries;\ttabs too.",
                                        "The last of the four texts."};
    static const char *const QUESTIONS[] = {"what is \"quoted\"?", "渡轮几点离开？",
                                            "which boat, please?", "the last one?\n"};
    int64_t chunks[4];
    for (int i = 0; i < 4; i++) chunks[i] = project_chunk(p, TEXTS[i], SPLIT_TRAIN);
    for (int i = 0; i < 4; i++) {
        int64_t q = project_question(p, QUESTIONS[i], chunks[i], QUESTION_ACCEPTED, SPLIT_TRAIN);
        if (i == 2) ok(relevance_add(p->env.store, q, chunks[3], ORIGIN_HUMAN, err));
    }
    project_question(p, "rejected: not exported", chunks[0], QUESTION_REJECTED, SPLIT_TRAIN);
}

static void round_trips(void **state)
{
    static const char *const NAMES[][2] = {{"llamaindex", "set.json"},
                                           {"squad", "squad.json"},
                                           {"flagembedding", "flag.jsonl"},
                                           {"triplets", "triplets.jsonl"},
                                           {"beir", "beir"},
                                           {"jsonl", "rows.jsonl"},
                                           {"csv", "rows.csv"}};
    Project *p = *state;
    fill(p);
    char *wanted = picture(p);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char *path = path_in(p, NAMES[i][1]);
        ok(task_export(&p->env, NAMES[i][0], &(ExportOptions){.path = path}, err));
        void *fresh = NULL;
        assert_int_equal(project_open(&fresh), 0);
        Project *q = fresh;
        ImportReport r = {0};
        ok(task_import(&q->env, &(ImportOptions){.path = path}, &r, err));
        assert_string_equal(r.format, NAMES[i][0]); /* guessed */
        char *got = picture(q);
        if (strcmp(got, wanted) != 0) fail_msg("%s: %s\ninstead of %s", NAMES[i][0], got, wanted);
        ImportReport again = {0};
        ok(task_import(&q->env, &(ImportOptions){.path = path}, &again, err));
        assert_int_equal(again.questions_added + again.chunks_added, 0);
        assert_int_equal(again.questions_known, r.questions_added);
        free(got);
        project_close(&fresh);
        remove_tree(p, NAMES[i][1]);
        free(path);
    }
    free(wanted);
}

static void negatives_travel_with_scores(void **state)
{
    Project *p = *state;
    fill(p);
    MineOptions o = mine_options_default();
    o.retriever = "bm25";
    o.random_fallback = true;
    MineReport mined;
    ok(task_mine(&p->env, &o, &mined, err));
    char *path = path_in(p, "flag.jsonl");
    ok(task_export(&p->env, "flagembedding", &(ExportOptions){.path = path}, err));
    Str text = {0};
    ok(file_read(path, 1 << 20, &text, err));
    assert_non_null(strstr(str_get(&text), "\"neg_scores\":["));
    str_release(&text);
    void *fresh = NULL;
    assert_int_equal(project_open(&fresh), 0);
    Project *q = fresh;
    ImportReport r = {0};
    ok(task_import(&q->env, &(ImportOptions){.path = path}, &r, err));
    CandidateRows rows = {0};
    ok(candidates_load(q->env.store, &(CandidateQuery){0}, &rows, err));
    assert_true(r.negatives > 0);
    assert_int_equal(rows.count, r.negatives);
    rows_release(&rows);
    project_close(&fresh);
    remove_tree(p, "flag.jsonl");
    free(path);
}

static void broken_sets_are_refused(void **state)
{
    Project *p = *state;
    fill(p);
    REFUSED("", "empty.json", "empty");
    REFUSED("{\"queries\":{\"a\":\"q\"},\"corpus\":{},\"relevant_docs\":{\"a\":[\"gone\"]}}",
            "missing.json", "gone");
    REFUSED(
        "{\"queries\":{\"a\":\"q\"},\"corpus\":{\"c\":\"t\"},\"relevant_docs\":{\"b\":[\"c\"]}}",
        "missing2.json", "'b'");
    REFUSED("{\"queries\":{\"a\":\"q\",\"a\":\"r\"},\"corpus\":{\"c\":\"t\"},\"relevant_docs\":{"
            "\"a\":[\"c\"]}}",
            "twice.json", "a");
    REFUSED("{\"queries\":{\"a\":7},\"corpus\":{\"c\":\"t\"},\"relevant_docs\":{}}", "number.json",
            "not a string");
    REFUSED("{\"queries\":{\"a\":\"q\"},\"corpus\":{\"c\":\"t\"},\"relevant_docs\":{\"a\":\"c\"}}",
            "nolist.json", "list");
    REFUSED("{\"queries\":{\"a\":\"q\"},\"corpus\":{\"c\":\"t\"},\"relevant_docs\":{\"a\":[\"c\"]}",
            "cut.json", "line 1");
    REFUSED("{\"query\":\"a\",\"pos\":{\"x\":1}}\n", "object.jsonl", "line 1");
    REFUSED("{\"query\":\"a\",\"pos\":[\"b\"]}\n{\"query\":\"a\",\n", "second.jsonl", "line 2");
    REFUSED("{\"query\":\"a\",\"pos\":[]}\n", "nothing.jsonl", "no question");
    REFUSED("{\"data\":[{\"paragraphs\":[{\"context\":1,\"qas\":[]}]}]}", "squad.json", "context");
    REFUSED("1e999999", "num.json", "question set");
    REFUSED("query,text\n\"never closed,", "open.csv", "quote");
    Str deep = {0};
    str_add(&deep, "{\"queries\":");
    for (int i = 0; i < 200000; i++) str_add_char(&deep, '[');
    import_refused(p, deep.data, deep.size, "deep.json", "deep");
    str_release(&deep);
    char noise[4096];
    for (size_t i = 0; i < sizeof noise; i++) noise[i] = (char)(i * 2654435761u >> 13);
    import_refused(p, noise, sizeof noise, "noise.json", "noise.json");
}

/* Bytes changed, doubled or cut off: the import fails with words or takes what it understood. */
static void spoil(Rng *rng, const Str *from, Str *out)
{
    static const char MARKS[] = "{}[]\",:\\\t\n\r0;u";
    str_clear(out);
    str_add_bytes(out, from->data, from->size);
    for (uint64_t n = 1 + rng_below(rng, 4); n > 0; n--) {
        char *at = out->data + rng_below(rng, out->size);
        *at = rng_below(rng, 2) ? MARKS[rng_below(rng, sizeof MARKS - 1)] : (char)rng_u64(rng);
    }
    if (rng_below(rng, 8) == 0) str_truncate(out, (size_t)rng_below(rng, out->size));
    if (rng_below(rng, 8) == 0) str_add_bytes(out, from->data, from->size);
}

static void spoilt_sets_never_crash(void **state)
{
    static const char *const FILES[][3] = {{"llamaindex", "set.json", "set.json"},
                                           {"squad", "squad.json", "squad.json"},
                                           {"flagembedding", "flag.jsonl", "flag.jsonl"},
                                           {"triplets", "triplets.jsonl", "triplets.jsonl"},
                                           {"beir", "beir", "beir/corpus.jsonl"},
                                           {"beir", "beir", "beir/qrels/train.tsv"},
                                           {"jsonl", "rows.jsonl", "rows.jsonl"},
                                           {"csv", "rows.csv", "rows.csv"}};
    Project *p = *state;
    fill(p);
    Rng rng = rng_make(11, 0);
    size_t taken = 0, refused_ = 0;
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        char *path = path_in(p, FILES[i][1]), *target = path_in(p, FILES[i][2]);
        Str whole = {0}, spoilt = {0};
        ok(task_export(&p->env, FILES[i][0], &(ExportOptions){.path = path}, err));
        ok(file_read(target, 1 << 20, &whole, err));
        for (int round = 0; round < 120; round++) {
            spoil(&rng, &whole, &spoilt);
            unlink(target);
            write_bytes(p, FILES[i][2], str_get(&spoilt), spoilt.size);
            ImportReport r;
            Err why = {0};
            const char *format = round % 2 ? FILES[i][0] : NULL;
            ok(store_begin(p->env.store, err));
            if (task_import(&p->env, &(ImportOptions){.path = path, .format = format}, &r, &why)) {
                taken++;
            } else {
                refused_++;
                assert_non_null(strstr(why.message, FILES[i][1]));
            }
            store_rollback(p->env.store);
        }
        str_release(&whole);
        str_release(&spoilt);
        remove_tree(p, FILES[i][1]);
        free(target);
        free(path);
    }
    assert_true(taken > 50 && refused_ > 200);
}

static void odd_sets_are_understood(void **state)
{
    Project *p = *state;
    const char *text = "{\"query\":\"a\\u0000b\",\"pos\":\"only "
                       "one\",\"neg\":3}\n\n{\"query\":\"c\",\"pos\":[\"d\",\"only "
                       "one\"],\"neg\":[\"e\"],\"neg_scores\":[0.5]}\n";
    write_bytes(p, "odd.jsonl", text, strlen(text));
    ImportReport r = import(p, "odd.jsonl", NULL, SPLIT_VAL);
    assert_string_equal(r.format, "flagembedding");
    assert_int_equal(r.questions_added, 2);
    assert_int_equal(r.links_added, 3);
    assert_int_equal(r.chunks_added, 3);
    assert_int_equal(r.negatives, 1);
    assert_non_null(strstr(r.warnings, "line 1"));
    QuestionRows q = {0};
    ok(questions_load(p->env.store, &(QuestionQuery){0}, &q, err));
    assert_string_equal(q.items[0].text, "ab");
    assert_int_equal(q.items[0].split, SPLIT_VAL);
    assert_int_equal(q.items[0].origin, ORIGIN_IMPORT);
    rows_release(&q);
    remove_tree(p, "odd.jsonl");
}

static void quotes_find_their_chunks(void **state)
{
    Project *p = *state;
    const char *document =
        "# Ferries\n\nThe ferry leaves the harbour\nat seven in the morning. Tickets are sold at "
        "the kiosk.\n\n# Islands\n\nThe lighthouse was built of granite in 1848.\n";
    write_bytes(p, "island.md", document, strlen(document));
    char *path = path_in(p, "island.md");
    const char *paths[] = {path};
    IngestOptions o = {.paths = paths,
                       .path_count = 1,
                       .split = SPLIT_TEST,
                       .chunk = {.max_tokens = 30, .overlap_tokens = 0, .min_tokens = 1}};
    IngestReport added = {0};
    ok(task_ingest(&p->env, &o, &added, err));
    ingest_report_release(&added);
    const char *set =
        "{\"query\":\"when does the boat leave\",\"document\":\"island.md\",\"quote\":\"The ferry "
        "leaves the harbour at seven in the morning.\"}\n"
        "{\"query\":\"what is the tower made of\",\"document\":\"island.md\",\"quote\":[\"built of "
        "granite\"]}\n"
        "{\"query\":\"not there\",\"document\":\"island.md\",\"quote\":\"nowhere to be found\"}\n"
        "{\"query\":\"no such file\",\"document\":\"other.md\",\"quote\":\"granite\"}\n";
    write_bytes(p, "quotes.jsonl", set, strlen(set));
    ImportReport r = import(p, "quotes.jsonl", NULL, SPLIT_NONE);
    assert_string_equal(r.format, "quotes");
    assert_int_equal(r.questions_added, 2);
    assert_int_equal(r.chunks_added, 0);
    assert_int_equal(r.failed, 2);
    QuestionRows q = {0};
    RelevanceRows links = {0};
    ChunkRows chunks = {0};
    ok(questions_load(p->env.store, &(QuestionQuery){0}, &q, err));
    ok(relevance_load(p->env.store, &links, err));
    ok(chunks_load(p->env.store, &(ChunkQuery){0}, &chunks, err));
    assert_int_equal(q.items[0].split, SPLIT_TEST);
    assert_int_equal(links.count, 2);
    for (size_t i = 0; i < chunks.count; i++) {
        if (chunks.items[i].id == links.items[0].chunk_id)
            assert_non_null(strstr(chunks.items[i].text, "at seven"));
        if (chunks.items[i].id == links.items[1].chunk_id)
            assert_non_null(strstr(chunks.items[i].text, "granite"));
    }
    rows_release(&q);
    rows_release(&links);
    rows_release(&chunks);
    remove_tree(p, "quotes.jsonl");
    remove_tree(p, "island.md");
    free(path);
}

static void beir_splits_come_from_qrels(void **state)
{
    Project *p = *state;
    char *folder = path_in(p, "beir/qrels");
    ok(file_make_folder(folder, err));
    free(folder);
    static const char *const FILES[][2] = {
        {"beir/corpus.jsonl",
         "{\"_id\":\"a\",\"title\":\"T\",\"text\":\"first\"}\n{\"_id\":\"b\",\"title\":\"\","
         "\"text\":\"second\"}\n{\"_id\":\"c\",\"text\":\"third\"}\n"},
        {"beir/queries.jsonl",
         "{\"_id\":1,\"text\":\"q one\"}\n{\"_id\":\"2\",\"text\":\"q two\"}\n"},
        {"beir/qrels/train.tsv", "query-id\tcorpus-id\tscore\n1\ta\t1\n1\tb\t0\n"},
        {"beir/qrels/test.tsv", "query-id\tcorpus-id\tscore\n2\tb\t2\n"},
    };
    for (int i = 0; i < 4; i++) write_bytes(p, FILES[i][0], FILES[i][1], strlen(FILES[i][1]));
    ImportReport r = import(p, "beir", NULL, SPLIT_NONE);
    assert_int_equal(r.links_added, 2);
    ChunkRows chunks = {0};
    ok(chunks_load(p->env.store, &(ChunkQuery){0}, &chunks, err));
    assert_int_equal(chunks.items[0].split, SPLIT_TRAIN);
    assert_int_equal(chunks.items[1].split, SPLIT_TEST);
    assert_int_equal(chunks.items[2].split, SPLIT_NONE);
    assert_string_equal(chunks.items[0].own_title, "T");
    rows_release(&chunks);
    remove_tree(p, "beir");
}

static void unknown_formats_are_named(void **state)
{
    Project *p = *state;
    ImportReport r;
    refused(ERR_USAGE, "llamaindex",
            task_import(&p->env, &(ImportOptions){.path = "x", .format = "nonsense"}, &r, err));
    refused(ERR_USAGE, "llamaindex",
            task_export(&p->env, "nonsense", &(ExportOptions){.path = "x"}, err));
    refused(ERR_MISSING, "export",
            task_export(&p->env, "csv", &(ExportOptions){.path = "/tmp/never-written.csv"}, err));
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv); /* one thread a product, as in the program */
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, project_close)
    const struct CMUnitTest tests[] = {
        CASE(round_trips),
        CASE(negatives_travel_with_scores),
        CASE(broken_sets_are_refused),
        CASE(spoilt_sets_never_crash),
        CASE(odd_sets_are_understood),
        CASE(quotes_find_their_chunks),
        CASE(beir_splits_come_from_qrels),
        CASE(unknown_formats_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
