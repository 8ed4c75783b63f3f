/* What the Compare view asks: tables of the desk, choices of the person. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ui/compare_parts.h"
#include "ui/form_parts.h"

void compare_names_clear(CompareNames *names)
{
    for (size_t i = 0; i < names->count; i++) free(names->items[i]);
    vec_clear(names);
}

/* ---- tables ---- */

void compare_row_again(CompareView *x)
{
    char *name = NULL;
    if (x->row < x->rows.count && x->facts)
        name = mem_strdup(compare_name(x->facts, x->beside, x->rows.items[x->row]));
    compare_align(x->facts, x->beside, &x->rows);
    compare_sort(&x->rows, x->facts, x->beside, x->order);
    if (x->row >= x->rows.count) x->row = x->rows.count ? x->rows.count - 1 : 0;
    for (size_t i = 0; name && i < x->rows.count; i++)
        if (strcmp(compare_name(x->facts, x->beside, x->rows.items[i]), name) == 0) x->row = i;
    free(name);
}

/* Puts new facts in the place of old ones; rows still speak of the old ones till then. */
static void replace(CompareView *x, EvalFacts **place, EvalFacts *facts)
{
    char *name = NULL;
    if (x->row < x->rows.count && x->facts)
        name = mem_strdup(compare_name(x->facts, x->beside, x->rows.items[x->row]));
    vec_clear(&x->rows);
    eval_facts_free(*place);
    *place = facts;
    compare_row_again(x);
    for (size_t i = 0; name && i < x->rows.count; i++)
        if (strcmp(compare_name(x->facts, x->beside, x->rows.items[i]), name) == 0) x->row = i;
    free(name);
    compare_questions_again(x);
    ui_redraw(x->view.ui);
}

static EvalFactsAsk what_to_ask(const CompareView *x, int64_t id, bool quick)
{
    return (EvalFactsAsk){.eval_id = id,
                          .cuts = x->cuts,
                          .cut_count = x->cut_count,
                          .baseline = x->baseline,
                          .quick = quick};
}

static void tests_ready(void *context, EvalFacts *facts, const Err *err)
{
    CompareView *x = context;
    ui_failed(x->view.ui, "table", err);
    if (facts) replace(x, &x->facts, facts);
}

static void values_ready(void *context, EvalFacts *facts, const Err *err)
{
    CompareView *x = context;
    ui_failed(x->view.ui, "table", err);
    if (err) return;
    x->none = !facts;
    replace(x, &x->facts, facts);
    if (!facts) return;
    EvalFactsAsk ask = what_to_ask(x, facts->row.id, false);
    eval_facts_ask(ui_desk(x->view.ui), &x->rows, &ask, tests_ready, x);
}

void compare_ask_facts(CompareView *x)
{
    EvalFactsAsk ask = what_to_ask(x, x->table_id, true);
    desk_forget(ui_desk(x->view.ui), &x->rows);
    eval_facts_ask(ui_desk(x->view.ui), &x->facts, &ask, values_ready, x);
}

static void beside_ready(void *context, EvalFacts *facts, const Err *err)
{
    CompareView *x = context;
    ui_failed(x->view.ui, "table", err);
    if (!err) replace(x, &x->beside, facts);
}

void compare_ask_beside(CompareView *x)
{
    if (x->beside_id == 0) {
        desk_forget(ui_desk(x->view.ui), &x->beside);
        replace(x, &x->beside, NULL);
        return;
    }
    EvalFactsAsk ask = what_to_ask(x, x->beside_id, true);
    eval_facts_ask(ui_desk(x->view.ui), &x->beside, &ask, beside_ready, x);
}

static bool is_listed(const CompareView *x, int64_t id)
{
    for (size_t i = 0; i < x->list->count; i++)
        if (x->list->items[i].row.id == id) return true;
    return false;
}

static void list_ready(void *context, EvalList *list, const Err *err)
{
    CompareView *x = context;
    ui_failed(x->view.ui, "tables", err);
    if (!list) return;
    eval_list_free(x->list);
    x->list = list;
    if (x->table_id && !is_listed(x, x->table_id)) x->table_id = 0;
    if (x->beside_id && !is_listed(x, x->beside_id)) x->beside_id = 0;
    if (x->outdated && list->count && list->items[0].row.id > x->outdated)
        x->table_id = x->outdated = 0;
    int64_t wanted = x->table_id ? x->table_id : list->count ? list->items[0].row.id : 0;
    if (wanted == 0 || !x->facts || x->facts->row.id != wanted) compare_ask_facts(x);
    if ((x->beside ? x->beside->row.id : 0) != x->beside_id) compare_ask_beside(x);
    ui_redraw(x->view.ui);
}

