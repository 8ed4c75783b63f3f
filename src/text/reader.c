#include "text/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/utf8.h"
#include "text/readers.h"

/* Longer than any word, address or table row: such a file is data, and one chunk could not hold it.
 */
#define WORD_LIMIT_BYTES ((size_t)1 << 20)
#define LINE_LIMIT_BYTES ((size_t)64 << 20)
#define TITLE_LIMIT_BYTES 200

const Reader READERS[] = {
    {.name = "text", .endings = ".txt .text", .describes = "plain text", .read = read_text},
    {.name = "markdown",
     .endings = ".md .markdown",
     .describes = "Markdown with its headings",
     .read = read_markdown},
    {.name = "html", .endings = ".html .htm .xhtml", .describes = "web pages", .read = read_html},
    {.name = "pdf",
     .endings = ".pdf",
     .describes = "PDF with pages and headings, through pdftotext",
     .read = read_pdf,
     .by_path = true},
    {.name = "docx", .endings = ".docx", .describes = "Word documents", .read = read_docx},
    {.name = "json",
     .endings = ".json",
     .describes = "an object or an array of records",
     .read = read_json},
    {.name = "jsonl",
     .endings = ".jsonl .ndjson",
     .describes = "a record a line",
     .read = read_jsonl},
    {.name = "csv",
     .endings = ".csv",
     .describes = "a record a row, with a header row",
     .read = read_csv},
    {.name = "tsv",
     .endings = ".tsv",
     .describes = "the same, separated by tabs",
     .read = read_tsv},
};
const size_t READER_COUNT = sizeof READERS / sizeof *READERS;

static bool has_ending(const char *path, const char *endings)
{
    for (const char *e = endings; *e;) {
        size_t size = strcspn(e, " ");
        char ending[16];
        memcpy(ending, e, size);
        ending[size] = '\0';
        if (str_ends_nocase(path, ending)) return true;
        e += size;
        while (*e == ' ') e++;
    }
    return false;
}

const Reader *reader_for(const char *path)
{
    const char *name = file_name(path);
    for (size_t i = 0; i < READER_COUNT; i++)
        if (has_ending(name, READERS[i].endings)) return &READERS[i];
    return NULL;
}

static bool unknown_format(const char *path, Err *err)
{
    Str known = {0};
    for (size_t i = 0; i < READER_COUNT; i++)
        str_addf(&known, "%s%s", i ? " " : "", READERS[i].endings);
    err_set(err, ERR_FORMAT, "%s: no reader for this kind of file; readable are %s", path,
            str_get(&known));
    str_release(&known);
    return false;
}

static bool check_lines(const Document *d, Err *err)
{
    size_t run = 0, line = 0;
    for (size_t i = 0; i < d->text.size; i++) {
        unsigned char c = (unsigned char)d->text.data[i];
        line = c == '\n' ? 0 : line + 1;
        if (line > LINE_LIMIT_BYTES)
            return err_set(err, ERR_LIMIT,
                           "a line of more than %zu MB: this is data, not text to read",
                           LINE_LIMIT_BYTES >> 20);
        run = c > ' ' && c < 0x80 ? run + 1 : 0;
        if (run > WORD_LIMIT_BYTES)
            return err_set(err, ERR_LIMIT,
                           "more than %zu bytes without a blank: this is data, not text to read",
                           WORD_LIMIT_BYTES);
    }
    return true;
}

static bool has_words(const Document *d)
{
    for (size_t i = 0; i < d->text.size;) {
        uint32_t code;
        i += utf8_next(d->text.data + i, d->text.size - i, &code);
        if (utf8_is_word(code)) return true;
    }
    return false;
}

/* One line of clean text, cut at a character. */
static void tidy_title(Document *d)
{
    Str clean = {0};
    utf8_clean(d->title, strlen(d->title), &clean);
    Document words = {.text = clean};
    HeadingMark all = {.at = 0, .end = clean.size, .level = 1};
    Str title = {0};
    document_heading(&words, &all, &title);
    str_release(&words.text);
    if (title.size > TITLE_LIMIT_BYTES) {
        size_t cut = TITLE_LIMIT_BYTES;
        while (cut > 0 && ((unsigned char)title.data[cut] & 0xC0) == 0x80) cut--;
        str_truncate(&title, cut);
        str_add(&title, "…");
    }
    free(d->title);
    d->title = title.size ? str_take(&title) : NULL;
    str_release(&title);
}

static void set_title(Document *d, const Reader *reader, const char *path)
{
    if (d->title) tidy_title(d);
    size_t records = 0;
    for (size_t i = 0; i < d->headings.count; i++) records += d->headings.items[i].level == 0;
    for (size_t i = 0; i < d->headings.count && !d->title && records < 2; i++) {
        Str title = {0};
        document_heading(d, &d->headings.items[i], &title);
        d->title = str_take(&title);
        tidy_title(d);
    }
    if (d->title) return;
    const char *name = file_name(path);
    const char *dot = strrchr(name, '.');
    d->title =
        dot && dot > name && reader ? mem_strndup(name, (size_t)(dot - name)) : mem_strdup(name);
    tidy_title(d);
    if (!d->title) d->title = mem_strdup("untitled");
}

static bool read_into(const Reader *reader, const char *path, const Cancel *cancel, Document *d,
                      Err *err)
{
    FileInfo info;
    if (!file_info(path, &info, err)) return false;
    if (info.is_directory || !info.is_regular)
        return err_set(err, ERR_FORMAT, "%s: not a regular file", path);
    if (info.size_bytes == 0) return err_set(err, ERR_FORMAT, "%s: the file is empty", path);
    Str bytes = {0};
    bool ok = reader->by_path || file_read(path, READER_FILE_LIMIT_BYTES, &bytes, err);
    if (ok) {
        d->format = reader->name;
        d->encoding = "UTF-8";
        Err reason = {0};
        ok = reader->read(path, str_get(&bytes), bytes.size, cancel, d, &reason);
        if (ok && !has_words(d)) ok = err_set(&reason, ERR_FORMAT, "there is no text in it");
        if (ok) ok = check_lines(d, &reason);
        if (!ok && reason.kind == ERR_CANCELLED && err)
            *err = reason;
        else if (!ok)
            err_set(err, reason.kind, "%s: %s", path, reason.message);
    }
    str_release(&bytes);
    return ok;
}

bool reader_read(const char *path, const Cancel *cancel, Document *ret, Err *err)
{
    const Reader *reader = reader_for(path);
    if (!reader) return unknown_format(path, err);
    Document d = {0};
    if (!read_into(reader, path, cancel, &d, err)) {
        document_release(&d);
        return false;
    }
    set_title(&d, reader, path);
    *ret = d;
    return true;
}
