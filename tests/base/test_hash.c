#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/hash.h"

static void assert_hex(Hash h, const char *expected)
{
    char hex[HASH_HEX_SIZE];
    hash_hex(&h, hex);
    assert_string_equal(hex, expected);
}

static void test_sha256_vectors(void **state)
{
    (void)state;
    assert_hex(hash_bytes(NULL, 0), "e3b0c44298fc1c149afbf4c8996fb924");
    assert_hex(hash_text("abc"), "ba7816bf8f01cfea414140de5dae2223");
    assert_hex(hash_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
               "248d6a61d20638b8e5c026930c3e6039");
}

static void test_equal(void **state)
{
    (void)state;
    Hash a = hash_text("a"), b = hash_text("b"), also_a = hash_bytes("a", 1);
    assert_true(hash_equal(&a, &also_a));
    assert_false(hash_equal(&a, &b));
}

static Hash pair(const char *first, const char *second)
{
    HashBuilder *b = hash_begin();
    hash_add_text(b, first);
    hash_add_text(b, second);
    return hash_end(b);
}

static void test_builder_tells_pieces_apart(void **state)
{
    (void)state;
    const Hash hashes[] = {
        pair("ab", "c"),   pair("a", "bc"), pair("abc", ""),  pair("", "abc"), pair("abc", NULL),
        pair(NULL, "abc"), pair("", ""),    pair(NULL, NULL), pair("", NULL),
    };
    size_t count = sizeof hashes / sizeof *hashes;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            assert_int_equal(hash_equal(&hashes[i], &hashes[j]), i == j);
    Hash again = pair("ab", "c");
    assert_true(hash_equal(&hashes[0], &again));
}

/* The builder's format is lengths and values as little-endian words. */
static void test_builder_format(void **state)
{
    (void)state;
    HashBuilder *b = hash_begin();
    hash_add(b, "xyz", 3);
    hash_add_i64(b, -2);
    hash_add_text(b, NULL);
    Hash built = hash_end(b);
    static const char flat[] = "\3\0\0\0\0\0\0\0xyz"
                               "\10\0\0\0\0\0\0\0\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
                               "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
    Hash plain = hash_bytes(flat, sizeof flat - 1);
    assert_true(hash_equal(&built, &plain));
}

/* Part of the lsa build format: these values never change. */
static void test_u64_values(void **state)
{
    (void)state;
    assert_true(hash_u64(NULL, 0, 0) == 0xe220a8397b1dcdaf);
    assert_true(hash_u64("a", 1, 0) == 0x6cc84b65c1b50a22);
    assert_true(hash_u64("ab", 2, 0) == 0xa7ebbdd4c7d20079);
    assert_true(hash_u64("hello", 5, 1) == 0x6de830b6c21f72a8);
    assert_true(hash_u64("12345678", 8, 0) == 0x94e2f3f86cb09933);
    assert_true(hash_u64("The quick brown fox", 19, 42) == 0xcde4eb4f3e4bb134);
    assert_true(hash_u64("\xC3\x9C"
                         "bergr\xC3\xB6\xC3\x9F"
                         "e",
                         12, 0) == 0xa43cdcd365c6fee7);
    assert_true(hash_mix(0) == 0xe220a8397b1dcdaf);
    assert_true(hash_mix(1) == 0x910a2dec89025cc1);
}

/* Each changed input bit changes each output bit in about half of the cases. */
static void test_u64_mixes(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 24; size++) {
        unsigned flips[64] = {0}, trials = 0;
        for (unsigned base = 0; base < 40; base++) {
            unsigned char text[24];
            for (size_t i = 0; i < size; i++) text[i] = (unsigned char)(hash_mix(base * 100 + i));
            uint64_t before = hash_u64(text, size, base);
            for (size_t bit = 0; bit < 8 * size; bit++, trials++) {
                text[bit / 8] ^= (unsigned char)(1 << bit % 8);
                uint64_t changed = before ^ hash_u64(text, size, base);
                text[bit / 8] ^= (unsigned char)(1 << bit % 8);
                for (size_t out = 0; out < 64; out++) flips[out] += changed >> out & 1;
            }
        }
        for (size_t out = 0; out < 64; out++) {
            assert_true(flips[out] > trials * 35 / 100);
            assert_true(flips[out] < trials * 65 / 100);
        }
    }
}

static void test_u64_depends_on_size_and_seed(void **state)
{
    (void)state;
    static const char zeros[40];
    for (size_t a = 0; a < sizeof zeros; a++)
        for (size_t b = 0; b < a; b++) assert_true(hash_u64(zeros, a, 0) != hash_u64(zeros, b, 0));
    assert_true(hash_u64("term", 4, 0) != hash_u64("term", 4, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_vectors),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_builder_tells_pieces_apart),
        cmocka_unit_test(test_builder_format),
        cmocka_unit_test(test_u64_values),
        cmocka_unit_test(test_u64_mixes),
        cmocka_unit_test(test_u64_depends_on_size_and_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
