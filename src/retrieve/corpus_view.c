#include "retrieve/corpus_view.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "model/embedder.h"

/* Empties the view and gives it room for count texts. */
static int64_t *view_begin(CorpusView *v, size_t count, Role role)
{
    *v = (CorpusView){.count = count, .role = role};
    int64_t *ids = arena_alloc(&v->arena, (count + 1) * sizeof *ids);
    v->ids = ids;
    v->plain = arena_alloc(&v->arena, (count + 1) * sizeof *v->plain);
    v->titled = arena_alloc(&v->arena, (count + 1) * sizeof *v->titled);
    return ids;
}

/* Where the plain text begins in the titled one is part of the identity: the same bytes with
 * another title are another corpus. */
static void hash_row(HashBuilder *b, const CorpusView *v, size_t row)
{
    hash_add_i64(b, v->ids[row]);
    hash_add_i64(b, (int64_t)(v->plain[row] - v->titled[row]));
    hash_add_text(b, v->titled[row]);
}

static void view_end(CorpusView *v)
{
    HashBuilder *b = hash_begin();
    hash_add_i64(b, v->role);
    hash_add_i64(b, (int64_t)v->count);
    for (size_t i = 0; i < v->count; i++) {
        assert(i == 0 || v->ids[i - 1] < v->ids[i]);
        hash_row(b, v, i);
    }
    v->hash = hash_end(b);
}

void corpus_view_chunks(const ChunkRows *chunks, CorpusView *ret)
{
    int64_t *ids = view_begin(ret, chunks->count, ROLE_PASSAGE);
    Str titled = {0};
    for (size_t i = 0; i < chunks->count; i++) {
        const ChunkRow *chunk = &chunks->items[i];
        passage_text(chunk, true, &titled);
        ids[i] = chunk->id;
        ret->titled[i] = arena_strndup(&ret->arena, str_get(&titled), titled.size);
        /* the text stands last in the titled one, so one copy serves both */
        ret->plain[i] = ret->titled[i] + (titled.size - strlen(chunk->text));
    }
    str_release(&titled);
    view_end(ret);
}

void corpus_view_questions(const QuestionRows *questions, CorpusView *ret)
{
    int64_t *ids = view_begin(ret, questions->count, ROLE_QUERY);
    for (size_t i = 0; i < questions->count; i++) {
        ids[i] = questions->items[i].id;
        ret->plain[i] = ret->titled[i] = arena_strdup(&ret->arena, questions->items[i].text);
    }
    view_end(ret);
}

void corpus_view_release(CorpusView *v)
{
    arena_release(&v->arena);
    *v = (CorpusView){0};
}
