#include "net/http.h"

#include <ctype.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONNECT_S 15.0
#define STALL_S 30.0
#define REDIRECTS 8L

/* One request at work. */
typedef struct Transfer {
    const HttpRequest *request;
    HttpAnswer answer;
    CURL *curl;
    uint64_t taken;
    Err *err;
    bool refused; /* err is set: by take, or by a limit */
    bool linked;  /* the tag is that of the file, not of where it lies */
    char range[32];
} Transfer;

static pthread_once_t started = PTHREAD_ONCE_INIT;

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- the answer's head ---- */

/* The value of a header line, without blanks around it; NULL: another header. */
static bool header_value(const char *line, size_t size, const char *name, char *out, size_t room)
{
    size_t n = strlen(name);
    if (size <= n || strncasecmp(line, name, n) != 0 || line[n] != ':') return false;
    const char *at = line + n + 1, *end = line + size;
    while (at < end && isspace((unsigned char)*at)) at++;
    while (end > at && isspace((unsigned char)end[-1])) end--;
    size_t length = (size_t)(end - at) < room - 1 ? (size_t)(end - at) : room - 1;
    memcpy(out, at, length);
    out[length] = '\0';
    return true;
}

/* An entity tag without W/ and quotes. */
static void plain_tag(const char *value, char *out, size_t room)
{
    if (str_starts(value, "W/")) value += 2;
    if (*value == '"') value++;
    size_t n = strcspn(value, "\"");
    if (n >= room) n = room - 1;
    memmove(out, value, n);
    out[n] = '\0';
}

/* A file's own tag, size and commit stand in the first answer and are kept through redirects. */
static size_t on_header(char *line, size_t unit, size_t count, void *context)
{
    Transfer *t = context;
    size_t size = unit * count;
    char value[512];
    if (size >= 5 && strncasecmp(line, "HTTP/", 5) == 0) {
        t->answer.length = UINT64_MAX;
        t->answer.retry_after_s = 0;
    } else if (header_value(line, size, "X-Linked-ETag", value, sizeof value)) {
        plain_tag(value, t->answer.etag, sizeof t->answer.etag);
        t->linked = true;
    } else if (!t->linked && header_value(line, size, "ETag", value, sizeof value)) {
        plain_tag(value, t->answer.etag, sizeof t->answer.etag);
    } else if (header_value(line, size, "X-Repo-Commit", value, sizeof value)) {
        snprintf(t->answer.commit, sizeof t->answer.commit, "%.63s", value);
    } else if (header_value(line, size, "X-Linked-Size", value, sizeof value)) {
        t->answer.linked_size = strtoull(value, NULL, 10);
    } else if (header_value(line, size, "Content-Length", value, sizeof value)) {
        t->answer.length = strtoull(value, NULL, 10);
    } else if (header_value(line, size, "Retry-After", value, sizeof value)) {
        t->answer.retry_after_s = strtod(value, NULL);
    }
    return size;
}

/* ---- the body ---- */

static size_t on_body(char *bytes, size_t unit, size_t count, void *context)
{
    Transfer *t = context;
    size_t size = unit * count;
    long status = 0;
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    t->answer.status = status;
    t->answer.partial = status == 206;
    t->taken += size;
    if (t->request->limit_bytes && t->taken > t->request->limit_bytes) {
        err_set(t->err, ERR_LIMIT, "%s: the answer is longer than %zu bytes", t->request->url,
                t->request->limit_bytes);
        t->refused = true;
        return 0;
    }
    if (status < 200 || status > 299) return size; /* what an error page says is of no use */
    t->refused = !t->request->take(t->request->context, &t->answer, bytes, size, t->err);
    return t->refused ? 0 : size;
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    const Transfer *t = context;
    return cancel_asked(t->request->cancel);
}

/* ---- setting up ---- */

static struct curl_slist *headers_of(const HttpRequest *r)
{
    struct curl_slist *list = NULL;
    if (r->secret) list = curl_slist_append(list, r->secret);
    for (size_t i = 0; i < r->header_count; i++) list = curl_slist_append(list, r->headers[i]);
    return list;
}

