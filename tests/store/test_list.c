#include "fixture.h"

#include "base/rng.h"
#include "store/list.h"

typedef struct Taken {
    uint32_t *ids;
    size_t count, pieces, first_piece;
    size_t stop_after; /* pieces; 0: never */
} Taken;

static bool take(void *context, const uint32_t *ids, size_t count)
{
    Taken *t = context;
    assert_true(count > 0);
    t->ids = mem_grow(t->ids, (t->count + count) * sizeof *ids);
    memcpy(t->ids + t->count, ids, count * sizeof *ids);
    t->count += count;
    if (t->pieces++ == 0) t->first_piece = count;
    return t->pieces != t->stop_after;
}

static Taken list(Store *s, ListOf of, const char *filter, size_t first)
{
    Taken t = {0};
    ok(list_ids(s, of, filter, first, take, &t, err));
    return t;
}

/* The ids as text: "3 1 2 ". */
static void expect_list(Store *s, ListOf of, const char *filter, const char *wanted)
{
    for (size_t first = 0; first < 4; first++) {
        Str got = {0};
        Taken t = list(s, of, filter, first);
        for (size_t i = 0; i < t.count; i++) {
            str_addf(&got, "%u ", t.ids[i]);
        }
        if (strcmp(str_get(&got), wanted) != 0)
            fail_msg("%d \"%s\" first %zu: %s, not %s", (int)of, filter ? filter : "", first,
                     str_get(&got), wanted);
        if (first > 0 && t.count > 0)
            assert_int_equal(t.first_piece, first < t.count ? first : t.count);
        free(t.ids);
        str_release(&got);
    }
}

typedef struct Wanted {
    int64_t question, chunk, rank;
    double score, positive;
    bool suspect;
} Wanted;

static void mine(Store *s, const char *inputs, const Wanted *wanted, size_t count)
{
    Hash hash = hash_text(inputs);
    MiningRow mining = {0};
    CandidateRow *rows = mem_zero(count, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        rows[i] = (CandidateRow){.question_id = wanted[i].question,
                                 .chunk_id = wanted[i].chunk,
                                 .rank = wanted[i].rank,
                                 .score = wanted[i].score,
                                 .positive_score = wanted[i].positive,
                                 .suspect = wanted[i].suspect};
    }
    ok(mining_begin(s, "lsa", &hash, "{}", &mining, err));
    ok(mining_add(s, mining.id, rows, count, rows[count - 1].question_id, err));
    ok(mining_finish(s, mining.id, "{}", err));
    free(rows);
}

/* Two documents, the second one's chunks between the first one's; three questions; candidates with
 * equal scores. Their ids begin at 2: those of an older mining come before them. */
static void add_all(Store *s)
{
    int64_t a = add_document(s, "a.txt", SPLIT_TRAIN), b = add_document(s, "b.txt", SPLIT_TEST);
    static const struct {
        int document, ordinal;
        const char *text;
    } CHUNKS[] = {
        {1, 1, "insurance"}, {0, 2, "drivers"}, {0, 0, "Insurance reserves"}, {0, 1, "x"}};
    for (size_t i = 0; i < 4; i++) {
        ChunkRow row = {.document_id = CHUNKS[i].document ? b : a,
                        .ordinal = CHUNKS[i].ordinal,
                        .text = CHUNKS[i].text,
                        .heading = i % 2 ? "Top" : "Part",
                        .split = CHUNKS[i].document ? SPLIT_TEST : SPLIT_TRAIN};
        ok(chunk_add(s, &row, NULL, err));
    }
    add_question(s, "first", 1, SPLIT_TEST);
    add_question(s, "second", 3, SPLIT_TRAIN);
    add_question(s, "third", 3, SPLIT_TRAIN);
    ok(doubts_put(s, 1, &(Doubts){.known = true, .doubt = 0.5}, err));
    ok(doubts_put(s, 3, &(Doubts){.known = true, .doubt = 0.5}, err));
    mine(s, "old", &(Wanted){1, 2, 1, 0.9, 0.5, true}, 1);
    const Wanted now[] = {
        {3, 1, 1, 0.75, 0.5, true},  {3, 2, 2, 0.50, 0.5, false}, {1, 3, 1, 0.75, 0.5, true},
        {1, 4, 2, 0.25, 0.5, false}, {2, 4, 1, 0.50, 0.5, false},
    };
    mine(s, "now", now, 5);
}

