#include "app/app.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/help.h"
#include "app/output.h"
#include "app/session.h"

static int report(const Args *args, const Err *err)
{
    if (err->kind == ERR_CANCELLED) {
        int signal_number = session_signal();
        fprintf(stderr,
                "hone: stopped; what was done is kept, and the same command goes on from there\n");
        return signal_number == SIGINT || !signal_number ? EXIT_STOPPED : 128 + signal_number;
    }
    const char *name = args->command ? args->command->name : NULL;
    fprintf(stderr, "hone%s%s: %s\n", name ? " " : "", name ? name : "", err->message);
    return err->kind == ERR_USAGE ? EXIT_USAGE : EXIT_FAILED;
}

static bool print_help(const Args *args, Err *err)
{
    Str text = {0};
    if (args->options.help) {
        if (args->command)
            help_command(args->command, &text);
        else if (args->prefix)
            help_prefix(args->prefix, &text);
        else
            help_overview(&text);
    } else {
        help_guide(&text);
    }
    output_text(&text, stdout);
    str_release(&text);
    return output_finish(stdout, err);
}

/* `hone` and `hone FILE.hone` in a terminal. */
static bool opens_screen(const Args *args, AppScreen *screen)
{
    return screen && !args->options.help && !args->command && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static bool run_screen(const Args *args, AppScreen *screen, int *ret_status, Err *err)
{
    char *project = NULL;
    Err missing = {0};
    if (!session_project(&args->options, &project, &missing) && missing.kind != ERR_MISSING) {
        *err = missing;
        return false;
    }
    *ret_status = screen(project, args->options.threads);
    free(project);
    return true;
}

static bool run(const Args *args, AppScreen *screen, int *ret_status, Err *err)
{
    if (opens_screen(args, screen)) return run_screen(args, screen, ret_status, err);
    if (args->options.help || !args->command) return print_help(args, err);
    Session session = {0};
    bool ok = session_open(args, &session, err) && args->command->run(&session, err);
    *ret_status = session.status;
    session_close(&session);
    return output_finish(stdout, ok ? err : NULL) && ok;
}

int app_main(int argc, char **argv, AppScreen *screen)
{
    Args args;
    Err err = {0};
    int status = EXIT_DONE;
    if (!args_parse(argc, argv, &args, &err) || !run(&args, screen, &status, &err))
        status = report(&args, &err);
    args_release(&args);
    return status;
}
