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

/* A name that was typed stays. */
static void name_comes(void *context, const char *name)
{
    Form *f = context;
    FormField *field = form_field_of(&f->fields, OPT_TRAIN_NAME);
    bool own = f->own_name && strcmp(str_get(&field->line.text), f->own_name) == 0;
    if (!name || (field->line.text.size && !own)) return;
    free(f->own_name);
    f->own_name = mem_strdup(name);
    field_set(&field->line, name);
    form_changed(f);
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* Of the model that is trained. */
static const char *model_of(Form *f, bool *ret_reranker)
{
    const char *reranker = form_field_text(form_field_of(&f->fields, OPT_TRAIN_RERANKER));
    *ret_reranker = *reranker;
    return *reranker ? reranker : form_field_text(form_field_of(&f->fields, OPT_TRAIN_EMBEDDER));
}

static void ask_name(Form *f)
{
    bool reranker;
    char *stem = str_format("ft-%s", last_part(model_of(f, &reranker)));
    free_name_ask(f->modal.ui->desk, &f->slots[SLOT_NAME], stem, name_comes, f);
    free(stem);
}

static void train_open(Form *f)
{
    FormField *name = form_field_of(&f->fields, OPT_TRAIN_NAME);
    if (name->line.text.size)
        f->own_name = mem_strdup(str_get(&name->line.text));
    else if (f->modal.ui->desk)
        ask_name(f);
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
    if (f->other_model) ask_name(f);
    f->other_model = true; /* from now on */
    form_changed(f);
}

static void train_changed(Form *f)
{
    bool reranker;
    const char *model = model_of(f, &reranker);
    show_defaults(f, form_field_text(form_field_of(&f->fields, OPT_METHOD)), reranker);
    offer_losses(f, reranker);
    char *whose = str_format("%c%s", reranker ? '|' : ' ', model);
    bool same = f->methods_for && strcmp(f->methods_for, whose) == 0;
    if (same || !f->modal.ui->desk) {
        free(whose);
        return;
    }
    free(f->methods_for);
    f->methods_for = whose;
    methods_ask(f->modal.ui->desk, &f->slots[SLOT_METHODS], model, reranker ? model : NULL,
                methods_come, f);
}

/* ---- sweep: a name; the same again goes on with its runs ---- */

static void sweep_open(Form *f)
{
    FormField *name = form_field_of(&f->fields, OPT_SWEEP_NAME);
    const char *path = form_field_text(form_field_of(&f->fields, OPT_TRAIN_EMBEDDER));
    if (name->line.text.size) return;
    char *own = str_format("sweep-%s", last_part(path));
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
