#include "app/session.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/output.h"

/* The signal flag: the one thing that a handler can reach. */
static Cancel asked_to_stop;
static volatile sig_atomic_t stopped_by;

static void on_signal(int number)
{
    if (stopped_by) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    stopped_by = number;
    cancel_ask(&asked_to_stop);
}

static void catch_signals(void)
{
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++) {
        struct sigaction old, action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
        sigemptyset(&action.sa_mask);
        /* a signal that the caller has us ignore (nohup, a background job) stays ignored */
        if (sigaction(SIGNALS[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN) continue;
        sigaction(SIGNALS[i], &action, NULL);
    }
}

int session_signal(void)
{
    return stopped_by;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool session_projects(Paths *ret, Err *err)
{
    DIR *folder = opendir(".");
    if (!folder)
        return err_set(err, ERR_IO,
                       "the working directory cannot be read; name the project with -p FILE.hone");
    for (struct dirent *entry; (entry = readdir(folder));)
        if (str_ends(entry->d_name, ".hone") && entry->d_name[0] != '.')
            vec_push(ret, mem_strdup(entry->d_name));
    closedir(folder);
    if (ret->count) qsort(ret->items, ret->count, sizeof *ret->items, by_name);
    return true;
}

/* The only *.hone in the working directory. */
static bool project_here(char **ret, Err *err)
{
    Paths found = {0};
    bool ok = session_projects(&found, err);
    if (ok && found.count == 0)
        ok = err_set(err, ERR_MISSING,
                     "no project here: name one with -p FILE.hone or $HONE_PROJECT, or make one "
                     "with 'hone init'");
    else if (ok && found.count > 1)
        ok = err_set(err, ERR_MISSING,
                     "more than one project here (%s, %s): name one with -p FILE.hone or "
                     "$HONE_PROJECT",
                     found.items[0], found.items[1]);
    if (ok) *ret = mem_strdup(found.items[0]);
    file_paths_release(&found);
    return ok;
}

bool session_project(const Options *options, char **ret, Err *err)
{
    const char *environment = getenv("HONE_PROJECT");
    const char *named = options->project ? options->project : environment;
    if (!named || !*named) return project_here(ret, err);
    *ret = mem_strdup(named);
    return true;
}

static bool open_project(const Args *args, const SessionPlace *place, Session *s, Err *err)
{
    ProjectNeed need = args->command->project;
    char *path = NULL;
    if (need == PROJECT_NONE) return true;
    if (place->project && !args->options.project) {
        path = mem_strdup(place->project);
    } else if (!session_project(&args->options, &path, err)) {
        if (need == PROJECT_OPEN || err->kind != ERR_MISSING) return false;
        *err = (Err){0};
        return true;
    }
    bool ok = store_open(path, &s->store, err);
    free(path);
    if (ok) store_set_cancel(s->store, place->cancel);
    return ok;
}

static bool open_in(const Args *args, const SessionPlace *place, Session *ret, Err *err)
{
    Session s = {.args = args,
                 .options = &args->options,
                 .pool = place->pool,
                 .out = place->out,
                 .notes = place->notes,
                 .columns = place->columns};
    if (!open_project(args, place, &s, err)) return false;
    s.env = (Env){.store = s.store,
                  .pool = place->pool,
                  .cancel = place->cancel,
                  .finish = place->finish,
                  .progress = place->progress};
    *ret = s;
    return true;
}

bool session_open_in(const Args *args, const SessionPlace *place, Session *ret, Err *err)
{
    if (args->options.standard_input)
        return err_set(err, ERR_USAGE, "--stdin works in a shell only, not beside the screen");
    return open_in(args, place, ret, err);
}

bool session_open(const Args *args, Session *ret, Err *err)
{
    SessionPlace place = {.cancel = &asked_to_stop,
                          .out = stdout,
                          .notes = stderr,
                          .columns = output_columns(STDOUT_FILENO)};
    catch_signals();
    if (!open_in(args, &place, ret, err)) return false;
    ret->owner = true;
    ret->bold = output_bold(ret->columns);
    if (args->command->project != PROJECT_NONE) ret->pool = pool_new(args->options.threads);
    progress_init(&ret->progress);
    ret->env.pool = ret->pool;
    ret->env.progress = &ret->progress;
    if (!args->options.quiet) ret->ticker = ticker_start(&ret->progress);
    return true;
}

void session_quiet(Session *s)
{
    ticker_stop(s->ticker);
    s->ticker = NULL;
}

void session_close(Session *s)
{
    if (!s->args) return;
    session_quiet(s);
    store_close(s->store);
    if (s->owner) {
        pool_free(s->pool);
        progress_release(&s->progress);
    }
    *s = (Session){0};
}

const char *session_argument(const Session *s, size_t i)
{
    return s->args->arguments.items[i];
}

size_t session_arguments(const Session *s)
{
    return s->args->arguments.count;
}

bool session_id(const Session *s, size_t i, const char *what, int64_t *ret, Err *err)
{
    const char *text = session_argument(s, i);
    size_t size = strlen(text);
    if (size == 0 || size > 18 || strspn(text, "0123456789") != size ||
        strtoll(text, NULL, 10) == 0)
        return err_set(err, ERR_USAGE,
                       "'%s' is not the id of a %s (a whole number from 1; 'hone %ss' lists them)",
                       text, what, what);
    *ret = strtoll(text, NULL, 10);
    return true;
}

bool session_filter(const Session *s, size_t from, char **ret, Err *err)
{
    const char *where = s->options->where;
    size_t count = session_arguments(s);
    if (where && from < count)
        return err_set(err, ERR_USAGE, "'%s': either --where or a filter after the command",
                       session_argument(s, from));
    Str text = {0};
    if (where) str_add(&text, where);
    for (size_t i = from; i < count; i++)
        str_addf(&text, "%s%s", text.size ? " " : "", session_argument(s, i));
    if (s->options->limit) str_addf(&text, " limit:%zu", s->options->limit);
    *ret = text.size ? str_take(&text) : NULL;
    str_release(&text);
    return true;
}
