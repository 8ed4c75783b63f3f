#include "fixture.h"

typedef struct Data {
    int64_t document, other, chunk, chunk2, question;
} Data;

static Data add_data(Store *s)
{
    Data d;
    d.document = add_document(s, "a.txt", SPLIT_TRAIN);
    d.other = add_document(s, "b.txt", SPLIT_TEST);
    d.chunk = add_chunk(s, d.document, "the text", SPLIT_TRAIN);
    d.chunk2 = add_chunk(s, d.other, "another text", SPLIT_TEST);
    d.question = add_question(s, "what?", d.chunk, SPLIT_TRAIN);
    return d;
}

static int64_t decide_one(Store *s, const char *subject, int64_t id, int64_t other,
                          const char *value)
{
    Decision decision = {.subject = subject,
                         .subject_id = id,
                         .other_id = other,
                         .value = value,
                         .why = "because",
                         .context = "{\"model\":1}"};
    int64_t group = -1;
    ok(decide(s, &decision, 1, "a label", &group, err));
    return group;
}

static void undo(Store *s, size_t want)
{
    char *label = NULL;
    size_t count = 0;
    ok(journal_undo(s, &label, &count, err));
    assert_string_equal(label, "a label");
    assert_int_equal(count, want);
    free(label);
}

static void redo(Store *s, size_t want)
{
    char *label = NULL;
    size_t count = 0;
    ok(journal_redo(s, &label, &count, err));
    assert_int_equal(count, want);
    free(label);
}

static bool is_relevant(Store *s, int64_t question, int64_t chunk, Origin *ret_origin)
{
    RelevanceRows rows = {0};
    ok(relevance_load(s, &rows, err));
    bool found = false;
    for (size_t i = 0; i < rows.count; i++) {
        if (rows.items[i].question_id != question || rows.items[i].chunk_id != chunk) continue;
        found = true;
        if (ret_origin) *ret_origin = rows.items[i].origin;
    }
    rows_release(&rows);
    return found;
}

static CandidateStatus verdict(Store *s, int64_t question)
{
    VerdictRows rows = {0};
    ok(verdicts_load(s, &rows, err));
    CandidateStatus status = CANDIDATE_PENDING;
    for (size_t i = 0; i < rows.count; i++) {
        if (rows.items[i].question_id == question) status = rows.items[i].verdict;
    }
    rows_release(&rows);
    return status;
}

static void test_status(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    int64_t group = decide_one(f->s, "question.status", d.question, 0, "accepted");
    assert_true(group > 0);
    assert_int_equal(decide_one(f->s, "question.status", d.question, 0, "accepted"),
                     0); /* is so already */
    assert_true(decide_one(f->s, "question.status", d.question, 0, "rejected") > group);
    fixture_reopen(f);
    undo(f->s, 1);
    assert_int_equal(question_status(f->s, d.question), QUESTION_ACCEPTED);
    fixture_reopen(f);
    undo(f->s, 1);
    assert_int_equal(question_status(f->s, d.question), QUESTION_PENDING);
    refused(ERR_MISSING, journal_undo(f->s, NULL, NULL, err));
    fixture_reopen(f);
    redo(f->s, 1);
    redo(f->s, 1);
    assert_int_equal(question_status(f->s, d.question), QUESTION_REJECTED);
    refused(ERR_MISSING, journal_redo(f->s, NULL, NULL, err));
    assert_whole(f->s);
}

static void test_journal_rows(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    setenv("USER", "grace", 1);
    int64_t first = decide_one(f->s, "question.status", d.question, 0, "accepted");
    unsetenv("USER");
    decide_one(f->s, "verdict", d.question, d.chunk2, "false-negative");
    undo(f->s, 1);
    JournalRows rows = {0};
    ok(journal_load(f->s, 0, &rows, err));
    assert_int_equal(rows.count, 2);
    const JournalRow *r = rows.items;
    assert_int_equal(r->group_id, first);
    assert_string_equal(r->who, "grace");
    assert_string_equal(r->label, "a label");
    assert_string_equal(r->subject, "question.status");
    assert_int_equal(r->subject_id, d.question);
    assert_string_equal(r->old_value, "pending");
    assert_string_equal(r->new_value, "accepted");
    assert_string_equal(r->why, "because");
    assert_string_equal(r->context, "{\"model\":1}");
    assert_false(r->undone);
    assert_true(r->at_ms > 0);
    assert_string_equal(rows.items[1].who, "hone");
    assert_null(rows.items[1].old_value);
    assert_string_equal(rows.items[1].new_value, "false_negative"); /* the word of the file */
    assert_true(rows.items[1].undone);
    rows_release(&rows);
    ok(journal_load(f->s, first, &rows, err));
    assert_int_equal(rows.count, 1);
    rows_release(&rows);
}

