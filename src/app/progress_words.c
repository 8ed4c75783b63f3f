#include "app/progress_words.h"

#include <string.h>

static bool is_bytes(const ProgressState *s)
{
    return strcmp(s->unit, "bytes") == 0;
}

void progress_amount(const ProgressState *s, const char *of, Str *out)
{
    if (is_bytes(s)) {
        str_addf(out, "%.1f", (double)s->done / 1e6);
        if (s->total > 0) str_addf(out, "%s%.1f", of, (double)s->total / 1e6);
        str_add(out, " MB");
        return;
    }
    str_addf(out, "%llu", (unsigned long long)s->done);
    if (s->total > 0) str_addf(out, "%s%llu", of, (unsigned long long)s->total);
    if (s->unit[0]) str_addf(out, " %s", s->unit);
}

static void add_seconds(double seconds, Str *out)
{
    if (seconds < 100)
        str_addf(out, "%.0f s", seconds);
    else if (seconds < 6000)
        str_addf(out, "%.0f min", seconds / 60);
    else
        str_addf(out, "%.1f h", seconds / 3600);
}

void progress_speed(const ProgressState *s, const char *gap, Str *out)
{
    if (s->rate > 0 && is_bytes(s))
        str_addf(out, "%s%.1f MB/s", gap, s->rate / 1e6);
    else if (s->rate > 0)
        str_addf(out, s->rate >= 10 ? "%s%.0f/s" : "%s%.2g/s", gap, s->rate);
    if (s->token_rate > 0) str_addf(out, "%s%.0f tokens/s", gap, s->token_rate);
    if (s->eta_s < 0 || s->done == 0) return;
    str_addf(out, "%sETA ", gap);
    add_seconds(s->eta_s, out);
}

void progress_line(const ProgressState *s, Str *out)
{
    if (!s->what[0]) return;
    str_addf(out, "%s ", s->what);
    if (s->total > 0 || s->done > 0) progress_amount(s, "/", out);
    progress_speed(s, "  ", out);
    if (s->message[0]) str_addf(out, "  %s", s->message);
    if (s->within[0]) str_addf(out, "  %s", s->within);
}
