#include <math.h>
#include <signal.h>

#include "fixture.h"

typedef struct Data {
    int64_t chunks[4], questions[2];
} Data;

static Data add_data(Store *s)
{
    Data d;
    int64_t document = add_document(s, "a.txt", SPLIT_TRAIN);
    static const char *const texts[] = {"zero", "one", "two",
                                        "two"}; /* the last two are the same text */
    for (int i = 0; i < 4; i++) {
        d.chunks[i] = add_chunk(s, document, texts[i], SPLIT_TRAIN);
    }
    for (int i = 0; i < 2; i++) {
        d.questions[i] = add_question(s, texts[i], d.chunks[i], SPLIT_TRAIN);
    }
    return d;
}

static MiningRow begin(Store *s, const char *inputs)
{
    Hash hash = hash_text(inputs);
    MiningRow row = {0};
    ok(mining_begin(s, "bm25+lsa", &hash, "{\"n\":3}", &row, err));
    return row;
}

/* Chunks 2, 3 and 0 or 1 as candidates of question i, with margins falling by rank. */
static void add_candidates(Store *s, int64_t mining_id, const Data *d, int i)
{
    CandidateRow rows[3];
    for (int r = 0; r < 3; r++) {
        rows[r] = (CandidateRow){.question_id = d->questions[i],
                                 .chunk_id = r < 2 ? d->chunks[2 + r] : d->chunks[1 - i],
                                 .rank = r + 1,
                                 .score = 0.8 - 0.1 * r,
                                 .positive_score = 0.75,
                                 .margin = 99 /* is computed */,
                                 .suspect = r == 0};
    }
    ok(mining_add(s, mining_id, rows, 3, d->questions[i], err));
}

static void mine(Store *s, const Data *d, const char *inputs)
{
    MiningRow m = begin(s, inputs);
    add_candidates(s, m.id, d, 0);
    add_candidates(s, m.id, d, 1);
    ok(mining_finish(s, m.id, "{\"ok\":1}", err));
}

static CandidateRows load(Store *s, CandidateQuery query)
{
    CandidateRows rows = {0};
    ok(candidates_load(s, &query, &rows, err));
    return rows;
}

static void test_mine_and_load(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    MiningRow m = begin(f->s, "a");
    assert_int_equal(m.done_question, 0);
    add_candidates(f->s, m.id, &d, 0);
    CandidateRows rows = load(f->s, (CandidateQuery){0});
    assert_int_equal(rows.count, 0); /* not before it is finished */
    rows_release(&rows);
    add_candidates(f->s, m.id, &d, 1);
    ok(mining_finish(f->s, m.id, "{\"ok\":1}", err));
    rows = load(f->s, (CandidateQuery){.with_texts = true});
    assert_int_equal(rows.count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(rows.items[i].question_id, d.questions[i / 3]);
        assert_int_equal(rows.items[i].rank, i % 3 + 1);
        assert_true(rows.items[i].margin == rows.items[i].score - rows.items[i].positive_score);
        assert_int_equal(rows.items[i].status, CANDIDATE_PENDING);
        assert_int_equal(rows.items[i].suspect, i % 3 == 0);
        assert_string_equal(rows.items[i].text, i % 3 < 2 ? "two" : i < 3 ? "one" : "zero");
        assert_string_equal(rows.items[i].question, i < 3 ? "zero" : "one");
    }
    CandidateRows one = {0};
    ok(candidate_get(f->s, rows.items[4].id, &one, err));
    assert_string_equal(one.items[0].text, "two");
    rows_release(&one);
    refused(ERR_MISSING, candidate_get(f->s, 999, &one, err));
    rows_release(&rows);
    rows = load(f->s, (CandidateQuery){.filter = "order:-margin limit:2"});
    assert_int_equal(rows.count, 2);
    assert_true(rows.items[0].margin > 0.04 && rows.items[1].margin > 0.04);
    rows_release(&rows);
    rows = load(f->s, (CandidateQuery){.question_id = d.questions[1]});
    assert_int_equal(rows.count, 3);
    rows_release(&rows);
    MiningRows minings = {0};
    ok(minings_load(f->s, &minings, err));
    assert_int_equal(minings.count, 1);
    assert_true(minings.items[0].finished);
    assert_string_equal(minings.items[0].retriever, "bm25+lsa");
    assert_string_equal(minings.items[0].report, "{\"ok\":1}");
    rows_release(&minings);
    assert_whole(f->s);
}

static void decide_verdict(Store *s, int64_t question, int64_t chunk, const char *value)
{
    Decision decision = {
        .subject = "verdict", .subject_id = question, .other_id = chunk, .value = value};
    ok(decide(s, &decision, 1, "judge", NULL, err));
}

static void test_verdicts_survive(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    mine(f->s, &d, "a");
    decide_verdict(f->s, d.questions[0], d.chunks[2],
                   "kept"); /* and chunk 3, which has the same text */
    decide_verdict(f->s, d.questions[0], d.chunks[1], "false-negative");
    decide_verdict(f->s, d.questions[1], d.chunks[0], "promoted");
    Counts before, after;
    ok(store_counts(f->s, &before, err));
    assert_int_equal(before.candidates[CANDIDATE_KEPT], 2);
    assert_int_equal(before.candidates[CANDIDATE_FALSE_NEGATIVE], 1);
    assert_int_equal(before.candidates[CANDIDATE_PROMOTED], 1);
    assert_int_equal(before.candidates[CANDIDATE_PENDING], 2);
    assert_whole(f->s);
    mine(f->s, &d, "b");
    fixture_reopen(f);
    ok(store_counts(f->s, &after, err));
    assert_memory_equal(&before, &after, sizeof before);
    CandidateRows rows = load(f->s, (CandidateQuery){.statuses = 1 << CANDIDATE_KEPT});
    assert_int_equal(rows.count, 2);
    rows_release(&rows);
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM candidate"),
                     6); /* the old ones are gone */
    VerdictRows verdicts = {0};
    ok(verdicts_load(f->s, &verdicts, err));
    assert_int_equal(verdicts.count, 3);
    rows_release(&verdicts);
    assert_whole(f->s);

    /* another text is another thing to judge; the old text again, the old verdict */
    Decision edit = {.subject = "chunk.text", .subject_id = d.chunks[2], .value = "two, edited"};
    ok(decide(f->s, &edit, 1, "edit", NULL, err));
    ok(store_counts(f->s, &after, err));
    assert_int_equal(after.candidates[CANDIDATE_KEPT], 1);
    assert_whole(f->s);
    ok(journal_undo(f->s, NULL, NULL, err));
    ok(store_counts(f->s, &after, err));
    assert_memory_equal(&before, &after, sizeof before);
    assert_whole(f->s);
}

