#include "num/blas_core.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "num/blas.h"
#include "num/numeric.h"

static const CpuFacts SERVER = {.runs = CORE_AVX512, .wanted = CORE_AVX512, .l2_kb = 2048};
static const CpuFacts DESKTOP = {.runs = CORE_AVX2, .wanted = CORE_AVX2, .l2_kb = 512};
static const CpuFacts HALVED = {.runs = CORE_AVX512, .wanted = CORE_AVX2, .l2_kb = 1024};
static const CpuFacts BLIND = {.runs = CORE_AVX2, .wanted = CORE_AVX2, .l2_kb = 0};
static const CpuFacts OLD = {.runs = CORE_BASIC, .wanted = CORE_BASIC, .l2_kb = 512};

typedef struct Case {
    const CpuFacts *cpu;
    CoreState state;          /* core, tried, l2_set, products_right */
    const char *restart_with; /* NULL: keep */
    bool set_l2;
} Case;

static void each_case_has_its_choice(void **state)
{
    (void)state;
    const Case cases[] = {
        /* right from the start */
        {&SERVER, {"SkylakeX", NULL, false, true}, NULL, false},
        {&SERVER, {"Cooperlake", NULL, false, true}, NULL, false},
        {&DESKTOP, {"Zen", NULL, false, true}, NULL, false},
        {&HALVED, {"Zen", NULL, false, true}, NULL, false},
        {&OLD, {"Core2", NULL, false, true}, NULL, false},
        /* taken for something slower */
        {&SERVER, {"Prescott", NULL, false, true}, "SkylakeX", false},
        {&SERVER, {"Haswell", NULL, false, true}, "SkylakeX", false},
        {&DESKTOP, {"Atom", NULL, false, true}, "Haswell", false},
        {&DESKTOP, {"Excavator", NULL, false, true}, "Haswell", false},
        {&HALVED, {"a name of the future", NULL, false, true}, "Haswell", false},
        /* taken for something that it cannot execute */
        {&DESKTOP, {"SkylakeX", NULL, false, true}, "Haswell", false},
        /* or for something that is slower on it */
        {&HALVED, {"Cooperlake", NULL, false, true}, "Haswell", false},
        /* the setting had no effect */
        {&SERVER, {"Prescott", "SkylakeX", false, true}, NULL, false},
        {&SERVER, {"Prescott", "SkylakeX", false, false}, NULL, false},
        {&DESKTOP, {"SkylakeX", "Haswell", false, true}, NULL, false},
        /* wrong products: one step down each time, then an end */
        {&SERVER, {"SkylakeX", NULL, false, false}, "Haswell", false},
        {&SERVER, {"SkylakeX", "SkylakeX", false, false}, "Haswell", false},
        {&SERVER, {"Haswell", "Haswell", false, false}, "Sandybridge", false},
        {&SERVER, {"Haswell", "Haswell", false, true}, NULL, false},
        {&SERVER, {"Sandybridge", "Sandybridge", false, false}, NULL, false},
        {&OLD, {"Core2", NULL, false, false}, NULL, false},
        /* a second-level cache of nothing */
        {&BLIND, {"Haswell", NULL, false, true}, "Haswell", true},
        {&BLIND, {"Prescott", NULL, false, true}, "Haswell", true},
        {&BLIND, {"Haswell", NULL, true, true}, NULL, false},
        {&BLIND, {"Haswell", "Haswell", true, true}, NULL, false},
        {&BLIND, {"Haswell", "Haswell", true, false}, "Sandybridge", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CoreChoice choice = core_choose(cases[i].cpu, &cases[i].state);
        if (choice.restart != (cases[i].restart_with != NULL)) fail_msg("case %zu", i);
        if (!choice.restart) continue;
        assert_string_equal(choice.core, cases[i].restart_with);
        assert_int_equal(choice.set_l2, cases[i].set_l2);
    }
}

/* Whatever the CPU, the core and the products are, the program ends up running. */
static void every_chain_of_restarts_ends(void **state)
{
    (void)state;
    const char *const cores[] = {"Prescott", "Sandybridge", "Zen",
                                 "Haswell",  "SkylakeX",    "Unknown"};
    for (size_t start = 0; start < sizeof cores / sizeof *cores; start++)
        for (int runs = CORE_BASIC; runs <= CORE_AVX512; runs++)
            for (int wanted = CORE_BASIC; wanted <= runs; wanted++)
                for (int flags = 0; flags < 8; flags++) {
                    const CpuFacts cpu = {.runs = (CoreLevel)runs,
                                          .wanted = (CoreLevel)wanted,
                                          .l2_kb = flags & 1 ? 0 : 512};
                    CoreState s = {cores[start], NULL, false, flags >> 1 & 1};
                    size_t restarts = 0;
                    for (CoreChoice c; (c = core_choose(&cpu, &s)).restart; restarts++) {
                        assert_true(restarts < 6);
                        s.tried = c.core ? c.core : s.core;
                        if (!(flags & 4)) s.core = s.tried; /* else the setting is not heard */
                        s.l2_set = s.l2_set || c.set_l2;
                    }
                }
}

static void names_have_levels(void **state)
{
    (void)state;
    for (int level = CORE_AVX; level <= CORE_AVX512; level++)
        assert_int_equal(core_level(core_name((CoreLevel)level)), level);
    assert_null(core_name(CORE_BASIC));
    assert_int_equal(core_level("HASWELL"), CORE_AVX2);
    assert_int_equal(core_level(""), CORE_BASIC);
}

static void this_cpu_makes_sense(void **state)
{
    (void)state;
    CpuFacts cpu = cpu_facts();
    assert_true(cpu.wanted <= cpu.runs);
    assert_true(cpu.name[0] && cpu.name[0] != ' ');
    assert_true(cpu.name[strlen(cpu.name) - 1] != ' ');
}

typedef struct Answer {
    char core[32], wanted[32], argument[64];
    int mended, right;
} Answer;

/* This program again with --probe, on the core that OpenBLAS is told to take. own_marker: the
 * marker that the process would have set itself; else marker as it is, NULL for none. */
static Answer probe(const char *core, const char *marker, const char *own_marker)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char own[64];
        snprintf(own, sizeof own, "%lld:%s", (long long)getpid(), own_marker ? own_marker : "");
        if (own_marker) marker = own;
        if (marker) setenv("HONE_BLAS_TRIED", marker, 1);
        setenv("OPENBLAS_CORETYPE", core, 1);
        dup2(ends[1], STDOUT_FILENO);
        execl("/proc/self/exe", "test_blas_core", "--probe", "two words", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    char text[512] = {0};
    size_t size = 0;
    for (ssize_t got; (got = read(ends[0], text + size, sizeof text - 1 - size)) > 0;)
        size += (size_t)got;
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    Answer answer = {0};
    int fields = sscanf(text, "%31s %31s %d %d %63[^\n]", answer.core, answer.wanted,
                        &answer.mended, &answer.right, answer.argument);
    assert_int_equal(fields, 5);
    assert_string_equal(answer.argument, "two words"); /* arguments survive the restart */
    return answer;
}

static bool can_be_mistaken(void)
{
    return cpu_facts().wanted > CORE_BASIC && strstr(blas_info().config, "DYNAMIC_ARCH");
}

static void a_slow_core_is_noticed_and_mended(void **state)
{
    (void)state;
    if (!can_be_mistaken()) skip();
    const char *const slow[] = {"Prescott", "Core2", "Nehalem", "Atom"};
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++) {
        Answer answer = probe(slow[i], NULL, NULL);
        assert_true(core_level(answer.core) >= cpu_facts().wanted);
        assert_string_equal(answer.core, answer.wanted);
        assert_int_equal(answer.mended, 1);
        assert_int_equal(answer.right, 1);
    }
}

