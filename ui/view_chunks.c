/* Chunks: documents, their chunks, and the text of one as it stands in its document. */
#include <stdlib.h>
#include <string.h>

#include "app/edits.h"
#include "app/facts.h"
#include "base/file.h"
#include "base/utf8.h"
#include "ui/list_decide.h"
#include "ui/text.h"

#define BESIDE_LEAST 100    /* columns from which list and text stand side by side */
#define DOCUMENTS_LEAST 150 /* and from which the documents do too */
#define QUESTIONS_SHOWN 5

typedef enum Pane { PANE_DOCUMENTS, PANE_LIST, PANE_TEXT, PANE_COUNT } Pane;

typedef struct ChunksView {
    View view;
    ListPane documents, list;
    Pane pane;           /* which has the keys */
    bool with_documents; /* they are shown */
    bool detail;         /* narrow: the text has the place */
    ChunkFacts *facts;   /* of the chunk under the cursor; NULL: on their way */
    int64_t asked_id;
    size_t top;   /* first line of the text shown */
    bool cutting; /* a place to cut at is being chosen */
    size_t cut;   /* that place: a byte of the chunk's text */
    PaneIds ids;  /* what a question is being asked about */
} ChunksView;

/* ---- columns ---- */

static void cell_id(const ListPane *p, const void *row, Str *out, Style *style)
{
    (void)p;
    *style = LOOK_DIM;
    str_addf(out, "%lld", (long long)((const ChunkRow *)row)->id);
}

static void cell_page(const ListPane *p, const void *row, Str *out, Style *style)
{
    const ChunkRow *c = row;
    (void)p;
    (void)style;
    if (c->page_first) str_addf(out, "%lld", (long long)c->page_first);
}

static void cell_size(const ListPane *p, const void *row, Str *out, Style *style)
{
    (void)p;
    (void)style;
    str_addf(out, "%lld", (long long)((const ChunkRow *)row)->tokens);
}

static void cell_questions(const ListPane *p, const void *row, Str *out, Style *style)
{
    int64_t questions = ((const ChunkRow *)row)->questions;
    (void)p;
    if (questions == 0) *style = LOOK_WARN;
    str_addf(out, "%lld", (long long)questions);
}

static void cell_split(const ListPane *p, const void *row, Str *out, Style *style)
{
    Split split = ((const ChunkRow *)row)->split;
    (void)p;
    *style = LOOK_DIM;
    if (split != SPLIT_NONE) str_add(out, split_name(split));
}

static void cell_heading(const ListPane *p, const void *row, Str *out, Style *style)
{
    const ChunkRow *c = row;
    (void)p;
    *style = LOOK_DIM;
    str_add(out, c->heading && *c->heading ? c->heading : c->title ? c->title : "");
}

static void cell_chunk_text(const ListPane *p, const void *row, Str *out, Style *style)
{
    const ChunkRow *c = row;
    (void)p;
    if (c->status != CHUNK_LIVE) {
        *style = LOOK_DIM;
        str_addf(out, "%s: ", chunk_status_name(c->status));
    }
    str_add(out, c->text);
}

static const PaneColumn CHUNK_COLUMNS[] = {
    {"id", 6, true, 46, "id", cell_id},
    {"page", 5, true, 76, "page", cell_page},
    {"size", 5, true, 0, "tokens", cell_size},
    {"?", 3, true, 0, "questions", cell_questions},
    {"split", 5, false, 64, NULL, cell_split},
    {"heading", 18, false, 90, "heading", cell_heading},
    {"text", 0, false, 0, NULL, cell_chunk_text},
};
static const PaneKind CHUNKS = {LIST_CHUNKS,
                                "Chunks",
                                "",
                                NULL,
                                "no chunks yet: ,a adds documents",
                                CHUNK_COLUMNS,
                                sizeof CHUNK_COLUMNS / sizeof *CHUNK_COLUMNS};

static void cell_name(const ListPane *p, const void *row, Str *out, Style *style)
{
    const DocumentRow *d = row;
    (void)p;
    (void)style;
    str_add(out, d->path ? file_name(d->path) : d->title);
}

static void cell_chunks(const ListPane *p, const void *row, Str *out, Style *style)
{
    (void)p;
    *style = LOOK_DIM;
    str_addf(out, "%lld", (long long)((const DocumentRow *)row)->chunks);
}

static void cell_document_split(const ListPane *p, const void *row, Str *out, Style *style)
{
    const DocumentRow *d = row;
    (void)p;
    *style = LOOK_DIM;
    str_add(out, d->by_blocks ? "parts" : d->split == SPLIT_NONE ? "" : split_name(d->split));
}

