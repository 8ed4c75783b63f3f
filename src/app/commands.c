#include "app/commands.h"

#include <string.h>

#include "app/cmd.h"

const char *command_group_title(CommandGroup g)
{
    static const char *const TITLES[GROUP_COUNT] = {
        [GROUP_PROJECT] = "The project", [GROUP_CORPUS] = "Documents and chunks",
        [GROUP_QUESTIONS] = "Questions", [GROUP_NEGATIVES] = "Hard negatives",
        [GROUP_TRAINING] = "Training",   [GROUP_COMPARE] = "Evaluation and search",
        [GROUP_VIEW] = "The screen",
    };
    return TITLES[g];
}

const char *command_group_menu(CommandGroup g)
{
    static const char *const TITLES[GROUP_COUNT] = {
        [GROUP_PROJECT] = "Project",     [GROUP_CORPUS] = "Data",
        [GROUP_QUESTIONS] = "Questions", [GROUP_NEGATIVES] = "Negatives",
        [GROUP_TRAINING] = "Train",      [GROUP_COMPARE] = "Compare",
        [GROUP_VIEW] = "View",
    };
    return TITLES[g];
}

#define TAKES(...)                                                                                 \
    .options = (const OptionId[])                                                                  \
    {                                                                                              \
        __VA_ARGS__ __VA_OPT__(, ) OPT_HELP                                                        \
    }
#define LIST OPT_WHERE, OPT_LIMIT, OPT_JSONL
#define SCREEN(name_, group_, help_, action_, views_, keys_, title_, hint_)                        \
    {                                                                                              \
        .name = name_, .group = group_, .arguments = "", .help = help_, TAKES(),                   \
        .action = action_, .views = views_, .keys = keys_, .title = title_, .hint = hint_          \
    }
#define FILTER_HELP "The filter is --where, or stands after the command:\n  hone "

