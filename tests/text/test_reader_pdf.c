/* The layout passes on pages that are drawn here, and whole files through pdftotext where it is
 * installed. */
#include "reader_helper.h"
#include "text/pdf_layout.h"

#define PAGE_WIDTH 600.0
#define BODY 10.0 /* height of running text */
#define PITCH 12.0
#define LEFT 50.0

static void begin_page(Str *out)
{
    str_add(out, "  <page width=\"600.000000\" height=\"800.000000\">\n");
}

static void end_page(Str *out)
{
    str_add(out, "  </page>\n");
}

static double char_width(char c, double height, bool mono)
{
    return height * (mono ? 0.6 : 0.36 + 0.04 * ((unsigned char)c % 7));
}

/* One line of words; two blanks in a row are a wide gap. Returns where it ends. */
static double draw(Str *out, double x, double y, double height, bool mono, const char *text)
{
    while (*text) {
        size_t size = strcspn(text, " ");
        double x1 = x;
        for (size_t i = 0; i < size; i++)
            x1 += (text[i] & 0xC0) == 0x80         ? 0
                  : (unsigned char)text[i] >= 0xE0 ? height
                                                   : char_width(text[i], height, mono);
        if (size)
            str_addf(out, "    <word xMin=\"%f\" yMin=\"%f\" xMax=\"%f\" yMax=\"%f\">%.*s</word>\n",
                     x, y, x1, y + height, (int)size, text);
        x = x1;
        text += size;
        size_t blanks = strspn(text, " ");
        x += blanks == 1 || mono ? (double)blanks * char_width(' ', height, mono)
                                 : (double)blanks * height;
        text += blanks;
    }
    return x;
}

/* A word that fills the line up to the right margin, so that the next line runs on. */
static void draw_full(Str *out, double y, const char *text)
{
    double x = draw(out, LEFT, y, BODY, false, text);
    str_addf(out,
             "    <word xMin=\"%f\" yMin=\"%f\" xMax=\"550.000000\" yMax=\"%f\">filler</word>\n",
             x + 3, y, y + BODY);
}

static Document lay_out(const Str *output, size_t piece)
{
    PdfLines lines = {0};
    Err err = {0};
    PdfParser *parser = pdf_parser_new(&lines);
    for (size_t at = 0; at < output->size; at += piece) {
        size_t n = output->size - at < piece ? output->size - at : piece;
        assert_true(pdf_parser_feed(parser, output->data + at, n, &err));
    }
    pdf_parser_end(parser);
    pdf_parser_free(parser);
    pdf_drop_running(&lines);
    PdfBody body = pdf_measure_body(&lines);
    PdfMark *marks = mem_zero(lines.lines.count + 1, sizeof *marks);
    pdf_find_headings(&lines, &body, marks);
    Document d = {.format = "pdf", .encoding = "UTF-8", .title = mem_strdup("t")};
    pdf_write(&lines, &body, marks, &d);
    free(marks);
    pdf_lines_release(&lines);
    check_document(&d);
    return d;
}

static bool has(const Document *d, const char *words)
{
    return strstr(str_get(&d->text), words) != NULL;
}

/* Pages of running text with a head, a foot and a few lines that the tests look for. */
static void draw_book(Str *out, int pages)
{
    for (int p = 0; p < pages; p++) {
        begin_page(out);
        char line[100];
        draw(out, LEFT, 30, BODY, false, "The Running Head");
        snprintf(line, sizeof line, "%d / %d", p + 1, pages);
        draw(out, 500, 30.5, BODY, false, line);
        for (int i = 0; i < 20; i++) {
            snprintf(line, sizeof line, "%s line%c%c of running words that reach far",
                     i   ? "some"
                     : p ? "runs"
                         : "Some",
                     'a' + p % 26, 'a' + i);
            draw_full(out, 80 + PITCH * i, line);
        }
        snprintf(line, sizeof line, "%d", p + 1);
        draw(out, 300, 770, BODY, false, line);
        end_page(out);
    }
}