static void test_orders(void **state)
{
    Fixture *f = *state;
    Store *s = f->s;
    add_all(s);
    expect_list(s, LIST_DOCUMENTS, NULL, "1 2 ");
    expect_list(s, LIST_DOCUMENTS, "order:-name", "2 1 ");
    expect_list(s, LIST_DOCUMENTS, "order:questions", "2 1 ");
    expect_list(s, LIST_CHUNKS, NULL, "3 4 2 1 ");
    expect_list(s, LIST_CHUNKS, "order:-questions", "3 1 2 4 ");
    expect_list(s, LIST_CHUNKS, "order:heading", "1 3 2 4 ");
    expect_list(s, LIST_CHUNKS, "order:-heading,-id", "4 2 3 1 ");
    expect_list(s, LIST_CHUNKS, "order:-split,ordinal", "3 4 2 1 ");
    expect_list(s, LIST_QUESTIONS, NULL, "1 2 3 ");
    expect_list(s, LIST_QUESTIONS, "order:-doubt", "1 3 2 "); /* unknown last either way */
    expect_list(s, LIST_QUESTIONS, "order:doubt", "1 3 2 ");
    expect_list(s, LIST_CANDIDATES, NULL, "4 5 6 2 3 ");
    expect_list(s, LIST_CANDIDATES, "order:-margin", "2 4 3 6 5 ");
    expect_list(s, LIST_CANDIDATES, "order:score", "5 3 6 2 4 ");
    expect_list(s, LIST_CANDIDATES, "order:-question,-rank", "3 2 6 5 4 ");
    expect_list(s, LIST_CANDIDATES, "order:-suspect,-id", "4 2 6 5 3 ");
    expect_list(s, LIST_QUEUE, NULL, "1 3 2 ");
    expect_list(s, LIST_QUEUE, "order:score", "1 2 3 ");
    expect_list(s, LIST_QUEUE, "order:-rank", "1 3 2 ");
}

static void test_filters(void **state)
{
    Fixture *f = *state;
    Store *s = f->s;
    add_all(s);
    expect_list(s, LIST_CHUNKS, "insurance", "3 1 ");
    expect_list(s, LIST_CHUNKS, "status:retired", "");
    expect_list(s, LIST_CHUNKS, "document:a.txt limit:2", "3 4 ");
    expect_list(s, LIST_CHUNKS, "limit:0", "");
    expect_list(s, LIST_QUESTIONS, "document:a.txt -chunk:1", "2 3 ");
    expect_list(s, LIST_QUESTIONS, "-document:a.txt", "1 ");
    expect_list(s, LIST_CANDIDATES, "insurance split:train,test", "4 2 ");
    expect_list(s, LIST_CANDIDATES, "insurance document:a.txt -heading:top", "4 ");
    expect_list(s, LIST_CANDIDATES, "-insurance", "5 6 3 ");
    expect_list(s, LIST_CANDIDATES, "-insurance -drivers", "5 6 ");
    expect_list(s, LIST_CANDIDATES, "question:3,2 order:id", "2 3 6 ");
    expect_list(s, LIST_CANDIDATES, "chunk:4", "5 6 ");
    expect_list(s, LIST_CANDIDATES, "id:6,2,1", "6 2 ");
    expect_list(s, LIST_CANDIDATES, "limit:3", "4 5 6 ");
    expect_list(s, LIST_CANDIDATES, "suspect:yes margin>0.2", "4 2 ");
    expect_list(s, LIST_QUEUE, "suspect:no", "2 3 1 ");
    expect_list(s, LIST_QUEUE, "suspect:no limit:2", "2 3 ");
    expect_list(s, LIST_QUEUE, "split:test", "1 ");
    expect_list(s, LIST_QUEUE, "drivers", "3 ");
    ok(decide(s, &(Decision){.subject = "verdict", .subject_id = 1, .other_id = 3, .value = "kept"},
              1, "keep", NULL, err));
    expect_list(s, LIST_QUEUE, "status:pending suspect:yes", "3 ");
    expect_list(s, LIST_CANDIDATES, "status:kept", "4 ");
    ok(question_flag(s, 2, "twin", err));
    expect_list(s, LIST_QUESTIONS, "status:flagged", "2 ");
}

