#include "task/estimate.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/vectors.h"
#include "task/trainer.h"

#define STEPS_S 0.2     /* of timing steps */
#define STEPS_SHARE 10  /* one in so many of the run's steps is timed at most … */
#define STEPS_LEAST 4   /* … but so many are, one before them not counted */
#define TOKEN_PAIRS 256 /* pairs whose tokens are counted */
#define DRAWS_SHARE 50  /* one in so many draws of a test is made */

/* Where time grows with tokens, steps over so many of them are timed, for so long. */
#define STEP_TOKENS 1500
#define TOKEN_STEPS 3
#define TOKEN_STEPS_S 1.0
#define LONG_STEP_S 5.0
#define EVALUATION_ROWS 64

/* Written to see how quick the disk is; runs that write less are not asked. */
#define SCRATCH_BYTES ((size_t)16 << 20)

/* Seconds that the parts of a run take. */
typedef struct Timing {
    double read, trainable, ready; /* set-up */
    double step, row;  /* one step, beside that for each of its rows, or tokens where they count */
    double evaluation; /* one */
    double gain;       /* one test of best against untrained */
    double tokens;     /* counting them */
    double byte;       /* writing one to the project */
} Timing;

/* ---- measuring ---- */

static double since(double *start)
{
    double now = clock_s(), passed = now - *start;
    *start = now;
    return passed;
}

static bool set_up(Trainer *x, Timing *t, Err *err)
{
    double start = clock_s();
    if (!trainer_read(x, NULL, err)) return false;
    t->read = since(&start);
    if (!trainer_new_trainable(x, err)) return false;
    t->trainable = since(&start);
    if (!trainer_ready(x, err)) return false;
    t->ready = since(&start);
    return true;
}

/* Sets up; again where something had to be made first, which the run will find made. */
static bool set_up_cached(Trainer *x, Timing *t, Err *err)
{
    const Trainer fresh = *x;
    int64_t before, after;
    if (!store_change(x->env->store, &before, err) || !set_up(x, t, err) ||
        !store_change(x->env->store, &after, err))
        return false;
    if (after == before) return true;
    trainer_release(x);
    *x = fresh;
    return set_up(x, t, err);
}

static size_t step_rows(const TrainPlan *plan, size_t step)
{
    return plan->first[plan->batch[step + 1]] - plan->first[plan->batch[step]];
}

/* The steps with the most and the fewest rows: the time of the others lies between. */
static void extreme_steps(const TrainPlan *plan, size_t ret[2])
{
    ret[0] = ret[1] = 0;
    for (size_t s = 1; s < plan->steps; s++) {
        if (step_rows(plan, s) > step_rows(plan, ret[0])) ret[0] = s;
        if (step_rows(plan, s) < step_rows(plan, ret[1])) ret[1] = s;
    }
}

static bool step_at(Trainer *x, size_t step, Err *err)
{
    x->state.step = step;
    return cancel_check(x->env->cancel, err) && trainer_step(x, err);
}

/* Large and small steps in turn. */
static bool time_rows(Trainer *x, Timing *t, Err *err)
{
    size_t most = x->plan.steps / STEPS_SHARE, extreme[2], timed[2] = {0};
    double passed[2] = {0};
    extreme_steps(&x->plan, extreme);
    if (!step_at(x, extreme[0], err)) return false; /* grows what later ones find grown */
    double start = clock_s(), end = start + STEPS_S;
    for (size_t n = 0; n < STEPS_LEAST || (n < most && start < end); n++) {
        if (!step_at(x, extreme[n % 2], err)) return false;
        passed[n % 2] += since(&start);
        timed[n % 2]++;
    }
    double large = (double)step_rows(&x->plan, extreme[0]),
           small = (double)step_rows(&x->plan, extreme[1]);
    t->step = (passed[0] + passed[1]) / (double)(timed[0] + timed[1]);
    if (large == small) return true;
    double by_large = passed[0] / (double)timed[0], by_small = passed[1] / (double)timed[1];
    t->row = fmax(by_large - by_small, 0) / (large - small);
    t->step = fmax(by_large - t->row * large, 0);
    return true;
}

static double pair_tokens(const Trainer *x, const TrainPlan *plan, size_t row)
{
    return (double)trainer_pair_tokens(x, plan->pair[plan->order[row]]);
}

