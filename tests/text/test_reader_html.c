#include "reader_helper.h"

static void test_blocks_and_headings(void **state)
{
    (void)state;
    Document d = READ("a.html", "<!DOCTYPE html><title>The &amp; title</title><body><h1>First "
                                "<em>one</em></h1><p>Some\n  text<p>more &copy; caf&eacute;"
                                "<br>next line<h3>Deep</h3>loose<div>a<span>b</span> c</div>");
    assert_string_equal(d.title, "The & title");
    assert_string_equal(
        str_get(&d.text),
        "First one\n\nSome text\n\nmore © café\nnext line\n\nDeep\n\nloose\n\nab c\n");
    assert_int_equal(d.headings.count, 2);
    expect_heading(&d, 0, "1 First one");
    expect_heading(&d, 1, "3 Deep");
    document_release(&d);
}

static void test_what_is_no_text_is_left_out(void **state)
{
    (void)state;
    EXPECT_TEXT("a.html",
                "<head><style>p{}</style></head><nav>menu<p>more menu</nav><p>text<script>if (a<b) "
                "alert('</p>')</script> goes on"
                "<p hidden>secret</p><svg><text>drawn</text></svg><noscript>turn it "
                "on</noscript><!-- remark --><p>end",
                "text goes on\n\nend\n");
}

static void test_lists_and_tables(void **state)
{
    (void)state;
    EXPECT_TEXT("a.html", "<ul><li>one<li><p>two</p><ol><li>a<li>b</ol><li>three</ul>after",
                "- one\n- two\n1. a\n2. b\n- three\n\nafter\n");
    EXPECT_TEXT("a.html",
                "<table><caption>C</caption><tr><th>A<th>B<tr><td>1<td><p>2</p><p>3</p></table>end",
                "C\nA\tB\n1\t2 3\n\nend\n");
    EXPECT_TEXT("a.html", "<dl><dt>term<dd>meaning</dl>", "term\nmeaning\n");
}

static void test_pre_is_verbatim(void **state)
{
    (void)state;
    EXPECT_TEXT("a.html", "<p>x<pre>\nif a:\n    b\n\n  c\n</pre>y",
                "x\n\nif a:\n    b\n\n  c\n\ny\n");
}

static void test_encodings(void **state)
{
    (void)state;
    Document d = READ("a.html", "<meta charset=iso-8859-1><p>caf\xE9");
    assert_string_equal(str_get(&d.text), "café\n");
    assert_string_equal(d.encoding, "WINDOWS-1252");
    document_release(&d);
    EXPECT_TEXT("a.html", "<meta charset=\"Shift_JIS\"><p>\x93\xFA\x96\x7B", "日本\n");
    EXPECT_TEXT("a.html", "<meta charset=\"iso-8859-1\"><p>caf\xC3\xA9 in truth",
                "café in truth\n");
    EXPECT_TEXT("a.html", "<p>no word of it: \xE4\xB8\xAD\xE6\x96\x87", "no word of it: 中文\n");
    EXPECT_REFUSED("a.html", "<meta charset=klingon><p>caf\xE9", ERR_FORMAT, "klingon");
}

static void test_hostile(void **state)
{
    (void)state;
    Str deep = {0};
    for (int i = 0; i < 100000; i++) str_add(&deep, "<div>");
    str_add(&deep, "x");
    expect_refused("deep.html", deep.data, deep.size, ERR_LIMIT, "nested");
    str_release(&deep);
    EXPECT_TEXT("a.html", "<p>a</b></i></td>b<<<&unknown;&#0;&#xD800;c", "ab<<<&unknown;c\n");
    EXPECT_REFUSED("a.html", "<script>only</script>", ERR_FORMAT, "no text");
    EXPECT_TEXT("a.html", "<p>cut off <b", "cut off\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_and_headings),
        cmocka_unit_test(test_what_is_no_text_is_left_out),
        cmocka_unit_test(test_lists_and_tables),
        cmocka_unit_test(test_pre_is_verbatim),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
