#include "app/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/option_types.h"
#include "model/trainable.h"
#include "num/loss.h"
#include "num/loss_scores.h"

void options_init(Options *o)
{
    *o = (Options){
        .seed = 1,
        .eval_format = "text",
        .shown = 10,
        .ingest = {.chunk = chunk_options_default(), .auto_split = true},
        .generate = {.generator = "offline", .per_chunk = 2},
        .lsa = lsa_options_default(),
        .mine = mine_options_default(),
        .train = train_options_default(),
        .sweep = sweep_options_default(),
        .eval = eval_options_default(),
        .search = {.k = 10},
    };
    if (o->eval.k_count == 0) {
        static const size_t CUTS[] = {1, 3, 5, 10};
        memcpy(o->eval.ks, CUTS, sizeof CUTS);
        o->eval.k_count = sizeof CUTS / sizeof *CUTS;
    }
    if (!o->mine.retriever) o->mine.retriever = "lsa";
}

void options_release(Options *o)
{
    vec_release(&o->retrievers);
}

/* ---- words that other tables know ---- */

static void add_choice(const char *word, Str *out)
{
    if (out->size > 0) str_add_char(out, '|');
    str_add(out, word);
}

static void import_formats(Str *out)
{
    for (size_t i = 0; i < EXCHANGE_FORMAT_COUNT; i++)
        if (EXCHANGE_FORMATS[i].read) add_choice(EXCHANGE_FORMATS[i].name, out);
}

static void export_formats(Str *out)
{
    for (size_t i = 0; i < EXCHANGE_FORMAT_COUNT; i++)
        if (EXCHANGE_FORMATS[i].write) add_choice(EXCHANGE_FORMATS[i].name, out);
}

static void eval_formats(Str *out)
{
    for (size_t i = 0; i < EVAL_FORMAT_COUNT; i++) add_choice(EVAL_FORMATS[i].name, out);
}

static void losses(Str *out)
{
    for (size_t i = 0; i < LOSS_COUNT; i++) add_choice(LOSSES[i].name, out);
    for (size_t i = 0; i < SCORE_LOSS_COUNT; i++) add_choice(SCORE_LOSSES[i].name, out);
}

static void methods(Str *out)
{
    Str spaced = {0};
    trainable_methods(&spaced);
    for (const char *at = str_get(&spaced); *at;) {
        at += strspn(at, " ");
        size_t size = strcspn(at, " ");
        if (size > 0 && out->size > 0) str_add_char(out, '|');
        str_add_bytes(out, at, size);
        at += size;
    }
    str_release(&spaced);
}

/* ---- the table ---- */

/* The type and the place of a value; a field of another type than the option's does not compile. */
#define IN(member, T)                                                                              \
    .at = offsetof(Options, member) + 0 * sizeof(char[_Generic(((Options *)0)->member, T : 1)])
#define FLAG(member) .type = &OPTION_FLAG, IN(member, bool)
#define TEXT(member) .type = &OPTION_TEXT, IN(member, const char *)
#define SIZE(member) .type = &OPTION_SIZE, IN(member, size_t)
#define REAL(member) .type = &OPTION_REAL, IN(member, double)
#define ID(member) .type = &OPTION_ID, IN(member, int64_t)
#define SWITCH(member, off_on) .type = &OPTION_SWITCH, .words = off_on, IN(member, bool)
#define CHOICE(member, list) .type = &OPTION_CHOICE, .words = list, IN(member, unsigned)
#define SPLITS(member)                                                                             \
    .type = &OPTION_SPLITS, .value = "SPLIT,…", .words = "train|val|test", IN(member, int)
#define STATUSES(member)                                                                           \
    .type = &OPTION_STATUSES, .value = "STATUS,…", .words = "pending|accepted|rejected|flagged",   \
    IN(member, int)
#define ONE_SPLIT(member, list)                                                                    \
    .type = &OPTION_SPLIT, .value = "SPLIT", .words = list, IN(member, Split)