static void test_new_decision_ends_redo(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    decide_one(f->s, "question.status", d.question, 0, "accepted");
    decide_one(f->s, "question.status", d.question, 0, "rejected");
    undo(f->s, 1);
    assert_int_equal(decide_one(f->s, "question.status", d.question, 0, "accepted"), 0);
    redo(f->s, 1); /* nothing was decided in between */
    undo(f->s, 1);
    decide_one(f->s, "question.status", d.question, 0, "flagged");
    refused(ERR_MISSING, journal_redo(f->s, NULL, NULL, err));
    undo(f->s, 1);
    undo(f->s, 1);
    assert_int_equal(question_status(f->s, d.question), QUESTION_PENDING);
    redo(f->s, 1);
    redo(f->s, 1);
    assert_int_equal(question_status(f->s, d.question), QUESTION_FLAGGED);
    refused(ERR_MISSING, journal_redo(f->s, NULL, NULL, err));
}

static void test_conflict(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    int64_t second = add_question(f->s, "and?", d.chunk, SPLIT_TRAIN);
    Decision both[] = {
        {.subject = "question.status", .subject_id = d.question, .value = "accepted"},
        {.subject = "question.status", .subject_id = second, .value = "accepted"}};
    ok(decide(f->s, both, 2, "accept 2", NULL, err));
    ok(question_flag(f->s, d.question, "a twin", err)); /* by the program, in the meantime */
    Err err = {0};
    assert_false(journal_undo(f->s, NULL, NULL, &err));
    assert_int_equal(err.kind, ERR_CONFLICT);
    assert_non_null(strstr(err.message, "accept 2"));
    assert_int_equal(question_status(f->s, d.question), QUESTION_FLAGGED);
    assert_int_equal(question_status(f->s, second), QUESTION_ACCEPTED); /* all stays as it is */
    decide_one(f->s, "question.status", d.question, 0, "accepted");
    undo(f->s, 1);
    assert_int_equal(question_status(f->s, d.question), QUESTION_FLAGGED);
    assert_whole(f->s);
}

/* A group by itself: later decisions on other things stay, one on the same thing is a conflict. */
static void test_one_group(void **state)
{
    Fixture *f = *state;
    int64_t one = add_question(f->s, "one", 0, SPLIT_NONE);
    int64_t two = add_question(f->s, "two", 0, SPLIT_NONE);
    Decision accept = {.subject = "question.status", .subject_id = one, .value = "accepted"};
    Decision reject = {.subject = "question.status", .subject_id = two, .value = "rejected"};
    int64_t first, second, standing;
    size_t count;
    ok(decide(f->s, &accept, 1, "accept one", &first, err));
    ok(decide(f->s, &reject, 1, "reject two", &second, err));
    const int64_t *made = journal_made(f->s, &count);
    assert_int_equal(count, 2);
    assert_true(made[0] == first && made[1] == second);
    ok(journal_undo_group(f->s, first, NULL, &count, err));
    assert_int_equal(count, 1);
    ok(journal_standing(f->s, INT64_MAX, &standing, err));
    assert_int_equal(standing, second);
    ok(journal_standing(f->s, second - 1, &standing, err));
    assert_int_equal(standing, 0);
    Err e = {0};
    assert_false(journal_undo_group(f->s, first, NULL, &count, &e));
    assert_int_equal(e.kind, ERR_MISSING);
    ok(journal_redo_group(f->s, first, NULL, &count, err));
    Decision again = {.subject = "question.status", .subject_id = one, .value = "rejected"};
    ok(decide(f->s, &again, 1, "reject one", NULL, err));
    assert_false(journal_undo_group(f->s, first, NULL, &count, &e));
    assert_int_equal(e.kind, ERR_CONFLICT);
}

