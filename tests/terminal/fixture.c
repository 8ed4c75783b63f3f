#include "fixture.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "fixture_text.h"
#include "model/lsa.h"
#include "store/corpus.h"
#include "store/journal.h"
#include "store/mining.h"
#include "store/questions.h"
#include "store/runs.h"
#include "store/vectors.h"

#define TIME_MS INT64_C(1767258000000) /* 2026-01-01 09:00 UTC, of everything */
#define MINUTE_MS INT64_C(60000)
#define CANDIDATES 4 /* of each accepted question */
#define CHUNKS_MOST 64
#define QUESTIONS_MOST 64

typedef struct Made {
    Store *s;
    const FixtureCorpus *corpus;
    int64_t chunks[CHUNKS_MOST], questions[QUESTIONS_MOST];
    Split splits[CHUNKS_MOST];
    size_t chunk_count;
} Made;

/* ---- documents, chunks, questions ---- */

/* The document's text is its chunks with an empty line between. */
static char *document_text_of(const FixtureDocument *d)
{
    Str text = {0};
    for (size_t i = 0; i < d->count; i++) {
        if (i) str_add(&text, "\n\n");
        str_add(&text, d->chunks[i].text);
    }
    return str_take(&text);
}

static int64_t words_of(const char *text)
{
    int64_t n = 0;
    for (size_t at = 0, size = strlen(text); at < size; at++)
        n += text[at] == ' ' || (text[at] & 0xF0) == 0xE0;
    return n + 1;
}

static bool add_chunk(Made *m, int64_t document_id, const FixtureDocument *d, size_t i, int64_t *at,
                      Err *err)
{
    const FixtureChunk *c = &d->chunks[i];
    int64_t size = (int64_t)utf8_count(c->text, strlen(c->text));
    ChunkRow row = {.document_id = document_id,
                    .ordinal = (int64_t)i,
                    .text = c->text,
                    .heading = c->heading,
                    .char_first = *at,
                    .char_end = *at + size,
                    .page_first = c->page,
                    .page_last = c->page,
                    .tokens = words_of(c->text),
                    .split = d->split};
    *at += size + 2;
    m->splits[m->chunk_count] = d->split;
    return chunk_add(m->s, &row, &m->chunks[m->chunk_count++], err);
}

static bool add_documents(Made *m, Err *err)
{
    for (size_t i = 0; i < m->corpus->document_count; i++) {
        const FixtureDocument *d = &m->corpus->documents[i];
        char *text = document_text_of(d), *path = str_format("/fixture/%s", d->name);
        DocumentRow row = {.key = path,
                           .path = path,
                           .title = d->title,
                           .format = d->format,
                           .encoding = "UTF-8",
                           .size_bytes = (int64_t)strlen(text),
                           .modified_ms = TIME_MS,
                           .added_ms = TIME_MS,
                           .split = d->split,
                           .pages = d->chunks[d->count - 1].page,
                           .text = text};
        int64_t id = 0, at = 0;
        bool ok = document_put(m->s, &row, &id, err);
        for (size_t k = 0; ok && k < d->count; k++) ok = add_chunk(m, id, d, k, &at, err);
        free(text);
        free(path);
        if (!ok) return false;
    }
    return true;
}

static bool add_questions(Made *m, Err *err)
{
    for (size_t i = 0; i < m->corpus->question_count; i++) {
        const FixtureQuestion *q = &m->corpus->questions[i];
        QuestionRow row = {.text = q->text,
                           .origin = ORIGIN_OFFLINE,
                           .kind = q->kind,
                           .source = m->corpus->source,
                           .why_flagged = q->why,
                           .status = q->status,
                           .split = m->splits[q->chunk],
                           .made_ms = TIME_MS + MINUTE_MS};
        Doubts doubts = {.known = true,
                         .own_rank = q->own_rank,
                         .copied = q->copied,
                         .twin_id = q->twin ? m->questions[q->twin - 1] : 0,
                         .twin_score = q->twin ? .91 : 0,
                         .nameless = q->nameless,
                         .doubt = q->doubt};
        if (!question_add(m->s, &row, &m->questions[i], err) ||
            !relevance_add(m->s, m->questions[i], m->chunks[q->chunk], ORIGIN_OFFLINE, err) ||
            !doubts_put(m->s, m->questions[i], &doubts, err))
            return false;
    }
    return true;
}

