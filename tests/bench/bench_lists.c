/* Lists at full size: 100,000 chunks, 200,000 questions, 2,000,000 candidates, made here from a
 * seed straight through the store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "bench.h"
#include "store/corpus.h"
#include "store/journal.h"
#include "store/list.h"
#include "store/mining.h"
#include "store/questions.h"

#define DOCUMENTS 500
#define CHUNKS 100000
#define QUESTIONS 200000
#define CANDIDATES_EACH 10
#define WORDS_A_CHUNK 110
#define WORDS_A_QUESTION 9
#define VOCABULARY 30000
#define PAGE 100
#define BATCH 5000

typedef struct Lists {
    Bench *bench;
    Store *s;
    char path[BENCH_PATH];
} Lists;

static void must(bool ok, const Err *err)
{
    if (ok) return;
    bench_say("lists: %s", err->message);
    exit(1);
}

/* A made-up word, the small numbers far more often than the large. */
static void add_words(Rng *r, Str *out, size_t count)
{
    static const char *const SYLLABLES[] = {"ba", "con", "der", "es",  "fi", "ga", "hu",  "in",
                                            "jo", "kel", "lo",  "mar", "ne", "or", "pra", "qui"};
    for (size_t w = 0; w < count; w++) {
        double u = rng_unit(r);
        uint64_t number = (uint64_t)(VOCABULARY * u * u * u) + 16;
        if (w) str_add(out, " ");
        for (; number; number /= 16) {
            str_add(out, SYLLABLES[number % 16]);
        }
    }
}

static Split split_of(size_t document)
{
    return document % 10 < 8 ? SPLIT_TRAIN : document % 10 == 8 ? SPLIT_VAL : SPLIT_TEST;
}

static void add_corpus(Store *s)
{
    Err err = {0};
    Str text = {0}, heading = {0}, name = {0};
    must(store_begin(s, &err), &err);
    for (size_t c = 0; c < CHUNKS; c++) {
        size_t document = c / (CHUNKS / DOCUMENTS), place = c % (CHUNKS / DOCUMENTS);
        Rng r = rng_make(2, c);
        if (place == 0) {
            str_clear(&name);
            str_addf(&name, "/corpus/part-%zu.txt", document);
            DocumentRow row = {.key = str_get(&name),
                               .path = str_get(&name),
                               .title = str_get(&name) + 8,
                               .format = "txt",
                               .split = split_of(document)};
            must(document_put(s, &row, NULL, &err), &err);
        }
        str_clear(&text);
        str_clear(&heading);
        add_words(&r, &text, WORDS_A_CHUNK);
        add_words(&r, &heading, 3);
        ChunkRow row = {.document_id = (int64_t)document + 1,
                        .ordinal = (int64_t)place,
                        .text = str_get(&text),
                        .heading = str_get(&heading),
                        .char_first = (int64_t)place * 900,
                        .char_end = (int64_t)place * 900 + 900,
                        .tokens = WORDS_A_CHUNK,
                        .split = split_of(document)};
        must(chunk_add(s, &row, NULL, &err), &err);
    }
    must(store_commit(s, &err), &err);
    str_release(&text);
    str_release(&heading);
    str_release(&name);
}

static size_t chunk_of(size_t question)
{
    Rng r = rng_make(4, question);
    return rng_below(&r, CHUNKS);
}