/* The first rows of the plan, so many that a step over them says enough. */
static size_t sample_rows(const Trainer *x)
{
    size_t rows = 0, most = x->plan.first[1];
    for (double tokens = 0; rows < most && (rows < 2 || tokens < STEP_TOKENS); rows++)
        tokens += pair_tokens(x, &x->plan, rows);
    return rows;
}

/* Steps over the first rows alone, the first of them not counted: it touches memory that later ones
 * find touched. Where it takes long enough for that not to matter, it is the only one. */
static bool time_tokens(Trainer *x, Timing *t, Err *err)
{
    size_t first[] = {0, sample_rows(x)}, batch[] = {0, 1};
    TrainPlan plan = x->plan;
    x->plan.first = first;
    x->plan.batch = batch;
    x->plan.steps = x->plan.batches = 1;
    double start = clock_s(), passed = 0, updates = 0;
    uint64_t before = x->state.tokens;
    bool ok = true;
    for (size_t n = 0; ok && n < TOKEN_STEPS + 1 && passed < TOKEN_STEPS_S; n++) {
        ok = step_at(x, 0, err);
        double step = since(&start);
        if (n == 0 && step < LONG_STEP_S) {
            before = x->state.tokens;
            continue;
        }
        passed += step;
        updates += x->update_s;
        t->step = updates / (n ? (double)n : 1);
    }
    double tokens = (double)(x->state.tokens - before);
    if (tokens > 0) t->row = fmax(passed - updates, 0) / tokens;
    x->plan = plan;
    return ok;
}

/* What of a step's tokens is embedded a second time, as a share of a step: a forward pass is a
 * third of it. */
static double again(const Trainer *x, double tokens)
{
    if (x->score_loss) return 0; /* its groups go there and back one by one */
    double pieces = ceil(tokens / (double)x->t->ops->piece(x->t));
    return pieces > 1 ? tokens * (pieces - 1) / pieces / 3 : 0;
}

static double tokens_seconds(const Trainer *x, const Timing *t, const TrainPlan *plan)
{
    double sum = 0;
    for (size_t b = 0; b < plan->batches; b++) {
        double tokens = 0;
        for (size_t i = plan->first[b]; i < plan->first[b + 1]; i++)
            tokens += pair_tokens(x, plan, i);
        sum += tokens + again(x, tokens);
    }
    return t->step * (double)plan->steps + t->row * sum;
}

static double steps_seconds(const Trainer *x, const Timing *t, const TrainPlan *plan)
{
    if (x->t->ops->tokens) return tokens_seconds(x, t, plan);
    double rows = plan->batches ? (double)plan->first[plan->batches] : 0;
    return t->step * (double)plan->steps + t->row * rows;
}

/* The first searched passages, which find all warm that the steps used. */
static bool time_evaluation(Trainer *x, Timing *t, Err *err)
{
    uint32_t rows[EVALUATION_ROWS];
    size_t count = 0, tokens = 0;
    for (; count < EVALUATION_ROWS && count < x->set.searched && tokens < STEP_TOKENS; count++) {
        rows[count] = (uint32_t)count;
        tokens += x->t->ops->tokens(x->t, ROLE_PASSAGE, (uint32_t)count);
    }
    float *y = mem_tensor(count, x->t->dims, "some passages", err);
    double start = clock_s();
    bool ok = y && x->t->ops->embed(x->t, ROLE_PASSAGE, rows, count, y, err);
    t->evaluation = since(&start) * (double)selector_tokens(x->selector) / (double)(tokens + 1);
    free(y);
    return ok;
}

/* The same of a reranker: each question with its positive. */
static bool time_scores(Trainer *x, Timing *t, Err *err)
{
    uint32_t query[EVALUATION_ROWS], passage[EVALUATION_ROWS];
    float score[EVALUATION_ROWS];
    size_t count = 0, tokens = 0;
    for (; count < EVALUATION_ROWS && count < x->plan.pairs && tokens < STEP_TOKENS; count++) {
        query[count] = x->plan.pair[count].question;
        passage[count] = x->plan.pair[count].chunk;
        tokens += x->t->ops->tokens(x->t, ROLE_QUERY, query[count]) +
                  x->t->ops->tokens(x->t, ROLE_PASSAGE, passage[count]);
    }
    TrainablePairs pairs = {query, passage, count};
    bool ok = x->t->ops->score(x->t, &pairs, score, err);
    double start = clock_s();
    ok = ok && x->t->ops->score(x->t, &pairs, score, err);
    t->evaluation = since(&start) * (double)selector_tokens(x->selector) / (double)(tokens + 1);
    return ok;
}