void compare_ask_list(CompareView *x)
{
    eval_list_ask(ui_desk(x->view.ui), &x->list, list_ready, x);
}

/* ---- choosing a table ---- */

enum { PICK_SHOW, PICK_BESIDE, PICK_ALONE, PICK_EVALUATE };

static void add_item(const EvalListItem *item, const char *before, Str *out)
{
    const EvalRow *r = &item->row;
    str_addf(out, "%s%lld  %s, %s · ", before, (long long)r->id, r->split ? r->split : "?",
             r->corpus && strcmp(r->corpus, "split") == 0 ? "split's documents" : "all documents");
    compare_when(r->made_ms, clock_wall_ms(), out);
    str_addf(out, " · %zu retriever%s", item->retrievers, item->retrievers == 1 ? "" : "s");
    if (!*item->best) return;
    str_addf(out, ", best %s ", item->best);
    compare_share(item->mrr, out);
}

/* The newest is followed: the next one takes its place. */
static void show_table(CompareView *x, int64_t id)
{
    bool newest = x->list && x->list->count && x->list->items[0].row.id == id;
    x->table_id = newest ? 0 : id;
    compare_ask_facts(x);
}

static void table_picked(void *context, size_t which)
{
    CompareView *x = context;
    ComparePick p = x->picks.items[which];
    if (p.what == PICK_SHOW) {
        show_table(x, p.id);
        return;
    }
    x->beside_id = p.what == PICK_BESIDE ? p.id : 0;
    compare_ask_beside(x);
}

static void add_pick(CompareView *x, CompareNames *lines, int what, int64_t id, Str *line)
{
    vec_push(&x->picks, (ComparePick){what, id});
    vec_push(lines, str_take(line));
}

void compare_pick_table(CompareView *x)
{
    CompareNames lines = {0};
    Str line = {0};
    size_t at = 0;
    if (!x->list || x->list->count == 0) return;
    vec_clear(&x->picks);
    for (size_t i = 0; i < x->list->count; i++) {
        if (x->facts && x->list->items[i].row.id == x->facts->row.id) at = i;
        add_item(&x->list->items[i], "", &line);
        add_pick(x, &lines, PICK_SHOW, x->list->items[i].row.id, &line);
    }
    if (x->beside_id) {
        str_add(&line, "none beside it");
        add_pick(x, &lines, PICK_ALONE, 0, &line);
    }
    for (size_t i = 0; i < x->list->count; i++) {
        if (x->facts && x->list->items[i].row.id == x->facts->row.id) continue;
        add_item(&x->list->items[i], "beside: ", &line);
        add_pick(x, &lines, PICK_BESIDE, x->list->items[i].row.id, &line);
    }
    ui_pick(x->view.ui, "Stored tables (beside: as a second one)", (const char *const *)lines.items,
            lines.count, at, table_picked, x);
    compare_names_clear(&lines);
    vec_release(&lines);
    str_release(&line);
}

/* ---- choosing a split ---- */

static const char *const SPLITS[] = {"val", "test", "train"}, *const CORPORA[] = {"all", "split"};

static void split_picked(void *context, size_t which)
{
    CompareView *x = context;
    ComparePick p = x->picks.items[which];
    if (p.what == PICK_SHOW)
        show_table(x, p.id);
    else
        compare_evaluate(x, SPLITS[which / 2], CORPORA[which % 2], NULL);
}

static const EvalListItem *newest_of(const CompareView *x, const char *split, const char *corpus)
{
    for (size_t i = 0; x->list && i < x->list->count; i++) {
        const EvalListItem *item = &x->list->items[i];
        if (item->row.split && strcmp(item->row.split, split) == 0 && item->row.corpus &&
            strcmp(item->row.corpus, corpus) == 0)
            return item;
    }
    return NULL;
}

