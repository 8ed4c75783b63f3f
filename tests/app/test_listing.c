#include "desking.h"

#include <pthread.h>

#include "app/listing.h"
#include "base/rng.h"

enum { DOCUMENTS = 12, CHUNKS = 900, QUESTIONS = 1500, CANDIDATES = 1200 };

static int64_t row_id(const void *row)
{
    return *(const int64_t *)row; /* of each kind the first member */
}

/* ---- a project with lists longer than what is loaded at a time ---- */

static void add_candidates(Store *s)
{
    Hash inputs = hash_text("inputs");
    MiningRow mining = {0};
    CandidateRow *rows = mem_zero(CANDIDATES, sizeof *rows);
    for (int i = 0; i < CANDIDATES; i++) {
        rows[i] = (CandidateRow){.question_id = 1 + i / 4,
                                 .chunk_id = 1 + (i * 7) % CHUNKS,
                                 .rank = 1 + i % 4,
                                 .score = (i * 37 % 1001) / 1000.0,
                                 .positive_score = 0.5,
                                 .suspect = i % 5 == 0};
    }
    ok(mining_begin(s, "lsa", &inputs, "{}", &mining, err));
    ok(mining_add(s, mining.id, rows, CANDIDATES, QUESTIONS, err));
    ok(mining_finish(s, mining.id, "{}", err));
    free(rows);
}

static void add_all(Store *s)
{
    static const Split SPLITS[] = {SPLIT_TRAIN, SPLIT_VAL, SPLIT_TEST};
    char text[100];
    ok(store_begin(s, err));
    for (int i = 0; i < DOCUMENTS; i++) {
        snprintf(text, sizeof text, "doc%02d.txt", i);
        add_document(s, text, SPLITS[i % 3]);
    }
    for (int i = 0; i < CHUNKS; i++) {
        snprintf(text, sizeof text, "chunk %d tells of %s", i, i % 3 ? "insurance" : "drivers");
        ChunkRow row = {.document_id = 1 + i % DOCUMENTS,
                        .ordinal = CHUNKS - i,
                        .text = text,
                        .split = SPLITS[i % DOCUMENTS % 3],
                        .heading = i % 2 ? "Top" : "Part"};
        ok(chunk_add(s, &row, NULL, err));
    }
    for (int i = 0; i < QUESTIONS; i++) {
        snprintf(text, sizeof text, "question %d about %s", i, i % 5 ? "fares" : "refunds");
        int64_t id = add_question(s, text, 1 + i % CHUNKS, SPLITS[i % CHUNKS % DOCUMENTS % 3]);
        Doubts doubts = {.known = true, .doubt = (i * 31 % 997) / 1000.0, .own_rank = i % 50};
        ok(doubts_put(s, id, &doubts, err));
    }
    ok(store_commit(s, err));
    add_candidates(s);
}

static int large_open(void **state)
{
    if (desking_open(state) != 0) return -1;
    Desking *t = *state;
    add_all(t->f->s);
    return 0;
}

static void changed(void *context)
{
    ++*(size_t *)context;
}

static void settle(Desk *d, const Listing *l)
{
    until(d, listing_complete(l) || listing_error(l));
    if (listing_error(l)) fail_msg("%s: %s", listing_filter_text(l), listing_error(l));
}

static const void *row(Desk *d, Listing *l, size_t i)
{
    until(d, listing_row(l, i));
    return listing_row(l, i);
}

/* ---- what the *_load functions say ---- */

typedef VEC(int64_t) IdList;

#define COLLECT(rows, ids)                                                                         \
    do {                                                                                           \
        for (size_t i_ = 0; i_ < (rows).count; i_++) vec_push((ids), (rows).items[i_].id);         \
        rows_release(&(rows));                                                                     \
    } while (0)

