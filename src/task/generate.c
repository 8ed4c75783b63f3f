#include "task/generate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/vec.h"
#include "store/corpus.h"
#include "store/journal.h"
#include "store/questions.h"
#include "task/doubts.h"
#include "task/generate_offline.h"

#define BATCH_CHUNKS 64 /* chunks a transaction */
#define SPARE 2         /* for questions that others have asked already */
#define ACCEPT_RANK                                                                                \
    20 /* a question whose chunk is found later than this is not accepted unseen                   \
        */
#define ACCEPT_COPIED 0.8

const Generator GENERATORS[] = {
    {"offline",
     "rules over the chunk's own sentences; English and Chinese, keyword queries for other "
     "languages",
     offline_make, offline_open, offline_close, ORIGIN_OFFLINE},
};
const size_t GENERATOR_COUNT = sizeof GENERATORS / sizeof *GENERATORS;

typedef VEC(int64_t) Ids;

static const Generator *find_generator(const char *name, Err *err)
{
    Str names = {0};
    for (size_t i = 0; i < GENERATOR_COUNT; i++) {
        if (strcmp(GENERATORS[i].name, name) == 0) {
            str_release(&names);
            return &GENERATORS[i];
        }
        str_addf(&names, "%s%s", i ? ", " : "", GENERATORS[i].name);
    }
    err_set(err, ERR_USAGE, "there is no generator '%s': use one of %s", name, str_get(&names));
    str_release(&names);
    return NULL;
}

/* ---- which chunks ---- */

static void count_up(Map *counts, int64_t id)
{
    uint32_t count = map_get(counts, &id, sizeof id);
    map_put(counts, &id, sizeof id, count == MAP_NONE ? 1 : count + 1);
}

static size_t counted(const Map *counts, int64_t id)
{
    uint32_t count = map_get(counts, &id, sizeof id);
    return count == MAP_NONE ? 0 : count;
}

/* How many questions chunks have already, of any origin or, with --all, of the generator's. */
static bool find_done(const Env *env, const GenerateOptions *o, Origin origin, Map *ret, Err *err)
{
    QuestionRows questions = {0};
    RelevanceRows links = {0};
    bool ok = questions_load(env->store, &(QuestionQuery){0}, &questions, err) &&
              relevance_load(env->store, &links, err);
    size_t q = 0;
    for (size_t i = 0; ok && i < links.count; i++) {
        while (q < questions.count && questions.items[q].id < links.items[i].question_id) q++;
        if (q == questions.count || questions.items[q].id != links.items[i].question_id) continue;
        if (o->all && questions.items[q].origin != origin) continue;
        count_up(ret, links.items[i].chunk_id);
    }
    rows_release(&links);
    rows_release(&questions);
    return ok;
}