static void time_report(Trainer *x, Timing *t)
{
    size_t sample = x->plan.pairs < TOKEN_PAIRS ? x->plan.pairs : TOKEN_PAIRS;
    double start = clock_s();
    trainer_tokens(x, sample);
    t->tokens = since(&start) * (double)x->plan.pairs / (double)sample;
    trainer_gain(x, x->before.likelihood, x->now.likelihood, STATS_DRAWS / DRAWS_SHARE);
    t->gain = since(&start) * DRAWS_SHARE;
}

/* What a run writes: a checkpoint now and then and before a refit, the best parameters where they
 * are a file, and the retrievers. */
static double writes(const Trainer *x, double seconds)
{
    double saves = trainer_wants_refit(x) + floor(seconds / trainer_checkpoint_s(x));
    double retrievers = 1 + (x->o->keep_epochs ? (double)x->plan.epochs : 0);
    double parameters = (double)x->t->count * sizeof(float);
    double best = x->folder ? (double)x->plan.epochs * parameters + saves * 3 * parameters : 0;
    double retriever = x->folder ? parameters : (double)trainer_put_bytes(x);
    return saves * (double)trainer_save_bytes(x) + retrievers * retriever + best;
}

/* Writes into a scratch file beside the project and takes it away again. The second time is timed:
 * what is replaced has to be dropped too. */
static double seconds_a_byte(const char *beside)
{
    char *path = str_format("%s.estimate-%ld", beside, (long)getpid());
    Store *scratch = NULL;
    Err ignored;
    double passed = 0;
    if (store_create(path, &scratch, &ignored)) {
        char *block = mem_zero(SCRATCH_BYTES, 1);
        Hash hash = hash_text(path);
        bool ok = cache_put(scratch, "scratch", &hash, block, SCRATCH_BYTES, &ignored);
        double start = clock_s();
        if (ok && cache_put(scratch, "scratch", &hash, block, SCRATCH_BYTES, &ignored))
            passed = since(&start);
        free(block);
        store_close(scratch);
        static const char *const ENDS[] = {"", "-wal", "-shm", ".lock"};
        for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
            char *part = str_format("%s%s", path, ENDS[i]);
            unlink(part);
            free(part);
        }
    }
    free(path);
    return passed / (double)SCRATCH_BYTES;
}

static bool measure_rows(Trainer *x, Timing *t, Err *err)
{
    SelectedMeans ignored;
    double start = clock_s();
    if (!trainer_select(x, err)) return false;
    t->evaluation = since(&start);
    if (!cancel_check(x->env->cancel, err) || !time_rows(x, t, err)) return false;
    start = clock_s();
    if (!selector_run(x->selector, x->now, &ignored, err)) return false;
    t->evaluation = fmin(t->evaluation, since(&start)); /* the first one finds cold caches */
    return true;
}

static bool measure(Trainer *x, Timing *t, Err *err)
{
    progress_say(x->env->progress, "timing some steps");
    if (x->t->ops->tokens) {
        if (!time_tokens(x, t, err) || !(x->score_loss ? time_scores : time_evaluation)(x, t, err))
            return false;
    } else if (!measure_rows(x, t, err)) {
        return false;
    }
    time_report(x, t);
    if (writes(x, steps_seconds(x, t, &x->plan)) > (double)SCRATCH_BYTES)
        t->byte = seconds_a_byte(store_path(x->env->store));
    return true;
}

/* ---- adding up ---- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The embedder is opened first; then the set is read, and what that took is not given back in one
 * piece when the run begins. The page cache holds texts and what is written; long arrays are read
 * past it. */
static size_t memory(const Trainer *x, double seconds)
{
    bool saves = trainer_wants_refit(x) || seconds > trainer_checkpoint_s(x);
    size_t saving = saves ? trainer_save_bytes(x) : 0;
    size_t writing = larger(saving, trainer_put_bytes(x));
    size_t run = x->set.reading_bytes + trainer_bytes(x) + writing;
    size_t cached = smaller(store_cache_bytes(), x->set.reading_bytes + saving);
    size_t opening = x->embedder_bytes + x->opening_bytes;
    if (!x->embedder) return cached + larger(larger(opening, x->t->ops->open_bytes(x->t)), run);
    return cached + x->embedder_bytes + larger(x->opening_bytes, run);
}

