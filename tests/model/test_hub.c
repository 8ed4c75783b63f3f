/* Models from a Hub of the test's own: a server on loopback that plays its public layout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/vec.h"
#include "model/hub.h"
#include "model/hub_parts.h"
#include "net/server.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"
#define CONFIG "{\"model_type\": \"bert\"}\n"
#define POOLING "{\"pooling_mode\": \"cls\"}\n"
#define WEIGHTS_BYTES 300000

typedef struct Hub {
    char folder[256], *weights, *listing;
    Server *site, *store; /* the Hub, and the host that large files lie on */
    char config_tag[DIGEST_HEX_SIZE], pooling_tag[DIGEST_HEX_SIZE], weights_tag[DIGEST_HEX_SIZE];
    size_t cut;  /* the next so many answers of the store end in the middle */
    bool broken; /* the store sends another content of the same length */
    bool deaf;   /* the store does not know Range */
    bool gated;
    size_t busy; /* the next so many answers of the site are 503 */
    char site_key[256], store_key[256];
    unsigned long long asked_from; /* of the last request to the store */
} Hub;

static void on_site(void *context, const ServerRequest *r, ServerReply *reply)
{
    Hub *h = context;
    snprintf(h->site_key, sizeof h->site_key, "%s", r->authorization);
    if (h->busy > 0) {
        h->busy--;
        reply->status = 503;
        return;
    }
    if (h->gated && !*r->authorization) {
        reply->status = 401;
        return;
    }
    if (strcmp(r->path, "/api/models/org/small/revision/main?blobs=true") == 0)
        reply->body = h->listing;
    else if (strcmp(r->path, "/org/small/resolve/" COMMIT "/config.json") == 0)
        reply->body = CONFIG;
    else if (strcmp(r->path, "/org/small/resolve/" COMMIT "/1_Pooling/config.json") == 0)
        reply->body = POOLING;
    if (reply->body) {
        reply->size = strlen(reply->body);
    } else if (strcmp(r->path, "/org/small/resolve/" COMMIT "/model.safetensors") == 0) {
        reply->status = 302;
        snprintf(reply->headers, sizeof reply->headers, "Location: http://localhost:%d/blob\r\n",
                 server_port(h->store));
    } else {
        reply->status = 404;
    }
}

static void on_store(void *context, const ServerRequest *r, ServerReply *reply)
{
    Hub *h = context;
    snprintf(h->store_key, sizeof h->store_key, "%s", r->authorization);
    h->asked_from = r->from;
    unsigned long long from = h->deaf ? 0 : r->from;
    if (from > WEIGHTS_BYTES) {
        reply->status = 416;
        return;
    }
    reply->status = from ? 206 : 200;
    reply->body = h->broken ? h->weights + WEIGHTS_BYTES : h->weights + from;
    reply->size = WEIGHTS_BYTES - from;
    if (h->cut > 0) {
        h->cut--;
        reply->cut_at = reply->size / 2;
    }
}

static void tag_of(const char *folder, const void *bytes, size_t size, DigestKind kind,
                   char out[DIGEST_HEX_SIZE])
{
    char *path = str_format("%s/part", folder);
    Err err = {0};
    assert_true(file_write(path, bytes, size, &err));
    assert_true(digest_file(path, kind, out, &err));
    free(path);
}

static Hub *hub_new(void)
{
    Hub *h = calloc(1, sizeof *h);
    snprintf(h->folder, sizeof h->folder, "/tmp/hone-hub-XXXXXX");
    assert_non_null(mkdtemp(h->folder));
    h->weights = calloc(2, WEIGHTS_BYTES);
    for (size_t i = 0; i < WEIGHTS_BYTES; i++) h->weights[i] = (char)(i * 31 + i / 251);
    tag_of(h->folder, CONFIG, strlen(CONFIG), DIGEST_GIT_BLOB, h->config_tag);
    tag_of(h->folder, POOLING, strlen(POOLING), DIGEST_GIT_BLOB, h->pooling_tag);
    tag_of(h->folder, h->weights, WEIGHTS_BYTES, DIGEST_SHA256, h->weights_tag);
    h->listing =
        str_format("{\"id\":\"org/small\",\"sha\":\"" COMMIT "\",\"siblings\":["
                   "{\"rfilename\":\".gitattributes\",\"size\":5,\"blobId\":\"%s\"},"
                   "{\"rfilename\":\"config.json\",\"size\":%zu,\"blobId\":\"%s\"},"
                   "{\"rfilename\":\"1_Pooling/config.json\",\"size\":%zu,\"blobId\":\"%s\"},"
                   "{\"rfilename\":\"onnx/model.onnx\",\"size\":9,\"blobId\":\"%s\"},"
                   "{\"rfilename\":\"pytorch_model.bin\",\"size\":9,\"blobId\":\"%s\"},"
                   "{\"rfilename\":\"../../escape/config.json\",\"size\":9,\"blobId\":\"%s\"},"
                   "{\"rfilename\":\"model.safetensors\",\"size\":%d,\"blobId\":\"%s\",\"lfs\":{"
                   "\"sha256\":\"%s\",\"size\":%d}}]}",
                   h->config_tag, strlen(CONFIG), h->config_tag, strlen(POOLING), h->pooling_tag,
                   h->config_tag, h->config_tag, h->config_tag, WEIGHTS_BYTES, h->config_tag,
                   h->weights_tag, WEIGHTS_BYTES);
    h->site = server_start(on_site, h);
    h->store = server_start(on_store, h);
    char *endpoint = str_format("http://127.0.0.1:%d", server_port(h->site));
    setenv("HF_ENDPOINT", endpoint, 1);
    setenv("HF_HOME", h->folder, 1);
    unsetenv("HF_HUB_CACHE");
    unsetenv("HF_TOKEN");
    free(endpoint);
    return h;
}