static void test_conflict_with_what_is_gone(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    decide_one(f->s, "chunk.status", d.chunk2, 0, "excluded");
    ok(document_remove(f->s, d.other, err));
    refused(ERR_CONFLICT, journal_undo(f->s, NULL, NULL, err));
    decide_one(f->s, "question.status", d.question, 0, "accepted");
    undo(f->s, 1);
}

static void test_texts(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    ok(doubts_put(f->s, d.question, &(Doubts){.known = true, .doubt = 0.5}, err));
    decide_one(f->s, "question.text", d.question, 0, "was, genau?");
    decide_one(f->s, "chunk.text", d.chunk, 0, "新的文本");
    QuestionRows questions = {0};
    ok(question_get(f->s, d.question, &questions, err));
    Hash hash = hash_text("was, genau?");
    assert_string_equal(questions.items[0].text, "was, genau?");
    assert_true(hash_equal(&questions.items[0].text_hash, &hash));
    assert_false(questions.items[0].doubts.known);
    rows_release(&questions);
    ChunkRows chunks = {0};
    const ChunkRow *c = load_chunk(f->s, d.chunk, &chunks);
    Hash source = hash_text("the text");
    hash = hash_text("新的文本");
    assert_true(hash_equal(&c->text_hash, &hash) && hash_equal(&c->source_hash, &source));
    rows_release(&chunks);
    assert_whole(f->s);
    undo(f->s, 1);
    undo(f->s, 1);
    c = load_chunk(f->s, d.chunk, &chunks);
    assert_string_equal(c->text, "the text");
    assert_true(hash_equal(&c->text_hash, &source));
    rows_release(&chunks);
    redo(f->s, 1);
    redo(f->s, 1);
    c = load_chunk(f->s, d.chunk, &chunks);
    assert_string_equal(c->text, "新的文本");
    rows_release(&chunks);
    assert_whole(f->s);
}

static void test_relevance(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    Origin origin;
    decide_one(f->s, "relevance", d.question, d.chunk, NULL);
    assert_false(is_relevant(f->s, d.question, d.chunk, &origin));
    undo(f->s, 1);
    assert_true(is_relevant(f->s, d.question, d.chunk, &origin));
    assert_int_equal(origin, ORIGIN_OFFLINE); /* as it was */
    redo(f->s, 1);
    assert_false(is_relevant(f->s, d.question, d.chunk, &origin));
    decide_one(f->s, "relevance", d.question, d.chunk2, "yes");
    assert_true(is_relevant(f->s, d.question, d.chunk2, &origin));
    assert_int_equal(origin, ORIGIN_HUMAN);
    undo(f->s, 1);
    assert_false(is_relevant(f->s, d.question, d.chunk2, &origin));
    assert_whole(f->s);
}

static void test_promote(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    decide_one(f->s, "verdict", d.question, d.chunk2, "promoted");
    assert_int_equal(verdict(f->s, d.question), CANDIDATE_PROMOTED);
    assert_true(is_relevant(f->s, d.question, d.chunk2, NULL));
    undo(f->s, 2);
    assert_int_equal(verdict(f->s, d.question), CANDIDATE_PENDING);
    assert_false(is_relevant(f->s, d.question, d.chunk2, NULL));
    redo(f->s, 2);
    assert_true(is_relevant(f->s, d.question, d.chunk2, NULL));
    decide_one(f->s, "verdict", d.question, d.chunk2, "kept"); /* takes the promotion back */
    assert_int_equal(verdict(f->s, d.question), CANDIDATE_KEPT);
    assert_false(is_relevant(f->s, d.question, d.chunk2, NULL));
    undo(f->s, 2);
    assert_int_equal(verdict(f->s, d.question), CANDIDATE_PROMOTED);
    assert_true(is_relevant(f->s, d.question, d.chunk2, NULL));
    decide_one(f->s, "verdict", d.question, d.chunk2, "pending"); /* is no verdict */
    assert_int_equal(verdict(f->s, d.question), CANDIDATE_PENDING);
    assert_false(is_relevant(f->s, d.question, d.chunk2, NULL));

    /* a pair that was there before stays when the promotion is taken back */
    decide_one(f->s, "verdict", d.question, d.chunk, "promoted");
    decide_one(f->s, "verdict", d.question, d.chunk, NULL);
    assert_true(is_relevant(f->s, d.question, d.chunk, NULL));
    assert_whole(f->s);
}

