/* Reads every #include of the tree and holds the layers: a folder includes lower layers and itself
 * only, headers without cycles, and each library that has one home is included there alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"

typedef struct Layer {
    const char *folder;
    int layer;
} Layer;

static const Layer LAYERS[] = {
    {"src/base/", 1}, {"src/store/", 2}, {"src/net/", 2},      {"src/num/", 2},
    {"src/text/", 2}, {"src/model/", 3}, {"src/retrieve/", 4}, {"src/task/", 5},
    {"src/app/", 6},  {"ui/", 7},        {"src/serve/", 7},    {"src/main.c", 8},
};

/* Headers of libraries that only one folder may know. */
static const struct {
    const char *header, *folder;
} HOMES[] = {
    {"curses.h", "ui/"},
    {"ncurses.h", "ui/"},
    {"sqlite3.h", "src/store/"},
    {"curl/curl.h", "src/net/"},
    {"cblas.h", "src/num/"},
    {"lapacke.h", "src/num/"},
    {"openblas_config.h", "src/num/"},
};

/* What ui may include beside itself. */
static const char *const UI_MAY[] = {"src/app/", "src/base/", "src/store/rows.h"};

typedef struct Include {
    uint32_t from, to; /* numbers of files */
} Include;

typedef struct Tree {
    Map *files;
    VEC(Include) includes;
    Str problems;
} Tree;

static const Layer *layer_of(const char *path)
{
    for (size_t i = 0; i < sizeof LAYERS / sizeof *LAYERS; i++) {
        if (str_starts(path, LAYERS[i].folder)) return &LAYERS[i];
    }
    return NULL;
}

static void check_home(Tree *t, const char *path, const char *header)
{
    for (size_t i = 0; i < sizeof HOMES / sizeof *HOMES; i++) {
        if (strcmp(header, HOMES[i].header) == 0 && !str_starts(path, HOMES[i].folder)) {
            str_addf(&t->problems, "%s includes <%s>, which belongs in %s\n", path, header,
                     HOMES[i].folder);
        }
    }
}

static void check_own(Tree *t, const char *path, const char *header)
{
    char *target =
        str_starts(header, "ui/") ? str_format("%s", header) : str_format("src/%s", header);
    const Layer *from = layer_of(path), *to = layer_of(target);
    if (!to)
        str_addf(&t->problems, "%s includes \"%s\", which is in no layer\n", path, header);
    else if (from != to && to->layer >= from->layer)
        str_addf(&t->problems, "%s includes \"%s\" of a layer beside or above it\n", path, header);
    if (from && strcmp(from->folder, "ui/") == 0 && from != to) {
        bool allowed = false;
        for (size_t i = 0; i < sizeof UI_MAY / sizeof *UI_MAY; i++)
            allowed |= str_starts(target, UI_MAY[i]);
        if (!allowed)
            str_addf(&t->problems,
                     "%s includes \"%s\": ui may know app, base and store/rows.h only\n", path,
                     header);
    }
    uint32_t a = map_add(t->files, path, strlen(path), (uint32_t)map_count(t->files));
    uint32_t b = map_add(t->files, target, strlen(target), (uint32_t)map_count(t->files));
    vec_push(&t->includes, (Include){a, b});
    free(target);
}

static void read_includes(Tree *t, const char *path, const char *text)
{
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        char header[256];
        if (sscanf(line, "#include <%255[^>]>", header) == 1) check_home(t, path, header);
        if (sscanf(line, "#include \"%255[^\"]\"", header) == 1) {
            check_home(t, path, header);
            check_own(t, path, header);
        }
        if (*line == '\0') break;
    }
}

/* Depth-first: 1 on the way, 2 done. */
static void visit(Tree *t, uint32_t file, uint8_t *seen)
{
    seen[file] = 1;
    for (size_t i = 0; i < t->includes.count; i++) {
        if (t->includes.items[i].from != file) continue;
        uint32_t to = t->includes.items[i].to;
        if (seen[to] == 1) {
            size_t size;
            str_addf(&t->problems, "a cycle of includes goes through %s\n",
                     map_key(t->files, to, &size));
        } else if (seen[to] == 0) {
            visit(t, to, seen);
        }
    }
    seen[file] = 2;
}

static void layers_hold(void **state)
{
    (void)state;
    const char *root = getenv("HONE_SOURCE");
    assert_non_null(root);
    Tree t = {.files = map_new()};
    size_t read = 0;
    static const char *const TOPS[] = {"src", "ui"};
    for (int top = 0; top < 2; top++) {
        char *folder = str_format("%s/%s", root, TOPS[top]);
        Paths paths = {0};
        Err err = {0};
        if (file_walk(folder, &paths, NULL, &err)) {
            for (size_t i = 0; i < paths.count; i++) {
                if (!str_ends(paths.items[i], ".c") && !str_ends(paths.items[i], ".h")) continue;
                Str text = {0};
                assert_true(file_read(paths.items[i], 1 << 24, &text, &err));
                read_includes(&t, paths.items[i] + strlen(root) + 1, str_get(&text));
                str_release(&text);
                read++;
            }
        }
        file_paths_release(&paths);
        free(folder);
    }
    assert_true(read > 50);
    uint8_t *seen = mem_zero(map_count(t.files) + 1, 1);
    for (uint32_t f = 0; f < map_count(t.files); f++) {
        if (!seen[f]) visit(&t, f, seen);
    }
    if (t.problems.size) print_error("%s", t.problems.data);
    assert_int_equal(t.problems.size, 0);
    free(seen);
    vec_release(&t.includes);
    str_release(&t.problems);
    map_free(t.files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(layers_hold)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