static void load_ids(Store *s, ListOf of, const char *filter, IdList *ids)
{
    DocumentRows documents = {0};
    ChunkRows chunks = {0};
    QuestionRows questions = {0};
    CandidateRows candidates = {0};
    vec_clear(ids);
    switch (of) {
    case LIST_DOCUMENTS:
        ok(documents_load(s, filter, &documents, err));
        COLLECT(documents, ids);
        break;
    case LIST_CHUNKS:
        ok(chunks_load(s, &(ChunkQuery){.filter = filter}, &chunks, err));
        COLLECT(chunks, ids);
        break;
    case LIST_QUESTIONS:
        ok(questions_load(s, &(QuestionQuery){.filter = filter}, &questions, err));
        COLLECT(questions, ids);
        break;
    default:
        ok(candidates_load(s, &(CandidateQuery){.filter = filter}, &candidates, err));
        COLLECT(candidates, ids);
    }
}

static void expect_ids(const Listing *l, const IdList *wanted)
{
    if (listing_count(l) != wanted->count)
        fail_msg("\"%s\": %zu, not %zu", listing_filter_text(l), listing_count(l), wanted->count);
    for (size_t i = 0; i < wanted->count; i++) {
        if (listing_id(l, i) != wanted->items[i])
            fail_msg("\"%s\": item %zu is %lld, not %lld", listing_filter_text(l), i,
                     (long long)listing_id(l, i), (long long)wanted->items[i]);
    }
    assert_int_equal(listing_id(l, wanted->count), 0);
}

/* ---- tests ---- */

static void test_not_filtered_yet(void **state)
{
    Desking *t = *state;
    size_t calls = 0;
    Listing *l = listing_new(t->d, LIST_QUESTIONS, changed, &calls);
    assert_int_equal(listing_count(l), 0);
    assert_false(listing_complete(l));
    assert_null(listing_error(l));
    assert_string_equal(listing_filter_text(l), "");
    assert_int_equal(listing_id(l, 0), 0);
    assert_null(listing_row(l, 0));
    assert_int_equal(listing_find(l, 1), SIZE_MAX);
    listing_touch(l);
    assert_true(desk_idle(t->d));

    /* a list of nothing is complete too */
    listing_filter(l, "nothing has this");
    settle(t->d, l);
    assert_int_equal(listing_count(l), 0);
    assert_true(calls > 0);
    assert_null(listing_row(l, 0));
    listing_renew(l);
    settle(t->d, l);
    listing_free(l);
    listing_free(NULL);
}

static void test_each_kind(void **state)
{
    Desking *t = *state;
    static const struct {
        ListOf of;
        const char *filter;
    } LISTS[] = {
        {LIST_DOCUMENTS, ""},  {LIST_CHUNKS, "order:id"}, {LIST_QUESTIONS, ""},
        {LIST_CANDIDATES, ""}, {LIST_QUEUE, ""},
    };
    for (size_t k = 0; k < sizeof LISTS / sizeof *LISTS; k++) {
        Listing *l = listing_new(t->d, LISTS[k].of, NULL, NULL);
        listing_filter(l, LISTS[k].filter);
        settle(t->d, l);
        assert_true(listing_count(l) > 0);
        if (LISTS[k].of != LIST_QUEUE) {
            IdList wanted = {0};
            load_ids(t->f->s, LISTS[k].of, LISTS[k].filter, &wanted);
            expect_ids(l, &wanted);
            vec_release(&wanted);
        }
        for (size_t i = 0; i < listing_count(l); i++) {
            assert_int_equal(row_id(row(t->d, l, i)), listing_id(l, i));
            if (i % 100 == 0) assert_int_equal(listing_find(l, listing_id(l, i)), i);
        }
        listing_free(l);
    }
}

