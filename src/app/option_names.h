#ifndef APP_OPTION_NAMES_H
#define APP_OPTION_NAMES_H

/* Whose names a text is, so that they can be offered. */
typedef enum OptionNames {
    NAMES_NONE,
    NAMES_EMBEDDER, /* lsa, and models that give vectors: by name or path */
    NAMES_RETRIEVER,
    NAMES_RERANKER, /* models that score pairs */
} OptionNames;

#endif
