/* A server on loopback for tests: answers come from a function, one connection at a time, in a
 * thread of its own. Bodies can be cut off, slow, of a wrong length. */
#ifndef TESTS_NET_SERVER_H
#define TESTS_NET_SERVER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ServerRequest {
    char method[16], path[512];
    char host[128], authorization[256];
    unsigned long long from; /* of "Range: bytes=FROM-", 0: none */
} ServerRequest;

typedef struct ServerReply {
    int status;
    char headers[1024]; /* lines with \r\n, beside Content-Length */
    const char *body;   /* borrowed until the next request */
    size_t size;
    size_t cut_at;  /* close after so many bytes of the body; 0: send all */
    bool no_length; /* leave Content-Length out: the body ends with the connection */
    bool hang;      /* say nothing and wait until the client goes */
} ServerReply;

typedef void ServerAnswer(void *context, const ServerRequest *request, ServerReply *reply);

typedef struct Server Server;

Server *server_start(ServerAnswer *answer, void *context); /* aborts the test when it cannot */
int server_port(const Server *s);
size_t server_requests(const Server *s); /* answered so far */
void server_stop(Server *s);

#endif