static void test_only_the_current_mining(void **state)
{
    Fixture *f = *state;
    add_all(f->s);
    Hash hash = hash_text("later");
    MiningRow mining = {0};
    CandidateRow row = {
        .question_id = 1, .chunk_id = 2, .rank = 1, .score = 0.9, .positive_score = 0.5};
    ok(mining_begin(f->s, "lsa", &hash, "{}", &mining, err));
    ok(mining_add(f->s, mining.id, &row, 1, 1, err));
    expect_list(f->s, LIST_CANDIDATES, "order:-margin", "2 4 3 6 5 ");
    expect_list(f->s, LIST_CANDIDATES, "order:score", "5 3 6 2 4 ");
    expect_list(f->s, LIST_CANDIDATES, "chunk:2", "3 ");
    expect_list(f->s, LIST_CANDIDATES, "drivers", "3 ");
    expect_list(f->s, LIST_QUEUE, "drivers", "3 ");
    ok(mining_finish(f->s, mining.id, "{}", err));
    expect_list(f->s, LIST_CANDIDATES, NULL, "7 ");
    expect_list(f->s, LIST_QUEUE, NULL, "1 ");
}

static void test_deleted_questions_are_in_no_list(void **state)
{
    Fixture *f = *state;
    add_all(f->s);
    raw(f->path, "UPDATE question SET status = 'deleted' WHERE id = 2");
    expect_list(f->s, LIST_QUESTIONS, "order:id", "1 3 ");
    expect_list(f->s, LIST_CHUNKS, "questions:1", "3 1 ");
    expect_list(f->s, LIST_DOCUMENTS, "questions:1", "1 2 ");
    const int64_t ids[] = {4, 3};
    ChunkRows rows = {0};
    ChunkQuery query = {.ids = ids, .id_count = 2, .with_questions = true};
    ok(chunks_load(f->s, &query, &rows, err));
    assert_int_equal(rows.items[0].questions, 0);
    assert_int_equal(rows.items[1].questions, 1);
    rows_release(&rows);
}

static void test_empty(void **state)
{
    Fixture *f = *state;
    for (int of = 0; of < LIST_OF_COUNT; of++) {
        expect_list(f->s, (ListOf)of, NULL, "");
        expect_list(f->s, (ListOf)of, "order:-id id:1", "");
    }
}

static void test_stopping(void **state)
{
    Fixture *f = *state;
    add_all(f->s);
    for (int of = 0; of < LIST_OF_COUNT; of++) {
        for (size_t after = 1; after < 3; after++) {
            Taken t = {.stop_after = after};
            refused(ERR_CANCELLED, list_ids(f->s, (ListOf)of, "order:-id", 1, take, &t, err));
            assert_int_equal(t.pieces, after);
            free(t.ids);
        }
    }
    expect_list(f->s, LIST_QUESTIONS, NULL, "1 2 3 "); /* the store goes on */
    ok(store_begin(f->s, err));                        /* and is in no transaction */
    ok(store_commit(f->s, err));
}

