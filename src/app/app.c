#include "app/app.h"

#include <signal.h>
#include <stdio.h>

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
    output_text(&text);
    str_release(&text);
    return output_finish(err);
}

static bool run(const Args *args, int *ret_status, Err *err)
{
    if (args->options.help || !args->command) return print_help(args, err);
    Session session = {0};
    bool ok = session_open(args, &session, err) && args->command->run(&session, err);
    *ret_status = session.status;
    session_close(&session);
    return output_finish(ok ? err : NULL) && ok;
}

int app_main(int argc, char **argv)
{
    Args args;
    Err err = {0};
    int status = EXIT_DONE;
    if (!args_parse(argc, argv, &args, &err) || !run(&args, &status, &err))
        status = report(&args, &err);
    args_release(&args);
    return status;
}