const Command COMMANDS[] = {
    {"init", GROUP_PROJECT, "[FILE.hone]", "make an empty project",
     "Without a name it is called after the folder. An existing file is never touched.", 0, 1,
     .files = true, TAKES(), PROJECT_NONE, cmd_init, .action = ACTION_COMMAND, .views = ANYWHERE,
     .keys = ",n", .title = "New project"},
    {"sample", GROUP_PROJECT, "[en|zh]", "make a project of the sample corpus",
     "A small handbook in English or Chinese with questions about it: handbook.hone\n"
     "and its documents in handbook/, or with -p where you want them. What is already\n"
     "there is not overwritten.",
     0, 1, .words = "en|zh", TAKES(), .project = PROJECT_NONE, .run = cmd_sample,
     .action = ACTION_SAMPLE, .views = ANYWHERE, .keys = ",h", .title = "Sample project"},
    {"status", GROUP_PROJECT, "", "what is there, and what to do next", NULL, 0, 0, TAKES(),
     .project = PROJECT_OPEN, .run = cmd_status, .action = ACTION_COMMAND, .views = ANYWHERE,
     .keys = ",s", .title = "Status and next steps"},
    {"check", GROUP_PROJECT, "", "look whether the project file is whole", NULL, 0, 0, TAKES(),
     .project = PROJECT_OPEN, .run = cmd_check, .action = ACTION_COMMAND, .views = ANYWHERE,
     .keys = ",k", .title = "Check the project file"},
    {"doctor", GROUP_PROJECT, "", "look at the machine, the libraries and the project",
     "Says which kernels the matrix library runs on this CPU, whether PDF files can\n"
     "be read, and what in the project asks for attention.",
     0, 0, TAKES(), .project = PROJECT_MAYBE, .run = cmd_doctor, .action = ACTION_COMMAND,
     .views = ANYWHERE, .keys = ",d", .title = "Look at the machine"},
    {"config", GROUP_PROJECT, "[NAME [VALUE]]", "show or change the project's settings",
     "A model by a name of yours:  hone config model.NAME FOLDER (or ORG/NAME, as it\n"
     "was pulled). What is put before texts, in place of what its folder says:\n"
     "model.NAME.query_prompt, model.NAME.passage_prompt; a lower limit of tokens:\n"
     "model.NAME.max_tokens. NAME may also be ORG/NAME or a folder.",
     0, 2, TAKES(OPT_UNSET), .project = PROJECT_OPEN, .run = cmd_config, .action = ACTION_COMMAND,
     .views = ANYWHERE, .keys = ",o", .title = "Settings"},
    {"help", GROUP_PROJECT, "[COMMAND]", "this overview, or the help of one command", NULL, 0, 2,
     TAKES(), .project = PROJECT_NONE, .run = cmd_help, .action = ACTION_HELP, .views = ANYWHERE,
     .keys = "? F1", .title = "Help", .hint = "help"},
    {"version", GROUP_PROJECT, "", "the version", NULL, 0, 0, TAKES(), .project = PROJECT_NONE,
     .run = cmd_version, .action = ACTION_COMMAND, .views = ANYWHERE, .keys = ",v",
     .title = "Version"},
    {"completion", GROUP_PROJECT, "bash|zsh|fish", "print a completion file for a shell",
     "For bash:  eval \"$(hone completion bash)\"", 1, 1, .words = "bash|zsh|fish", TAKES(),
     .project = PROJECT_NONE, .run = cmd_completion},

    {"add", GROUP_CORPUS, "PATH…", "read files and folders, cut chunks",
     "Files that did not change are left alone; in a changed one, chunks keep their\n"
     "ids, questions and decisions where their text is still there.",
     1, ARGUMENTS_MAX, .files = true,
     TAKES(OPT_ADD_SPLIT, OPT_CHUNK_TOKENS, OPT_OVERLAP_TOKENS, OPT_TITLE_BODY, OPT_SEED),
     PROJECT_OPEN, cmd_add, .action = ACTION_COMMAND, .views = ANYWHERE, .keys = ",a",
     .title = "Add documents"},
    {"split", GROUP_CORPUS, "[DOCUMENT…]", "show, deal out, check and freeze train, val and test",
     "Without arguments: how much is in which split. With documents (id, path or\n"
     "title) and --split: moves them. --check ends with status 1 when it finds leaks.",
     0, ARGUMENTS_MAX, TAKES(OPT_MOVE_SPLIT, OPT_AUTO, OPT_AGAIN, OPT_CHECK, OPT_FREEZE, OPT_SEED),
     .project = PROJECT_OPEN, .run = cmd_split, .action = ACTION_COMMAND, .views = ANYWHERE,
     .keys = ",p", .title = "Split, freeze, leaks"},
    {"documents", GROUP_CORPUS, "[FILTER…]", "list documents", FILTER_HELP "documents split:test",
     0, ARGUMENTS_MAX, TAKES(LIST), .project = PROJECT_OPEN, .run = cmd_documents,
     .action = ACTION_DOCUMENTS, .views = IN_CHUNKS, .keys = "D", .title = "Documents",
     .hint = "documents"},
    {"chunks", GROUP_CORPUS, "[FILTER…]", "list chunks",
     FILTER_HELP "chunks document:handbook insurance", 0, ARGUMENTS_MAX, TAKES(LIST),
     .project = PROJECT_OPEN, .run = cmd_chunks, .action = ACTION_SHOW_CHUNKS, .views = ANYWHERE,
     .keys = "1 Alt-1", .title = "Chunks"},
    {"chunk", GROUP_CORPUS, "ID…", "show chunks with their questions", NULL, 1, ARGUMENTS_MAX,
     TAKES(), .project = PROJECT_OPEN, .run = cmd_chunk},
    {"chunk edit", GROUP_CORPUS, "ID TEXT", "change the text of a chunk", NULL, 2, 2,
     TAKES(OPT_WHY), .project = PROJECT_OPEN, .run = cmd_chunk_edit, .action = ACTION_EDIT,
     .views = IN_CHUNKS, .keys = "e", .title = "Edit the chunk", .hint = "edit"},
    {"chunk exclude", GROUP_CORPUS, "ID…", "take chunks out: they are not searched any more", NULL,
     1, ARGUMENTS_MAX, TAKES(OPT_WHY), .project = PROJECT_OPEN, .run = cmd_chunk_exclude,
     .action = ACTION_EXCLUDE, .views = IN_CHUNKS, .keys = "x", .title = "Exclude chunks",
     .hint = "exclude"},
    {"chunk include", GROUP_CORPUS, "ID…", "take excluded chunks in again", NULL, 1, ARGUMENTS_MAX,
     TAKES(OPT_WHY), .project = PROJECT_OPEN, .run = cmd_chunk_include, .action = ACTION_INCLUDE,
     .views = IN_CHUNKS, .keys = "a", .title = "Include chunks", .hint = "include"},
    {"chunk join", GROUP_CORPUS, "ID ID…", "make one chunk of neighbours",
     "Their questions go to the new chunk.", 2, 100, TAKES(), .project = PROJECT_OPEN,
     .run = cmd_chunk_join, .action = ACTION_JOIN, .views = IN_CHUNKS, .keys = "+",
     .title = "Join chunks", .hint = "join"},
    {"chunk split", GROUP_CORPUS, "ID AT", "cut a chunk in two",
     "AT is the number of characters that the first part gets. A question goes to the\n"
     "part that holds more of its words, to both when they hold as many.",
     2, 2, TAKES(), .project = PROJECT_OPEN, .run = cmd_chunk_split, .action = ACTION_CUT,
     .views = IN_CHUNKS, .keys = "%", .title = "Split the chunk", .hint = "split"},

    {"import", GROUP_QUESTIONS, "[FILE…]", "take question sets in",
     "All of a file or nothing of it; the same file again adds nothing.\n"
     "With --model: a folder of a LlamaIndex adapter as a retriever.",
     0, ARGUMENTS_MAX, .files = true,
     TAKES(OPT_IMPORT_FORMAT, OPT_IMPORT_SPLIT, OPT_IMPORT_MODEL, OPT_NAME, OPT_EMBEDDER),
     PROJECT_OPEN, cmd_import, .action = ACTION_COMMAND, .views = ANYWHERE, .keys = ",i",
     .title = "Import questions or a model"},
    {"generate", GROUP_QUESTIONS, "", "make questions for the chunks that have none", NULL, 0, 0,
     TAKES(OPT_GENERATOR, OPT_PER_CHUNK, OPT_GENERATE_LIMIT, OPT_GENERATE_CHUNK, OPT_GENERATE_WHERE,
           OPT_ACCEPT, OPT_GENERATE_ALL, OPT_INSTEAD, OPT_INTO),
     .project = PROJECT_OPEN, .run = cmd_generate, .action = ACTION_COMMAND, .views = ANYWHERE,
     .keys = ",g", .title = "Generate questions"},
    {"questions", GROUP_QUESTIONS, "[FILTER…]", "list questions",
     FILTER_HELP "questions status:pending 'doubt>0.5' order:-doubt", 0, ARGUMENTS_MAX, TAKES(LIST),
     .project = PROJECT_OPEN, .run = cmd_questions, .action = ACTION_SHOW_QUESTIONS,
     .views = ANYWHERE, .keys = "2 Alt-2", .title = "Questions"},
    {"question", GROUP_QUESTIONS, "ID…", "show questions with their chunks", NULL, 1, ARGUMENTS_MAX,
     TAKES(), .project = PROJECT_OPEN, .run = cmd_question},
    {"question add", GROUP_QUESTIONS, "TEXT", "add a question to a chunk", NULL, 1, 1,
     TAKES(OPT_CHUNK, OPT_QUESTION_SPLIT), .project = PROJECT_OPEN, .run = cmd_question_add,
     .action = ACTION_NEW, .views = IN_CHUNKS | IN_QUESTIONS, .keys = "i Insert",
     .title = "New question", .hint = "new"},
    {"question edit", GROUP_QUESTIONS, "ID TEXT", "change the text of a question", NULL, 2, 2,
     TAKES(OPT_WHY), .project = PROJECT_OPEN, .run = cmd_question_edit, .action = ACTION_EDIT,
     .views = IN_QUESTIONS, .keys = "e", .title = "Edit the question", .hint = "edit"},
    {"review question", GROUP_QUESTIONS, "ID… accept|reject|flag|pending", "decide about questions",
     "With --where instead of ids: about all that match.", 1, ARGUMENTS_MAX,
     .words = "accept|reject|flag|pending", TAKES(OPT_WHERE, OPT_DRY_RUN, OPT_WHY),
     .project = PROJECT_OPEN, .run = cmd_review_question},
    {"review candidate", GROUP_NEGATIVES, "ID… keep|false-negative|promote|pending",
     "decide about candidates",
     "keep: a true negative. false-negative: it answers the question, so it is none.\n"
     "promote: it answers the question and becomes a positive.\n"
     "With --where instead of ids: about all that match.",
     1, ARGUMENTS_MAX, .words = "keep|false-negative|promote|pending",
     TAKES(OPT_WHERE, OPT_DRY_RUN, OPT_WHY), .project = PROJECT_OPEN, .run = cmd_review_candidate},
    {"review undo", GROUP_QUESTIONS, "", "take the last decision back", NULL, 0, 0, TAKES(),
     .project = PROJECT_OPEN, .run = cmd_review_undo, .action = ACTION_UNDO, .views = ANYWHERE,
     .keys = "u", .title = "Undo", .hint = "undo"},
    {"review redo", GROUP_QUESTIONS, "", "do again what was taken back", NULL, 0, 0, TAKES(),
     .project = PROJECT_OPEN, .run = cmd_review_redo, .action = ACTION_REDO, .views = ANYWHERE,
     .keys = "U Ctrl-R", .title = "Redo"},

    {"mine", GROUP_NEGATIVES, "", "find candidates for hard negatives",
     "Searches for every accepted question, leaves its positives out, applies the\n"
     "filters in the order of sentence-transformers, and keeps --per-question of what\n"
     "is left. Mining again replaces the candidates; decisions about them stay. With a\n"
     "--reranker the scores of candidates and positives, their filters and order are\n"
     "the cross-encoder's.",
     0, 0,
     TAKES(OPT_MINE_RETRIEVER, OPT_MINE_RERANKER, OPT_RANGE, OPT_SCORE, OPT_MARGIN,
           OPT_RELATIVE_MARGIN, OPT_SAMPLING, OPT_PER_QUESTION, OPT_FALLBACK, OPT_POOL,
           OPT_MINE_SPLIT, OPT_MINE_STATUS, OPT_MINE_DRY_RUN, OPT_SEED),
     .project = PROJECT_OPEN, .run = cmd_mine, .action = ACTION_MINE, .views = ANYWHERE,
     .keys = "m", .title = "Mine hard negatives"},
    {"candidates", GROUP_NEGATIVES, "[FILTER…]", "list candidates",
     FILTER_HELP "candidates status:pending 'margin>-0.05'", 0, ARGUMENTS_MAX, TAKES(LIST),
     .project = PROJECT_OPEN, .run = cmd_candidates, .action = ACTION_SHOW_NEGATIVES,
     .views = ANYWHERE, .keys = "3 Alt-3", .title = "Negatives"},

    {"build lsa", GROUP_TRAINING, "", "make a new build of the built-in embedder",
     "The old build stays beside it (lsa@ID), and runs keep the one they\nwere trained on.", 0, 0,
     TAKES(OPT_DIMS, OPT_TITLE_BODY, OPT_SEED), .project = PROJECT_OPEN, .run = cmd_build_lsa,
     .action = ACTION_COMMAND, .views = ANYWHERE, .keys = ",b", .title = "Build lsa again"},
    {"embed", GROUP_TRAINING, "", "fill the vector cache of one embedder, or embed lines of text",
     NULL, 0, 0, TAKES(OPT_EMBEDDER, OPT_STDIN, OPT_QUERY), .project = PROJECT_MAYBE,
     .run = cmd_embed, .action = ACTION_COMMAND, .views = ANYWHERE, .keys = ",e",
     .title = "Fill the vector cache"},
    {"pull", GROUP_TRAINING, "ORG/NAME", "fetch a model from the Hub",
     "Into the cache that huggingface_hub uses, where it can be called ORG/NAME from\n"
     "then on. HF_ENDPOINT names a mirror, HF_TOKEN a key, HF_HOME another place.\n"
     "Stopped, the same command goes on where it was.",
     1, 1, TAKES(OPT_REVISION), .project = PROJECT_NONE, .run = cmd_pull, .action = ACTION_COMMAND,
     .views = ANYWHERE, .keys = ",u", .title = "Fetch a model"},
    {"train", GROUP_TRAINING, "", "train a retriever",
     "The best step is chosen on val questions, never on test. Stopped or killed, the\n"
     "same command goes on where it was.",
     0, 0,
     TAKES(OPT_TRAIN_NAME, OPT_TRAIN_EMBEDDER, OPT_TRAIN_RERANKER, OPT_METHOD, OPT_LOSS,
           OPT_NEGATIVES, OPT_EPOCHS, OPT_BATCH, OPT_LR, OPT_PAIRS, OPT_HIDDEN, OPT_DECAY,
           OPT_WARMUP, OPT_WEIGHT_DECAY, OPT_CLIP, OPT_SCALE, OPT_DOT, OPT_DIRECTIONS, OPT_HARDNESS,
           OPT_LOSS_MARGIN, OPT_MARGIN_RELATIVE, OPT_MATRYOSHKA, OPT_GUIDE, OPT_POSITIVES,
           OPT_EVAL_EVERY, OPT_PATIENCE, OPT_ACCUMULATE, OPT_MINI_BATCH, OPT_DROPOUT, OPT_RANK,
           OPT_ALPHA, OPT_TRAIN_FREEZE, OPT_KEEP_EPOCHS, OPT_REFIT, OPT_NO_REFIT, OPT_REPLACE,
           OPT_ESTIMATE, OPT_PROFILE, OPT_SEED),
     .project = PROJECT_OPEN, .run = cmd_train, .action = ACTION_TRAIN, .views = ANYWHERE,
     .keys = "t", .title = "Train", .hint = "train"},
    {"sweep", GROUP_TRAINING, "", "train at several sizes and say how much is enough",
     "Nested subsets of the pairs by several methods, each a run NAME-METHOD-PAIRS.\n"
     "Chosen on val; test is looked at once, at the end. Stopped or killed, the same\n"
     "command goes on; runs that are done are not run again.",
     0, 0,
     TAKES(OPT_SWEEP_NAME, OPT_TRAIN_EMBEDDER, OPT_SWEEP_METHODS, OPT_SWEEP_PAIRS, OPT_BUDGET,
           OPT_LOSS, OPT_NEGATIVES, OPT_EPOCHS, OPT_BATCH, OPT_LR, OPT_KEEP_EPOCHS, OPT_REPLACE,
           OPT_SEED),
     .project = PROJECT_OPEN, .run = cmd_sweep, .action = ACTION_COMMAND, .views = ANYWHERE,
     .keys = ",y", .title = "A sweep of sizes"},
    {"runs", GROUP_TRAINING, "[NAME]", "list runs, or show the metric series of one", NULL, 0, 1,
     TAKES(OPT_JSONL, OPT_REMOVE), .project = PROJECT_OPEN, .run = cmd_runs,
     .action = ACTION_SHOW_TRAINING, .views = ANYWHERE, .keys = "4 Alt-4", .title = "Runs"},

    {"eval", GROUP_COMPARE, "[RETRIEVER…]", "a table of retrievers, kept in the project",
     "A retriever is bm25, tfidf, lsa, or a run; A+B is the fusion of two. Without\n"
     "names: all that there are.",
     0, 64,
     TAKES(OPT_EVAL_SPLIT, OPT_CORPUS, OPT_CUTS, OPT_EVAL_WHERE, OPT_EVAL_FORMAT, OPT_NO_STORE,
           OPT_SEED),
     .names = NAMES_RETRIEVER, .project = PROJECT_OPEN, .run = cmd_eval, .action = ACTION_EVALUATE, .views = ANYWHERE,
     .keys = "v", .title = "Evaluate", .hint = "evaluate"},
    {"compare", GROUP_COMPARE, "A B [C…]", "what B wins and loses against A, question by question",
     NULL, 2, 16, TAKES(OPT_EVAL_SPLIT, OPT_CORPUS, OPT_CUTS, OPT_EVAL_WHERE, OPT_SHOWN, OPT_SEED),
     .names = NAMES_RETRIEVER, .project = PROJECT_OPEN, .run = cmd_compare, .action = ACTION_COMMAND, .views = ANYWHERE,
     .keys = ",c", .title = "Compare in words"},
    {"outcome", GROUP_COMPARE, "RUN [BASELINE]", "what a run changed, and what to do next",
     "Without a baseline: against the untrained embedder of the run. Won and lost\n"
     "questions are those of val; of test only the figures are shown.",
     1, 2, TAKES(), .names = NAMES_RETRIEVER, .project = PROJECT_OPEN, .run = cmd_outcome, .action = ACTION_COMMAND,
     .views = ANYWHERE, .keys = ",w", .title = "Outcome of a run"},
    {"evals", GROUP_COMPARE, "[ID]", "list the kept tables, or show one", NULL, 0, 1,
     TAKES(OPT_LIMIT, OPT_JSONL), .project = PROJECT_OPEN, .run = cmd_evals,
     .action = ACTION_SHOW_COMPARE, .views = ANYWHERE, .keys = "5 Alt-5",
     .title = "Retriever tables"},
    {"retrievers", GROUP_COMPARE, "", "list what can be searched with", NULL, 0, 0,
     TAKES(OPT_JSONL), .project = PROJECT_OPEN, .run = cmd_retrievers, .action = ACTION_COMMAND,
     .views = ANYWHERE, .keys = ",r", .title = "List retrievers"},
    {"search", GROUP_COMPARE, "QUERY",
     "the best chunks for a text, side by side from several retrievers", NULL, 1, ARGUMENTS_MAX,
     TAKES(OPT_RETRIEVER, OPT_K, OPT_QUESTIONS, OPT_SEARCH_SPLIT), .project = PROJECT_OPEN,
     .run = cmd_search, .action = ACTION_SHOW_SEARCH, .views = ANYWHERE, .keys = "6 Alt-6",
     .title = "Search"},

    {"export", GROUP_COMPARE, "[PATH]",
     "write questions, chunks and negatives in another tool's format",
     "Without a path a format of one file goes to standard output.", 0, 1, .files = true,
     TAKES(OPT_EXPORT_FORMAT, OPT_EXPORT_SPLIT, OPT_EXPORT_STATUS), PROJECT_OPEN, cmd_export,
     .action = ACTION_COMMAND, .views = ANYWHERE, .keys = ",x", .title = "Export questions"},
    {"export model", GROUP_COMPARE, "RETRIEVER FOLDER",
     "write an adapter as a folder that LlamaIndex loads", NULL, 2, 2, .files = true, TAKES(),
     PROJECT_OPEN, cmd_export_model, .action = ACTION_COMMAND, .views = ANYWHERE, .keys = ",m",
     .title = "Export a model"},
    {"export journal", GROUP_COMPARE, "[FILE]", "write every decision as JSON a line", NULL, 0, 1,
     .files = true, TAKES(), PROJECT_OPEN, cmd_export_journal, .action = ACTION_COMMAND,
     .views = ANYWHERE, .keys = ",j", .title = "Export the journal"},

    /* on the screen only */
    SCREEN("accept", GROUP_QUESTIONS, "the question is good: it may be trained on and tested with",
           ACTION_ACCEPT, IN_QUESTIONS, "a", "Accept", "accept"),
    SCREEN("reject", GROUP_QUESTIONS, "the question is no use", ACTION_REJECT, IN_QUESTIONS, "x",
           "Reject", "reject"),
    SCREEN("skip", GROUP_QUESTIONS, "leave it undecided and go to the next", ACTION_SKIP,
           IN_QUESTIONS | IN_NEGATIVES, "s", "Skip", "skip"),
    SCREEN("flag", GROUP_QUESTIONS, "set it aside with a note", ACTION_FLAG, IN_QUESTIONS, "f",
           "Flag with a note", "flag"),
    SCREEN("reopen", GROUP_QUESTIONS, "make it undecided again", ACTION_REOPEN,
           IN_QUESTIONS | IN_NEGATIVES, "=", "Undecided again", NULL),
    SCREEN("edit in editor", GROUP_QUESTIONS, "edit the text in $VISUAL or $EDITOR", ACTION_EDITOR,
           IN_CHUNKS | IN_QUESTIONS, "E", "Edit in $EDITOR", NULL),
    SCREEN("move to chunk", GROUP_QUESTIONS, "another chunk answers it", ACTION_MOVE_TO_CHUNK,
           IN_QUESTIONS, "c", "Change its chunk", NULL),
    SCREEN("regenerate", GROUP_QUESTIONS, "reject and make anew what the filter matches",
           ACTION_REGENERATE, IN_QUESTIONS, "r", "Regenerate", "regenerate"),
    SCREEN("generate here", GROUP_QUESTIONS, "make questions for this chunk", ACTION_GENERATE_HERE,
           IN_CHUNKS, "Q", "Generate for this chunk", "generate"),
    SCREEN("keep", GROUP_NEGATIVES, "a true negative: it does not answer the question", ACTION_KEEP,
           IN_NEGATIVES, "a", "Keep as negative", "keep"),
    SCREEN("false negative", GROUP_NEGATIVES, "it answers the question, so it is no negative",
           ACTION_FALSE_NEGATIVE, IN_NEGATIVES, "x", "False negative", "false neg."),
    SCREEN("promote", GROUP_NEGATIVES, "it answers the question and becomes a positive",
           ACTION_PROMOTE, IN_NEGATIVES, "p", "Also a positive", "positive"),
    SCREEN("keep the rest", GROUP_NEGATIVES, "keep every undecided candidate of the question",
           ACTION_KEEP_REST, IN_NEGATIVES, "A", "Keep the rest", "keep rest"),
    SCREEN("mine again", GROUP_NEGATIVES, "mine with other settings", ACTION_REGENERATE,
           IN_NEGATIVES, "r", "Mine again", NULL),
    SCREEN("dial", GROUP_NEGATIVES, "turn margin, band and range and see what is kept", ACTION_DIAL,
           IN_NEGATIVES, "d", "The dial", "dial"),
    SCREEN("queue", GROUP_NEGATIVES, "which candidates: to check, false negatives, kept, all",
           ACTION_SPLIT_CHOICE, IN_NEGATIVES, "y", "Which candidates", "queue"),
    SCREEN("pause", GROUP_TRAINING, "stop the run at this step, or go on with it", ACTION_PAUSE,
           IN_TRAINING, "p", "Pause or go on", "pause"),
    SCREEN("finish", GROUP_TRAINING, "end the run now and keep its best step", ACTION_FINISH,
           IN_TRAINING, "b", "Stop, keep the best", "keep best"),
    SCREEN("run log", GROUP_TRAINING, "what the run said", ACTION_LOG, IN_TRAINING, "l",
           "Log of the run", "log"),
    SCREEN("smooth", GROUP_TRAINING, "more or less smoothing", ACTION_SMOOTH, IN_TRAINING, "z",
           "Smooth", "smooth"),
    SCREEN("log scale", GROUP_TRAINING, "logarithmic or plain scale", ACTION_LOG_SCALE, IN_TRAINING,
           "y", "Log scale", NULL),
    SCREEN("zoom in", GROUP_TRAINING, "show fewer steps", ACTION_ZOOM_IN, IN_TRAINING,
           "+ =", "Zoom in", NULL),
    SCREEN("zoom out", GROUP_TRAINING, "show more steps", ACTION_ZOOM_OUT, IN_TRAINING, "-",
           "Zoom out", NULL),
    SCREEN("x axis", GROUP_TRAINING, "by step, epoch or time", ACTION_X_AXIS, IN_TRAINING, "X",
           "Step, epoch or time", NULL),
    SCREEN("what changed", GROUP_TRAINING, "what the run changed and what to do next",
           ACTION_OUTCOME, IN_TRAINING | IN_COMPARE, "w", "What it changed", "outcome"),
    SCREEN("how much", GROUP_TRAINING, "train at several sizes and say how much is enough",
           ACTION_SWEEP, IN_TRAINING, "s", "How much is enough", "sweep"),
    SCREEN("remove run", GROUP_TRAINING, "remove the run with its charts and its retriever",
           ACTION_REMOVE_RUN, IN_TRAINING, "Del D", "Remove the run", NULL),
    SCREEN("baseline", GROUP_COMPARE, "compare the others with this retriever", ACTION_BASELINE,
           IN_COMPARE, "b", "Baseline", "baseline"),
    SCREEN("cut-offs", GROUP_COMPARE, "which ranks the table counts", ACTION_CUTOFFS, IN_COMPARE,
           "c", "Cut-offs", "cut-offs"),
    SCREEN("split choice", GROUP_COMPARE, "val, test or train", ACTION_SPLIT_CHOICE, IN_COMPARE,
           "y", "Split", "split"),
    SCREEN("tables", GROUP_COMPARE, "another stored table, or two side by side", ACTION_TABLES,
           IN_COMPARE, "T", "Stored tables", "tables"),
    SCREEN("judge", GROUP_COMPARE, "this hit answers the question", ACTION_JUDGE,
           IN_TRAINING | IN_COMPARE | IN_SEARCH, "a", "This hit answers", "answers"),
    SCREEN("judge not", GROUP_COMPARE, "this hit does not answer the question", ACTION_JUDGE_NOT,
           IN_TRAINING, "x", "This hit does not answer", NULL),
    SCREEN("choose retrievers", GROUP_COMPARE, "which retrievers are side by side",
           ACTION_RETRIEVERS, IN_COMPARE | IN_SEARCH, "r", "Choose retrievers", "retrievers"),
    SCREEN("make a question", GROUP_COMPARE, "what is typed becomes a question of the chunk",
           ACTION_MAKE_QUESTION, IN_SEARCH, "i", "Make it a question", "make question"),
    SCREEN("next step", GROUP_VIEW, "go to what is to be done next", ACTION_NEXT_STEP, ANYWHERE,
           "Ctrl-N", "What to do next", NULL),
    SCREEN("new project here", GROUP_PROJECT, "an empty project, called after the folder",
           ACTION_NEW_PROJECT, IN_WELCOME, "n", "New project here", "new project"),
    SCREEN("english sample", GROUP_PROJECT, "a small handbook about search, with questions",
           ACTION_SAMPLE_ENGLISH, IN_WELCOME, "s", "Sample in English", "sample"),
    SCREEN("chinese sample", GROUP_PROJECT, "the same subject, written in Chinese",
           ACTION_SAMPLE_CHINESE, IN_WELCOME, "z", "Sample in Chinese", NULL),
    SCREEN("open a project", GROUP_PROJECT, "another project file", ACTION_OPEN_PROJECT, IN_WELCOME,
           "o", "Open another project", "open"),
    SCREEN("open project", GROUP_PROJECT, "leave this project for another", ACTION_OPEN_PROJECT,
           ANYWHERE, ",f", "Open another project", NULL),
    SCREEN("up", GROUP_VIEW, "one line up", ACTION_UP, ANYWHERE, "Up k", "Up", NULL),
    SCREEN("down", GROUP_VIEW, "one line down", ACTION_DOWN, ANYWHERE, "Down j", "Down", NULL),
    SCREEN("left", GROUP_VIEW, "to the left, or close", ACTION_LEFT, ANYWHERE, "Left h", "Left",
           NULL),
    SCREEN("right", GROUP_VIEW, "to the right, or open", ACTION_RIGHT, ANYWHERE, "Right", "Right",
           NULL),
    SCREEN("page up", GROUP_VIEW, "one page up", ACTION_PAGE_UP, ANYWHERE, "PgUp Ctrl-U", "Page up",
           NULL),
    SCREEN("page down", GROUP_VIEW, "one page down", ACTION_PAGE_DOWN, ANYWHERE, "PgDn Ctrl-D",
           "Page down", NULL),
    SCREEN("first", GROUP_VIEW, "to the first line", ACTION_FIRST, ANYWHERE, "Home gg", "First",
           NULL),
    SCREEN("last", GROUP_VIEW, "to the last line", ACTION_LAST, ANYWHERE, "End G", "Last", NULL),
    SCREEN("open", GROUP_VIEW, "what is under the cursor", ACTION_OPEN, ANYWHERE, "Enter", "Open",
           "open"),
    SCREEN("back", GROUP_VIEW, "to where it was opened from", ACTION_BACK, ANYWHERE, "Esc", "Back",
           NULL),
    SCREEN("next pane", GROUP_VIEW, "the keys go to the next pane", ACTION_NEXT_PANE, ANYWHERE,
           "Tab", "Next pane", "pane"),
    SCREEN("previous pane", GROUP_VIEW, "the keys go to the pane before", ACTION_PREVIOUS_PANE,
           ANYWHERE, "Back-Tab", "Previous pane", NULL),
    SCREEN("find", GROUP_VIEW, "find text in the list", ACTION_SEARCH, ANYWHERE, "/", "Find",
           "find"),
    SCREEN("find next", GROUP_VIEW, "the next place", ACTION_SEARCH_NEXT, ANYWHERE, "n",
           "Find next", NULL),
    SCREEN("find previous", GROUP_VIEW, "the place before", ACTION_SEARCH_PREVIOUS, ANYWHERE, "N",
           "Find previous", NULL),
    SCREEN("filter", GROUP_VIEW, "show what matches only: status:pending doubt>0.5 words",
           ACTION_FILTER, ANYWHERE, "&", "Filter", "filter"),
    SCREEN("order", GROUP_VIEW, "order by another column", ACTION_ORDER, ANYWHERE, "o", "Order",
           "order"),
    SCREEN("mark", GROUP_VIEW, "mark it for a bulk action", ACTION_MARK, ANYWHERE, "Space", "Mark",
           "mark"),
    SCREEN("mark range", GROUP_VIEW, "mark from the last mark to here", ACTION_MARK_RANGE, ANYWHERE,
           "V", "Mark a range", NULL),
    SCREEN("mark all", GROUP_VIEW, "mark everything that the filter matches", ACTION_MARK_ALL,
           ANYWHERE, "*", "Mark all", NULL),
    SCREEN("unmark", GROUP_VIEW, "take all marks away", ACTION_UNMARK, ANYWHERE, "_", "Unmark",
           NULL),
    SCREEN("renew", GROUP_VIEW, "read the list again", ACTION_RENEW, ANYWHERE, "Ctrl-L F5", "Renew",
           NULL),
    SCREEN("beside", GROUP_VIEW, "a second view beside this one, or one alone", ACTION_BESIDE,
           ANYWHERE, "|", "Two views", NULL),
    SCREEN("narrower", GROUP_VIEW, "less room for the left", ACTION_NARROWER, ANYWHERE, "<",
           "Narrower", NULL),
    SCREEN("wider", GROUP_VIEW, "more room for the left", ACTION_WIDER, ANYWHERE, ">", "Wider",
           NULL),
    SCREEN("menu", GROUP_VIEW, "every command by what it is about", ACTION_MENU, ANYWHERE, "F9 `",
           "Menu", "menu"),
    SCREEN("palette", GROUP_VIEW, "find a command by parts of its name", ACTION_PALETTE, ANYWHERE,
           ":", "Commands", NULL),
    SCREEN("jobs", GROUP_VIEW, "what is running and what it said", ACTION_JOBS, ANYWHERE, "J",
           "Jobs", NULL),
    SCREEN("messages", GROUP_VIEW, "what was said before", ACTION_MESSAGES, ANYWHERE, "L",
           "Messages", NULL),
    SCREEN("copy", GROUP_VIEW, "to the clipboard of the terminal", ACTION_COPY, ANYWHERE, "Y",
           "Copy", NULL),
    SCREEN("write", GROUP_VIEW, "write what is shown to a file", ACTION_WRITE, ANYWHERE, "W",
           "Write to a file", NULL),
    SCREEN("theme", GROUP_VIEW, "dark, light or plain", ACTION_THEME, ANYWHERE, ",t", "Theme",
           NULL),
    SCREEN("mouse", GROUP_VIEW, "the mouse for hone or for the terminal", ACTION_MOUSE, ANYWHERE,
           "M", "Mouse on or off", NULL),
    SCREEN("quit", GROUP_PROJECT, "leave; what was done is kept", ACTION_QUIT, ANYWHERE, "q Ctrl-C",
           "Leave", "leave"),
};
const size_t COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS;

