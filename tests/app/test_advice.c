/* What to do next follows from what is there, in the order of doing it, and can be typed. */
#include "tests/store/fixture.h"

#include "app/advice.h"
#include "app/args.h"
#include "base/arena.h"

static Advice next(const Fixture *f)
{
    Env env = {.store = f->s};
    Counts counts;
    Advice a = {0};
    ok(store_counts(f->s, &counts, err));
    ok(advice_next(&env, &counts, &a, err));
    return a;
}

static Advice care(const Fixture *f)
{
    Env env = {.store = f->s};
    Counts counts;
    Advice a = {0};
    ok(store_counts(f->s, &counts, err));
    ok(advice_care(&env, &counts, &a, err));
    return a;
}

/* A step is a command line that the program understands. */
static void can_be_typed(const AdviceStep *s)
{
    char *argv[16] = {(char *)"hone"};
    int argc = 1;
    Args args;
    for (size_t i = 0; i < s->words.count; i++) argv[argc++] = s->words.items[i];
    if (s->blank) argv[argc++] = (char *)s->blank;
    ok(args_parse(argc, argv, &args, err));
    assert_ptr_equal(args.command, s->command);
    assert_true(s->command->action != ACTION_NONE && s->command->keys);
    assert_true(*s->why);
    args_release(&args);
}

/* The commands of the steps are these, a blank after each; releases a. */
static void same_steps(Advice a, const char *wanted)
{
    Str names = {0};
    for (size_t i = 0; i < a.count; i++) {
        can_be_typed(&a.items[i]);
        str_addf(&names, "%s ", a.items[i].command->name);
    }
    assert_string_equal(str_get(&names), wanted);
    str_release(&names);
    advice_release(&a);
}

static void add_questions(Fixture *f, const char *what, int64_t chunk, Split split,
                          QuestionStatus status, int count)
{
    for (int i = 0; i < count; i++) {
        char *text = str_format("%s %s %d?", what, split_name(split), i);
        QuestionRow row = {.text = text, .origin = ORIGIN_IMPORT, .split = split, .status = status};
        int64_t id = 0;
        ok(question_add(f->s, &row, &id, err));
        ok(relevance_add(f->s, id, chunk, ORIGIN_IMPORT, err));
        free(text);
    }
}

static void add_run(Fixture *f, const char *name)
{
    Arena arena = {0};
    RunRow row = {0}, wanted = {.name = name,
                                .embedder = "lsa",
                                .method = "linear",
                                .loss = "mnrl",
                                .inputs = hash_text(name),
                                .options = "{}",
                                .selection = "val mrr@10",
                                .steps = 1};
    ok(run_begin(f->s, &wanted, &row, &arena, err));
    ok(run_finish(f->s, row.id, "{}", err));
    arena_release(&arena);
}

static void add_table(Fixture *f, int64_t made_ms)
{
    int64_t id;
    EvalRow row = {.made_ms = made_ms,
                   .split = "test",
                   .corpus = "all",
                   .version = "1",
                   .data_hash = "0",
                   .table = "{}"};
    ok(eval_add(f->s, &row, NULL, 0, &id, err));
}

static void an_empty_project_wants_documents(void **state)
{
    Fixture *f = *state;
    Advice a = next(f);
    Str line = {0};
    advice_line(&a.items[0], &line);
    assert_string_equal(str_get(&line), "hone add FOLDER: there are no chunks yet");
    str_release(&line);
    same_steps(a, "add import ");
    same_steps(care(f), "");
}

static void chunks_want_questions_and_a_split(void **state)
{
    Fixture *f = *state;
    int64_t document = add_document(f->s, "a", SPLIT_NONE);
    int64_t chunk = add_chunk(f->s, document, "one", SPLIT_NONE);
    add_chunk(f->s, document, "two", SPLIT_NONE);
    add_chunk(f->s, document, "three", SPLIT_NONE);
    same_steps(next(f), "generate split ");
    add_questions(f, "what", chunk, SPLIT_NONE, QUESTION_PENDING, 1);
    Advice a = next(f);
    assert_string_equal(a.items[1].why, "1 question waits for a decision");
    same_steps(a, "generate questions split ");
}

