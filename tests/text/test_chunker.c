#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/utf8.h"
#include "text/chunker.h"
#include "text/pieces.h"
#include "text/sentences.h"

/* --- Documents from a small markup ------------------------------------------------------------ */

/* Lines of markup: "# words" is a heading, "===" a hard boundary, "%%" a new page. All else is
 * text. */
static Document make(const char *markup)
{
    Document d = {0};
    int page = 0;
    for (const char *p = markup; *p;) {
        const char *line_end = strchr(p, '\n');
        size_t size = line_end ? (size_t)(line_end - p) : strlen(p);
        size_t level = strspn(p, "#"), at = d.text.size;
        if (size == 2 && strncmp(p, "%%", 2) == 0) {
            vec_push(&d.pages, (PageMark){.at = at, .page = ++page});
        } else if (size == 3 && strncmp(p, "===", 3) == 0) {
            vec_push(&d.headings, (HeadingMark){.at = at, .end = at});
        } else if (level > 0 && level < 10 && p[level] == ' ') {
            str_add_bytes(&d.text, p + level + 1, size - level - 1);
            vec_push(&d.headings, (HeadingMark){.at = at, .end = d.text.size, .level = (int)level});
            str_add(&d.text, "\n");
        } else {
            str_add_bytes(&d.text, p, size);
            if (line_end) str_add(&d.text, "\n");
        }
        p += size + (line_end != NULL);
    }
    return d;
}

static void release(Document *d)
{
    str_release(&d->text);
    vec_release(&d->pages);
    vec_release(&d->headings);
}

static ChunkOptions sizes(size_t max, size_t overlap, size_t min)
{
    return (ChunkOptions){.max_tokens = max, .overlap_tokens = overlap, .min_tokens = min};
}

/* --- Invariants ------------------------------------------------------------------------------- */

static size_t own_first(const Passage *p)
{
    return p->first + p->overlap;
}

static void assert_blank(const Document *d, size_t first, size_t end)
{
    assert_true(first <= end);
    assert_int_equal(piece_skip_blanks(d->text.data, end, first), end);
}

static bool is_digit_at(const Document *d, size_t at)
{
    return (unsigned)(d->text.data[at] - '0') < 10;
}

/* One passage by itself. */
static void assert_sound(const Document *d, const ChunkOptions *o, const Passage *p)
{
    const char *text = d->text.data;
    size_t max = o->max_tokens ? o->max_tokens : 1, size = p->end - p->first;
    assert_true(own_first(p) < p->end && p->end <= d->text.size);
    assert_int_equal(piece_skip_blanks(text, p->end, p->first), p->first);
    assert_int_equal(piece_skip_blanks(text, p->end, own_first(p)), own_first(p));
    assert_int_equal(piece_trim_blanks(text, p->first, p->end), p->end);
    assert_int_equal(p->tokens, token_count(text + p->first, size));
    bool unbreakable = piece_is_number(text + p->first, size) ||
                       piece_end(PIECE_PART, text, p->end, p->first) == p->end;
    assert_true(p->tokens <= max || unbreakable);
    assert_true(utf8_valid(text + p->first, size, NULL));
    assert_true(token_count(text + p->first, p->overlap) <= o->overlap_tokens);
    assert_int_equal(p->page_first, document_page(d, own_first(p)));
    assert_int_equal(p->page_last, document_page(d, p->end - 1));
    assert_non_null(p->heading);
    if (own_first(p) > 0 && d->text.size < 1 << 16) /* an endless row of digits is no number */
        assert_false(is_digit_at(d, own_first(p) - 1) && is_digit_at(d, own_first(p)));
}

static void assert_headings(const Document *d, const ChunkOptions *o, const Passage *p)
{
    for (size_t i = 0; i < d->headings.count; i++) {
        const HeadingMark *h = &d->headings.items[i];
        size_t next = i + 1 < d->headings.count ? h[1].at : d->text.size;
        if (h->level == 0) {
            assert_false(h->at > p->first && h->at < p->end);
            continue;
        }
        /* overlap stays in the section */
        assert_false(h->at > p->first && h->at <= own_first(p) && p->overlap > 0);
        bool has_body = piece_skip_blanks(d->text.data, next, h->end) < next;
        /* with room left for anything but an endless number */
        size_t tokens = token_count(d->text.data + own_first(p), p->end - own_first(p));
        if (has_body && tokens + 40 <= o->max_tokens) assert_int_not_equal(p->end, h->end);
    }
}

