/* rechunk: the chunks of a document as newly cut, matched with those that it had. */
#ifndef TASK_RECHUNK_H
#define TASK_RECHUNK_H

#include "task/ingest.h"

/* rechunk: within the caller's transaction. A passage whose text stood in the document before takes
 * over that chunk with all that was decided about it; other old chunks are retired, and their
 * questions move to the new chunk that shares at least half of their text. Adds to the report's
 * counts of chunks and questions. */
bool rechunk(const Env *env, const DocumentRow *document, const char *text,
             const Passages *passages, IngestReport *report, Err *err);

#endif
