#include "model/hub.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "model/hub_parts.h"
#include "net/http.h"

#define TRIES 5 /* of one request, when the connection breaks or the server is busy */
#define LISTING_BYTES ((size_t)32 << 20)
#define COMMIT_DIGITS 40
#define MODELS "models--"
#define ROOM_KEPT ((uint64_t)64 << 20) /* that a download leaves on the disk */

/* ---- names and places ---- */

bool hub_id(const char *name)
{
    size_t slashes = 0, n = strlen(name);
    if (n == 0 || n > 96 || !isalnum((unsigned char)*name)) return false;
    for (size_t i = 0; i < n; i++) {
        if (name[i] == '/') {
            if (++slashes > 1 || !isalnum((unsigned char)name[i + 1])) return false;
        } else if (!isalnum((unsigned char)name[i]) && !strchr("-_.", name[i])) {
            return false;
        }
    }
    return !strstr(name, "..") && !strstr(name, "--");
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* The folder of all models; false: nothing says where. */
static bool cache_folder(Str *out)
{
    const char *cache = environment("HF_HUB_CACHE"), *home = environment("HF_HOME");
    const char *xdg = environment("XDG_CACHE_HOME"), *user = environment("HOME");
    if (cache)
        str_add(out, cache);
    else if (home)
        str_addf(out, "%s/hub", home);
    else if (xdg)
        str_addf(out, "%s/huggingface/hub", xdg);
    else if (user)
        str_addf(out, "%s/.cache/huggingface/hub", user);
    return out->size > 0;
}

char *hub_folder(const char *id)
{
    Str out = {0};
    if (!cache_folder(&out)) return NULL;
    str_add(&out, "/" MODELS);
    for (const char *c = id; *c; c++) str_add(&out, *c == '/' ? "--" : (char[2]){*c, '\0'});
    return str_take(&out);
}

/* The commit that a revision stood at when it was fetched; a commit is itself. */
static bool read_commit(const char *folder, const char *revision, char out[64])
{
    char *path = str_format("%s/refs/%s", folder, revision);
    Str text = {0};
    bool ok = file_read(path, 256, &text, NULL);
    size_t n = ok ? strspn(text.data, "0123456789abcdef") : 0;
    if (n == COMMIT_DIGITS) snprintf(out, 64, "%.40s", text.data);
    str_release(&text);
    free(path);
    return n == COMMIT_DIGITS;
}

/* ORG/NAME[@REVISION] taken apart; the name's folder, the caller's, or NULL. */
static char *named_folder(const char *name, char *revision, size_t room)
{
    size_t size = strcspn(name, "@");
    char *id = mem_strndup(name, size), *folder = NULL;
    snprintf(revision, room, "%s", name[size] ? name + size + 1 : "main");
    if (hub_id(id) && hub_id(revision) && !strchr(revision, '/')) folder = hub_folder(id);
    free(id);
    return folder;
}

bool hub_find(const char *name, Str *ret_folder)
{
    char commit[64], revision[64], *folder = named_folder(name, revision, sizeof revision);
    FileInfo info;
    bool found = false;
    if (folder && !read_commit(folder, revision, commit))
        snprintf(commit, sizeof commit, "%s", revision);
    if (folder) {
        char *config = str_format("%s/snapshots/%s/config.json", folder, commit);
        found = file_info(config, &info, NULL) && info.is_regular;
        if (found) str_addf(ret_folder, "%s/snapshots/%s", folder, commit);
        free(config);
    }
    free(folder);
    return found;
}

/* "models--ORG--NAME" as the name of the model; the caller's. */
static char *id_of(const char *folder)
{
    char *id = mem_strdup(folder + strlen(MODELS)), *slash = strstr(id, "--");
    if (slash) {
        *slash = '/';
        memmove(slash + 1, slash + 2, strlen(slash + 2) + 1);
    }
    return id;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void hub_list(Paths *ret)
{
    Str cache = {0}, folder = {0};
    size_t first = ret->count;
    DIR *d = cache_folder(&cache) ? opendir(str_get(&cache)) : NULL;
    for (struct dirent *e; d && (e = readdir(d));) {
        if (!str_starts(e->d_name, MODELS)) continue;
        char *id = id_of(e->d_name);
        str_clear(&folder);
        if (hub_find(id, &folder))
            vec_push(ret, id);
        else
            free(id);
    }
    if (d) closedir(d);
    if (ret->count > first)
        qsort(ret->items + first, ret->count - first, sizeof *ret->items, by_name);
    str_release(&cache);
    str_release(&folder);
}

/* ---- one pull ---- */

typedef struct Pull {
    const char *id, *endpoint;
    char *secret; /* a header; NULL: none */
    char *folder;
    HubListing listing;
    const Cancel *cancel;
    Progress *progress;
    uint64_t done;     /* bytes of the whole */
    FILE *out;         /* the file that is being fetched */
    uint64_t at, size; /* bytes of it that are there, that there will be */
    bool resuming;     /* the request asked for the rest only, and nothing came yet */
    const char *name;
} Pull;

static bool denied(const Pull *p, long status, const char *what, Err *err)
{
    if (status == 401 || status == 403)
        return err_set(err, ERR_MISSING,
                       "%s: %s: the server says %ld: the model is private or gated, or its name is "
                       "wrong: set HF_TOKEN to a key that may read it",
                       p->id, what, status);
    if (status == 404)
        return err_set(err, ERR_MISSING, "%s: %s: not there (404): look at the name", p->id, what);
    return err_set(err, ERR_IO, "%s: %s: the server says %ld: try again later", p->id, what,
                   status);
}

static bool worth_again(long status)
{
    return status == 429 || status == 408 || status >= 500;
}

/* Waits before another try, twice as long each time; a request to stop ends it. */
static bool wait_again(const Pull *p, size_t tries, double asked_s, Err *err)
{
    double wait = fmax(asked_s, 0.25 * (double)(1u << tries)), end = clock_s() + fmin(wait, 120);
    progress_say(p->progress, "%s: waiting %.0f s to try again", p->name ? p->name : p->id,
                 ceil(wait));
    while (clock_s() < end) {
        if (!cancel_check(p->cancel, err)) return false;
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    return true;
}

static bool get_listing(Pull *p, const char *revision, Err *err)
{
    char *url = str_format("%s/api/models/%s/revision/%s?blobs=true", p->endpoint, p->id, revision);
    HttpRequest r = {
        .url = url, .secret = p->secret, .limit_bytes = LISTING_BYTES, .cancel = p->cancel};
    Str body = {0};
    HttpAnswer answer = {0};
    bool ok = false;
    for (size_t tries = 0; !ok; tries++) {
        Err why = {0};
        str_clear(&body);
        bool came = http_get(&r, &body, &answer, &why);
        ok = came && answer.status == 200;
        bool again = came ? worth_again(answer.status) : why.kind == ERR_IO;
        if (ok) break;
        if (!again || tries + 1 == TRIES) {
            if (came) denied(p, answer.status, "the list of its files", &why);
            if (err) *err = why;
            break;
        }
        if (!wait_again(p, tries, came ? answer.retry_after_s : 0, err)) break;
    }
    ok = ok && hub_listing_parse(str_get(&body), body.size, p->id, &p->listing, err);
    str_release(&body);
    free(url);
    return ok;
}

/* ---- contents ---- */

static bool take_bytes(void *context, const HttpAnswer *answer, const char *bytes, size_t size,
                       Err *err)
{
    Pull *p = context;
    if (p->resuming && !answer->partial) { /* all of it comes, though it was asked to go on */
        if (fflush(p->out) != 0 || ftruncate(fileno(p->out), 0) != 0)
            return err_set(err, ERR_IO, "%s: %s", p->name, strerror(errno));
        rewind(p->out);
        p->done -= p->at;
        p->at = 0;
    }
    p->resuming = false;
    if (p->at + size > p->size)
        return err_set(err, ERR_FORMAT, "%s: %s is longer than the server's list says", p->id,
                       p->name);
    if (fwrite(bytes, 1, size, p->out) != size)
        return err_set(err, ERR_IO, "%s: cannot be written: %s", p->name, strerror(errno));
    p->at += size;
    p->done += size;
    progress_update(p->progress, p->done);
    return true;
}

/* One request for what is missing of the file. *ret_again: it is worth trying again. */
static bool fetch_rest(Pull *p, const char *url, bool *ret_again, double *ret_wait, Err *err)
{
    HttpRequest r = {.url = url,
                     .secret = p->secret,
                     .from = p->at,
                     .cancel = p->cancel,
                     .take = take_bytes,
                     .context = p};
    HttpAnswer answer = {0};
    p->resuming = p->at > 0;
    bool came = http_run(&r, &answer, err);
    *ret_again = came ? worth_again(answer.status) : err->kind == ERR_IO;
    *ret_wait = came ? answer.retry_after_s : 0;
    if (!came) return false;
    if (answer.status == 416) { /* what is there is longer than the file: from the start */
        p->done -= p->at;
        p->at = 0;
        *ret_again = ftruncate(fileno(p->out), 0) == 0;
        rewind(p->out);
        return false;
    }
    if (answer.status != 200 && answer.status != 206) return denied(p, answer.status, p->name, err);
    if (p->at == p->size) return true;
    *ret_again = true;
    return err_set(err, ERR_IO, "%s: %s: the connection ended after %llu of %llu bytes", p->id,
                   p->name, (unsigned long long)p->at, (unsigned long long)p->size);
}

static bool fetch_all(Pull *p, const char *url, Err *err)
{
    for (size_t tries = 0;; tries++) {
        bool again = false;
        double wait = 0;
        uint64_t before = p->at;
        Err why = {0};
        if (p->at == p->size || fetch_rest(p, url, &again, &wait, &why)) return true;
        if (p->at > before) tries = 0; /* it goes on, if in pieces */
        if (!again || tries + 1 >= TRIES) {
            if (err) *err = why;
            return false;
        }
        if (!wait_again(p, tries, wait, err)) return false;
        progress_say(p->progress, "%s", p->name);
    }
}

static bool right_digest(const Pull *p, const HubFile *f, const char *path, Err *err)
{
    char got[DIGEST_HEX_SIZE];
    if (!digest_file(path, f->kind, got, err)) return false;
    if (strcmp(got, f->tag) == 0) return true;
    unlink(path);
    return err_set(err, ERR_FORMAT,
                   "%s: %s did not arrive as it is on the server (its digest is %.12s…, not "
                   "%.12s…) and was thrown away: the same command fetches it again",
                   p->id, f->path, got, f->tag);
}

/* Fetches a content into blobs/TAG by way of blobs/TAG.incomplete. The lock keeps another hone off
 * the same file. */
static bool fetch_blob(Pull *p, const HubFile *f, const char *blob, Err *err)
{
    char *part = str_format("%s.incomplete", blob);
    char *url = str_format("%s/%s/resolve/%s/%s", p->endpoint, p->id, p->listing.commit, f->path);
    bool ok = false;
    p->out = fopen(part, "abe");
    if (!p->out) {
        err_set(err, ERR_IO, "%s: cannot be written: %s", part, strerror(errno));
    } else if (flock(fileno(p->out), LOCK_EX | LOCK_NB) != 0) {
        err_set(err, ERR_BUSY, "%s: another program is fetching %s", p->id, f->path);
    } else {
        fseeko(p->out, 0, SEEK_END);
        p->at = (uint64_t)ftello(p->out);
        p->size = f->size;
        p->name = f->path;
        if (p->at > p->size && ftruncate(fileno(p->out), 0) == 0) p->at = 0;
        p->done += p->at;
        progress_found(p->progress, p->at);
        progress_say(p->progress, "%s", f->path);
        ok = fetch_all(p, url, err) &&
             (fflush(p->out) == 0 || err_set(err, ERR_IO, "%s: %s", part, strerror(errno)));
        ok = ok && right_digest(p, f, part, err) &&
             (rename(part, blob) == 0 || err_set(err, ERR_IO, "%s: %s", blob, strerror(errno)));
    }
    if (p->out) fclose(p->out);
    p->out = NULL;
    free(url);
    free(part);
    return ok;
}

/* snapshots/COMMIT/PATH as a relative link to the content. */
static bool link_file(const Pull *p, const HubFile *f, Err *err)
{
    char *path = str_format("%s/snapshots/%s/%s", p->folder, p->listing.commit, f->path);
    char *folder = mem_strndup(path, (size_t)(file_name(path) - path));
    Str target = {0};
    str_add(&target, "../../");
    for (const char *c = f->path; *c; c++)
        if (*c == '/') str_add(&target, "../");
    str_addf(&target, "blobs/%s", f->tag);
    FileInfo info;
    bool ok = file_make_folder(folder, err);
    if (ok && !file_info(path, &info, NULL)) {
        unlink(path); /* a link to nowhere */
        ok = symlink(target.data, path) == 0 || errno == EEXIST ||
             err_set(err, ERR_IO, "%s: cannot be made: %s", path, strerror(errno));
    }
    str_release(&target);
    free(folder);
    free(path);
    return ok;
}

static bool enough_room(const Pull *p, uint64_t bytes, Err *err)
{
    struct statvfs v;
    if (statvfs(p->folder, &v) != 0) return true;
    uint64_t free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
    if (free_bytes >= bytes + ROOM_KEPT) return true;
    return err_set(
        err, ERR_LIMIT,
        "%s: %.0f MB are to be fetched and %.0f MB are free: set HF_HOME to a larger disk",
        p->folder, (double)bytes / 1e6, (double)free_bytes / 1e6);
}

static bool fetch_missing(Pull *p, HubReport *r, Err *err)
{
    uint64_t missing = 0;
    bool ok = true;
    for (int pass = 0; ok && pass < 2; pass++) {
        for (size_t i = 0; ok && i < p->listing.files.count; i++) {
            const HubFile *f = &p->listing.files.items[i];
            char *blob = str_format("%s/blobs/%s", p->folder, f->tag);
            FileInfo info;
            bool there = file_info(blob, &info, NULL) && info.size_bytes == f->size;
            if (pass == 0) {
                r->files++;
                r->bytes += f->size;
                if (there)
                    p->done += f->size;
                else
                    missing += f->size;
            } else if (!there) {
                ok = cancel_check(p->cancel, err) && fetch_blob(p, f, blob, err);
                r->fetched += ok;
                r->fetched_bytes += ok ? f->size : 0;
            }
            free(blob);
        }
        if (pass == 0) {
            progress_begin(p->progress, "pull", "bytes", r->bytes);
            progress_found(p->progress, p->done);
            ok = enough_room(p, missing, err);
        }
    }
    return ok;
}

static bool make_place(Pull *p, Err *err)
{
    p->folder = hub_folder(p->id);
    if (!p->folder)
        return err_set(err, ERR_USAGE, "there is no place for models: set HF_HOME or HOME");
    char *blobs = str_format("%s/blobs", p->folder), *refs = str_format("%s/refs", p->folder);
    bool ok = file_make_folder(blobs, err) && file_make_folder(refs, err);
    free(blobs);
    free(refs);
    return ok;
}

/* Links come when all contents are there: a snapshot is whole or not seen. */
static bool finish_pull(Pull *p, const char *revision, HubReport *r, Err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < p->listing.files.count; i++)
        ok = link_file(p, &p->listing.files.items[i], err);
    char *ref = str_format("%s/refs/%s", p->folder, revision);
    ok = ok && (strcmp(revision, p->listing.commit) == 0 ||
                file_write(ref, p->listing.commit, strlen(p->listing.commit), err));
    free(ref);
    snprintf(r->commit, sizeof r->commit, "%s", p->listing.commit);
    if (ok) r->folder = str_format("%s/snapshots/%s", p->folder, p->listing.commit);
    return ok;
}

bool hub_pull(const char *id, const char *revision, const Cancel *cancel, Progress *progress,
              HubReport *ret, Err *err)
{
    Err own = {0}; /* err may be NULL */
    if (!err) err = &own;
    if (!revision) revision = "main";
    if (!hub_id(id))
        return err_set(err, ERR_USAGE,
                       "'%s' is not the name of a model: ORG/NAME, as BAAI/bge-small-en-v1.5", id);
    if (strchr(revision, '/') || !hub_id(revision))
        return err_set(err, ERR_USAGE, "'%s' is not a revision: a branch, a tag or a commit",
                       revision);
    const char *token = environment("HF_TOKEN"), *endpoint = environment("HF_ENDPOINT");
    Pull p = {.id = id,
              .endpoint = endpoint ? endpoint : HUB_ENDPOINT,
              .cancel = cancel,
              .progress = progress};
    HubReport r = {0};
    if (token) p.secret = str_format("Authorization: Bearer %s", token);
    progress_begin(progress, "pull", "bytes", 0);
    bool ok = make_place(&p, err) && get_listing(&p, revision, err) && fetch_missing(&p, &r, err) &&
              finish_pull(&p, revision, &r, err);
    hub_listing_release(&p.listing);
    free(p.secret);
    free(p.folder);
    if (ok)
        *ret = r;
    else
        hub_report_release(&r);
    return ok;
}

void hub_report_release(HubReport *r)
{
    free(r->folder);
    *r = (HubReport){0};
}