void compare_pick_split(CompareView *x)
{
    CompareNames lines = {0};
    Str line = {0};
    size_t at = 0;
    vec_clear(&x->picks);
    for (size_t i = 0; i < sizeof SPLITS / sizeof *SPLITS; i++) {
        for (size_t c = 0; c < sizeof CORPORA / sizeof *CORPORA; c++) {
            const EvalListItem *item = newest_of(x, SPLITS[i], CORPORA[c]);
            str_addf(&line, "%s, %s: ", SPLITS[i], c ? "split's documents" : "all documents");
            if (item && x->facts && item->row.id == x->facts->row.id) at = lines.count;
            if (item) {
                str_addf(&line, "%zu retriever%s, made ", item->retrievers,
                         item->retrievers == 1 ? "" : "s");
                compare_when(item->row.made_ms, clock_wall_ms(), &line);
                add_pick(x, &lines, PICK_SHOW, item->row.id, &line);
            } else {
                str_add(&line, "none yet, evaluates");
                add_pick(x, &lines, PICK_EVALUATE, 0, &line);
            }
        }
    }
    ui_pick(x->view.ui, "Newest table of which split", (const char *const *)lines.items,
            lines.count, at, split_picked, x);
    compare_names_clear(&lines);
    vec_release(&lines);
    str_release(&line);
}

/* ---- evaluating ---- */

static void add_words(const CompareView *x, const char *more, ShellWords *words)
{
    shell_add(words, "--"); /* a name may begin with a dash */
    if (x->chosen.count)
        for (size_t i = 0; i < x->chosen.count; i++) shell_add(words, x->chosen.items[i]);
    else
        for (size_t i = 0; x->facts && i < x->facts->line_count; i++)
            shell_add(words, x->facts->lines[i].name);
    if (more) shell_add(words, more);
}

void compare_evaluate(CompareView *x, const char *split, const char *corpus, const char *more)
{
    const Command *c = command_of(ACTION_EVALUATE, VIEW_COMPARE);
    ShellWords words = {0};
    const EvalRow *row = x->facts ? &x->facts->row : NULL;
    shell_add(&words, c->name);
    if (!split && row) split = row->split;
    if (!corpus && row) corpus = row->corpus;
    if (split) {
        shell_add(&words, "--split");
        shell_add(&words, split);
    }
    if (corpus) {
        shell_add(&words, "--corpus");
        shell_add(&words, corpus);
    }
    if (x->facts || x->chosen.count) add_words(x, more, &words);
    if (x->list && x->list->count) x->outdated = x->list->items[0].row.id;
    ui_form(x->view.ui, c, (const char *const *)words.items, words.count);
    shell_release(&words);
}

static void retriever_picked(void *context, size_t which)
{
    CompareView *x = context;
    compare_evaluate(x, NULL, NULL, x->names.items[which]);
}

static void names_ready(void *context, const char *const *names, size_t count)
{
    CompareView *x = context;
    compare_names_clear(&x->names);
    for (size_t i = 0; i < count; i++) {
        size_t line = 0, lines = x->facts ? x->facts->line_count : 0;
        while (line < lines && strcmp(x->facts->lines[line].name, names[i]) != 0) line++;
        if (line == lines) vec_push(&x->names, mem_strdup(names[i]));
    }
    if (x->names.count == 0)
        ui_say(x->view.ui, LOOK_DIM,
               "every retriever is in the table; fusions such as bm25+lsa can be typed: %s",
               command_of(ACTION_EVALUATE, VIEW_COMPARE)->keys);
    else
        ui_pick(x->view.ui, "Evaluate with one more retriever", (const char *const *)x->names.items,
                x->names.count, 0, retriever_picked, x);
}

void compare_pick_retriever(CompareView *x)
{
    finder_names(ui_finder(x->view.ui), &x->names, names_ready, x);
}

void compare_outcome(CompareView *x)
{
    size_t line = compare_cursor_line(x);
    if (line == SIZE_MAX) return;
    if (!x->facts->lines[line].run_id) {
        ui_say(x->view.ui, LOOK_WARN, "%s was not trained here: choose the row of a run",
               x->facts->lines[line].name);
        return;
    }
    const Command *c = command_of(ACTION_OUTCOME, VIEW_COMPARE);
    ShellWords words = {0};
    x->table_id = x->facts->row.id; /* the newest will be the outcome's own */
    shell_add(&words, "outcome");
    shell_add(&words, "--");
    shell_add(&words, x->facts->lines[line].name);
    form_start(x->view.ui, c, &words);
    shell_release(&words);
}

