#include "text/chunker.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/utf8.h"
#include "text/pieces.h"
#include "text/sentences.h"

/* Bytes for each token of room, so that blanks cannot make a chunk endless. */
#define TOKEN_LIMIT_BYTES 64
#define MAX_TOKENS_LIMIT ((size_t)1 << 24)
#define PATH_DEPTH 8
#define PATH_HEADING_BYTES 120

typedef struct Unit {
    size_t first, end, tokens;
    PieceLevel level; /* the piece that it is */
    PieceLevel start; /* the highest piece that begins where it begins */
    bool is_heading;
} Unit;

typedef VEC(Unit) Units;

/* A chunk in the making; its own text is units[0].first to the end of the last unit. */
typedef struct Draft {
    Units units;
    size_t tokens;        /* of the units */
    size_t overlap_first; /* where the overlap begins; meaningful when overlap_tokens > 0 */
    size_t overlap_tokens;
} Draft;

typedef struct OverlapStart {
    size_t at, tokens; /* tokens from here to the end of the previous chunk */
} OverlapStart;

typedef struct Section {
    size_t first, heading_end, end; /* heading_end == first when it has no heading */
    int level;                      /* 0: the text before the first heading, or of a record */
    bool is_hard;                   /* begins at a hard boundary */
} Section;

typedef struct Cutter {
    const Document *d;
    const char *text;
    ChunkOptions options;
    Passages *out;

    Draft previous, current;  /* previous is written when current is complete */
    VEC(OverlapStart) starts; /* sentences at the end of previous, first to last */
    Units refined;            /* scratch of balance */

    size_t heading_next; /* the first heading that the path has not seen */
    const HeadingMark *path[PATH_DEPTH];
    size_t path_depth;
    size_t byte_at, char_at; /* the same place in bytes and in characters */
} Cutter;

