#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cmd.h"
#include "app/output.h"
#include "base/utf8.h"
#include "model/bert_names.h"
#include "task/embed.h"

enum {
    LINES_AT_ONCE = 4096,
    BYTES_AT_ONCE = 1 << 20,
    LINE_LIMIT_BYTES = 16 << 20,
    READ_BYTES = 1 << 16
};

/* ---- lines of standard input ---- */

/* As many lines at once as have come: many from a file, one from somebody who waits for its
 * vector before writing the next. */
typedef struct Lines {
    Str buffer;
    size_t at;    /* first byte that was not given out */
    size_t count; /* lines given out */
    bool ended;
    VEC(char *) items; /* of this batch, owned */
} Lines;

static void lines_clear(Lines *l)
{
    for (size_t i = 0; i < l->items.count; i++) free(l->items.items[i]);
    vec_clear(&l->items);
}

static void add_line(Lines *l, size_t size)
{
    const char *line = l->buffer.data + l->at;
    Str clean = {0};
    size_t text = size > 0 && line[size - 1] == '\r' ? size - 1 : size;
    utf8_clean(line, text, &clean);
    vec_push(&l->items, str_take(&clean));
    l->count++;
}

/* Moves whole lines to the batch; false: it is full. */
static bool take_lines(Lines *l, size_t most_bytes, size_t *bytes)
{
    while (l->at < l->buffer.size) {
        const char *from = l->buffer.data + l->at;
        const char *end = memchr(from, '\n', l->buffer.size - l->at);
        if (!end && !l->ended) return true;
        if (l->items.count == LINES_AT_ONCE || *bytes >= most_bytes) return false;
        size_t size = end ? (size_t)(end - from) : l->buffer.size - l->at;
        add_line(l, size);
        *bytes += size;
        l->at += size + (end != NULL);
    }
    return true;
}

/* Reads what has come; waits for it only while the batch is empty. *ret_more false: nothing. */
static bool read_some(Lines *l, const Cancel *cancel, bool *ret_more, Err *err)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    int ready = poll(&in, 1, l->items.count ? 0 : -1);
    if (!cancel_check(cancel, err)) return false;
    *ret_more = ready > 0 || (ready < 0 && l->items.count == 0);
    if (ready <= 0) return true;
    memmove(l->buffer.data, l->buffer.data + l->at, l->buffer.size - l->at);
    str_truncate(&l->buffer, l->buffer.size - l->at);
    l->at = 0;
    if (l->buffer.size > LINE_LIMIT_BYTES)
        return err_set(err, ERR_LIMIT, "standard input, line %zu: longer than %d MB; split it",
                       l->count + 1, LINE_LIMIT_BYTES >> 20);
    char block[READ_BYTES];
    ssize_t size = read(STDIN_FILENO, block, sizeof block);
    if (size < 0 && errno != EINTR && errno != EAGAIN)
        return err_set(err, ERR_IO, "standard input: cannot be read: %s", strerror(errno));
    l->ended = size == 0;
    if (size > 0) str_add_bytes(&l->buffer, block, (size_t)size);
    return true;
}

/* The next lines; none at the end of the input. */
static bool read_lines(Lines *l, size_t most_bytes, const Cancel *cancel, Err *err)
{
    size_t bytes = 0;
    bool more = true;
    lines_clear(l);
    while (take_lines(l, most_bytes, &bytes) && !l->ended && more) {
        if (!read_some(l, cancel, &more, err)) return false;
    }
    return true;
}

/* ---- their vectors ---- */

static bool print_vectors(Session *s, const Embedder *e, const Lines *l, Err *err)
{
    size_t count = l->items.count;
    float *vectors = mem_tensor(count, e->dims, "vectors", err);
    if (!vectors) return false;
    Role role = s->options->query_side ? ROLE_QUERY : ROLE_PASSAGE;
    bool ok = e->ops->embed(e, s->pool, role, (const char *const *)l->items.items, count, vectors,
                            s->env.cancel, s->env.progress, err);
    if (ok && isatty(fileno(s->out))) session_quiet(s);
    for (size_t i = 0; ok && i < count; i++) {
        fputs("{\"vector\": [", s->out);
        for (size_t k = 0; k < e->dims; k++)
            fprintf(s->out, "%s%.9g", k ? ", " : "", (double)vectors[i * e->dims + k]);
        fputs("]}\n", s->out);
    }
    free(vectors);
    return ok && output_finish(s->out, err);
}

static bool embed_lines(Session *s, const char *name, Err *err)
{
    Embedder *e = NULL;
    Lines lines = {0};
    if (!embedder_open(&s->env, name, &e, err)) return false;
    progress_begin(s->env.progress, "embed", "texts", 0);
    size_t most = e->batch_bytes && e->batch_bytes < BYTES_AT_ONCE ? e->batch_bytes : BYTES_AT_ONCE;
    bool ok = true;
    do {
        ok = read_lines(&lines, most, s->env.cancel, err) &&
             (lines.items.count == 0 || print_vectors(s, e, &lines, err));
    } while (ok && lines.items.count > 0);
    session_quiet(s);
    lines_clear(&lines);
    vec_release(&lines.items);
    str_release(&lines.buffer);
    embedder_close(e);
    return ok;
}

/* ---- embed ---- */

/* A model can embed lines without a project; anything else lives in one. */
static bool need_project(const Session *s, const char *embedder, Err *err)
{
    if (s->store) return true;
    Str folder = {0};
    bool model = s->options->standard_input && model_locate(&s->env, embedder, &folder);
    str_release(&folder);
    if (model) return true;
    char *path = NULL;
    bool found = session_project(s->options, &path, err);
    free(path);
    return found && err_set(err, ERR_MISSING, "no project is open");
}

bool cmd_embed(Session *s, Err *err)
{
    const char *name = s->options->embedder ? s->options->embedder : "lsa";
    EmbedReport r = {0};
    if (!need_project(s, name, err)) return false;
    if (s->options->standard_input) return embed_lines(s, name, err);
    if (s->options->query_side) return err_set(err, ERR_USAGE, "--query goes with --stdin");
    if (!task_embed(&s->env, name, &r, err)) return false;
    session_quiet(s);
    if (s->options->json) {
        cJSON *j = cJSON_CreateObject();
        json_text(j, "embedder", name);
        json_number(j, "passages", (double)r.passages);
        json_number(j, "queries", (double)r.queries);
        json_number(j, "dims", (double)r.dims);
        output_json(j, s->out);
    } else {
        fprintf(s->out, "%s: %zu passages and %zu questions, %zu dimensions\n", name, r.passages,
                r.queries, r.dims);
    }
    return true;
}
