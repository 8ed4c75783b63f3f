#include "app/dial_desk.h"

#include <string.h>
#include <time.h>

#include "app/mine_words.h"
#include "base/mem.h"
#include "store/corpus.h"
#include "store/mining.h"
#include "store/questions.h"

#define RULE_SHARE 0.05
#define LOOK_MS 100 /* between two looks at how far the search is */
#define STEP_MS 10

/* An open dial and what it was made from. Counts on their way hold it as well: refs is the screen's
 * thread's. */
typedef struct Held {
    size_t refs;
    Dial *dial;
    MineOptions mined; /* texts in arena */
    Arena arena;
    Hash stamp;
} Held;

typedef struct Opening {
    DialDesk *owner;
    Progress progress;
    Held *held;     /* being made */
    bool has_old;   /* there is an open one: */
    Hash old_stamp; /* made from this */
    bool same;      /* and it is still right */
} Opening;

struct DialDesk {
    Desk *desk;
    DialDeskChanged *changed;
    void *context;
    DialState state;
    Held *held;       /* NULL: none open */
    Opening *opening; /* NULL: none on its way */
    uint64_t change;  /* of the desk when the held one was asked for */
    char *error;
    bool answered;
    DialAnswer answer;
    char count_slot, look_slot; /* only their addresses matter */
};

static void held_drop(Held *h)
{
    if (!h || --h->refs > 0) return;
    dial_free(h->dial);
    arena_release(&h->arena);
    free(h);
}

/* ---- opening ---- */

static bool load_options(Store *s, Held *h, Err *err)
{
    MiningRows rows = {0};
    const char *json = NULL;
    if (!minings_load(s, &rows, err)) return false;
    for (size_t i = 0; i < rows.count; i++) /* oldest first */
        if (rows.items[i].finished) json = rows.items[i].options;
    mine_options_read(json, &h->arena, &h->mined);
    rows_release(&rows);
    return true;
}

static bool stamp_questions(Store *s, HashBuilder *b, Err *err)
{
    QuestionRows questions = {0};
    RelevanceRows pairs = {0};
    VerdictRows verdicts = {0};
    bool ok = questions_load(s, &(QuestionQuery){0}, &questions, err) &&
              relevance_load(s, &pairs, err) && verdicts_load(s, &verdicts, err);
    for (size_t i = 0; i < questions.count; i++) {
        const QuestionRow *q = &questions.items[i];
        int64_t facts[] = {q->id, q->status, q->split};
        hash_add(b, facts, sizeof facts);
        hash_add(b, q->text_hash.bytes, HASH_BYTES);
    }
    for (size_t i = 0; i < pairs.count; i++) {
        int64_t facts[] = {pairs.items[i].question_id, pairs.items[i].chunk_id};
        hash_add(b, facts, sizeof facts);
    }
    for (size_t i = 0; i < verdicts.count; i++) {
        int64_t facts[] = {verdicts.items[i].question_id, verdicts.items[i].verdict};
        hash_add(b, facts, sizeof facts);
        hash_add(b, verdicts.items[i].text_hash.bytes, HASH_BYTES);
    }
    rows_release(&questions);
    rows_release(&pairs);
    rows_release(&verdicts);
    return ok;
}

/* Of everything that a search for candidates depends on. */
static bool make_stamp(Store *s, const MineOptions *o, Hash *ret, Err *err)
{
    Hash corpus;
    if (!corpus_stamp(s, &corpus, err)) return false;
    HashBuilder *b = hash_begin();
    hash_add(b, corpus.bytes, HASH_BYTES);
    hash_add_text(b, o->retriever);
    hash_add_text(b, o->reranker ? o->reranker : "");
    hash_add_text(b, o->pool_path ? o->pool_path : "");
    int bits[] = {o->splits, o->statuses};
    hash_add(b, bits, sizeof bits);
    bool ok = stamp_questions(s, b, err);
    Hash stamp = hash_end(b);
    if (ok) *ret = stamp;
    return ok;
}

static bool open_work(void *data, const Env *env, Err *err)
{
    Opening *o = data;
    Held *h = o->held;
    Env own = *env;
    own.progress = &o->progress;
    if (!load_options(env->store, h, err) || !make_stamp(env->store, &h->mined, &h->stamp, err))
        return false;
    o->same = o->has_old && hash_equal(&h->stamp, &o->old_stamp);
    return o->same || dial_open(&own, &h->mined, 0, &h->dial, err);
}

/* The same search may belong to other settings: those of the mining that ran since. */
static void take_opened(DialDesk *x, Opening *o)
{
    if (!o->same) {
        held_drop(x->held);
        x->held = o->held;
        o->held = NULL;
    } else {
        Arena old = x->held->arena;
        x->held->mined = o->held->mined;
        x->held->arena = o->held->arena;
        o->held->arena = old;
    }
    x->answered = false;
}

static void open_done(void *data, const Err *err)
{
    Opening *o = data;
    DialDesk *x = o->owner;
    x->opening = NULL;
    free(x->error);
    x->error = err ? mem_strdup(err->message) : NULL;
    x->state = err ? DIAL_FAILED : DIAL_READY;
    if (!err) take_opened(x, o);
    x->changed(x->context);
}

