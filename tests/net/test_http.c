/* Requests against a server of the test's own on loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/http.h"
#include "net/server.h"

typedef struct Site {
    int other_port; /* of another server */
    char seen[256]; /* the authorization of the last request */
    char host[128];
} Site;

static const char LONG[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static void answer(void *context, const ServerRequest *r, ServerReply *reply)
{
    Site *site = context;
    snprintf(site->seen, sizeof site->seen, "%s", r->authorization);
    snprintf(site->host, sizeof site->host, "%s", r->host);
    reply->body = LONG;
    reply->size = strlen(LONG);
    if (strcmp(r->path, "/range") == 0 && r->from) {
        reply->status = 206;
        reply->body += r->from;
        reply->size -= r->from;
    } else if (strcmp(r->path, "/away") == 0) {
        reply->status = 302;
        snprintf(reply->headers, sizeof reply->headers,
                 "Location: http://localhost:%d/file\r\nX-Linked-ETag: \"first\"\r\nX-Repo-Commit: "
                 "abc\r\nX-Linked-Size: 36\r\nETag: \"hop\"\r\n",
                 site->other_port);
    } else if (strcmp(r->path, "/here") == 0) {
        reply->status = 302;
        snprintf(reply->headers, sizeof reply->headers, "Location: /file\r\n");
    } else if (strcmp(r->path, "/circle") == 0) {
        reply->status = 302;
        snprintf(reply->headers, sizeof reply->headers, "Location: /circle\r\n");
    } else if (strcmp(r->path, "/scheme") == 0) {
        reply->status = 302;
        snprintf(reply->headers, sizeof reply->headers, "Location: file:///etc/passwd\r\n");
    } else if (strcmp(r->path, "/cut") == 0) {
        reply->cut_at = 10;
    } else if (strcmp(r->path, "/busy") == 0) {
        reply->status = 503;
        snprintf(reply->headers, sizeof reply->headers, "Retry-After: 7\r\n");
    } else if (strcmp(r->path, "/hang") == 0) {
        reply->hang = true;
    } else {
        snprintf(reply->headers, sizeof reply->headers, "ETag: W/\"plain\"\r\n");
    }
}

static char *url(const Server *s, const char *path)
{
    return str_format("http://127.0.0.1:%d%s", server_port(s), path);
}

static bool get(const Server *s, const char *path, HttpRequest r, Str *body, HttpAnswer *a,
                Err *err)
{
    char *address = url(s, path);
    r.url = address;
    bool ok = http_get(&r, body, a, err);
    free(address);
    return ok;
}

static void bodies_and_heads(void **state)
{
    (void)state;
    Site site = {0};
    Server *s = server_start(answer, &site);
    Str body = {0};
    HttpAnswer a = {0};
    Err err = {0};
    assert_true(get(s, "/file", (HttpRequest){0}, &body, &a, &err));
    assert_int_equal(a.status, 200);
    assert_string_equal(str_get(&body), LONG);
    assert_string_equal(a.etag, "plain");
    assert_int_equal(a.length, strlen(LONG));
    str_clear(&body);
    assert_true(get(s, "/range", (HttpRequest){.from = 30}, &body, &a, &err));
    assert_true(a.partial);
    assert_string_equal(str_get(&body), LONG + 30);
    str_clear(&body);
    assert_true(get(s, "/file", (HttpRequest){.from = 30}, &body, &a, &err)); /* it cannot resume */
    assert_false(a.partial);
    assert_string_equal(str_get(&body), LONG);
    str_clear(&body);
    assert_true(get(s, "/busy", (HttpRequest){0}, &body, &a, &err));
    assert_int_equal(a.status, 503);
    assert_true(a.retry_after_s == 7);
    assert_int_equal(body.size, 0); /* an error page is not a body */
    char *address = url(s, "/file");
    assert_true(http_run(&(HttpRequest){.url = address}, &a, &err)); /* HEAD */
    assert_int_equal(a.length, strlen(LONG));
    free(address);
    str_release(&body);
    server_stop(s);
}

static void a_secret_stays_with_its_host(void **state)
{
    (void)state;
    Site site = {0}, other = {0};
    Server *s = server_start(answer, &site), *t = server_start(answer, &other);
    site.other_port = server_port(t);
    Str body = {0};
    HttpAnswer a = {0};
    Err err = {0};
    HttpRequest r = {.secret = "Authorization: Bearer planted"};
    assert_true(get(s, "/here", r, &body, &a, &err));
    assert_string_equal(site.seen, "Bearer planted"); /* the same host, after a redirect */
    str_clear(&body);
    assert_true(get(s, "/away", r, &body, &a, &err));
    assert_int_equal(a.status, 200);
    assert_string_equal(str_get(&body), LONG);
    assert_int_equal(server_requests(t), 1);
    assert_string_equal(other.seen, "");  /* another one never sees it */
    assert_string_equal(a.etag, "first"); /* the file's own, not that of where it lies */
    assert_string_equal(a.commit, "abc");
    assert_int_equal(a.linked_size, 36);
    str_release(&body);
    server_stop(s);
    server_stop(t);
}

static void failures_have_words(void **state)
{
    (void)state;
    Site site = {0};
    Server *s = server_start(answer, &site);
    Str body = {0};
    HttpAnswer a = {0};
    Err err = {0};
    HttpRequest secret = {.secret = "Authorization: Bearer planted"};
    assert_false(get(s, "/cut", secret, &body, &a, &err));
    assert_int_equal(err.kind, ERR_IO);
    assert_non_null(strstr(err.message, "127.0.0.1"));
    assert_null(strstr(err.message, "planted"));
    assert_int_equal(body.size, 10); /* what came is not lost */
    assert_false(get(s, "/circle", (HttpRequest){0}, &body, &a, &err));
    assert_non_null(strstr(err.message, "circles"));
    assert_false(get(s, "/scheme", (HttpRequest){0}, &body, &a, &err));
    assert_int_equal(err.kind, ERR_IO);
    assert_false(get(s, "/file", (HttpRequest){.limit_bytes = 20}, &body, &a, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    Cancel cancel = {0};
    cancel_ask(&cancel);
    assert_false(get(s, "/hang", (HttpRequest){.cancel = &cancel}, &body, &a, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    assert_false(http_get(&(HttpRequest){.url = "file:///etc/passwd"}, &body, &a, &err));
    assert_int_equal(err.kind, ERR_IO);
    char *address = url(s, "/file");
    server_stop(s);
    assert_false(http_get(&(HttpRequest){.url = address}, &body, &a, &err)); /* nobody listens */
    assert_non_null(strstr(err.message, "running"));
    free(address);
    str_release(&body);
}

int main(void)
{
    unsetenv("http_proxy"); /* of the machine that tests */
    unsetenv("HTTP_PROXY");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_and_heads),
        cmocka_unit_test(a_secret_stays_with_its_host),
        cmocka_unit_test(failures_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
