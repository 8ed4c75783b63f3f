#include "text/document.h"

#include <stdlib.h>
#include <string.h>

void document_release(Document *d)
{
    free(d->title);
    str_release(&d->text);
    vec_release(&d->pages);
    vec_release(&d->headings);
    memset(d, 0, sizeof *d);
}

int document_page(const Document *d, size_t at)
{
    size_t low = 0, high = d->pages.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d->pages.items[middle].at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    if (d->pages.count == 0) return 0;
    return d->pages.items[low ? low - 1 : 0].page;
}

void document_heading(const Document *d, const HeadingMark *mark, Str *out)
{
    const char *text = str_get(&d->text);
    size_t at = mark->at, end = mark->end;
    while (at < end && strchr(" \t\n", text[at])) at++;
    while (end > at && strchr(" \t\n", text[end - 1])) end--;
    size_t hashes = at;
    while (hashes < end && text[hashes] == '#') hashes++;
    if (hashes < end && hashes > at && strchr(" \t", text[hashes])) {
        at = hashes;
        size_t tail = end;
        while (tail > at && text[tail - 1] == '#') tail--;
        if (tail > at && strchr(" \t", text[tail - 1])) end = tail;
    }
    bool blank = false, any = false;
    for (; at < end; at++) {
        if (strchr(" \t\n", text[at])) {
            blank = any;
            continue;
        }
        if (blank) str_add_char(out, ' ');
        str_add_char(out, text[at]);
        blank = false;
        any = true;
    }
}