/* ---- cut-offs, order ---- */

static bool cuts_pass(void *context, const char *text, Err *err)
{
    size_t cuts[EVAL_CUTS], count;
    (void)context;
    return compare_cuts(text, cuts, &count, err);
}

static void cuts_typed(void *context, const char *text)
{
    CompareView *x = context;
    if (!compare_cuts(text, x->cuts, &x->cut_count, NULL)) return;
    compare_ask_facts(x);
    compare_ask_beside(x);
}

void compare_type_cuts(CompareView *x)
{
    Str text = {0};
    for (size_t c = 0; x->facts && c < x->facts->mrr; c++)
        str_addf(&text, "%s%zu", c ? "," : "", x->facts->columns[c].k);
    ui_prompt(x->view.ui, "Cut-offs: hits within so many, up to 100", str_get(&text), cuts_pass,
              cuts_typed, x);
    str_release(&text);
}

/* What is best comes first, names from A on. The same column again: the other way round. */
static void order_picked(void *context, size_t which)
{
    CompareView *x = context;
    const char *field = which < x->names.count ? x->names.items[which] : "";
    bool metric = strchr(field, '@') != NULL;
    char *order = str_format("%s%s", metric ? "-" : "", field);
    if (*order && strcmp(order, x->order) == 0) {
        free(order);
        order = str_format("%s%s", metric ? "" : "-", field);
    }
    free(x->order);
    x->order = order;
    compare_row_again(x);
}

void compare_pick_order(CompareView *x)
{
    CompareNames titles = {0};
    size_t at = 0;
    if (!x->facts) return;
    compare_names_clear(&x->names);
    vec_push(&x->names, mem_strdup(""));
    vec_push(&titles, mem_strdup("as it was evaluated"));
    vec_push(&x->names, mem_strdup("name"));
    vec_push(&titles, mem_strdup("retriever"));
    for (size_t c = 0; c < x->facts->column_count; c++) {
        char name[METRIC_NAME_SIZE];
        Str title = {0};
        metric_name(x->facts->columns[c], name);
        compare_head(x->facts->columns[c], &title);
        vec_push(&x->names, mem_strdup(name));
        vec_push(&titles, str_take(&title));
    }
    vec_push(&x->names, mem_strdup("ms"));
    vec_push(&titles, mem_strdup("ms/query"));
    vec_push(&x->names, mem_strdup("dim"));
    vec_push(&titles, mem_strdup("dim"));
    for (size_t i = 0; i < x->names.count; i++)
        if (strcmp(x->order + (*x->order == '-'), x->names.items[i]) == 0) at = i;
    ui_pick(x->view.ui, "Order by; the same again turns it", (const char *const *)titles.items,
            titles.count, at, order_picked, x);
    compare_names_clear(&titles);
    vec_release(&titles);
}

/* ---- files ---- */

static void file_picked(void *context, size_t which)
{
    CompareView *x = context;
    Str text = {0};
    if (!x->facts) return;
    char *name = str_format("table-%lld", (long long)x->facts->row.id);
    if (which == 0)
        compare_write_csv(x->facts, &x->rows, &text);
    else
        compare_write_markdown(x->facts, &x->rows, clock_wall_ms(), &text);
    ui_save(x->view.ui, name, which == 0 ? "csv" : "md", str_get(&text));
    free(name);
    str_release(&text);
}

/* What is written has its tests. */
static bool is_whole(const CompareView *x)
{
    if (x->facts && !x->facts->tested)
        ui_say(x->view.ui, LOOK_WARN, "its tests are on their way: in a moment it is whole");
    return x->facts && x->facts->tested;
}

void compare_pick_file(CompareView *x)
{
    static const char *const FORMS[] = {"csv: for a spreadsheet", "md: Markdown"};
    if (is_whole(x)) ui_pick(x->view.ui, "Write the table as", FORMS, 2, 0, file_picked, x);
}

void compare_copy(CompareView *x)
{
    Str text = {0};
    if (!is_whole(x)) return;
    compare_write_text(x->facts, &x->rows, clock_wall_ms(), &text);
    ui_copy(x->view.ui, "the table", str_get(&text));
    str_release(&text);
}
