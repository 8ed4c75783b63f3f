/* A question set: the first byte chooses the format ('0' and on, in the order of the table), the
 * rest is the file. */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "store/store.h"
#include "task/exchange_set.h"

#define PROJECT "sets.hone"

/* An empty project, for the formats that look for documents in it. */
static Store *open_project(void)
{
    Store *store = NULL;
    Err err = {0};
    static const char *const FILES[] = {PROJECT, PROJECT "-wal", PROJECT "-shm"};
    for (int i = 0; i < 3; i++) unlink(FILES[i]);
    if (!store_create(PROJECT, &store, &err)) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    return store;
}

static void check_set(const QuestionSet *s)
{
    for (size_t i = 0; i < s->links.count; i++) {
        const SetLink *l = &s->links.items[i];
        if (l->question >= s->questions.count || l->chunk >= s->chunks.count) abort();
    }
    for (size_t i = 0; i < s->negatives.count; i++) {
        const SetNegative *n = &s->negatives.items[i];
        if (n->question >= s->questions.count || n->chunk >= s->chunks.count) abort();
    }
    for (size_t i = 0; i < s->chunks.count; i++) {
        if (!utf8_valid(s->chunks.items[i].text, strlen(s->chunks.items[i].text), NULL)) abort();
    }
    for (size_t i = 0; i < s->questions.count; i++) {
        if (!utf8_valid(s->questions.items[i].text, strlen(s->questions.items[i].text), NULL))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Store *store;
    static int fd = -1;
    if (!store) store = open_project();
    if (fd < 0) fd = memfd_create("set", 0);
    if (size == 0) return 0;
    const ExchangeFormat *format = &EXCHANGE_FORMATS[(data[0] + 256 - '0') % EXCHANGE_FORMAT_COUNT];
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data + 1, size - 1, 0) != (ssize_t)(size - 1)) abort();
    Str head = {0}; /* what a file begins with is followed by a zero byte */
    str_add_bytes(&head, (const char *)data + 1, size - 1);
    if (format->recognises) format->recognises("a.csv", str_get(&head), head.size, false);
    str_release(&head);
    if (!format->read) return 0;
    QuestionSet set;
    Err err = {0};
    question_set_init(&set);
    Env env = {.store = store};
    if (format->read(&env, path, SPLIT_TRAIN, &set, &err))
        check_set(&set);
    else
        fuzz_check_err(&err);
    question_set_release(&set);
    return 0;
}