static void the_right_core_is_left_alone(void **state)
{
    (void)state;
    if (!can_be_mistaken()) skip();
    Answer answer = probe(core_name(cpu_facts().wanted), NULL, NULL);
    assert_int_equal(answer.mended, 0);
    assert_int_equal(answer.right, 1);
}

static void a_marker_of_another_process_counts_for_nothing(void **state)
{
    (void)state;
    if (!can_be_mistaken()) skip();
    const char *const markers[] = {"1:Haswell", "", "nonsense", "0x:", ":::"};
    for (size_t i = 0; i < sizeof markers / sizeof *markers; i++) {
        Answer answer = probe("Prescott", markers[i], NULL);
        assert_int_equal(answer.mended, 1);
        assert_int_equal(answer.right, 1);
    }
}

static void a_restart_without_effect_is_not_repeated(void **state)
{
    (void)state;
    if (!can_be_mistaken()) skip();
    Answer answer = probe("Prescott", NULL, core_name(cpu_facts().wanted));
    assert_string_equal(answer.core, "Prescott");
    assert_int_equal(answer.mended, 0);
    assert_int_equal(answer.right, 0);
}

static int answer_probe(char **argv)
{
    blas_start(argv);
    BlasInfo info = blas_info();
    printf("%s %s %d %d %s\n", info.core, info.wanted, info.mended, info.right,
           argv[2] ? argv[2] : "");
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--probe") == 0) return answer_probe(argv);
    blas_start(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_has_its_choice),
        cmocka_unit_test(every_chain_of_restarts_ends),
        cmocka_unit_test(names_have_levels),
        cmocka_unit_test(this_cpu_makes_sense),
        cmocka_unit_test(a_slow_core_is_noticed_and_mended),
        cmocka_unit_test(the_right_core_is_left_alone),
        cmocka_unit_test(a_marker_of_another_process_counts_for_nothing),
        cmocka_unit_test(a_restart_without_effect_is_not_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