static void test_texts_of_rows(void **state)
{
    Desking *t = *state;
    Listing *l = listing_new(t->d, LIST_CANDIDATES, NULL, NULL);
    listing_filter(l, "order:id");
    settle(t->d, l);
    const CandidateRow *x = row(t->d, l, 1);
    assert_string_equal(x->question, "question 0 about refunds");
    assert_non_null(strstr(x->text, "chunk 7 tells"));
    listing_free(l);
    l = listing_new(t->d, LIST_CHUNKS, NULL, NULL);
    listing_filter(l, "id:5");
    settle(t->d, l);
    const ChunkRow *c = row(t->d, l, 0);
    assert_string_equal(c->text, "chunk 4 tells of insurance");
    assert_int_equal(c->questions, 2);
    listing_free(l);
}

static void test_bad_filters(void **state)
{
    Desking *t = *state;
    size_t calls = 0;
    refused(ERR_USAGE, listing_check(LIST_CHUNKS, "colour:red", err));
    refused(ERR_USAGE, listing_check(LIST_QUEUE, "doubt>0.5", err));
    ok(listing_check(LIST_QUESTIONS, "doubt>0.5", err));
    ok(listing_check(LIST_QUEUE, "margin>0.5", err));
    ok(listing_check(LIST_DOCUMENTS, "", err));

    Listing *l = listing_new(t->d, LIST_QUESTIONS, changed, &calls);
    listing_filter(l, "status:pending limit:10");
    settle(t->d, l);
    row(t->d, l, 0);
    size_t before = calls;
    listing_filter(l, "colour:red");
    until(t->d, listing_error(l));
    assert_non_null(strstr(listing_error(l), "colour"));
    assert_string_equal(listing_filter_text(l), "colour:red");
    assert_true(calls > before);
    assert_int_equal(listing_count(l), 10); /* the rows so far stay */
    assert_non_null(listing_row(l, 0));
    assert_false(listing_complete(l));
    listing_filter(l, "limit:3");
    until(t->d, listing_complete(l));
    assert_null(listing_error(l));
    assert_int_equal(listing_count(l), 3);
    listing_free(l);

    l = listing_new(t->d, LIST_CHUNKS, NULL, NULL); /* bad from the start */
    listing_filter(l, "\"open");
    until(t->d, listing_complete(l) || listing_error(l));
    listing_filter(l, "colour:red");
    until(t->d, listing_error(l));
    assert_int_equal(listing_count(l), 0);
    listing_free(l);
}

/* Seen between two deliveries: a list has its first row whenever it has any. */
static void test_no_flicker(void **state)
{
    Desking *t = *state;
    static const char *const FILTERS[] = {"order:-id", "fares", "order:doubt", "", "refunds"};
    Listing *l = listing_new(t->d, LIST_QUESTIONS, NULL, NULL);
    for (size_t i = 0; i < sizeof FILTERS / sizeof *FILTERS; i++) {
        int64_t first = listing_id(l, 0);
        size_t count = listing_count(l);
        listing_filter(l, FILTERS[i]);
        assert_int_equal(listing_id(l, 0), first);
        assert_int_equal(listing_count(l), count);
        while (!listing_complete(l)) {
            deliver_next(t->d, FILTERS[i]);
            for (size_t at = 0; at < 30 && at < listing_count(l); at++)
                assert_non_null(listing_row(l, at));
        }
    }
    listing_free(l);
}

static void test_newer_filter_wins(void **state)
{
    Desking *t = *state;
    Listing *l = listing_new(t->d, LIST_QUESTIONS, NULL, NULL);
    IdList a = {0}, b = {0};
    load_ids(t->f->s, LIST_QUESTIONS, "order:-doubt", &a);
    load_ids(t->f->s, LIST_QUESTIONS, "refunds order:-id", &b);
    for (int pauses = 0; pauses < 4; pauses++) { /* at whatever point the older one is */
        listing_filter(l, "order:-doubt");
        for (int i = 0; i < pauses && !listing_complete(l); i++) deliver_next(t->d, "a piece");
        listing_filter(l, "order:id fares");
        listing_filter(l, "refunds order:-id");
        bool shown_new = false;
        while (!listing_complete(l)) {
            deliver_next(t->d, "the newer list");
            if (listing_count(l) == 0) continue;
            int64_t first = listing_id(l, 0);
            assert_true(first == a.items[0] || first == b.items[0]);
            assert_false(shown_new && first != b.items[0]);
            shown_new = first == b.items[0];
        }
        expect_ids(l, &b);
    }
    vec_release(&a);
    vec_release(&b);
    listing_free(l);
}