static void hub_end(Hub *h)
{
    char *command = str_format("rm -rf %s", h->folder);
    server_stop(h->site);
    server_stop(h->store);
    assert_int_equal(system(command), 0);
    free(command);
    free(h->weights);
    free(h->listing);
    free(h);
}

static void same_file(const char *folder, const char *name, const void *bytes, size_t size)
{
    char *path = str_format("%s/%s", folder, name);
    Str got = {0};
    Err err = {0};
    assert_true(file_read(path, 1 << 24, &got, &err));
    assert_int_equal(got.size, size);
    assert_memory_equal(got.data, bytes, size);
    str_release(&got);
    free(path);
}

static bool pull(HubReport *r, Err *err)
{
    *err = (Err){0};
    return hub_pull("org/small", NULL, NULL, NULL, r, err);
}

static void fetched_once(void **state)
{
    (void)state;
    Hub *h = hub_new();
    HubReport r = {0};
    Str found = {0};
    Err err;
    assert_false(hub_find("org/small", &found));
    assert_true(pull(&r, &err));
    assert_int_equal(
        r.files, 3); /* not the .bin beside safetensors, not other frameworks', not the escape */
    assert_int_equal(r.fetched, 3);
    assert_string_equal(r.commit, COMMIT);
    same_file(r.folder, "config.json", CONFIG, strlen(CONFIG));
    same_file(r.folder, "1_Pooling/config.json", POOLING, strlen(POOLING));
    same_file(r.folder, "model.safetensors", h->weights, WEIGHTS_BYTES);
    assert_true(hub_find("org/small", &found));
    assert_string_equal(str_get(&found), r.folder);
    str_clear(&found);
    Paths models = {0};
    hub_list(&models);
    assert_int_equal(models.count, 1);
    assert_string_equal(models.items[0], "org/small");
    file_paths_release(&models);
    assert_true(hub_find("org/small@" COMMIT, &found)); /* a revision by its commit */
    assert_string_equal(str_get(&found), r.folder);
    assert_false(hub_find("org/small@other", &found));
    assert_false(hub_find("org/small@../../x", &found));
    char *link = str_format("%s/model.safetensors", r.folder), target[256] = "";
    assert_true(readlink(link, target, sizeof target - 1) > 0);
    char *wanted = str_format("../../blobs/%s", h->weights_tag);
    assert_string_equal(target, wanted);
    size_t before = server_requests(h->site) + server_requests(h->store);
    HubReport again = {0};
    assert_true(pull(&again, &err));
    assert_int_equal(again.fetched, 0);
    assert_int_equal(server_requests(h->site) + server_requests(h->store),
                     before + 1); /* the listing */
    free(link);
    free(wanted);
    hub_report_release(&r);
    hub_report_release(&again);
    str_release(&found);
    hub_end(h);
}

static void resumed(void **state)
{
    (void)state;
    Hub *h = hub_new();
    h->cut = 3;
    HubReport r = {0};
    Err err;
    assert_true(pull(&r, &err)); /* goes on by itself */
    assert_true(h->asked_from > 0);
    same_file(r.folder, "model.safetensors", h->weights, WEIGHTS_BYTES);
    hub_report_release(&r);
    hub_end(h);

    h = hub_new(); /* what another call left */
    char *blobs = hub_folder("org/small"),
         *part = str_format("%s/blobs/%s.incomplete", blobs, h->weights_tag);
    char *folder = str_format("%s/blobs", blobs);
    assert_true(file_make_folder(folder, &err) && file_write(part, h->weights, 1000, &err));
    assert_true(pull(&r, &err));
    assert_int_equal(h->asked_from, 1000);
    same_file(r.folder, "model.safetensors", h->weights, WEIGHTS_BYTES);
    hub_report_release(&r);
    hub_end(h);

    h = hub_new(); /* a server that sends all of it again */
    h->deaf = true;
    free(blobs), free(part), free(folder);
    blobs = hub_folder("org/small"),
    part = str_format("%s/blobs/%s.incomplete", blobs, h->weights_tag);
    folder = str_format("%s/blobs", blobs);
    assert_true(file_make_folder(folder, &err) && file_write(part, h->weights, 1000, &err));
    assert_true(pull(&r, &err));
    same_file(r.folder, "model.safetensors", h->weights, WEIGHTS_BYTES);
    hub_report_release(&r);
    free(blobs), free(part), free(folder);
    hub_end(h);
}

