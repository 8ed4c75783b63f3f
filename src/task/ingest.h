/* ingest: files → documents and chunks. Unchanged files are left alone; in a changed one, chunks
 * that did not change are known by their source hash and keep ids, edits, exclusions, questions and
 * verdicts; of the changed ones, questions move to the new chunk that shares most of the text (at
 * least half) and are flagged, or stay with the retired chunk and are flagged. */
#ifndef TASK_INGEST_H
#define TASK_INGEST_H

#include "model/env.h"
#include "text/chunker.h"

typedef struct IngestOptions {
    const char *const *paths; size_t path_count;
    Split split;       /* SPLIT_NONE with auto_split false: the document keeps the split it has */
    bool auto_split;   /* new documents are dealt out 80/10/10 by document (see split.h) once all are read */
    ChunkOptions chunk;
} IngestOptions;

typedef struct IngestFailure { char *path, *why; } IngestFailure;

typedef struct IngestReport {
    size_t files, added, changed, unchanged;
    size_t chunks_added, chunks_kept, chunks_retired, questions_moved, questions_flagged;
    VEC(IngestFailure) failures; /* refused by name; the rest went on */
    VEC(char *) skipped;         /* files in folders whose ending no reader takes */
} IngestReport;

/* One transaction a document. false only when nothing more can be done (project, cancel); failures
 * of files are in the report. */
bool task_ingest(const Env *env, const IngestOptions *options, IngestReport *ret, Err *err);
void ingest_report_release(IngestReport *r);

#endif
