/* The inside of the Hub: the listing of a model, and where its files lie. Used by hub*.c only. */
#ifndef MODEL_HUB_PARTS_H
#define MODEL_HUB_PARTS_H

#include "base/digest.h"
#include "base/vec.h"
#include "model/hub.h"

typedef struct HubFile {
    char *path; /* within the model, checked: no way out of a folder */
    uint64_t size;
    char tag[DIGEST_HEX_SIZE]; /* of the content: SHA-256 of large files, git's SHA-1 of others */
    DigestKind kind;
} HubFile;

typedef struct HubListing {
    char commit[64];
    VEC(HubFile) files; /* those that are wanted */
} HubListing;

/* hub_listing_parse: from the answer of /api/models/ID/revision/REV?blobs=true. ERR_FORMAT. */
bool hub_listing_parse(const char *json, size_t size, const char *id, HubListing *ret, Err *err);
void hub_listing_release(HubListing *l); /* a zeroed one too */

char *hub_folder(const char *id); /* models--ORG--NAME in the cache; the caller's; NULL: no home */

#endif
