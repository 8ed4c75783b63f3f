/* What was said before, the newest last. */
#include <time.h>

#include "ui/page.h"
#include "ui/ui_parts.h"

static void add_time(int64_t at_ms, Str *out)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm local;
    char text[16] = "";
    if (localtime_r(&seconds, &local)) strftime(text, sizeof text, "%H:%M:%S", &local);
    str_add(out, text);
}

/* Bad news can be told from good without colours, and searched for. */
static const char *mark_of(Look look)
{
    return look == LOOK_BAD ? "!!" : look == LOOK_WARN ? " !" : "  ";
}

void messages_open(Ui *ui)
{
    Str text = {0};
    for (size_t i = 0; i < ui->messages.count; i++) {
        const Message *m = &ui->messages.items[i];
        add_time(m->at_ms, &text);
        str_addf(&text, " %s %s\n", mark_of(m->look), m->text);
    }
    if (text.size == 0) str_add(&text, "Nothing was said yet.");
    page_open(ui, "Messages", str_get(&text), true);
    str_release(&text);
}