static void add_up(const Trainer *x, const Timing *t, TrainEstimate *e)
{
    size_t every = train_eval_every(x->o, x->t, &x->plan), steps = x->plan.steps;
    bool refit = trainer_wants_refit(x);
    double seconds = steps_seconds(x, t, &x->plan);
    *e = (TrainEstimate){.questions = train_set_learning(&x->set),
                         .pairs = x->plan.pairs,
                         .negatives = x->set.negative.offset[x->set.questions],
                         .steps = steps,
                         .evaluations = 1 + steps / every + (steps % every != 0),
                         .refit_steps = refit ? x->refit_plan.steps : 0,
                         .step_seconds = seconds / (double)steps,
                         .refit_seconds = refit ? steps_seconds(x, t, &x->refit_plan) : 0,
                         .memory_bytes = memory(x, seconds)};
    e->seconds = t->read + t->trainable + t->ready + seconds +
                 t->evaluation * (double)(e->evaluations + 1) + e->refit_seconds +
                 t->gain * (TRAINER_GAINS + refit) + t->tokens +
                 t->byte * writes(x, seconds + e->refit_seconds);
}

bool train_estimate(const Env *env, const TrainOptions *options, TrainEstimate *ret, Err *err)
{
    TrainOptions o;
    if (!train_options_resolve(options, &o, err)) return false;
    if (!o.name) o.name = "estimate";
    Trainer x = {.env = env,
                 .o = &o,
                 .loss = loss_find(o.loss),
                 .score_loss = o.reranker ? score_loss_find(o.loss) : NULL};
    Timing t = {0};
    progress_begin(env->progress, "estimate", "steps", 0);
    bool ok = set_up_cached(&x, &t, err) && measure(&x, &t, err);
    if (ok) add_up(&x, &t, ret);
    trainer_release(&x);
    return ok;
}

/* ---- in words ---- */

static void add_count(Str *out, size_t n)
{
    if (n >= 1000) {
        add_count(out, n / 1000);
        str_addf(out, ",%03zu", n % 1000);
    } else {
        str_addf(out, "%zu", n);
    }
}

static void add_seconds(Str *out, double seconds)
{
    if (seconds >= 5400)
        str_addf(out, "%.1f h", seconds / 3600);
    else if (seconds >= 100)
        str_addf(out, "%.0f min", seconds / 60);
    else if (seconds >= 3)
        str_addf(out, "%.0f s", seconds);
    else
        str_addf(out, "%.1f s", seconds);
}

void train_estimate_text(const TrainEstimate *e, Str *out)
{
    str_add(out, "about ");
    add_seconds(out, e->seconds);
    str_addf(out, ", %.0f MB: ", (double)e->memory_bytes / 1e6);
    add_count(out, e->steps);
    str_add(out, e->steps == 1 ? " step" : " steps");
    if (e->refit_steps) {
        str_add(out, " and up to ");
        add_count(out, e->refit_steps);
        str_add(out, " to train again on all pairs");
    }
    str_add(out, "; ");
    add_count(out, e->questions);
    str_add(out, " questions, ");
    add_count(out, e->pairs);
    str_add(out, " pairs, ");
    add_count(out, e->negatives);
    str_add(out, " negatives");
}

void train_estimate_json(const TrainEstimate *e, Str *out)
{
    cJSON *j = cJSON_CreateObject();
    cJSON_AddNumberToObject(j, "questions", (double)e->questions);
    cJSON_AddNumberToObject(j, "pairs", (double)e->pairs);
    cJSON_AddNumberToObject(j, "negatives", (double)e->negatives);
    cJSON_AddNumberToObject(j, "steps", (double)e->steps);
    cJSON_AddNumberToObject(j, "evaluations", (double)e->evaluations);
    cJSON_AddNumberToObject(j, "refit_steps", (double)e->refit_steps);
    cJSON_AddNumberToObject(j, "seconds", e->seconds);
    cJSON_AddNumberToObject(j, "refit_seconds", e->refit_seconds);
    cJSON_AddNumberToObject(j, "step_seconds", e->step_seconds);
    cJSON_AddNumberToObject(j, "memory_bytes", (double)e->memory_bytes);
    char *text = cJSON_Print(j);
    str_addf(out, "%s\n", text);
    free(text);
    cJSON_Delete(j);
}