static void test_large_ids_are_refused(void **state)
{
    Fixture *f = *state;
    add_all(f->s);
    raw(f->path, "UPDATE question SET id = 4294967295 WHERE id = 2");
    expect_list(f->s, LIST_QUESTIONS, NULL, "1 3 4294967295 ");
    raw(f->path, "UPDATE question SET id = 4294967296 WHERE id = 3");
    Taken t = {0};
    refused(ERR_DATABASE, list_ids(f->s, LIST_QUESTIONS, NULL, 0, take, &t, err));
    refused(ERR_DATABASE, list_ids(f->s, LIST_QUEUE, "split:train", 2, take, &t, err));
    assert_null(t.ids);
}

static void test_hostile_filters(void **state)
{
    Fixture *f = *state;
    add_all(f->s);
    Taken t = {0};
    refused(ERR_USAGE, list_ids(f->s, LIST_QUEUE, "colour:red", 5, take, &t, err));
    refused(ERR_USAGE, list_ids(f->s, LIST_CANDIDATES, "order:document", 5, take, &t, err));
    refused(ERR_USAGE, list_ids(f->s, LIST_CHUNKS, "order:", 5, take, &t, err));
    assert_int_equal(t.pieces, 0);
    Str long_order = {0};
    str_add(&long_order, "order:rank");
    for (int i = 0; i < 3000; i++) {
        str_add(&long_order, i % 2 ? ",-id" : ",id");
    }
    expect_list(f->s, LIST_CANDIDATES, str_get(&long_order), "2 4 6 3 5 ");
    str_release(&long_order);
    static const char *const pieces[] = {
        "status:", "order:", "-",  "!",        "\"",        ",",       " ",    "'",        ")",
        "(",       "@",      "?",  "%s",       "\xff",      "suspect", "text", ":",        "yes",
        "limit:1", ";",      "--", "heading:", "document:", "split:",  "test", "question:"};
    Rng r = rng_make(1, 0);
    for (int round = 0; round < 2000; round++) {
        char text[200] = "";
        for (int n = 0; n < 8; n++) {
            strcat(text, pieces[rng_below(&r, sizeof pieces / sizeof *pieces)]);
        }
        Err err = {0};
        ListOf of = (ListOf)rng_below(&r, LIST_OF_COUNT);
        if (!list_ids(f->s, of, text, rng_below(&r, 3), take, &t, &err) && err.kind != ERR_USAGE)
            fail_msg("%s: %s", text, err.message);
    }
    free(t.ids);
}

/* ---- against the rows that the loads give ---- */

static size_t load_ids(Store *s, ListOf of, const char *filter, uint32_t *ids)
{
    DocumentRows documents = {0};
    ChunkRows chunks = {0};
    QuestionRows questions = {0};
    CandidateRows candidates = {0};
    size_t count = 0;
    if (of == LIST_DOCUMENTS) ok(documents_load(s, filter, &documents, err));
    if (of == LIST_CHUNKS) ok(chunks_load(s, &(ChunkQuery){.filter = filter}, &chunks, err));
    if (of == LIST_QUESTIONS)
        ok(questions_load(s, &(QuestionQuery){.filter = filter}, &questions, err));
    if (of >= LIST_CANDIDATES)
        ok(candidates_load(s, &(CandidateQuery){.filter = filter}, &candidates, err));
    for (size_t i = 0; i < documents.count; i++) {
        ids[count++] = (uint32_t)documents.items[i].id;
    }
    for (size_t i = 0; i < chunks.count; i++) {
        ids[count++] = (uint32_t)chunks.items[i].id;
    }
    for (size_t i = 0; i < questions.count; i++) {
        ids[count++] = (uint32_t)questions.items[i].id;
    }
    for (size_t i = 0; i < candidates.count; i++) {
        uint32_t id =
            (uint32_t)(of == LIST_QUEUE ? candidates.items[i].question_id : candidates.items[i].id);
        bool known = false;
        for (size_t k = 0; of == LIST_QUEUE && k < count && !known; k++) {
            known = ids[k] == id;
        }
        if (!known) ids[count++] = id;
    }
    rows_release(&documents);
    rows_release(&chunks);
    rows_release(&questions);
    rows_release(&candidates);
    return count;
}

