#include "ui/shell.h"

#include <stdlib.h>
#include <string.h>

void shell_add(ShellWords *w, const char *word)
{
    vec_push(w, mem_strdup(word));
}

void shell_release(ShellWords *w)
{
    for (size_t i = 0; i < w->count; i++) free(w->items[i]);
    vec_release(w);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* One word from *at on, which goes behind it. */
static bool split_word(const char **at, Str *word, Err *err)
{
    const char *home = getenv("HOME");
    char quote = 0;
    if (home && (*at)[0] == '~' && ((*at)[1] == '/' || (*at)[1] == '\0' || is_blank((*at)[1]))) {
        str_add(word, home);
        (*at)++;
    }
    for (; **at && (quote || !is_blank(**at)); (*at)++) {
        char c = **at;
        if (quote ? c == quote : c == '\'' || c == '"')
            quote = quote ? 0 : c;
        else if (c == '\\' && quote != '\'' && (*at)[1])
            str_add_char(word, *++*at);
        else
            str_add_char(word, c);
    }
    return !quote || err_set(err, ERR_USAGE, "a %c is not closed", quote);
}

bool shell_split(const char *text, ShellWords *ret, Err *err)
{
    ShellWords words = {0};
    Str word = {0};
    bool ok = true;
    while (is_blank(*text)) text++;
    while (ok && *text) {
        str_clear(&word);
        ok = split_word(&text, &word, err);
        if (ok) shell_add(&words, str_get(&word));
        while (is_blank(*text)) text++;
    }
    str_release(&word);
    for (size_t i = 0; ok && i < words.count; i++) shell_add(ret, words.items[i]);
    shell_release(&words);
    return ok;
}

void shell_quote(const char *word, Str *out)
{
    static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_@%+=:,./-";
    bool plain = *word;
    for (const char *at = word; *at; at++)
        plain &= strchr(PLAIN, *at) != NULL || (unsigned char)*at >= 0x80;
    if (plain) {
        str_add(out, word);
        return;
    }
    str_add_char(out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            str_add(out, "'\\''");
        else
            str_add_char(out, *word);
    }
    str_add_char(out, '\'');
}