/* A verdict is undone for the text it was made on, also when the chunk has another one by then. */
static void test_verdict_keeps_its_text(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    decide_one(f->s, "verdict", d.question, d.chunk2, "kept");
    store_close(f->s);
    f->s = NULL;
    char *sql = str_format("UPDATE chunk SET text = 'new', text_hash ="
                           " x'000102030405060708090a0b0c0d0e0f' WHERE id = %lld",
                           (long long)d.chunk2);
    raw(f->path, sql);
    free(sql);
    ok(store_open(f->path, &f->s, err));
    undo(f->s, 1);
    assert_int_equal(verdict(f->s, d.question), CANDIDATE_PENDING);
    redo(f->s, 1);
    assert_int_equal(verdict(f->s, d.question), CANDIDATE_KEPT);
}

static Split chunk_split(Store *s, int64_t id)
{
    ChunkRows rows = {0};
    Split split = load_chunk(s, id, &rows)->split;
    rows_release(&rows);
    return split;
}

static Split question_split(Store *s, int64_t id)
{
    QuestionRows rows = {0};
    ok(question_get(s, id, &rows, err));
    Split split = rows.items[0].split;
    rows_release(&rows);
    return split;
}

static void test_document_split(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    decide_one(f->s, "document.split", d.document, 0, "test");
    assert_int_equal(chunk_split(f->s, d.chunk), SPLIT_TEST);
    assert_int_equal(question_split(f->s, d.question), SPLIT_TEST);
    int64_t late = add_chunk(f->s, d.document, "read later", SPLIT_TEST);
    undo(f->s, 1);
    assert_int_equal(chunk_split(f->s, d.chunk), SPLIT_TRAIN);
    assert_int_equal(chunk_split(f->s, late), SPLIT_TRAIN);
    assert_int_equal(question_split(f->s, d.question), SPLIT_TRAIN);
    redo(f->s, 1);
    assert_int_equal(chunk_split(f->s, d.chunk), SPLIT_TEST);
    assert_whole(f->s);
}

/* A document in blocks gets its blocks back. */
static void test_document_split_of_blocks(void **state)
{
    Fixture *f = *state;
    DocumentRow row = {.key = "b", .title = "b", .format = "txt", .by_blocks = true};
    int64_t document = 0, chunks[6], questions[6];
    ok(document_put(f->s, &row, &document, err));
    for (int i = 0; i < 6; i++) {
        char text[8];
        snprintf(text, sizeof text, "%d", i);
        Split split = (Split)(SPLIT_TRAIN + i / 2);
        chunks[i] = add_chunk(f->s, document, text, split);
        questions[i] = add_question(f->s, text, chunks[i], split);
    }
    decide_one(f->s, "document.split", document, 0, "test");
    for (int i = 0; i < 6; i++) {
        assert_int_equal(chunk_split(f->s, chunks[i]), SPLIT_TEST);
    }
    assert_whole(f->s);
    fixture_reopen(f);
    undo(f->s, 1);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(chunk_split(f->s, chunks[i]), SPLIT_TRAIN + i / 2);
        assert_int_equal(question_split(f->s, questions[i]), SPLIT_TRAIN + i / 2);
    }
    DocumentRows rows = {0};
    ok(document_find(f->s, "b", &rows, err));
    assert_true(rows.items[0].by_blocks);
    rows_release(&rows);
    assert_whole(f->s);
}

