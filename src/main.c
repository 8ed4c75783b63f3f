/* hone: arguments, start and stop. */
#include <signal.h>

#include "app/app.h"
#include "num/blas.h"
#include "ui/ui.h"

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
    blas_start(argv);
    return app_main(argc, argv, ui_run);
}
