/* Options: one table. Parsing, `-h` of every command, completion and the settings pane follow from
 * its rows.
 *
 * A row names an option once: its words, its type with limits, and where its value goes in Options.
 * Defaults are what options_init leaves there: where a task has an options struct of its own it
 * stands in Options as it is, so that the task's default is the only one. Two rows may share a name
 * when no command takes both and both take a value or neither does. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include <stddef.h>

#include "app/option_names.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "model/lsa.h"
#include "task/evaluate.h"
#include "task/exchange.h"
#include "task/generate.h"
#include "task/ingest.h"
#include "task/mine.h"
#include "task/search.h"
#include "task/sweep.h"
#include "task/train.h"

typedef VEC(const char *) Texts;

typedef enum OptionId {
    OPT_HELP, OPT_PROJECT, OPT_QUIET, OPT_JSON, OPT_THREADS, /* every command takes these */
    OPT_COMMON_COUNT,
    OPT_JSONL = OPT_COMMON_COUNT,
    OPT_SEED, OPT_WHERE, OPT_LIMIT, OPT_DRY_RUN,
    OPT_ADD_SPLIT, OPT_CHUNK_TOKENS, OPT_OVERLAP_TOKENS, OPT_TITLE_BODY,
    OPT_IMPORT_FORMAT, OPT_IMPORT_SPLIT, OPT_IMPORT_MODEL, OPT_NAME, OPT_EMBEDDER,
    OPT_MOVE_SPLIT, OPT_AUTO, OPT_AGAIN, OPT_CHECK, OPT_FREEZE,
    OPT_GENERATOR, OPT_PER_CHUNK, OPT_GENERATE_LIMIT, OPT_GENERATE_CHUNK, OPT_GENERATE_WHERE,
    OPT_ACCEPT, OPT_GENERATE_ALL, OPT_INSTEAD, OPT_INTO,
    OPT_DIMS,
    OPT_STDIN, OPT_QUERY,
    OPT_REVISION,
    OPT_MINE_RETRIEVER, OPT_MINE_RERANKER, OPT_RANGE, OPT_SCORE, OPT_MARGIN, OPT_RELATIVE_MARGIN, OPT_SAMPLING, OPT_PER_QUESTION,
    OPT_FALLBACK, OPT_POOL, OPT_MINE_SPLIT, OPT_MINE_STATUS, OPT_MINE_DRY_RUN,
    OPT_TRAIN_EMBEDDER, OPT_TRAIN_RERANKER, OPT_METHOD, OPT_TRAIN_NAME, OPT_LOSS, OPT_HIDDEN, OPT_EPOCHS, OPT_BATCH, OPT_LR, OPT_DECAY,
    OPT_WARMUP, OPT_WEIGHT_DECAY, OPT_CLIP, OPT_SCALE, OPT_DOT, OPT_NEGATIVES, OPT_POSITIVES, OPT_EVAL_EVERY,
    OPT_PATIENCE, OPT_PAIRS, OPT_ACCUMULATE, OPT_MINI_BATCH, OPT_DROPOUT, OPT_RANK, OPT_ALPHA, OPT_TRAIN_FREEZE, OPT_PROFILE,
    OPT_DIRECTIONS, OPT_HARDNESS, OPT_LOSS_MARGIN, OPT_MARGIN_RELATIVE, OPT_MATRYOSHKA, OPT_GUIDE,
    OPT_KEEP_EPOCHS, OPT_REFIT, OPT_NO_REFIT, OPT_REPLACE, OPT_ESTIMATE,
    OPT_SWEEP_NAME, OPT_SWEEP_METHODS, OPT_SWEEP_PAIRS, OPT_BUDGET,
    OPT_EVAL_SPLIT, OPT_CORPUS, OPT_CUTS, OPT_EVAL_WHERE, OPT_EVAL_FORMAT, OPT_NO_STORE, OPT_SHOWN,
    OPT_RETRIEVER, OPT_K, OPT_QUESTIONS, OPT_SEARCH_SPLIT,
    OPT_EXPORT_FORMAT, OPT_EXPORT_SPLIT, OPT_EXPORT_STATUS,
    OPT_WHY, OPT_CHUNK, OPT_QUESTION_SPLIT, OPT_REMOVE, OPT_UNSET,
    OPT_COUNT
} OptionId;

/* Strings are borrowed from argv. */
typedef struct Options {
    const char *project;
    bool given[OPT_COUNT];   /* which stood on the command line */
    bool help, quiet, json, jsonl;
    size_t threads;          /* 0: all cores */
    uint64_t seed;

    const char *where;       /* filter of a list */
    size_t limit;            /* rows of a list; 0: all */
    const char *format;      /* of export; NULL: guessed */
    const char *eval_format;
    const char *model, *embedder, *name, *why, *revision;
    Split split;             /* where something goes; NONE: not given */
    int splits;              /* bits: what is taken; 0: any */
    int statuses;            /* bits of QuestionStatus; 0: not given */
    Texts retrievers;
    int64_t chunk_id;
    bool deal_out, again, check, standard_input, query_side, remove, unset, dry_run, no_store, estimate, profile;
    Split freeze;
    size_t shown;            /* questions that compare shows */

    IngestOptions ingest;
    ImportOptions import;
    GenerateOptions generate;
    LsaOptions lsa;
    MineOptions mine;
    TrainOptions train;
    SweepOptions sweep; /* its train is the one above */
    EvalOptions eval;
    SearchOptions search;
} Options;

void options_init(Options *o);
void options_release(Options *o);

typedef struct Option Option;

typedef struct OptionType {
    const char *describes;  /* "a whole number", for messages */
    bool takes_value;
    bool (*parse)(const Option *o, const char *text, void *field, Err *err); /* text NULL for flags */
    void (*format)(const Option *o, const void *field, Str *out); /* appends the value; nothing when there is none */
} OptionType;

struct Option {
    const char *name;       /* without dashes */
    char letter;            /* 0: no short form */
    const char *value;      /* how the value is called in help: "N" */
    const char *help;       /* one line */
    const OptionType *type;
    size_t at;              /* offset in Options */
    double low, high;       /* of numbers; high 0: no limit */
    const char *words;      /* "top|random": what may be given, in the order of the values; NULL: see choices */
    void (*choices)(Str *out); /* appends "word|word|…" from a table elsewhere; NULL: anything */
    size_t which;           /* for types with an index: the mining filter */
    OptionNames names;
    const char *of;         /* "full|lora|gist": the methods and losses that it belongs to; NULL: any */
};


extern const Option OPTIONS[OPT_COUNT];

/* option_set: parses text into the option's field. ERR_USAGE names the option, the text and what
 * would do. */
bool option_set(const Option *o, const char *text, Options *options, Err *err);

/* option_value: the value that the field has now, as it would be typed; appends nothing when it has
 * none. */
void option_value(const Option *o, const Options *options, Str *out);

/* option_words: "top|random", whether from the row or from a table; nothing when anything goes.
 * Appends. */
void option_words(const Option *o, Str *out);

#endif
