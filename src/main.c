/* hone: arguments, start and stop. */
#include "app/app.h"
#include "num/blas.h"
#include "ui/ui.h"

int main(int argc, char **argv)
{
    blas_start(argv);
    return app_main(argc, argv, ui_run);
}
