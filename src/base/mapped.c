#include "base/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

bool mapped_open(const char *path, Mapped *ret, Err *err)
{
    FileInfo info;
    if (!file_info(path, &info, err)) return false;
    if (!info.is_regular)
        return err_set(err, ERR_USAGE, "%s: is no file; a regular file is needed", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        err_set(err, ERR_IO, "%s: cannot open: %s", path, strerror(errno));
        if (fd >= 0) close(fd);
        return false;
    }
    Mapped m = {.size = S_ISREG(st.st_mode) ? (size_t)st.st_size : 0};
    void *bytes = m.size ? mmap(NULL, m.size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    int code = errno;
    close(fd);
    if (bytes == MAP_FAILED)
        return err_set(err, ERR_IO, "%s: cannot map its %zu bytes: %s", path, m.size,
                       strerror(code));
    m.bytes = bytes;
    *ret = m;
    return true;
}

void mapped_forget(const Mapped *m, const void *from, size_t size_bytes)
{
    uintptr_t low = (uintptr_t)m->bytes, first = (uintptr_t)from;
    if (!m->bytes || first < low || first - low > m->size || size_bytes > m->size - (first - low))
        return;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = (first + page - 1) / page * page, end = (first + size_bytes) / page * page;
    if (begin < end) madvise((void *)begin, end - begin, MADV_DONTNEED);
}

void mapped_close(Mapped *m)
{
    if (m->bytes) munmap((void *)m->bytes, m->size);
    *m = (Mapped){0};
}
