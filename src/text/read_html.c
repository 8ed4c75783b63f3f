/* HTML: libxml2's parser as a stream of events, so that memory does not grow with the page's tree.
 * Headings, title and blocks are kept; scripts, styles and navigation are left out. */
#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "text/builder.h"
#include "text/encoding.h"
#include "text/readers.h"
#include "text/xml_quiet.h"

#define DEPTH_LIMIT 1000
#define SIZE_LIMIT_BYTES ((size_t)256 << 20)
#define CHARSET_SEARCH_BYTES 4096
#define EVENTS_PER_CHECK 4096

typedef enum Kind {
    KIND_INLINE,
    KIND_SKIP,
    KIND_BLOCK,
    KIND_HEADING,
    KIND_TITLE,
    KIND_PRE,
    KIND_LIST,
    KIND_ITEM,
    KIND_TIGHT, /* a block whose neighbours stand on the next line: dt, dd, caption */
    KIND_ROW,
    KIND_CELL,
    KIND_BREAK,
} Kind;

typedef struct Element {
    const char *name;
    Kind kind;
} Element;

/* Sorted by name. What is not here is inline. */
static const Element ELEMENTS[] = {
    {"address", KIND_BLOCK},    {"article", KIND_BLOCK},    {"aside", KIND_BLOCK},
    {"audio", KIND_SKIP},       {"blockquote", KIND_BLOCK}, {"body", KIND_BLOCK},
    {"br", KIND_BREAK},         {"button", KIND_SKIP},      {"canvas", KIND_SKIP},
    {"caption", KIND_TIGHT},    {"center", KIND_BLOCK},     {"dd", KIND_TIGHT},
    {"details", KIND_BLOCK},    {"dialog", KIND_BLOCK},     {"div", KIND_BLOCK},
    {"dl", KIND_BLOCK},         {"dt", KIND_TIGHT},         {"fieldset", KIND_BLOCK},
    {"figcaption", KIND_BLOCK}, {"figure", KIND_BLOCK},     {"footer", KIND_BLOCK},
    {"form", KIND_BLOCK},       {"h1", KIND_HEADING},       {"h2", KIND_HEADING},
    {"h3", KIND_HEADING},       {"h4", KIND_HEADING},       {"h5", KIND_HEADING},
    {"h6", KIND_HEADING},       {"header", KIND_BLOCK},     {"hr", KIND_BLOCK},
    {"iframe", KIND_SKIP},      {"legend", KIND_BLOCK},     {"li", KIND_ITEM},
    {"main", KIND_BLOCK},       {"math", KIND_INLINE},      {"menu", KIND_LIST},
    {"nav", KIND_SKIP},         {"noframes", KIND_SKIP},    {"noscript", KIND_SKIP},
    {"object", KIND_SKIP},      {"ol", KIND_LIST},          {"option", KIND_TIGHT},
    {"p", KIND_BLOCK},          {"pre", KIND_PRE},          {"rp", KIND_SKIP},
    {"script", KIND_SKIP},      {"section", KIND_BLOCK},    {"select", KIND_SKIP},
    {"style", KIND_SKIP},       {"summary", KIND_BLOCK},    {"svg", KIND_SKIP},
    {"table", KIND_BLOCK},      {"tbody", KIND_INLINE},     {"td", KIND_CELL},
    {"template", KIND_SKIP},    {"textarea", KIND_SKIP},    {"th", KIND_CELL},
    {"title", KIND_TITLE},      {"tr", KIND_ROW},           {"ul", KIND_LIST},
    {"video", KIND_SKIP},
};

typedef struct Page {
    Builder builder;
    htmlParserCtxt *parser; /* borrowed; for its depth and to stop it */
    const Cancel *cancel;
    Str title;
    size_t skip; /* depth inside skipped elements; everything below is dropped */
    size_t pre, cells, headings, titles, lists; /* how many of these are open */
    size_t numbers[8]; /* of the open lists: the last item's number, 0 for lists with bullets */
    size_t events;
    bool cell_due;   /* a cell stood before in this row */
    bool marker_due; /* an item's "- " is to be written before its first words */
    bool failed;
    Err err;
} Page;

static int compare_name(const void *key, const void *element)
{
    return strcasecmp(key, ((const Element *)element)->name);
}

static Kind kind_of(const char *name)
{
    const Element *e =
        bsearch(name, ELEMENTS, sizeof ELEMENTS / sizeof *ELEMENTS, sizeof *ELEMENTS, compare_name);
    return e ? e->kind : KIND_INLINE;
}

