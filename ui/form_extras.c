/* What the forms of single commands have beside their fields. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/facts.h"
#include "ui/form_parts.h"

void form_tell(Form *f, Look look, const char *text)
{
    free(f->told);
    f->told = mem_strdup(text);
    f->told_look = look;
    ui_redraw(f->modal.ui);
}

/* ---- train: a name that is free, and what it will take ---- */

static void name_comes(void *context, const char *name)
{
    Form *f = context;
    FormField *field = form_field_of(&f->fields, OPT_TRAIN_NAME);
    if (!name || !field || field->line.text.size) return;
    field_set(&field->line, name);
    form_changed(f);
}

static void train_open(Form *f)
{
    FormField *name = form_field_of(&f->fields, OPT_TRAIN_NAME);
    FormField *embedder = form_field_of(&f->fields, OPT_TRAIN_EMBEDDER);
    if (!f->modal.ui->desk || name->line.text.size) return;
    const char *path = form_field_text(embedder), *slash = strrchr(path, '/');
    char *stem = str_format("ft-%s", slash && slash[1] ? slash + 1 : path);
    free_name_ask(f->modal.ui->desk, &f->slots[SLOT_NAME], stem, name_comes, f);
    free(stem);
}

static void estimate_comes(void *context, const char *text, const Err *err)
{
    ((Form *)context)->measuring = NULL;
    form_tell(context, err ? LOOK_WARN : LOOK_TEXT, err ? err->message : text);
}

static void train_ask(Form *f, const char *const *words, size_t count)
{
    if (f->modal.ui->desk)
        f->measuring =
            estimate_ask(f->modal.ui->desk, &f->slots[SLOT_EXTRA], words, count, estimate_comes, f);
}

static void show_default(Form *f, OptionId id, const char *format, double value)
{
    char text[32];
    snprintf(text, sizeof text, format, value);
    form_field_default(form_field_of(&f->fields, id), value > 0 ? text : "");
}

/* What holds unless given is the method's own. */
static void show_defaults(Form *f, const char *method, bool reranker)
{
    MethodDefaults d;
    if (!method_defaults(method, reranker, &d)) return;
    show_default(f, OPT_EPOCHS, "%.0f", (double)d.epochs);
    show_default(f, OPT_BATCH, "%.0f", (double)d.batch);
    show_default(f, OPT_NEGATIVES, "%.0f", (double)d.negatives);
    show_default(f, OPT_LR, "%g", d.lr);
}

static void offer_losses(Form *f, bool reranker)
{
    Str words = {0};
    loss_words(reranker, &words);
    form_field_offer(form_field_of(&f->fields, OPT_LOSS), str_get(&words));
    str_release(&words);
}

/* Where the model is none (yet), all methods stay and the estimate says why. */
static void methods_come(void *context, const char *methods, const Err *err)
{
    Form *f = context;
    if (err) return;
    form_field_offer(form_field_of(&f->fields, OPT_METHOD), methods);
    form_changed(f);
}

static void train_changed(Form *f)
{
    const char *embedder = form_field_text(form_field_of(&f->fields, OPT_TRAIN_EMBEDDER)),
               *reranker = form_field_text(form_field_of(&f->fields, OPT_TRAIN_RERANKER));
    show_defaults(f, form_field_text(form_field_of(&f->fields, OPT_METHOD)), *reranker);
    offer_losses(f, *reranker);
    if (!*reranker) reranker = NULL;
    char *whose = str_format("%c%s", reranker ? '|' : ' ', reranker ? reranker : embedder);
    bool same = f->methods_for && strcmp(f->methods_for, whose) == 0;
    if (same || !f->modal.ui->desk) {
        free(whose);
        return;
    }
    free(f->methods_for);
    f->methods_for = whose;
    methods_ask(f->modal.ui->desk, &f->slots[SLOT_METHODS], embedder, reranker, methods_come, f);
}

/* ---- sweep: a name; the same again goes on with its runs ---- */

static void sweep_open(Form *f)
{
    FormField *name = form_field_of(&f->fields, OPT_SWEEP_NAME);
    const char *path = form_field_text(form_field_of(&f->fields, OPT_TRAIN_EMBEDDER)),
               *slash = strrchr(path, '/');
    if (name->line.text.size) return;
    char *own = str_format("sweep-%s", slash && slash[1] ? slash + 1 : path);
    field_set(&name->line, own);
    free(own);
}

static const FormExtra EXTRAS[] = {
    {.command = "sweep", .open = sweep_open},
    {"train", train_open, train_changed, OPT_TRAIN_NAME, train_ask},
};

const FormExtra *form_extra(const char *command)
{
    for (size_t i = 0; i < sizeof EXTRAS / sizeof *EXTRAS; i++)
        if (strcmp(EXTRAS[i].command, command) == 0) return &EXTRAS[i];
    return NULL;
}