/* Questions to be replaced, and how many there are of each chunk that answers them. */
static bool find_replaced(const Env *env, const char *filter, Ids *ret, Ids *ret_chunks,
                          Map *counts, Err *err)
{
    QuestionRows questions = {0};
    if (!questions_load(env->store, &(QuestionQuery){.filter = filter}, &questions, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < questions.count; i++) {
        ChunkRows chunks = {0};
        ChunkQuery query = {.question_id = questions.items[i].id};
        ok = chunks_load(env->store, &query, &chunks, err);
        for (size_t c = 0; c < chunks.count; c++) {
            if (counted(counts, chunks.items[c].id) == 0) vec_push(ret_chunks, chunks.items[c].id);
            count_up(counts, chunks.items[c].id);
        }
        if (chunks.count) vec_push(ret, questions.items[i].id);
        rows_release(&chunks);
    }
    if (ok && questions.count == 0)
        ok = err_set(err, ERR_MISSING, "no question matches: %s", filter);
    rows_release(&questions);
    return ok;
}

static bool load_wanted(const Env *env, const GenerateOptions *o, const Ids *of_replaced,
                        ChunkRows *ret, Err *err)
{
    ChunkQuery query = {.filter = o->filter};
    if (o->chunk_id) {
        query.ids = &o->chunk_id;
        query.id_count = 1;
    } else if (o->instead) {
        query.ids = of_replaced->items;
        query.id_count = of_replaced->count;
    }
    if (!chunks_load(env->store, &query, ret, err)) return false;
    if (ret->count == 0) {
        rows_release(ret);
        return o->chunk_id
                   ? err_set(err, ERR_MISSING, "there is no live chunk %" PRId64 ": see `chunks`",
                             o->chunk_id)
                   : err_set(err, ERR_MISSING,
                             "there are no chunks to ask about: add documents, or choose another "
                             "filter");
    }
    return true;
}

/* ---- making ---- */

typedef struct Making {
    const Env *env;
    const GenerateOptions *o;
    const Generator *generator;
    void *state;
    Map *done; /* chunk → how many questions it has */
    Ids replaced, chunks_replaced;
    Map *replaced_of; /* chunk → how many of its questions are replaced */
    Map *texts;       /* of all questions, folded away: the same is not asked twice */
    Ids made;
    GenerateReport report;
} Making;

static bool load_texts(Making *m, Err *err)
{
    QuestionRows rows = {0};
    if (!questions_load(m->env->store, &(QuestionQuery){0}, &rows, err)) return false;
    for (size_t i = 0; i < rows.count; i++)
        map_put(m->texts, rows.items[i].text_hash.bytes, HASH_BYTES, 1);
    rows_release(&rows);
    return true;
}

static bool put_question(Making *m, const ChunkRow *chunk, const AskedQuestion *asked, Err *err)
{
    char source[64];
    snprintf(source, sizeof source, "%s %s", m->generator->name, HONE_VERSION);
    QuestionRow row = {.text = asked->text,
                       .origin = m->generator->origin,
                       .kind = asked->kind,
                       .source = source,
                       .status = QUESTION_PENDING,
                       .split = m->o->into == SPLIT_NONE ? chunk->split : m->o->into,
                       .made_ms = clock_wall_ms()};
    int64_t id;
    if (!question_add(m->env->store, &row, &id, err) ||
        !relevance_add(m->env->store, id, chunk->id, m->generator->origin, err))
        return false;
    vec_push(&m->made, id);
    m->report.questions++;
    return true;
}

static bool ask_chunk(Making *m, const ChunkRow *chunk, Err *err)
{
    Asked asked = {0};
    size_t wanted = m->o->instead ? counted(m->replaced_of, chunk->id) : m->o->per_chunk;
    size_t known = counted(m->done, chunk->id);
    bool ok = m->generator->make(m->state, chunk, wanted + known + SPARE, &asked, err);
    size_t put = 0;
    for (size_t i = 0; ok && i < asked.count && put < wanted; i++) {
        Hash text = hash_text(asked.items[i].text);
        if (!map_put(m->texts, text.bytes, HASH_BYTES, 1)) continue;
        ok = put_question(m, chunk, &asked.items[i], err);
        put++;
    }
    asked_release(&asked);
    m->report.chunks++;
    m->report.chunks_without += put == 0;
    return ok;
}

static bool ask_batch(Making *m, const ChunkRows *chunks, size_t *at, Err *err)
{
    if (!store_begin(m->env->store, err)) return false;
    bool ok = true;
    size_t asked = 0;
    for (; ok && *at < chunks->count && asked < BATCH_CHUNKS; ++*at) {
        const ChunkRow *c = &chunks->items[*at];
        if (m->o->limit && m->report.chunks >= m->o->limit) {
            *at = chunks->count;
            break;
        }
        if (!m->o->chunk_id && !m->o->instead && counted(m->done, c->id)) continue;
        ok = ask_chunk(m, c, err);
        asked++;
    }
    if (ok && store_commit(m->env->store, err)) return true;
    store_rollback(m->env->store);
    return false;
}

static bool make_all(Making *m, const ChunkRows *chunks, Err *err)
{
    progress_begin(m->env->progress, "generate", "chunks", chunks->count);
    bool ok = true;
    for (size_t at = 0; ok && at < chunks->count;) {
        ok = cancel_check(m->env->cancel, err) && ask_batch(m, chunks, &at, err);
        progress_update(m->env->progress, at);
    }
    return ok;
}

/* ---- accepting ---- */

static bool nothing_against(const QuestionRow *q)
{
    const Doubts *d = &q->doubts;
    return q->status == QUESTION_PENDING && d->known && !d->nameless && d->copied < ACCEPT_COPIED &&
           d->twin_id == 0 && d->own_rank > 0 && d->own_rank <= ACCEPT_RANK;
}

/* One journalled decision over all that were made, so that one undo takes it back. */
static bool accept_good(Making *m, Err *err)
{
    QuestionRows rows = {0};
    if (!questions_load(m->env->store, &(QuestionQuery){.statuses = 1 << QUESTION_PENDING}, &rows,
                        err))
        return false;
    Map *made = map_new();
    for (size_t i = 0; i < m->made.count; i++)
        map_put(made, &m->made.items[i], sizeof *m->made.items, 1);
    VEC(Decision) decisions = {0};
    for (size_t i = 0; i < rows.count; i++) {
        const QuestionRow *q = &rows.items[i];
        if (map_get(made, &q->id, sizeof q->id) == MAP_NONE || !nothing_against(q)) continue;
        vec_push(&decisions, (Decision){.subject = "question.status",
                                        .subject_id = q->id,
                                        .value = "accepted",
                                        .why = "no doubt speaks against it"});
    }
    char *label = str_format("accept %zu questions as they were made", decisions.count);
    int64_t group = 0;
    bool ok = decisions.count == 0 ||
              decide(m->env->store, decisions.items, decisions.count, label, &group, err);
    if (ok) m->report.accepted = decisions.count;
    free(label);
    vec_release(&decisions);
    map_free(made);
    rows_release(&rows);
    return ok;
}

static bool reject_replaced(Making *m, Err *err)
{
    VEC(Decision) decisions = {0};
    for (size_t i = 0; i < m->replaced.count; i++)
        vec_push(&decisions, (Decision){.subject = "question.status",
                                        .subject_id = m->replaced.items[i],
                                        .value = "rejected",
                                        .why = "asked again"});
    char *label = str_format("reject %zu questions that were asked again", decisions.count);
    int64_t group;
    bool ok = decisions.count == 0 ||
              decide(m->env->store, decisions.items, decisions.count, label, &group, err);
    free(label);
    vec_release(&decisions);
    return ok;
}

static bool find_work(Making *m, ChunkRows *wanted, ChunkRows *corpus, Err *err)
{
    const Env *env = m->env;
    const GenerateOptions *o = m->o;
    return (!o->instead || find_replaced(env, o->instead, &m->replaced, &m->chunks_replaced,
                                         m->replaced_of, err)) &&
           load_wanted(env, o, &m->chunks_replaced, wanted, err) &&
           chunks_load(env->store, &(ChunkQuery){0}, corpus, err) &&
           find_done(env, o, m->generator->origin, m->done, err) && load_texts(m, err);
}

bool task_generate(const Env *env, const GenerateOptions *o, GenerateReport *ret, Err *err)
{
    Making m = {.env = env, .o = o, .generator = find_generator(o->generator, err)};
    if (!m.generator) return false;
    ChunkRows wanted = {0}, corpus = {0};
    m.done = map_new();
    m.texts = map_new();
    m.replaced_of = map_new();
    size_t computed;
    bool ok = find_work(&m, &wanted, &corpus, err) &&
              m.generator->open(env, &corpus, &m.state, err) && make_all(&m, &wanted, err) &&
              reject_replaced(&m, err) && task_doubts(env, false, &computed, err) &&
              (!o->accept || accept_good(&m, err));
    if (m.state) m.generator->close(m.state);
    rows_release(&wanted);
    rows_release(&corpus);
    map_free(m.done);
    map_free(m.texts);
    map_free(m.replaced_of);
    vec_release(&m.replaced);
    vec_release(&m.chunks_replaced);
    vec_release(&m.made);
    if (ok) *ret = m.report;
    return ok;
}
