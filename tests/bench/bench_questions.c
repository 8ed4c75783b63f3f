/* Lyft as train, Uber as test; the Chinese set; the same commands as a user would type. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

#define SEEDS 5

static double total_s, largest_mb;

static Cost counted(Bench *b, Cost c)
{
    (void)b;
    total_s += c.wall_s;
    if (c.peak_mb > largest_mb) largest_mb = c.peak_mb;
    return c;
}

static double metric(const Cost *c, const char *retriever, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "retrievers.%s.metrics.%s", retriever, name);
    return json_number(str_get((Str *)&c->out), path);
}

static void untrained(Bench *b, const Cost *eval)
{
    bench_row(b, "Uber: bm25 hit@5", metric(eval, "bm25", "accuracy@5"), "", true, 0.885);
    bench_row(b, "Uber: bm25 MRR@10", metric(eval, "bm25", "mrr@10"), "", true, 0.765);
    bench_row(b, "Uber: tfidf hit@5", metric(eval, "tfidf", "accuracy@5"), "", true, 0.905);
    bench_row(b, "Uber: tfidf MRR@10", metric(eval, "tfidf", "mrr@10"), "", true, 0.780);
    bench_row(b, "Uber: lsa hit@5", metric(eval, "lsa", "accuracy@5"), "", true, 0.900);
    bench_row(b, "Uber: lsa MRR@10", metric(eval, "lsa", "mrr@10"), "", true, 0.755);
}

static void seeds(Bench *b)
{
    double hit = 0, mrr = 0, fused = 0, seconds = 0;
    for (int s = 1; s <= SEEDS; s++) {
        Cost train = bench_run(b,
                               "-p p.hone train -q --embedder lsa --method linear --name ft%d "
                               "--epochs 8 --batch 64 --lr 1e-3 --seed %d --json",
                               s, s);
        seconds += json_number(str_get(&train.out), "seconds") / SEEDS;
        Cost eval = bench_run(
            b, "-p p.hone eval -q --split test --corpus split --json ft%d bm25+ft%d", s, s);
        char name[32], both[32];
        snprintf(name, sizeof name, "ft%d", s);
        snprintf(both, sizeof both, "bm25+ft%d", s);
        hit += metric(&eval, name, "accuracy@5") / SEEDS;
        mrr += metric(&eval, name, "mrr@10") / SEEDS;
        fused += metric(&eval, both, "mrr@10") / SEEDS;
        Cost compare =
            bench_run(b, "-p p.hone compare -q --split test --corpus split lsa %s --json", name);
        const char *json = str_get(&compare.out);
        bench_say("seed %d: hit@5 %.4f, MRR@10 %.4f; against lsa MRR@10 %+.4f, p %.3f; hit@5 "
                  "%+.4f, p %.3f",
                  s, metric(&eval, name, "accuracy@5"), metric(&eval, name, "mrr@10"),
                  json_number(json, "delta.mrr@10"), json_number(json, "p_value.mrr@10"),
                  json_number(json, "delta.accuracy@5"), json_number(json, "p_value.accuracy@5"));
        cost_release(&train);
        cost_release(&eval);
        cost_release(&compare);
    }
    bench_row(b, "Uber: linear adapter on lsa hit@5, mean of 5 seeds", hit, "", true, 0.912);
    bench_row(b, "Uber: linear adapter on lsa MRR@10, mean of 5 seeds", mrr, "", true, 0.768);
    bench_row(b, "Uber: bm25 + that adapter MRR@10, mean of 5 seeds", fused, "", true, 0.800);
    bench_row(b, "that adapter's training, cached vectors", seconds, "s", false, 0.3);
}

/* Trained only on offline questions about Uber's own chunks, tested on Uber's real questions. */
static void offline_questions(Bench *b)
{
    Cost steps[] = {
        bench_run(b, "-p o.hone init -q"),
        bench_run(b, "-p o.hone import -q --split test %s/uber_2021_val.json", b->data),
        bench_run(b, "-p o.hone generate -q --generator offline --all --into train -n 4 --accept"),
        bench_run(b,
                  "-p o.hone train -q --embedder lsa --method linear --name own --seed 1 --json"),
        bench_run(b, "-p o.hone compare -q --split test --corpus split lsa own --json"),
    };
    const char *json = str_get(&steps[4].out);
    bench_say("offline questions only: MRR@10 %+.4f (p %.3f), hit@5 %+.4f (p %.3f)",
              json_number(json, "delta.mrr@10"), json_number(json, "p_value.mrr@10"),
              json_number(json, "delta.accuracy@5"), json_number(json, "p_value.accuracy@5"));
    bool worse =
        json_number(json, "delta.mrr@10") < 0 && json_number(json, "p_value.mrr@10") < 0.05;
    bench_row(b, "offline questions: significantly worse than lsa (1 is yes)", worse, "", false, 0);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) cost_release(&steps[i]);
}

static void chinese(Bench *b)
{
    Cost a = bench_run(b, "-p z.hone init -q"),
         i = bench_run(b, "-p z.hone import -q --split val %s/cmrc2018_trial.json", b->data);
    Cost e = bench_run(b, "-p z.hone eval -q --split val --corpus split --json bm25 lsa");
    bench_row(b, "cmrc2018_trial: bm25 MRR@10", metric(&e, "bm25", "mrr@10"), "", true, 0.970);
    bench_row(b, "cmrc2018_trial: lsa hit@5", metric(&e, "lsa", "accuracy@5"), "", true, 0.985);
    cost_release(&a);
    cost_release(&i);
    cost_release(&e);
}

void bench_questions(Bench *b)
{
    if (!b->data) {
        bench_say("HONE_DATA is not set: the question sets are left out");
        return;
    }
    Cost steps[] = {
        counted(b, bench_run(b, "-p p.hone init -q")),
        counted(b,
                bench_run(b, "-p p.hone import -q --split train %s/lyft_2021_train.json", b->data)),
        counted(b, bench_run(b, "-p p.hone import -q --split test %s/uber_2021_val.json", b->data)),
        counted(b, bench_run(b, "-p p.hone build lsa -q")),
        counted(b, bench_run(b, "-p p.hone mine -q --retriever lsa --json")),
        counted(b, bench_run(b, "-p p.hone train -q --embedder lsa --method linear --name ft-lsa "
                                "--epochs 8 --batch 64 --lr 1e-3 --seed 1 --json")),
        counted(b, bench_run(b, "-p p.hone eval -q --split test --corpus split --json bm25 tfidf "
                                "lsa ft-lsa bm25+ft-lsa")),
    };
    size_t last = sizeof steps / sizeof *steps - 1;
    untrained(b, &steps[last]);
    seeds(b);
    bench_row(b, "import both, build lsa, mine, train, evaluate five: all processes", total_s, "s",
              false, 20);
    bench_row(b, "the same: largest process", largest_mb, "MB", false, 500);
    offline_questions(b);
    chinese(b);
    for (size_t i = 0; i <= last; i++) cost_release(&steps[i]);
}
