/* The first start: what to begin with where there is no project yet, and in one that is empty. */
#include <stdlib.h>
#include <string.h>

#include "app/advice.h"
#include "app/run_now.h"
#include "app/sample.h"
#include "app/session.h"
#include "ui/choice.h"
#include "ui/form_parts.h"

#define NUMBERED 9 /* projects with a key of their own */
#define STEP_WIDTH 15
#define KEY_WIDTH 4
#define TITLE_WIDTH 22
#define STEPS_NEED 55  /* columns from which the steps are named */
#define WHAT_NEEDS 70  /* … and it is said what a line does */
#define FRAME_NEEDS 14 /* lines from which there is more than the list */

/* One line: a command, or a project to open. */
typedef struct Offer {
    const char *step;       /* "1 documents"; "" the same as above */
    const Command *command; /* NULL: of a project */
    const char *title, *what;
    char *path; /* NULL: of a command */
    char key[KEY_SIZE];
} Offer;

struct Welcome {
    bool empty; /* of an empty project; else of none */
    VEC(Offer) offers;
    Choice choice;
};

static void offer(struct Welcome *w, const char *step, const Command *c, const char *title,
                  const char *what)
{
    Offer o = {.step = step, .command = c, .title = title ? title : c->title, .what = what};
    command_key(c, o.key);
    vec_push(&w->offers, o);
}

static const Command *named(const char *name)
{
    size_t words;
    return command_find(name, NULL, &words);
}

static const Command *first_start(Action action)
{
    return command_of(action, (ViewId)VIEW_COUNT);
}

static void offer_samples(struct Welcome *w, const char *step)
{
    offer(w, step, first_start(ACTION_SAMPLE_ENGLISH), NULL, "a handbook and its questions");
    offer(w, "", first_start(ACTION_SAMPLE_CHINESE), NULL, "the same subject in Chinese");
}

static void offer_steps(struct Welcome *w)
{
    offer(w, "1 documents", named("add"), NULL, "text, Markdown, HTML, PDF, Word");
    offer(w, "", named("import"), "Import questions", "a set, with chunks or about yours");
    offer(w, "2 questions", named("generate"), NULL, "for the chunks that have none");
    offer(w, "", named("questions"), "Review them", "accept, reject or edit");
    offer(w, "3 training", named("mine"), NULL, "chunks that only look right");
    offer(w, "", named("train"), NULL, "adapt the embedder to them");
    offer(w, "4 comparison", named("eval"), NULL, "what each retriever finds");
    offer(w, "", named("evals"), "Compare", "which is better, and where");
}

static void offer_projects(struct Welcome *w)
{
    Paths paths = {0};
    session_projects(&paths, NULL);
    for (size_t i = 0; i < paths.count; i++) {
        Offer o = {.path = paths.items[i]};
        if (i < NUMBERED) snprintf(o.key, sizeof o.key, "%zu", i + 1);
        vec_push(&w->offers, o); /* it has the path from now on */
    }
    vec_release(&paths);
}

static struct Welcome *welcome_new(bool empty)
{
    struct Welcome *w = mem_zero(1, sizeof *w);
    w->empty = empty;
    if (empty) {
        offer_steps(w);
        offer_samples(w, "or try it");
        return w;
    }
    offer_projects(w);
    offer(w, "", first_start(ACTION_NEW_PROJECT), NULL, "empty, called after this folder");
    offer_samples(w, "");
    offer(w, "", first_start(ACTION_OPEN_PROJECT), NULL, "a project file in another place");
    return w;
}

void welcome_forget(Ui *ui)
{
    struct Welcome *w = ui->welcome;
    if (!w) return;
    for (size_t i = 0; i < w->offers.count; i++) free(w->offers.items[i].path);
    vec_release(&w->offers);
    free(w);
    ui->welcome = NULL;
}

static struct Welcome *welcome_of(Ui *ui)
{
    bool empty = ui->desk != NULL;
    if (ui->welcome && ui->welcome->empty != empty) welcome_forget(ui);
    if (!ui->welcome) ui->welcome = welcome_new(empty);
    return ui->welcome;
}

