#include "reader_helper.h"

static void test_readers_by_ending(void **state)
{
    (void)state;
    assert_string_equal(reader_for("a/b/notes.TXT")->name, "text");
    assert_string_equal(reader_for("x.md")->name, "markdown");
    assert_string_equal(reader_for("x.tar.HTML")->name, "html");
    assert_string_equal(reader_for("x.jsonl")->name, "jsonl");
    assert_string_equal(reader_for("x.json")->name, "json");
    assert_null(reader_for("x.exe"));
    assert_null(reader_for("folder.txt/noending"));
    assert_null(reader_for("txt"));
    for (size_t i = 0; i < READER_COUNT; i++) {
        assert_non_null(READERS[i].read);
        assert_true(READERS[i].endings[0] == '.');
        assert_true(strlen(READERS[i].describes) > 5);
    }
}

static void test_bad_files_are_refused_by_name(void **state)
{
    (void)state;
    EXPECT_REFUSED("empty.txt", "", ERR_FORMAT, "empty");
    EXPECT_REFUSED("blank.md", " \n\n\t\n", ERR_FORMAT, "no text");
    EXPECT_REFUSED("what.xyz", "hi", ERR_FORMAT, ".docx");
    EXPECT_REFUSED("program.txt",
                   "\x7F"
                   "ELF\2\1\1\0\0\0\0",
                   ERR_FORMAT, "a program");
    EXPECT_REFUSED("paper.txt", "%PDF-1.4", ERR_FORMAT, "a PDF");
    Document d = {0};
    Err err = {0};
    assert_false(reader_read("/nonexistent/a.txt", NULL, &d, &err));
    assert_non_null(strstr(err.message, "/nonexistent/a.txt"));
    assert_false(reader_read("/tmp", NULL, &d, &err));
    assert_null(d.title);
}

static void test_endless_words_and_lines(void **state)
{
    (void)state;
    size_t size = ((size_t)64 << 20) + 100;
    char *bytes = malloc(size);
    memset(bytes, 'a', size);
    expect_refused("long.txt", bytes, 2 << 20, ERR_LIMIT, "without a blank");
    for (size_t i = 0; i < size; i += 8) bytes[i] = ' ';
    expect_refused("long.txt", bytes, size, ERR_LIMIT, "a line of more than");
    for (size_t i = 7; i < size; i += 8000) bytes[i] = '\n';
    Document d = read_good("long.txt", bytes, 1 << 20);
    document_release(&d);
    free(bytes);
}

static void test_text(void **state)
{
    (void)state;
    EXPECT_TEXT("a.txt", "One\nline two  \r\n\n\n\n  indented\n", "One\nline two\n\n  indented\n");
    Document d = READ("my notes.txt", "hello");
    assert_string_equal(d.title, "my notes");
    assert_string_equal(d.format, "text");
    assert_int_equal(document_page(&d, 0), 0);
    document_release(&d);
    d = READ("u.txt", "\xFF\xFEh\0i\0");
    assert_string_equal(d.encoding, "UTF-16LE");
    document_release(&d);
}

static void test_markdown_headings(void **state)
{
    (void)state;
    Document d = READ("a.md", "# One #\n\ntext\n\nTwo *words*\nmore\n===\n\n### "
                              "Three\n#no\n####### seven\nSub\n---\n- item\n---\n");
    assert_int_equal(d.headings.count, 4);
    expect_heading(&d, 0, "1 One");
    expect_heading(&d, 1, "1 Two *words* more");
    expect_heading(&d, 2, "3 Three");
    expect_heading(&d, 3, "2 #no ####### seven Sub");
    assert_string_equal(d.title, "One");
    document_release(&d);
}

static void test_markdown_code_is_verbatim(void **state)
{
    (void)state;
    static const char CODE[] = "```sh\n# no heading\n\n\n<!-- kept -->\n```\n";
    EXPECT_TEXT("a.md", CODE, CODE);
    EXPECT_TEXT("a.md", "~~~~\n# a\n~~~\n# b\n~~~~\n", "~~~~\n# a\n~~~\n# b\n~~~~\n");
    Document d = READ("a.md", "    # indented code\n\n# real\n\n```\nnever closed\n# not one\n");
    assert_int_equal(d.headings.count, 1);
    expect_heading(&d, 0, "1 real");
    document_release(&d);
}

static void test_markdown_comments_and_front_matter(void **state)
{
    (void)state;
    Document d = READ("a.md", "---\ntags: x\ntitle: \"The: title\"\n---\n\n# H\n\na <!-- gone\n# "
                              "gone -->b `<!-- kept -->`\n");
    assert_string_equal(d.title, "The: title");
    assert_string_equal(str_get(&d.text), "# H\n\na b `<!-- kept -->`\n");
    assert_int_equal(d.headings.count, 1);
    document_release(&d);
    EXPECT_TEXT("a.md", "text\n<!-- never closed\n", "text\n<!-- never closed\n");
    EXPECT_TEXT("a.md", "---\nJust a rule above.\n---\n", "---\nJust a rule above.\n---\n");
    d = READ("a.md", "+++\ntitle = 'T'\n+++\nx\n");
    assert_string_equal(d.title, "T");
    document_release(&d);
}

static void test_document_helpers(void **state)
{
    (void)state;
    Document d = {0};
    assert_int_equal(document_page(&d, 5), 0);
    vec_push(&d.pages, (PageMark){.at = 0, .page = 1});
    vec_push(&d.pages, (PageMark){.at = 10, .page = 2});
    vec_push(&d.pages, (PageMark){.at = 10, .page = 3});
    assert_int_equal(document_page(&d, 0), 1);
    assert_int_equal(document_page(&d, 9), 1);
    assert_int_equal(document_page(&d, 10), 3);
    assert_int_equal(document_page(&d, 1000), 3);
    str_add(&d.text, "##  C# \n and F#");
    Str words = {0};
    document_heading(&d, &(HeadingMark){.at = 0, .end = d.text.size, .level = 2}, &words);
    assert_string_equal(str_get(&words), "C# and F#");
    str_release(&words);
    document_release(&d);
    document_release(&d);
}

static void test_cancelled(void **state)
{
    (void)state;
    Cancel cancel = {0};
    cancel_ask(&cancel);
    char path[] = "/tmp/hone-reader-XXXXXX.jsonl";
    int fd = mkstemps(path, 6);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "{\"text\":\"a\"}\n", 13), 13);
    close(fd);
    Document d = {0};
    Err err = {0};
    assert_false(reader_read(path, &cancel, &d, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readers_by_ending),
        cmocka_unit_test(test_bad_files_are_refused_by_name),
        cmocka_unit_test(test_endless_words_and_lines),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_markdown_headings),
        cmocka_unit_test(test_markdown_code_is_verbatim),
        cmocka_unit_test(test_markdown_comments_and_front_matter),
        cmocka_unit_test(test_document_helpers),
        cmocka_unit_test(test_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