static Passages cut(const Document *d, ChunkOptions o)
{
    Passages ps = {0};
    chunker_cut(d, &o, &ps);
    size_t at = 0, chars = 0, byte = 0;
    for (size_t i = 0; i < ps.count; i++) {
        const Passage *p = &ps.items[i];
        assert_sound(d, &o, p);
        assert_blank(d, at, own_first(p));
        if (p->overlap > 0) assert_true(i > 0 && p->first > own_first(p - 1));
        if (d->headings.count < 100) assert_headings(d, &o, p);
        chars += utf8_count(d->text.data + byte, own_first(p) - byte);
        byte = own_first(p);
        assert_int_equal(p->char_first + p->overlap_chars, chars);
        assert_int_equal(p->overlap_chars, utf8_count(d->text.data + p->first, p->overlap));
        assert_int_equal(p->char_end - p->char_first,
                         utf8_count(d->text.data + p->first, p->end - p->first));
        at = p->end;
    }
    if (d->text.size > 0) assert_blank(d, at, d->text.size);
    return ps;
}

/* Cuts and compares the own texts of the passages, joined with "|" and with line ends as "/";
 * an overlap stands before its passage as "<overlap>". */
static void assert_cut(const char *markup, ChunkOptions o, const char *expected)
{
    Document d = make(markup);
    Passages ps = cut(&d, o);
    Str got = {0};
    for (size_t i = 0; i < ps.count; i++) {
        const Passage *p = &ps.items[i];
        if (i > 0) str_add_char(&got, '|');
        if (p->overlap > 0) str_addf(&got, "<%.*s>", (int)p->overlap, d.text.data + p->first);
        str_add_bytes(&got, d.text.data + own_first(p), p->end - own_first(p));
    }
    for (size_t i = 0; i < got.size; i++)
        if (got.data[i] == '\n') got.data[i] = '/';
    assert_string_equal(str_get(&got), expected);
    str_release(&got);
    passages_release(&ps);
    release(&d);
}

/* --- Tests ------------------------------------------------------------------------------------ */

static void test_empty(void **state)
{
    (void)state;
    ChunkOptions o = chunk_options_default();
    assert_int_equal(o.max_tokens, 256);
    assert_int_equal(o.overlap_tokens, 64);
    assert_int_equal(o.min_tokens, 48);
    assert_cut("", o, "");
    assert_cut("\n\n  \n\t\n", o, "");
    assert_cut("  a  \n", o, "a");
    Document d = {0}; /* text.data is NULL */
    Passages ps = {0};
    chunker_cut(&d, &o, &ps);
    assert_int_equal(ps.count, 0);
}

static void test_paragraphs_before_sentences(void **state)
{
    (void)state;
    ChunkOptions o = sizes(8, 0, 0);
    assert_cut("One two. Three.\n\nFour five. Six.\n\nSeven.", o,
               "One two. Three.|Four five. Six.//Seven.");
    assert_cut("aa bb cc. dd ee ff. gg hh ii. jj kk ll.", o,
               "aa bb cc. dd ee ff.|gg hh ii. jj kk ll.");
}

static void test_clauses_then_words(void **state)
{
    (void)state;
    ChunkOptions o = sizes(6, 0, 0);
    assert_cut("aa bb cc, dd ee ff, gg hh ii", o, "aa bb cc,|dd ee ff,|gg hh ii");
    assert_cut("aa bb cc dd ee ff gg hh ii jj kk ll", o, "aa bb cc dd ee ff|gg hh ii jj kk ll");
    assert_cut("一二三四五六七八九十", sizes(4, 0, 0), "一二三四五六七八九十"); /* a number */
    assert_cut("春夏秋冬東西南北上下", sizes(4, 0, 0), "春夏秋冬|東西南北|上下");
    assert_cut("春夏秋。冬東西南北", sizes(4, 0, 0), "春夏秋。|冬東|西南北");
}