static void add_questions(Store *s)
{
    Err err = {0};
    Str text = {0};
    must(store_begin(s, &err), &err);
    for (size_t i = 0; i < QUESTIONS; i++) {
        Rng r = rng_make(3, i);
        size_t chunk = chunk_of(i);
        str_clear(&text);
        add_words(&r, &text, WORDS_A_QUESTION);
        QuestionRow row = {
            .text = str_get(&text),
            .origin = i % 3 ? ORIGIN_LLM : ORIGIN_OFFLINE,
            .status = i % 4 ? QUESTION_PENDING : QUESTION_ACCEPTED,
            .split = split_of(chunk / (CHUNKS / DOCUMENTS)),
            .doubts = {.known = i % 10 != 0,
                       .doubt = rng_unit(&r),
                       .own_rank = (int64_t)(1000 * rng_unit(&r) * rng_unit(&r) * rng_unit(&r)),
                       .copied = rng_unit(&r)}};
        int64_t id = 0;
        must(question_add(s, &row, &id, &err), &err);
        must(relevance_add(s, id, (int64_t)chunk + 1, row.origin, &err), &err);
    }
    must(store_commit(s, &err), &err);
    str_release(&text);
}

/* Scores fall with the rank; about one in twelve is a suspect. */
static void mine(Store *s)
{
    Err err = {0};
    Hash inputs = hash_text("bench");
    MiningRow mining = {0};
    must(mining_begin(s, "lsa", &inputs, "{}", &mining, &err), &err);
    CandidateRow *rows = mem_zero(BATCH * CANDIDATES_EACH, sizeof *rows);
    for (size_t i = 0; i < QUESTIONS; i++) {
        Rng r = rng_make(5, i);
        double score = 0.9 - 0.3 * rng_unit(&r), positive = 0.9 - 0.25 * rng_unit(&r);
        for (size_t c = 0; c < CANDIDATES_EACH; c++) {
            score -= 0.05 * rng_unit(&r);
            rows[i % BATCH * CANDIDATES_EACH + c] =
                (CandidateRow){.question_id = (int64_t)i + 1,
                               .chunk_id = (int64_t)rng_below(&r, CHUNKS) + 1,
                               .rank = (int64_t)c + 1,
                               .score = score,
                               .positive_score = positive,
                               .suspect = score >= 0.95 * positive};
        }
        if (i % BATCH == BATCH - 1)
            must(mining_add(s, mining.id, rows, BATCH * CANDIDATES_EACH, (int64_t)i + 1, &err),
                 &err);
    }
    must(mining_finish(s, mining.id, "{}", &err), &err);
    free(rows);
}

static double user_ms(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return 1e3 * (double)u.ru_utime.tv_sec + 1e-3 * (double)u.ru_utime.tv_usec;
}

static double megabytes(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (double)info.st_size / 1048576 : 0;
}