static void test_running_heads_go_and_paragraphs_cross_pages(void **state)
{
    (void)state;
    Str out = {0};
    draw_book(&out, 6);
    Document d = lay_out(&out, 1000);
    assert_false(has(&d, "Running Head"));
    assert_false(has(&d, "/ 6"));
    assert_false(has(&d, "\n\n"));
    assert_true(has(&d, "filler runs lineba"));
    assert_int_equal(d.pages.count, 6);
    assert_int_equal(strncmp(str_get(&d.text) + d.pages.items[3].at, "runs lineda", 11), 0);
    document_release(&d);
    str_release(&out);
}

static void test_output_may_come_in_any_pieces(void **state)
{
    (void)state;
    Str out = {0};
    draw_book(&out, 3);
    Document a = lay_out(&out, 1), b = lay_out(&out, out.size);
    assert_string_equal(str_get(&a.text), str_get(&b.text));
    document_release(&a);
    document_release(&b);
    str_release(&out);
}

static void test_text_at_the_edge_of_pages_is_kept(void **state)
{
    (void)state;
    Str out = {0};
    for (int p = 0; p < 8; p++) {
        begin_page(&out);
        char line[100];
        /* The same words begin two of the eight pages: no head. The others begin with words of
         * their own. */
        snprintf(line, sizeof line, p == 2 || p == 5 ? "Note" : "Opening%c words", 'a' + p);
        draw(&out, LEFT, 80, BODY, false, line);
        for (int i = 1; i < 20; i++) draw_full(&out, 80 + PITCH * i, "and running words");
        snprintf(line, sizeof line, "closing%c words", 'a' + p);
        draw(&out, LEFT, 740, BODY, false, line);
        end_page(&out);
    }
    Document d = lay_out(&out, 4096);
    for (int p = 0; p < 8; p++) {
        char line[100];
        snprintf(line, sizeof line, p == 2 || p == 5 ? "Note" : "Opening%c words", 'a' + p);
        assert_true(has(&d, line));
        snprintf(line, sizeof line, "closing%c words", 'a' + p);
        assert_true(has(&d, line));
    }
    document_release(&d);
    str_release(&out);
}

static void test_heads_that_change_with_the_chapter(void **state)
{
    (void)state;
    Str out = {0};
    for (int p = 0; p < 12; p++) {
        begin_page(&out);
        draw(&out, LEFT, 30, BODY, false,
             p < 4   ? "Early Chapter"
             : p < 8 ? "Middle Chapter"
                     : "Late Chapter");
        for (int i = 0; i < 20; i++) draw_full(&out, 80 + PITCH * i, "and running words");
        end_page(&out);
    }
    Document d = lay_out(&out, 4096);
    assert_false(has(&d, "Chapter"));
    document_release(&d);
    str_release(&out);
}

static void test_hyphens(void **state)
{
    (void)state;
    Str out = {0};
    begin_page(&out);
    draw_full(&out, 80, "the retrieval of a well-known non-free document");
    static const char *const CUT[][2] = {
        {"we do re-", "trieval with it"},   {"this is well-", "known to all"},
        {"they are un-", "kown elsewhere"}, {"all of the non-", "document parts"},
        {"between 2010-", "2020 it was"},   {"by Jean-", "Paul himself"},
    };
    double y = 110;
    for (size_t i = 0; i < sizeof CUT / sizeof *CUT; i++, y += 3 * PITCH) {
        /* Ends at the margin, so that what follows belongs to it. */
        Str measured = {0};
        double width = draw(&measured, 0, 0, BODY, false, CUT[i][0]);
        str_release(&measured);
        draw(&out, 550 - width, y, BODY, false, CUT[i][0]);
        draw(&out, 550 - width, y + PITCH, BODY, false, CUT[i][1]);
    }
    for (int i = 0; i < 12; i++) draw_full(&out, 400 + PITCH * i, "and running words");
    end_page(&out);
    Document d = lay_out(&out, 4096);
    assert_true(has(&d, "we do retrieval with"));
    assert_true(has(&d, "this is well-known to"));
    assert_true(has(&d, "they are unkown else"));
    assert_true(has(&d, "the non-document parts"));
    assert_true(has(&d, "between 2010-2020 it"));
    assert_true(has(&d, "by Jean-Paul himself"));
    document_release(&d);
    str_release(&out);
}

