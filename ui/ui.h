/* Ui: the whole screen: the desk, the views and what lies over them. What views may ask of it. All
 * of it is for the screen's thread. */
#ifndef UI_UI_H
#define UI_UI_H

#include "app/desk.h"
#include "app/finder.h"
#include "app/job.h"
#include "ui/view.h"

/* ui_run: the workbench on a project (NULL: none yet), until the person leaves; the exit status. */
int ui_run(const char *project, size_t threads);

Desk *ui_desk(Ui *ui);              /* NULL: no project yet */
Finder *ui_finder(Ui *ui);
const char *ui_retriever(Ui *ui);   /* what is searched with unless another is chosen: the newest run, or bm25 */
void ui_redraw(Ui *ui);             /* something looks different */
void ui_redraw_after(Ui *ui, double seconds); /* once more then */
View *ui_view(Ui *ui, ViewId id);

/* ui_again: the view's `changed` is called after so many seconds, also when nothing changed: that
 * the process of another run has died is in no file. */
void ui_again(View *v, double after_s);

/* ui_go: shows a view and has it show a thing. */
void ui_go(Ui *ui, ViewId view, int64_t id, const char *filter);

/* ui_act: as if the command's key had been pressed. */
void ui_act(Ui *ui, Action action);

/* ---- messages: a line that goes after a while, kept in the log of messages ---- */
void ui_say(Ui *ui, Look look, const char *format, ...) __attribute__((format(printf, 3, 4)));
void ui_failed(Ui *ui, const char *what, const Err *err); /* err NULL is fine: says nothing */

/* ---- what lies over the views; each returns at once and calls back when the person is done ---- */

/* ui_confirm: yes is only on `key` ('y', or another that the caller wants to be deliberate). */
void ui_confirm(Ui *ui, const char *question, void (*yes)(void *context), void *context);

/* ui_prompt: one line of text. check: NULL, or says what is wrong with it while it is typed
 * (Err message). */
typedef void Prompted(void *context, const char *text);
typedef bool PromptCheck(void *context, const char *text, Err *err);
void ui_prompt(Ui *ui, const char *title, const char *text, PromptCheck *check, Prompted *done,
               void *context);

/* ui_edit: a text of several lines, edited in place; Ctrl-X hands it to the editor of $VISUAL or
 * $EDITOR. ui_edit_outside: straight to that. done only when it was changed and kept. */
void ui_edit(Ui *ui, const char *title, const char *text, Prompted *done, void *context);
void ui_edit_outside(Ui *ui, const char *text, Prompted *done, void *context);

/* ui_edit_text: edits the text of a thing as a decision of that subject ("chunk.text"). */
typedef enum EditWay { EDIT_LINE, EDIT_BLOCK, EDIT_OUTSIDE } EditWay;
void ui_edit_text(Ui *ui, const char *subject, int64_t id, const char *text, EditWay way);

/* ui_new_question: of a chunk that answers it; text NULL: asks for it. */
void ui_new_question(Ui *ui, int64_t chunk_id, const char *text);

/* ui_pick: one of several lines, found by typing parts of it. */
typedef void Picked(void *context, size_t which);
void ui_pick(Ui *ui, const char *title, const char *const *items, size_t count, size_t at,
             Picked *done, void *context);

/* ui_pick_typed: so much of it is typed already. */
void ui_pick_typed(Ui *ui, const char *title, const char *const *items, size_t count,
                   const char *typed, Picked *done, void *context);

void ui_page(Ui *ui, const char *title, const char *text); /* a text to read */

/* ui_form: the options of a command of the table as fields; words: what is set already, as on a
 * command line (the command first). Starting it begins a job. */
void ui_form(Ui *ui, const Command *command, const char *const *words, size_t count);

/* ui_job: begins a job and says how it ended; ended may be NULL. */
Job *ui_job(Ui *ui, const char *const *words, size_t count, JobEnded *ended, void *context);

/* ui_undo, ui_decide: a decision with its message; refused ones say why. */
void ui_decide(Ui *ui, const Decision *decisions, size_t count, const char *label);

/* ui_save: to a new file "NAME.ENDING" of the working folder, numbered when it is taken; says which. */
void ui_save(Ui *ui, const char *name, const char *ending, const char *text);

/* ui_copy: to the clipboard of the terminal (OSC 52), and to a file that is named in the message. */
void ui_copy(Ui *ui, const char *what, const char *text);

#endif
