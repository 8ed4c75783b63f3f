/* What the Negatives view reads: a question's candidates, those that a decision about many means,
 * the words of a mining, the dial on a desk. */
#include "desking.h"

#include "app/args.h"
#include "app/dial_desk.h"
#include "app/facts_negatives.h"
#include "base/rng.h"

#define CHUNKS 12
#define QUESTIONS 4

/* ---- a project with a mining ---- */

typedef struct Mined {
    int64_t chunks[CHUNKS], questions[QUESTIONS], mining;
} Mined;

static void accept_all(Store *s, const int64_t *questions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Decision d = accept_question(questions[i]);
        ok(decide(s, &d, 1, "accept", NULL, err));
    }
}

static void fill(Store *s, Mined *m)
{
    static const char *const TEXTS[CHUNKS] = {
        "the ferry leaves the harbour at seven",  "tickets are sold at the harbour",
        "bicycles may be taken on the ferry",     "in winter the crossing takes an hour",
        "the lighthouse was built of granite",    "its keeper recorded the weather",
        "granite was quarried on the mainland",   "visitors climb to the lamp room",
        "the school has eleven pupils",           "lessons end early in a storm",
        "a bakery sells bread to the ferry crew", "the museum shows lamps of the lighthouse",
    };
    int64_t document = add_document(s, "/guide.txt", SPLIT_TRAIN);
    for (size_t c = 0; c < CHUNKS; c++)
        m->chunks[c] = add_chunk(s, document, TEXTS[c], SPLIT_TRAIN);
    for (size_t q = 0; q < QUESTIONS; q++) {
        char *text = str_format("what about the ferry, the harbour and the lighthouse? %zu", q);
        m->questions[q] = add_question(s, text, m->chunks[q + 4], SPLIT_TRAIN);
        free(text);
    }
    accept_all(s, m->questions, QUESTIONS);
}

/* Each question gets candidates of the chunks 0, 1, 2 and a random one, the chunk 3. */
static void mine(Store *s, Mined *m, const char *options)
{
    CandidateRow rows[QUESTIONS * 4];
    size_t count = 0;
    for (size_t q = 0; q < QUESTIONS; q++)
        for (int c = 3; c >= 0; c--)
            rows[count++] = (CandidateRow){.question_id = m->questions[q],
                                           .chunk_id = m->chunks[c],
                                           .rank = c == 3 ? 0 : c + 1,
                                           .score = 0.9 - 0.2 * c,
                                           .positive_score = 0.8,
                                           .suspect = c == 0};
    MiningRow mining;
    Hash inputs = hash_text(options);
    ok(mining_begin(s, "bm25", &inputs, options, &mining, err));
    for (size_t i = 0; i < count; i++) rows[i].mining_id = mining.id;
    ok(mining_add(s, mining.id, rows, count, m->questions[QUESTIONS - 1], err));
    ok(mining_finish(s, mining.id, "{}", err));
    m->mining = mining.id;
}

static void judge(Store *s, int64_t question, int64_t chunk, const char *value)
{
    Decision d = {.subject = "verdict", .subject_id = question, .other_id = chunk, .value = value};
    ok(decide(s, &d, 1, "judge", NULL, err));
}

/* ---- facts ---- */

typedef struct Got {
    NegativesFacts *facts;
    size_t calls;
    Err err;
} Got;

static void take_facts(void *context, NegativesFacts *facts, const Err *err)
{
    Got *g = context;
    negatives_facts_free(g->facts);
    g->facts = facts;
    g->calls++;
    g->err = err ? *err : (Err){0};
}

static NegativesFacts *facts_of(Desking *t, int64_t question, const char *filter)
{
    Got g = {0};
    negatives_facts_ask(t->d, &g, question, filter, take_facts, &g);
    until(t->d, g.calls);
    assert_int_equal(g.err.kind, ERR_NONE);
    assert_non_null(g.facts);
    return g.facts;
}