static void test_headings_by_size_and_number(void **state)
{
    (void)state;
    Str out = {0};
    begin_page(&out);
    draw(&out, LEFT, 60, 20, false, "Chapter 1");
    draw(&out, LEFT, 100, 24, false, "The Beginning");
    draw(&out, LEFT, 160, 14, false, "1.1 First section that");
    draw(&out, LEFT, 178, 14, false, "has two lines");
    for (int i = 0; i < 10; i++) draw_full(&out, 210 + PITCH * i, "and running words");
    draw(&out, LEFT, 350, BODY, false, "1.1.1 Small heading");
    for (int i = 0; i < 5; i++) draw_full(&out, 380 + PITCH * i, "and running words");
    draw(&out, LEFT, 460, BODY, false, "2.7 Million people came");
    for (int i = 0; i < 5; i++) draw_full(&out, 490 + PITCH * i, "and running words");
    draw(&out, LEFT, 570, 14, false, "Unnumbered");
    for (int i = 0; i < 5; i++) draw_full(&out, 600 + PITCH * i, "and running words");
    end_page(&out);
    Document d = lay_out(&out, 4096);
    assert_int_equal(d.headings.count, 4);
    expect_heading(&d, 0, "1 Chapter 1 The Beginning");
    expect_heading(&d, 1, "2 1.1 First section that has two lines");
    expect_heading(&d, 2, "3 1.1.1 Small heading");
    expect_heading(&d, 3, "2 Unnumbered");
    document_release(&d);
    str_release(&out);
}

static void test_contents_make_no_headings(void **state)
{
    (void)state;
    Str out = {0};
    begin_page(&out);
    for (int i = 0; i < 10; i++) {
        char line[100];
        snprintf(line, sizeof line, "1.%d Some Title . . . . . . . . . . . . . %d", i + 1, 10 + i);
        draw(&out, LEFT, 80 + 20 * i, BODY, false, line);
    }
    end_page(&out);
    begin_page(&out);
    draw(&out, LEFT, 60, BODY, false, "1.1 Some Title");
    for (int i = 0; i < 10; i++) draw_full(&out, 90 + PITCH * i, "and running words");
    end_page(&out);
    Document d = lay_out(&out, 4096);
    assert_int_equal(d.headings.count, 1);
    assert_true(document_page(&d, d.headings.items[0].at) == 2);
    assert_true(has(&d, "1.3 Some Title\t12\n1.4"));
    document_release(&d);
    str_release(&out);
}

static void test_code_and_tables_keep_their_lines(void **state)
{
    (void)state;
    Str out = {0};
    begin_page(&out);
    for (int i = 0; i < 8; i++) draw_full(&out, 60 + PITCH * i, "and running words");
    static const char *const CODE[] = {"for (i = 0; i < n; i++) {", "  x = y  +  z * 2 ;",
                                       "  if (a == b) return c;", "}",
                                       "int main (void) { return 0 ; }"};
    for (int i = 0; i < 5; i++) {
        const char *text = CODE[i];
        double indent = (double)strspn(text, " ") * 0.6 * 8;
        draw(&out, LEFT + indent, 200 + 10 * i, 8, true, text + strspn(text, " "));
    }
    draw(&out, LEFT, 300, BODY, false, "name   size   colour");
    draw(&out, LEFT, 312, BODY, false, "apple   small   red");
    end_page(&out);
    Document d = lay_out(&out, 4096);
    assert_true(has(&d, "\n\nfor (i = 0; i < n; i++) {\n  x = y  +  z * 2 ;\n  if (a == b) return "
                        "c;\n}\nint main (void) { return 0 ; }\n\n"));
    assert_true(has(&d, "name\tsize\tcolour\napple\tsmall\tred\n"));
    document_release(&d);
    str_release(&out);
}

