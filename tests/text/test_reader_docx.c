#include "reader_helper.h"

#include <zip.h>

#define W "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""
#define P(properties, text)                                                                        \
    "<w:p><w:pPr>" properties "</w:pPr><w:r><w:t xml:space=\"preserve\">" text "</w:t></w:r></"    \
    "w:p>"
#define STYLE(id) "<w:pStyle w:val=\"" id "\"/>"
#define BODY(inside)                                                                               \
    "<?xml version=\"1.0\"?><w:document " W "><w:body>" inside "</w:body></w:document>"

typedef struct Part {
    const char *name, *xml;
    size_t size; /* 0: up to the NUL */
} Part;

/* A zip archive of the parts; *out is the caller's. */
static void make_zip(const Part *parts, size_t count, Str *out)
{
    char path[] = "/tmp/hone-docx-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    for (size_t i = 0; i < count; i++) {
        size_t size = parts[i].size ? parts[i].size : strlen(parts[i].xml);
        zip_source_t *source = zip_source_buffer(zip, parts[i].xml, size, 0);
        assert_true(zip_file_add(zip, parts[i].name, source, 0) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
    assert_true(file_read(path, SIZE_MAX / 2, out, NULL));
    unlink(path);
}

static Document read_parts(const Part *parts, size_t count)
{
    Str bytes = {0};
    make_zip(parts, count, &bytes);
    Document d = read_good("a.docx", bytes.data, bytes.size);
    str_release(&bytes);
    return d;
}

static void expect_body(const char *xml, const char *wanted)
{
    Part part = {.name = "word/document.xml", .xml = xml};
    Document d = read_parts(&part, 1);
    assert_string_equal(str_get(&d.text), wanted);
    document_release(&d);
}

static void expect_parts_refused(const Part *parts, size_t count, ErrKind kind, const char *says)
{
    Str bytes = {0};
    make_zip(parts, count, &bytes);
    expect_refused("bad.docx", bytes.data, bytes.size, kind, says);
    str_release(&bytes);
}

static void test_headings_by_style(void **state)
{
    (void)state;
    const Part parts[] = {
        {.name = "word/document.xml",
         .xml = BODY(P(STYLE("T"), "The title") P(STYLE("H1"), "Intro") P("", "Text &amp; more.")
                         P(STYLE("a2"), "二级") P("<w:outlineLvl w:val=\"2\"/>", "Direct"))},
        {.name = "word/styles.xml",
         .xml =
             "<w:styles " W
             "><w:style w:styleId=\"H1\"><w:name w:val=\"heading 1\"/></w:style><w:style "
             "w:styleId=\"T\"><w:name w:val=\"Title\"/></w:style>"
             "<w:style w:styleId=\"a2\"><w:name w:val=\"Own\"/><w:basedOn w:val=\"a3\"/></w:style>"
             "<w:style w:styleId=\"a3\"><w:name w:val=\"标题 2\"/><w:basedOn "
             "w:val=\"a2\"/></w:style></w:styles>"},
        {.name = "docProps/core.xml",
         .xml = "<c:coreProperties xmlns:c=\"c\" xmlns:dc=\"d\"><dc:title>Core "
                "title</dc:title></c:coreProperties>"},
    };
    Document d = read_parts(parts, 3);
    assert_string_equal(d.title, "Core title");
    assert_int_equal(d.headings.count, 4);
    expect_heading(&d, 0, "1 The title");
    expect_heading(&d, 1, "1 Intro");
    expect_heading(&d, 2, "2 二级");
    expect_heading(&d, 3, "3 Direct");
    assert_string_equal(str_get(&d.text), "The title\n\nIntro\n\nText & more.\n\n二级\n\nDirect\n");
    document_release(&d);
}

static void test_runs_lists_and_tables(void **state)
{
    (void)state;
    expect_body(BODY("<w:p><w:r><w:t>spl</w:t></w:r><w:r><w:t>it</w:t><w:br/><w:t>line</w:t></w:r>"
                     "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:instrText>PAGE</"
                     "w:instrText></w:r></w:p>"),
                "split\nline\n");
    expect_body(BODY(P("", "a") P("<w:numPr/>", "one") P("<w:numPr/>", "two") P("", "b")),
                "a\n\n- one\n- two\n\nb\n");
    expect_body(BODY("<w:tbl><w:tr><w:tc>" P("", "A") "</w:tc><w:tc>" P("", "B")
                         P("", "b") "</w:tc></w:tr><w:tr><w:tc>" P("", "1") "</w:tc><w:tc>" P(
                             "", "2") "</w:tc></w:tr></w:tbl>" P("", "end")),
                "A\tB b\n1\t2\n\nend\n");
}

static void test_footnotes_are_kept(void **state)
{
    (void)state;
    const Part parts[] = {
        {.name = "word/document.xml", .xml = BODY(P("", "text"))},
        {.name = "word/footnotes.xml",
         .xml = "<w:footnotes " W "><w:footnote w:type=\"separator\">" P(
             "", "line") "</w:footnote><w:footnote w:id=\"1\">" P("", "a note") "</w:footnote></"
                                                                                "w:footnotes>"},
    };
    Document d = read_parts(parts, 2);
    assert_string_equal(str_get(&d.text), "text\n\na note\n");
    document_release(&d);
}

static void test_bombs_and_entities_are_refused(void **state)
{
    (void)state;
    size_t size = (size_t)50 << 20;
    char *blanks = malloc(size);
    memset(blanks, ' ', size);
    memcpy(blanks, "<a>", 3);
    Part bomb = {.name = "word/document.xml", .xml = blanks, .size = size};
    expect_parts_refused(&bomb, 1, ERR_LIMIT, "bomb");
    free(blanks);
    Part entities = {.name = "word/document.xml",
                     .xml = "<!DOCTYPE a [<!ENTITY a \"xxxx\"><!ENTITY b \"&a;&a;\">]>"
                            "<w:document " W
                            "><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>"};
    expect_parts_refused(&entities, 1, ERR_FORMAT, "entities");
    Part outside = {.name = "word/document.xml",
                    .xml = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"};
    expect_parts_refused(&outside, 1, ERR_FORMAT, "entities");
}

static void test_broken_files(void **state)
{
    (void)state;
    EXPECT_REFUSED("a.docx", "hello", ERR_FORMAT, "no docx");
    EXPECT_REFUSED("a.docx", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", ERR_FORMAT, "old Office");
    EXPECT_REFUSED("a.docx", "PK\3\4 and then nothing", ERR_FORMAT, "broken docx");
    Part other = {.name = "a.txt", .xml = "hi"};
    expect_parts_refused(&other, 1, ERR_FORMAT, "word/document.xml");
    Part cut = {.name = "word/document.xml", .xml = "<w:document " W "><w:body><w:p>"};
    expect_parts_refused(&cut, 1, ERR_FORMAT, "broken XML");
    Str deep = {0};
    for (int i = 0; i < 100000; i++) str_add(&deep, "<a>");
    Part nested = {.name = "word/document.xml", .xml = deep.data};
    expect_parts_refused(&nested, 1, ERR_FORMAT, "broken XML");
    str_release(&deep);
}

static void test_any_cut_is_survived(void **state)
{
    (void)state;
    Str bytes = {0};
    Part part = {.name = "word/document.xml", .xml = BODY(P("", "some words"))};
    make_zip(&part, 1, &bytes);
    for (size_t size = 4; size < bytes.size; size += 7)
        expect_refused("cut.docx", bytes.data, size, ERR_FORMAT, "cut.docx");
    for (size_t i = 30; i < bytes.size;
         i += 5) { /* flipped bits may leave a readable file: no crash is what counts */
        bytes.data[i] ^= 0x55;
        Document d = {0};
        if (read_bytes_as("flip.docx", bytes.data, bytes.size, &d, NULL)) document_release(&d);
        bytes.data[i] ^= 0x55;
    }
    str_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headings_by_style),
        cmocka_unit_test(test_runs_lists_and_tables),
        cmocka_unit_test(test_footnotes_are_kept),
        cmocka_unit_test(test_bombs_and_entities_are_refused),
        cmocka_unit_test(test_broken_files),
        cmocka_unit_test(test_any_cut_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