/* ---- candidates and verdicts ---- */

static CandidateRow candidate_of(const Made *m, size_t question, size_t k)
{
    size_t own = m->corpus->questions[question].chunk;
    double positive = .62 + .01 * (double)(question % 9);
    double score = positive + .04 - .055 * (double)k - .01 * (double)(question % 4);
    return (CandidateRow){.question_id = m->questions[question],
                          .chunk_id = m->chunks[(own + 1 + k * 2 + question % 2) % m->chunk_count],
                          .rank = (int64_t)(k * (k + 1) / 2 + 1),
                          .score = score,
                          .positive_score = positive,
                          .margin = score - positive,
                          .suspect = score >= .95 * positive};
}

static bool add_candidates(Made *m, Err *err)
{
    static const char OPTIONS[] = "{\"retriever\":\"lsa\",\"range_min\":0,\"range_max\":0,\"n\":4,"
                                  "\"sampling\":\"top\",\"fallback\":\"none\",\"seed\":1}";
    Hash inputs = {{1}};
    MiningRow mining;
    if (!mining_begin(m->s, "lsa", &inputs, OPTIONS, &mining, err)) return false;
    size_t questions = 0, count = 0, suspects = 0;
    for (size_t i = 0; i < m->corpus->question_count; i++) {
        if (m->corpus->questions[i].status != QUESTION_ACCEPTED) continue;
        CandidateRow rows[CANDIDATES];
        size_t n = 0;
        for (size_t k = 0; k < CANDIDATES && k * 2 + 2 < m->chunk_count; k++) {
            rows[n] = candidate_of(m, i, k);
            suspects += rows[n].suspect;
            n += rows[n].chunk_id != m->chunks[m->corpus->questions[i].chunk];
        }
        if (!mining_add(m->s, mining.id, rows, n, m->questions[i], err)) return false;
        questions++;
        count += n;
    }
    char *report =
        str_format("{\"questions\":%zu,\"candidates\":%zu,\"per_filter\":{\"absolute_margin\":0,"
                   "\"relative_margin\":0,\"max_score\":0,\"min_score\":0},\"suspects\":%zu,"
                   "\"short\":0,\"random\":0}",
                   questions, count, suspects);
    bool ok = mining_finish(m->s, mining.id, report, err);
    free(report);
    return ok;
}

static bool add_verdicts(Made *m, Err *err)
{
    static const char *const VALUES[] = {"kept", "kept", "false_negative", "kept", "promoted"};
    CandidateRows rows = {0};
    if (!candidates_load(m->s, &(CandidateQuery){0}, &rows, err)) return false;
    bool ok = true;
    for (size_t i = 0; ok && i < rows.count / 3; i++) {
        Decision d = {.subject = "verdict",
                      .subject_id = rows.items[i].question_id,
                      .other_id = rows.items[i].chunk_id,
                      .value = VALUES[i % 5]};
        char *label = str_format("%s candidate %d", VALUES[i % 5], (int)rows.items[i].id);
        int64_t group;
        ok = decide(m->s, &d, 1, label, &group, err);
        free(label);
    }
    rows_release(&rows);
    return ok;
}

/* ---- runs ---- */

typedef struct FixtureRun {
    const char *name, *method, *state, *message;
    int64_t step, steps;
    double start, gain; /* of mrr@10 on val */
} FixtureRun;

static const FixtureRun RUNS[] = {
    {"ft-lsa", "linear", "done", NULL, 400, 400, .742, .031},
    {"ft-low-rank", "low-rank", "done", NULL, 400, 400, .742, .012},
    {"ft-table", "table", "failed", "the loss is not a number at step 37; a lower --lr helps", 37,
     400, .742, -.2},
    {"ft-lsa-2", "linear", "stopped", NULL, 180, 800, .742, .040},
};