static void test_chinese_lines_are_joined_without_blanks(void **state)
{
    (void)state;
    Str out = {0};
    begin_page(&out);
    for (int i = 0; i < 12; i++)
        draw(&out, LEFT, 80 + 16 * i, 12, false,
             "这是中文的一行文字它一直写到了右边的边缘并且在下一行里继续写下去直到满");
    draw(&out, LEFT, 80 + 16 * 12, 12, false, "完了。");
    draw(&out, LEFT, 320, 16, false, "第二章 开始");
    draw(&out, LEFT, 360, 12, false, "新的一段。");
    end_page(&out);
    Document d = lay_out(&out, 4096);
    assert_true(has(&d, "直到满这是中文"));
    assert_true(has(&d, "直到满完了。\n\n第二章 开始\n\n新的一段。\n"));
    assert_int_equal(d.headings.count, 1);
    expect_heading(&d, 0, "1 第二章 开始");
    document_release(&d);
    str_release(&out);
}

static void test_two_columns(void **state)
{
    (void)state;
    Str out = {0};
    begin_page(&out);
    for (int column = 0; column < 2; column++)
        for (int i = 0; i < 30; i++) {
            double x0 = column ? 320 : LEFT;
            char line[60];
            snprintf(line, sizeof line, "%s%c%c words", column ? "right" : "left", 'a' + i / 26,
                     'a' + i % 26);
            double x = draw(&out, x0, 80 + PITCH * i, BODY, false, line);
            str_addf(&out,
                     "    <word xMin=\"%f\" yMin=\"%f\" xMax=\"%f\" yMax=\"%f\">filler</word>\n",
                     x + 3, 80 + PITCH * i, x0 + 230, 80 + PITCH * i + BODY);
        }
    end_page(&out);
    Document d = lay_out(&out, 4096);
    assert_true(has(&d, "leftbd words filler rightaa words"));
    assert_false(has(&d, "\n\n"));
    document_release(&d);
    str_release(&out);
}

static bool is_doubtful(const Str *output)
{
    PdfLines lines = {0};
    PdfParser *parser = pdf_parser_new(&lines);
    assert_true(pdf_parser_feed(parser, output->data, output->size, NULL));
    pdf_parser_end(parser);
    pdf_parser_free(parser);
    bool doubtful = pdf_order_is_doubtful(&lines);
    pdf_lines_release(&lines);
    return doubtful;
}

static void test_order_of_drawing(void **state)
{
    (void)state;
    Str down = {0}, up = {0};
    begin_page(&down);
    begin_page(&up);
    for (int i = 0; i < 30; i++) {
        draw_full(&down, 80 + PITCH * i, "and running words");
        draw_full(&up, 700 - PITCH * i, "and running words");
    }
    end_page(&down);
    end_page(&up);
    assert_false(is_doubtful(&down));
    assert_true(is_doubtful(&up));
    str_release(&down);
    str_release(&up);
}

static void test_words_drawn_twice_and_odd_output(void **state)
{
    (void)state;
    Str out = {0};
    str_add(&out, "<html><title>A &amp; B</title>\n");
    begin_page(&out);
    draw(&out, LEFT, 80, BODY, false, "Bold");
    draw(&out, LEFT + 0.3, 80.1, BODY, false, "Bold");
    str_add(&out, "    <word xMin=\"90\" yMin=\"80\" xMax=\"120\" "
                  "yMax=\"90\">o\xEF\xAC\x83\x63\x65&lt;\x01\xFF</word>\n");
    str_add(&out, "    <word xMin=\"nan\" yMin=\"80\" xMax=\"-1e30\" yMax=\"90\">bad</word>\n    "
                  "<word xMin=\"1\"\n<word>\n<word >x</word>\n");
    str_add(&out, "    <word xMin=\"99999999999\" yMin=\"80\" xMax=\"1\" yMax=\"90\">far</word>\n");
    end_page(&out);
    begin_page(&out);
    end_page(&out);
    Document d = lay_out(&out, 4096);
    assert_string_equal(str_get(&d.text), "Bold\toffice<\xEF\xBF\xBD\n");
    document_release(&d);
    str_release(&out);
}