static void set_options(Transfer *t, struct curl_slist *headers, char *problem)
{
    const HttpRequest *r = t->request;
    CURL *c = t->curl;
    bool secure = strncasecmp(r->url, "https:", 6) == 0;
    double connect = r->connect_s > 0 ? r->connect_s : CONNECT_S;
    double stall = r->stall_s > 0 ? r->stall_s : STALL_S;
    curl_easy_setopt(c, CURLOPT_URL, r->url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    /* what began encrypted stays so; a header of ours is not sent to another host, port or scheme
     */
    curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(c, CURLOPT_MAXREDIRS, REDIRECTS);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "hone/" HONE_VERSION);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, problem);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)(connect * 1000));
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)(stall + 0.999));
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    if (r->take) {
        curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
        curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
        if (r->from) curl_easy_setopt(c, CURLOPT_RANGE, t->range);
    } else {
        curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
    }
}

/* The host of a URL, for messages: a URL may carry a name and a password. */
static void host_of(const char *url, char *out, size_t room)
{
    CURLU *u = curl_url();
    char *host = NULL;
    if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK)
        snprintf(out, room, "%s", host);
    else
        snprintf(out, room, "the server");
    curl_free(host);
    curl_url_cleanup(u);
}

static const char *advice(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return "look at the name, the network and the name server";
    case CURLE_COULDNT_RESOLVE_PROXY:
        return "look at http_proxy and https_proxy";
    case CURLE_COULDNT_CONNECT:
        return "is it running, and is a proxy needed?";
    case CURLE_OPERATION_TIMEDOUT:
        return "the network is slow or the server hangs: try again";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return "its certificate is not trusted here: look at the clock, at a proxy that opens "
               "connections, and at the package ca-certificates";
    case CURLE_TOO_MANY_REDIRECTS:
        return "it sends in circles: look at the address";
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
        return "look at the address";
    default:
        return "try again";
    }
}

static bool failed(const Transfer *t, CURLcode code, const char *problem, Err *err)
{
    char host[256];
    host_of(t->request->url, host, sizeof host);
    if (t->refused) return false;
    if (code == CURLE_ABORTED_BY_CALLBACK && !cancel_check(t->request->cancel, err)) return false;
    return err_set(err, ERR_IO, "%s: %s: %s", host, *problem ? problem : curl_easy_strerror(code),
                   advice(code));
}

bool http_run(const HttpRequest *request, HttpAnswer *ret, Err *err)
{
    char problem[CURL_ERROR_SIZE] = "";
    pthread_once(&started, start_curl);
    Err ignored;
    Transfer t = {.request = request,
                  .answer = {.length = UINT64_MAX},
                  .curl = curl_easy_init(),
                  .err = err ? err : &ignored};
    if (!t.curl) return err_set(err, ERR_MEMORY, "no memory for a request");
    snprintf(t.range, sizeof t.range, "%llu-", (unsigned long long)request->from);
    struct curl_slist *headers = headers_of(request);
    set_options(&t, headers, problem);
    CURLcode code = curl_easy_perform(t.curl);
    curl_easy_getinfo(t.curl, CURLINFO_RESPONSE_CODE, &t.answer.status);
    t.answer.partial = t.answer.status == 206;
    curl_slist_free_all(headers);
    curl_easy_cleanup(t.curl);
    bool ok = code == CURLE_OK || failed(&t, code, problem, err);
    if (ok) *ret = t.answer;
    return ok;
}

/* ---- small answers ---- */

static bool add_bytes(void *context, const HttpAnswer *answer, const char *bytes, size_t size,
                      Err *err)
{
    (void)answer, (void)err;
    str_add_bytes(context, bytes, size);
    return true;
}

bool http_get(const HttpRequest *request, Str *body, HttpAnswer *ret, Err *err)
{
    HttpRequest r = *request;
    r.take = add_bytes;
    r.context = body;
    return http_run(&r, ret, err);
}
