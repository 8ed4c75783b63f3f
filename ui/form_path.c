/* Completing the path that is being typed among a form's arguments. */
#include <stdlib.h>
#include <string.h>

#include "app/facts.h"
#include "base/file.h"
#include "ui/form_parts.h"

#define NAMES_MOST 40

/* Where the last word of the text begins. */
size_t form_last_word(const char *text)
{
    size_t start = 0;
    char quote = 0;
    for (size_t i = 0; text[i]; i++) {
        char c = text[i];
        if (quote ? c == quote : c == '\'' || c == '"')
            quote = quote ? 0 : c;
        else if (c == '\\' && quote != '\'' && text[i + 1])
            i++;
        else if (c == ' ' && !quote)
            start = i + 1;
    }
    return start;
}

static const FormField *path_field(Form *f)
{
    const FormField *field = form_focused(f);
    bool is = field && field->kind == FIELD_ARGUMENTS && f->command->files && f->modal.ui->desk;
    return is ? field : NULL;
}

bool form_path_can(Form *f)
{
    const FormField *field = path_field(f);
    return field && field->line.text.size > 0 && field->line.at == field->line.text.size &&
           str_get(&field->line.text)[form_last_word(str_get(&field->line.text))];
}

/* How many bytes all the paths begin with, in whole characters. */
static size_t common(const char *const *paths, size_t count)
{
    size_t size = strlen(paths[0]);
    for (size_t i = 1; i < count; i++) {
        size_t same = 0;
        while (same < size && paths[i][same] == paths[0][same]) same++;
        size = same;
    }
    while (size > 0 && ((unsigned char)paths[0][size] & 0xC0) == 0x80) size--;
    return size;
}

static char *names_of(const char *const *paths, size_t count)
{
    Str names = {0};
    for (size_t i = 0; i < count && i < NAMES_MOST; i++) {
        size_t size = strlen(paths[i]);
        const char *at = paths[i] + size - (size > 0);
        while (at > paths[i] && at[-1] != '/') at--;
        str_addf(&names, "%s%s", names.size ? "  " : "", at);
    }
    return str_take(&names);
}

static void paths_come(void *context, const char *const *paths, size_t count)
{
    Form *f = context;
    if (f->fields.count == 0 || f->fields.items[0].kind != FIELD_ARGUMENTS) return;
    Field *line = &f->fields.items[0].line;
    const char *text = str_get(&line->text);
    if (!f->paths_for || strcmp(text, f->paths_for) != 0) return; /* typed on since */
    if (count == 0) {
        free(f->paths);
        f->paths = mem_strdup("nothing begins like this");
        ui_redraw(f->modal.ui);
        return;
    }
    Str whole = {0};
    char *path = mem_strndup(paths[0], common(paths, count));
    str_add_bytes(&whole, text, form_last_word(text));
    shell_quote(path, &whole);
    free(path);
    bool known = strcmp(text, str_get(&whole)) == 0;
    if (known && count == 1 && f->focus == 0) f->focus = 1; /* there is nothing to complete */
    field_set(line, str_get(&whole));
    str_release(&whole);
    form_changed(f);
    if (count > 1) f->paths = names_of(paths, count);
}

void form_path_ask(Form *f)
{
    const FormField *field = path_field(f);
    ShellWords words = {0};
    if (!field) return;
    const char *text = str_get(&field->line.text);
    if (shell_split(text + form_last_word(text), &words, NULL) && words.count == 1) {
        free(f->paths_for);
        f->paths_for = mem_strdup(text);
        paths_ask(f->modal.ui->desk, &f->slots[SLOT_PATHS], words.items[0], paths_come, f);
    }
    shell_release(&words);
}