ChunkOptions chunk_options_default(void)
{
    return (ChunkOptions){.max_tokens = 256, .overlap_tokens = 64, .min_tokens = 48};
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* --- Headings -------------------------------------------------------------------------------- */

static void path_push(Cutter *c, const HeadingMark *h)
{
    if (h->level <= 0) {
        c->path_depth = 0;
        return;
    }
    while (c->path_depth > 0 && c->path[c->path_depth - 1]->level >= h->level) c->path_depth--;
    if (c->path_depth == PATH_DEPTH) c->path_depth--;
    c->path[c->path_depth++] = h;
}

/* Moves the path to text[first]: headings up to there, and deeper ones without text between. */
static void path_advance(Cutter *c, size_t first, size_t end)
{
    const Document *d = c->d;
    size_t joined = 0; /* where a deeper heading would still begin the chunk */
    for (; c->heading_next < d->headings.count; c->heading_next++) {
        const HeadingMark *h = &d->headings.items[c->heading_next];
        bool deeper = c->path_depth > 0 && h->level > c->path[c->path_depth - 1]->level;
        if (h->at > first && !(h->at == joined && h->at < end && deeper)) break;
        path_push(c, h);
        joined = h->at < first ? 0 : piece_skip_blanks(c->text, d->text.size, h->end);
    }
}

/* The words of one heading on one line, cut at a character. */
static void add_heading(Str *path, const char *words, size_t size)
{
    size_t limit = path->size + PATH_HEADING_BYTES;
    bool blank = false;
    for (size_t at = 0, step; at < size; at += step) {
        uint32_t code;
        step = utf8_next(words + at, size - at, &code);
        if (utf8_is_space(code)) {
            blank = true;
            continue;
        }
        if (path->size + step + 1 > limit) {
            str_add(path, "…");
            return;
        }
        if (blank && path->size + PATH_HEADING_BYTES > limit) str_add_char(path, ' ');
        blank = false;
        str_add_bytes(path, words + at, step);
    }
}

static char *path_text(const Cutter *c)
{
    Str path = {0};
    for (size_t i = 0; i < c->path_depth; i++) {
        const HeadingMark *h = c->path[i];
        if (path.size > 0) str_add(&path, " › ");
        Str words = {0}; /* without the marks of the format */
        document_heading(c->d, h, &words);
        add_heading(&path, str_get(&words), words.size);
        str_release(&words);
    }
    return str_take(&path);
}

/* --- Drafts → passages ----------------------------------------------------------------------- */

static void draft_push(Draft *draft, Unit u)
{
    vec_push(&draft->units, u);
    draft->tokens += u.tokens;
}

static void draft_clear(Draft *draft)
{
    vec_clear(&draft->units);
    draft->tokens = draft->overlap_tokens = 0;
}

static size_t draft_first(const Draft *draft)
{
    return draft->units.items[0].first;
}

static size_t draft_end(const Draft *draft)
{
    return draft->units.items[draft->units.count - 1].end;
}

static void draft_write(Cutter *c, Draft *draft)
{
    if (draft->units.count == 0) return;
    size_t own = piece_skip_blanks(c->text, draft_end(draft), draft_first(draft));
    size_t end = piece_trim_blanks(c->text, own, draft_end(draft));
    if (own < end) {
        size_t first = draft->overlap_tokens > 0 ? draft->overlap_first : own;
        c->char_at += utf8_count(c->text + c->byte_at, own - c->byte_at);
        c->byte_at = own;
        size_t overlap_chars = utf8_count(c->text + first, own - first);
        path_advance(c, own, end);
        vec_push(c->out, (Passage){
                             .first = first,
                             .end = end,
                             .overlap = own - first,
                             .char_first = c->char_at - overlap_chars,
                             .char_end = c->char_at + utf8_count(c->text + own, end - own),
                             .overlap_chars = overlap_chars,
                             .tokens = token_count(c->text + first, end - first),
                             .page_first = document_page(c->d, own),
                             .page_last = document_page(c->d, end - 1),
                             .heading = path_text(c),
                         });
    }
    draft_clear(draft);
}

/* --- Overlap --------------------------------------------------------------------------------- */

/* Finds the sentences at the end of previous that the next chunk may repeat. The first of the
 * chunk is left out: it may have begun in the chunk before, and nothing is to be repeated whole. */
static void find_overlap(Cutter *c)
{
    const Draft *draft = &c->previous;
    vec_clear(&c->starts);
    if (draft->units.count == 0 || c->options.overlap_tokens == 0) return;
    size_t at = draft_first(draft), end = draft_end(draft);
    for (size_t i = draft->units.count; i-- > 0;)
        if (draft->units.items[i].is_heading) {
            at = draft->units.items[i].first;
            break;
        }
    for (at = sentence_end(c->text, end, at); at < end; at = sentence_end(c->text, end, at))
        if ((end - at) / TOKEN_LIMIT_BYTES <= c->options.overlap_tokens)
            vec_push(&c->starts, (OverlapStart){.at = at});
    size_t tokens = 0;
    for (size_t i = c->starts.count; i-- > 0;) {
        OverlapStart *start = &c->starts.items[i];
        size_t to = i + 1 < c->starts.count ? c->starts.items[i + 1].at : end;
        tokens += token_count(c->text + start->at, to - start->at);
        start->tokens = tokens;
    }
}

/* Gives the draft the longest overlap that leaves room for what it holds and `tokens` more. */
static void choose_overlap(const Cutter *c, Draft *draft, size_t tokens)
{
    size_t held = draft->tokens + tokens;
    size_t room = c->options.max_tokens > held ? c->options.max_tokens - held : 0;
    room = min_size(room, c->options.overlap_tokens);
    draft->overlap_tokens = 0;
    for (size_t i = c->starts.count; i-- > 0 && c->starts.items[i].tokens <= room;) {
        draft->overlap_tokens = c->starts.items[i].tokens;
        draft->overlap_first = c->starts.items[i].at;
    }
}

/* --- Balance --------------------------------------------------------------------------------- */

/* What a cut before a piece of this kind costs, in sixteenths of max_tokens. */
static const size_t CUT_COST[] = {
    [PIECE_PARAGRAPH] = 0, [PIECE_LINE] = 0,  [PIECE_SENTENCE] = 2, [PIECE_CLAUSE] = 5,
    [PIECE_WORD] = 9,      [PIECE_ATOM] = 12, [PIECE_PART] = 16,
};

static size_t cut_cost(const Unit *next, size_t max_tokens)
{
    return next->is_heading ? 0 : CUT_COST[next->start] * max_tokens / 16;
}

/* The units of previous, long ones in finer pieces, so that there is a place to cut. */
static void refine(Cutter *c)
{
    vec_clear(&c->refined);
    for (size_t i = 0; i < c->previous.units.count; i++) {
        Unit u = c->previous.units.items[i];
        if (u.is_heading || u.level >= PIECE_SENTENCE || u.tokens * 8 < c->options.max_tokens) {
            vec_push(&c->refined, u);
            continue;
        }
        PieceLevel level = piece_below(u.level, c->text + u.first, u.end - u.first);
        for (size_t at = u.first, end; at < u.end; at = end) {
            end = piece_end(level, c->text, u.end, at);
            vec_push(&c->refined, (Unit){.first = at,
                                         .end = end,
                                         .tokens = token_count(c->text + at, end - at),
                                         .level = level,
                                         .start = at == u.first ? u.start : level});
        }
    }
}

/* The index in refined at which previous is best cut, or its count when no cut is better. */
static size_t best_cut(const Cutter *c)
{
    const Units *units = &c->refined;
    size_t max = c->options.max_tokens, overlap = c->options.overlap_tokens;
    size_t left = 0, right = c->current.tokens, best = units->count;
    size_t best_cost = c->previous.tokens - right + cut_cost(&c->current.units.items[0], max);
    for (size_t i = 0; i < units->count; i++) right += units->items[i].tokens;
    for (size_t i = 0; i + 1 < units->count; i++) {
        left += units->items[i].tokens;
        right -= units->items[i].tokens;
        const Unit *next = &units->items[i + 1];
        if (units->items[i].is_heading || right + (next->is_heading ? 0 : overlap) > max) continue;
        size_t uneven = left > right ? left - right : right - left;
        size_t cost = uneven + cut_cost(next, max);
        if (cost >= best_cost) continue;
        best_cost = cost;
        best = i + 1;
    }
    return best;
}

/* Evens out the last two chunks of a section when the last one is small. */
static void balance(Cutter *c)
{
    Draft *previous = &c->previous, *current = &c->current;
    if (previous->units.count == 0 || current->units.count == 0) return;
    if (2 * current->tokens >= previous->tokens || current->units.items[0].is_heading) return;
    refine(c);
    size_t cut = best_cut(c);
    if (cut >= c->refined.count) return;
    Units kept = current->units;
    current->units = (Units){0};
    draft_clear(current);
    draft_clear(previous);
    for (size_t i = 0; i < c->refined.count; i++)
        draft_push(i < cut ? previous : current, c->refined.items[i]);
    for (size_t i = 0; i < kept.count; i++) draft_push(current, kept.items[i]);
    vec_release(&kept);
    find_overlap(c);
    if (!current->units.items[0].is_heading) choose_overlap(c, current, 0);
}

/* --- Packing --------------------------------------------------------------------------------- */

/* Few tokens can be far apart. */
static bool is_compact(const Cutter *c, size_t first, size_t end)
{
    size_t visible = piece_trim_blanks(c->text, first, end) - first;
    return visible / TOKEN_LIMIT_BYTES < c->options.max_tokens;
}

static bool fits(const Cutter *c, const Draft *draft, const Unit *u)
{
    if (draft->overlap_tokens + draft->tokens + u->tokens > c->options.max_tokens) return false;
    return is_compact(c, draft_first(draft), u->end);
}

static bool is_headings_only(const Draft *draft)
{
    for (size_t i = draft->units.count; i-- > 0;)
        if (!draft->units.items[i].is_heading) return false;
    return true;
}

/* Completes current; headings at its end go on to the next chunk, with their text. */
static void close_current(Cutter *c)
{
    draft_write(c, &c->previous);
    Draft swap = c->previous;
    c->previous = c->current;
    c->current = swap;
    Units *units = &c->previous.units;
    if (!is_headings_only(&c->previous)) {
        size_t keep = units->count;
        while (units->items[keep - 1].is_heading) keep--;
        for (size_t i = keep; i < units->count; i++) {
            draft_push(&c->current, units->items[i]);
            c->previous.tokens -= units->items[i].tokens;
        }
        units->count = keep;
    }
    find_overlap(c);
}

static void add_pieces(Cutter *c, Unit whole, PieceLevel level);

static void add_unit(Cutter *c, Unit u)
{
    Draft *draft = &c->current;
    if (draft->units.count > 0 && !fits(c, draft, &u)) {
        bool can_climb = !u.is_heading && u.level < PIECE_WORD;
        if (can_climb && is_headings_only(draft) && draft->tokens * 2 <= c->options.max_tokens) {
            /* rather the beginning of the text beside its heading than the heading alone */
            add_pieces(c, u, piece_below(u.level, c->text + u.first, u.end - u.first));
            return;
        }
        close_current(c);
        if (draft->units.count > 0) { /* the headings that were carried over */
            add_unit(c, u);
            return;
        }
    }
    if (draft->units.count == 0 && !u.is_heading) choose_overlap(c, draft, u.tokens);
    draft_push(draft, u);
}

/* Adds the pieces of `whole` at a level, or finer where one is too long. At most PIECE_PART + 1
 * deep, twice over when a heading asks for finer pieces. */
static void add_pieces(Cutter *c, Unit whole, PieceLevel level)
{
    size_t max = c->options.max_tokens;
    for (size_t at = whole.first, end; at < whole.end; at = end) {
        end = piece_end(level, c->text, whole.end, at);
        Unit u = {.first = at,
                  .end = end,
                  .tokens = token_count(c->text + at, end - at),
                  .level = level,
                  .start = at == whole.first ? whole.start : level,
                  .is_heading = whole.is_heading};
        bool number = level == PIECE_ATOM && u.tokens > max && end - at <= PIECE_NUMBER_BYTES &&
                      piece_is_number(c->text + at, end - at);
        bool small = u.tokens <= max && is_compact(c, at, end);
        if (small || number || level == PIECE_PART) {
            add_unit(c, u);
        } else {
            u.is_heading = false; /* a heading of many chunks is text */
            add_pieces(c, u, piece_below(level, c->text + at, end - at));
        }
    }
}

static void finish_group(Cutter *c)
{
    balance(c);
    draft_write(c, &c->previous);
    draft_write(c, &c->current);
    vec_clear(&c->starts);
}

/* --- Sections -------------------------------------------------------------------------------- */

/* The section that begins at heading `index` - 1; 0 is the text before the first heading. */
static Section section_at(const Document *d, size_t index)
{
    const HeadingMark *h = index > 0 ? &d->headings.items[index - 1] : NULL;
    size_t end = index < d->headings.count ? d->headings.items[index].at : d->text.size;
    Section s = {.end = end};
    if (!h) return s;
    s.first = h->at;
    s.level = h->level > 0 ? h->level : 0;
    s.is_hard = h->level <= 0;
    s.heading_end = s.is_hard ? h->at : min_size(h->end, end);
    return s;
}

static void add_section(Cutter *c, const Section *s)
{
    size_t body = s->first;
    if (s->heading_end > s->first) {
        body = piece_skip_blanks(c->text, s->end, s->heading_end);
        add_pieces(c, (Unit){.first = s->first, .end = body, .is_heading = true}, PIECE_PARAGRAPH);
    }
    if (body < s->end) add_pieces(c, (Unit){.first = body, .end = s->end}, PIECE_PARAGRAPH);
}

static bool is_blank(const Cutter *c, const Section *s)
{
    return piece_skip_blanks(c->text, s->end, s->first) == s->end;
}

/* Whether the group that began with `head` and holds `tokens` so far takes in the next section. */
static bool joins_next(const Cutter *c, const Section *head, const Section *last, size_t tokens,
                       const Section *next)
{
    if (next->is_hard || next->level < head->level) return false;
    if (tokens < c->options.min_tokens) return true;
    size_t body = piece_skip_blanks(c->text, last->end, last->heading_end);
    return body == last->end && next->level > last->level;
}

void chunker_cut(const Document *d, const ChunkOptions *options, Passages *ret)
{
    Cutter c = {.d = d, .text = str_get(&d->text), .options = *options, .out = ret};
    if (c.options.max_tokens == 0) c.options.max_tokens = 1;
    c.options.max_tokens = min_size(c.options.max_tokens, MAX_TOKENS_LIMIT);
    c.options.overlap_tokens = min_size(c.options.overlap_tokens, c.options.max_tokens / 2);
    c.options.min_tokens = min_size(c.options.min_tokens, c.options.max_tokens);
    size_t count = d->headings.count + 1;
    for (size_t i = 0; i < count;) {
        Section head = section_at(d, i), last = head;
        if (is_blank(&c, &head)) { /* nothing to stand at the head of a group */
            i++;
            continue;
        }
        size_t tokens = 0;
        for (;;) {
            add_section(&c, &last);
            tokens += token_count(c.text + last.first, last.end - last.first);
            if (++i == count) break;
            Section next = section_at(d, i);
            if (!joins_next(&c, &head, &last, tokens, &next)) break;
            last = next;
        }
        finish_group(&c);
    }
    vec_release(&c.previous.units);
    vec_release(&c.current.units);
    vec_release(&c.starts);
    vec_release(&c.refined);
}

void passages_release(Passages *p)
{
    for (size_t i = 0; i < p->count; i++) free(p->items[i].heading);
    vec_release(p);
}