static const PaneColumn DOCUMENT_COLUMNS[] = {
    {"document", 0, false, 0, "name", cell_name},
    {"chunks", 6, true, 30, "chunks", cell_chunks},
    {"split", 5, false, 36, NULL, cell_document_split},
};
static const PaneKind DOCUMENTS = {LIST_DOCUMENTS,
                                   "Documents",
                                   "",
                                   NULL,
                                   "no documents yet: ,a adds some",
                                   DOCUMENT_COLUMNS,
                                   sizeof DOCUMENT_COLUMNS / sizeof *DOCUMENT_COLUMNS};

/* ---- the text ---- */

static const ChunkRow *current(const ChunksView *x)
{
    const ChunkFacts *f = x->facts;
    return f && f->chunk.count && f->chunk.items[0].id == x->asked_id ? &f->chunk.items[0] : NULL;
}

/* The place to cut at is one of the text that is shown. */
static void stop_stale_cut(ChunksView *x, const ChunkFacts *news)
{
    const ChunkRow *c = current(x);
    const ChunkRow *now = news && news->chunk.count ? &news->chunk.items[0] : NULL;
    if (!x->cutting || (c && now && c->id == now->id && strcmp(c->text, now->text) == 0)) return;
    x->cutting = false;
    ui_say(x->view.ui, LOOK_WARN, "the chunk was changed meanwhile: choose the place anew");
}

static void facts_ready(void *context, ChunkFacts *facts, const Err *err)
{
    ChunksView *x = context;
    ui_failed(x->view.ui, "chunk", err);
    stop_stale_cut(x, facts);
    chunk_facts_free(x->facts);
    x->facts = facts;
    ui_redraw(x->view.ui);
}

static void ask_facts(ChunksView *x)
{
    int64_t id = list_pane_id(&x->list);
    if (id != x->asked_id) {
        x->top = 0;
        x->cutting = false;
    }
    x->asked_id = id;
    if (id) chunk_facts_ask(ui_desk(x->view.ui), x, id, facts_ready, x);
}

static void chunk_moved(View *v)
{
    ask_facts((ChunksView *)v);
}

static void document_moved(View *v)
{
    ui_redraw(v->ui);
}

/* Bytes of the first so many characters. */
static size_t bytes_of(const char *text, int64_t characters)
{
    size_t size = strlen(text), at = 0;
    uint32_t code;
    for (; characters > 0 && at < size; characters--) at += utf8_next(text + at, size - at, &code);
    return at;
}

static size_t characters_of(const char *text, size_t bytes)
{
    return utf8_count(text, bytes);
}

/* What is shown: the end of what stands before, the chunk, the beginning of what follows, with a
 * rule at each cut. */
typedef struct Page {
    Area a;
    int y;       /* the next row */
    size_t skip; /* rows still above the area */
} Page;

static void page_text(Page *p, const char *text, Style style, const TextSpans *spans)
{
    TextLines lines = {0};
    text_wrap(text, strlen(text), p->a.width, &lines);
    size_t top = p->skip < lines.count ? p->skip : lines.count;
    p->skip -= top;
    if (top < lines.count)
        p->y +=
            text_draw(area_rows(p->a, p->y, p->a.height - p->y), text, &lines, top, style, spans);
    vec_release(&lines);
}

static void page_rule(Page *p, const char *title)
{
    if (p->skip > 0) {
        p->skip--;
        return;
    }
    area_rule(p->a, p->y++, LOOK_BORDER, title);
}

/* The last rows of a text for a width. */
static const char *last_rows(const char *text, int width, size_t rows)
{
    TextLines lines = {0};
    text_wrap(text, strlen(text), width, &lines);
    size_t from = lines.count > rows ? lines.items[lines.count - rows].first : 0;
    vec_release(&lines);
    return text + from;
}

