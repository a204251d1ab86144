// Lower bound of the cost of a fan-out to many streams: one thread that holds sockets and calls send, without rules, journal or tokens.
//
//     fanout PORT BYTES
//
// A GET becomes a stream. A POST is answered 204, then sends an event of that many bytes to all streams, 64 between two polls. Prints
// "ready" when it listens. Ends at the end of its standard input.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STREAMS_MAX = 16384, SLICE = 64, EVENTS = 512 };

static const char opening[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 5000\n\nid: 0\n\n";
static const char done[] = "HTTP/1.1 204 No Content\r\n\r\n";

static int streams[STREAMS_MAX], count, left;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void take(int socket) {
    char request[4096];
    ssize_t got = recv(socket, request, sizeof request, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        for (int i = 0; i < count; i++)
            if (streams[i] == socket) streams[i] = streams[--count];
        close(socket);
        return;
    }
    if (!strncmp(request, "POST", 4)) {
        if (send(socket, done, sizeof done - 1, MSG_NOSIGNAL) < 0) fail("answer");
        left = count;
    } else if (count < STREAMS_MAX) {
        if (send(socket, opening, sizeof opening - 1, MSG_NOSIGNAL) < 0) fail("opening");
        streams[count++] = socket;
    }
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    int bytes = atoi(argv[2]), one = 1;
    char *event = malloc(bytes);
    if (bytes < 32 || !event) return 2;
    memset(event, 'x', bytes);
    memcpy(event, "id: 1\ndata: ", 12);
    memcpy(event + bytes - 2, "\n\n", 2);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), poller = epoll_create1(0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) fail("listen");
    struct epoll_event interest = { .events = EPOLLIN, .data.fd = listener };
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &interest);
    interest.data.fd = 0;
    epoll_ctl(poller, EPOLL_CTL_ADD, 0, &interest);
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poller, events, EVENTS, left ? 0 : -1);
        for (int i = 0; i < ready; i++) {
            int socket = events[i].data.fd;
            if (socket == 0) return 0;
            if (socket != listener) {
                take(socket);
                continue;
            }
            while ((socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                interest = (struct epoll_event){ .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = socket };
                epoll_ctl(poller, EPOLL_CTL_ADD, socket, &interest);
            }
        }
        for (int i = 0; i < SLICE && left; i++)
            if (send(streams[--left], event, bytes, MSG_NOSIGNAL) < 0) fail("send");
    }
}