static void decisions_come_first_while_there_are_few(void **state)
{
    Fixture *f = *state;
    int64_t document = add_document(f->s, "a", SPLIT_TRAIN);
    int64_t chunk = add_chunk(f->s, document, "one", SPLIT_TRAIN);
    add_questions(f, "good", chunk, SPLIT_TRAIN, QUESTION_ACCEPTED, 5);
    add_questions(f, "new", chunk, SPLIT_TRAIN, QUESTION_PENDING, 50);
    same_steps(next(f), "questions mine train ");
    add_questions(f, "better", chunk, SPLIT_TRAIN, QUESTION_ACCEPTED, 40);
    same_steps(next(f), "mine train questions ");
    add_questions(f, "val", chunk, SPLIT_VAL, QUESTION_ACCEPTED, 3);
    Advice a = next(f);
    assert_int_equal(a.items[2].words.count, 3); /* of val: test has no questions */
    same_steps(a, "mine train eval questions ");
    add_questions(f, "test", chunk, SPLIT_TEST, QUESTION_ACCEPTED, 3);
    a = next(f);
    assert_int_equal(a.items[2].words.count, 1);
    same_steps(a, "mine train eval questions ");
}

static void a_new_run_wants_a_table(void **state)
{
    Fixture *f = *state;
    int64_t document = add_document(f->s, "a", SPLIT_TRAIN);
    int64_t chunk = add_chunk(f->s, document, "one", SPLIT_TRAIN);
    add_questions(f, "good", chunk, SPLIT_TRAIN, QUESTION_ACCEPTED, 40);
    add_questions(f, "test", chunk, SPLIT_TEST, QUESTION_ACCEPTED, 3);
    add_table(f, 1000);
    same_steps(next(f), "mine train ");
    add_run(f, "ft");
    Advice a = next(f);
    assert_string_equal(a.items[1].why, "ft is in no table of retrievers yet");
    same_steps(a, "mine eval ");
    add_table(f, 0); /* now */
    same_steps(next(f), "mine ");
}

static void candidates_want_to_be_looked_at(void **state)
{
    Fixture *f = *state;
    int64_t document = add_document(f->s, "a", SPLIT_TRAIN);
    int64_t chunk = add_chunk(f->s, document, "one", SPLIT_TRAIN);
    int64_t other = add_chunk(f->s, document, "two", SPLIT_TRAIN);
    add_questions(f, "good", chunk, SPLIT_TRAIN, QUESTION_ACCEPTED, 40);
    add_run(f, "ft");
    Hash inputs = hash_text("x");
    MiningRow mining;
    ok(mining_begin(f->s, "lsa", &inputs, "{}", &mining, err));
    CandidateRow row = {.question_id = 1, .chunk_id = other, .rank = 1, .score = 0.5};
    ok(mining_add(f->s, mining.id, &row, 1, 1, err));
    ok(mining_finish(f->s, mining.id, "{}", err));
    Advice a = next(f);
    assert_string_equal(a.items[a.count - 1].words.items[1], "status:pending");
    same_steps(a, "candidates ");
}

static void what_is_doubtful_is_said(void **state)
{
    Fixture *f = *state;
    int64_t document = add_document(f->s, "a", SPLIT_TRAIN);
    int64_t chunk = add_chunk(f->s, document, "one", SPLIT_TRAIN);
    add_questions(f, "good", chunk, SPLIT_TRAIN, QUESTION_ACCEPTED, 1);
    same_steps(care(f), "");
    raw(f->path, "UPDATE chunk SET status = 'retired'");
    same_steps(care(f), "chunks ");
}

int main(void)
{
#define IN_A_PROJECT(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        IN_A_PROJECT(an_empty_project_wants_documents),
        IN_A_PROJECT(chunks_want_questions_and_a_split),
        IN_A_PROJECT(decisions_come_first_while_there_are_few),
        IN_A_PROJECT(a_new_run_wants_a_table),
        IN_A_PROJECT(candidates_want_to_be_looked_at),
        IN_A_PROJECT(what_is_doubtful_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