#define TERMS 12
static const char *const FILTERS[LIST_OF_COUNT][TERMS] = {
    [LIST_DOCUMENTS] = {"split:train", "-split:test", "chunks>9", "name:a", "questions>3", "id<4"},
    [LIST_CHUNKS] = {"split:train", "-heading:top", "document:a", "questions>1", "ba", "-con",
                     "ordinal>2", "status:live,excluded", "bader"},
    [LIST_QUESTIONS] = {"split:train", "status:pending", "-heading:top", "document:a", "doubt>0.3",
                        "ba", "own_rank>5", "-doubt>0.6", "nameless:yes", "chunk:3,4,5", "-ba"},
    [LIST_CANDIDATES] = {"split:train", "suspect:yes", "status:pending", "rank<3", "-document:a",
                         "ba", "-con", "heading:top", "margin>-0.1", "chunk:3,4,5", "bader",
                         "question<20"},
};
static const char *const ORDERS[LIST_OF_COUNT][8] = {
    [LIST_DOCUMENTS] = {"", "-name", "split,-id", "-chunks", "questions", "format", "-size", "id"},
    [LIST_CHUNKS] = {"id", "-heading", "split,-ordinal", "-questions", "document,-id", "status",
                     "key", "-tokens,questions"},
    [LIST_QUESTIONS] = {"", "-doubt", "doubt", "own_rank,-copied", "status,split", "-nameless",
                        "-origin,kind", "twin"},
    [LIST_CANDIDATES] = {"", "-margin", "margin", "score", "-rank,score", "suspect,-status",
                         "-question", "-positive"},
};

