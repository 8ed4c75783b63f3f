#include "fixture.h"

#include "store/sql.h"
#include "store/text_index.h"

/* Ids that a filter finds, as "1 4 7 ". */
static void find(Store *s, const char *filter, Str *out)
{
    QuestionRows rows = {0};
    ok(questions_load(s, &(QuestionQuery){.filter = filter}, &rows, err));
    str_clear(out);
    for (size_t i = 0; i < rows.count; i++) {
        str_addf(out, "%lld ", (long long)rows.items[i].id);
    }
    rows_release(&rows);
}

static void expect(Store *s, const char *filter, const char *want)
{
    Str got = {0};
    find(s, filter, &got);
    if (strcmp(str_get(&got), want) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", filter, str_get(&got), want);
    str_release(&got);
}

static void add_some(Store *s)
{
    static const struct {
        const char *text;
        QuestionStatus status;
        Split split;
        Origin origin;
        double doubt; /* negative: not known */
        int64_t own_rank;
    } rows[] = {
        /* 1 */ {"Which subsidiary insures Lyft's operations?", QUESTION_PENDING, SPLIT_TRAIN,
                 ORIGIN_LLM, 0.9, 38},
        /* 2 */ {"谁承保 Lyft 的保险?", QUESTION_ACCEPTED, SPLIT_TEST, ORIGIN_OFFLINE, 0.1, 1},
        /* 3 */
        {"100% of what_ever'; DROP TABLE question; --", QUESTION_FLAGGED, SPLIT_TRAIN, ORIGIN_HUMAN,
         -1, 0},
        /* 4 */ {"ÄRGER mit Öl: \"Was\" nun?", QUESTION_REJECTED, SPLIT_VAL, ORIGIN_IMPORT, 0.5, 0},
        /* 5 */ {"status:pending is no status", QUESTION_PENDING, SPLIT_NONE, ORIGIN_LLM, 0.5, 12},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        QuestionRow q = {.text = rows[i].text,
                         .status = rows[i].status,
                         .split = rows[i].split,
                         .origin = rows[i].origin};
        q.doubts = (Doubts){.known = rows[i].doubt >= 0,
                            .doubt = rows[i].doubt,
                            .own_rank = rows[i].own_rank,
                            .nameless = i == 0};
        ok(question_add(s, &q, NULL, err));
    }
}

static const char *const CASES[][2] = {
    {"", "1 2 3 4 5 "},
    {"   \t ", "1 2 3 4 5 "},
    {"status:pending", "1 5 "},
    {"status:pending,flagged", "1 3 5 "},
    {"-status:pending", "2 3 4 "},
    {"!status:pending,flagged", "2 4 "},
    {"STATUS:pending split:train", "1 "},
    {"origin:llm", "1 5 "},
    {"id:2", "2 "},
    {"id:2,4,99", "2 4 "},
    {"id>=2 id<=3", "2 3 "},
    {"id=5", "5 "},
    {"doubt>0.4", "1 4 5 "},
    {"doubt>=0.5 doubt<0.9", "4 5 "},
    {"-doubt>0.4", "2 3 "}, /* not known is not greater */
    {"doubt>-1e0", "1 2 4 5 "},
    {"own_rank>10", "1 4 5 "}, /* not found at all is far behind */
    {"own-rank:1", "2 "},
    {"nameless:yes", "1 "},
    {"nameless:no", "2 4 5 "},
    {"order:-doubt", "1 4 5 2 3 "}, /* unknown ones last */
    {"order:doubt", "2 4 5 1 3 "},
    {"order:status,-id", "2 3 5 1 4 "},
    {"order:-id limit:2", "5 4 "},
    {"limit:0", ""},
    {"lyft", "1 2 "},
    {"LYFT insures", "1 "},
    {"lyft -insures", "2 "},
    {"\"insures Lyft\"", "1 "},
    {"\"Lyft insures\"", ""},
    {"\"Lyft's operations?\"", "1 "},
    {"保险", "2 "}, /* two characters: no trigram */
    {"的保险", "2 "},
    {"承保　lyft", "2 "}, /* a wide blank */
    {"险", "2 "},
    {"100%", "3 "},
    {"%", "3 "},
    {"_", "3 "},
    {"what_", "3 "},
    {"'; DROP TABLE question;", "3 "},
    {"'; DROP TABLE question; --", ""}, /* without a '-' */
    {"\"'; drop table question; --\"", "3 "},
    {"ärger", "4 "},
    {"öl", "4 "},
    {"ÖL:", "4 "},
    {"\"status:pending is\"", "5 "},
    {"?", "1 2 4 "},
    {"-", "3 "},
    {"\"\"", "1 2 3 4 5 "},
    {"\"no sta", "5 "}, /* a quote that does not end */
    {"\"x' OR 1=1 --\"", ""},
    {"x\\", ""},
    {"insures* OR NEAR(lyft)", ""},
};

static void test_what_is_found(void **state)
{
    Fixture *f = *state;
    add_some(f->s);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        expect(f->s, CASES[i][0], CASES[i][1]);
    }
    ok(store_index_texts(f->s, err)); /* finds the same with the index */
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        expect(f->s, CASES[i][0], CASES[i][1]);
    }
    assert_whole(f->s);
}

