/* 100,000 chunks of about 120 words and 10,000 questions: made here from a seed, with topics, so
 * that questions have one right chunk. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/pool.h"
#include "base/rng.h"
#include "bench.h"
#include "retrieve/retriever.h"
#include "store/corpus.h"
#include "store/questions.h"

#define CHUNKS 100000
#define QUESTIONS 10000
#define WORDS_A_CHUNK 120
#define VOCABULARY 120000
#define TOPICS 2000
#define TOPIC_WORDS 60
#define RESIDENT_QUERIES 200

/* A made-up word for a number: syllables, so that words share character n-grams as real ones do. */
static void add_word(Str *s, uint64_t number)
{
    static const char *const SYLLABLES[] = {"ba", "con", "der", "es",  "fi",  "ga", "hu",  "in",
                                            "jo", "kel", "lo",  "mar", "ne",  "or", "pra", "qui",
                                            "ra", "ser", "ti",  "un",  "ver", "wa", "xe",  "yo",
                                            "zu", "al",  "bri", "cho", "da",  "el", "fo",  "gra"};
    do {
        str_add(s, SYLLABLES[number % 32]);
        number /= 32;
    } while (number);
}

/* Word numbers by Zipf's law, roughly. */
static uint64_t zipf(Rng *r)
{
    return (uint64_t)pow((double)VOCABULARY, rng_unit(r)) - 1;
}

static uint64_t chunk_word(Rng *r, size_t topic)
{
    if (rng_unit(r) < 0.35)
        return hash_mix(topic * TOPIC_WORDS + rng_below(r, TOPIC_WORDS)) % VOCABULARY;
    return zipf(r);
}

static FILE *create(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file) exit(1);
    return file;
}

/* A BEIR folder "large" in the scratch folder. */
static void write_set(const char *folder)
{
    char path[512];
    snprintf(path, sizeof path, "%s/large", folder);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/large/qrels", folder);
    mkdir(path, 0777);
    FILE *corpus = create(folder, "large/corpus.jsonl"),
         *queries = create(folder, "large/queries.jsonl");
    FILE *qrels = create(folder, "large/qrels/train.tsv");
    fprintf(qrels, "query-id\tcorpus-id\tscore\n");
    Str chunk = {0}, question = {0};
    for (size_t c = 0; c < CHUNKS; c++) {
        Rng r = rng_make(1, c);
        size_t topic = rng_below(&r, TOPICS);
        str_clear(&chunk);
        str_clear(&question);
        for (size_t w = 0; w < WORDS_A_CHUNK; w++) {
            uint64_t word = chunk_word(&r, topic);
            if (w) str_add(&chunk, w % 14 ? " " : ". ");
            add_word(&chunk, word);
            if (w % 12 != 5) continue;
            if (question.size) str_add(&question, " ");
            add_word(&question, word);
        }
        fprintf(corpus, "{\"_id\":\"c%zu\",\"title\":\"\",\"text\":\"%s\"}\n", c, str_get(&chunk));
        if (c % (CHUNKS / QUESTIONS)) continue;
        fprintf(queries, "{\"_id\":\"q%zu\",\"text\":\"%s\"}\n", c, str_get(&question));
        fprintf(qrels, "q%zu\tc%zu\t1\n", c, c);
    }
    str_release(&chunk);
    str_release(&question);
    fclose(corpus);
    fclose(queries);
    fclose(qrels);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One query at a time on an open retriever: the median in milliseconds. */
static double resident_ms(const Env *env, const char *name, const CorpusView *view,
                          const QuestionRows *questions)
{
    Retriever *r = NULL;
    Err err = {0};
    if (!retriever_open(env, name, view, &r, &err)) {
        bench_say("%s: %s", name, err.message);
        exit(1);
    }
    double ms[RESIDENT_QUERIES];
    for (size_t i = 0; i < RESIDENT_QUERIES; i++) {
        Results results = {0};
        const char *query = questions->items[i * (questions->count / RESIDENT_QUERIES)].text;
        double start = clock_s();
        if (!retriever_search(env, r, &query, 1, 10, &results, &err)) exit(1);
        ms[i] = 1000 * (clock_s() - start);
        results_release(&results);
    }
    qsort(ms, RESIDENT_QUERIES, sizeof *ms, by_value);
    retriever_close(r);
    return ms[RESIDENT_QUERIES / 2];
}

static void resident(Bench *b)
{
    char path[512];
    snprintf(path, sizeof path, "%s/large.hone", b->folder);
    Err err = {0};
    Env env = {.pool = pool_new(0)};
    ChunkRows chunks = {0};
    QuestionRows questions = {0};
    CorpusView view;
    if (!store_open(path, &env.store, &err) ||
        !chunks_load(env.store, &(ChunkQuery){0}, &chunks, &err) ||
        !questions_load(env.store, &(QuestionQuery){0}, &questions, &err)) {
        bench_say("%s", err.message);
        exit(1);
    }
    corpus_view_chunks(&chunks, &view);
    bench_row(b, "100,000 chunks, resident: one bm25 query, median",
              resident_ms(&env, "bm25", &view, &questions), "ms", false, 10);
    bench_row(b, "100,000 chunks, resident: one lsa query, median",
              resident_ms(&env, "lsa", &view, &questions), "ms", false, 20);
    corpus_view_release(&view);
    rows_release(&questions);
    rows_release(&chunks);
    store_close(env.store);
    pool_free(env.pool);
}

void bench_large(Bench *b)
{
    write_set(b->folder);
    Cost init = bench_run(b, "-p large.hone init -q");
    Cost import = bench_run(b, "-p large.hone import -q large");
    bench_say("100,000 chunks: import %.1f s, %.0f MB", import.wall_s, import.peak_mb);
    Cost lsa = bench_run(b, "-p large.hone build lsa -q");
    Cost mine = bench_run(b, "-p large.hone mine -q --retriever lsa");
    Cost eval = bench_run(b, "-p large.hone eval -q --split train --json bm25 lsa");
    bench_say("100,000 chunks: bm25 MRR@10 %.3f, lsa MRR@10 %.3f",
              json_number(str_get(&eval.out), "retrievers.bm25.metrics.mrr@10"),
              json_number(str_get(&eval.out), "retrievers.lsa.metrics.mrr@10"));
    bench_row(b, "100,000 chunks: build lsa", lsa.wall_s, "s", false, 120);
    bench_row(b, "100,000 chunks, 10,000 questions: mine with lsa", mine.wall_s, "s", false, 30);
    bench_row(b, "100,000 chunks, 10,000 questions: evaluate bm25 and lsa", eval.wall_s, "s", false,
              60);
    bench_say("peaks: import %.0f MB, build lsa %.0f, mine %.0f, eval %.0f", import.peak_mb,
              lsa.peak_mb, mine.peak_mb, eval.peak_mb);
    double peak = fmax(fmax(import.peak_mb, lsa.peak_mb), fmax(mine.peak_mb, eval.peak_mb));
    bench_row(b, "100,000 chunks: largest process", peak, "MB", false, 2048);
    resident(b);
    Cost *all[] = {&init, &import, &lsa, &mine, &eval};
    for (size_t i = 0; i < 5; i++) cost_release(all[i]);
}