static void test_overlap_is_whole_sentences(void **state)
{
    (void)state;
    assert_cut("Aa bb cc. Dd ee. Ff gg hh. Ii jj. Kk ll mm. Nn oo.", sizes(10, 4, 0),
               "Aa bb cc. Dd ee.|<Dd ee. >Ff gg hh. Ii jj.|<Ii jj. >Kk ll mm. Nn oo.");
    /* one that does not fit is left out, and there is none across a heading */
    assert_cut("Aa bb cc dd ee ff. Gg hh ii jj kk ll.", sizes(8, 4, 0),
               "Aa bb cc dd ee ff.|Gg hh ii jj kk ll.");
    assert_cut("# H\nAa bb cc. Dd.\n# I\nEe ff gg. Hh.", sizes(10, 4, 0),
               "H/Aa bb cc. Dd.|I/Ee ff gg. Hh.");
    assert_cut("あ。いう。えお。か。きく。けこ。", sizes(8, 3, 0),
               "あ。いう。えお。|<えお。>か。きく。|<きく。>けこ。");
}

static void test_headings_begin_chunks(void **state)
{
    (void)state;
    const char *text =
        "Intro aa bb cc.\n# One\nAa bb cc dd.\n## Two\nEe ff gg hh.\n# Three\nIi jj.";
    assert_cut(text, sizes(100, 0, 0),
               "Intro aa bb cc.|One/Aa bb cc dd.|Two/Ee ff gg hh.|Three/Ii jj.");
    /* small ones join what follows under the same parent only */
    assert_cut(text, sizes(100, 0, 5),
               "Intro aa bb cc.|One/Aa bb cc dd.|Two/Ee ff gg hh.|Three/Ii jj.");
    assert_cut(text, sizes(100, 0, 7),
               "Intro aa bb cc./One/Aa bb cc dd.|Two/Ee ff gg hh.|Three/Ii jj.");
    assert_cut("# A\n## B\nxx\n# C\nyy", sizes(100, 0, 0), "A/B/xx|C/yy");
    assert_cut("# A\naa\n# B\nbb\n## C\ncc\n# D\ndd", sizes(100, 0, 4), "A/aa/B/bb|C/cc|D/dd");
}

static void test_heading_stays_with_its_text(void **state)
{
    (void)state;
    /* the paragraph alone would fill a chunk: it is rather cut than parted from its heading */
    assert_cut("# Head\nAa bb cc. Dd ee ff.", sizes(8, 0, 0), "Head/Aa bb cc.|Dd ee ff.");
    /* a joined section whose heading would be the last thing in a chunk */
    assert_cut("# A\naa bb cc\n# B\nDd ee ff gg hh.", sizes(6, 0, 6),
               "A/aa bb cc|B/Dd ee|ff gg hh.");
    assert_cut("# aa bb cc dd ee ff gg hh\nxx yy", sizes(5, 0, 0), "aa bb cc dd ee|ff gg hh/xx yy");
}

static void test_heading_path(void **state)
{
    (void)state;
    Document d =
        make("pre aa bb\n# One\n## Two\nxx yy zz\n### Three\nxx yy zz\n## Four  \nxx yy zz\n"
             "===\nrecord aa bb\n# Five\nxx yy zz");
    Passages ps = cut(&d, sizes(5, 0, 2));
    static const char *const expected[] = {"",           "One › Two", "One › Two › Three",
                                           "One › Four", "",          "Five"};
    assert_int_equal(ps.count, 6);
    for (size_t i = 0; i < 6; i++) assert_string_equal(ps.items[i].heading, expected[i]);
    passages_release(&ps);
    release(&d);
}

static void test_long_and_deep_headings(void **state)
{
    (void)state;
    Document d = {0};
    for (int level = 1; level <= 2000; level++) {
        size_t at = d.text.size;
        for (int i = 0; i < 60; i++) str_add(&d.text, "標題 ");
        vec_push(&d.headings, (HeadingMark){.at = at, .end = d.text.size, .level = level});
        str_add(&d.text, "\ntext\n\n");
    }
    Passages ps = cut(&d, chunk_options_default());
    for (size_t i = 0; i < ps.count; i++) {
        assert_true(strlen(ps.items[i].heading) < 1200);
        assert_true(utf8_valid(ps.items[i].heading, strlen(ps.items[i].heading), NULL));
    }
    passages_release(&ps);
    release(&d);
}

static void test_hard_boundaries(void **state)
{
    (void)state;
    assert_cut("===\naa\n===\nbb cc\n===\n===\ndd", sizes(100, 10, 50), "aa|bb cc|dd");
    assert_cut("===\n# A\naa\n===\n# A\nbb", sizes(100, 10, 50), "A/aa|A/bb");
}

