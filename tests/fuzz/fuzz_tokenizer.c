/* A tokenizer.json up to the first zero byte, and behind it a text for it. */
#include "fuzz.h"
#include "text/tokenizer.h"

static void check_ids(const Tokenizer *t, const Tokens *ids)
{
    size_t words = tokenizer_info(t).words;
    for (size_t i = 0; i < ids->count; i++)
        if (ids->items[i] >= words) abort();
}

static void check_tokens(const Tokenizer *t)
{
    size_t words = tokenizer_info(t).words;
    for (size_t i = 0; i < words; i++) {
        const char *token = tokenizer_token(t, (uint32_t)i);
        if (token && !utf8_valid(token, strlen(token), NULL)) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Err err = {0};
    Tokenizer *t = NULL;
    size_t json = size ? strnlen((const char *)data, size) : 0, behind = json + (json < size);
    if (!tokenizer_parse((const char *)data, json, "fuzz", &t, &err)) {
        fuzz_check_err(&err);
        return 0;
    }
    Tokens ids = {0}, some = {0}, types = {0};
    check_tokens(t);
    tokenizer_text(t, (const char *)data + behind, size - behind, 0, &ids);
    check_ids(t, &ids);
    tokenizer_text(t, (const char *)data + behind, size - behind, 3, &some);
    if (some.count != (ids.count < 3 ? ids.count : 3)) abort();
    if (some.count && memcmp(some.items, ids.items, some.count * sizeof *some.items) != 0) abort();
    char *text = strndup((const char *)data + behind, size - behind);
    if (!text) abort();
    vec_clear(&ids);
    tokenizer_pair(t, text, "a b", 9, &ids, &types);
    if (ids.count > 9 || ids.count != types.count) abort();
    check_ids(t, &ids);
    free(text);
    vec_release(&ids);
    vec_release(&some);
    vec_release(&types);
    tokenizer_free(t);
    return 0;
}