/* Between -1 and 1, the same everywhere. */
static double noise(uint32_t n)
{
    n = n * 2654435761u ^ n >> 13;
    n *= 2246822519u;
    n ^= n >> 16;
    return (double)n / 2147483648.0 - 1;
}

static bool add_series(Store *s, const FixtureRun *r, int64_t run_id, Err *err)
{
    for (int64_t step = 1; step <= r->step; step++) {
        double t = (double)step / (double)r->steps;
        uint32_t seed = (uint32_t)(run_id * 1000 + step);
        int64_t at = TIME_MS + run_id * 10 * MINUTE_MS + step * 20;
        double loss = .4 + 2 / (1 + 9 * t) + .15 * noise(seed);
        MetricRow rows[] = {{step, "loss", loss, at},
                            {step, "lr", 1e-3 * (t < .1 ? t * 10 : 1.1 * (1 - t)), at},
                            {step, "gradient_norm", .5 + .3 / (.2 + t) + .1 * noise(seed + 7), at}};
        if (!metrics_add(s, run_id, rows, 3, err)) return false;
    }
    for (int64_t step = 0; step <= r->step; step += 20) {
        double t = (double)step / (double)r->steps, rise = t < .6 ? t / .6 : 1 - (t - .6) / 4;
        uint32_t seed = (uint32_t)(run_id * 77 + step);
        int64_t at = TIME_MS + run_id * 10 * MINUTE_MS + step * 20;
        MetricRow rows[] = {
            {step, "val mrr@10", r->start + r->gain * rise + .002 * noise(seed), at},
            {step, "val loss", 1.9 - .6 * rise + .01 * noise(seed + 3), at}};
        if (!metrics_add(s, run_id, rows, 2, err)) return false;
    }
    return true;
}

static char *run_report(const FixtureRun *r)
{
    return str_format(
        "{\"name\":\"%s\",\"method\":\"%s\",\"loss\":\"mnrl\",\"questions\":7,\"pairs\":7,"
        "\"negatives\":12,"
        "\"masked\":0,\"steps\":%d,\"epochs\":8,\"seconds\":8.5,\"tokens_per_second\":120000,"
        "\"selection\":\"val: 6 questions, 4 chunks searched\",\"best\":{\"step\":240,\"metric\":"
        "\"log_likelihood\",\"value\":-1.31,\"mrr@10\":%.4f},\"baseline\":{\"metric\":\"log_"
        "likelihood\","
        "\"value\":-1.92,\"mrr@10\":%.4f},\"gain_ci95\":{\"log_likelihood\":[0.2,0.9],\"mrr@10\":[%"
        ".4f,%.4f]},"
        "\"kept\":\"best\",\"refitted\":false,\"within_noise\":%s,\"ended_early\":false,"
        "\"verdicts\":{\"kept\":12,\"false_negative\":4,\"promoted\":3},\"journal\":19}",
        r->name, r->method, (int)r->steps, r->start + r->gain, r->start, r->gain - .02,
        r->gain + .02, r->gain < .02 ? "true" : "false");
}

static bool add_run(Store *s, const FixtureRun *r, uint8_t number, Err *err)
{
    char *options = str_format(
        "{\"embedder\":\"lsa\",\"method\":\"%s\",\"loss\":\"mnrl\",\"epochs\":8,\"batch\":64,"
        "\"lr\":0.001,\"warmup\":0.1,\"scale\":20,\"similarity\":\"cosine\",\"negatives\":2,"
        "\"eval_every\":20,\"pairs\":0,\"seed\":1,\"threads\":2}",
        r->method);
    RunRow wanted = {.name = r->name,
                     .embedder = "lsa",
                     .method = r->method,
                     .loss = "mnrl",
                     .inputs = {{number}},
                     .options = options,
                     .selection = "val",
                     .steps = r->steps};
    RunRow made;
    Arena arena = {0};
    bool ok = run_begin(s, &wanted, &made, &arena, err) && add_series(s, r, made.id, err) &&
              run_update(s, made.id, r->step, r->state, r->message, err);
    if (ok && strcmp(r->state, "done") == 0) {
        char *report = run_report(r);
        ok = run_finish(s, made.id, report, err);
        free(report);
    }
    arena_release(&arena);
    free(options);
    return ok;
}