static bool is_hidden(const xmlChar **attributes)
{
    for (size_t i = 0; attributes && attributes[i]; i += 2)
        if (strcasecmp((const char *)attributes[i], "hidden") == 0) return true;
    return false;
}

static bool is_void(const char *name)
{
    static const char *const VOID[] = {"area", "base", "br",    "col",  "embed", "frame",
                                       "hr",   "img",  "input", "link", "meta",  "param"};
    for (size_t i = 0; i < sizeof VOID / sizeof *VOID; i++)
        if (strcasecmp(name, VOID[i]) == 0) return true;
    return false;
}

static void stop(Page *p)
{
    p->failed = true;
    xmlStopParser(p->parser);
}

static bool may_go_on(Page *p)
{
    if (p->failed) return false;
    if (++p->events % EVENTS_PER_CHECK == 0 && !cancel_check(p->cancel, &p->err)) stop(p);
    if (!p->failed && p->parser->nameNr > DEPTH_LIMIT) {
        err_set(&p->err, ERR_LIMIT, "its elements are nested more than %d deep", DEPTH_LIMIT);
        stop(p);
    }
    return !p->failed;
}

static void end_block(Page *p)
{
    /* A cell is one line of its row, whatever stands in it. */
    if (p->cells || p->headings)
        builder_text(&p->builder, " ", 1);
    else if (p->lists)
        builder_tight(&p->builder);
    else
        builder_paragraph(&p->builder);
}

static void end_tight(Page *p)
{
    if (p->cells || p->headings)
        end_block(p);
    else
        builder_tight(&p->builder);
}

static void open_list(Page *p, const char *name)
{
    if (p->lists == 0)
        end_block(p);
    else
        end_tight(p);
    p->lists++;
    if (p->lists <= 8) p->numbers[p->lists - 1] = strcasecmp(name, "ol") == 0 ? 1 : 0;
}

static void on_open(void *context, const xmlChar *name_bytes, const xmlChar **attributes)
{
    Page *p = context;
    const char *name = (const char *)name_bytes;
    if (!may_go_on(p)) return;
    Kind kind = kind_of(name);
    if (p->skip || kind == KIND_SKIP || is_hidden(attributes)) {
        p->skip += !is_void(name);
        return;
    }
    switch (kind) {
    case KIND_BLOCK:
        end_block(p);
        break;
    case KIND_HEADING:
        if (p->cells) break;
        if (p->headings++ == 0) builder_heading(&p->builder, name[1] - '0');
        break;
    case KIND_TITLE:
        p->titles++;
        break;
    case KIND_PRE:
        end_block(p);
        p->pre++;
        break;
    case KIND_LIST:
        open_list(p, name);
        break;
    case KIND_ITEM:
        end_tight(p);
        p->marker_due = p->cells == 0 && p->headings == 0;
        break;
    case KIND_TIGHT:
        end_tight(p);
        break;
    case KIND_ROW:
        if (p->cells == 0) end_tight(p);
        p->cell_due = false;
        break;
    case KIND_CELL:
        if (p->cells++ == 0 && p->cell_due) builder_tab(&p->builder);
        p->cell_due = true;
        break;
    case KIND_BREAK:
        if (p->cells || p->headings)
            builder_text(&p->builder, " ", 1);
        else
            builder_line(&p->builder);
        break;
    case KIND_INLINE:
    case KIND_SKIP:
        break;
    }
}

static void on_close(void *context, const xmlChar *name_bytes)
{
    Page *p = context;
    const char *name = (const char *)name_bytes;
    if (!may_go_on(p)) return;
    if (p->skip) {
        p->skip -= !is_void(name);
        return;
    }
    switch (kind_of(name)) {
    case KIND_BLOCK:
        end_block(p);
        break;
    case KIND_HEADING:
        if (p->headings && --p->headings == 0) builder_paragraph(&p->builder);
        break;
    case KIND_TITLE:
        p->titles -= p->titles > 0;
        break;
    case KIND_PRE:
        p->pre -= p->pre > 0;
        end_block(p);
        break;
    case KIND_LIST:
        p->lists -= p->lists > 0;
        p->marker_due = false;
        if (p->lists)
            end_tight(p);
        else
            end_block(p);
        break;
    case KIND_ITEM:
    case KIND_TIGHT:
        end_tight(p);
        break;
    case KIND_ROW:
        if (p->cells == 0) end_tight(p);
        break;
    case KIND_CELL:
        p->cells -= p->cells > 0;
        break;
    case KIND_BREAK:
    case KIND_INLINE:
    case KIND_SKIP:
        break;
    }
}