static void test_goes_on(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    MiningRow m = begin(f->s, "a");
    add_candidates(f->s, m.id, &d, 0);
    fixture_reopen(f);
    MiningRow again = begin(f->s, "a");
    assert_int_equal(again.id, m.id);
    assert_int_equal(again.done_question, d.questions[0]);
    add_candidates(f->s, again.id, &d, 1);
    ok(mining_finish(f->s, again.id, "{}", err));
    refused(ERR_CONFLICT, mining_finish(f->s, again.id, "{}", err));
    refused(ERR_CONFLICT, mining_add(f->s, again.id, NULL, 0, 1, err));
    refused(ERR_CONFLICT, mining_add(f->s, 999, NULL, 0, 1, err));
    CandidateRows rows = load(f->s, (CandidateQuery){0});
    assert_int_equal(rows.count, 6);
    rows_release(&rows);
    MiningRow fresh = begin(f->s, "a"); /* the finished one is not gone on with */
    assert_int_not_equal(fresh.id, m.id);
    assert_whole(f->s);
}

static void test_all_or_nothing(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    MiningRow m = begin(f->s, "a");
    CandidateRow rows[2] = {
        {.question_id = d.questions[0], .chunk_id = d.chunks[2], .rank = 1, .score = 1},
        {.question_id = d.questions[0], .chunk_id = 999, .rank = 2, .score = 1}};
    refused(ERR_MISSING, mining_add(f->s, m.id, rows, 2, d.questions[0], err));
    rows[1].chunk_id = d.chunks[3];
    rows[1].score = NAN;
    refused(ERR_DATABASE, mining_add(f->s, m.id, rows, 2, d.questions[0], err));
    MiningRow again = begin(f->s, "a");
    assert_int_equal(again.id, m.id);
    assert_int_equal(again.done_question, 0);
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM candidate"), 0);
    assert_whole(f->s);
}

/* A child begins and stays: the same is refused while it lives, and gone on with once it is dead.
 */
static void test_other_process(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    store_close(f->s);
    f->s = NULL;
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        Store *s = NULL;
        MiningRow m;
        Hash hash = hash_text("a");
        CandidateRow row = {
            .question_id = d.questions[0], .chunk_id = d.chunks[2], .rank = 1, .score = 1};
        bool fine = store_open(f->path, &s, NULL) &&
                    mining_begin(s, "lsa", &hash, "{}", &m, NULL) &&
                    mining_add(s, m.id, &row, 1, d.questions[0], NULL);
        if (write(ready[1], fine ? "y" : "n", 1) != 1) _exit(1);
        pause();
        _exit(0);
    }
    char byte = 'n';
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    ok(store_open(f->path, &f->s, err));
    Hash hash = hash_text("a");
    MiningRow m;
    refused(ERR_BUSY, mining_begin(f->s, "lsa", &hash, "{}", &m, err));
    MiningRow other = begin(f->s, "b"); /* leaves the child's alone */
    ok(mining_finish(f->s, other.id, "{}", err));
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM mining WHERE NOT finished"), 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    ok(mining_begin(f->s, "lsa", &hash, "{}", &m, err));
    assert_int_equal(m.done_question, d.questions[0]);
    close(ready[0]);
    close(ready[1]);
    assert_whole(f->s);
}

static void test_leftovers_of_the_dead(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    MiningRow m = begin(f->s, "a");
    add_candidates(f->s, m.id, &d, 0);
    char *sql =
        str_format("UPDATE mining SET owner = 'elsewhere:0:1:1' WHERE id = %lld", (long long)m.id);
    raw(f->path, sql);
    free(sql);
    begin(f->s, "b");
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM mining"), 1);
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM candidate"), 0);
    assert_whole(f->s);
}

static void test_removed_chunks_take_candidates_along(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    mine(f->s, &d, "a");
    DocumentRows rows = {0};
    ok(documents_load(f->s, NULL, &rows, err));
    ok(chunk_retire(f->s, d.chunks[3], err)); /* candidates refer to it: retired */
    ok(document_remove(f->s, rows.items[0].id, err));
    rows_release(&rows);
    Counts c;
    ok(store_counts(f->s, &c, err));
    assert_int_equal(c.candidates[CANDIDATE_PENDING],
                     2); /* those that point to chunks with questions */
    assert_whole(f->s);
}

#define WITH_PROJECT(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROJECT(test_mine_and_load),
        WITH_PROJECT(test_verdicts_survive),
        WITH_PROJECT(test_goes_on),
        WITH_PROJECT(test_all_or_nothing),
        WITH_PROJECT(test_other_process),
        WITH_PROJECT(test_leftovers_of_the_dead),
        WITH_PROJECT(test_removed_chunks_take_candidates_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
