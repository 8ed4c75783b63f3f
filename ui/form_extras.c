/* What the forms of single commands have beside their fields. */
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
    form_tell(context, err ? LOOK_WARN : LOOK_TEXT, err ? err->message : text);
}

static void train_ask(Form *f, const char *const *words, size_t count)
{
    if (f->modal.ui->desk)
        estimate_ask(f->modal.ui->desk, &f->slots[SLOT_EXTRA], words, count, estimate_comes, f);
}

/* What holds unless given is the method's own. */
static void show_defaults(Form *f, const MethodDefaults *d)
{
    char *epochs = str_format("%zu", d->epochs), *batch = str_format("%zu", d->batch),
         *lr = str_format("%g", d->lr);
    form_field_default(form_field_of(&f->fields, OPT_EPOCHS), epochs);
    form_field_default(form_field_of(&f->fields, OPT_BATCH), batch);
    form_field_default(form_field_of(&f->fields, OPT_LR), lr);
    free(epochs);
    free(batch);
    free(lr);
}

/* Where the embedder is none (yet), all methods stay and the estimate says why. */
static void methods_come(void *context, const char *methods, const Err *err)
{
    Form *f = context;
    if (err) return;
    form_field_offer(form_field_of(&f->fields, OPT_METHOD), methods);
    form_changed(f);
}

static void train_changed(Form *f)
{
    const char *method = form_field_text(form_field_of(&f->fields, OPT_METHOD)),
               *embedder = form_field_text(form_field_of(&f->fields, OPT_TRAIN_EMBEDDER));
    MethodDefaults d;
    if (method_defaults(method, &d)) show_defaults(f, &d);
    if (!f->modal.ui->desk || (f->methods_for && strcmp(f->methods_for, embedder) == 0)) return;
    free(f->methods_for);
    f->methods_for = mem_strdup(embedder);
    methods_ask(f->modal.ui->desk, &f->slots[SLOT_METHODS], embedder, methods_come, f);
}

static const FormExtra EXTRAS[] = {
    {"train", train_open, train_changed, OPT_TRAIN_NAME, train_ask},
};

const FormExtra *form_extra(const char *command)
{
    for (size_t i = 0; i < sizeof EXTRAS / sizeof *EXTRAS; i++)
        if (strcmp(EXTRAS[i].command, command) == 0) return &EXTRAS[i];
    return NULL;
}
