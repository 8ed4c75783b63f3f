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

static const FormExtra EXTRAS[] = {
    {"train", train_open, train_ask},
};

const FormExtra *form_extra(const char *command)
{
    for (size_t i = 0; i < sizeof EXTRAS / sizeof *EXTRAS; i++)
        if (strcmp(EXTRAS[i].command, command) == 0) return &EXTRAS[i];
    return NULL;
}
