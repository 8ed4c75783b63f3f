/* The Hub: models by the name ORG/NAME, as Hugging Face's site and its mirrors lay them out, kept
 * in huggingface_hub's own cache folder, so that what any of its users fetched is found here, and
 * the other way round: models--ORG--NAME/refs/REVISION            the commit that a branch stood at
 *   models--ORG--NAME/blobs/ETAG[.incomplete]  contents, by SHA-256 or git's SHA-1
 *   models--ORG--NAME/snapshots/COMMIT/PATH    links to them
 * The cache is $HF_HUB_CACHE, else $HF_HOME/hub, else ~/.cache/huggingface/hub; the site
 * $HF_ENDPOINT, else https://huggingface.co; the key for private models $HF_TOKEN, which goes to
 * that host only. */
#ifndef MODEL_HUB_H
#define MODEL_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/str.h"

#define HUB_ENDPOINT "https://huggingface.co"

/* hub_id: is it such a name ("BAAI/bge-small-en-v1.5", "bert-base-uncased"), by its letters? */
bool hub_id(const char *name);

/* hub_find: the folder of a model, ORG/NAME or ORG/NAME@REVISION (else main), that was fetched
 * whole enough to be opened (its config.json is there); appends to ret_folder. Looks at the disk
 * only. */
bool hub_find(const char *name, Str *ret_folder);

/* hub_list: the names of all models that hub_find finds, in order. Appends; looks at the disk only.
 */
void hub_list(Paths *ret);

typedef struct HubReport {
    char commit[64];
    size_t files, fetched; /* of the model; that had to be fetched */
    uint64_t bytes, fetched_bytes;
    char *folder; /* the caller's */
} HubReport;

/* hub_pull: fetches what of the model is missing: configurations, tokenizer and weights
 * (safetensors where there are any, else pytorch_model.bin), no other framework's. revision NULL:
 * main. What was begun goes on where it stopped; a content is taken only when its digest is right.
 * Errors name file, host and what to do. */
bool hub_pull(const char *id, const char *revision, const Cancel *cancel, Progress *progress,
              HubReport *ret, Err *err);
void hub_report_release(HubReport *r);

#endif
