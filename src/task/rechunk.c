#include "task/rechunk.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "store/corpus.h"
#include "store/questions.h"
#include "text/words.h"

#define MOVE_SHARE                                                                                 \
    0.5 /* of the old chunk's words that the new one must hold to take over its questions */

typedef struct OldChunk {
    ChunkRow *row;
    bool matched;
} OldChunk;

/* A text's words as hashes, ascending. */
typedef VEC(uint64_t) WordSet;

typedef struct NewChunk {
    int64_t id;
    const char *text;
    size_t size;
    WordSet words; /* filled when first asked for */
} NewChunk;

static ChunkRow row_of(const DocumentRow *document, const char *text, const Passage *p,
                       size_t ordinal, char *copy)
{
    memcpy(copy, text + p->first, p->end - p->first);
    copy[p->end - p->first] = '\0';
    return (ChunkRow){.document_id = document->id,
                      .ordinal = (int64_t)ordinal,
                      .text = copy,
                      .heading = p->heading,
                      .source_hash = hash_text(copy),
                      .char_first = (int64_t)p->char_first,
                      .char_end = (int64_t)p->char_end,
                      .overlap_chars = (int64_t)p->overlap_chars,
                      .page_first = p->page_first,
                      .page_last = p->page_last,
                      .tokens = (int64_t)p->tokens,
                      .split = document->split,
                      .status = CHUNK_LIVE};
}

/* The first old chunk of that source text that is still free. */
static OldChunk *find_old(const Map *first_of, const uint32_t *next_of, OldChunk *old,
                          const Hash *source)
{
    uint32_t at = map_get(first_of, source->bytes, HASH_BYTES);
    while (at != MAP_NONE && old[at].matched) at = next_of[at];
    return at == MAP_NONE ? NULL : &old[at];
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static WordSet words_of(const char *text, size_t size)
{
    Words words = {0};
    WordSet set = {0};
    words_split(text, size, &words);
    for (size_t i = 0; i < words.words.count; i++) {
        vec_push(&set, hash_u64(words.folded.data + words.words.items[i].at,
                                words.words.items[i].size, 0));
    }
    if (set.count) qsort(set.items, set.count, sizeof *set.items, by_value);
    words_release(&words);
    return set;
}

/* Share of a's words, counted with repetition, that b holds. */
static double shared_words(const WordSet *a, const WordSet *b)
{
    size_t i = 0, j = 0, shared = 0;
    while (i < a->count && j < b->count) {
        if (a->items[i] == b->items[j])
            shared++, i++, j++;
        else if (a->items[i] < b->items[j])
            i++;
        else
            j++;
    }
    return a->count ? (double)shared / (double)a->count : 0;
}

/* The new chunk that holds most of the old one's words, at least MOVE_SHARE of them; NULL: none. */
static const NewChunk *find_heir(const ChunkRow *old, NewChunk *fresh, size_t count)
{
    WordSet words = words_of(old->text, strlen(old->text));
    const NewChunk *best = NULL;
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        if (fresh[i].words.count == 0) fresh[i].words = words_of(fresh[i].text, fresh[i].size);
        double share = shared_words(&words, &fresh[i].words);
        if (share >= MOVE_SHARE && share > most) {
            most = share;
            best = &fresh[i];
        }
    }
    vec_release(&words);
    return best;
}

/* The questions of a chunk that is gone move on, flagged; or stay with it, flagged. */
static bool move_questions(const Env *env, const ChunkRow *old, NewChunk *fresh, size_t count,
                           IngestReport *r, Err *err)
{
    QuestionRows questions = {0};
    if (!questions_load(env->store, &(QuestionQuery){.chunk_id = old->id}, &questions, err))
        return false;
    const NewChunk *heir = questions.count ? find_heir(old, fresh, count) : NULL;
    bool ok = !heir || relevance_move(env->store, old->id, heir->id, err);
    for (size_t i = 0; ok && i < questions.count; i++) {
        ok = question_flag(
            env->store, questions.items[i].id,
            heir ? "its chunk's text changed" : "its chunk's text is gone from the document", err);
    }
    r->questions_flagged += questions.count;
    if (heir) r->questions_moved += questions.count;
    rows_release(&questions);
    return ok && chunk_retire(env->store, old->id, err);
}

static bool place_passages(const Env *env, const DocumentRow *document, const char *text,
                           const Passages *passages, OldChunk *old, const Map *first_of,
                           const uint32_t *next_of, NewChunk *fresh, size_t *ret_fresh,
                           IngestReport *r, Err *err)
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
            fresh[count++] =
                (NewChunk){.id = row.id, .text = text + p->first, .size = p->end - p->first};
            r->chunks_added++;
        }
    }
    free(copy);
    *ret_fresh = count;
    return ok;
}

bool rechunk(const Env *env, const DocumentRow *document, const char *text,
             const Passages *passages, IngestReport *r, Err *err)
{
    ChunkRows rows = {0};
    ChunkQuery query = {.document_id = document->id,
                        .statuses = 1 << CHUNK_LIVE | 1 << CHUNK_EXCLUDED | 1 << CHUNK_RETIRED};
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
    bool ok = place_passages(env, document, text, passages, old, first_of, next_of, fresh,
                             &fresh_count, r, err);
    for (size_t i = 0; ok && i < rows.count; i++) {
        if (old[i].matched || rows.items[i].status == CHUNK_RETIRED) continue;
        ok = move_questions(env, &rows.items[i], fresh, fresh_count, r, err);
        r->chunks_retired++;
    }
    for (size_t i = 0; i < fresh_count; i++) vec_release(&fresh[i].words);
    free(fresh);
    map_free(first_of);
    free(next_of);
    free(old);
    rows_release(&rows);
    return ok;
}
