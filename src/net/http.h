/* http: requests through libcurl. TLS is verified; a header marked as secret is never sent to
 * another host after a redirect and never in a message. Proxies come from the environment. One
 * request a call; threads may call at the same time. */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/str.h"

typedef struct HttpAnswer {
    long status;          /* of the last answer */
    uint64_t length;      /* of the body, UINT64_MAX: not said */
    bool partial;         /* 206: it begins at `from` */
    char etag[128];       /* ETag or X-Linked-Etag, quotes taken off; "" none */
    char commit[64];      /* X-Repo-Commit */
    uint64_t linked_size; /* X-Linked-Size, 0: not said */
    double retry_after_s; /* 0: not said */
} HttpAnswer;

typedef struct HttpRequest {
    const char *url;    /* http or https */
    const char *secret; /* "Authorization: Bearer …", only to the url's own host; NULL */
    const char *const *headers;
    size_t header_count;
    uint64_t from;             /* resume: bytes [from, …) */
    double connect_s, stall_s; /* give up: no connection; no byte for so long. 0: 15 and 30 */
    size_t limit_bytes;        /* of the answer's body; 0: none */
    const Cancel *cancel;
    /* the body of an answer 2xx, as it comes; false stops with what err says. NULL: the body is not
     * read (a HEAD request). Asked to resume, look at answer->partial: a server may send all of it.
     */
    bool (*take)(void *context, const HttpAnswer *answer, const char *bytes, size_t size, Err *err);
    void *context;
} HttpRequest;

/* http_run: true with an answer of any status; false: no answer (ERR_IO, with host, stage and what
 * to do), stopped, or take said no. */
bool http_run(const HttpRequest *request, HttpAnswer *ret, Err *err);

/* http_get: the whole body, appended; take and context are not looked at. */
bool http_get(const HttpRequest *request, Str *body, HttpAnswer *ret, Err *err);

#endif