static void draw_text(ChunksView *x, Area a)
{
    const ChunkFacts *f = x->facts;
    const ChunkRow *c = &f->chunk.items[0];
    TextSpans spans = {0};
    Page p = {.a = a, .skip = x->top};
    size_t overlap = bytes_of(c->text, c->overlap_chars);
    if (overlap && f->before) vec_push(&spans, (TextSpan){0, overlap, LOOK_DIM});
    if (x->cutting) {
        uint32_t code;
        size_t size = strlen(c->text) - x->cut;
        size_t end = x->cut + (size ? utf8_next(c->text + x->cut, size, &code) : 0);
        if (overlap && f->before && x->cut < overlap) vec_clear(&spans);
        vec_push(&spans, (TextSpan){x->cut, end, LOOK_BAND});
    }
    if (f->before && *f->before) {
        page_text(&p, last_rows(f->before, a.width, 4), LOOK_DIM, NULL);
        page_rule(&p,
                  overlap ? "cut; the dim text below is the overlap with the chunk before" : "cut");
    }
    page_text(&p, c->text, LOOK_TEXT, &spans);
    if (f->after && *f->after) {
        page_rule(&p, "cut");
        page_text(&p, f->after, LOOK_DIM, NULL);
    }
    vec_release(&spans);
}

static int draw_questions(const ChunksView *x, Area a)
{
    const QuestionRows *q = &x->facts->questions;
    int rows = (int)q->count < QUESTIONS_SHOWN ? (int)q->count : QUESTIONS_SHOWN;
    if (rows == 0 || a.height < rows + 5) return 0;
    int y = a.height - rows - 1;
    char *title = str_format("%zu question%s", q->count, q->count == 1 ? "" : "s");
    area_rule(a, y++, LOOK_BORDER, title);
    free(title);
    for (int i = 0; i < rows; i++, y++) {
        const QuestionRow *row = &q->items[i];
        const char *sign = row->status == QUESTION_ACCEPTED   ? glyph(a.grid, GLYPH_ACCEPTED)
                           : row->status == QUESTION_REJECTED ? glyph(a.grid, GLYPH_REJECTED)
                                                              : "?";
        area_text(a, y, 1, LOOK_DIM, sign);
        area_cell(a, y, 3, a.width - 4, LOOK_TEXT, false, row->text);
    }
    return rows + 1;
}

static void draw_detail(ChunksView *x, Area a, bool focused)
{
    const ChunkRow *c = current(x);
    Str title = {0};
    if (c) {
        str_addf(&title, "Chunk %lld · %s", (long long)c->id, c->title ? c->title : "");
        if (c->page_first) str_addf(&title, " p.%lld", (long long)c->page_first);
        if (c->heading && *c->heading) str_addf(&title, " · %s", c->heading);
        if (c->status != CHUNK_LIVE) str_addf(&title, " · %s", chunk_status_name(c->status));
        if (!hash_equal(&c->text_hash, &c->source_hash)) str_add(&title, " · edited");
    }
    Area in = area_box(a, focused ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, str_get(&title));
    str_release(&title);
    if (!c) return;
    int below = draw_questions(x, in);
    Area text = area_part(in, 0, 1, in.height - below, in.width - 2);
    if (x->cutting) {
        area_text(text, 0, 0, LOOK_WARN,
                  "Left, Right, Up, Down choose where to cut; Enter cuts, Esc does not");
        text = area_rows(text, 1, text.height - 1);
    }
    draw_text(x, text);
}

static void draw_list(ListPane *p, Area a, bool on)
{
    Str title = {0};
    list_pane_title(p, &title);
    list_pane_draw(p, area_box(a, on ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, str_get(&title)), on);
    str_release(&title);
}

static void draw(View *v, Area a, bool focused)
{
    ChunksView *x = (ChunksView *)v;
    bool wide = a.width >= BESIDE_LEAST, all = a.width >= DOCUMENTS_LEAST;
    if (!wide) {
        if (x->with_documents && x->pane == PANE_DOCUMENTS)
            draw_list(&x->documents, a, focused);
        else if (x->detail)
            draw_detail(x, a, focused);
        else
            draw_list(&x->list, a, focused);
        return;
    }
    int left = 0;
    if (x->with_documents || all) {
        left = a.width * (all ? 22 : 28) / 100;
        draw_list(&x->documents, area_columns(a, 0, left), focused && x->pane == PANE_DOCUMENTS);
    }
    int list = left + (a.width - left) * (left && !all ? 45 : 52) / 100;
    draw_list(&x->list, area_columns(a, left, list - left), focused && x->pane == PANE_LIST);
    draw_detail(x, area_columns(a, list, a.width - list), focused && x->pane == PANE_TEXT);
}

/* ---- editing ---- */

static const ListVerdict EXCLUDE = {"chunk.status", "excluded", "exclude", "chunk"};
static const ListVerdict INCLUDE = {"chunk.status", "live", "include", "chunk"};

static void edit(ChunksView *x, EditWay way)
{
    const ChunkRow *c = current(x);
    if (c) ui_edit_text(x->view.ui, "chunk.text", c->id, c->text, way);
}

