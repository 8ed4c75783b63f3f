#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "store/schema.h"

#define CACHE_KIB 32768
#define WORDS(x) #x
#define IN_WORDS(x) WORDS(x)
#define ROOM_PAGES                                                                                 \
    2048 /* free ones from which a quarter of the file is worth giving back: 32 MiB */

#define BUSY_TIMEOUT_MS 10000
#define BUSY_POLL_MS 5
#define HEADER_BYTES 100

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The first bytes of the file, read through the connection that is not used yet: SQLite creates or
 * removes files beside one that it reads itself, and a descriptor of our own would, when it is
 * closed, drop the locks that other connections of this process hold; another process that closes
 * the file would then take their log away from under them. */
static bool read_header(Store *s, uint8_t header[HEADER_BYTES], bool *ret_empty, Err *err)
{
    sqlite3_file *file = NULL;
    sqlite3_int64 size = 0;
    int rc = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (rc == SQLITE_OK && (!file || !file->pMethods)) rc = SQLITE_CANTOPEN;
    if (rc == SQLITE_OK) rc = file->pMethods->xFileSize(file, &size);
    memset(header, 0, HEADER_BYTES);
    if (rc == SQLITE_OK && size >= HEADER_BYTES)
        rc = file->pMethods->xRead(file, header, HEADER_BYTES, 0);
    *ret_empty = size == 0;
    return rc == SQLITE_OK || sql_error(s, rc, err);
}

static bool header_check(Store *s, Err *err)
{
    uint8_t header[HEADER_BYTES];
    bool empty;
    if (!read_header(s, header, &empty, err)) return false;
    if (empty)
        return err_set(err, ERR_DATABASE,
                       "%s: is empty, not a hone project: remove it, then 'hone init' makes one",
                       s->path);
    if (memcmp(header, "SQLite format 3", 16) != 0 ||
        big_endian(header + 68) != SCHEMA_APPLICATION_ID)
        return err_set(err, ERR_DATABASE, "%s: is not a hone project: name another file", s->path);
    return schema_version_known(s->path, big_endian(header + 60), SCHEMA_VERSION, err);
}

static bool file_check(const char *path, Err *err)
{
    FileInfo info;
    return file_info(path, &info, err) &&
           (info.is_regular ||
            err_set(err, ERR_DATABASE, "%s: is not a file: name a project", path));
}

/* A decision should not wait longer than it must: asks again every five milliseconds. */
static int busy(void *context, int count)
{
    const Store *s = context;
    if (cancel_asked(s->cancel) || count >= BUSY_TIMEOUT_MS / BUSY_POLL_MS) return 0;
    nanosleep(&(struct timespec){.tv_nsec = (count == 0 ? 1 : BUSY_POLL_MS) * 1000000L}, NULL);
    return 1;
}

/* Every SQL_PROGRESS_STEPS steps of a statement. Patience that has run out stays at 1. */
static int cancelled(void *context)
{
    Store *s = context;
    if (s->patience > 1) s->patience--;
    return s->patience == 1 || cancel_asked(s->cancel);
}

/* text_has(text, needle): does the text hold the needle, whatever the case? Needle: folded already.
 */
static void text_has(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const char *text = (const char *)sqlite3_value_text(values[0]);
    const char *needle = (const char *)sqlite3_value_text(values[1]);
    bool found = false, ascii = true;
    for (const char *c = needle; c && *c; c++) {
        ascii = ascii && (unsigned char)*c < 128;
    }
    if (text && needle && ascii) {
        found = strcasestr(text, needle) != NULL;
    } else if (text && needle && !(found = strstr(text, needle) != NULL)) {
        Str folded = {0};
        utf8_fold(text, strlen(text), &folded);
        found = strstr(str_get(&folded), needle) != NULL;
        str_release(&folded);
    }
    sqlite3_result_int(context, found);
}

size_t store_cache_bytes(void)
{
    return (size_t)CACHE_KIB * 1024;
}

