#include <string.h>

#include "text/tokenizer_steps.h"

#define LEAST_LIMIT 1000

/* The little of regular expressions that tokenizers use here: one character or \s, and behind it
 * nothing, + or {n,}; or plain text. */
static bool parse_regex(const char *regex, NormalStep *step)
{
    static const char MEANING[] = "\\.+*?()|[]{}^$";
    size_t unit = *regex == '\\' && regex[1] ? 1 + code_size(regex[1])
                  : *regex                   ? code_size(*regex)
                                             : 0;
    const char *rest = regex + unit;
    bool space = strncmp(regex, "\\s", 2) == 0;
    if (unit == 0 || (unit == 1 && strchr(MEANING, *regex))) return false;
    if (*regex == '\\' && !space && !strchr(MEANING, regex[1])) return false;
    char *end = NULL;
    if (strcmp(rest, "+") == 0)
        step->least = 1;
    else if (*rest == '{' && rest[1] >= '1' && rest[1] <= '9')
        step->least = strtoul(rest + 1, &end, 10);
    if (end && (strcmp(end, ",}") != 0 || step->least > LEAST_LIMIT)) return false;
    if (step->least > 0 || space) {
        if (step->least == 0) return false;
        bool escaped = *regex == '\\' && !space;
        step->pattern = mem_strndup(regex + escaped, unit - escaped);
        return true;
    }
    if (*regex == '\\' || strpbrk(regex, MEANING)) return false;
    step->pattern = mem_strdup(regex);
    return true;
}

bool replace_parse(const cJSON *json, NormalStep *step, Err *err)
{
    const cJSON *pattern = cJSON_GetObjectItemCaseSensitive(json, "pattern");
    const char *text = member_string(pattern, "String"), *regex = member_string(pattern, "Regex");
    const char *content = member_string(json, "content");
    if (!content || (!text && !regex) || (text && !*text))
        return err_set(err, ERR_FORMAT, "a Replace has no pattern or no content");
    if (text)
        step->pattern = mem_strdup(text);
    else if (!parse_regex(regex, step))
        return err_set(err, ERR_FORMAT, "Replace of the expression \"%.60s\" is not supported",
                       regex);
    step->content = mem_strdup(content);
    double before = (double)strlen(step->pattern) * (double)(step->least > 1 ? step->least : 1);
    double after = (double)strlen(content);
    step->growth = after > before ? after / (regex && *step->pattern == '\\' ? 1 : before) : 1;
    return true;
}

/* The end of the match at text[at], or at itself. */
static size_t match(const NormalStep *s, const char *text, size_t size, size_t at, size_t pattern)
{
    if (s->least == 0)
        return size - at >= pattern && memcmp(text + at, s->pattern, pattern) == 0 ? at + pattern
                                                                                   : at;
    size_t end = at, count = 0;
    bool space = strcmp(s->pattern, "\\s") == 0;
    for (uint32_t code; end < size; count++) {
        size_t length = code_next(text + end, &code);
        if (space ? !code_is_space(code)
                  : length != pattern || memcmp(text + end, s->pattern, length) != 0)
            break;
        end += length;
    }
    return count >= s->least ? end : at;
}

bool replace_run(const NormalStep *s, const char *text, size_t size, Str *out)
{
    size_t pattern = strlen(s->pattern), content = strlen(s->content), from = 0;
    bool moved = false, any = s->least > 0 && s->pattern[0] == '\\';
    for (size_t at = 0; at < size;) {
        if (!any && text[at] != s->pattern[0]) {
            const char *next = memchr(text + at, s->pattern[0], size - at);
            if (!next) break;
            at = (size_t)(next - text);
        }
        size_t end = match(s, text, size, at, pattern);
        if (end == at) {
            at += code_size(text[at]);
            continue;
        }
        /* a replacement stands where the last character that it replaces stood */
        if (at == 0) moved = content == 0 || end > code_size(text[0]);
        str_add_bytes(out, text + from, at - from);
        str_add_bytes(out, s->content, content);
        at = from = end;
    }
    str_add_bytes(out, text + from, size - from);
    return moved;
}