static void put_marker(Page *p)
{
    p->marker_due = false;
    size_t *number = p->lists && p->lists <= 8 ? &p->numbers[p->lists - 1] : NULL;
    char marker[32] = "- ";
    if (number && *number) snprintf(marker, sizeof marker, "%zu. ", (*number)++);
    builder_verbatim(&p->builder, marker, strlen(marker));
}

static bool is_all_blank(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!strchr(" \t\r\n\f", text[i]) || text[i] == '\0') return false;
    return true;
}

static void on_text(void *context, const xmlChar *bytes, int size)
{
    Page *p = context;
    if (!may_go_on(p) || p->skip || size <= 0) return;
    const char *text = (const char *)bytes;
    if (p->titles) {
        if (p->title.size < 1000) str_add_bytes(&p->title, text, (size_t)size);
        return;
    }
    if (p->marker_due && !is_all_blank(text, (size_t)size)) put_marker(p);
    if (p->pre && p->cells == 0 && p->headings == 0)
        builder_verbatim(&p->builder, text, (size_t)size);
    else
        builder_text(&p->builder, text, (size_t)size);
}

static bool parse(Page *p, const Str *text, Err *err)
{
    htmlSAXHandler handler = {
        .startElement = on_open,
        .endElement = on_close,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .warning = xml_quiet_error,
        .error = xml_quiet_error,
        .fatalError = xml_quiet_error,
    };
    htmlParserCtxt *parser = htmlCreateMemoryParserCtxt(str_get(text), (int)text->size);
    if (!parser) return err_set(err, ERR_FORMAT, "cannot be parsed as HTML");
    htmlSAXHandler *own = parser->sax;
    parser->sax = &handler;
    parser->userData = p;
    p->parser = parser;
    /* The text is UTF-8 by now: what its meta elements say of the bytes is over. */
    htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                   HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
    xmlSwitchEncoding(parser, XML_CHAR_ENCODING_UTF8);
    htmlParseDocument(parser);
    parser->sax = own;
    if (parser->myDoc) xmlFreeDoc(parser->myDoc);
    parser->myDoc = NULL;
    htmlFreeParserCtxt(parser);
    if (p->failed) {
        if (err) *err = p->err;
        return false;
    }
    return true;
}

/* The charset that a page's head names, "" when it names none. */
static void find_charset(const char *bytes, size_t size, char out[32])
{
    out[0] = '\0';
    size_t end = size < CHARSET_SEARCH_BYTES ? size : CHARSET_SEARCH_BYTES;
    for (size_t i = 0; i + 8 < end; i++) {
        if (strncasecmp(bytes + i, "charset=", 8) != 0) continue;
        i += 8;
        if (i < end && strchr("\"'", bytes[i]) && bytes[i]) i++;
        size_t n = 0;
        while (i + n < end && n < 31 &&
               (strchr("-_.:", bytes[i + n])
                    ? bytes[i + n] != '\0'
                    : ((bytes[i + n] | 32) >= 'a' && (bytes[i + n] | 32) <= 'z') ||
                          (bytes[i + n] >= '0' && bytes[i + n] <= '9')))
            n++;
        memcpy(out, bytes + i, n);
        out[n] = '\0';
        return;
    }
}

/* Valid UTF-8 is UTF-8 whatever the page says of itself; else its own word counts before our guess.
 */
static bool decode_page(const char *bytes, size_t size, Str *out, const char **ret_name, Err *err)
{
    char charset[32];
    find_charset(bytes, size, charset);
    bool named =
        charset[0] && strcasecmp(charset, "utf-8") != 0 && strncasecmp(charset, "utf-16", 6) != 0;
    if (!named || utf8_valid(bytes, size, NULL) || encoding_signature(bytes, size) ||
        memchr(bytes, 0, size))
        return encoding_decode(bytes, size, out, ret_name, err);
    return encoding_convert(bytes, size, charset, out, ret_name, err);
}

bool read_html(const char *path, const char *bytes, size_t size, const Cancel *cancel,
               Document *out, Err *err)
{
    (void)path;
    if (size > SIZE_LIMIT_BYTES)
        return err_set(err, ERR_LIMIT, "more than %zu MB of HTML", SIZE_LIMIT_BYTES >> 20);
    xml_quiet_start();
    Str text = {0};
    Page p = {.cancel = cancel};
    builder_init(&p.builder, out);
    bool ok = decode_page(bytes, size, &text, &out->encoding, err) &&
              (text.size == 0 || parse(&p, &text, err));
    if (ok) {
        builder_paragraph(&p.builder);
        if (p.title.size) out->title = str_take(&p.title);
    }
    builder_release(&p.builder);
    str_release(&p.title);
    str_release(&text);
    return ok;
}