static void wrong_content_is_thrown_away(void **state)
{
    (void)state;
    Hub *h = hub_new();
    h->broken = true;
    HubReport r = {0};
    Err err;
    Str found = {0};
    assert_false(pull(&r, &err));
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_non_null(strstr(err.message, "digest"));
    assert_false(hub_find("org/small", &found)); /* a snapshot is whole or not seen */
    Paths models = {0};
    hub_list(&models);
    assert_int_equal(models.count, 0);
    h->broken = false;
    assert_true(pull(&r, &err));
    assert_int_equal(r.fetched, 1); /* the small ones were right */
    hub_report_release(&r);
    str_release(&found);
    hub_end(h);
}

static void keys_and_busy_servers(void **state)
{
    (void)state;
    Hub *h = hub_new();
    h->gated = true;
    HubReport r = {0};
    Err err;
    assert_false(pull(&r, &err));
    assert_non_null(strstr(err.message, "HF_TOKEN"));
    setenv("HF_TOKEN", "planted-key", 1);
    h->busy = 2;
    assert_true(pull(&r, &err));
    assert_string_equal(h->site_key, "Bearer planted-key");
    assert_string_equal(h->store_key, ""); /* it lies on another host */
    unsetenv("HF_TOKEN");
    hub_report_release(&r);
    hub_end(h);
}

static void stopped(void **state)
{
    (void)state;
    Hub *h = hub_new();
    Cancel cancel = {0};
    cancel_ask(&cancel);
    HubReport r = {0};
    Err err = {0};
    assert_false(hub_pull("org/small", NULL, &cancel, NULL, &r, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    hub_end(h);
}

static void names(void **state)
{
    (void)state;
    static const char *const GOOD[] = {"BAAI/bge-small-en-v1.5", "bert-base-uncased", "a/b"};
    static const char *const BAD[] = {"",    "/a",   "a/",   "a/b/c",  "../a", "a/..", "a/../b",
                                      "a b", ".a/b", "a/.b", "a--b/c", "a\nb", "~/x"};
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) assert_true(hub_id(GOOD[i]));
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) assert_false(hub_id(BAD[i]));
    HubReport r = {0};
    Err err = {0};
    assert_false(hub_pull("a/../b", NULL, NULL, NULL, &r, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_false(hub_pull("a/b", "../x", NULL, NULL, &r, &err));
    assert_int_equal(err.kind, ERR_USAGE);
}

static void broken_listings(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "",
        "[]",
        "{}",
        "{\"sha\":\"main\",\"siblings\":[]}",
        "{\"sha\":\"" COMMIT "\",\"siblings\":{}}",
        "{\"sha\":\"" COMMIT
        "\",\"siblings\":[{\"rfilename\":\"config.json\",\"size\":1,\"blobId\":\"" COMMIT "\"}]}",
        "{\"sha\":\"" COMMIT
        "\",\"siblings\":[{\"rfilename\":\"config.json\",\"size\":-1,\"blobId\":\"" COMMIT
        "\"},{\"rfilename\":\"model.safetensors\",\"size\":1,\"blobId\":\"" COMMIT "\"}]}",
        "{\"sha\":\"" COMMIT
        "\",\"siblings\":[{\"rfilename\":\"config.json\",\"size\":1,\"blobId\":\"../../x\"},"
        "{\"rfilename\":\"model.safetensors\",\"size\":1,\"blobId\":\"" COMMIT "\"}]}"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        HubListing l = {0};
        Err err = {0};
        assert_false(hub_listing_parse(BAD[i], strlen(BAD[i]), "a/b", &l, &err));
        assert_int_equal(err.kind, ERR_FORMAT);
    }
}

int main(void)
{
    unsetenv("http_proxy"); /* of the machine that tests */
    unsetenv("HTTP_PROXY");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fetched_once),
        cmocka_unit_test(resumed),
        cmocka_unit_test(wrong_content_is_thrown_away),
        cmocka_unit_test(keys_and_busy_servers),
        cmocka_unit_test(stopped),
        cmocka_unit_test(names),
        cmocka_unit_test(broken_listings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