#define MINE(T) .type = &T, IN(mine, MineOptions)

#define COUNT_MAX 1e9

const Option OPTIONS[OPT_COUNT] = {
    [OPT_HELP] = {"help", 'h', .help = "this help", FLAG(help)},
    [OPT_PROJECT] = {"project", 'p', "FILE",
                     "the project; else $HONE_PROJECT, else the only *.hone here", TEXT(project)},
    [OPT_QUIET] = {"quiet", 'q', .help = "no progress on stderr", FLAG(quiet)},
    [OPT_JSON] = {"json", .help = "one JSON document on stdout", FLAG(json)},
    [OPT_THREADS] = {"threads", .value = "N", .help = "threads to use; all cores unless given",
                     SIZE(threads), .low = 1, .high = 1024},

    [OPT_JSONL] = {"jsonl", .help = "one JSON object a line", FLAG(jsonl)},
    [OPT_SEED] = {"seed", .value = "N",
                  .help = "of everything random: the same seed, the same result",
                  .type = &OPTION_SEED, IN(seed, uint64_t)},
    [OPT_WHERE] = {"where", 'w', "FILTER", "those that match, such as status:pending or doubt>0.5",
                   TEXT(where)},
    [OPT_LIMIT] = {"limit", .value = "N", .help = "at most N rows", SIZE(limit), .low = 1},
    [OPT_DRY_RUN] = {"dry-run", .help = "say what would be decided, decide nothing", FLAG(dry_run)},

    [OPT_ADD_SPLIT] = {"split", 's', "SPLIT",
                       "where the documents go; auto, the default, deals new ones out 80/10/10",
                       .type = &OPTION_ADD_SPLIT, .words = "train|val|test|auto",
                       IN(ingest, IngestOptions)},
    [OPT_CHUNK_TOKENS] = {"chunk-tokens", .value = "N", .help = "longest chunk",
                          SIZE(ingest.chunk.max_tokens), .low = 16, .high = 8192},
    [OPT_OVERLAP_TOKENS] = {"overlap-tokens", .value = "N",
                            .help = "at most so much of a chunk is repeated in the next",
                            SIZE(ingest.chunk.overlap_tokens), .low = 0, .high = 4096},
    [OPT_TITLE_BODY] = {"title-body", .help = "embed title and heading path before the text",
                        FLAG(lsa.title_body)},

    [OPT_IMPORT_FORMAT] = {"format", 'f', "FORMAT", "of the file; guessed unless given",
                           TEXT(import.format), .choices = import_formats},
    [OPT_IMPORT_SPLIT] = {"split", 's', ONE_SPLIT(import.split, "train|val|test"),
                          .help =
                              "where the set goes; train, or what its folder says, unless given"},
    [OPT_IMPORT_MODEL] = {"model", .value = "FOLDER",
                          .help = "a LlamaIndex adapter folder, with --name and --embedder",
                          TEXT(model)},
    [OPT_NAME] = {"name", .value = "NAME", .help = "what the retriever is called", TEXT(name)},
    [OPT_EMBEDDER] = {"embedder", 'e', "E", "lsa, or a model: its path or name", TEXT(embedder),
                      .names = NAMES_EMBEDDER},

    [OPT_MOVE_SPLIT] = {"split", 's', ONE_SPLIT(split, "none|train|val|test"),
                        .help = "where the named documents go"},
    [OPT_AUTO] = {"auto", .help = "deal documents without a split out 80/10/10", FLAG(deal_out)},
    [OPT_AGAIN] = {"again",
                   .help = "with --auto: deal out all documents, also those that have a split",
                   FLAG(again)},
    [OPT_CHECK] = {"check", .help = "look for the same text on both sides", FLAG(check)},
    [OPT_FREEZE] = {"freeze", ONE_SPLIT(freeze, "test"),
                    .help = "remember this split as it is; evaluations say when it changed"},

    [OPT_GENERATOR] = {"generator", .value = "NAME", .help = "what makes the questions",
                       TEXT(generate.generator), .words = "offline"},
    [OPT_PER_CHUNK] = {"per-chunk", 'n', "N", "questions a chunk", SIZE(generate.per_chunk),
                       .low = 1, .high = 100},
    [OPT_GENERATE_LIMIT] = {"limit", .value = "N", .help = "at most N chunks", SIZE(generate.limit),
                            .low = 1},
    [OPT_GENERATE_CHUNK] = {"chunk", .value = "ID",
                            .help = "only this chunk, also when it has questions",
                            ID(generate.chunk_id)},
    [OPT_GENERATE_WHERE] = {"where", 'w', "FILTER", "only chunks that match",
                            TEXT(generate.filter)},
    [OPT_GENERATE_ALL] = {"all", .help = "also chunks that have questions of another origin",
                          FLAG(generate.all)},
    [OPT_INSTEAD] = {"instead", .value = "FILTER",
                     .help = "replace the questions that match: as many new ones, the old rejected",
                     TEXT(generate.instead)},
    [OPT_INTO] = {"into", ONE_SPLIT(generate.into, "train|val|test"),
                  .help = "the questions' split; their chunk's unless given"},
    [OPT_ACCEPT] = {"accept", .help = "accept at once what no doubt speaks against",
                    FLAG(generate.accept)},

    [OPT_DIMS] = {"dims", .value = "N", .help = "dimensions", SIZE(lsa.dims), .low = 1,
                  .high = 4096},
    [OPT_STDIN] = {"stdin", .help = "read a text a line, print its vector as JSON a line",
                   FLAG(standard_input)},
    [OPT_QUERY] = {"query", .help = "with --stdin: the texts are queries, not passages",
                   FLAG(query_side)},
    [OPT_REVISION] = {"revision", .value = "REV",
                      .help = "a branch, a tag or a commit instead of main", TEXT(revision)},

    [OPT_MINE_RETRIEVER] = {"retriever", 'r', "R", "what looks for candidates",
                            TEXT(mine.retriever), .names = NAMES_RETRIEVER},
    [OPT_MINE_RERANKER] = {"reranker", .value = "R",
                           .help = "a cross-encoder whose scores replace the retriever's",
                           TEXT(mine.reranker), .names = NAMES_RERANKER},
    [OPT_RANGE] = {"range", .value = "M:N",
                   .help = "of what the filters leave, skip M and look at the first N",
                   MINE(OPTION_RANGE), .high = COUNT_MAX},
    [OPT_SCORE] = {"score", .value = "LO:HI",
                   .help = "only scores in this band; either end may be left out",
                   MINE(OPTION_BAND)},
    [OPT_MARGIN] = {"margin", .value = "X",
                    .help = "only scores at least X below the lowest positive's",
                    MINE(OPTION_FILTER), .which = MINE_MARGIN, .low = -INFINITY},
    [OPT_RELATIVE_MARGIN] = {"relative-margin", .value = "X",
                             .help = "only scores below the lowest positive's by a share X of it",
                             MINE(OPTION_FILTER), .which = MINE_RELATIVE_MARGIN, .low = -INFINITY},
    [OPT_SAMPLING] = {"sampling", .value = "HOW", .help = "which of those that are left",
                      SWITCH(mine.random_sampling, "top|random")},
    [OPT_PER_QUESTION] = {"per-question", 'n', "K", "candidates a question",
                          SIZE(mine.per_question), .low = 1, .high = 10000},
    [OPT_FALLBACK] = {"fallback", .value = "HOW",
                      .help = "what fills up questions that come out short",
                      SWITCH(mine.random_fallback, "none|random")},
    [OPT_POOL] = {"pool", .value = "FILE",
                  .help = "look in these texts (jsonl of \"text\", or a text a line) instead",
                  TEXT(mine.pool_path)},
    [OPT_MINE_SPLIT] = {"split", 's', SPLITS(mine.splits),
                        .help = "questions of these splits; train unless given"},
    [OPT_MINE_STATUS] = {"status", STATUSES(mine.statuses),
                         .help = "questions with these; accepted unless given"},
    [OPT_MINE_DRY_RUN] = {"dry-run", .help = "say what each filter would keep, write nothing",
                          FLAG(mine.dry_run)},

    [OPT_TRAIN_EMBEDDER] = {"embedder", 'e', "E", "what is trained or adapted",
                            TEXT(train.embedder), .names = NAMES_EMBEDDER},
    [OPT_TRAIN_RERANKER] = {"reranker", .value = "R",
                            .help = "a cross-encoder's folder or name, which is trained instead: "
                                    "by full unless lora is said",
                            TEXT(train.reranker), .names = NAMES_RERANKER},
    [OPT_METHOD] = {"method", 'm', "METHOD", "how", TEXT(train.method), .choices = methods},
    [OPT_TRAIN_NAME] = {"name", .value = "NAME",
                        .help = "of the run and of the retriever that it makes", TEXT(train.name)},
    [OPT_LOSS] = {"loss", .value = "LOSS",
                  .help = "what is made small; of a --reranker listwise or bce", TEXT(train.loss),
                  .choices = losses},
    [OPT_HIDDEN] = {"hidden", .value = "N", .help = "rank or width; the method's own unless given",
                    SIZE(train.hidden), .low = 1, .high = 65536, .of = "low-rank|two-layer"},
    [OPT_EPOCHS] = {"epochs", .value = "N",
                    .help = "times through the pairs; the method's own "
                            "unless given",
                    SIZE(train.epochs), .low = 1, .high = 100000},
    [OPT_BATCH] = {"batch", .value = "N", .help = "pairs a batch; the method's own unless given",
                   SIZE(train.batch), .low = 1, .high = 65536},
    [OPT_LR] = {"lr", .value = "X", .help = "learning rate; the method's own unless given",
                REAL(train.lr), .low = 0, .high = 100},
    [OPT_DECAY] = {"decay", .value = "HOW", .help = "of the learning rate after the warm-up",
                   CHOICE(train.decay, "linear|cosine|none")},
    [OPT_WARMUP] = {"warmup", .value = "SHARE",
                    .help = "share of the steps in which the rate rises", REAL(train.warmup),
                    .low = 0, .high = 1},
    [OPT_WEIGHT_DECAY] = {"weight-decay", .value = "X", .help = "AdamW's", REAL(train.weight_decay),
                          .low = 0, .high = 1},
    [OPT_CLIP] = {"clip", .value = "X", .help = "longest gradient; 0: any", REAL(train.clip),
                  .low = 0},
    [OPT_SCALE] = {"scale", .value = "X",
                   .help = "of the similarities in the loss; its own unless given, 1 with --dot",
                   REAL(train.scale), .low = 1e-6, .high = 1e6},
    [OPT_DOT] = {"dot", .help = "dot product instead of cosine", FLAG(train.dot)},
    [OPT_DIRECTIONS] = {"directions", .value = "LIST",
                        .help =
                            "what mnrl compares: q-d, and d-q, q-q, d-d with it, commas between",
                        TEXT(train.directions), .of = "mnrl"},
    [OPT_HARDNESS] = {"hardness", .value = "X", .help = "of mnrl: harder negatives count more",
                      REAL(train.hardness), .low = 0, .high = 100, .of = "mnrl|symmetric|gist"},
    [OPT_LOSS_MARGIN] = {"margin", .value = "X", .help = "of triplet, contrastive and gist",
                         REAL(train.margin), .low = -2, .high = 2,
                         .of = "triplet|contrastive|gist"},
    [OPT_MARGIN_RELATIVE] = {"margin-relative",
                             .help = "gist's margin is a share of the positive's score",
                             FLAG(train.margin_relative), .of = "gist"},
    [OPT_MATRYOSHKA] = {"matryoshka", .value = "DIMS",
                        .help = "the loss of each of these first dimensions too: 384,256,128",
                        TEXT(train.matryoshka)},
    [OPT_GUIDE] = {"guide", .value = "R",
                   .help = "of gist: the retriever that knows false negatives", TEXT(train.guide),
                   .names = NAMES_RETRIEVER, .of = "gist"},
    [OPT_NEGATIVES] = {"negatives", .value = "K",
                       .help = "candidates a question a visit (kept, or pending and no suspects), "
                               "beside the batch's own",
                       SIZE(train.negatives), .low = 0, .high = 1000},
    [OPT_POSITIVES] = {"positives", .value = "WHICH",
                       .help = "relevant chunks of a question that are trained on",
                       SWITCH(train.use_all_docs, "first|all")},
    [OPT_EVAL_EVERY] =
        {"eval-every", .value = "N",
         .help = "steps between evaluations; twice an epoch unless given, of encoders once",
         SIZE(train.eval_every), .low = 1},
    [OPT_PATIENCE] = {"patience", .value = "N",
                      .help = "stop after N evaluations without a better one", SIZE(train.patience),
                      .low = 1},
    [OPT_PAIRS] = {"pairs", .value = "N", .help = "a random subset of the pairs", SIZE(train.pairs),
                   .low = 1},
    [OPT_ACCUMULATE] = {"accumulate", .value = "N", .help = "batches whose gradients make one step",
                        SIZE(train.accumulate), .low = 1, .high = 65536},
    [OPT_MINI_BATCH] = {"mini-batch", .value = "TOKENS",
                        .help = "full and lora: tokens that are kept for the way back at once; "
                                "what 1 GB holds unless given",
                        SIZE(train.mini_batch), .low = 1, .high = 1e9, .of = "full|lora"},
    [OPT_DROPOUT] = {"dropout", .value = "P",
                     .help = "full and lora: 0 is off; the model's own unless given",
                     REAL(train.dropout), .low = 0, .high = 0.9, .of = "full|lora"},
    [OPT_RANK] = {"rank", .value = "N", .help = "of lora; 16 unless given", SIZE(train.rank),
                  .low = 1, .high = 4096, .of = "lora"},
    [OPT_ALPHA] = {"alpha", .value = "X",
                   .help = "lora: its change counts X / rank; twice the rank unless given",
                   REAL(train.alpha), .low = 1e-3, .high = 1e6, .of = "lora"},
    [OPT_TRAIN_FREEZE] = {"freeze", .value = "WHAT",
                          .help = "full: \"embeddings\" stay as they are, or so many of "
                                  "the lower layers too",
                          TEXT(train.freeze), .of = "full"},
    [OPT_KEEP_EPOCHS] = {"keep-epochs", .help = "also keep NAME@1, NAME@2, …",
                         FLAG(train.keep_epochs)},
    [OPT_REFIT] =
        {"refit",
         .help =
             "train again on train and val for as long as was best; done unasked where no val "
             "questions are and a tenth of train was cut off to choose on, but not for encoders",
         FLAG(train.refit)},
    [OPT_NO_REFIT] = {"no-refit", .help = "not even then", FLAG(train.no_refit)},
    [OPT_REPLACE] = {"replace", .help = "drop a run of that name first", FLAG(train.replace)},
    [OPT_PROFILE] = {"profile", .help = "say where the run's time went", FLAG(profile)},
    [OPT_ESTIMATE] = {"estimate", .help = "say what the run would take, do not train",
                      FLAG(estimate)},

    [OPT_SWEEP_NAME] = {"name", .value = "NAME", .help = "its runs are NAME-METHOD-PAIRS",
                        TEXT(train.name)},
    [OPT_SWEEP_METHODS] = {"methods", .value = "LIST",
                           .help =
                               "smallest first: linear,low-rank,full; all that fit unless given",
                           TEXT(sweep.methods)},
    [OPT_SWEEP_PAIRS] = {"pairs", .value = "LIST", .help = "how many pairs: 100,1000,all",
                         TEXT(sweep.pairs)},
    [OPT_BUDGET] = {"budget", .value = "SECONDS",
                    .help = "of all runs together; what does not fit is left out",
                    REAL(sweep.budget_s), .low = 0},

    [OPT_EVAL_SPLIT] = {"split", 's', ONE_SPLIT(eval.split, "train|val|test"),
                        .help = "questions of this split"},
    [OPT_CORPUS] = {"corpus", .value = "WHICH", .help = "search every chunk, or only the split's",
                    SWITCH(eval.corpus_split, "all|split")},
    [OPT_CUTS] = {"cuts", 'k', "K,…", "where the metrics cut", .type = &OPTION_CUTS,
                  IN(eval, EvalOptions), .low = 1, .high = 1000},
    [OPT_EVAL_WHERE] = {"where", 'w', "FILTER", "only questions that match", TEXT(eval.filter)},
    [OPT_EVAL_FORMAT] = {"format", 'f', "FORMAT", "of the table", TEXT(eval_format),
                         .choices = eval_formats},
    [OPT_NO_STORE] = {"no-store", .help = "do not keep the table in the project", FLAG(no_store)},
    [OPT_SHOWN] = {"show", .value = "N", .help = "questions won and lost that are shown",
                   SIZE(shown), .low = 0, .high = COUNT_MAX},

    [OPT_RETRIEVER] = {"retriever", 'r', "R", "what searches; may be repeated",
                       .type = &OPTION_TEXTS, IN(retrievers, Texts), .names = NAMES_RETRIEVER},
    [OPT_K] = {"count", 'k', "K", "results", SIZE(search.k), .low = 1, .high = 10000},
    [OPT_QUESTIONS] = {"questions", .help = "search the questions instead of the chunks",
                       FLAG(search.questions)},
    [OPT_SEARCH_SPLIT] = {"split", 's', SPLITS(search.corpus_splits),
                          .help = "only chunks of these splits"},

    [OPT_EXPORT_FORMAT] = {"format", 'f', "FORMAT", "of the file or folder", TEXT(format),
                           .choices = export_formats},
    [OPT_EXPORT_SPLIT] = {"split", 's', SPLITS(splits),
                          .help = "questions of these splits; all unless given"},
    [OPT_EXPORT_STATUS] = {"status", STATUSES(statuses),
                           .help = "questions with these; accepted unless given"},

    [OPT_WHY] = {"why", .value = "TEXT", .help = "a reason, kept in the journal", TEXT(why)},
    [OPT_CHUNK] = {"chunk", .value = "ID", .help = "the chunk that answers it", ID(chunk_id)},
    [OPT_QUESTION_SPLIT] = {"split", 's', ONE_SPLIT(split, "train|val|test"),
                            .help = "of the question; the chunk's unless given"},
    [OPT_REMOVE] = {"remove", .help = "remove the named run with its metrics and retrievers",
                    FLAG(remove)},
    [OPT_UNSET] = {"unset", .help = "back to the default", FLAG(unset)},
};

void option_words(const Option *o, Str *out)
{
    if (o->words)
        str_add(out, o->words);
    else if (o->choices)
        o->choices(out);
}

bool option_set(const Option *o, const char *text, Options *options, Err *err)
{
    void *field = (char *)options + o->at;
    if (!o->type->parse(o, text, field, err)) return err_prefix(err, "--%s", o->name);
    options->given[o - OPTIONS] = true;
    return true;
}

void option_value(const Option *o, const Options *options, Str *out)
{
    o->type->format(o, (const char *)options + o->at, out);
}
