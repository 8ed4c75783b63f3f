#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)1 << 20)

/* Reports errno about path: "path: cannot read: No space left on device; make room on it". */
static bool fail(Err *err, const char *path, const char *action)
{
    int code = errno;
    const char *advice = "";
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return err_set(err, ERR_MISSING, "%s: there is no such file or folder; check the path",
                       path);
    case EACCES:
    case EPERM:
        advice = "; check its permissions and those of its folder";
        break;
    case ENOSPC:
    case EDQUOT:
        advice = "; make room on the disk";
        break;
    case EROFS:
        advice = "; choose another folder";
        break;
    case EMFILE:
    case ENFILE:
        advice = "; raise the limit of open files (ulimit -n)";
        break;
    default:
        break;
    }
    return err_set(err, ERR_IO, "%s: cannot %s: %s%s", path, action, strerror(code), advice);
}

static bool require_regular(const char *path, mode_t mode, Err *err)
{
    if (S_ISREG(mode)) return true;
    const char *kind = S_ISDIR(mode)    ? "a folder"
                       : S_ISFIFO(mode) ? "a pipe"
                       : S_ISSOCK(mode) ? "a socket"
                                        : "a device";
    return err_set(err, ERR_USAGE, "%s: is %s; a regular file is needed", path, kind);
}

bool file_info(const char *path, FileInfo *ret, Err *err)
{
    struct stat st;
    if (stat(path, &st) != 0) return fail(err, path, "look at");
    *ret = (FileInfo){
        .size_bytes = (uint64_t)st.st_size,
        .modified_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000,
        .is_directory = S_ISDIR(st.st_mode),
        .is_regular = S_ISREG(st.st_mode),
    };
    return true;
}

/* Opens a regular file. What it is gets asked before, as to open a device can set it to
 * work, and after, as another file may have come in between. */
static int open_regular(const char *path, struct stat *ret_st, Err *err)
{
    if (stat(path, ret_st) != 0) {
        fail(err, path, "open");
        return -1;
    }
    if (!require_regular(path, ret_st->st_mode, err)) return -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        fail(err, path, "open");
        return -1;
    }
    if (fstat(fd, ret_st) != 0)
        fail(err, path, "look at");
    else if (require_regular(path, ret_st->st_mode, err))
        return fd;
    close(fd);
    return -1;
}

static bool over_limit(const char *path, size_t limit_bytes, Err *err)
{
    return err_set(err, ERR_LIMIT,
                   "%s: larger than the limit of %zu bytes; split it or raise the limit", path,
                   limit_bytes);
}

/* Reads to the end whatever the size was said to be: the file may grow, and some report 0. */
static bool read_all(int fd, const char *path, size_t limit_bytes, Str *out, Err *err)
{
    for (;;) {
        str_reserve(out, 1);
        size_t room = out->capacity - out->size - 1;
        char probe; /* at the limit, one byte more tells whether it is exceeded */
        bool full = out->size == limit_bytes;
        if (room > limit_bytes - out->size) room = limit_bytes - out->size;
        ssize_t got = full ? read(fd, &probe, 1) : read(fd, out->data + out->size, room);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(err, path, "read");
        if (got == 0) return true;
        if (full) return over_limit(path, limit_bytes, err);
        out->size += (size_t)got;
        out->data[out->size] = '\0';
    }
}

bool file_read(const char *path, size_t limit_bytes, Str *out, Err *err)
{
    struct stat st;
    int fd = open_regular(path, &st, err);
    if (fd < 0) return false;
    Str text = {0};
    bool ok = (uint64_t)st.st_size <= limit_bytes || over_limit(path, limit_bytes, err);
    if (ok) {
        str_reserve(&text, (size_t)st.st_size + 1);
        ok = read_all(fd, path, limit_bytes, &text, err);
    }
    close(fd);
    if (ok) {
        str_release(out);
        *out = text;
    } else {
        str_release(&text);
    }
    return ok;
}