static void decide_status(Desking *t, int64_t id, const char *status)
{
    Answer a = {0};
    Decision d = {.subject = "question.status", .subject_id = id, .value = status};
    desk_decide(t->d, &d, 1, "decide", answered, &a);
    until(t->d, a.calls == 1);
    assert_int_equal(a.err.kind, ERR_NONE);
}

static void test_touch_and_renew(void **state)
{
    Desking *t = *state;
    size_t calls = 0;
    Listing *l = listing_new(t->d, LIST_QUESTIONS, changed, &calls);
    listing_filter(l, "status:pending");
    settle(t->d, l);
    const QuestionRow *q = row(t->d, l, 700);
    int64_t id = q->id;
    assert_int_equal(q->status, QUESTION_PENDING);
    decide_status(t, id, "rejected");

    listing_touch(l);
    q = listing_row(l, 700); /* the old one until the new one is here */
    assert_non_null(q);
    assert_int_equal(q->status, QUESTION_PENDING);
    for (;;) {
        q = listing_row(l, 700);
        assert_non_null(q);
        assert_int_equal(q->id, id);
        if (q->status == QUESTION_REJECTED) break;
        deliver_next(t->d, "the new row");
    }
    assert_int_equal(listing_count(l), QUESTIONS); /* the snapshot stays */
    assert_int_equal(listing_find(l, id), 700);

    listing_renew(l);
    assert_false(listing_complete(l));
    while (!listing_complete(l)) {
        assert_int_equal(listing_count(l), QUESTIONS); /* never less than it has in the end */
        assert_non_null(listing_row(l, 700));
        deliver_next(t->d, "the new list");
    }
    assert_int_equal(listing_count(l), QUESTIONS - 1);
    assert_int_equal(listing_find(l, id), SIZE_MAX);
    assert_non_null(listing_row(l, 700)); /* it was loaded for 701 */
    assert_int_equal(row_id(listing_row(l, 700)), listing_id(l, 700));
    listing_free(l);
}

/* What was decided is on the screen before it is on the disk, and what is read in between does not
 * take it away again. */
static void test_patches(void **state)
{
    Desking *t = *state;
    enum { DECIDED = 60 };
    Answer a = {0};
    Listing *l = listing_new(t->d, LIST_QUESTIONS, NULL, NULL);
    listing_filter(l, "");
    settle(t->d, l);
    assert_null(listing_patch(l, QUESTIONS));
    row(t->d, l, 0);
    uint64_t change = desk_change(t->d);
    for (size_t i = 0; i < DECIDED || !desk_idle(t->d); i++) {
        if (i < DECIDED) {
            Decision d = accept_question(listing_id(l, i));
            if (i % 2) desk_decide(t->d, &d, 1, "accept", answered, &a);
            QuestionRow *q = listing_patch(l, i);
            assert_non_null(q);
            q->status = QUESTION_ACCEPTED;
            if (i % 2 == 0) desk_decide(t->d, &d, 1, "accept", answered, &a);
            if (i % 3 == 0) listing_touch(l); /* as when something else has changed */
            if (i % 4 == 0) desk_deliver(t->d);
        } else {
            deliver_next(t->d, "all is written");
        }
        if (change != desk_change(t->d)) listing_touch(l);
        change = desk_change(t->d);
        for (size_t at = 0; at <= i && at < DECIDED; at++) {
            const QuestionRow *q = listing_row(l, at);
            assert_non_null(q);
            assert_int_equal(q->status, QUESTION_ACCEPTED);
        }
    }
    assert_int_equal(a.calls, DECIDED);

    /* when all is written, what others decide is seen again */
    Decision d = {.subject = "question.status", .subject_id = listing_id(l, 3), .value = "flagged"};
    ok(decide(t->f->s, &d, 1, "flag", NULL, err));
    listing_touch(l);
    until(t->d, ((const QuestionRow *)listing_row(l, 3))->status == QUESTION_FLAGGED);

    /* one that could not be written is taken back by loading the rows again */
    ((QuestionRow *)listing_patch(l, 3))->status = QUESTION_ACCEPTED;
    listing_touch(l);
    until(t->d, ((const QuestionRow *)listing_row(l, 3))->status == QUESTION_FLAGGED);
    listing_free(l);
}

