/* docx: word/document.xml of a zip archive, read as a stream. Entries are held to a size and a
 * ratio of compression; document type declarations are refused, so that no entity can grow. */
#include <libxml/xmlreader.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zip.h>

#include "base/map.h"
#include "text/builder.h"
#include "text/encoding.h"
#include "text/readers.h"
#include "text/xml_quiet.h"

#define ENTRY_LIMIT_BYTES ((zip_uint64_t)256 << 20)
#define RATIO_LIMIT 200 /* Word's own XML stays below 50 */
#define RATIO_FREE_BYTES ((zip_uint64_t)4 << 20)
#define ENTRIES_LIMIT 100000
#define NODES_PER_CHECK 4096

typedef struct Style {
    int level;    /* 1 to 9; 0 plain */
    char *parent; /* id of the style that it is based on; NULL when none; owned */
} Style;

typedef struct Docx {
    zip_t *zip;
    const Cancel *cancel;
    Builder builder;
    Map *style_ids;
    VEC(Style) styles;
    size_t nodes;
    Err *err;
} Docx;

/* One entry as libxml2 reads it. */
typedef struct Entry {
    zip_file_t *file;
    const char *name;
    zip_uint64_t left; /* bytes that it may still give */
    bool too_large;
} Entry;

static int entry_read(void *context, char *buffer, int size)
{
    Entry *e = context;
    zip_int64_t n = zip_fread(e->file, buffer, (zip_uint64_t)size);
    if (n < 0) return -1;
    if ((zip_uint64_t)n > e->left) {
        e->too_large = true;
        return -1;
    }
    e->left -= (zip_uint64_t)n;
    return (int)n;
}

static int entry_close(void *context)
{
    (void)context;
    return 0;
}

/* *ret_found false: there is no such entry. What an entry says of its size is checked before it is
 * opened, and what it gives is counted, because it may lie. */
static bool entry_open(Docx *d, const char *name, Entry *e, bool *ret_found)
{
    zip_stat_t info;
    zip_stat_init(&info);
    *ret_found = false;
    if (zip_stat(d->zip, name, 0, &info) != 0) return true;
    if (!(info.valid & ZIP_STAT_SIZE) || !(info.valid & ZIP_STAT_COMP_SIZE))
        return err_set(d->err, ERR_FORMAT, "%s has no size in the archive", name);
    bool dense = info.size > RATIO_FREE_BYTES && info.size / RATIO_LIMIT > info.comp_size;
    if (info.size > ENTRY_LIMIT_BYTES || dense)
        return err_set(d->err, ERR_LIMIT,
                       "%s unpacks from %llu to %llu bytes: refused as a zip bomb", name,
                       (unsigned long long)info.comp_size, (unsigned long long)info.size);
    zip_file_t *file = zip_fopen(d->zip, name, 0);
    if (!file)
        return err_set(d->err, ERR_FORMAT, "cannot unpack %s: %s", name, zip_strerror(d->zip));
    *e = (Entry){.file = file, .name = name, .left = info.size};
    *ret_found = true;
    return true;
}

/* Visit: one node of an entry; false (with d->err set) stops. */
typedef bool Visit(Docx *d, xmlTextReader *reader, void *context);

static bool walk(Docx *d, xmlTextReader *reader, const Entry *e, Visit *visit, void *context)
{
    int more;
    while ((more = xmlTextReaderRead(reader)) == 1) {
        if (++d->nodes % NODES_PER_CHECK == 0 && !cancel_check(d->cancel, d->err)) return false;
        int type = xmlTextReaderNodeType(reader);
        if (type == XML_READER_TYPE_DOCUMENT_TYPE || type == XML_READER_TYPE_ENTITY_REFERENCE)
            return err_set(d->err, ERR_FORMAT, "%s declares entities, which no docx does: refused",
                           e->name);
        if (!visit(d, reader, context)) return false;
    }
    if (e->too_large)
        return err_set(d->err, ERR_LIMIT, "%s is larger than the archive says: refused", e->name);
    if (more < 0)
        return err_set(d->err, ERR_FORMAT, "%s is broken XML (line %d)", e->name,
                       xmlTextReaderGetParserLineNumber(reader));
    return true;
}

static void quiet_structured(void *context, xmlErrorPtr error)
{
    (void)context;
    (void)error;
}

