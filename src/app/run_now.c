#include "app/run_now.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/session.h"

static bool run_in(const Args *args, int columns, FILE *out, Err *err)
{
    Session session = {0};
    SessionPlace place = {.out = out, .notes = out, .columns = columns};
    bool ok = session_open_in(args, &place, &session, err) && args->command->run(&session, err);
    session_close(&session);
    return ok;
}

static bool run(int argc, char **argv, int columns, Str *out, Err *err)
{
    Args args;
    char *text = NULL;
    size_t size = 0;
    bool ok = args_parse(argc, argv, &args, err);
    if (ok && (!args.command || args.command->project == PROJECT_OPEN))
        ok = err_set(err, ERR_USAGE, "there is no project yet: make one first");
    FILE *stream = ok ? open_memstream(&text, &size) : NULL;
    if (ok && !stream) ok = err_set(err, ERR_MEMORY, "no memory for what it prints");
    ok = ok && run_in(&args, columns, stream, err);
    if (stream && fclose(stream) == 0) str_add_bytes(out, text, size);
    free(text);
    args_release(&args);
    return ok;
}

bool run_now(const char *const *words, size_t count, int columns, Str *out, Err *err)
{
    char **argv = mem_zero(count + 2, sizeof *argv);
    argv[0] = mem_strdup("hone");
    for (size_t i = 0; i < count; i++) argv[i + 1] = mem_strdup(words[i]);
    bool ok = run((int)count + 1, argv, columns, out, err);
    for (size_t i = 0; i <= count; i++) free(argv[i]);
    free(argv);
    return ok;
}
