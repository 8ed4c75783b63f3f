/* Reads bytes as a file of a given ending, from a folder that is removed again. */
#ifndef TESTS_TEXT_READER_HELPER_H
#define TESTS_TEXT_READER_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utf8.h"
#include "text/reader.h"

static inline bool read_bytes_as(const char *name, const void *bytes, size_t size, Document *ret,
                                 Err *err)
{
    char folder[] = "/tmp/hone-reader-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *path = str_format("%s/%s", folder, name);
    assert_true(file_write(path, bytes, size, NULL));
    bool ok = reader_read(path, NULL, ret, err);
    unlink(path);
    rmdir(folder);
    free(path);
    return ok;
}

/* What every reader owes the chunker; see document.h. */
static inline void check_document(const Document *d)
{
    const char *text = str_get(&d->text);
    assert_non_null(d->title);
    assert_true(d->title[0] != '\0');
    assert_null(strchr(d->title, '\n'));
    assert_non_null(d->format);
    assert_non_null(d->encoding);
    assert_true(utf8_valid(text, d->text.size, NULL));
    assert_true(d->text.size > 0 && text[d->text.size - 1] == '\n');
    for (size_t i = 0; i < d->text.size; i++) {
        unsigned char c = (unsigned char)text[i];
        assert_true(c >= 0x20 || c == '\t' || c == '\n');
        assert_true(c != 0x7F);
    }
    size_t last = 0;
    for (size_t i = 0; i < d->headings.count; i++) {
        const HeadingMark *h = &d->headings.items[i];
        assert_true(h->at >= last && h->end <= d->text.size);
        assert_true(h->level == 0 ? h->at == h->end : h->at < h->end);
        assert_true(h->at == 0 || text[h->at - 1] == '\n');
        assert_true(h->level == 0 || text[h->end] == '\n');
        last = h->at;
    }
    last = 0;
    for (size_t i = 0; i < d->pages.count; i++) {
        assert_true(d->pages.items[i].at >= last && d->pages.items[i].at <= d->text.size);
        last = d->pages.items[i].at;
    }
}

static inline Document read_good(const char *name, const void *bytes, size_t size)
{
    Document d = {0};
    Err err = {0};
    if (!read_bytes_as(name, bytes, size, &d, &err)) fail_msg("%s", err.message);
    check_document(&d);
    return d;
}

#define READ(name, literal) read_good((name), (literal), sizeof(literal) - 1)

/* Reads, compares the text as a whole, releases. */
#define EXPECT_TEXT(name, literal, wanted)                                                         \
    do {                                                                                           \
        Document expect_ = READ(name, literal);                                                    \
        assert_string_equal(str_get(&expect_.text), (wanted));                                     \
        document_release(&expect_);                                                                \
    } while (0)

/* The file is refused with this kind, and the message names the file and says this. */
static inline void expect_refused(const char *name, const void *bytes, size_t size, ErrKind kind,
                                  const char *says)
{
    Document d = {0};
    Err err = {0};
    assert_false(read_bytes_as(name, bytes, size, &d, &err));
    assert_null(d.title);
    assert_int_equal(d.text.size, 0);
    if (!strstr(err.message, says)) fail_msg("\"%s\" does not say \"%s\"", err.message, says);
    assert_non_null(strstr(err.message, name));
    assert_int_equal(err.kind, kind);
}

#define EXPECT_REFUSED(name, literal, kind, says)                                                  \
    expect_refused((name), (literal), sizeof(literal) - 1, (kind), (says))

/* The heading's level and words; the caller's. */
static inline char *heading_words(const Document *d, size_t i)
{
    assert_true(i < d->headings.count);
    Str words = {0};
    str_addf(&words, "%d ", d->headings.items[i].level);
    document_heading(d, &d->headings.items[i], &words);
    return str_take(&words);
}

static inline void expect_heading(const Document *d, size_t i, const char *wanted)
{
    char *words = heading_words(d, i);
    assert_string_equal(words, wanted);
    free(words);
}

#endif
