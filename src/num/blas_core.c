#include "num/blas_core.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const char *const NAME_OF_LEVEL[] = {
    [CORE_BASIC] = NULL,
    [CORE_AVX] = "Sandybridge",
    [CORE_AVX2] = "Haswell",
    [CORE_AVX512] = "SkylakeX",
};

static const struct {
    const char *core;
    CoreLevel level;
} CORES[] = {
    {"Sandybridge", CORE_AVX},   {"Bulldozer", CORE_AVX},
    {"Piledriver", CORE_AVX},    {"Steamroller", CORE_AVX},
    {"Excavator", CORE_AVX},     {"Haswell", CORE_AVX2},
    {"Zen", CORE_AVX2},          {"SkylakeX", CORE_AVX512},
    {"Cooperlake", CORE_AVX512}, {"SapphireRapids", CORE_AVX512},
};

CoreLevel core_level(const char *core)
{
    for (size_t i = 0; i < sizeof CORES / sizeof *CORES; i++)
        if (strcasecmp(core, CORES[i].core) == 0) return CORES[i].level;
    return CORE_BASIC;
}

const char *core_name(CoreLevel level)
{
    return NAME_OF_LEVEL[level];
}

bool core_unlikely_l2(size_t l2_kb)
{
    return l2_kb < 64;
}

#if defined(__x86_64__)

/* The builtins ask the system too (xgetbv): registers that it does not save cannot be used. */
static CoreLevel level_runs(void)
{
    if (!__builtin_cpu_supports("avx")) return CORE_BASIC;
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return CORE_AVX;
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                  __builtin_cpu_supports("avx512cd");
    return avx512 ? CORE_AVX512 : CORE_AVX2;
}

static unsigned cpu_family(unsigned eax)
{
    unsigned base = eax >> 8 & 15;
    return base == 15 ? base + (eax >> 20 & 255) : base;
}

static CoreLevel level_wanted(CoreLevel runs, bool amd, unsigned family)
{
    const unsigned bulldozer = 0x15,
                   zen3_and_4 = 0x19; /* the two of AMD that halve their widest vectors */
    if (amd && family == bulldozer && runs > CORE_AVX) return CORE_AVX;
    if (amd && family == zen3_and_4 && runs > CORE_AVX2) return CORE_AVX2;
    return runs;
}

static void read_name(char name[64])
{
    unsigned words[12] = {0};
    for (unsigned i = 0; i < 3; i++)
        __get_cpuid(0x80000002u + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2],
                    &words[4 * i + 3]);
    const char *text = (const char *)words;
    size_t first = 0, size = strnlen(text, sizeof words);
    while (first < size && text[first] == ' ') first++;
    while (size > first && text[size - 1] == ' ') size--;
    memcpy(name, text + first, size - first);
    name[size - first] = '\0';
}

CpuFacts cpu_facts(void)
{
    CpuFacts cpu = {.runs = level_runs()};
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    __get_cpuid(0, &eax, &ebx, &ecx, &edx);
    bool amd = ebx == signature_AMD_ebx && ecx == signature_AMD_ecx && edx == signature_AMD_edx;
    __get_cpuid(1, &eax, &ebx, &ecx, &edx);
    cpu.wanted = level_wanted(cpu.runs, amd, cpu_family(eax));
    if (__get_cpuid(0x80000006u, &eax, &ebx, &ecx, &edx)) cpu.l2_kb = ecx >> 16;
    read_name(cpu.name);
    return cpu;
}

#else

/* Elsewhere OpenBLAS's own choice stands. */
CpuFacts cpu_facts(void)
{
    return (CpuFacts){
        .runs = CORE_AVX512, .wanted = CORE_BASIC, .l2_kb = SIZE_MAX, .name = "not x86"};
}

#endif

CoreChoice core_choose(const CpuFacts *cpu, const CoreState *state)
{
    const CoreChoice keep = {0};
    CoreLevel level = core_level(state->core);
    if (state->tried && level != core_level(state->tried))
        return keep; /* the setting is not heard */
    bool blind = core_unlikely_l2(cpu->l2_kb) && !state->l2_set;
    bool set_l2 = core_unlikely_l2(cpu->l2_kb);
    if (!state->tried && (level != cpu->wanted || blind))
        return (CoreChoice){true, core_name(cpu->wanted), set_l2};
    if (state->products_right) return keep;
    if (level <= CORE_AVX) return keep; /* nothing lower is worth a try */
    return (CoreChoice){true, core_name(level - 1), set_l2};
}