static void test_balance(void **state)
{
    (void)state;
    /* 12 + 2 becomes 8 + 6 */
    assert_cut("Aa bb cc. Dd ee ff. Gg hh ii. Jj.", sizes(12, 0, 0),
               "Aa bb cc. Dd ee ff.|Gg hh ii. Jj.");
    /* one long paragraph before a short one is cut inside */
    assert_cut("Aa bb cc. Dd ee ff. Gg hh ii.\n\nJj kk.", sizes(12, 0, 0),
               "Aa bb cc. Dd ee ff.|Gg hh ii.//Jj kk.");
    /* a last chunk that is not small stays */
    assert_cut("Aa bb cc. Dd ee ff. Gg hh ii. Jj kk ll. Mm nn.", sizes(12, 0, 0),
               "Aa bb cc. Dd ee ff. Gg hh ii.|Jj kk ll. Mm nn.");
}

static void test_tables_by_lines(void **state)
{
    (void)state;
    assert_cut("| a. b | c |\n| d. e | f |\n| g. h | i |\n| j. k | l |", sizes(18, 0, 0),
               "| a. b | c |/| d. e | f ||| g. h | i |/| j. k | l |");
    assert_cut("int a = 1;\nint b = 2;\nint c = 3;\nint d = 4;", sizes(10, 0, 0),
               "int a = 1;/int b = 2;|int c = 3;/int d = 4;");
    /* wrapped prose is not a table */
    assert_cut("aa bb\ncc. Dd\nee ff gg.", sizes(5, 0, 0), "aa bb/cc.|Dd/ee ff gg.");
}

static void test_numbers_stay_whole(void **state)
{
    (void)state;
    assert_cut("12345678901234567890", sizes(2, 0, 0), "12345678901234567890");
    assert_cut("aa 1,234,567.89 bb", sizes(2, 0, 0), "aa|1,234,567.89|bb");
    assert_cut("a1,234,567b", sizes(4, 0, 0), "a|1,234,567|b");
    assert_cut("约１２３４．５６元", sizes(2, 0, 0), "约|１２３４．５６|元");
    assert_cut("abc/12.5/def/3,000%", sizes(3, 0, 0), "abc/|12.5|/def/|3,000%");
    assert_cut("10 000 000 xx", sizes(2, 0, 0), "10 000 000|xx");
}

static void test_long_words_and_graphemes(void **state)
{
    (void)state;
    assert_cut("abcdefghijklmnopqrstuvwxyz", sizes(2, 0, 0), "abcdefghijkl|mnopqrstuvwx|yz");
    /* e with an accent of its own, a flag, a family: never parted */
    static const char *const graphemes[] = {"e\xCC\x81", "🇩🇪", "👨‍👩‍👧", "ก็"};
    for (size_t k = 0; k < 4; k++) {
        Document d = {0};
        size_t size = strlen(graphemes[k]);
        for (int i = 0; i < 500; i++) str_add(&d.text, graphemes[k]);
        Passages ps = cut(&d, sizes(10, 4, 0));
        assert_true(ps.count > 5);
        for (size_t i = 0; i < ps.count; i++) assert_int_equal(ps.items[i].end % size, 0);
        passages_release(&ps);
        release(&d);
    }
}

static void test_pages(void **state)
{
    (void)state;
    Document d = make("%%\nAa bb cc.\n%%\nDd ee ff.\n%%\nGg hh ii.");
    Passages ps = cut(&d, sizes(8, 4, 0));
    assert_int_equal(ps.count, 2);
    assert_int_equal(ps.items[0].page_first, 1);
    assert_int_equal(ps.items[0].page_last, 2);
    assert_int_equal(ps.items[1].page_first, 3); /* the overlap, of page 2, does not count */
    assert_int_equal(ps.items[1].page_last, 3);
    assert_true(ps.items[1].overlap > 0);
    passages_release(&ps);
    release(&d);
}

static void test_extreme_options(void **state)
{
    (void)state;
    const char *text = "# Head one\nAa bb, cc. Dd 1.5 ee ff。春夏秋冬\n\nx";
    static const size_t values[] = {0, 1, 2, 7, 1000, SIZE_MAX};
    for (size_t a = 0; a < 6; a++)
        for (size_t b = 0; b < 6; b++)
            for (size_t e = 0; e < 6; e++) {
                Document d = make(text);
                Passages ps = cut(&d, sizes(values[a], values[b], values[e]));
                assert_true(ps.count > 0);
                passages_release(&ps);
                release(&d);
            }
}

