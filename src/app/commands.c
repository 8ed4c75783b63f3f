#include "app/commands.h"

#include <string.h>

#include "app/cmd.h"

const char *command_group_title(CommandGroup g)
{
    static const char *const TITLES[GROUP_COUNT] = {
        [GROUP_PROJECT] = "The project", [GROUP_CORPUS] = "Documents and chunks",
        [GROUP_QUESTIONS] = "Questions", [GROUP_NEGATIVES] = "Hard negatives",
        [GROUP_TRAINING] = "Training",   [GROUP_COMPARE] = "Evaluation and search",
    };
    return TITLES[g];
}

#define TAKES(...)                                                                                 \
    .options = (const OptionId[])                                                                  \
    {                                                                                              \
        __VA_ARGS__ __VA_OPT__(, ) OPT_HELP                                                        \
    }
#define LIST OPT_WHERE, OPT_LIMIT, OPT_JSONL
#define FILTER_HELP "The filter is --where, or stands after the command:\n  hone "

const Command COMMANDS[] = {
    {"init", GROUP_PROJECT, "[FILE.hone]", "make an empty project",
     "Without a name it is called after the folder. An existing file is never touched.", 0, 1,
     .files = true, TAKES(), PROJECT_NONE, cmd_init},
    {"status", GROUP_PROJECT, "", "what is there, and what to do next", NULL, 0, 0, TAKES(),
     .project = PROJECT_OPEN, .run = cmd_status},
    {"check", GROUP_PROJECT, "", "look whether the project file is whole", NULL, 0, 0, TAKES(),
     .project = PROJECT_OPEN, .run = cmd_check},
    {"doctor", GROUP_PROJECT, "", "look at the machine, the libraries and the project",
     "Says which kernels the matrix library runs on this CPU, whether PDF files can\n"
     "be read, and what in the project asks for attention.",
     0, 0, TAKES(), .project = PROJECT_MAYBE, .run = cmd_doctor},
    {"config", GROUP_PROJECT, "[NAME [VALUE]]", "show or change the project's settings", NULL, 0, 2,
     TAKES(OPT_UNSET), .project = PROJECT_OPEN, .run = cmd_config},
    {"help", GROUP_PROJECT, "[COMMAND]", "this overview, or the help of one command", NULL, 0, 2,
     TAKES(), .project = PROJECT_NONE, .run = cmd_help},
    {"version", GROUP_PROJECT, "", "the version", NULL, 0, 0, TAKES(), .project = PROJECT_NONE,
     .run = cmd_version},
    {"completion", GROUP_PROJECT, "bash|zsh|fish", "print a completion file for a shell",
     "For bash:  eval \"$(hone completion bash)\"", 1, 1, .words = "bash|zsh|fish", TAKES(),
     .project = PROJECT_NONE, .run = cmd_completion},

    {"add", GROUP_CORPUS, "PATH…", "read files and folders, cut chunks",
     "Files that did not change are left alone; in a changed one, chunks keep their\n"
     "ids, questions and decisions where their text is still there.",
     1, ARGUMENTS_MAX, .files = true,
     TAKES(OPT_ADD_SPLIT, OPT_CHUNK_TOKENS, OPT_OVERLAP_TOKENS, OPT_TITLE_BODY, OPT_SEED),
     PROJECT_OPEN, cmd_add},
    {"split", GROUP_CORPUS, "[DOCUMENT…]", "show, deal out, check and freeze train, val and test",
     "Without arguments: how much is in which split. With documents (id, path or\n"
     "title) and --split: moves them. --check ends with status 1 when it finds leaks.",
     0, ARGUMENTS_MAX, TAKES(OPT_MOVE_SPLIT, OPT_AUTO, OPT_AGAIN, OPT_CHECK, OPT_FREEZE, OPT_SEED),
     .project = PROJECT_OPEN, .run = cmd_split},
    {"documents", GROUP_CORPUS, "[FILTER…]", "list documents", FILTER_HELP "documents split:test",
     0, ARGUMENTS_MAX, TAKES(LIST), .project = PROJECT_OPEN, .run = cmd_documents},
    {"chunks", GROUP_CORPUS, "[FILTER…]", "list chunks",
     FILTER_HELP "chunks document:handbook insurance", 0, ARGUMENTS_MAX, TAKES(LIST),
     .project = PROJECT_OPEN, .run = cmd_chunks},
    {"chunk", GROUP_CORPUS, "ID…", "show chunks with their questions", NULL, 1, ARGUMENTS_MAX,
     TAKES(), .project = PROJECT_OPEN, .run = cmd_chunk},
    {"chunk edit", GROUP_CORPUS, "ID TEXT", "change the text of a chunk", NULL, 2, 2,
     TAKES(OPT_WHY), .project = PROJECT_OPEN, .run = cmd_chunk_edit},
    {"chunk exclude", GROUP_CORPUS, "ID…", "take chunks out: they are not searched any more", NULL,
     1, ARGUMENTS_MAX, TAKES(OPT_WHY), .project = PROJECT_OPEN, .run = cmd_chunk_exclude},
    {"chunk include", GROUP_CORPUS, "ID…", "take excluded chunks in again", NULL, 1, ARGUMENTS_MAX,
     TAKES(OPT_WHY), .project = PROJECT_OPEN, .run = cmd_chunk_include},
    {"chunk join", GROUP_CORPUS, "ID ID…", "make one chunk of neighbours",
     "Their questions go to the new chunk.", 2, 100, TAKES(), .project = PROJECT_OPEN,
     .run = cmd_chunk_join},
    {"chunk split", GROUP_CORPUS, "ID AT", "cut a chunk in two",
     "AT is the number of characters that the first part gets. A question goes to the\n"
     "part that holds more of its words, to both when they hold as many.",
     2, 2, TAKES(), .project = PROJECT_OPEN, .run = cmd_chunk_split},

    {"import", GROUP_QUESTIONS, "[FILE…]", "take question sets in",
     "All of a file or nothing of it; the same file again adds nothing.\n"
     "With --model: a folder of a LlamaIndex adapter as a retriever.",
     0, ARGUMENTS_MAX, .files = true,
     TAKES(OPT_IMPORT_FORMAT, OPT_IMPORT_SPLIT, OPT_IMPORT_MODEL, OPT_NAME, OPT_EMBEDDER),
     PROJECT_OPEN, cmd_import},
    {"generate", GROUP_QUESTIONS, "", "make questions for the chunks that have none", NULL, 0, 0,
     TAKES(OPT_GENERATOR, OPT_PER_CHUNK, OPT_GENERATE_LIMIT, OPT_GENERATE_CHUNK, OPT_GENERATE_WHERE,
           OPT_ACCEPT, OPT_GENERATE_ALL, OPT_INTO),
     .project = PROJECT_OPEN, .run = cmd_generate},
    {"questions", GROUP_QUESTIONS, "[FILTER…]", "list questions",
     FILTER_HELP "questions status:pending 'doubt>0.5' order:-doubt", 0, ARGUMENTS_MAX, TAKES(LIST),
     .project = PROJECT_OPEN, .run = cmd_questions},
    {"question", GROUP_QUESTIONS, "ID…", "show questions with their chunks", NULL, 1, ARGUMENTS_MAX,
     TAKES(), .project = PROJECT_OPEN, .run = cmd_question},
    {"question add", GROUP_QUESTIONS, "TEXT", "add a question to a chunk", NULL, 1, 1,
     TAKES(OPT_CHUNK, OPT_QUESTION_SPLIT), .project = PROJECT_OPEN, .run = cmd_question_add},
    {"question edit", GROUP_QUESTIONS, "ID TEXT", "change the text of a question", NULL, 2, 2,
     TAKES(OPT_WHY), .project = PROJECT_OPEN, .run = cmd_question_edit},
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
     .project = PROJECT_OPEN, .run = cmd_review_undo},
    {"review redo", GROUP_QUESTIONS, "", "do again what was taken back", NULL, 0, 0, TAKES(),
     .project = PROJECT_OPEN, .run = cmd_review_redo},

    {"mine", GROUP_NEGATIVES, "", "find candidates for hard negatives",
     "Searches for every accepted question, leaves its positives out, applies the\n"
     "filters in the order of sentence-transformers, and keeps --per-question of what\n"
     "is left. Mining again replaces the candidates; decisions about them stay.",
     0, 0,
     TAKES(OPT_MINE_RETRIEVER, OPT_RANGE, OPT_SCORE, OPT_MARGIN, OPT_RELATIVE_MARGIN, OPT_SAMPLING,
           OPT_PER_QUESTION, OPT_FALLBACK, OPT_POOL, OPT_MINE_SPLIT, OPT_MINE_STATUS,
           OPT_MINE_DRY_RUN, OPT_SEED),
     .project = PROJECT_OPEN, .run = cmd_mine},
    {"candidates", GROUP_NEGATIVES, "[FILTER…]", "list candidates",
     FILTER_HELP "candidates status:pending 'margin>-0.05'", 0, ARGUMENTS_MAX, TAKES(LIST),
     .project = PROJECT_OPEN, .run = cmd_candidates},

    {"build lsa", GROUP_TRAINING, "", "make a new build of the built-in embedder",
     "The old build stays beside it (lsa@ID), and runs keep the one they\nwere trained on.", 0, 0,
     TAKES(OPT_DIMS, OPT_TITLE_BODY, OPT_SEED), .project = PROJECT_OPEN, .run = cmd_build_lsa},
    {"embed", GROUP_TRAINING, "", "fill the vector cache of one embedder, or embed lines of text",
     NULL, 0, 0, TAKES(OPT_EMBEDDER, OPT_STDIN, OPT_QUERY), .project = PROJECT_MAYBE,
     .run = cmd_embed},
    {"train", GROUP_TRAINING, "", "train a retriever",
     "The best step is chosen on val questions, never on test. Stopped or killed, the\n"
     "same command goes on where it was.",
     0, 0,
     TAKES(OPT_TRAIN_EMBEDDER, OPT_METHOD, OPT_TRAIN_NAME, OPT_LOSS, OPT_HIDDEN, OPT_EPOCHS,
           OPT_BATCH, OPT_LR, OPT_DECAY, OPT_WARMUP, OPT_WEIGHT_DECAY, OPT_CLIP, OPT_SCALE, OPT_DOT,
           OPT_NEGATIVES, OPT_POSITIVES, OPT_EVAL_EVERY, OPT_PATIENCE, OPT_PAIRS, OPT_KEEP_EPOCHS,
           OPT_REFIT, OPT_NO_REFIT, OPT_REPLACE, OPT_SEED),
     .project = PROJECT_OPEN, .run = cmd_train},
    {"runs", GROUP_TRAINING, "[NAME]", "list runs, or show the metric series of one", NULL, 0, 1,
     TAKES(OPT_JSONL, OPT_REMOVE), .project = PROJECT_OPEN, .run = cmd_runs},

    {"eval", GROUP_COMPARE, "[RETRIEVER…]", "a table of retrievers, kept in the project",
     "A retriever is bm25, tfidf, lsa, or a run; A+B is the fusion of two. Without\n"
     "names: all that there are.",
     0, 64,
     TAKES(OPT_EVAL_SPLIT, OPT_CORPUS, OPT_CUTS, OPT_EVAL_WHERE, OPT_EVAL_FORMAT, OPT_NO_STORE,
           OPT_SEED),
     .project = PROJECT_OPEN, .run = cmd_eval},
    {"compare", GROUP_COMPARE, "A B [C…]", "what B wins and loses against A, question by question",
     NULL, 2, 16, TAKES(OPT_EVAL_SPLIT, OPT_CORPUS, OPT_CUTS, OPT_EVAL_WHERE, OPT_SHOWN, OPT_SEED),
     .project = PROJECT_OPEN, .run = cmd_compare},
    {"evals", GROUP_COMPARE, "[ID]", "list the kept tables, or show one", NULL, 0, 1,
     TAKES(OPT_LIMIT, OPT_JSONL), .project = PROJECT_OPEN, .run = cmd_evals},
    {"retrievers", GROUP_COMPARE, "", "list what can be searched with", NULL, 0, 0,
     TAKES(OPT_JSONL), .project = PROJECT_OPEN, .run = cmd_retrievers},
    {"search", GROUP_COMPARE, "QUERY",
     "the best chunks for a text, side by side from several retrievers", NULL, 1, ARGUMENTS_MAX,
     TAKES(OPT_RETRIEVER, OPT_K, OPT_QUESTIONS, OPT_SEARCH_SPLIT), .project = PROJECT_OPEN,
     .run = cmd_search},

    {"export", GROUP_COMPARE, "[PATH]",
     "write questions, chunks and negatives in another tool's format",
     "Without a path a format of one file goes to standard output.", 0, 1, .files = true,
     TAKES(OPT_EXPORT_FORMAT, OPT_EXPORT_SPLIT, OPT_EXPORT_STATUS), PROJECT_OPEN, cmd_export},
    {"export model", GROUP_COMPARE, "RETRIEVER FOLDER",
     "write an adapter as a folder that LlamaIndex loads", NULL, 2, 2, .files = true, TAKES(),
     PROJECT_OPEN, cmd_export_model},
    {"export journal", GROUP_COMPARE, "[FILE]", "write every decision as JSON a line", NULL, 0, 1,
     .files = true, TAKES(), PROJECT_OPEN, cmd_export_journal},
};
const size_t COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS;

static const Command *find(const char *first, size_t first_size, const char *second)
{
    size_t second_size = second ? strlen(second) : 0;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
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
    for (size_t i = 0; i < COMMAND_COUNT; i++)
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