static void test_groups(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    Decision group[] = {
        {.subject = "question.status", .subject_id = d.question, .value = "accepted"},
        {.subject = "question.status",
         .subject_id = d.question,
         .value = "accepted"}, /* left out */
        {.subject = "question.status",
         .subject_id = d.question,
         .value = "rejected"}, /* the same thing twice */
        {.subject = "chunk.status", .subject_id = d.chunk2, .value = "excluded"},
    };
    int64_t id = 0;
    ok(decide(f->s, group, 4, "a label", &id, err));
    JournalRows rows = {0};
    ok(journal_load(f->s, 0, &rows, err));
    assert_int_equal(rows.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rows.items[i].group_id, id);
    }
    rows_release(&rows);
    undo(f->s, 3);
    assert_int_equal(question_status(f->s, d.question), QUESTION_PENDING);
    redo(f->s, 3);
    assert_int_equal(question_status(f->s, d.question), QUESTION_REJECTED);
    group[3].subject_id = 999;
    group[3].value = "live";
    group[0].value = "flagged";
    refused(ERR_MISSING, decide(f->s, group, 4, "x", &id, err)); /* all or nothing */
    assert_int_equal(question_status(f->s, d.question), QUESTION_REJECTED);
    ok(decide(f->s, NULL, 0, "x", &id, err));
    assert_int_equal(id, 0);
    assert_whole(f->s);
}

static void test_refused(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    const Decision wrong[] = {
        {.subject = "question.colour", .subject_id = d.question, .value = "red"},
        {.subject = "question.status", .subject_id = d.question, .value = "red"},
        {.subject = "question.status", .subject_id = d.question, .value = NULL},
        {.subject = "question.text", .subject_id = d.question, .value = ""},
        {.subject = "chunk.text", .subject_id = d.chunk, .value = NULL},
        {.subject = "relevance", .subject_id = d.question, .other_id = d.chunk, .value = "no"},
        {.subject = "document.split", .subject_id = d.document, .value = "x'; DROP TABLE chunk"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        refused(ERR_USAGE, decide(f->s, &wrong[i], 1, "x", NULL, err));
    }
    const Decision missing[] = {
        {.subject = "question.status", .subject_id = 99, .value = "accepted"},
        {.subject = "relevance", .subject_id = d.question, .other_id = 99, .value = "yes"},
        {.subject = "verdict", .subject_id = 99, .other_id = d.chunk, .value = "kept"},
        {.subject = "document.split", .subject_id = 99, .value = "test"},
    };
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        refused(ERR_MISSING, decide(f->s, &missing[i], 1, "x", NULL, err));
    }
    JournalRows rows = {0};
    ok(journal_load(f->s, 0, &rows, err));
    assert_int_equal(rows.count, 0);
    rows_release(&rows);
}

/* A made question can be unmade, and the maker's transaction is one with the decision. */
static void test_making_a_question(void **state)
{
    Fixture *f = *state;
    Data d = add_data(f->s);
    QuestionRow row = {.text = "new?", .status = QUESTION_DELETED, .origin = ORIGIN_HUMAN};
    int64_t id = 0;
    ok(store_begin(f->s, err));
    ok(question_add(f->s, &row, &id, err));
    ok(relevance_add(f->s, id, d.chunk, ORIGIN_HUMAN, err));
    decide_one(f->s, "question.status", id, 0, "accepted");
    ok(store_commit(f->s, err));
    assert_true(is_relevant(f->s, id, d.chunk, NULL));
    undo(f->s, 1);
    assert_false(is_relevant(f->s, id, d.chunk, NULL));
    redo(f->s, 1);
    assert_true(is_relevant(f->s, id, d.chunk, NULL));
    assert_whole(f->s);
}

#define WITH_PROJECT(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROJECT(test_status),
        WITH_PROJECT(test_journal_rows),
        WITH_PROJECT(test_new_decision_ends_redo),
        WITH_PROJECT(test_conflict),
        WITH_PROJECT(test_one_group),
        WITH_PROJECT(test_conflict_with_what_is_gone),
        WITH_PROJECT(test_texts),
        WITH_PROJECT(test_relevance),
        WITH_PROJECT(test_promote),
        WITH_PROJECT(test_verdict_keeps_its_text),
        WITH_PROJECT(test_document_split),
        WITH_PROJECT(test_document_split_of_blocks),
        WITH_PROJECT(test_groups),
        WITH_PROJECT(test_refused),
        WITH_PROJECT(test_making_a_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
