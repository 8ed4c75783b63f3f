#include <libxml/xmlversion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utf8proc.h>
#include <zip.h>

#include "app/advice.h"
#include "app/cmd.h"
#include "app/output.h"
#include "app/table.h"
#include "num/blas.h"

/* What was looked at, one line each; a line with advice is one that asks for attention. */
typedef struct Finding {
    const char *what;
    char *found, *advice; /* advice NULL: as it should be */
} Finding;

typedef VEC(Finding) Findings;

static void add(Findings *f, const char *what, char *found, const char *advice)
{
    vec_push(f, (Finding){what, found, mem_strdup(advice)});
}

/* Is a program of that name on the path? The caller's; NULL: no. */
static char *find_program(const char *name)
{
    const char *path = getenv("PATH");
    while (path && *path) {
        size_t size = strcspn(path, ":");
        char *full = str_format("%.*s/%s", (int)size, path, name);
        if (access(full, X_OK) == 0) return full;
        free(full);
        path += size + (path[size] == ':');
    }
    return NULL;
}

static void look_at_machine(const Session *s, Findings *f)
{
    BlasInfo blas = blas_info();
    add(f, "version", mem_strdup(HONE_VERSION), NULL);
    add(f, "cpu",
        str_format("%s, %zu cores, %zu threads used", blas.cpu, pool_cores(),
                   s->options->threads ? s->options->threads : pool_cores()),
        NULL);
    add(f, "matrix library", str_format("%s", blas.config), NULL);
    add(f, "kernels",
        str_format("%s%s", blas.core,
                   blas.mended ? " (chosen by hone; the library took this CPU for another)" : ""),
        blas.right ? NULL
                   : "slower than this CPU allows, or wrong: set OPENBLAS_CORETYPE, or use another "
                     "OpenBLAS");
    if (strcmp(blas.core, blas.wanted) != 0)
        add(f, "kernels this CPU can do", mem_strdup(blas.wanted), NULL);
    add(f, "sqlite", mem_strdup(store_engine()), NULL);
    add(f, "libxml2, libzip", str_format("%s, %s", LIBXML_DOTTED_VERSION, zip_libzip_version()),
        NULL);
    add(f, "cjson, utf8proc", str_format("%s, %s", cJSON_Version(), utf8proc_version()), NULL);
    char *reader = find_program("pdftotext");
    add(f, "pdf reader", reader ? reader : mem_strdup("no pdftotext"),
        reader ? NULL : "PDF files cannot be read: install poppler-utils");
}

static bool look_at_project(Session *s, Findings *f, Err *err)
{
    Str report = {0};
    Counts counts;
    Advice advice = {0};
    if (!s->store) {
        add(f, "project", mem_strdup("none here"), NULL);
        return true;
    }
    bool ok = store_check(s->store, &report, err) && store_counts(s->store, &counts, err) &&
              advice_care(&s->env, &counts, &advice, err);
    if (ok) {
        size_t problems = 0;
        for (size_t i = 0; i < report.size; i++) problems += report.data[i] == '\n';
        add(f, "project",
            str_format("%s: %s", store_path(s->store), problems ? "not whole" : "whole"),
            problems ? "'hone check' lists what is wrong" : NULL);
        for (size_t i = 0; i < advice.count; i++) {
            Str line = {0};
            advice_line(&advice.items[i], &line);
            add(f, "attention", mem_strdup(""), str_get(&line));
            str_release(&line);
        }
    }
    str_release(&report);
    advice_release(&advice);
    return ok;
}

static void print_json(const Findings *f, FILE *out)
{
    cJSON *j = cJSON_CreateObject();
    cJSON *list = json_array(j, "findings");
    for (size_t i = 0; i < f->count; i++) {
        cJSON *one = cJSON_CreateObject();
        json_text(one, "what", f->items[i].what);
        json_text(one, "found", f->items[i].found);
        json_text(one, "advice", f->items[i].advice);
        cJSON_AddItemToArray(list, one);
    }
    output_json(j, out);
}

static void print_text(const Findings *f, FILE *out)
{
    Str text = {0};
    for (size_t i = 0; i < f->count; i++) {
        const Finding *one = &f->items[i];
        str_addf(&text, "%-24s", one->what);
        text_line(one->found, &text);
        if (one->advice) {
            str_addf(&text, "%s", *one->found ? "\n                        " : "");
            text_line(one->advice, &text);
        }
        str_add(&text, "\n");
    }
    output_text(&text, out);
    str_release(&text);
}

bool cmd_doctor(Session *s, Err *err)
{
    Findings findings = {0};
    look_at_machine(s, &findings);
    bool ok = look_at_project(s, &findings, err);
    session_quiet(s);
    if (s->options->json)
        print_json(&findings, s->out);
    else
        print_text(&findings, s->out);
    for (size_t i = 0; i < findings.count; i++) {
        free(findings.items[i].found);
        free(findings.items[i].advice);
    }
    vec_release(&findings);
    return ok;
}