static bool read_entry(Docx *d, const char *name, Visit *visit, void *context, bool *ret_found)
{
    Entry e;
    if (!entry_open(d, name, &e, ret_found) || !*ret_found)
        return !*ret_found && d->err->kind == ERR_NONE;
    xmlTextReader *reader = xmlReaderForIO(entry_read, entry_close, &e, NULL, NULL,
                                           XML_PARSE_NONET | XML_PARSE_NOERROR |
                                               XML_PARSE_NOWARNING | XML_PARSE_COMPACT);
    bool ok = reader != NULL || err_set(d->err, ERR_FORMAT, "cannot parse %s", name);
    if (ok) {
        xmlTextReaderSetStructuredErrorHandler(reader, quiet_structured, NULL);
        ok = walk(d, reader, &e, visit, context);
    }
    if (reader) xmlFreeTextReader(reader);
    zip_fclose(e.file);
    return ok;
}

static const char *local_name(xmlTextReader *reader)
{
    const xmlChar *name = xmlTextReaderConstLocalName(reader);
    return name ? (const char *)name : "";
}

/* The attribute w:NAME, whatever prefix stands for w; NULL when there is none; the caller's. */
static char *attribute(xmlTextReader *reader, const char *name)
{
    char *value = NULL;
    for (int more = xmlTextReaderMoveToFirstAttribute(reader); more == 1 && !value;
         more = xmlTextReaderMoveToNextAttribute(reader))
        if (strcmp(local_name(reader), name) == 0)
            value = mem_strdup((const char *)xmlTextReaderConstValue(reader));
    xmlTextReaderMoveToElement(reader);
    return value;
}

static int number_attribute(xmlTextReader *reader, const char *name, int otherwise)
{
    char *value = attribute(reader, name);
    int number = value && value[0] >= '0' && value[0] <= '9' ? atoi(value) : otherwise;
    free(value);
    return number;
}

/* "heading 2", "标题 2", "Title", "标题": the level that a style's name gives. */
static int level_of_name(const char *name)
{
    static const char *const NAMES[] = {"heading", "标题", "標題", "見出し"};
    if (strcasecmp(name, "title") == 0) return 1;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        size_t size = strlen(NAMES[i]);
        if (strncasecmp(name, NAMES[i], size) != 0) continue;
        const char *rest = name + size;
        while (*rest == ' ') rest++;
        if (*rest == '\0') return i ? 1 : 0;
        if (rest[0] >= '1' && rest[0] <= '9' && rest[1] == '\0') return rest[0] - '0';
    }
    return 0;
}

/* styles.xml. context: index + 1 of the style being read. */
static bool visit_styles(Docx *d, xmlTextReader *reader, void *context)
{
    size_t *current = context;
    int type = xmlTextReaderNodeType(reader);
    const char *name = local_name(reader);
    if (type == XML_READER_TYPE_END_ELEMENT && strcmp(name, "style") == 0) *current = 0;
    if (type != XML_READER_TYPE_ELEMENT) return true;
    if (strcmp(name, "style") == 0) {
        char *id = attribute(reader, "styleId");
        *current = 0;
        if (id && map_put(d->style_ids, id, strlen(id), (uint32_t)d->styles.count)) {
            vec_push(&d->styles, (Style){0});
            if (!xmlTextReaderIsEmptyElement(reader)) *current = d->styles.count;
        }
        free(id);
        return true;
    }
    if (*current == 0) return true;
    Style *style = &d->styles.items[*current - 1];
    if (strcmp(name, "outlineLvl") == 0) {
        int level = number_attribute(reader, "val", 9);
        if (level < 9) style->level = level + 1;
    } else if (strcmp(name, "name") == 0 && style->level == 0) {
        char *value = attribute(reader, "val");
        if (value) style->level = level_of_name(value);
        free(value);
    } else if (strcmp(name, "basedOn") == 0 && !style->parent) {
        style->parent = attribute(reader, "val");
    }
    return true;
}

static int style_level(const Docx *d, const char *id)
{
    for (int depth = 0; depth < 16 && id; depth++) {
        uint32_t at = map_get(d->style_ids, id, strlen(id));
        if (at == MAP_NONE) return depth == 0 ? level_of_name(id) : 0;
        if (d->styles.items[at].level) return d->styles.items[at].level;
        id = d->styles.items[at].parent;
    }
    return 0;
}