static bool is_empty(const Ui *ui)
{
    const Counts *c = desk_counts(ui->desk);
    return counts_documents(c) == 0 && counts_chunks(c, CHUNK_LIVE) == 0;
}

bool welcome_wanted(const Ui *ui, ViewId view)
{
    return !ui->desk || (view == VIEW_CHUNKS && is_empty(ui));
}

/* ---- drawing ---- */

static void draw_offer(const void *context, Area a, int y, size_t line)
{
    const struct Welcome *w = context;
    const Offer *o = &w->offers.items[line];
    bool steps = w->empty && a.width >= STEPS_NEED;
    int x = 2;
    if (steps) {
        area_cell(a, y, x, STEP_WIDTH, LOOK_TITLE, false, o->step);
        x += STEP_WIDTH;
    }
    area_cell(a, y, x, KEY_WIDTH, LOOK_KEY, false, o->key);
    x += KEY_WIDTH;
    if (o->path) {
        area_cell(a, y, x, a.width - x - 1, LOOK_TEXT, false, o->path);
        return;
    }
    area_cell(a, y, x, TITLE_WIDTH, LOOK_TEXT, false, o->title);
    x += TITLE_WIDTH;
    if (a.width >= (steps ? WHAT_NEEDS : STEPS_NEED))
        area_cell(a, y, x, a.width - x - 1, LOOK_DIM, false, o->what);
}

static const char *say_where(const struct Welcome *w, const Ui *ui, Str *out)
{
    size_t projects = 0;
    for (size_t i = 0; i < w->offers.count; i++) projects += w->offers.items[i].path != NULL;
    if (w->empty)
        str_addf(out, "%s is empty.", file_name(desk_path(ui->desk)));
    else if (projects > 0)
        str_addf(out, "%zu project%s in this folder.", projects, projects == 1 ? " is" : "s are");
    else
        str_add(out, "There is no project in this folder.");
    return str_get(out);
}

void welcome_draw(Ui *ui, Area a)
{
    struct Welcome *w = welcome_of(ui);
    if (a.height < FRAME_NEEDS) {
        choice_draw(&w->choice, a, w->offers.count, draw_offer, w);
        return;
    }
    Str text = {0};
    char key[KEY_SIZE];
    Area in = area_box(a, LOOK_BORDER, LOOK_TITLE, "Welcome to hone");
    area_text(in, 1, 2, LOOK_TITLE,
              w->empty ? "Four steps make a retriever that fits your documents."
                       : "hone makes a retriever that fits your documents.");
    area_text(in, 2, 2, LOOK_TEXT, say_where(w, ui, &text));
    int rows = (int)w->offers.count, room = in.height - 7;
    choice_draw(&w->choice, area_rows(in, 4, rows < room ? rows : room), w->offers.count,
                draw_offer, w);
    int y = 5 + (rows < room ? rows : room), x = 2;
    x = area_text(in, y, x, LOOK_DIM, "A key takes its line, or Up, Down and Enter. ");
    command_key(command_of(ACTION_NEXT_STEP, VIEW_CHUNKS), key);
    if (w->empty) {
        x = area_text(in, y + 1, 2, LOOK_KEY, key);
        area_text(in, y + 1, x, LOOK_DIM, " tells what to do next, at any time.");
    }
    str_release(&text);
}

/* ---- another project ---- */

static bool open_it(Ui *ui, const char *path)
{
    Err err = {0};
    if (ui_open_project(ui, path, &err)) return true;
    ui_failed(ui, "open", &err);
    return false;
}

static bool is_there(void *context, const char *text, Err *err)
{
    FileInfo info;
    (void)context;
    if (!*text) return err_set(err, ERR_USAGE, "the name of the project's file: NAME.hone");
    return file_info(text, &info, err) &&
           (info.is_regular || err_set(err, ERR_USAGE, "%s is not a file", text));
}

static void path_given(void *context, const char *text)
{
    open_it(context, text);
}