static bool add_runs(Store *s, Err *err)
{
    for (size_t i = 0; i < sizeof RUNS / sizeof *RUNS; i++)
        if (!add_run(s, &RUNS[i], (uint8_t)(i + 1), err)) return false;
    return true;
}

/* ---- what the runs made ---- */

/* An adapter that changes nothing: W = I, b = 0. */
static bool add_retriever(Store *s, const char *name, int64_t run_id, int64_t build_id, size_t dims,
                          Err *err)
{
    size_t count = dims * dims + dims;
    float *parameters = mem_zero(count, sizeof *parameters);
    for (size_t i = 0; i < dims; i++) parameters[i * dims + i] = 1;
    char *config = str_format("{\"method\":\"linear\",\"dims\":%zu,\"hidden\":0}", dims);
    RetrieverRow row = {.name = name,
                        .kind = "adapter",
                        .embedder = "lsa",
                        .run_id = run_id,
                        .build_id = build_id,
                        .config = config};
    bool ok = retriever_put(s, &row, parameters, count * sizeof *parameters, NULL, err);
    free(config);
    free(parameters);
    return ok;
}

static bool add_retrievers(Store *s, Err *err)
{
    LsaOptions options = lsa_options_default();
    int64_t build_id = 0;
    BuildRow build;
    if (!lsa_build(&(Env){.store = s}, &options, &build_id, err) ||
        !build_get(s, build_id, &build, err))
        return false;
    cJSON *head = cJSON_Parse(build.head);
    size_t dims = (size_t)cJSON_GetNumberValue(cJSON_GetObjectItem(head, "dims"));
    cJSON_Delete(head);
    for (size_t i = 0; i < sizeof RUNS / sizeof *RUNS; i++)
        if (strcmp(RUNS[i].state, "done") == 0 &&
            !add_retriever(s, RUNS[i].name, (int64_t)i + 1, build_id, dims, err))
            return false;
    return true;
}

/* ---- evaluations ---- */

static const char *const RETRIEVERS[] = {"bm25", "lsa", "bm25+lsa", "ft-lsa"};
#define RETRIEVER_COUNT (sizeof RETRIEVERS / sizeof *RETRIEVERS)

/* 0: not in the first 100. Later retrievers find more. */
static int rank_of(size_t retriever, size_t question)
{
    static const int BASE[] = {1, 2, 1, 7, 3, 1, 12, 1, 4, 1, 2, 0};
    int rank = BASE[question % 12];
    if (rank > 1 && question % RETRIEVER_COUNT <= retriever) rank = 1 + rank / 3;
    if (rank == 0 && retriever == RETRIEVER_COUNT - 1) rank = 18;
    return rank == 1 && retriever == 1 && question % 5 == 2 ? 3 : rank;
}

static void add_metric(cJSON *metrics, cJSON *intervals, const char *name, double value)
{
    cJSON_AddNumberToObject(metrics, name, value);
    double ends[] = {fmax(0, value - .08), fmin(1, value + .08)};
    cJSON_AddItemToObject(intervals, name, cJSON_CreateDoubleArray(ends, 2));
}

