/* Runs a keyed script against the program: run HONE GOLDEN_FOLDER SCRIPT… */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "script.h"

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: %s HONE GOLDEN_FOLDER SCRIPT…\n", argv[0]);
        return 2;
    }
    setlocale(LC_ALL, "C.UTF-8");
    char *hone = realpath(argv[1], NULL); /* it runs in another folder */
    if (!hone) {
        perror(argv[1]);
        return 2;
    }
    for (int i = 3; i < argc; i++) script_run(argv[i], hone, argv[2]);
    free(hone);
    return 0;
}