/* docProps/core.xml. */
static bool visit_core(Docx *d, xmlTextReader *reader, void *context)
{
    bool *in_title = context;
    int type = xmlTextReaderNodeType(reader);
    if (type == XML_READER_TYPE_ELEMENT)
        *in_title =
            strcmp(local_name(reader), "title") == 0 && !xmlTextReaderIsEmptyElement(reader);
    else if (type == XML_READER_TYPE_END_ELEMENT)
        *in_title = false;
    else if (*in_title && type == XML_READER_TYPE_TEXT && !d->builder.document->title)
        d->builder.document->title = mem_strdup((const char *)xmlTextReaderConstValue(reader));
    return true;
}

typedef struct Body {
    int skip_depth; /* depth of the element whose inside is skipped, -1 when none */
    size_t cells;   /* open table cells */
    bool cell_due;  /* a cell stood before in this row */
    bool in_text;   /* inside w:t */
    bool item;      /* the paragraph is an item of a list */
    bool has_words; /* of this paragraph */
    bool skip_note; /* separators among the footnotes */
} Body;

static bool is_skipped(const char *name)
{
    static const char *const NAMES[] = {"Fallback", "del",  "moveFrom",  "instrText",
                                        "delText",  "pict", "rPrChange", "pPrChange",
                                        "sectPr",   "rt"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strcmp(name, NAMES[i]) == 0) return true;
    return false;
}

static void end_paragraph(Docx *d, Body *body)
{
    if (body->cells)
        builder_text(&d->builder, " ", 1);
    else if (body->item && d->builder.level == 0)
        builder_tight(&d->builder);
    else
        builder_paragraph(&d->builder);
    body->item = false;
    body->has_words = false;
}

/* Items of a list stand on lines one after another; what follows them is a paragraph again. */
static void begin_paragraph(Docx *d, const Body *body)
{
    if (body->item)
        builder_verbatim(&d->builder, "- ", 2);
    else if (body->cells == 0 && d->builder.line.size == 0 && !body->cell_due)
        d->builder.tight = false;
}

static void open_element(Docx *d, Body *body, xmlTextReader *reader, const char *name)
{
    Builder *b = &d->builder;
    if (strcmp(name, "p") == 0) {
        /* One inside another: a text box stands in the paragraph that it is tied to. */
        if (b->line.size) end_paragraph(d, body);
    } else if (strcmp(name, "pStyle") == 0) {
        char *id = attribute(reader, "val");
        int level = id ? style_level(d, id) : 0;
        if (level && body->cells == 0) builder_heading(b, level);
        free(id);
    } else if (strcmp(name, "outlineLvl") == 0) {
        int level = number_attribute(reader, "val", 9);
        if (level < 9 && body->cells == 0) builder_heading(b, level + 1);
    } else if (strcmp(name, "numPr") == 0) {
        body->item = body->cells == 0;
    } else if (strcmp(name, "t") == 0) {
        body->in_text = !xmlTextReaderIsEmptyElement(reader);
    } else if (strcmp(name, "tab") == 0 || strcmp(name, "ptab") == 0) {
        if (b->line.size) builder_text(b, " ", 1);
    } else if (strcmp(name, "br") == 0 || strcmp(name, "cr") == 0) {
        if (body->cells || b->level)
            builder_text(b, " ", 1);
        else
            builder_line(b);
    } else if (strcmp(name, "noBreakHyphen") == 0) {
        builder_text(b, "-", 1);
    } else if (strcmp(name, "tr") == 0 && body->cells == 0) {
        builder_tight(b);
        body->cell_due = false;
    } else if (strcmp(name, "tc") == 0 && !xmlTextReaderIsEmptyElement(reader)) {
        if (body->cells++ == 0 && body->cell_due) builder_tab(b);
        body->cell_due = true;
    } else if (strcmp(name, "tbl") == 0 && body->cells == 0) {
        builder_paragraph(b);
    } else if (strcmp(name, "footnote") == 0 || strcmp(name, "endnote") == 0) {
        char *kind = attribute(reader, "type");
        body->skip_note = kind && strcmp(kind, "normal") != 0;
        free(kind);
    }
}

