#include <stdio.h>
#include <stdlib.h>

#include "app/cmd.h"
#include "app/output.h"
#include "app/sample.h"

/* The project that is named, made when it is not there. */
static bool open_named(const char *path, const char *language, Store **ret, Err *err)
{
    Err missing = {0};
    if (store_open(path, ret, &missing)) return true;
    if (missing.kind != ERR_MISSING) {
        *err = missing;
        return false;
    }
    return (str_ends(path, ".hone") ||
            err_set(err, ERR_USAGE, "%s: the name of a project ends in .hone: %s.hone", path,
                    path)) &&
           sample_free(language, path, err) && store_create(path, ret, err);
}

static void print_json(const Session *s, const char *path, const SampleReport *r)
{
    cJSON *j = cJSON_CreateObject();
    char *folder = sample_folder(path);
    json_text(j, "project", path);
    json_text(j, "folder", folder);
    json_number(j, "documents", (double)r->documents);
    json_number(j, "chunks", (double)r->chunks);
    json_number(j, "questions", (double)r->questions);
    json_number(j, "made", (double)r->made);
    output_json(j, s->out);
    free(folder);
}

static void print_text(const Session *s, const char *path, const SampleReport *r)
{
    char *folder = sample_folder(path);
    fprintf(s->out, "%s: %zu documents, %zu chunks, %zu questions\n", path, r->documents, r->chunks,
            r->questions);
    fprintf(s->out, "%zu more questions were made, to be reviewed\n", r->made);
    fprintf(s->out, "the documents are in %s/; test is frozen\n", folder);
    free(folder);
}

bool cmd_sample(Session *s, Err *err)
{
    const char *environment = getenv("HONE_PROJECT");
    const char *language = session_arguments(s) ? session_argument(s, 0) : "en";
    const char *path = s->options->project;
    if (!path && environment && *environment) path = environment;
    if (!path) path = sample_project(language);
    if (!sample_known(language))
        return err_set(err, ERR_USAGE,
                       "there is no sample corpus '%s': en (English) or zh (Chinese)", language);
    Store *store = NULL;
    SampleReport report = {0};
    if (!open_named(path, language, &store, err)) return false;
    store_set_cancel(store, s->env.cancel);
    Env env = s->env;
    env.store = store;
    bool ok = sample_fill(&env, language, &report, err);
    session_quiet(s);
    store_close(store);
    if (ok && s->options->json)
        print_json(s, path, &report);
    else if (ok)
        print_text(s, path, &report);
    return ok;
}
