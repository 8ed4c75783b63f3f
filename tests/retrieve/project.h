/* A small project in a folder of its own, for tests of what stands on the store. */
#ifndef TESTS_RETRIEVE_PROJECT_H
#define TESTS_RETRIEVE_PROJECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "model/env.h"
#include "store/corpus.h"
#include "store/questions.h"

/* ok: the call succeeded, or its message is shown and the test fails. */
#define ok(call)                                             \
    do {                                                     \
        Err ok_err_ = {0};                                   \
        Err *err = &ok_err_;                                 \
        if (!(call)) fail_msg("%s: %s", #call, err->message); \
    } while (0)

/* refused: the call failed with this kind of error and a message that holds `part`. */
#define refused(want, part, call)                                                              \
    do {                                                                                       \
        Err ok_err_ = {0};                                                                     \
        Err *err = &ok_err_;                                                                   \
        if (call) fail_msg("%s: succeeded", #call);                                            \
        if (err->kind != (want)) fail_msg("%s: kind %d, %s", #call, err->kind, err->message);  \
        if (!strstr(err->message, part)) fail_msg("%s: %s", #call, err->message);              \
    } while (0)

typedef struct Project {
    char folder[64], path[96];
    Env env;
    int64_t document;
} Project;

static inline int project_open(void **state)
{
    Project *p = mem_zero(1, sizeof *p);
    const char *top = getenv("TMPDIR");
    snprintf(p->folder, sizeof p->folder, "%.40s/hone-XXXXXX", top && strlen(top) < 40 ? top : "/tmp");
    if (!mkdtemp(p->folder)) return -1;
    snprintf(p->path, sizeof p->path, "%s/p.hone", p->folder);
    ok(store_create(p->path, &p->env.store, err));
    p->env.pool = pool_new(2);
    DocumentRow row = {.key = "/guide.txt", .path = "/guide.txt", .title = "Guide", .format = "txt"};
    ok(document_put(p->env.store, &row, &p->document, err));
    *state = p;
    return 0;
}

static inline int project_close(void **state)
{
    Project *p = *state;
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    store_close(p->env.store);
    pool_free(p->env.pool);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char *path = str_format("%s%s", p->path, ends[i]);
        unlink(path);
        free(path);
    }
    int left = rmdir(p->folder);
    free(p);
    return left;
}

static inline int64_t project_chunk(Project *p, const char *text, Split split)
{
    ChunkRow row = {.document_id = p->document, .text = text, .split = split, .heading = ""};
    int64_t id = 0;
    ok(chunk_add(p->env.store, &row, &id, err));
    return id;
}

static inline int64_t project_question(Project *p, const char *text, int64_t chunk, QuestionStatus status, Split split)
{
    QuestionRow row = {.text = text, .origin = ORIGIN_OFFLINE, .status = status, .split = split};
    int64_t id = 0;
    ok(question_add(p->env.store, &row, &id, err));
    if (chunk) ok(relevance_add(p->env.store, id, chunk, ORIGIN_OFFLINE, err));
    return id;
}

static const char *const PROJECT_TEXTS[] = {
    "The ferry leaves the harbour at seven in the morning and returns at dusk.",
    "Tickets for the ferry are sold at the kiosk beside the harbour wall.",
    "Bicycles may be taken on board for a small fee, dogs travel free.",
    "In winter the crossing takes an hour because of ice in the channel.",
    "The lighthouse on the island was built of granite in 1848.",
    "Its keeper recorded the weather every evening for thirty years.",
    "Granite was quarried on the mainland and shipped by barge.",
    "Visitors climb 212 steps to the lamp room of the lighthouse.",
    "The island's school has eleven pupils and a single teacher.",
    "Lessons end early when the last boat is moved because of a storm.",
    "A bakery opens at five and sells bread to the crew of the ferry.",
    "The museum shows charts, lamps and the logbooks of the keepers.",
};
#define PROJECT_TEXT_COUNT (sizeof PROJECT_TEXTS / sizeof *PROJECT_TEXTS)

static inline void project_fill(Project *p)
{
    for (size_t i = 0; i < PROJECT_TEXT_COUNT; i++) project_chunk(p, PROJECT_TEXTS[i], SPLIT_NONE);
}

#define PROJECT_TOPICS 40

/* Chunks on made-up topics, two questions each that use other words for half of what they ask, so
 * that there is something to learn. */
static inline void project_topics(Project *p, bool with_val)
{
    for (size_t t = 0; t < PROJECT_TOPICS; t++) {
        Split split = with_val && t % 5 == 4 ? SPLIT_VAL : SPLIT_TRAIN;
        Rng rng = rng_make(1, t);
        Str text = {0};
        for (int w = 0; w < 40; w++) {
            if (w % 4 == 0)
                str_addf(&text, "topic%zuword%d ", t, w % 8);
            else
                str_addf(&text, "common%d ", (int)rng_below(&rng, 60));
        }
        int64_t chunk = project_chunk(p, str_get(&text), split);
        for (int i = 0; i < 2; i++) {
            char question[96];
            snprintf(question, sizeof question, "which ask%d about topic%zuword%d in common%d?", i,
                     t, 4 * i, (int)rng_below(&rng, 60));
            project_question(p, question, chunk, QUESTION_ACCEPTED, split);
        }
        str_release(&text);
    }
}

#endif
