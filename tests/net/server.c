#include "net/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct Server {
    ServerAnswer *answer;
    void *context;
    int listener, wake[2];
    int port;
    atomic_size_t requests;
    pthread_t thread;
};

static void need(bool ok, const char *what)
{
    if (ok) return;
    perror(what);
    abort();
}

static void send_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);
        if (n <= 0) return;
        bytes += n;
        size -= (size_t)n;
    }
}

static void header(const char *head, const char *name, char *out, size_t room)
{
    *out = '\0';
    for (const char *line = head; (line = strstr(line, "\r\n"));) {
        line += 2;
        size_t n = strlen(name);
        if (strncasecmp(line, name, n) != 0 || line[n] != ':') continue;
        line += n + 1;
        line += strspn(line, " ");
        size_t size = strcspn(line, "\r");
        snprintf(out, room, "%.*s", (int)size, line);
        return;
    }
}

/* Reads up to the blank line; requests of these tests have no bodies. */
static bool read_request(const Server *s, int fd, ServerRequest *ret)
{
    char head[8192], range[64];
    size_t size = 0;
    while (size < sizeof head - 1) {
        struct pollfd fds[2] = {{fd, POLLIN, 0}, {s->wake[0], POLLIN, 0}};
        if (poll(fds, 2, -1) < 0 || fds[1].revents) return false;
        ssize_t n = recv(fd, head + size, sizeof head - 1 - size, 0);
        if (n <= 0) return false;
        size += (size_t)n;
        head[size] = '\0';
        if (strstr(head, "\r\n\r\n")) break;
    }
    if (sscanf(head, "%15s %511s", ret->method, ret->path) != 2) return false;
    header(head, "Host", ret->host, sizeof ret->host);
    header(head, "Authorization", ret->authorization, sizeof ret->authorization);
    header(head, "Range", range, sizeof range);
    ret->from = 0;
    sscanf(range, "bytes=%llu-", &ret->from);
    return true;
}

static void wait_gone(const Server *s, int fd)
{
    struct pollfd fds[2] = {{fd, POLLIN | POLLHUP, 0}, {s->wake[0], POLLIN, 0}};
    poll(fds, 2, -1);
}

static void serve(Server *s, int fd)
{
    ServerRequest request = {0};
    if (!read_request(s, fd, &request)) return;
    ServerReply reply = {.status = 200};
    s->answer(s->context, &request, &reply);
    atomic_fetch_add(&s->requests, 1);
    if (reply.hang) {
        wait_gone(s, fd);
        return;
    }
    char head[2048], length[64] = "";
    if (!reply.no_length) snprintf(length, sizeof length, "Content-Length: %zu\r\n", reply.size);
    int n = snprintf(head, sizeof head, "HTTP/1.1 %d X\r\n%s%sConnection: close\r\n\r\n",
                     reply.status, reply.headers, length);
    send_all(fd, head, (size_t)n);
    if (strcmp(request.method, "HEAD") != 0)
        send_all(fd, reply.body,
                 reply.cut_at && reply.cut_at < reply.size ? reply.cut_at : reply.size);
}

static void *run(void *context)
{
    Server *s = context;
    for (;;) {
        struct pollfd fds[2] = {{s->listener, POLLIN, 0}, {s->wake[0], POLLIN, 0}};
        if (poll(fds, 2, -1) < 0 || fds[1].revents) return NULL;
        int fd = accept(s->listener, NULL, NULL);
        if (fd < 0) continue;
        serve(s, fd);
        close(fd);
    }
}

Server *server_start(ServerAnswer *answer, void *context)
{
    Server *s = calloc(1, sizeof *s);
    need(s != NULL, "memory");
    s->answer = answer;
    s->context = context;
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    need(s->listener >= 0 && bind(s->listener, (struct sockaddr *)&a, sizeof a) == 0 &&
             listen(s->listener, 16) == 0 &&
             getsockname(s->listener, (struct sockaddr *)&a, &size) == 0 && pipe(s->wake) == 0,
         "a server on loopback");
    s->port = ntohs(a.sin_port);
    need(pthread_create(&s->thread, NULL, run, s) == 0, "thread");
    return s;
}

int server_port(const Server *s)
{
    return s->port;
}

size_t server_requests(const Server *s)
{
    return atomic_load(&s->requests);
}

void server_stop(Server *s)
{
    need(write(s->wake[1], "x", 1) == 1, "wake");
    pthread_join(s->thread, NULL);
    close(s->listener);
    close(s->wake[0]);
    close(s->wake[1]);
    free(s);
}