static void test_random_documents(void **state)
{
    (void)state;
    static const char *const bits[] = {
        "word ",     "Longerword ",
        "end. ",     "Mr. ",
        "a, ",       "1,234.5 ",
        "99",        "。",
        "春",        "三百",
        "「夏」",    "\n",
        "\n\n",      "\n\n",
        "\n# H\n",   "\n## Deeper heading\n",
        "\n===\n",   "\n%%\n",
        "| x |\n",   "é",
        "e\xCC\x81", "🇩🇪",
        "  ",        "x\ty\n",
        "……",        "abcdefghijklmnopqrstuvwxyz",
    };
    Rng rng = rng_make(11, 0);
    for (int round = 0; round < 3000; round++) {
        Str markup = {0};
        for (size_t n = rng_below(&rng, 200); n > 0; n--)
            str_add(&markup, bits[rng_below(&rng, sizeof bits / sizeof *bits)]);
        Document d = make(str_get(&markup));
        Passages ps =
            cut(&d, sizes(1 + rng_below(&rng, 90), rng_below(&rng, 30), rng_below(&rng, 40)));
        passages_release(&ps);
        release(&d);
        str_release(&markup);
    }
}

/* Millions of anything: with something quadratic in it this would not come back. */
static void test_endless_lines(void **state)
{
    (void)state;
    static const char *const bits[] = {
        "a",     "1",  "1,",       " ",  "a ",   "春",     "。", "a. ",           "Aa. ",      "\n",
        "a\n\n", "| ", "\xCC\x81", "\"", "a,b;", "1 000 ", "…",  "👨\xE2\x80\x8D", "a\xC2\xA0",
    };
    for (size_t k = 0; k < sizeof bits / sizeof *bits; k++) {
        Document d = {0};
        for (int i = 0; i < 1000000; i++) str_add(&d.text, bits[k]);
        Passages ps = cut(&d, chunk_options_default());
        for (size_t i = 0; i < ps.count; i++)
            assert_true(ps.items[i].end - ps.items[i].first <= 1 << 17);
        passages_release(&ps);
        release(&d);
    }
}

static void test_blank_desert(void **state)
{
    (void)state;
    Document d = {0};
    for (int k = 0; k < 3; k++) {
        str_add(&d.text, "Word.");
        for (int i = 0; i < 1000000; i++) str_add_char(&d.text, ' ');
    }
    Passages ps = cut(&d, chunk_options_default());
    assert_int_equal(ps.count, 3);
    for (size_t i = 0; i < ps.count; i++) assert_int_equal(ps.items[i].end - ps.items[i].first, 5);
    passages_release(&ps);
    release(&d);
}

static void test_many_headings(void **state)
{
    (void)state;
    for (int with_text = 0; with_text < 2; with_text++) {
        Document d = {0};
        for (int i = 0; i < 100000; i++) {
            size_t at = d.text.size;
            str_addf(&d.text, "Heading %d", i);
            vec_push(&d.headings,
                     (HeadingMark){.at = at, .end = d.text.size, .level = 1 + i * 7 % 5});
            str_add(&d.text, with_text ? "\n\nSome text.\n\n" : "\n\n");
        }
        Passages ps = cut(&d, chunk_options_default());
        assert_true(ps.count > 1000 && ps.count <= 100000);
        passages_release(&ps);
        release(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_paragraphs_before_sentences),
        cmocka_unit_test(test_clauses_then_words),
        cmocka_unit_test(test_overlap_is_whole_sentences),
        cmocka_unit_test(test_headings_begin_chunks),
        cmocka_unit_test(test_heading_stays_with_its_text),
        cmocka_unit_test(test_heading_path),
        cmocka_unit_test(test_long_and_deep_headings),
        cmocka_unit_test(test_hard_boundaries),
        cmocka_unit_test(test_balance),
        cmocka_unit_test(test_tables_by_lines),
        cmocka_unit_test(test_numbers_stay_whole),
        cmocka_unit_test(test_long_words_and_graphemes),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_extreme_options),
        cmocka_unit_test(test_random_documents),
        cmocka_unit_test(test_endless_lines),
        cmocka_unit_test(test_blank_desert),
        cmocka_unit_test(test_many_headings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