typedef struct Held {
    pthread_mutex_t lock;
    bool open;
    pthread_cond_t opened;
} Held;

static bool hold(void *data, const Env *env, Err *err)
{
    Held *h = data;
    (void)env;
    (void)err;
    pthread_mutex_lock(&h->lock);
    while (!h->open) pthread_cond_wait(&h->opened, &h->lock);
    pthread_mutex_unlock(&h->lock);
    return true;
}

static QuestionStatus status_at(Listing *l, size_t i)
{
    const QuestionRow *q = listing_row(l, i);
    assert_non_null(q);
    return q->status;
}

/* What is read while decisions wait to be written is of before them. */
static void test_patches_outlive_old_rows(void **state)
{
    Desking *t = *state;
    Held held = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};
    Answer a = {0};
    Listing *l = listing_new(t->d, LIST_QUESTIONS, NULL, NULL);
    listing_filter(l, "");
    settle(t->d, l);
    row(t->d, l, 0);
    until(t->d, desk_idle(t->d));

    /* asked for before it was decided, here after */
    listing_touch(l);
    assert_null(listing_row(l, 300));
    desk_ask(t->d, LANE_WRITE, &(Inquiry){.work = hold, .data = &held});
    Decision first = accept_question(listing_id(l, 200));
    ((QuestionRow *)listing_patch(l, 200))->status = QUESTION_ACCEPTED;
    desk_decide(t->d, &first, 1, "accept", answered, &a);
    row(t->d, l, 300); /* a page that has 200 as well */
    assert_int_equal(status_at(l, 200), QUESTION_ACCEPTED);
    assert_int_equal(status_at(l, 201), QUESTION_PENDING);

    /* asked for while it is written */
    int64_t id = listing_id(l, 500);
    row(t->d, l, 450);
    until(t->d, listing_row(l, 500));
    Decision d = accept_question(id);
    desk_decide(t->d, &d, 1, "accept", answered, &a);
    ((QuestionRow *)listing_patch(l, 500))->status = QUESTION_ACCEPTED;
    listing_touch(l);
    row(t->d, l, 620);
    row(t->d, l, 700);
    assert_int_equal(status_at(l, 500), QUESTION_ACCEPTED);
    pthread_mutex_lock(&held.lock);
    held.open = true;
    pthread_cond_signal(&held.opened);
    pthread_mutex_unlock(&held.lock);
    while (a.calls < 2 || !desk_idle(t->d)) {
        deliver_next(t->d, "the decision");
        assert_int_equal(status_at(l, 200), QUESTION_ACCEPTED);
        assert_int_equal(status_at(l, 500), QUESTION_ACCEPTED);
    }
    listing_touch(l);
    until(t->d, desk_idle(t->d));
    assert_int_equal(status_at(l, 500), QUESTION_ACCEPTED);
    decide_status(t, id, "rejected");
    listing_touch(l);
    until(t->d, status_at(l, 500) == QUESTION_REJECTED);
    listing_free(l);
}

