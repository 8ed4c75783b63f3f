/* Edits: what a person makes by hand (task/curate.h), asked of the desk's writing lane. Each calls
 * back on the screen's thread; one undo takes each back. */
#ifndef APP_EDITS_H
#define APP_EDITS_H

#include "app/desk.h"

/* id: of what was made (the first part of a cut chunk); err NULL: it went well. */
typedef void Edited(void *context, int64_t id, const Err *err);

void edit_question_add(Desk *d, const char *text, int64_t chunk_id, Edited *done, void *context);
void edit_chunk_join(Desk *d, const int64_t *ids, size_t count, Edited *done, void *context);

/* at: characters that the first part gets */
void edit_chunk_cut(Desk *d, int64_t chunk_id, size_t at, Edited *done, void *context);

#endif
