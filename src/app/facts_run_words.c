/* The command line of a run, made again from the options that it recorded. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "app/facts_runs.h"
#include "app/options.h"

/* How a recorded option is given on a command line. */
typedef enum Form {
    FORM_VALUE,    /* --option VALUE */
    FORM_NOT_ZERO, /* the same; 0 stands for "not given" */
    FORM_FLAG,     /* true: --option */
    FORM_DOT,      /* "dot": --option */
    FORM_FIRST,    /* false: --option first */
} Form;

typedef struct Recorded {
    const char *name; /* in the JSON */
    OptionId option;
    Form form;
} Recorded;

static const Recorded RECORDED[] = {
    {"embedder", OPT_TRAIN_EMBEDDER, FORM_VALUE},
    {"reranker", OPT_TRAIN_RERANKER, FORM_VALUE},
    {"method", OPT_METHOD, FORM_VALUE},
    {"loss", OPT_LOSS, FORM_VALUE},
    {"hidden", OPT_HIDDEN, FORM_NOT_ZERO},
    {"epochs", OPT_EPOCHS, FORM_VALUE},
    {"batch", OPT_BATCH, FORM_VALUE},
    {"lr", OPT_LR, FORM_VALUE},
    {"decay", OPT_DECAY, FORM_VALUE},
    {"warmup", OPT_WARMUP, FORM_VALUE},
    {"weight_decay", OPT_WEIGHT_DECAY, FORM_VALUE},
    {"clip", OPT_CLIP, FORM_VALUE},
    {"scale", OPT_SCALE, FORM_NOT_ZERO},
    {"similarity", OPT_DOT, FORM_DOT},
    {"negatives", OPT_NEGATIVES, FORM_NOT_ZERO},
    {"use_all_docs", OPT_POSITIVES, FORM_FIRST},
    {"eval_every", OPT_EVAL_EVERY, FORM_NOT_ZERO},
    {"patience", OPT_PATIENCE, FORM_NOT_ZERO},
    {"pairs", OPT_PAIRS, FORM_NOT_ZERO},
    {"accumulate", OPT_ACCUMULATE, FORM_VALUE},
    {"mini_batch", OPT_MINI_BATCH, FORM_VALUE},
    {"dropout", OPT_DROPOUT, FORM_VALUE},
    {"rank", OPT_RANK, FORM_VALUE},
    {"alpha", OPT_ALPHA, FORM_VALUE},
    {"freeze", OPT_TRAIN_FREEZE, FORM_VALUE},
    {"directions", OPT_DIRECTIONS, FORM_VALUE},
    {"hardness", OPT_HARDNESS, FORM_VALUE},
    {"margin", OPT_LOSS_MARGIN, FORM_VALUE},
    {"margin_relative", OPT_MARGIN_RELATIVE, FORM_FLAG},
    {"matryoshka", OPT_MATRYOSHKA, FORM_VALUE},
    {"guide", OPT_GUIDE, FORM_VALUE},
    {"keep_epochs", OPT_KEEP_EPOCHS, FORM_FLAG},
    {"refit", OPT_REFIT, FORM_FLAG},
    {"no_refit", OPT_NO_REFIT, FORM_FLAG},
    {"seed", OPT_SEED, FORM_VALUE},
};

void run_words_release(RunWords *w)
{
    for (size_t i = 0; i < w->count; i++) free(w->items[i]);
    vec_release(w);
}

static void add_option(RunWords *w, OptionId id, const char *value)
{
    vec_push(w, str_format("--%s", OPTIONS[id].name));
    if (value) vec_push(w, mem_strdup(value));
}

/* The value as the command line takes it; NULL: not given. The caller's. */
static char *value_of(const cJSON *item, Form form)
{
    if (form == FORM_FIRST) return cJSON_IsFalse(item) ? mem_strdup("first") : NULL;
    if (cJSON_IsString(item)) return mem_strdup(item->valuestring);
    if (!cJSON_IsNumber(item) || (form == FORM_NOT_ZERO && item->valuedouble == 0)) return NULL;
    /* the shortest form that is the same number again */
    for (int digits = 6; digits < 17; digits++) {
        char *text = str_format("%.*g", digits, item->valuedouble);
        if (strtod(text, NULL) == item->valuedouble) return text;
        free(text);
    }
    return str_format("%.17g", item->valuedouble);
}

static bool is_default(const Options *defaults, OptionId id, const char *value)
{
    Str text = {0};
    option_value(&OPTIONS[id], defaults, &text);
    bool same = strcmp(str_get(&text), value) == 0;
    str_release(&text);
    return same;
}

static void add_recorded(const cJSON *j, const Recorded *r, const Options *defaults, RunWords *w)
{
    const cJSON *item = cJSON_GetObjectItem(j, r->name);
    if (r->form == FORM_FLAG || r->form == FORM_DOT) {
        const char *text = cJSON_GetStringValue(item);
        if (cJSON_IsTrue(item) || (r->form == FORM_DOT && text && strcmp(text, "dot") == 0))
            add_option(w, r->option, NULL);
        return;
    }
    char *value = value_of(item, r->form);
    if (value && !(defaults && is_default(defaults, r->option, value)))
        add_option(w, r->option, value);
    free(value);
}

/* What the method takes unasked need not be said. */
static void take_defaults(const char *method, TrainOptions *options)
{
    TrainOptions asked = *options, resolved;
    Err unknown;
    if (method) asked.method = method;
    if (!train_options_resolve(&asked, &resolved, &unknown)) return;
    resolved.method = options->method;
    *options = resolved;
}

bool run_words(const RunRow *r, const char *name, bool brief, RunWords *ret, Err *err)
{
    cJSON *j = cJSON_Parse(r->options ? r->options : "");
    if (!cJSON_IsObject(j) || !cJSON_GetObjectItem(j, "method")) {
        cJSON_Delete(j);
        return err_set(err, ERR_FORMAT, "the options of run '%s' cannot be read: train it anew",
                       r->name);
    }
    Options defaults;
    options_init(&defaults);
    take_defaults(cJSON_GetStringValue(cJSON_GetObjectItem(j, "method")), &defaults.train);
    run_words_release(ret);
    vec_push(ret, mem_strdup("train"));
    add_option(ret, OPT_TRAIN_NAME, name);
    for (size_t i = 0; i < sizeof RECORDED / sizeof *RECORDED; i++)
        add_recorded(j, &RECORDED[i], brief ? &defaults : NULL, ret);
    options_release(&defaults);
    cJSON_Delete(j);
    return true;
}

static bool is_taken(const RunsFacts *f, const char *name)
{
    for (size_t i = 0; f && i < f->count; i++)
        if (strcmp(f->items[i].row.name, name) == 0) return true;
    return false;
}

char *run_fresh_name(const RunsFacts *f, const char *name)
{
    if (!is_taken(f, name)) return mem_strdup(name);
    size_t stem = strlen(name);
    while (stem > 0 && name[stem - 1] >= '0' && name[stem - 1] <= '9') stem--;
    if (stem < 2 || name[stem - 1] != '-' || name[stem] == '\0')
        stem = strlen(name);
    else
        stem--; /* "ft-2" is the second ft */
    for (size_t n = 2;; n++) {
        char *fresh = str_format("%.*s-%zu", (int)stem, name, n);
        if (!is_taken(f, fresh)) return fresh;
        free(fresh);
    }
}