/* A row that is gone is not asked for again and again. */
static void test_rows_that_are_gone(void **state)
{
    Desking *t = *state;
    Listing *l = listing_new(t->d, LIST_CHUNKS, NULL, NULL);
    listing_filter(l, "order:id");
    settle(t->d, l);
    raw(t->f->path, "PRAGMA foreign_keys = OFF; DELETE FROM chunk WHERE id BETWEEN 700 AND 710");
    row(t->d, l, 690);
    until(t->d, desk_idle(t->d));
    for (int i = 0; i < 3; i++) {
        assert_null(listing_row(l, 704));
        assert_int_equal(listing_id(l, 704), 705);
        assert_true(desk_idle(t->d));
    }
    assert_non_null(listing_row(l, 711));
    listing_touch(l);
    until(t->d, desk_idle(t->d));
    assert_null(listing_row(l, 704));
    listing_free(l);
}

/* Held keys: each frame asks for a screenful somewhere else. */
static void test_scrolling_does_not_flood(void **state)
{
    Desking *t = *state;
    size_t calls = 0;
    Listing *l = listing_new(t->d, LIST_QUESTIONS, changed, &calls);
    listing_filter(l, "");
    settle(t->d, l);
    until(t->d, desk_idle(t->d));
    calls = 0;
    for (size_t top = 0; top + 40 < QUESTIONS; top += 20) {
        for (size_t i = 0; i < 40; i++) listing_row(l, top + i);
    }
    until(t->d, desk_idle(t->d));
    assert_int_equal(calls, 2); /* what was on its way, and what was wanted last */
    for (size_t i = 0; i < 40; i++) assert_non_null(listing_row(l, QUESTIONS - 60 + i));

    /* four places in turn: they are all kept */
    static const size_t PLACES[] = {0, 500, 900, 1300};
    for (size_t k = 0; k < 4; k++) row(t->d, l, PLACES[k]);
    until(t->d, desk_idle(t->d));
    for (size_t k = 0; k < 4; k++) assert_non_null(listing_row(l, PLACES[k]));
    assert_true(desk_idle(t->d));
    listing_free(l);
}

static void test_free_at_any_time(void **state)
{
    Desking *t = *state;
    for (int steps = 0; steps < 5; steps++) {
        Listing *l = listing_new(t->d, LIST_QUESTIONS, NULL, NULL);
        listing_filter(l, "order:doubt");
        for (int i = 0; i < steps && !desk_idle(t->d); i++) {
            deliver_next(t->d, "a piece");
            listing_row(l, 1000);
        }
        listing_free(l);
        until(t->d, desk_idle(t->d));
    }
    Listing *l = listing_new(t->d, LIST_QUESTIONS, NULL, NULL);
    listing_filter(l, "order:doubt");
    listing_free(l);
    desk_close(t->d); /* with what was withdrawn still at work */
    t->d = NULL;
}

/* The file is moved away and replaced under the list: nothing hangs, nothing is asked endlessly. */
static void test_reading_fails(void **state)
{
    Desking *t = *state;
    Listing *l = listing_new(t->d, LIST_QUESTIONS, NULL, NULL);
    listing_filter(l, "");
    settle(t->d, l);
    until(t->d, desk_idle(t->d));
    const void *first = row(t->d, l, 0);
    raw(t->f->path, "ALTER TABLE question RENAME TO no_question");
    for (int i = 0; i < 100; i++) listing_row(l, 1000);
    until(t->d, listing_error(l));
    until(t->d, desk_idle(t->d));
    for (int i = 0; i < 100; i++) assert_null(listing_row(l, 1000));
    assert_true(desk_idle(t->d)); /* it waits a while before it tries again */
    assert_ptr_equal(listing_row(l, 0), first);
    raw(t->f->path, "ALTER TABLE no_question RENAME TO question");
    listing_touch(l); /* as when the file has changed */
    until(t->d, desk_idle(t->d));
    assert_non_null(row(t->d, l, 1000));
    assert_null(listing_error(l));
    listing_free(l);
}