static bool is_there(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

static void make_project(Lists *l)
{
    Err err = {0};
    if (is_there(l->path)) return;
    must(store_create(l->path, &l->s, &err), &err);
    double start = clock_s();
    add_corpus(l->s);
    add_questions(l->s);
    double texts = clock_s();
    must(store_index_texts(l->s, &err), &err);
    double indexed = clock_s(), user = user_ms();
    mine(l->s);
    double mined = clock_s(), user_s = (user_ms() - user) / 1000;
    store_close(l->s);
    bench_say("lists: texts %.1f s, their index %.1f s, 2,000,000 candidates %.1f s"
              " (user %.1f); file %.0f MB",
              texts - start, indexed - texts, mined - indexed, user_s, megabytes(l->path));
}

static void open_project(Lists *l)
{
    Err err = {0};
    double start = clock_s();
    must(store_open(l->path, &l->s, &err), &err);
    bench_row(l->bench, "2,000,000 candidates: open the project", 1000 * (clock_s() - start), "ms",
              false, 500);
}

typedef struct Watch {
    double start, first_ms;
    size_t count;
    uint32_t page[PAGE];
} Watch;

static bool watch(void *context, const uint32_t *ids, size_t count)
{
    Watch *w = context;
    if (w->first_ms < 0) w->first_ms = 1000 * (clock_s() - w->start);
    for (size_t i = 0; i < count && w->count + i < PAGE; i++) {
        w->page[w->count + i] = ids[i];
    }
    w->count += count;
    return true;
}

static Watch list(Lists *l, ListOf of, const char *filter)
{
    static const char *const NAMES[LIST_OF_COUNT] = {"documents", "chunks", "questions",
                                                     "candidates", "queue"};
    Err err = {0};
    Watch w = {.start = clock_s(), .first_ms = -1};
    double user = user_ms();
    must(list_ids(l->s, of, filter, PAGE, watch, &w, &err), &err);
    double all_ms = 1000 * (clock_s() - w.start);
    user = user_ms() - user;
    char name[160];
    snprintf(name, sizeof name, "%s %s: first", NAMES[of], filter ? filter : "(all)");
    bench_row(l->bench, name, w.count ? w.first_ms : all_ms, "ms", false, 300);
    snprintf(name, sizeof name, "%*s all %zu (user %.0f ms)", (int)strlen(NAMES[of]), "", w.count,
             user);
    bench_row(l->bench, name, all_ms, "ms", false, 2000);
    return w;
}

static void list_all(Lists *l)
{
    static const struct {
        ListOf of;
        const char *filter;
    } WANTED[] = {
        {LIST_DOCUMENTS, "order:-questions"},
        {LIST_CHUNKS, NULL},
        {LIST_CHUNKS, "order:-questions"},
        {LIST_CHUNKS, "heading:baconder"},
        {LIST_CHUNKS, "conjo quiba"},
        {LIST_QUESTIONS, NULL},
        {LIST_QUESTIONS, "order:-doubt"},
        {LIST_QUESTIONS, "status:pending order:-doubt"},
        {LIST_QUESTIONS, "own_rank>10 order:-own_rank"},
        {LIST_QUESTIONS, "document:part-4"},
        {LIST_QUESTIONS, "order:copied -heading:lo"},
        {LIST_QUESTIONS, "conjo"},
        {LIST_CANDIDATES, NULL},
        {LIST_CANDIDATES, "order:-margin"},
        {LIST_CANDIDATES, "order:score"},
        {LIST_CANDIDATES, "order:rank,-margin"},
        {LIST_CANDIDATES, "order:-positive status:pending"},
        {LIST_CANDIDATES, "suspect:yes status:pending"},
        {LIST_CANDIDATES, "suspect:yes status:pending order:-margin"},
        {LIST_CANDIDATES, "status:kept"},
        {LIST_CANDIDATES, "margin>0.2"},
        {LIST_CANDIDATES, "margin>-0.05 score>0.6"},
        {LIST_CANDIDATES, "document:part-499"},
        {LIST_CANDIDATES, "document:part-4 order:-score"},
        {LIST_CANDIDATES, "split:test"},
        {LIST_CANDIDATES, "conjo"},
        {LIST_CANDIDATES, "conjobafi order:-score"},
        {LIST_CANDIDATES, "ba order:-margin"},
        {LIST_CANDIDATES, "-conjo order:-margin"},
        {LIST_CANDIDATES, "question:777"},
        {LIST_CANDIDATES, "chunk:777 order:score"},
        {LIST_QUEUE, NULL},
        {LIST_QUEUE, "suspect:yes status:pending"},
        {LIST_QUEUE, "status:pending split:test"},
        {LIST_QUEUE, "status:pending order:rank"},
        {LIST_QUEUE, "conjo suspect:yes"},
    };
    for (size_t i = 0; i < sizeof WANTED / sizeof *WANTED; i++) {
        list(l, WANTED[i].of, WANTED[i].filter);
    }
}

/* The middle page of a list by its ids, and all rows of it. */
static void pages(Lists *l)
{
    Err err = {0};
    Watch w[LIST_OF_COUNT];
    int64_t ids[LIST_OF_COUNT][PAGE];
    for (int of = 0; of < LIST_OF_COUNT; of++) {
        static const char *const FILTERS[LIST_OF_COUNT] = {NULL, "order:-questions", "order:-doubt",
                                                           "order:-margin", NULL};
        w[of] = (Watch){.start = clock_s()};
        must(list_ids(l->s, (ListOf)of, FILTERS[of], PAGE, watch, &w[of], &err), &err);
        for (size_t i = 0; i < PAGE; i++) {
            ids[of][i] = w[of].page[i];
        }
    }
    DocumentRows documents = {0};
    ChunkRows chunks = {0};
    QuestionRows questions = {0};
    CandidateRows candidates = {0};
    double start = clock_s();
    must(documents_load_ids(l->s, ids[LIST_DOCUMENTS], PAGE, &documents, &err), &err);
    bench_row(l->bench, "page of 100 documents by id", 1000 * (clock_s() - start), "ms", false, 10);
    start = clock_s();
    ChunkQuery of_chunks = {
        .statuses = 15, .ids = ids[LIST_CHUNKS], .id_count = PAGE, .with_questions = true};
    must(chunks_load(l->s, &of_chunks, &chunks, &err), &err);
    bench_row(l->bench, "page of 100 chunks by id", 1000 * (clock_s() - start), "ms", false, 10);
    start = clock_s();
    QuestionQuery of_questions = {.ids = ids[LIST_QUESTIONS], .id_count = PAGE};
    must(questions_load(l->s, &of_questions, &questions, &err), &err);
    bench_row(l->bench, "page of 100 questions by id", 1000 * (clock_s() - start), "ms", false, 10);
    start = clock_s();
    CandidateQuery of_candidates = {
        .ids = ids[LIST_CANDIDATES], .id_count = PAGE, .with_texts = true};
    must(candidates_load(l->s, &of_candidates, &candidates, &err), &err);
    bench_row(l->bench, "page of 100 candidates by id", 1000 * (clock_s() - start), "ms", false,
              10);
    bool whole = documents.count == PAGE && chunks.count == PAGE && questions.count == PAGE &&
                 candidates.count == PAGE;
    if (!whole) bench_say("lists: a page is not whole");
    rows_release(&documents);
    rows_release(&chunks);
    rows_release(&questions);
    rows_release(&candidates);
}

static void decisions(Lists *l)
{
    Err err = {0};
    Watch w = {.start = clock_s()};
    must(list_ids(l->s, LIST_CANDIDATES, "status:pending order:-margin limit:100", PAGE, watch, &w,
                  &err),
         &err);
    double worst_ms = 0, all_ms = 0;
    for (size_t i = 0; i < PAGE; i++) {
        CandidateRows rows = {0};
        must(candidate_get(l->s, w.page[i], &rows, &err), &err);
        Decision d = {.subject = "verdict",
                      .subject_id = rows.items[0].question_id,
                      .other_id = rows.items[0].chunk_id,
                      .value = i % 2 ? "kept" : "false_negative"};
        double start = clock_s();
        must(decide(l->s, &d, 1, "bench", NULL, &err), &err);
        double ms = 1000 * (clock_s() - start);
        worst_ms = ms > worst_ms ? ms : worst_ms;
        all_ms += ms;
        rows_release(&rows);
    }
    bench_row(l->bench, "one decision on a candidate, mean of 100", all_ms / PAGE, "ms", false, 5);
    bench_say("lists: the slowest of 100 decisions %.1f ms", worst_ms);
}

void bench_lists_project(Bench *b, char path[BENCH_PATH])
{
    Lists l = {.bench = b};
    const char *kept = getenv("HONE_LISTS");
    if (kept)
        snprintf(l.path, sizeof l.path, "%s", kept);
    else
        snprintf(l.path, sizeof l.path, "%s/lists.hone", b->folder);
    make_project(&l);
    snprintf(path, BENCH_PATH, "%s", l.path);
}

void bench_lists(Bench *b)
{
    Lists l = {.bench = b};
    bench_lists_project(b, l.path);
    open_project(&l);
    list_all(&l);
    pages(&l);
    decisions(&l);
    store_close(l.s);
}