static cJSON *retriever_json(size_t r, const EvalRankRow *ranks, size_t count)
{
    static const int CUTS[] = {1, 3, 5, 10};
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "name", RETRIEVERS[r]);
    cJSON_AddNumberToObject(j, "dims", strstr(RETRIEVERS[r], "lsa") ? 64 : 0);
    cJSON_AddNumberToObject(j, "run", strcmp(RETRIEVERS[r], "ft-lsa") == 0 ? 1 : 0);
    cJSON_AddNumberToObject(j, "ms_per_query", .1 + .05 * (double)r);
    cJSON *metrics = cJSON_AddObjectToObject(j, "metrics"),
          *intervals = cJSON_AddObjectToObject(j, "ci95");
    double mrr = 0, ndcg = 0, map = 0, hits[4] = {0};
    for (size_t i = 0; i < count; i++) {
        int rank = atoi(ranks[i].ranks);
        if (rank == 0) continue;
        map += 1.0 / rank;
        for (int k = 0; k < 4; k++) hits[k] += rank <= CUTS[k];
        if (rank > 10) continue;
        mrr += 1.0 / rank;
        ndcg += 1 / log2(rank + 1);
    }
    double n = count ? (double)count : 1;
    for (int k = 0; k < 4; k++) {
        char name[32];
        static const char *const KINDS[] = {"accuracy", "precision", "recall"};
        for (int kind = 0; kind < 3; kind++) {
            snprintf(name, sizeof name, "%s@%d", KINDS[kind], CUTS[k]);
            add_metric(metrics, intervals, name, hits[k] / n / (kind == 1 ? CUTS[k] : 1));
        }
    }
    add_metric(metrics, intervals, "mrr@10", mrr / n);
    add_metric(metrics, intervals, "ndcg@10", ndcg / n);
    add_metric(metrics, intervals, "map@100", map / n);
    add_metric(metrics, intervals, "judged@10", hits[3] / n / 10);
    return j;
}

static bool add_eval(Made *m, Split split, size_t retrievers, int64_t made_ms, Err *err)
{
    char ranks_text[QUESTIONS_MOST * RETRIEVER_COUNT][8];
    EvalRankRow ranks[QUESTIONS_MOST * RETRIEVER_COUNT];
    size_t count = 0, questions = 0;
    cJSON *table = cJSON_CreateObject();
    bool test = split == SPLIT_TEST;
    cJSON_AddStringToObject(table, "split", split_name(split));
    cJSON_AddStringToObject(table, "corpus", "all");
    if (test)
        cJSON_AddStringToObject(table, "frozen", "9f2c5a10b7e3d48896c1f0a2d3e4b5c6");
    else
        cJSON_AddNullToObject(table, "frozen");
    cJSON_AddBoolToObject(table, "frozen_changed", false);
    cJSON_AddStringToObject(table, "data", "757d2f995013e4840a14f2e9edd04c70");
    cJSON *list = cJSON_CreateArray();
    for (size_t r = 0; r < retrievers; r++) {
        size_t first = count;
        questions = 0;
        for (size_t i = 0; i < m->corpus->question_count; i++) {
            const FixtureQuestion *q = &m->corpus->questions[i];
            if (q->status != QUESTION_ACCEPTED || m->splits[q->chunk] != split) continue;
            int rank = rank_of(r, i);
            snprintf(ranks_text[count], sizeof ranks_text[count], "%.0d", rank);
            ranks[count] = (EvalRankRow){RETRIEVERS[r], m->questions[i], 1, ranks_text[count]};
            count++;
            questions++;
        }
        cJSON_AddItemToArray(list, retriever_json(r, ranks + first, count - first));
    }
    cJSON_AddNumberToObject(table, "questions", (double)questions);
    cJSON_AddNumberToObject(table, "chunks", (double)m->chunk_count);
    cJSON_AddNumberToObject(table, "lost_questions", 0);
    cJSON_AddStringToObject(table, "made", "2026-01-01T10:00:00Z");
    cJSON_AddStringToObject(table, "version", "0.1.0");
    cJSON_AddItemToObject(table, "retrievers", list);
    char *text = cJSON_Print(table);
    EvalRow row = {.made_ms = made_ms,
                   .split = split_name(split),
                   .corpus = "all",
                   .version = "0.1.0",
                   .frozen = test ? "9f2c5a10b7e3d48896c1f0a2d3e4b5c6" : NULL,
                   .data_hash = "757d2f995013e4840a14f2e9edd04c70",
                   .questions = (int64_t)questions,
                   .chunks = (int64_t)m->chunk_count,
                   .table = text};
    bool ok = eval_add(m->s, &row, ranks, count, NULL, err);
    free(text);
    cJSON_Delete(table);
    return ok;
}