static const Command *find(const char *first, size_t first_size, const char *second)
{
    size_t second_size = second ? strlen(second) : 0;
    for (size_t i = 0; COMMANDS[i].run; i++) {
        const char *name = COMMANDS[i].name;
        if (strncmp(name, first, first_size) != 0) continue;
        const char *rest = name + first_size;
        if (!second && *rest == '\0') return &COMMANDS[i];
        if (second && *rest == ' ' && strlen(rest + 1) == second_size &&
            strcmp(rest + 1, second) == 0)
            return &COMMANDS[i];
    }
    return NULL;
}

const Command *command_find(const char *first, const char *second, size_t *ret_words)
{
    const Command *c = second ? find(first, strlen(first), second) : NULL;
    *ret_words = c ? 2 : 1;
    return c ? c : find(first, strlen(first), NULL);
}

bool command_is_prefix(const char *first)
{
    size_t size = strlen(first);
    for (size_t i = 0; COMMANDS[i].run; i++)
        if (strncmp(COMMANDS[i].name, first, size) == 0 && COMMANDS[i].name[size] == ' ')
            return true;
    return false;
}

const Option *command_option(const Command *c, size_t i)
{
    size_t own = 0;
    if (c)
        while (c->options[own] != OPT_HELP) own++;
    if (i < own) return &OPTIONS[c->options[i]];
    return i - own < OPT_COMMON_COUNT ? &OPTIONS[i - own] : NULL;
}
