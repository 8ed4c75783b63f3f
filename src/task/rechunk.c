#include "task/rechunk.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "store/corpus.h"
#include "store/questions.h"
#include "text/words.h"

#define MOVE_SHARE 0.5 /* of the old chunk's words that the new one must hold to take over its questions */

typedef struct OldChunk {
    ChunkRow *row;
    bool matched;
} OldChunk;

typedef struct NewChunk {
    int64_t id;
    const char *text;
    size_t size;
} NewChunk;

static ChunkRow row_of(const DocumentRow *document, const char *text, const Passage *p, size_t ordinal, char *copy)
{
    memcpy(copy, text + p->first, p->end - p->first);
    copy[p->end - p->first] = '\0';
    return (ChunkRow){.document_id = document->id, .ordinal = (int64_t)ordinal, .text = copy, .heading = p->heading,
                      .source_hash = hash_text(copy), .char_first = (int64_t)p->char_first, .char_end = (int64_t)p->char_end,
                      .overlap_chars = (int64_t)p->overlap_chars, .page_first = p->page_first, .page_last = p->page_last,
                      .tokens = (int64_t)p->tokens, .split = document->split, .status = CHUNK_LIVE};
}

/* The first old chunk of that source text that is still free. */
static OldChunk *find_old(const Map *first_of, const uint32_t *next_of, OldChunk *old, const Hash *source)
{
    uint32_t at = map_get(first_of, source->bytes, HASH_BYTES);
    while (at != MAP_NONE && old[at].matched) at = next_of[at];
    return at == MAP_NONE ? NULL : &old[at];
}

/* Share of a's words (counted with repetition) that b holds. */
static double shared_words(const char *a, const char *b, size_t b_size)
{
    Words x = {0}, y = {0};
    words_split(a, strlen(a), &x);
    words_split(b, b_size, &y);
    Map *count = map_new();
    for (size_t i = 0; i < y.words.count; i++) {
        const char *word = y.folded.data + y.words.items[i].at;
        uint32_t n = map_get(count, word, y.words.items[i].size);
        map_put(count, word, y.words.items[i].size, n == MAP_NONE ? 1 : n + 1);
    }
    size_t shared = 0;
    for (size_t i = 0; i < x.words.count; i++) {
        const char *word = x.folded.data + x.words.items[i].at;
        uint32_t n = map_get(count, word, x.words.items[i].size);
        if (n == MAP_NONE || n == 0) continue;
        map_put(count, word, x.words.items[i].size, n - 1);
        shared++;
    }
    double share = x.words.count ? (double)shared / (double)x.words.count : 0;
    map_free(count);
    words_release(&x);
    words_release(&y);
    return share;
}

/* The questions of a chunk that is gone move on, flagged; or stay with it, flagged. */
static bool move_questions(const Env *env, const ChunkRow *old, const NewChunk *fresh, size_t count, IngestReport *r, Err *err)
{
    QuestionRows questions = {0};
    if (!questions_load(env->store, &(QuestionQuery){.chunk_id = old->id}, &questions, err)) return false;
    const NewChunk *best = NULL;
    double most = MOVE_SHARE;
    for (size_t i = 0; questions.count > 0 && i < count; i++) {
        double share = shared_words(old->text, fresh[i].text, fresh[i].size);
        if (share >= most) {
            most = share;
            best = &fresh[i];
        }
    }
    bool ok = !best || relevance_move(env->store, old->id, best->id, err);
    for (size_t i = 0; ok && i < questions.count; i++) {
        ok = question_flag(env->store, questions.items[i].id, best ? "its chunk's text changed" : "its chunk's text is gone from the document", err);
    }
    r->questions_flagged += questions.count;
    if (best) r->questions_moved += questions.count;
    rows_release(&questions);
    return ok && chunk_retire(env->store, old->id, err);
}

static bool place_passages(const Env *env, const DocumentRow *document, const char *text, const Passages *passages, OldChunk *old,
                           const Map *first_of, const uint32_t *next_of, NewChunk *fresh, size_t *ret_fresh, IngestReport *r, Err *err)
{
    size_t count = 0, longest = 0;
    for (size_t i = 0; i < passages->count; i++) {
        size_t size = passages->items[i].end - passages->items[i].first;
        if (size > longest) longest = size;
    }
    char *copy = mem_alloc(longest + 1);
    bool ok = true;
    for (size_t i = 0; ok && i < passages->count; i++) {
        const Passage *p = &passages->items[i];
        ChunkRow row = row_of(document, text, p, i, copy);
        OldChunk *match = find_old(first_of, next_of, old, &row.source_hash);
        if (match) {
            match->matched = true;
            if (document->by_blocks) row.split = match->row->split;
            ok = chunk_place(env->store, match->row->id, &row, err);
            r->chunks_kept++;
        } else {
            ok = chunk_add(env->store, &row, &row.id, err);
            fresh[count++] = (NewChunk){row.id, text + p->first, p->end - p->first};
            r->chunks_added++;
        }
    }
    free(copy);
    *ret_fresh = count;
    return ok;
}

bool rechunk(const Env *env, const DocumentRow *document, const char *text, const Passages *passages, IngestReport *r, Err *err)
{
    ChunkRows rows = {0};
    ChunkQuery query = {.document_id = document->id, .statuses = 1 << CHUNK_LIVE | 1 << CHUNK_EXCLUDED | 1 << CHUNK_RETIRED};
    if (!chunks_load(env->store, &query, &rows, err)) return false;
    OldChunk *old = mem_zero(rows.count + 1, sizeof *old);
    uint32_t *next_of = mem_alloc((rows.count + 1) * sizeof *next_of);
    Map *first_of = map_new();
    for (size_t i = rows.count; i-- > 0;) {
        const Hash *source = &rows.items[i].source_hash;
        old[i].row = &rows.items[i];
        next_of[i] = map_get(first_of, source->bytes, HASH_BYTES);
        map_put(first_of, source->bytes, HASH_BYTES, (uint32_t)i);
    }
    NewChunk *fresh = mem_zero(passages->count + 1, sizeof *fresh);
    size_t fresh_count = 0;
    bool ok = place_passages(env, document, text, passages, old, first_of, next_of, fresh, &fresh_count, r, err);
    for (size_t i = 0; ok && i < rows.count; i++) {
        if (old[i].matched || rows.items[i].status == CHUNK_RETIRED) continue;
        ok = move_questions(env, &rows.items[i], fresh, fresh_count, r, err);
        r->chunks_retired++;
    }
    free(fresh);
    map_free(first_of);
    free(next_of);
    free(old);
    rows_release(&rows);
    return ok;
}