static void candidates_come_by_rank(void **state)
{
    Desking *t = *state;
    Mined m;
    fill(t->f->s, &m);
    mine(t->f->s, &m, "{\"retriever\":\"bm25\",\"n\":4,\"absolute_margin\":0.25}");
    judge(t->f->s, m.questions[1], m.chunks[0], "promoted");
    NegativesFacts *f = facts_of(t, m.questions[1], "status:pending score>0.6");
    assert_int_equal(f->mining_id, m.mining);
    assert_string_equal(f->mined.retriever, "bm25");
    assert_int_equal(f->mined.per_question, 4);
    assert_true(f->mined.has[MINE_MARGIN] && !f->mined.has[MINE_MIN_SCORE]);
    assert_int_equal(f->question.count, 1);
    assert_int_equal(f->candidates.count, 4);
    assert_false(f->more);
    static const int64_t RANKS[] = {1, 2, 3, 0}; /* the random one last */
    static const bool QUEUED[] = {false, true, false, false};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(f->candidates.items[i].rank, RANKS[i]);
        assert_int_equal(f->queued[i], QUEUED[i]);
        assert_int_equal(negatives_chunk(f, i)->id, f->candidates.items[i].chunk_id);
    }
    assert_int_equal(f->candidates.items[0].status, CANDIDATE_PROMOTED);
    /* the positive of the question comes before the one that was a candidate, whatever its id */
    assert_int_equal(f->positives.count, 2);
    assert_int_equal(f->positives.items[0].id, m.chunks[5]);
    assert_int_equal(f->positives.items[1].id, m.chunks[0]);
    negatives_facts_free(f);
}

static void nothing_there_is_no_error(void **state)
{
    Desking *t = *state;
    Mined m;
    NegativesFacts *f = facts_of(t, 0, "");
    assert_int_equal(f->mining_id, 0);
    assert_int_equal(f->question.count + f->candidates.count, 0);
    negatives_facts_free(f);
    fill(t->f->s, &m);
    f = facts_of(t, m.questions[0], "");
    assert_int_equal(f->question.count, 1);
    assert_int_equal(f->candidates.count, 0);
    assert_int_equal(f->mined.per_question, mine_options_default().per_question);
    negatives_facts_free(f);
    f = facts_of(t, 999999, "");
    assert_int_equal(f->question.count, 0);
    negatives_facts_free(f);
    mine(t->f->s, &m, "not json");
    f = facts_of(t, m.questions[0], "colour:red");
    assert_int_equal(f->candidates.count, 4);
    for (size_t i = 0; i < 4; i++) assert_false(f->queued[i]);
    negatives_facts_free(f);
    negatives_facts_free(NULL);
}

/* ---- many ---- */

typedef struct Many {
    CandidateRefs refs;
    size_t calls;
    Err err;
} Many;

static void take_many(void *context, CandidateRefs *refs, const Err *err)
{
    Many *m = context;
    m->calls++;
    m->err = err ? *err : (Err){0};
    vec_clear(&m->refs);
    for (size_t i = 0; refs && i < refs->count; i++) vec_push(&m->refs, refs->items[i]);
}

static void many_are_those_of_the_questions(void **state)
{
    Desking *t = *state;
    Mined m;
    Many got = {0};
    fill(t->f->s, &m);
    mine(t->f->s, &m, "{}");
    judge(t->f->s, m.questions[2], m.chunks[1], "kept");
    int64_t asked[600] = {m.questions[2], m.questions[0]};
    negatives_many_ask(t->d, &got, asked, 2, "status:pending rank>0", take_many, &got);
    until(t->d, got.calls == 1);
    assert_int_equal(got.err.kind, ERR_NONE);
    assert_int_equal(got.refs.count, 5);
    for (size_t i = 0; i < got.refs.count; i++) {
        assert_true(got.refs.items[i].question_id != m.questions[1]);
        assert_true(got.refs.items[i].question_id != m.questions[2] ||
                    got.refs.items[i].chunk_id != m.chunks[1]);
    }
    /* so many that all are looked at once: the same ones */
    for (size_t i = 2; i < 600; i++) asked[i] = 100000 + (int64_t)i;
    negatives_many_ask(t->d, &got, asked, 600, "status:pending rank>0", take_many, &got);
    until(t->d, got.calls == 2);
    assert_int_equal(got.refs.count, 5);
    negatives_many_ask(t->d, &got, asked, 0, "", take_many, &got);
    until(t->d, got.calls == 3);
    assert_int_equal(got.refs.count, 0);
    negatives_many_ask(t->d, &got, asked, 1, "colour:red", take_many, &got);
    until(t->d, got.calls == 4);
    assert_int_equal(got.err.kind, ERR_USAGE);
    vec_release(&got.refs);
}

/* ---- words ---- */