static void add_random_filter(Rng *rng, ListOf of, Str *out)
{
    static const char *const TERMS[][7] = {
        [LIST_DOCUMENTS] = {"split:train", "doc0", "-split:val", "id:1,2,3,9", "name:doc1"},
        [LIST_CHUNKS] = {"split:test", "insurance", "-drivers", "heading:top", "document:doc03",
                         "status:live,excluded", "id:1,500,2"},
        [LIST_QUESTIONS] = {"refunds", "-fares", "doubt>0.5", "own_rank>10", "split:train,val",
                            "status:pending", "document:doc05"},
        [LIST_CANDIDATES] = {"margin>-0.05", "rank<3", "suspect:yes", "insurance", "-split:test",
                             "status:pending,kept", "question:5"},
    };
    static const char *const ORDERS[][4] = {
        [LIST_DOCUMENTS] = {"order:id", "order:-name", "order:-id", "order:name"},
        [LIST_CHUNKS] = {"order:id", "order:-questions", "order:heading,-id", "order:-id"},
        [LIST_QUESTIONS] = {"order:id", "order:-doubt", "order:own_rank", "order:-id"},
        [LIST_CANDIDATES] = {"order:id", "order:-margin", "order:score", "order:-question,rank"},
    };
    str_clear(out);
    for (uint64_t n = rng_below(rng, 3); n > 0; n--) {
        const char *term = TERMS[of][rng_below(rng, 7)];
        if (term) str_addf(out, "%s ", term);
    }
    str_add(out, ORDERS[of][rng_below(rng, 4)]);
    if (rng_below(rng, 4) == 0) str_addf(out, " limit:%d", (int)rng_below(rng, 400));
}

static void test_random_walk(void **state)
{
    Desking *t = *state;
    Rng rng = rng_make(11, 0);
    Listing *lists[LIST_QUEUE];
    Str filter = {0};
    IdList wanted = {0};
    for (ListOf of = 0; of < LIST_QUEUE; of++) lists[of] = listing_new(t->d, of, NULL, NULL);
    for (int step = 0; step < 120; step++) {
        ListOf of = (ListOf)rng_below(&rng, LIST_QUEUE);
        Listing *l = lists[of];
        for (uint64_t n = rng_below(&rng, 3); n > 0; n--) { /* some that nobody waits for */
            add_random_filter(&rng, of, &filter);
            listing_filter(l, str_get(&filter));
            if (rng_below(&rng, 2)) deliver_next(t->d, "something");
        }
        add_random_filter(&rng, of, &filter);
        listing_filter(l, str_get(&filter));
        if (rng_below(&rng, 3) == 0) listing_touch(l);
        if (rng_below(&rng, 3) == 0) listing_renew(l);
        settle(t->d, l);
        load_ids(t->f->s, of, str_get(&filter), &wanted);
        expect_ids(l, &wanted);
        for (int n = 0; n < 5 && wanted.count > 0; n++) {
            size_t i = rng_below(&rng, wanted.count);
            assert_int_equal(row_id(row(t->d, l, i)), wanted.items[i]);
        }
    }
    for (ListOf of = 0; of < LIST_QUEUE; of++) listing_free(lists[of]);
    vec_release(&wanted);
    str_release(&filter);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, large_open, desking_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_not_filtered_yet),
        TEST(test_each_kind),
        TEST(test_texts_of_rows),
        TEST(test_bad_filters),
        TEST(test_no_flicker),
        TEST(test_newer_filter_wins),
        TEST(test_touch_and_renew),
        TEST(test_patches),
        TEST(test_patches_outlive_old_rows),
        TEST(test_rows_that_are_gone),
        TEST(test_scrolling_does_not_flood),
        TEST(test_free_at_any_time),
        TEST(test_reading_fails),
        TEST(test_random_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