/* ---- whole projects ---- */

static bool make_corpus(Store *s, const FixtureCorpus *corpus, Err *err)
{
    Made m = {.s = s, .corpus = corpus};
    return add_documents(&m, err) && add_questions(&m, err) && add_candidates(&m, err) &&
           add_verdicts(&m, err) && add_runs(s, err) && add_retrievers(s, err) &&
           add_eval(&m, SPLIT_VAL, 2, TIME_MS + 60 * MINUTE_MS, err) &&
           add_eval(&m, SPLIT_VAL, RETRIEVER_COUNT, TIME_MS + 90 * MINUTE_MS, err) &&
           add_eval(&m, SPLIT_TEST, RETRIEVER_COUNT, TIME_MS + 91 * MINUTE_MS, err) &&
           store_index_texts(s, err);
}

static bool make_en(Store *s, Err *err)
{
    return make_corpus(s, &FIXTURE_EN, err);
}

static bool make_zh(Store *s, Err *err)
{
    return make_corpus(s, &FIXTURE_ZH, err);
}

static bool make_hostile(Store *s, Err *err)
{
    return make_corpus(s, &FIXTURE_HOSTILE, err);
}

static bool make_empty(Store *s, Err *err)
{
    (void)s, (void)err;
    return true;
}

/* ---- many ---- */

#define LARGE_DOCUMENTS 100
#define LARGE_CHUNKS 200   /* of a document */
#define LARGE_QUESTIONS 2  /* of a chunk */
#define LARGE_CANDIDATES 3 /* of a question */

static bool large_chunk(Store *s, int64_t document_id, int64_t i, Err *err)
{
    static const char *const WORDS[] = {
        "harbour", "ferry",   "granite", "lighthouse", "bakery", "school",  "museum", "barge",
        "winter",  "channel", "ticket",  "bicycle",    "keeper", "logbook", "storm",  "lamp"};
    char *text = str_format(
        "Record %d tells of the %s and the %s. The %s number k%d was opened beside the %s.", (int)i,
        WORDS[i % 16], WORDS[i / 16 % 16], WORDS[i / 256 % 16], (int)i, WORDS[(i * 7 + 3) % 16]);
    ChunkRow row = {.document_id = document_id,
                    .ordinal = i % LARGE_CHUNKS,
                    .text = text,
                    .heading = "Records",
                    .tokens = 20,
                    .split = i % 10 < 8    ? SPLIT_TRAIN
                             : i % 10 == 8 ? SPLIT_VAL
                                           : SPLIT_TEST};
    int64_t id;
    bool ok = chunk_add(s, &row, &id, err);
    free(text);
    for (int64_t k = 0; ok && k < LARGE_QUESTIONS; k++) {
        text = str_format(k ? "Beside what was number k%d opened?" : "What does record %d tell of?",
                          (int)i);
        QuestionRow q = {.text = text,
                         .origin = ORIGIN_OFFLINE,
                         .kind = "what",
                         .source = "offline-1",
                         .status = i % 4 ? QUESTION_ACCEPTED : QUESTION_PENDING,
                         .split = row.split,
                         .made_ms = TIME_MS};
        Doubts doubts = {
            .known = true, .own_rank = 1 + i % 50, .doubt = (double)(i * 37 % 1000) / 1000};
        int64_t question;
        ok = question_add(s, &q, &question, err) &&
             relevance_add(s, question, id, ORIGIN_OFFLINE, err) &&
             doubts_put(s, question, &doubts, err);
        free(text);
    }
    return ok;
}

