/* Editing that several views share: the text of a thing, a new question. */
#include <stdlib.h>
#include <string.h>

#include "app/edits.h"
#include "ui/editor.h"
#include "ui/field.h"
#include "ui/ui_parts.h"

static void text_edited(void *context, const char *text)
{
    Ui *ui = context;
    Decision d = {.subject = ui->editing, .subject_id = ui->editing_id, .value = text};
    char *label = str_format("edit %.*s %lld", (int)strcspn(ui->editing, "."), ui->editing,
                             (long long)ui->editing_id);
    ui_decide(ui, &d, 1, label);
    free(label);
}

/* A way that takes the text as it is: one line would lose its line ends, and every field its end.
 */
static EditWay way_for(const char *text, EditWay way)
{
    size_t size = strlen(text);
    if (way == EDIT_LINE && (size > FIELD_MAX_BYTES || strpbrk(text, "\n\r\t"))) way = EDIT_BLOCK;
    return way == EDIT_BLOCK && size > EDITOR_MAX_BYTES ? EDIT_OUTSIDE : way;
}

void ui_edit_text(Ui *ui, const char *subject, int64_t id, const char *text, EditWay way)
{
    ui->editing = subject;
    ui->editing_id = id;
    char *title = str_format("%.*s %lld", (int)strcspn(subject, "."), subject, (long long)id);
    title[0] = (char)(title[0] - 'a' + 'A');
    way = way_for(text, way);
    if (way == EDIT_OUTSIDE)
        ui_edit_outside(ui, text, text_edited, ui);
    else if (way == EDIT_LINE)
        ui_prompt(ui, title, text, NULL, text_edited, ui);
    else
        ui_edit(ui, title, text, text_edited, ui);
    free(title);
}

static void question_made(void *context, int64_t id, const Err *err)
{
    Ui *ui = context;
    ui_failed(ui, "new question", err);
    if (!err) ui_say(ui, LOOK_GOOD, "question %lld was made; u takes it back", (long long)id);
}

static void question_typed(void *context, const char *text)
{
    Ui *ui = context;
    if (*text) edit_question_add(ui->desk, text, ui->editing_id, question_made, ui);
}

void ui_new_question(Ui *ui, int64_t chunk_id, const char *text)
{
    ui->editing_id = chunk_id;
    if (text) {
        question_typed(ui, text);
        return;
    }
    char *title = str_format("New question that chunk %lld answers", (long long)chunk_id);
    ui_prompt(ui, title, "", NULL, question_typed, ui);
    free(title);
}
