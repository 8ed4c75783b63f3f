/* A Progress in words, as the command line and the screen say it. Pure. */
#ifndef APP_PROGRESS_WORDS_H
#define APP_PROGRESS_WORDS_H

#include "base/progress.h"
#include "base/str.h"

/* progress_amount: "50/200 questions" (of: "/"), "12.5/90.9 MB". Appends. */
void progress_amount(const ProgressState *s, const char *of, Str *out);

/* progress_speed: "  25/s  3955 tokens/s  ETA 6 s" (gap: "  "), each with the gap before it; what is
 * not known is left out. Appends. */
void progress_speed(const ProgressState *s, const char *gap, Str *out);

/* progress_line: "embed 40/160 texts  12/s  ETA 10 s, what it says, what it is part of"; nothing
 * while nothing has begun. Appends. */
void progress_line(const ProgressState *s, Str *out);

#endif