static void made(void *context, int64_t id, const Err *err)
{
    ChunksView *x = context;
    ui_failed(x->view.ui, NULL, err);
    if (err) return;
    ui_say(x->view.ui, LOOK_GOOD, "chunk %lld was made; u takes it back", (long long)id);
    list_pane_unmark(&x->list);
    listing_renew(x->list.listing);
    list_pane_to(&x->list, id);
}

static void join(void *context)
{
    ChunksView *x = context;
    edit_chunk_join(ui_desk(x->view.ui), x->ids.items, x->ids.count, made, x);
}

/* The marked ones, or the one under the cursor with the next. */
static void ask_join(ChunksView *x)
{
    vec_clear(&x->ids);
    list_pane_chosen(&x->list, &x->ids);
    if (x->ids.count == 1 && listing_id(x->list.listing, x->list.cursor + 1))
        vec_push(&x->ids, listing_id(x->list.listing, x->list.cursor + 1));
    if (x->ids.count < 2) {
        ui_say(x->view.ui, LOOK_WARN, "mark two or more neighbours with Space to join them");
        return;
    }
    char *question = str_format("Make one chunk of %zu? Their questions go to it.", x->ids.count);
    ui_confirm(x->view.ui, question, join, x);
    free(question);
}

/* ---- choosing where to cut ---- */

static void start_cutting(ChunksView *x)
{
    const ChunkRow *c = current(x);
    if (!c) return;
    size_t size = strlen(c->text), middle = size / 2;
    while (middle > 0 && ((unsigned char)c->text[middle] & 0xC0) == 0x80) middle--;
    x->cut = middle;
    x->cutting = true;
    x->detail = true;
    x->pane = PANE_TEXT;
}

static void move_cut(ChunksView *x, bool back, bool line)
{
    const char *text = current(x)->text;
    size_t size = strlen(text);
    int steps = line ? 80 : 1; /* characters: about a line */
    while (steps-- > 0) {
        uint32_t code;
        if (back && x->cut > 0)
            x->cut = utf8_back(text, x->cut);
        else if (!back && x->cut < size)
            x->cut += utf8_next(text + x->cut, size - x->cut, &code);
    }
}

static bool keys(View *v, Event e)
{
    ChunksView *x = (ChunksView *)v;
    if (!x->cutting || !current(x)) return false;
    switch (e.key) {
    case KEY_ARROW_LEFT:
        move_cut(x, true, false);
        return true;
    case KEY_ARROW_RIGHT:
        move_cut(x, false, false);
        return true;
    case KEY_ARROW_UP:
        move_cut(x, true, true);
        return true;
    case KEY_ARROW_DOWN:
        move_cut(x, false, true);
        return true;
    case KEY_RETURN:
        x->cutting = false;
        edit_chunk_cut(ui_desk(v->ui), current(x)->id, characters_of(current(x)->text, x->cut),
                       made, x);
        return true;
    case KEY_ESC:
        x->cutting = false;
        return true;
    default:
        return key_is_text(e.key); /* nothing else happens meanwhile */
    }
}

/* ---- questions ---- */

static void generate_here(ChunksView *x)
{
    if (!current(x)) return;
    char *id = str_format("%lld", (long long)x->asked_id);
    const char *words[] = {"generate", "--chunk", id};
    ui_job(x->view.ui, words, 3, NULL, NULL);
    free(id);
}

/* ---- acting ---- */

static void show_document(ChunksView *x)
{
    int64_t id = list_pane_id(&x->documents);
    if (!id) return;
    char *filter = str_format("of:%lld", (long long)id);
    list_pane_filter(&x->list, filter);
    free(filter);
    x->pane = PANE_LIST;
}

static void next_pane(ChunksView *x, bool back)
{
    Pane first = x->with_documents ? PANE_DOCUMENTS : PANE_LIST;
    if (back)
        x->pane = x->pane == first ? PANE_TEXT : x->pane - 1;
    else
        x->pane = x->pane == PANE_TEXT ? first : x->pane + 1;
    x->detail = x->pane == PANE_TEXT;
}

static bool act_on_text(ChunksView *x, Action action)
{
    if (x->pane != PANE_TEXT && !x->detail) return false;
    switch (action) {
    case ACTION_UP:
        x->top -= x->top > 0;
        return true;
    case ACTION_DOWN:
        x->top++;
        return true;
    case ACTION_PAGE_UP:
        x->top = x->top > 10 ? x->top - 10 : 0;
        return true;
    case ACTION_PAGE_DOWN:
        x->top += 10;
        return true;
    case ACTION_FIRST:
        x->top = 0;
        return true;
    default:
        return false;
    }
}

