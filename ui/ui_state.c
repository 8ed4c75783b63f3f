/* What comes back at the next start, in the folder of the XDG specification for state: screen.json
 * for every project (theme, mouse), and a file for each project (views, cursors, filters, sizes).
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "app/facts_runs.h"
#include "base/file.h"
#include "base/hash.h"
#include "ui/screen.h"
#include "ui/ui_parts.h"

#define STATE_LIMIT_BYTES ((size_t)1 << 20)

char *state_path(const char *name)
{
    const char *folder = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (folder && *folder == '/') return str_format("%s/hone/%s", folder, name);
    return str_format("%s/.local/state/hone/%s", home ? home : "/tmp", name);
}

/* By the project's full path: its name for the eye, a hash of the path to tell it from others. */
static char *project_state_path(const Ui *ui)
{
    char *full = realpath(desk_path(ui->desk), NULL);
    const char *path = full ? full : desk_path(ui->desk);
    Hash hash = hash_text(path);
    char hex[HASH_HEX_SIZE];
    hash_hex(&hash, hex);
    char *name = str_format("%s-%.12s.json", file_name(path), hex);
    char *ret = state_path(name);
    free(name);
    free(full);
    return ret;
}

static cJSON *read_state(const char *path)
{
    Str text = {0};
    cJSON *json =
        file_read(path, STATE_LIMIT_BYTES, &text, NULL) ? cJSON_Parse(str_get(&text)) : NULL;
    str_release(&text);
    return json;
}

/* A state that cannot be kept is no reason to disturb anyone. */
static void write_state(const char *path, cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    char *folder = mem_strdup(path);
    *strrchr(folder, '/') = '\0';
    if (text && file_make_folder(folder, NULL)) file_write(path, text, strlen(text), NULL);
    cJSON_free(text);
    free(folder);
    cJSON_Delete(json);
}

static int number_within(const cJSON *json, const char *name, int low, int high, int otherwise)
{
    const cJSON *n = cJSON_GetObjectItem(json, name);
    return cJSON_IsNumber(n) && n->valuedouble >= low && n->valuedouble <= high
               ? (int)n->valuedouble
               : otherwise;
}

static void load_screen(Ui *ui)
{
    char *path = state_path("screen.json");
    cJSON *json = read_state(path);
    const char *theme = cJSON_GetStringValue(cJSON_GetObjectItem(json, "theme"));
    if (theme && theme_find(theme) != THEME_COUNT) ui->theme = theme_find(theme);
    if (cJSON_IsFalse(cJSON_GetObjectItem(json, "mouse"))) {
        ui->mouse = false;
        screen_mouse(false);
    }
    cJSON_Delete(json);
    free(path);
}

void state_load(Ui *ui)
{
    load_screen(ui);
    char *path = project_state_path(ui);
    cJSON *json = read_state(path);
    free(path);
    if (!json) return;
    ui->shown[0] = (ViewId)number_within(json, "left", 0, VIEW_COUNT - 1, ui->shown[0]);
    ui->shown[1] = (ViewId)number_within(json, "right", 0, VIEW_COUNT - 1, ui->shown[1]);
    ui->share = number_within(json, "share", 20, 80, ui->share);
    ui->focus = number_within(json, "focus", 0, 1, 0);
    ui->beside = cJSON_IsTrue(cJSON_GetObjectItem(json, "beside")) && ui->shown[0] != ui->shown[1];
    const cJSON *views = cJSON_GetObjectItem(json, "views");
    for (int i = 0; i < VIEW_COUNT; i++) {
        View *v = ui->views[i];
        const cJSON *own = cJSON_GetObjectItem(views, v->ops->title);
        if (own && v->ops->restore) v->ops->restore(v, own);
    }
    cJSON_Delete(json);
}

static cJSON *screen_state(const Ui *ui)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "theme", theme_name(ui->theme));
    cJSON_AddBoolToObject(json, "mouse", ui->mouse);
    return json;
}

static cJSON *project_state(const Ui *ui)
{
    cJSON *json = cJSON_CreateObject(), *views = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "left", ui->shown[0]);
    cJSON_AddNumberToObject(json, "right", ui->shown[1]);
    cJSON_AddNumberToObject(json, "share", ui->share);
    cJSON_AddNumberToObject(json, "focus", ui->focus);
    cJSON_AddBoolToObject(json, "beside", ui->beside);
    cJSON_AddItemToObject(json, "views", views);
    for (int i = 0; i < VIEW_COUNT; i++) {
        const View *v = ui->views[i];
        if (!v || !v->ops->save) continue;
        cJSON *own = cJSON_CreateObject();
        v->ops->save(v, own);
        cJSON_AddItemToObject(views, v->ops->title, own);
    }
    return json;
}

void state_save(Ui *ui)
{
    char *screen = state_path("screen.json"), *project = project_state_path(ui);
    desk_forget(ui->desk, &ui->state_due);
    write_state(screen, screen_state(ui));
    write_state(project, project_state(ui));
    free(screen);
    free(project);
}

static void kept(void *context, const char *path, const Err *err)
{
    (void)context, (void)path, (void)err; /* as in write_state */
}

void state_keep(Ui *ui)
{
    cJSON *json = project_state(ui);
    char *text = cJSON_PrintUnformatted(json), *path = project_state_path(ui);
    cJSON_Delete(json);
    Hash now = hash_text(text ? text : "");
    ui->state_due = 0;
    if (text && !hash_equal(&now, &ui->state_kept)) {
        ui->state_kept = now;
        char *folder = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
        if (file_make_folder(folder, NULL))
            text_file_ask(ui->desk, &ui->state_due, path, text, kept, NULL);
        free(folder);
    }
    cJSON_free(text);
    free(path);
}
