/* Documents and chunks. */
#ifndef STORE_CORPUS_H
#define STORE_CORPUS_H

#include "store/store.h"

/* filter NULL: all; by id */
bool documents_load(Store *s, const char *filter, DocumentRows *ret, Err *err);

/* in the order of ids; what is not there is left out */
bool documents_load_ids(Store *s, const int64_t *ids, size_t count, DocumentRows *ret, Err *err);
bool document_find(Store *s, const char *key, DocumentRows *ret, Err *err); /* 0 or 1 rows */
bool document_text(Store *s, int64_t id, char **ret, Err *err);             /* caller's */

/* document_put: adds (id 0) or updates; row->text is stored when not NULL. */
bool document_put(Store *s, const DocumentRow *row, int64_t *ret_id, Err *err);

/* document_set_split: the split of a document and all its chunks, and of the questions whose
 * positives all lie in it. */
bool document_set_split(Store *s, int64_t id, Split split, Err *err);

/* retires its chunks that have questions, deletes the others; the document stays when chunks stay
 */
bool document_remove(Store *s, int64_t id, Err *err);

typedef struct ChunkQuery {
    int statuses;        /* bits 1 << ChunkStatus; 0: live */
    int splits;          /* bits 1 << Split; 0: any */
    int64_t document_id; /* 0: any */
    int64_t question_id; /* chunks that answer it; 0: any */
    const char *filter;  /* filter language or NULL */
    const int64_t *ids;  /* NULL: any */
    size_t id_count;
    bool with_questions; /* fill in `questions` */
} ChunkQuery;

/* chunks_load: as the filter orders, else in the order of ids (what is not there, or does not
 * match, is left out), else by id. */
bool chunks_load(Store *s, const ChunkQuery *query, ChunkRows *ret, Err *err);

/* corpus_stamp: a hash that changes when what can be searched, or searched with, does: live chunks,
 * their texts, builds, retrievers. Reads indexes only: some ten ms for 100,000 chunks. */
bool corpus_stamp(Store *s, Hash *ret, Err *err);

/* text_hash and source_hash are computed when source_hash is zero */
bool chunk_add(Store *s, const ChunkRow *row, int64_t *ret_id, Err *err);

/* chunk_place: the chunk was found again in its document: new ordinal, range, pages, heading,
 * split; status live when retired. */
bool chunk_place(Store *s, int64_t id, const ChunkRow *where, Err *err);
bool chunk_retire(Store *s, int64_t id, Err *err); /* deleted when nothing refers to it */
bool chunk_set_split(Store *s, int64_t id, Split split, Err *err);

#endif
