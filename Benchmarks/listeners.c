// Opens many event streams, and reports when the last of them has received an event.
//
//     listeners PORT COUNT PATH TOKEN
//
// Prints "ready" once all streams are open. Then, each time all have received one more event: when the last one received it, in
// microseconds of CLOCK_MONOTONIC. Ends at the end of its standard input.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// What each stream searches for: the end of its opening events, then the end of each event.
struct stream { int socket, events, matched; };

static const char wanted[] = "\ndata: ";

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    int count = atoi(argv[2]);
    struct stream *streams = calloc(count, sizeof *streams);
    char request[1024];
    int length = snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n", argv[3], argv[4]);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int poller = epoll_create1(0);
    char buffer[65536];
    for (int i = 0; i < count; i++) {
        int s = socket(AF_INET, SOCK_STREAM, 0);
        if (s < 0 || connect(s, (struct sockaddr *)&address, sizeof address)) fail("connect");
        if (write(s, request, length) != length) fail("write");
        // The `id` that opens the stream ends its opening events.
        int have = 0;
        while (!have || !strstr(buffer, "\nid: ")) {
            int n = read(s, buffer + have, sizeof buffer - 1 - have);
            if (n <= 0) fail("a stream did not begin");
            have += n;
            buffer[have] = 0;
        }
        if (strncmp(buffer, "HTTP/1.1 200", 12)) { fputs(buffer, stderr); return 1; }
        fcntl(s, F_SETFL, O_NONBLOCK);
        streams[i].socket = s;
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };
        epoll_ctl(poller, EPOLL_CTL_ADD, s, &event);
    }
    struct epoll_event input = { .events = EPOLLIN, .data.u32 = count };
    epoll_ctl(poller, EPOLL_CTL_ADD, 0, &input);
    puts("ready");
    fflush(stdout);
    int round = 1, done = 0;
    struct epoll_event events[512];
    for (;;) {
        int n = epoll_wait(poller, events, 512, -1);
        for (int k = 0; k < n; k++) {
            if (events[k].data.u32 == (unsigned)count) {
                if (read(0, buffer, sizeof buffer) <= 0) return 0;
                continue;
            }
            struct stream *stream = streams + events[k].data.u32;
            int got = read(stream->socket, buffer, sizeof buffer);
            if (got == 0 || (got < 0 && errno != EAGAIN)) { fputs("a stream ended\n", stderr); return 1; }
            for (int i = 0; i < got; i++) {
                stream->matched = buffer[i] == wanted[stream->matched] ? stream->matched + 1 : buffer[i] == wanted[0];
                if (wanted[stream->matched]) continue;
                stream->matched = 0;
                if (++stream->events == round && ++done == count) {
                    printf("%lld\n", now());
                    fflush(stdout);
                    round++;
                    done = 0;
                    for (int j = 0; j < count; j++) done += streams[j].events >= round;
                }
            }
        }
    }
}