static bool write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        data += written;
        size -= (size_t)written;
    }
    return true;
}

/* The folder part of path with its slash; "./" without one. */
static char *folder_of(const char *path)
{
    size_t size = (size_t)(file_name(path) - path);
    return size ? mem_strndup(path, size) : mem_strdup("./");
}

/* Creates a hidden file of a fresh name in the folder; a failure leaves errno. */
static int create_temporary(const char *folder, char **ret_path)
{
    for (;;) {
        unsigned long long number;
        if (getrandom(&number, sizeof number, 0) != sizeof number) return -1;
        char *path = str_format("%s.hone-%016llx.tmp", folder, number);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) {
            *ret_path = path;
            return fd;
        }
        free(path);
        if (errno != EEXIST) return -1;
    }
}

/* Makes a rename in the folder last. Some file systems cannot and say EINVAL. */
static bool sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno == EACCES; /* may be written but not read: nothing to sync with */
    bool ok = fsync(fd) == 0 || errno == EINVAL;
    close(fd);
    return ok;
}

struct FileWriter {
    char *path, *target, *folder, *temporary; /* target: path, or what a symbolic link names */
    int fd;
};

static void writer_free(FileWriter *w)
{
    free(w->path);
    free(w->target);
    free(w->folder);
    free(w->temporary);
    free(w);
}

bool file_writer_open(const char *path, FileWriter **ret, Err *err)
{
    struct stat st;
    bool exists = stat(path, &st) == 0;
    if (exists && !require_regular(path, st.st_mode, err)) return false;

    /* a symbolic link stays, and the file that it names is replaced */
    char *target = exists ? realpath(path, NULL) : mem_strdup(path);
    if (!target) return fail(err, path, "write");
    FileWriter *w = mem_zero(1, sizeof *w);
    w->path = mem_strdup(path);
    w->target = target;
    w->folder = folder_of(target);
    w->fd = create_temporary(w->folder, &w->temporary);
    if (w->fd >= 0 && (!exists || fchmod(w->fd, st.st_mode & 0777) == 0)) {
        *ret = w;
        return true;
    }
    fail(err, path, "write");
    if (w->fd < 0)
        writer_free(w);
    else
        file_writer_close(w, false, NULL);
    return false;
}

bool file_writer_add(FileWriter *w, const void *data, size_t size, Err *err)
{
    return write_all(w->fd, data, size) || fail(err, w->path, "write");
}

bool file_writer_close(FileWriter *w, bool keep, Err *err)
{
    bool ok = !keep || fsync(w->fd) == 0 || fail(err, w->path, "write");
    if (close(w->fd) != 0 && keep && ok) ok = fail(err, w->path, "write");
    if (keep && ok && rename(w->temporary, w->target) != 0) ok = fail(err, w->path, "write");
    if (!keep || !ok)
        unlink(w->temporary);
    else
        ok = sync_folder(w->folder) || fail(err, w->path, "make the change last");
    writer_free(w);
    return ok;
}

bool file_write(const char *path, const void *data, size_t size, Err *err)
{
    FileWriter *w;
    if (!file_writer_open(path, &w, err)) return false;
    bool ok = file_writer_add(w, data, size, err);
    return file_writer_close(w, ok, err) && ok;
}

bool file_copy(const char *from, const char *to, Err *err)
{
    struct stat st;
    FileWriter *w;
    int in = open_regular(from, &st, err);
    if (in < 0) return false;
    bool ok = file_writer_open(to, &w, err);
    if (ok) {
        char *piece = mem_alloc(COPY_BYTES);
        ssize_t n = 0;
        while (ok && (n = read(in, piece, COPY_BYTES)) > 0)
            ok = file_writer_add(w, piece, (size_t)n, err);
        if (n < 0) ok = fail(err, from, "read");
        free(piece);
        ok = file_writer_close(w, ok, err) && ok;
    }
    close(in);
    return ok;
}