/* A PDF of one page a string, in Helvetica. */
static void make_pdf(const char *const *pages, size_t count, Str *out)
{
    size_t offsets[64];
    str_add(out, "%PDF-1.4\n");
    for (size_t object = 1; object <= 3 + 2 * count; object++) {
        offsets[object] = out->size;
        str_addf(out, "%zu 0 obj\n", object);
        size_t page = (object - 4) / 2;
        if (object == 1) {
            str_add(out, "<</Type/Catalog/Pages 2 0 R>>");
        } else if (object == 2) {
            str_addf(out, "<</Type/Pages/Count %zu/Kids[", count);
            for (size_t i = 0; i < count; i++) str_addf(out, "%zu 0 R ", 4 + 2 * i);
            str_add(out, "]>>");
        } else if (object == 3) {
            str_add(out, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>");
        } else if (object % 2 == 0) {
            str_addf(out,
                     "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 "
                     "R>>>>/Contents %zu 0 R>>",
                     object + 1);
        } else {
            char *content = str_format("BT /F 12 Tf 50 700 Td (%s) Tj ET", pages[page]);
            str_addf(out, "<</Length %zu>>stream\n%s\nendstream", strlen(content), content);
            free(content);
        }
        str_add(out, "\nendobj\n");
    }
    size_t table = out->size;
    str_addf(out, "xref\n0 %zu\n0000000000 65535 f \n", 4 + 2 * count);
    for (size_t object = 1; object <= 3 + 2 * count; object++)
        str_addf(out, "%010zu 00000 n \n", offsets[object]);
    str_addf(out, "trailer<</Size %zu/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n", 4 + 2 * count,
             table);
}

static bool is_installed(void)
{
    if (system("pdftotext -v >/dev/null 2>&1") == 0) return true;
    print_message("pdftotext is not installed: files are not read\n");
    return false;
}

static void test_a_file(void **state)
{
    (void)state;
    if (!is_installed()) skip();
    const char *pages[] = {"The first page ends.", "The second page ends.", "Third page."};
    Str pdf = {0};
    make_pdf(pages, 3, &pdf);
    Document d = read_good("-my paper.pdf", pdf.data, pdf.size);
    assert_string_equal(str_get(&d.text),
                        "The first page ends.\n\nThe second page ends.\n\nThird page.\n");
    assert_string_equal(d.title, "-my paper");
    assert_int_equal(d.pages.count, 3);
    assert_int_equal(document_page(&d, d.text.size - 3), 3);
    document_release(&d);
    str_release(&pdf);
}

static void test_bad_files(void **state)
{
    (void)state;
    EXPECT_REFUSED("a.pdf", "hello", ERR_FORMAT, "no PDF");
    EXPECT_REFUSED("a.pdf", "", ERR_FORMAT, "empty");
    if (!is_installed()) skip();
    EXPECT_REFUSED("a.pdf", "%PDF-1.4 and nothing else", ERR_FORMAT, "cannot read it");
    const char *pages[] = {""};
    Str pdf = {0};
    make_pdf(pages, 1, &pdf);
    expect_refused("scan.pdf", pdf.data, pdf.size, ERR_FORMAT, "OCR");
    str_release(&pdf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_running_heads_go_and_paragraphs_cross_pages),
        cmocka_unit_test(test_output_may_come_in_any_pieces),
        cmocka_unit_test(test_text_at_the_edge_of_pages_is_kept),
        cmocka_unit_test(test_heads_that_change_with_the_chapter),
        cmocka_unit_test(test_hyphens),
        cmocka_unit_test(test_headings_by_size_and_number),
        cmocka_unit_test(test_contents_make_no_headings),
        cmocka_unit_test(test_code_and_tables_keep_their_lines),
        cmocka_unit_test(test_chinese_lines_are_joined_without_blanks),
        cmocka_unit_test(test_two_columns),
        cmocka_unit_test(test_order_of_drawing),
        cmocka_unit_test(test_words_drawn_twice_and_odd_output),
        cmocka_unit_test(test_a_file),
        cmocka_unit_test(test_bad_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
