#include "scratch.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"

char *scratch_make(void)
{
    const char *top = getenv("TMPDIR");
    char *path = str_format("%s/hone-terminal-XXXXXX", top && *top ? top : "/tmp");
    if (!mkdtemp(path)) {
        perror(path);
        exit(1);
    }
    return path;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info, (void)type, (void)place;
    return remove(path);
}

void scratch_remove(char *path)
{
    if (path) nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS);
    free(path);
}