static bool configure(Store *s, Err *err)
{
    static const char pragmas[] =
        "PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON;PRAGMA recursive_triggers = OFF;"
        " PRAGMA synchronous = NORMAL;PRAGMA temp_store = MEMORY; PRAGMA cache_size ="
        " -" IN_WORDS(
            CACHE_KIB) ";PRAGMA secure_delete = FAST; PRAGMA journal_size_limit = 67108864;";
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_busy_handler(s->db, busy, s);
    sqlite3_progress_handler(s->db, SQL_PROGRESS_STEPS, cancelled, s);
    int rc = sqlite3_create_function_v2(s->db, "text_has", 2,
                                        SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                                        NULL, text_has, NULL, NULL, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_exec(s->db, pragmas, NULL, NULL, NULL);
    return rc == SQLITE_OK || sql_error(s, rc, err);
}

static Store *store_new(const char *path)
{
    Store *s = mem_zero(1, sizeof *s);
    s->path = mem_strdup(path);
    return s;
}

static void store_free(Store *s)
{
    for (size_t i = 0; i < s->statements.count; i++) {
        sqlite3_finalize(s->statements.items[i].statement);
    }
    vec_release(&s->statements);
    vec_release(&s->made);
    sqlite3_close(s->db);
    free(s->path);
    free(s);
}

static bool open_database(Store *s, Err *err)
{
    char *path = sql_plain_path(s->path);
    int rc = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    free(path);
    return rc == SQLITE_OK || sql_error(s, rc, err);
}

bool store_open(const char *path, Store **ret, Err *err)
{
    if (!file_check(path, err)) return false;
    Store *s = store_new(path);
    if (!open_database(s, err) || !header_check(s, err) || !configure(s, err) ||
        !schema_migrate(s, SCHEMA_MIGRATIONS, SCHEMA_VERSION, err) || !schema_expected(s, err)) {
        store_free(s);
        return false;
    }
    *ret = s;
    return true;
}

/* Fills an empty file with the tables of this version and leaves it complete, in WAL mode, without
 * files beside it. */
static bool make_database(const char *path, Err *err)
{
    Store *s = store_new(path);
    char pragmas[160];
    snprintf(
        pragmas, sizeof pragmas,
        "PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = %d;",
        SCHEMA_APPLICATION_ID);
    bool ok = open_database(s, err) && configure(s, err);
    int rc = ok ? sqlite3_exec(s->db, pragmas, NULL, NULL, NULL) : SQLITE_OK;
    if (rc != SQLITE_OK) ok = sql_error(s, rc, err);
    if (ok && (ok = store_begin(s, err)))
        ok = sql_end(s, schema_apply(s, SCHEMA_MIGRATIONS, SCHEMA_VERSION, 0, err), err);
    rc = ok ? sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) : SQLITE_OK;
    if (rc != SQLITE_OK) ok = sql_error(s, rc, err);
    store_free(s);
    return ok;
}

/* Gives the finished file its name, unless that is taken. Not every file system can do it in one
 * step. */
static bool give_name(const char *from, const char *to, Err *err)
{
    if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1 /* RENAME_NOREPLACE */) == 0)
        return true;
    if (errno == EINVAL || errno == ENOSYS) {
        if (link(from, to) == 0) return unlink(from) == 0 || true;
        if (errno != EEXIST && access(to, F_OK) != 0 && rename(from, to) == 0) return true;
    }
    if (errno == EEXIST || access(to, F_OK) == 0)
        return err_set(err, ERR_CONFLICT, "%s: exists already: open it, or choose another name",
                       to);
    return err_set(err, ERR_DATABASE, "%s: cannot be made: %s", to, strerror(errno));
}

/* A log left beside a project that is gone would be taken for the new one's. */
static bool place_is_free(const char *path, Err *err)
{
    static const char *const ends[] = {"", "-wal", "-journal"};
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof ends / sizeof *ends; i++) {
        char *name = str_format("%s%s", path, ends[i]);
        struct stat st;
        if (lstat(name, &st) == 0)
            ok = err_set(
                err, ERR_CONFLICT,
                i == 0 ? "%s: exists already: open it, or choose another name"
                       : "%s: is left of another project: move it away, or choose another name",
                name);
        free(name);
    }
    return ok;
}

bool store_create(const char *path, Store **ret, Err *err)
{
    if (!place_is_free(path, err)) return false;
    char *temporary = str_format("%s.new-%ld", path, (long)getpid());
    unlink(temporary); /* of an earlier process with the same number that was killed */
    int fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    bool ok = fd >= 0;
    if (ok) {
        close(fd);
        ok = make_database(temporary, err) && give_name(temporary, path, err);
        if (!ok) unlink(temporary);
    } else {
        err_set(err, ERR_DATABASE, "%s: cannot be made: %s", path, strerror(errno));
    }
    free(temporary);
    return ok && store_open(path, ret, err);
}

/* Gives room that dropped checkpoints and builds left back to the disk, a bounded piece at a time;
 * whether it works does not matter. */
static void give_room_back(Store *s)
{
    int64_t free_pages = 0, pages = 0;
    Err ignored;
    bool known = sql_one_i64(s, "PRAGMA freelist_count", 0, &free_pages, &ignored) &&
                 sql_one_i64(s, "PRAGMA page_count", 0, &pages, &ignored);
    if (!known || free_pages < ROOM_PAGES || free_pages * 4 < pages) return;
    sqlite3_busy_timeout(s->db, 0);
    sqlite3_exec(s->db, "PRAGMA incremental_vacuum(8192)", NULL, NULL, NULL);
}

