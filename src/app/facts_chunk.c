#include <stdlib.h>
#include <string.h>

#include "app/facts.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "store/corpus.h"
#include "store/questions.h"

#define AROUND 600 /* characters of the document shown on each side */

typedef struct Asked {
    int64_t id;
    ChunkFacts *facts;
    ChunkFactsDone *done;
    void *context;
} Asked;

void chunk_facts_free(ChunkFacts *f)
{
    if (!f) return;
    rows_release(&f->chunk);
    rows_release(&f->document);
    rows_release(&f->questions);
    free(f->before);
    free(f->after);
    free(f);
}

/* The byte where the n-th character begins. */
static size_t byte_of(const char *text, size_t size, int64_t n)
{
    size_t at = 0;
    uint32_t code;
    for (; n > 0 && at < size; n--) at += utf8_next(text + at, size - at, &code);
    return at;
}

/* Offsets of the file are not trusted: they may lie outside the text. */
static void cut_around(const char *text, const ChunkRow *c, ChunkFacts *f)
{
    size_t size = strlen(text);
    size_t first = byte_of(text, size, c->char_first), end = byte_of(text, size, c->char_end);
    int64_t from = c->char_first > AROUND ? c->char_first - AROUND : 0;
    size_t start = byte_of(text, size, from);
    if (c->char_end <= c->char_first || first > end) return;
    f->before = mem_strndup(text + start, first - start);
    f->after = mem_strndup(text + end, byte_of(text + end, size - end, AROUND));
}

static bool load_around(Store *s, const ChunkRow *c, ChunkFacts *f, Err *err)
{
    char *text = NULL;
    Err none = {0};
    if (!hash_equal(&c->text_hash, &c->source_hash)) return true;
    if (!document_text(s, c->document_id, &text, &none)) {
        if (none.kind == ERR_MISSING) return true;
        *err = none;
        return false;
    }
    if (text) cut_around(text, c, f);
    free(text);
    return true;
}

static bool work(void *data, const Env *env, Err *err)
{
    Asked *a = data;
    ChunkFacts *f = a->facts = mem_zero(1, sizeof *f);
    ChunkQuery query = {.statuses = (1 << CHUNK_STATUS_COUNT) - 1, .ids = &a->id, .id_count = 1};
    QuestionQuery questions = {.chunk_id = a->id};
    if (!chunks_load(env->store, &query, &f->chunk, err)) return false;
    if (f->chunk.count == 0) return true;
    const ChunkRow *c = &f->chunk.items[0];
    return documents_load_ids(env->store, &c->document_id, 1, &f->document, err) &&
           questions_load(env->store, &questions, &f->questions, err) &&
           load_around(env->store, c, f, err);
}

static void done(void *data, const Err *err)
{
    Asked *a = data;
    ChunkFacts *facts = err ? NULL : a->facts;
    if (!err) a->facts = NULL;
    a->done(a->context, facts, err);
}

static void release(void *data)
{
    Asked *a = data;
    chunk_facts_free(a->facts);
    free(a);
}

void chunk_facts_ask(Desk *d, const void *slot, int64_t chunk_id, ChunkFactsDone *callback,
                     void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    *a = (Asked){.id = chunk_id, .done = callback, .context = context};
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_PAGE, &q);
}