static MineOptions some_options(Rng *rng)
{
    MineOptions o = mine_options_default();
    static const char *const RETRIEVERS[] = {"lsa", "bm25", "a b+c"};
    o.retriever = RETRIEVERS[rng_below(rng, 3)];
    if (rng_below(rng, 2)) o.pool_path = "/some where/pool.txt";
    if (rng_below(rng, 2)) o.range_min = rng_below(rng, 50);
    if (rng_below(rng, 2)) o.range_max = o.range_min + 1 + rng_below(rng, 50);
    o.per_question = 1 + rng_below(rng, 20);
    o.random_sampling = rng_below(rng, 2);
    o.random_fallback = rng_below(rng, 2);
    if (rng_below(rng, 2)) o.splits = 1 << SPLIT_TRAIN | 1 << SPLIT_VAL;
    if (rng_below(rng, 2)) o.statuses = 1 << QUESTION_ACCEPTED | 1 << QUESTION_PENDING;
    if (rng_below(rng, 2)) o.seed = rng_below(rng, 1000);
    for (MineFilter f = 0; f < MINE_FILTERS; f++) {
        o.has[f] = rng_below(rng, 2);
        if (o.has[f]) o.value[f] = ((double)rng_below(rng, 2000) - 1000) / 1000;
    }
    if (o.has[MINE_MIN_SCORE] && o.has[MINE_MAX_SCORE] &&
        o.value[MINE_MIN_SCORE] > o.value[MINE_MAX_SCORE])
        o.value[MINE_MIN_SCORE] = o.value[MINE_MAX_SCORE];
    return o;
}

static void words_say_the_options(void **state)
{
    (void)state;
    Rng rng = rng_make(5, 0);
    for (int n = 0; n < 200; n++) {
        MineOptions o = some_options(&rng);
        MineWords words = {0};
        Args args = {0};
        vec_push(&words, mem_strdup("hone"));
        mine_words(&o, &words);
        ok(args_parse((int)words.count, words.items, &args, err));
        const MineOptions *p = &args.options.mine;
        assert_string_equal(args.command->name, "mine");
        assert_string_equal(p->retriever, o.retriever);
        assert_int_equal(!p->pool_path, !o.pool_path);
        assert_int_equal(p->range_min, o.range_min);
        assert_int_equal(p->range_max, o.range_max);
        assert_int_equal(p->per_question, o.per_question);
        assert_int_equal(p->random_sampling, o.random_sampling);
        assert_int_equal(p->random_fallback, o.random_fallback);
        assert_int_equal(p->splits, o.splits);
        assert_int_equal(p->statuses, o.statuses);
        assert_int_equal(args.options.seed, o.seed);
        for (MineFilter f = 0; f < MINE_FILTERS; f++) {
            assert_int_equal(p->has[f], o.has[f]);
            if (o.has[f]) assert_true(p->value[f] == o.value[f]);
        }
        args_release(&args);
        mine_words_release(&words);
    }
}

static void a_plain_mining_has_one_word(void **state)
{
    (void)state;
    MineOptions o = mine_options_default();
    MineWords words = {0};
    mine_words(&o, &words);
    assert_int_equal(words.count, 1);
    assert_string_equal(words.items[0], "mine");
    mine_words_release(&words);
}

static void bad_options_are_the_usual_ones(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "",
        "{",
        "[1]",
        "7",
        "{}",
        "{\"n\":-5,\"range_min\":9,\"range_max\":3,\"sampling\":3,\"retriever\":\"\"}",
        "{\"n\":1e300,\"seed\":-1,\"splits\":4096,\"statuses\":\"all\",\"pool\":[]}",
    };
    MineOptions usual = mine_options_default(), o;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        Arena arena = {0};
        mine_options_read(BAD[i], &arena, &o);
        assert_string_equal(o.retriever, usual.retriever);
        assert_null(o.pool_path);
        assert_int_equal(o.per_question, usual.per_question);
        assert_int_equal(o.range_min + o.range_max, 0);
        assert_int_equal(o.seed, usual.seed);
        assert_int_equal(o.splits | o.statuses, 0);
        for (MineFilter f = 0; f < MINE_FILTERS; f++) assert_false(o.has[f]);
        arena_release(&arena);
    }
}

/* ---- the dial ---- */

static void changed(void *context)
{
    ++*(size_t *)context;
}