static void ask_for_path(void *context)
{
    Ui *ui = context;
    char *path = ui->desk ? mem_strdup(desk_path(ui->desk)) : mem_strdup("");
    ui_prompt(ui, "Open a project", path, is_there, path_given, ui);
    free(path);
}

/* Does what leaves the project, once it is clear that no job minds. */
static void leave_for(Ui *ui, void (*what)(void *context))
{
    size_t running = ui->desk ? desk_jobs_running(ui->desk) : 0;
    if (running == 0) {
        what(ui);
        return;
    }
    char *question = str_format(
        "%zu job%s running and will stop when another project is opened. What is done is kept, and "
        "the same command goes on from there. Go on?",
        running, running == 1 ? " is" : "s are");
    ui_confirm(ui, question, what, ui);
    free(question);
}

void welcome_open_project(Ui *ui)
{
    leave_for(ui, ask_for_path);
}

/* ---- the sample ---- */

static void fill(Ui *ui, const char *language)
{
    const char *words[] = {"sample", "--project", desk_path(ui->desk), language};
    ui_job(ui, words, sizeof words / sizeof *words, NULL, NULL);
}

/* In a new project, or the one that an earlier try left there. */
static void sample_beside(Ui *ui, const char *language)
{
    const char *path = sample_project(language);
    const char *words[] = {"init", path};
    FileInfo info;
    Str out = {0};
    Err err = {0};
    bool there = file_info(path, &info, NULL);
    if (!there && !(sample_free(language, path, &err) && run_now(words, 2, 0, &out, &err)))
        ui_failed(ui, "sample", &err);
    else if (open_it(ui, path) && (!there || is_empty(ui)))
        fill(ui, language);
    str_release(&out);
}

void welcome_sample(Ui *ui, const char *language)
{
    if (ui->desk && is_empty(ui))
        fill(ui, language);
    else
        sample_beside(ui, language);
}

static const char *const LANGUAGES[] = {"en", "zh"};

static void language_picked(void *context, size_t which)
{
    welcome_sample(context, LANGUAGES[which]);
}

static void ask_for_language(void *context)
{
    static const char *const NAMES[] = {"English", "Chinese"};
    Ui *ui = context;
    ui_pick(ui,
            ui->desk && is_empty(ui) ? "Sample corpus, into this project"
                                     : "Sample corpus, a new project",
            NAMES, 2, 0, language_picked, ui);
}

void welcome_ask_sample(Ui *ui)
{
    if (ui->desk && is_empty(ui))
        ask_for_language(ui);
    else
        leave_for(ui, ask_for_language);
}

/* ---- keys ---- */

static void take(Ui *ui, size_t line)
{
    const Offer *o = &ui->welcome->offers.items[line];
    ui_redraw(ui);
    if (o->command) {
        ui_do(ui, o->command);
        return;
    }
    char *path = mem_strdup(o->path); /* the offers go with opening */
    open_it(ui, path);
    free(path);
}

static bool take_number(Ui *ui, Key key)
{
    const struct Welcome *w = ui->welcome;
    for (size_t i = 0; i < w->offers.count; i++) {
        const Offer *o = &w->offers.items[i];
        if (!o->path || !*o->key || (Key)*o->key != key) continue;
        take(ui, i);
        return true;
    }
    return false;
}

bool welcome_event(Ui *ui, Event e)
{
    struct Welcome *w = welcome_of(ui);
    bool begins;
    if (ui->pasting || ui->sequence_count || w->offers.count == 0) return false;
    ChoiceEvent said = choice_point(&w->choice, e);
    if (said == CHOICE_TAKEN || e.key == KEY_RETURN) {
        take(ui, w->choice.at);
        return true;
    }
    if (said != CHOICE_NOTHING || choice_key(&w->choice, e.key)) {
        ui_redraw(ui);
        return true;
    }
    const Command *c = keys_find(&e.key, 1, (ViewId)VIEW_COUNT, &begins);
    if (c) {
        ui_do(ui, c);
        return true;
    }
    return take_number(ui, e.key);
}