static void test_index_follows(void **state)
{
    Fixture *f = *state;
    add_some(f->s);
    ok(store_index_texts(f->s, err));
    Decision edit = {
        .subject = "question.text", .subject_id = 1, .value = "Who pays for windscreens?"};
    ok(decide(f->s, &edit, 1, "edit", NULL, err));
    for (int round = 0; round < 2; round++) {
        expect(f->s, "subsidiary", "");
        expect(f->s, "windscreens", "1 ");
        ok(store_index_texts(f->s, err));
    }
    edit.value = "Who pays for doors?";
    ok(decide(f->s, &edit, 1, "edit", NULL, err));
    ok(journal_undo(f->s, NULL, NULL, err));
    ok(journal_undo(f->s, NULL, NULL, err));
    for (int round = 0; round < 2; round++) {
        expect(f->s, "windscreens", "");
        expect(f->s, "subsidiary", "1 ");
        ok(store_index_texts(f->s, err));
    }
    add_question(f->s, "a subsidiary again", 0, SPLIT_NONE);
    expect(f->s, "subsidiary", "1 6 ");
    ok(store_index_texts(f->s, err));
    expect(f->s, "subsidiary", "1 6 ");
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM text_stale"), 0);
    assert_int_equal(
        raw_number(f->path, "SELECT count(*) FROM question_text WHERE question_text MATCH 'win'"),
        0);
}

static void test_deleted_chunks_leave_the_index(void **state)
{
    Fixture *f = *state;
    int64_t document = add_document(f->s, "a.txt", SPLIT_NONE);
    int64_t id = add_chunk(f->s, document, "windscreen wipers", SPLIT_NONE);
    add_chunk(f->s, document, "windscreen glass", SPLIT_NONE);
    ok(store_index_texts(f->s, err));
    ok(chunk_retire(f->s, id, err));
    for (int round = 0; round < 2; round++) {
        ChunkRows rows = {0};
        ok(chunks_load(f->s, &(ChunkQuery){.filter = "windscreen"}, &rows, err));
        assert_int_equal(rows.count, 1);
        rows_release(&rows);
        ok(store_index_texts(f->s, err));
    }
    assert_whole(f->s);
}

static void test_index_query(void **state)
{
    (void)state;
    Str out = {0};
    assert_false(text_index_query("", &out));
    assert_false(text_index_query("ab", &out));
    assert_false(text_index_query("保险", &out));
    assert_false(text_index_query("ab\xff", &out));
    assert_true(text_index_query("abcd", &out));
    assert_string_equal(str_get(&out), "\"abc\" \"bcd\"");
    assert_true(text_index_query("a\"b", &out));
    assert_string_equal(str_get(&out), "\"a\"\"b\"");
    assert_true(text_index_query("的保险", &out));
    assert_string_equal(str_get(&out), "\"的保险\"");
    str_release(&out);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "colour:red",
        "status:pendin",
        "status:",
        "status>pending",
        "split:train,",
        "id:",
        "id:abc",
        "id:1x",
        "id>0x10",
        "doubt>",
        "doubt>0.5.5",
        "doubt>nan",
        "doubt>inf",
        "doubt>1e",
        "nameless:maybe",
        "order:colour",
        "order:",
        "order:document",
        "limit:-1",
        "limit:x",
        "limit:",
        "limit:99999999999999999999",
        "-limit:5",
        "-order:id",
        "origin:'; DROP TABLE question",
        "status':pending x:1",
        "id);DROP:1 z:1",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        refused(ERR_USAGE, filter_check(FILTER_QUESTIONS, wrong[i], err));
    }
    Err err = {0};
    assert_false(filter_check(FILTER_QUESTIONS, "colour:red", &err));
    assert_non_null(strstr(err.message, "doubt"));
    assert_non_null(strstr(err.message, "own_rank"));
}

