/* Embedders: text → vector. One kind, one file, one row of the table in embedder.c.
 *
 * An Embedder is opened for a project, is immutable afterwards and may be used by several threads.
 * Vectors are L2-normalised; the vector of a text that has no feature at all is zero (and finds
 * nothing). */
#ifndef MODEL_EMBEDDER_H
#define MODEL_EMBEDDER_H

#include <stddef.h>
#include <stdint.h>

#include "model/env.h"

typedef struct Embedder Embedder;

typedef struct EmbedderOps {
    const char *kind;      /* "lsa" */
    const char *describes; /* one line for help */
    /* claims: does this kind answer to the name ("lsa", "lsa@3", a path …)? */
    bool (*claims)(const Env *env, const char *name);
    bool (*open)(const Env *env, const char *name, Embedder **ret, Err *err);
    /* each finished text is added to progress */
    bool (*embed)(const Embedder *e, Pool *pool, Role role, const char *const *texts, size_t count,
                  float *out, const Cancel *cancel, Progress *progress, Err *err);
    size_t (*bytes)(const Embedder *e, size_t *ret_opening); /* as embedder_bytes */
    void (*close)(Embedder *e);
} EmbedderOps;

#define EMBEDDER_NAME_SIZE 1024 /* a path, mostly */

/* What every kind begins with. */
struct Embedder {
    const EmbedderOps *ops;
    char name[EMBEDDER_NAME_SIZE]; /* as a person calls it */
    size_t dims;
    Hash fingerprint;   /* model, build, options: what vectors are cached under */
    int64_t build_id;   /* 0: not made from the project */
    bool title_body;    /* title and heading path stand before the text of a passage */
    size_t batch_bytes; /* of texts that are embedded between two writes to the cache; 0: any */
};

extern const EmbedderOps *const EMBEDDERS[];
extern const size_t EMBEDDER_COUNT;

bool embedder_claimed(const Env *env, const char *name); /* does some kind answer to it? */

/* embedder_exists: as embedder_open, without opening: what claims it may still be broken. */
bool embedder_exists(const Env *env, const char *name, Err *err);

/* embedder_open: ERR_MISSING when no kind claims the name, with the names that exist. "lsa" without
 * a build makes one from the live chunks. */
bool embedder_open(const Env *env, const char *name, Embedder **ret, Err *err);
void embedder_close(Embedder *e); /* NULL is allowed */

/* embedder_bytes: memory that it holds, and what it took beside that while it was opened. */
size_t embedder_bytes(const Embedder *e, size_t *ret_opening);

/* embedder_vectors: out (count, dims) through the project's vector cache: what is missing is
 * embedded in batches and stored. An interrupted call goes on where it stopped. */
bool embedder_vectors(const Env *env, const Embedder *e, Role role, const char *const *texts,
                      size_t count, float *out, Err *err);

/* passage_text: what is embedded for a chunk: its text, or title, heading path and text, a line
 * each. Overwrites out. */
void passage_text(const ChunkRow *chunk, bool title_body, Str *out);

#endif
