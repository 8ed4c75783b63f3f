#include "task/rechunk.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "store/corpus.h"
#include "store/journal.h"
#include "store/questions.h"
#include "text/words.h"

#define MOVE_SHARE                                                                                 \
    0.5 /* of the old chunk's words that the new one must hold to take over its questions */

#define MADE_DEPTH 16 /* chunks made of made chunks */

typedef struct OldChunk {
    ChunkRow *row;
    bool matched;
    bool kept;      /* matched, or made by hand of chunks that are kept */
    ChunkRow place; /* of a kept one: where it stands now */
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
            match->matched = match->kept = true;
            if (document->by_blocks) row.split = match->row->split;
            match->place = row;
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

/* ---- chunks made by hand: their keys name their parts (curate.h) ---- */

typedef VEC(OldChunk *) Parts;

static int by_id(const void *id, const void *old)
{
    int64_t a = *(const int64_t *)id, b = ((const OldChunk *)old)->row->id;
    return (a > b) - (a < b);
}

/* Appends the parts that are still known of the chunk that is made by hand; false: it is not, or
 * one is missing. */
static bool find_parts(const OldChunk *made, OldChunk *old, size_t count, Parts *ret)
{
    const char *at = made->row->key;
    bool all = at != NULL;
    while (at && *at) {
        char *end;
        int64_t id = strtoll(at, &end, 10);
        OldChunk *part =
            end > at && id < made->row->id ? bsearch(&id, old, count, sizeof *old, by_id) : NULL;
        if (part)
            vec_push(ret, part);
        else
            all = false;
        if (*end != '+') break;
        at = end + 1;
    }
    return all && ret->count > 0;
}

/* A made chunk whose parts are all kept stays as it is, and moves with them. */
static bool keep_made(const Env *env, OldChunk *made, const Parts *parts, Err *err)
{
    const OldChunk *first = parts->items[0], *last = parts->items[parts->count - 1];
    const ChunkRow *row = made->row;
    ChunkRow where = first->place;
    where.overlap_chars = row->overlap_chars;
    where.char_first += row->char_first - first->row->char_first;
    where.char_end = last->place.char_end + row->char_end - last->row->char_end;
    if (where.char_first < 0) where.char_first = 0;
    if (where.char_end < where.char_first) where.char_end = where.char_first;
    if (last->place.page_last > where.page_last) where.page_last = last->place.page_last;
    made->kept = true;
    made->place = where;
    return chunk_place(env->store, row->id, &where, err);
}

/* A made chunk that goes gives back the parts that are still in the document, as heirs of its
 * questions. */
static bool restore_parts(const Env *env, const OldChunk *made, OldChunk *old, size_t count,
                          int depth, NewChunk *fresh, size_t *fresh_count, Err *err)
{
    Parts parts = {0};
    bool ok = true;
    find_parts(made, old, count, &parts);
    for (size_t i = 0; ok && i < parts.count; i++) {
        OldChunk *part = parts.items[i];
        ChunkRow *row = part->row;
        if (!part->kept) {
            if (depth < MADE_DEPTH)
                ok = restore_parts(env, part, old, count, depth + 1, fresh, fresh_count, err);
            continue;
        }
        if (row->status != CHUNK_EXCLUDED || !part->matched) continue;
        char *label = str_format("chunk %lld is back: chunk %lld is gone", (long long)row->id,
                                 (long long)made->row->id);
        Decision d = {.subject = "chunk.status", .subject_id = row->id, .value = "live"};
        ok = decide(env->store, &d, 1, label, NULL, err);
        free(label);
        row->status = CHUNK_LIVE;
        fresh[(*fresh_count)++] =
            (NewChunk){.id = row->id, .text = row->text, .size = strlen(row->text)};
    }
    vec_release(&parts);
    return ok;
}

/* What is left of the old chunks: made ones that stay, and those whose text is gone. */
static bool leave(const Env *env, OldChunk *old, size_t count, NewChunk *fresh, size_t *fresh_count,
                  IngestReport *r, Err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        Parts parts = {0};
        if (old[i].matched || old[i].row->status == CHUNK_RETIRED) continue;
        bool stays = find_parts(&old[i], old, count, &parts);
        for (size_t k = 0; k < parts.count; k++) stays = stays && parts.items[k]->kept;
        if (stays) {
            ok = keep_made(env, &old[i], &parts, err);
            r->chunks_kept++;
        } else {
            if (old[i].row->status == CHUNK_LIVE)
                ok = restore_parts(env, &old[i], old, count, 0, fresh, fresh_count, err);
            ok = ok && move_questions(env, old[i].row, fresh, *fresh_count, r, err);
            r->chunks_retired++;
        }
        vec_release(&parts);
    }
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
    ok = ok && leave(env, old, rows.count, fresh, &fresh_count, r, err);
    for (size_t i = 0; i < fresh_count; i++) vec_release(&fresh[i].words);
    free(fresh);
    map_free(first_of);
    free(next_of);
    free(old);
    rows_release(&rows);
    return ok;
}