static void test_limits(void **state)
{
    (void)state;
    Str text = {0};
    for (int i = 0; i < 99; i++) {
        str_addf(&text, "w%d ", i);
    }
    ok(filter_check(FILTER_CHUNKS, str_get(&text), err));
    str_add(&text, "a b c");
    refused(ERR_LIMIT, filter_check(FILTER_CHUNKS, str_get(&text), err));
    str_clear(&text);
    str_add(&text, "id:1");
    for (int i = 0; i < 300; i++) {
        str_add(&text, ",2");
    }
    refused(ERR_LIMIT, filter_check(FILTER_CHUNKS, str_get(&text), err));
    str_clear(&text);
    for (int i = 0; i < 30000; i++) {
        str_add_char(&text, 'x');
    }
    refused(ERR_LIMIT, filter_check(FILTER_CHUNKS, str_get(&text), err));
    str_release(&text);
}

/* Any bytes are a filter or a message, never broken SQL. */
static void test_any_bytes(void **state)
{
    Fixture *f = *state;
    add_some(f->s);
    int64_t document = add_document(f->s, "a.txt", SPLIT_NONE);
    add_chunk(f->s, document, "some text", SPLIT_NONE);
    static const char *const pieces[] = {
        "status:", "id>",     "order:", "-",      "!",      "\"",       ",",
        " ",       "'",       ")",      "(",      "@",      "?",        "%",
        "%s",      "pending", "id",     "1",      "\xff",   "\xe3\x80", "\xe3\x80\x80",
        "险",      ";",       "--",     "limit:", "abcdef", ":",        "\\"};
    uint32_t seed = 1;
    for (int round = 0; round < 3000; round++) {
        char text[400] = "";
        for (int n = 0; n < 8; n++) {
            seed = seed * 1664525u + 1013904223u;
            strcat(text, pieces[(seed >> 10) % (sizeof pieces / sizeof *pieces)]);
        }
        Err err = {0};
        QuestionRows questions = {0};
        ChunkRows chunks = {0};
        DocumentRows documents = {0};
        CandidateRows candidates = {0};
        bool fine[] = {
            questions_load(f->s, &(QuestionQuery){.filter = text}, &questions, &err) ||
                err.kind == ERR_USAGE,
            chunks_load(f->s, &(ChunkQuery){.filter = text}, &chunks, &err) ||
                err.kind == ERR_USAGE,
            documents_load(f->s, text, &documents, &err) || err.kind == ERR_USAGE,
            candidates_load(f->s, &(CandidateQuery){.filter = text}, &candidates, &err) ||
                err.kind == ERR_USAGE};
        for (int i = 0; i < 4; i++) {
            if (!fine[i]) fail_msg("%s: %s", text, err.message);
        }
        rows_release(&questions);
        rows_release(&chunks);
        rows_release(&documents);
        rows_release(&candidates);
    }
}

