/* Sample: the corpora that the program brings with it, and a project made of one. */
#ifndef APP_SAMPLE_H
#define APP_SAMPLE_H

#include <stddef.h>

#include "model/env.h"

/* A file of sample_corpora, as it was when the program was built. */
typedef struct SampleFile {
    const char *path;  /* "en/train/bm25.md" */
    const char *bytes; /* (size), and a NUL */
    size_t size;
} SampleFile;

extern const SampleFile SAMPLE_FILES[]; /* in a file that the build makes */
extern const size_t SAMPLE_FILE_COUNT;

/* sample_known: is there a corpus in the language: "en", "zh"? */
bool sample_known(const char *language);

/* sample_project: how the project of a language is called unless a name is given. */
const char *sample_project(const char *language);

/* sample_folder: where the documents of a project's corpus stand: beside it, called like it without
 * its ending. The caller's. */
char *sample_folder(const char *project);

/* sample_free: could the corpus be written beside the project? ERR_CONFLICT names the file that is in
 * the way. */
bool sample_free(const char *language, const char *project, Err *err);

typedef struct SampleReport {
    size_t documents, chunks; /* added */
    size_t questions;         /* added from the corpus' own set, accepted */
    size_t made;              /* made offline for the chunks of train, pending */
} SampleReport;

/* sample_fill: writes the corpus to the folder of the open project, then adds it by its splits,
 * imports its questions, makes more for train and freezes test. Stopped, it goes on where it was
 * when it is called again. ERR_CONFLICT, with nothing written: the project has other documents, or
 * a file of that name is there with other content. */
bool sample_fill(const Env *env, const char *language, SampleReport *ret, Err *err);

#endif