/* A few hundred rows with equal values all over. */
static void add_random(Store *s, Rng *r)
{
    static const char *const WORDS[] = {"ba", "con", "bader", "Baker", "es", "in"};
    Wanted wanted[400];
    ok(store_begin(s, err));
    for (int d = 0; d < 6; d++) {
        char name[8] = {(char)('a' + d % 3), (char)('a' + d), 0};
        add_document(s, name, (Split)rng_below(r, SPLIT_COUNT));
    }
    for (int c = 0; c < 60; c++) {
        char text[40];
        snprintf(text, sizeof text, "%s %s", WORDS[rng_below(r, 6)], WORDS[rng_below(r, 6)]);
        ChunkRow row = {.document_id = (int64_t)rng_below(r, 6) + 1,
                        .ordinal = (int64_t)rng_below(r, 8),
                        .key = rng_below(r, 2) ? text : NULL,
                        .text = text,
                        .heading = rng_below(r, 2) ? "Top" : "Part",
                        .tokens = (int64_t)rng_below(r, 4),
                        .split = (Split)rng_below(r, SPLIT_COUNT),
                        .status = (ChunkStatus)rng_below(r, CHUNK_STATUS_COUNT)};
        ok(chunk_add(s, &row, NULL, err));
    }
    for (int q = 0; q < 80; q++) {
        QuestionRow row = {.text = WORDS[rng_below(r, 6)],
                           .origin = (Origin)rng_below(r, ORIGIN_COUNT),
                           .kind = rng_below(r, 2) ? "who" : NULL,
                           .split = (Split)rng_below(r, SPLIT_COUNT),
                           .status = (QuestionStatus)rng_below(r, QUESTION_STATUS_COUNT),
                           .doubts = {.known = rng_below(r, 2),
                                      .doubt = (double)rng_below(r, 5) / 4,
                                      .own_rank = (int64_t)rng_below(r, 12),
                                      .nameless = rng_below(r, 2)}};
        int64_t id = 0;
        ok(question_add(s, &row, &id, err));
        ok(relevance_add(s, id, (int64_t)rng_below(r, 60) + 1, ORIGIN_LLM, err));
    }
    ok(store_commit(s, err));
    for (int i = 0; i < 400; i++) {
        wanted[i] = (Wanted){i / 5 + 1,
                             (int64_t)rng_below(r, 60) + 1,
                             i % 5,
                             (double)rng_below(r, 9) / 8 - 0.5,
                             (double)rng_below(r, 5) / 8,
                             rng_below(r, 3) == 0};
    }
    mine(s, "random", wanted, 400);
    if (rng_below(r, 2)) ok(store_index_texts(s, err));
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void compare(Store *s, ListOf of, const char *filter, bool ordered, size_t first)
{
    static uint32_t wanted[400];
    char text[300];
    const char *by = of == LIST_QUEUE && !ordered ? " order:-margin" : "";
    snprintf(text, sizeof text, "%s%s", filter, by);
    size_t count = load_ids(s, of, text, wanted);
    Taken t = list(s, of, filter, first);
    if (of == LIST_CHUNKS && !ordered && t.count) /* the load's are by id then */
        qsort(t.ids, t.count, sizeof *t.ids, by_number);
    if (t.count != count) fail_msg("%d \"%s\": %zu ids, not %zu", (int)of, filter, t.count, count);
    for (size_t i = 0; i < count; i++) {
        if (t.ids[i] != wanted[i]) fail_msg("%d \"%s\": differs at %zu", (int)of, filter, i);
    }
    free(t.ids);
}

static void test_lists_are_what_the_loads_give(void **state)
{
    Fixture *f = *state;
    Rng r = rng_make(7, 0);
    add_random(f->s, &r);
    for (int round = 0; round < 1500; round++) {
        ListOf of = (ListOf)rng_below(&r, LIST_OF_COUNT);
        ListOf words = of == LIST_QUEUE ? LIST_CANDIDATES : of;
        char filter[240] = "";
        for (uint64_t n = rng_below(&r, 4); n > 0; n--) {
            const char *term = FILTERS[words][rng_below(&r, TERMS)];
            if (term) strcat(strcat(filter, term), " ");
        }
        const char *order = ORDERS[words][rng_below(&r, 8)];
        if (*order) strcat(strcat(filter, "order:"), order);
        compare(f->s, of, filter, *order != 0, rng_below(&r, 20));
    }
}

/* ---- many rows: what looks for the first ones gives up, the first ones are picked, sets are many
 * ---- */

#define MANY_CHUNKS 2100
#define MANY_QUESTIONS 3000
#define MANY_EACH 10

static void add_many(Store *s)
{
    Rng r = rng_make(9, 0);
    Wanted *wanted = mem_zero(MANY_QUESTIONS * MANY_EACH, sizeof *wanted);
    ok(store_begin(s, err));
    int64_t document = add_document(s, "a", SPLIT_TRAIN);
    for (int c = 0; c < MANY_CHUNKS; c++) {
        add_chunk(s, document, c ? "common words" : "rare words", SPLIT_TRAIN);
    }
    for (int q = 0; q < MANY_QUESTIONS; q++) {
        add_question(s, "why", 1, SPLIT_TRAIN);
    }
    ok(store_commit(s, err));
    for (int i = 0; i < MANY_QUESTIONS * MANY_EACH; i++) {
        double score = (double)rng_below(&r, 50) / 64;
        wanted[i] = (Wanted){i / MANY_EACH + 1,
                             (int64_t)rng_below(&r, MANY_CHUNKS) + 1,
                             i % MANY_EACH + 1,
                             score,
                             0.5,
                             score == 0 || i >= MANY_EACH * (MANY_QUESTIONS - 3)};
    }
    mine(s, "many", wanted, MANY_QUESTIONS * MANY_EACH);
    free(wanted);
}

static void test_many(void **state)
{
    Fixture *f = *state;
    static const char *const filters[] = {"",
                                          "order:-margin",
                                          "order:score",
                                          "suspect:yes",
                                          "order:rank",
                                          "order:-rank",
                                          "suspect:yes order:-margin",
                                          "common order:-score",
                                          "rare",
                                          "-rare suspect:yes",
                                          "order:positive,-score limit:2000"};
    add_many(f->s);
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        for (int of = LIST_CANDIDATES; of <= LIST_QUEUE; of++) {
            Taken whole = list(f->s, (ListOf)of, filters[i], 0),
                  pieces = list(f->s, (ListOf)of, filters[i], 7);
            assert_int_equal(whole.count, pieces.count);
            assert_memory_equal(whole.ids, pieces.ids, whole.count * sizeof *whole.ids);
            if (whole.count > 7) assert_int_equal(pieces.first_piece, 7);
            if (of == LIST_CANDIDATES) {
                CandidateRows rows = {0};
                ok(candidates_load(f->s, &(CandidateQuery){.filter = filters[i]}, &rows, err));
                assert_int_equal(rows.count, whole.count);
                for (size_t k = 0; k < rows.count; k++) {
                    assert_int_equal(rows.items[k].id, whole.ids[k]);
                }
                rows_release(&rows);
            }
            free(whole.ids);
            free(pieces.ids);
        }
    }
    Cancel cancel = {0};
    cancel_ask(&cancel);
    store_set_cancel(f->s, &cancel);
    Taken t = {0};
    refused(ERR_CANCELLED, list_ids(f->s, LIST_QUEUE, NULL, 10, take, &t, err));
    refused(ERR_CANCELLED, list_ids(f->s, LIST_CANDIDATES, "order:rank", 0, take, &t, err));
    assert_int_equal(t.pieces, 0);
    store_set_cancel(f->s, NULL);
}