/* Every field of every list is SQL that works, alone, compared, negated and as an order. */
static void test_every_field(void **state)
{
    Fixture *f = *state;
    int64_t document = add_document(f->s, "a.txt", SPLIT_TRAIN),
            chunk = add_chunk(f->s, document, "text", SPLIT_TRAIN);
    int64_t question = add_question(f->s, "what?", chunk, SPLIT_TRAIN);
    Hash inputs = hash_text("i");
    MiningRow mining;
    ok(mining_begin(f->s, "lsa", &inputs, "{}", &mining, err));
    CandidateRow row = {.question_id = question,
                        .chunk_id = chunk,
                        .rank = 1,
                        .score = 0.5,
                        .positive_score = 0.75};
    ok(mining_add(f->s, mining.id, &row, 1, question, err));
    ok(mining_finish(f->s, mining.id, "{}", err));
    static const char *const values[] = {"1", "text", "train", "live", "pending", "llm", "yes"};
    for (int of = FILTER_DOCUMENTS; of <= FILTER_CANDIDATES; of++) {
        Str help = {0};
        filter_help((FilterOf)of, &help);
        int tried = 0;
        char *rest = NULL;
        for (char *line = strtok_r(help.data, "\n", &rest); line;
             line = strtok_r(NULL, "\n", &rest)) {
            char name[40];
            assert_int_equal(sscanf(line, "%39[a-z_]", name), 1);
            for (size_t v = 0; v < 3 * (sizeof values / sizeof *values); v++) {
                static const char *const forms[] = {"%s:%s", "-%s:%s", "order:-%s %s"};
                char text[120];
                snprintf(text, sizeof text, forms[v % 3], name, values[v / 3]);
                if (!filter_check((FilterOf)of, text, NULL)) continue;
                DocumentRows documents = {0};
                ChunkRows chunks = {0};
                QuestionRows questions = {0};
                CandidateRows candidates = {0};
                if (of == FILTER_DOCUMENTS) ok(documents_load(f->s, text, &documents, err));
                if (of == FILTER_CHUNKS)
                    ok(chunks_load(f->s, &(ChunkQuery){.filter = text}, &chunks, err));
                if (of == FILTER_QUESTIONS)
                    ok(questions_load(f->s, &(QuestionQuery){.filter = text}, &questions, err));
                if (of == FILTER_CANDIDATES)
                    ok(candidates_load(f->s, &(CandidateQuery){.filter = text}, &candidates, err));
                rows_release(&documents);
                rows_release(&chunks);
                rows_release(&questions);
                rows_release(&candidates);
                tried++;
            }
        }
        assert_true(tried > 20);
        str_release(&help);
    }
}

static size_t count_candidates(Store *s, const char *filter)
{
    CandidateRows rows = {0};
    ok(candidates_load(s, &(CandidateQuery){.filter = filter}, &rows, err));
    size_t count = rows.count;
    rows_release(&rows);
    return count;
}

static void test_other_lists(void **state)
{
    Fixture *f = *state;
    int64_t a = add_document(f->s, "/x/lyft_2021.pdf", SPLIT_TRAIN),
            b = add_document(f->s, "/x/uber.pdf", SPLIT_TEST);
    int64_t in_a = add_chunk(f->s, a, "Insurance reserves", SPLIT_TRAIN),
            in_b = add_chunk(f->s, b, "Drivers", SPLIT_TEST);
    int64_t question = add_question(f->s, "Who insures?", in_a, SPLIT_TRAIN);
    DocumentRows documents = {0};
    ok(documents_load(f->s, "LYFT split:train chunks:1", &documents, err));
    assert_int_equal(documents.count, 1);
    assert_int_equal(documents.items[0].id, a);
    rows_release(&documents);
    ChunkRows chunks = {0};
    ok(chunks_load(f->s, &(ChunkQuery){.filter = "document:lyft questions:1 heading:part reserves"},
                   &chunks, err));
    assert_int_equal(chunks.count, 1);
    rows_release(&chunks);
    expect(f->s, "document:lyft", "1 ");
    expect(f->s, "document:uber", "");
    expect(f->s, "document:\"lyft_2021.pdf\",uber chunk:1", "1 ");
    expect(f->s, "-document:lyft", "");
    Hash inputs = hash_text("i");
    MiningRow mining;
    ok(mining_begin(f->s, "lsa", &inputs, "{}", &mining, err));
    CandidateRow row = {.question_id = question,
                        .chunk_id = in_b,
                        .rank = 1,
                        .score = 0.5,
                        .positive_score = 0.75,
                        .suspect = true};
    ok(mining_add(f->s, mining.id, &row, 1, question, err));
    ok(mining_finish(f->s, mining.id, "{}", err));
    assert_int_equal(
        count_candidates(f->s, "margin>-0.3 suspect:yes document:uber drivers split:train"), 1);
    assert_int_equal(count_candidates(f->s, "margin>-0.05"), 0);
    assert_int_equal(count_candidates(f->s, "document:lyft"), 0);
    assert_int_equal(count_candidates(f->s, "order:-margin limit:50"), 1);
    assert_int_equal(count_candidates(f->s, "-drivers"), 0);
}

#define WITH_PROJECT(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROJECT(test_what_is_found),
        WITH_PROJECT(test_index_follows),
        WITH_PROJECT(test_deleted_chunks_leave_the_index),
        cmocka_unit_test(test_index_query),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
        WITH_PROJECT(test_any_bytes),
        WITH_PROJECT(test_every_field),
        WITH_PROJECT(test_other_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
