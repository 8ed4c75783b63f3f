/* Makes a project of fixture.h by hand: make_fixture NAME FILE.hone */
#include <stdio.h>

#include "fixture.h"

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s NAME FILE.hone\n", argv[0]);
        return 2;
    }
    Err err = {0};
    if (fixture_make(argv[1], argv[2], &err)) return 0;
    fprintf(stderr, "%s\n", err.message);
    return 1;
}
