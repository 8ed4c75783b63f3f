#include "store/owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The machine and its boot: a project copied elsewhere has no live owner there. */
static void machine(char out[100])
{
    char host[64] = "", boot[9] = "";
    gethostname(host, sizeof host - 1);
    for (char *c = host; *c; c++) {
        if (*c == ':') *c = '_';
    }
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");
    if (f) {
        if (fread(boot, 1, sizeof boot - 1, f) < sizeof boot - 1) boot[0] = '\0';
        fclose(f);
    }
    snprintf(out, 100, "%s:%s", host, boot);
}

/* When a thread started, in clock ticks since boot; 0 when there is no such thread. A number given
 * to a new one thus does not look like the old one. The name in parentheses may hold
 * anything: fields are counted from the last ')'. */
static unsigned long long start_ticks(long thread)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", thread);
    FILE *f = fopen(path, "r");
    if (!f) return 0;
    size_t n = fread(line, 1, sizeof line - 1, f);
    fclose(f);
    line[n] = '\0';
    char *at = strrchr(line, ')');
    for (int field = 2; at && field < 22; field++) {
        at = strchr(at + 1, ' ');
    }
    return at ? strtoull(at + 1, NULL, 10) : 0;
}

void owner_self(char out[OWNER_SIZE])
{
    char place[100];
    machine(place);
    long thread = syscall(SYS_gettid);
    snprintf(out, OWNER_SIZE, "%s:%ld:%llu", place, thread, start_ticks(thread));
}

bool owner_is_self(const char *owner)
{
    char self[OWNER_SIZE];
    owner_self(self);
    return owner && strcmp(owner, self) == 0;
}

bool owner_is_other(const char *owner)
{
    char place[100];
    machine(place);
    size_t size = strlen(place);
    if (!owner || owner_is_self(owner) || strncmp(owner, place, size) != 0 || owner[size] != ':')
        return false;
    char *end;
    long thread = strtol(owner + size + 1, &end, 10);
    if (*end != ':' || thread <= 0) return false;
    unsigned long long start = strtoull(end + 1, NULL, 10);
    return start != 0 && start_ticks(thread) == start;
}