static void test_rows_by_ids(void **state)
{
    Fixture *f = *state;
    add_all(f->s);
    const int64_t ids[] = {3, 99, 2, 3, 4};
    ChunkRows chunks = {0};
    ok(chunks_load(f->s, &(ChunkQuery){.ids = ids, .id_count = 5}, &chunks, err));
    assert_int_equal(chunks.count, 3);
    assert_int_equal(chunks.items[0].id, 3);
    assert_int_equal(chunks.items[1].id, 2);
    assert_string_equal(chunks.items[1].text, "drivers");
    assert_int_equal(chunks.items[2].id, 4);
    rows_release(&chunks);
    ChunkQuery by_filter = {.ids = ids, .id_count = 5, .filter = "order:id"};
    ok(chunks_load(f->s, &by_filter, &chunks, err));
    assert_int_equal(chunks.items[0].id, 2);
    rows_release(&chunks);
    QuestionRows questions = {0};
    ok(questions_load(f->s, &(QuestionQuery){.ids = ids, .id_count = 5}, &questions, err));
    assert_int_equal(questions.count, 2);
    assert_string_equal(questions.items[0].text, "third");
    rows_release(&questions);
    CandidateRows candidates = {0};
    CandidateQuery query = {.ids = ids, .id_count = 5, .with_texts = true};
    ok(candidates_load(f->s, &query, &candidates, err));
    assert_int_equal(candidates.count, 3);
    assert_int_equal(candidates.items[0].id, 3);
    assert_string_equal(candidates.items[2].question, "first");
    rows_release(&candidates);
    DocumentRows documents = {0};
    ok(documents_load_ids(f->s, ids, 3, &documents, err));
    assert_int_equal(documents.count, 1);
    assert_int_equal(documents.items[0].id, 2);
    rows_release(&documents);
    ok(documents_load_ids(f->s, ids, 0, &documents, err));
    assert_int_equal(documents.count, 0);
    rows_release(&documents);
}

#define WITH_PROJECT(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROJECT(test_orders),
        WITH_PROJECT(test_filters),
        WITH_PROJECT(test_only_the_current_mining),
        WITH_PROJECT(test_deleted_questions_are_in_no_list),
        WITH_PROJECT(test_empty),
        WITH_PROJECT(test_stopping),
        WITH_PROJECT(test_large_ids_are_refused),
        WITH_PROJECT(test_hostile_filters),
        WITH_PROJECT(test_lists_are_what_the_loads_give),
        WITH_PROJECT(test_many),
        WITH_PROJECT(test_rows_by_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