static void open_release(void *data)
{
    Opening *o = data;
    held_drop(o->held);
    progress_release(&o->progress);
    free(o);
}

/* ---- progress ---- */

/* Waits a moment on LANE_LIST: what is delivered from there lets the screen look at the progress
 * again. */
static bool look_work(void *data, const Env *env, Err *err)
{
    (void)data;
    for (int ms = 0; ms < LOOK_MS; ms += STEP_MS) {
        if (!cancel_check(env->cancel, err)) return false;
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
    }
    return true;
}

static void look_done(void *data, const Err *err);

static void ask_look(DialDesk *x)
{
    Inquiry q = {.slot = &x->look_slot, .work = look_work, .done = look_done, .data = x};
    desk_ask(x->desk, LANE_LIST, &q);
}

static void look_done(void *data, const Err *err)
{
    DialDesk *x = data;
    (void)err;
    if (x->state != DIAL_OPENING) return;
    x->changed(x->context);
    ask_look(x);
}

/* ---- as the screen sees it ---- */

DialDesk *dial_desk_new(Desk *d, DialDeskChanged *changed, void *context)
{
    DialDesk *x = mem_zero(1, sizeof *x);
    x->desk = d;
    x->changed = changed;
    x->context = context;
    return x;
}

void dial_desk_free(DialDesk *x)
{
    if (!x) return;
    desk_forget(x->desk, x);
    desk_forget(x->desk, &x->count_slot);
    desk_forget(x->desk, &x->look_slot);
    held_drop(x->held);
    free(x->error);
    free(x);
}

void dial_desk_open(DialDesk *x)
{
    if (x->state == DIAL_OPENING) return;
    if (x->state == DIAL_READY && x->held && x->change == desk_change(x->desk)) return;
    Opening *o = mem_zero(1, sizeof *o);
    o->owner = x;
    o->held = mem_zero(1, sizeof *o->held);
    o->held->refs = 1;
    o->has_old = x->held != NULL;
    if (x->held) o->old_stamp = x->held->stamp;
    progress_init(&o->progress);
    x->opening = o;
    x->state = DIAL_OPENING;
    x->change = desk_change(x->desk);
    desk_forget(x->desk, &x->count_slot);
    Inquiry q = {
        .slot = x, .work = open_work, .done = open_done, .release = open_release, .data = o};
    desk_ask(x->desk, LANE_SEARCH, &q);
    ask_look(x);
}

void dial_desk_stop(DialDesk *x)
{
    if (x->state != DIAL_OPENING) return;
    desk_forget(x->desk, x);
    desk_forget(x->desk, &x->look_slot);
    x->opening = NULL;
    x->state = DIAL_CLOSED;
}

DialState dial_desk_state(const DialDesk *x)
{
    return x->state;
}

ProgressState dial_desk_progress(DialDesk *x)
{
    return x->opening ? progress_get(&x->opening->progress) : (ProgressState){0};
}

const char *dial_desk_error(const DialDesk *x)
{
    return x->error ? x->error : "";
}

const MineOptions *dial_desk_mined(const DialDesk *x)
{
    return &x->held->mined;
}

void dial_desk_scores(const DialDesk *x, double *ret_low, double *ret_high)
{
    dial_scores(x->held->dial, ret_low, ret_high);
}

/* ---- counting ---- */

typedef struct Counting {
    DialDesk *owner;
    Held *held;
    MineOptions options;
    DialAnswer answer;
} Counting;

static bool count_work(void *data, const Env *env, Err *err)
{
    Counting *c = data;
    DialCounts other;
    MineOptions o = c->options;
    dial_count(c->held->dial, &o, &c->answer.counts);
    if (!cancel_check(env->cancel, err)) return false;
    for (MineFilter f = 0; f < MINE_FILTERS; f++) o.has[f] = false;
    dial_count(c->held->dial, &o, &other);
    c->answer.first = other.kept;
    c->answer.rule_drops = other.suspects;
    if (!cancel_check(env->cancel, err)) return false;
    o.has[MINE_RELATIVE_MARGIN] = true;
    o.value[MINE_RELATIVE_MARGIN] = RULE_SHARE;
    dial_count(c->held->dial, &o, &other);
    c->answer.rule_starved = other.starved;
    return true;
}

static void count_done(void *data, const Err *err)
{
    Counting *c = data;
    if (err) return;
    c->owner->answer = c->answer;
    c->owner->answered = true;
    c->owner->changed(c->owner->context);
}

static void count_release(void *data)
{
    Counting *c = data;
    held_drop(c->held);
    free(c);
}

void dial_desk_count(DialDesk *x, const MineOptions *options)
{
    if (!x->held) return;
    Counting *c = mem_zero(1, sizeof *c);
    c->owner = x;
    c->held = x->held;
    c->options = *options;
    c->options.retriever = c->options.pool_path = NULL; /* the dial's; nobody looks at these */
    x->held->refs++;
    Inquiry q = {.slot = &x->count_slot,
                 .work = count_work,
                 .done = count_done,
                 .release = count_release,
                 .data = c};
    desk_ask(x->desk, LANE_LIST, &q);
}

const DialAnswer *dial_desk_answer(const DialDesk *x)
{
    return x->answered ? &x->answer : NULL;
}
