// The bare client of `make bench`: UNLINK of `keys` keys, 500 at a time, pipelined on one connection.
//
// It is the floor that a drain is held against: nothing else is asked, nothing is read but the counts, and Redis always
// has the next batches in its buffer. The measured time begins when a line comes on standard input, so that
// connecting is no part of it. The result is one line of JSON.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { key_digits = 8, batch_keys = 500, batches_ahead = 16, reply_size = 64 * 1024 };

static struct {
    int fd;
    const char *prefix;
    uint64_t keys, next;            // how many there are, and the number of the next one to be sent
    int in_flight;                  // batches that are not answered
    char *out;
    size_t written, sent;           // of `out`
    uint64_t removed, reply;        // what the replies add up to; the digits of the one that is being read
} run;

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("unlink: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

// `place` is a port of the loopback interface, or the path of a Unix socket.
static void open_connection(const char *place) {
    struct sockaddr_in tcp = {.sin_family = AF_INET, .sin_port = htons(atoi(place))};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    int is_local = strchr(place, '/') != NULL, on = 1;
    tcp.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (is_local) snprintf(local.sun_path, sizeof local.sun_path, "%s", place);
    run.fd = socket(is_local ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
    struct sockaddr *address = is_local ? (struct sockaddr *)&local : (struct sockaddr *)&tcp;
    if (run.fd < 0 || connect(run.fd, address, is_local ? sizeof local : sizeof tcp) < 0)
        fail("cannot connect to %s: %s", place, strerror(errno));
    if (!is_local) setsockopt(run.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(run.fd, F_SETFL, O_NONBLOCK);
}

static void write_batch(void) {
    uint64_t count = run.keys - run.next < batch_keys ? run.keys - run.next : batch_keys;
    size_t key_size = strlen(run.prefix) + key_digits;
    run.written += sprintf(run.out + run.written, "*%d\r\n$6\r\nUNLINK\r\n", (int)count + 1);
    for (uint64_t i = 0; i < count; i++, run.next++)
        run.written += sprintf(run.out + run.written, "$%zu\r\n%s%0*d\r\n", key_size, run.prefix, key_digits,
                               (int)run.next);
    run.in_flight++;
}

static void send_batches(void) {
    if (run.sent == run.written) run.sent = run.written = 0;
    // A batch is written only when all before it is on its way, so `out` never holds more than what is in flight.
    while (run.sent == 0 && run.next < run.keys && run.in_flight < batches_ahead) write_batch();
    while (run.sent < run.written) {
        ssize_t count = send(run.fd, run.out + run.sent, run.written - run.sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EAGAIN) return;
        if (count < 0) fail("a batch could not be sent: %s", strerror(errno));
        run.sent += count;
    }
}

static void read_replies(void) {
    char replies[reply_size];
    ssize_t count = recv(run.fd, replies, sizeof replies, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) fail("the connection was lost; %d batches are unanswered", run.in_flight);
    for (ssize_t i = 0; i < count; i++) switch (replies[i]) {
        case ':': run.reply = 0; break;
        case '0' ... '9': run.reply = run.reply * 10 + (replies[i] - '0'); break;
        case '\r': break;
        case '\n': run.removed += run.reply; run.in_flight--; break;
        default: fail("expected a count, found '%.*s'", (int)(count - i < 80 ? count - i : 80), replies + i);
    }
}

int main(int count, char **arguments) {
    if (count != 4) fail("expected PORT|PATH PREFIX KEYS");
    run.prefix = arguments[2];
    run.keys = strtoull(arguments[3], NULL, 10);
    run.out = malloc((size_t)batches_ahead * (batch_keys * (strlen(run.prefix) + key_digits + 16) + 64));
    open_connection(arguments[1]);

    char line[16];
    puts("ready");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) return 0;
    double start = now();
    while (run.next < run.keys || run.in_flight > 0 || run.sent < run.written) {
        send_batches();
        struct pollfd wait = {.fd = run.fd, .events = POLLIN | (run.sent < run.written ? POLLOUT : 0)};
        if (poll(&wait, 1, 20000) == 0) fail("no reply for 20 seconds; %d batches are unanswered", run.in_flight);
        if (wait.revents & (POLLIN | POLLHUP | POLLERR)) read_replies();
    }
    printf("{\"seconds\": %.6f, \"removed\": %llu}\n", now() - start, (unsigned long long)run.removed);
    return 0;
}
