#include "fixture.h"

#include <string.h>

#include "store/store.h"

static bool make_empty(Store *s, Err *err)
{
    (void)s, (void)err;
    return true;
}

static const struct {
    const char *name;
    bool (*fill)(Store *s, Err *err);
} FIXTURES[] = {{"empty", make_empty}};

bool fixture_make(const char *name, const char *path, Err *err)
{
    for (size_t i = 0; i < sizeof FIXTURES / sizeof *FIXTURES; i++) {
        if (strcmp(FIXTURES[i].name, name) != 0) continue;
        Store *s = NULL;
        if (!store_create(path, &s, err)) return false;
        bool ok = FIXTURES[i].fill(s, err);
        store_close(s);
        return ok;
    }
    return err_set(err, ERR_MISSING, "no fixture is called %s", name);
}