static void close_element(Docx *d, Body *body, const char *name)
{
    if (strcmp(name, "p") == 0)
        end_paragraph(d, body);
    else if (strcmp(name, "t") == 0)
        body->in_text = false;
    else if (strcmp(name, "tc") == 0)
        body->cells -= body->cells > 0;
    else if (strcmp(name, "tr") == 0 && body->cells == 0)
        builder_tight(&d->builder);
    else if (strcmp(name, "tbl") == 0 && body->cells == 0) {
        builder_paragraph(&d->builder);
        body->cell_due = false;
    }
}

static bool visit_body(Docx *d, xmlTextReader *reader, void *context)
{
    Body *body = context;
    int type = xmlTextReaderNodeType(reader), depth = xmlTextReaderDepth(reader);
    const char *name = local_name(reader);
    if (body->skip_depth >= 0) {
        if (type == XML_READER_TYPE_END_ELEMENT && depth == body->skip_depth) body->skip_depth = -1;
        return true;
    }
    if (type == XML_READER_TYPE_ELEMENT) {
        if (is_skipped(name)) {
            if (!xmlTextReaderIsEmptyElement(reader)) body->skip_depth = depth;
            return true;
        }
        open_element(d, body, reader, name);
    } else if (type == XML_READER_TYPE_END_ELEMENT) {
        close_element(d, body, name);
    } else if (body->in_text && !body->skip_note &&
               (type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA ||
                type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE ||
                type == XML_READER_TYPE_WHITESPACE)) {
        const char *text = (const char *)xmlTextReaderConstValue(reader);
        if (!body->has_words && d->builder.level == 0) begin_paragraph(d, body);
        body->has_words = true;
        builder_text(&d->builder, text, strlen(text));
    }
    return true;
}

static bool read_part(Docx *d, const char *name, bool *ret_found)
{
    Body body = {.skip_depth = -1};
    bool ok = read_entry(d, name, visit_body, &body, ret_found);
    builder_paragraph(&d->builder);
    return ok;
}

static bool read_parts(Docx *d)
{
    bool found, in_title = false;
    size_t style = 0;
    if (!read_entry(d, "word/styles.xml", visit_styles, &style, &found)) return false;
    if (!read_entry(d, "docProps/core.xml", visit_core, &in_title, &found)) return false;
    if (!read_part(d, "word/document.xml", &found)) return false;
    if (!found)
        return err_set(d->err, ERR_FORMAT,
                       "is a zip archive but no docx: it has no word/document.xml");
    if (!read_part(d, "word/footnotes.xml", &found)) return false;
    return read_part(d, "word/endnotes.xml", &found);
}

static bool open_archive(Docx *d, const char *bytes, size_t size)
{
    const char *signature = encoding_signature(bytes, size);
    if (size < 4 || memcmp(bytes, "PK", 2) != 0)
        return err_set(d->err, ERR_FORMAT, "is no docx but %s",
                       signature ? signature : "something else");
    zip_error_t reason;
    zip_error_init(&reason);
    zip_source_t *source = zip_source_buffer_create(bytes, size, 0, &reason);
    d->zip = source ? zip_open_from_source(source, ZIP_RDONLY, &reason) : NULL;
    if (!d->zip) {
        err_set(d->err, ERR_FORMAT, "is a broken docx: %s", zip_error_strerror(&reason));
        zip_source_free(source);
    }
    zip_error_fini(&reason);
    if (!d->zip) return false;
    if (zip_get_num_entries(d->zip, 0) > ENTRIES_LIMIT)
        return err_set(d->err, ERR_LIMIT, "has more than %d entries", ENTRIES_LIMIT);
    return true;
}

bool read_docx(const char *path, const char *bytes, size_t size, const Cancel *cancel,
               Document *out, Err *err)
{
    (void)path;
    xml_quiet_start();
    Err reason = {0};
    Docx d = {.cancel = cancel, .style_ids = map_new(), .err = &reason};
    builder_init(&d.builder, out);
    bool ok = open_archive(&d, bytes, size) && read_parts(&d);
    if (d.zip) zip_discard(d.zip);
    for (size_t i = 0; i < d.styles.count; i++) free(d.styles.items[i].parent);
    vec_release(&d.styles);
    map_free(d.style_ids);
    builder_release(&d.builder);
    if (!ok && err) *err = reason;
    return ok;
}
