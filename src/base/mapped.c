#include "base/mapped.h"

#include <errno.h>
#include <fcntl.h>
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

void mapped_close(Mapped *m)
{
    if (m->bytes) munmap((void *)m->bytes, m->size);
    *m = (Mapped){0};
}