void store_close(Store *s)
{
    if (!s) return;
    sqlite3_progress_handler(s->db, 0, NULL, NULL);
    while (s->depth > 0) {
        store_rollback(s);
    }
    give_room_back(s);
    sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    store_free(s);
}

const char *store_path(const Store *s)
{
    return s->path;
}

const Cancel *store_set_cancel(Store *s, const Cancel *cancel)
{
    const Cancel *before = s->cancel;
    s->cancel = cancel;
    return before;
}

bool setting_get(Store *s, const char *name, char **ret, Err *err)
{
    Sql q = sql_open(s, "SELECT value FROM setting WHERE name = ?");
    sql_text(&q, name);
    Arena arena = {0};
    const char *value = sql_next(&q) ? sql_get_words(&q, &arena) : NULL;
    bool ok = sql_close(&q, err);
    if (ok) *ret = mem_strdup(value);
    arena_release(&arena);
    return ok;
}

bool settings_load(Store *s, const char *prefix, SettingRows *ret, Err *err)
{
    SettingRows rows = {0};
    Sql q = sql_open(s, "SELECT name, value FROM setting WHERE substr(name, 1, length(?1)) = ?1"
                        " ORDER BY name");
    sql_text(&q, prefix);
    while (sql_next(&q)) {
        SettingRow *r = rows_push(&rows);
        r->name = sql_get_words(&q, &rows.arena);
        r->value = sql_get_words(&q, &rows.arena);
    }
    rows_end(&q, &rows, ret, err);
}

bool setting_set(Store *s, const char *name, const char *value, Err *err)
{
    Sql q = value ? sql_open(s, "INSERT INTO setting(name, value) VALUES (?, ?) ON CONFLICT DO"
                                " UPDATE SET value = excluded.value")
                  : sql_open(s, "DELETE FROM setting WHERE name = ?");
    sql_text(&q, name);
    if (value) sql_text(&q, value);
    return sql_run(&q, err);
}

bool store_change(Store *s, int64_t *ret, Err *err)
{
    int64_t version;
    if (!sql_one_i64(s, "PRAGMA data_version", 0, &version, err)) return false;
    *ret = version +
           sqlite3_total_changes64(s->db); /* the first sees others' changes, the second ours */
    return true;
}

static void add_count(Counts *c, const char *what, int status, int split, int64_t n)
{
    if (strcmp(what, "document") == 0) c->documents[split] = n;
    if (strcmp(what, "chunk") == 0 && status >= 0 && status < CHUNK_STATUS_COUNT)
        c->chunks[status][split] = n;
    if (strcmp(what, "question") == 0 && status >= 0) c->questions[status][split] = n;
}

static bool load_counts(Store *s, Counts *c, Err *err)
{
    Arena arena = {0};
    Sql q = sql_open(s, "SELECT what, status, split, n FROM count");
    while (sql_next(&q)) {
        const char *what = sql_get_words(&q, &arena), *status = sql_get_words(&q, &arena);
        Split split = sql_get_split(&q);
        int64_t n = sql_get_count(&q);
        bool chunk = strcmp(what, "chunk") == 0;
        add_count(c, what,
                  chunk ? name_index(status, CHUNK_STATUS_NAMES, CHUNK_STATUS_COUNT)
                        : name_index(status, QUESTION_STATUS_NAMES, QUESTION_STATUS_COUNT),
                  split, n);
    }
    arena_release(&arena);
    return sql_close(&q, err);
}

bool store_counts(Store *s, Counts *ret, Err *err)
{
    Counts c = {0};
    if (!load_counts(s, &c, err)) return false;
    Sql q = sql_open(s, "SELECT status, n FROM candidate_count WHERE mining_id = (SELECT max(id)"
                        " FROM mining WHERE finished)");
    while (sql_next(&q)) {
        int status =
            sql_get_word(&q, CANDIDATE_STATUS_NAMES, CANDIDATE_STATUS_COUNT, "an unknown status");
        c.candidates[status] = sql_get_count(&q);
    }
    if (!sql_close(&q, err)) return false;
    if (!sql_one_i64(s, "SELECT count(*) FROM run", 0, &c.runs, err) ||
        !sql_one_i64(s, "SELECT count(*) FROM retriever", 0, &c.retrievers, err) ||
        !sql_one_i64(s, "SELECT count(*) FROM eval", 0, &c.evals, err))
        return false;
    *ret = c;
    return true;
}

const char *store_engine(void)
{
    return sqlite3_libversion();
}