typedef struct Walk {
    Paths folders; /* still to be listed */
    Paths files;
    Paths unreadable;
} Walk;

typedef enum EntryKind { ENTRY_OTHER, ENTRY_FILE, ENTRY_FOLDER } EntryKind;

static EntryKind entry_kind(const char *path, unsigned char type)
{
    struct stat st;
    if (type == DT_REG) return ENTRY_FILE;
    if (type == DT_DIR) return ENTRY_FOLDER;
    if (type != DT_LNK && type != DT_UNKNOWN) return ENTRY_OTHER;
    if (lstat(path, &st) != 0) return ENTRY_OTHER;
    if (S_ISDIR(st.st_mode)) return ENTRY_FOLDER;
    if (stat(path, &st) != 0) return ENTRY_OTHER; /* a link to nowhere */
    return S_ISREG(st.st_mode) ? ENTRY_FILE : ENTRY_OTHER;
}

/* Lists one folder into w; false with errno when that fails. */
static bool walk_folder(Walk *w, const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir) return false;
    const char *slash = str_ends(folder, "/") ? "" : "/";
    struct dirent *entry;
    while (errno = 0, (entry = readdir(dir))) {
        if (entry->d_name[0] == '.') continue;
        char *path = str_format("%s%s%s", folder, slash, entry->d_name);
        EntryKind kind = entry_kind(path, entry->d_type);
        if (kind == ENTRY_FILE)
            vec_push(&w->files, path);
        else if (kind == ENTRY_FOLDER)
            vec_push(&w->folders, path);
        else
            free(path);
    }
    int code = errno;
    closedir(dir);
    errno = code;
    return code == 0;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Moves the paths of from to the end of to, sorted; without to they are freed. */
static void hand_over(Paths *from, Paths *to)
{
    if (from->count > 1) qsort(from->items, from->count, sizeof *from->items, compare_paths);
    for (size_t i = 0; to && i < from->count; i++) vec_push(to, from->items[i]);
    if (to) vec_clear(from);
    file_paths_release(from);
}

bool file_walk(const char *path, Paths *ret, Paths *ret_unreadable, Err *err)
{
    struct stat st;
    if (stat(path, &st) != 0) return fail(err, path, "look at");
    Walk w = {0};
    if (!S_ISDIR(st.st_mode)) {
        if (!require_regular(path, st.st_mode, err)) return false;
        vec_push(&w.files, mem_strdup(path));
    } else if (!walk_folder(&w, path)) {
        fail(err, path, "list");
        file_paths_release(&w.folders);
        file_paths_release(&w.files);
        return false;
    }
    while (w.folders.count > 0) {
        char *folder = w.folders.items[--w.folders.count];
        if (walk_folder(&w, folder))
            free(folder);
        else
            vec_push(&w.unreadable, folder);
    }
    file_paths_release(&w.folders);
    hand_over(&w.files, ret);
    hand_over(&w.unreadable, ret_unreadable);
    return true;
}

void file_paths_release(Paths *paths)
{
    for (size_t i = 0; i < paths->count; i++) free(paths->items[i]);
    vec_release(paths);
}

bool file_make_folder(const char *path, Err *err)
{
    char *part = mem_strdup(path);
    size_t size = strlen(part);
    bool ok = true;
    for (size_t i = 1; ok && i <= size; i++) {
        if (part[i] != '/' && part[i] != '\0') continue;
        part[i] = '\0';
        struct stat st;
        if (mkdir(part, 0777) != 0) {
            int code = errno;
            bool is_there = stat(part, &st) == 0;
            errno = code;
            if (!is_there)
                ok = fail(err, part, "make the folder");
            else if (!S_ISDIR(st.st_mode))
                ok = err_set(err, ERR_CONFLICT,
                             "%s: is a file where a folder is needed; choose another path", part);
        }
        if (i < size) part[i] = '/';
    }
    free(part);
    return ok;
}

const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