static bool act(View *v, Action action)
{
    ChunksView *x = (ChunksView *)v;
    if (act_on_text(x, action)) return true;
    switch (action) {
    case ACTION_DOCUMENTS:
        x->with_documents = !x->with_documents;
        x->pane = x->with_documents ? PANE_DOCUMENTS : PANE_LIST;
        return true;
    case ACTION_OPEN:
    case ACTION_RIGHT:
        if (x->pane == PANE_DOCUMENTS) {
            show_document(x);
        } else {
            x->pane = PANE_TEXT;
            x->detail = true;
        }
        return true;
    case ACTION_BACK:
    case ACTION_LEFT:
        x->detail = false;
        x->pane = PANE_LIST;
        return true;
    case ACTION_NEXT_PANE:
        next_pane(x, false);
        return true;
    case ACTION_PREVIOUS_PANE:
        next_pane(x, true);
        return true;
    case ACTION_EDIT:
        edit(x, EDIT_BLOCK);
        return true;
    case ACTION_EDITOR:
        edit(x, EDIT_OUTSIDE);
        return true;
    case ACTION_EXCLUDE:
        list_decide(&x->list, &EXCLUDE, NULL);
        return true;
    case ACTION_INCLUDE:
        list_decide(&x->list, &INCLUDE, NULL);
        return true;
    case ACTION_JOIN:
        ask_join(x);
        return true;
    case ACTION_CUT:
        start_cutting(x);
        return true;
    case ACTION_GENERATE_HERE:
        generate_here(x);
        return true;
    case ACTION_NEW:
        if (current(x)) ui_new_question(v->ui, x->asked_id, NULL);
        return true;
    case ACTION_COPY:
        if (current(x)) ui_copy(v->ui, "the chunk", current(x)->text);
        return true;
    default:
        return list_pane_act(x->pane == PANE_DOCUMENTS ? &x->documents : &x->list, action);
    }
}

static bool point(View *v, Event e)
{
    ChunksView *x = (ChunksView *)v;
    if (x->with_documents && list_pane_point(&x->documents, e)) {
        x->pane = PANE_DOCUMENTS;
        return true;
    }
    if (!list_pane_point(&x->list, e)) return false;
    x->pane = PANE_LIST;
    return true;
}

static void changed(View *v)
{
    ChunksView *x = (ChunksView *)v;
    list_pane_changed(&x->documents);
    list_pane_changed(&x->list);
    ask_facts(x);
}

static void show(View *v, int64_t id, const char *filter)
{
    ChunksView *x = (ChunksView *)v;
    if (filter || (id && listing_find(x->list.listing, id) == SIZE_MAX))
        list_pane_filter(&x->list, filter ? filter : "");
    if (id) list_pane_to(&x->list, id);
    x->pane = PANE_LIST;
}

static void save(const View *v, cJSON *state)
{
    const ChunksView *x = (const ChunksView *)v;
    list_pane_save(&x->list, state);
    cJSON_AddBoolToObject(state, "documents", x->with_documents);
}

static void restore(View *v, const cJSON *state)
{
    ChunksView *x = (ChunksView *)v;
    list_pane_restore(&x->list, state);
    x->with_documents = cJSON_IsTrue(cJSON_GetObjectItem(state, "documents"));
}

static void release(View *v)
{
    ChunksView *x = (ChunksView *)v;
    desk_forget(ui_desk(v->ui), x);
    list_pane_release(&x->documents);
    list_pane_release(&x->list);
    chunk_facts_free(x->facts);
    vec_release(&x->ids);
    free(x);
}

static View *make(Ui *ui)
{
    ChunksView *x = mem_zero(1, sizeof *x);
    x->view = (View){&VIEW_CHUNKS_OPS, ui};
    x->pane = PANE_LIST;
    list_pane_init(&x->documents, &DOCUMENTS, &x->view, document_moved);
    list_pane_init(&x->list, &CHUNKS, &x->view, chunk_moved);
    return &x->view;
}

const ViewOps VIEW_CHUNKS_OPS = {
    .id = VIEW_CHUNKS,
    .title = "Chunks",
    .make = make,
    .free = release,
    .draw = draw,
    .act = act,
    .keys = keys,
    .point = point,
    .changed = changed,
    .show = show,
    .save = save,
    .restore = restore,
};