static void the_dial_counts_and_is_kept(void **state)
{
    Desking *t = *state;
    Mined m;
    size_t changes = 0;
    fill(t->f->s, &m);
    mine(t->f->s, &m, "{\"retriever\":\"bm25\",\"n\":2}");
    DialDesk *x = dial_desk_new(t->d, changed, &changes);
    assert_int_equal(dial_desk_state(x), DIAL_CLOSED);
    dial_desk_open(x);
    assert_int_equal(dial_desk_state(x), DIAL_OPENING);
    until(t->d, dial_desk_state(x) != DIAL_OPENING);
    assert_int_equal(dial_desk_state(x), DIAL_READY);
    assert_true(changes > 0);
    assert_string_equal(dial_desk_mined(x)->retriever, "bm25");
    assert_int_equal(dial_desk_mined(x)->per_question, 2);
    assert_null(dial_desk_answer(x));
    double low, high;
    dial_desk_scores(x, &low, &high);
    assert_true(low < high);

    MineOptions o = *dial_desk_mined(x);
    dial_desk_count(x, &o);
    until(t->d, dial_desk_answer(x));
    const DialAnswer *a = dial_desk_answer(x);
    assert_int_equal(a->counts.questions, QUESTIONS);
    assert_int_equal(a->counts.kept, a->first);
    size_t all = a->counts.kept;
    o.has[MINE_MAX_SCORE] = true;
    o.value[MINE_MAX_SCORE] = low - 1;
    dial_desk_count(x, &o); /* the newer takes the place of the older */
    dial_desk_count(x, &o);
    until(t->d, dial_desk_answer(x)->counts.kept == 0);
    assert_int_equal(dial_desk_answer(x)->first, all); /* whatever filters are set */
    assert_int_equal(dial_desk_answer(x)->counts.starved, QUESTIONS);

    dial_desk_open(x);
    assert_int_equal(dial_desk_state(x), DIAL_READY); /* nothing changed: at once */
    dial_desk_free(x);
}

static void the_dial_sees_a_verdict(void **state)
{
    Desking *t = *state;
    Mined m;
    size_t changes = 0;
    fill(t->f->s, &m);
    mine(t->f->s, &m, "{\"retriever\":\"bm25\",\"n\":11}");
    DialDesk *x = dial_desk_new(t->d, changed, &changes);
    dial_desk_open(x);
    until(t->d, dial_desk_state(x) == DIAL_READY);
    dial_desk_count(x, dial_desk_mined(x));
    until(t->d, dial_desk_answer(x));
    size_t before = dial_desk_answer(x)->counts.candidates;
    uint64_t change = desk_change(t->d);
    Answer done = {0};
    Decision d = {.subject = "verdict",
                  .subject_id = m.questions[0],
                  .other_id = m.chunks[0],
                  .value = "false_negative"};
    desk_decide(t->d, &d, 1, "judge", answered, &done);
    until(t->d, done.calls && desk_change(t->d) != change);
    dial_desk_open(x);
    assert_int_equal(dial_desk_state(x), DIAL_OPENING);
    until(t->d, dial_desk_state(x) == DIAL_READY);
    dial_desk_count(x, dial_desk_mined(x));
    until(t->d, dial_desk_answer(x));
    assert_int_equal(dial_desk_answer(x)->counts.candidates, before - 1);
    dial_desk_free(x);
}

static void the_dial_can_be_left_at_any_time(void **state)
{
    Desking *t = *state;
    Mined m;
    size_t changes = 0;
    DialDesk *x = dial_desk_new(t->d, changed, &changes);
    dial_desk_open(x); /* there is nothing to mine for */
    until(t->d, dial_desk_state(x) != DIAL_OPENING);
    assert_int_equal(dial_desk_state(x), DIAL_FAILED);
    assert_true(*dial_desk_error(x));
    fill(t->f->s, &m);
    dial_desk_open(x);
    dial_desk_stop(x);
    assert_int_equal(dial_desk_state(x), DIAL_CLOSED);
    dial_desk_open(x);
    until(t->d, dial_desk_state(x) == DIAL_READY);
    MineOptions o = *dial_desk_mined(x);
    dial_desk_count(x, &o);
    dial_desk_free(x); /* while it is counted */
    dial_desk_free(NULL);
    x = dial_desk_new(t->d, changed, &changes);
    dial_desk_open(x);
    dial_desk_free(x); /* while it is opened */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(candidates_come_by_rank, desking_open, desking_close),
        cmocka_unit_test_setup_teardown(nothing_there_is_no_error, desking_open, desking_close),
        cmocka_unit_test_setup_teardown(many_are_those_of_the_questions, desking_open,
                                        desking_close),
        cmocka_unit_test(words_say_the_options),
        cmocka_unit_test(a_plain_mining_has_one_word),
        cmocka_unit_test(bad_options_are_the_usual_ones),
        cmocka_unit_test_setup_teardown(the_dial_counts_and_is_kept, desking_open, desking_close),
        cmocka_unit_test_setup_teardown(the_dial_sees_a_verdict, desking_open, desking_close),
        cmocka_unit_test_setup_teardown(the_dial_can_be_left_at_any_time, desking_open,
                                        desking_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