static bool large_candidates(Store *s, Err *err)
{
    int64_t chunks = LARGE_DOCUMENTS * LARGE_CHUNKS, questions = chunks * LARGE_QUESTIONS;
    Hash inputs = {{1}};
    MiningRow mining;
    if (!mining_begin(s, "bm25", &inputs, "{\"retriever\":\"bm25\",\"n\":3}", &mining, err))
        return false;
    size_t count = (size_t)(questions * LARGE_CANDIDATES);
    CandidateRow *rows = mem_zero(count, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        int64_t question = (int64_t)(i / LARGE_CANDIDATES), own = question / LARGE_QUESTIONS;
        double score = 9 - (double)(i % LARGE_CANDIDATES) - .3 * (double)(question % 7);
        rows[i] = (CandidateRow){.question_id = question + 1,
                                 .chunk_id =
                                     (own + 17 * (int64_t)(i % LARGE_CANDIDATES + 1)) % chunks + 1,
                                 .rank = (int64_t)(i % LARGE_CANDIDATES) + 1,
                                 .score = score,
                                 .positive_score = 8.5,
                                 .margin = score - 8.5,
                                 .suspect = score >= 8.075};
    }
    bool ok = mining_add(s, mining.id, rows, count, questions, err) &&
              mining_finish(s, mining.id, "{\"questions\":40000,\"candidates\":120000}", err);
    free(rows);
    return ok;
}

static bool make_large(Store *s, Err *err)
{
    if (!store_begin(s, err)) return false;
    bool ok = true;
    for (int64_t d = 0; ok && d < LARGE_DOCUMENTS; d++) {
        char *key = str_format("/fixture/records-%03d.txt", (int)d);
        DocumentRow row = {.key = key,
                           .path = key,
                           .title = key + sizeof "/fixture",
                           .format = "txt",
                           .modified_ms = TIME_MS,
                           .added_ms = TIME_MS};
        int64_t id = 0;
        ok = document_put(s, &row, &id, err);
        for (int64_t i = 0; ok && i < LARGE_CHUNKS; i++)
            ok = large_chunk(s, id, d * LARGE_CHUNKS + i, err);
        free(key);
    }
    ok = ok && large_candidates(s, err);
    if (!ok) {
        store_rollback(s);
        return false;
    }
    return store_commit(s, err) && store_index_texts(s, err);
}

/* What the store dates by the clock is set to the fixtures' time. */
static bool fix_times(const char *path, Err *err)
{
    char *sql = str_format(
        "UPDATE mining SET made_ms = %lld; UPDATE journal SET at_ms = %lld, who = 'tester';"
        "UPDATE run SET made_ms = %lld + id * 600000, updated_ms = %lld + id * 600000 + 8500;"
        "UPDATE retriever SET made_ms = %lld; UPDATE build SET made_ms = %lld;",
        (long long)TIME_MS, (long long)TIME_MS, (long long)TIME_MS, (long long)TIME_MS,
        (long long)TIME_MS, (long long)TIME_MS);
    sqlite3 *db = NULL;
    bool ok = sqlite3_open(path, &db) == SQLITE_OK &&
              sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
    if (!ok) err_set(err, ERR_DATABASE, "%s: %s", path, sqlite3_errmsg(db));
    sqlite3_close(db);
    free(sql);
    return ok;
}

static const struct {
    const char *name;
    bool (*fill)(Store *s, Err *err);
} FIXTURES[] = {{"en", make_en},
                {"zh", make_zh},
                {"empty", make_empty},
                {"hostile", make_hostile},
                {"large", make_large}};

bool fixture_make(const char *name, const char *path, Err *err)
{
    for (size_t i = 0; i < sizeof FIXTURES / sizeof *FIXTURES; i++) {
        if (strcmp(FIXTURES[i].name, name) != 0) continue;
        Store *s = NULL;
        if (!store_create(path, &s, err)) return false;
        bool ok = FIXTURES[i].fill(s, err);
        store_close(s);
        return ok && fix_times(path, err);
    }
    return err_set(err, ERR_MISSING, "no fixture is called %s", name);
}
