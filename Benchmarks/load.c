// Closed-loop load for `make bench`: each client sends a batch of requests, awaits all its replies, sends the next.
//
// Every reply is compared byte by byte with the one expected, so a proxy cannot gain by being wrong. The measured
// time begins when a line comes on standard input, so that whoever started this can read the operating system's
// accounting just before and just after. Another line, or the end of the input, ends it early. The result is one line
// of JSON.
//
// With --interval, a client begins a batch so many microseconds after the one before it began, however soon its replies
// came: a load that does not grow when the server is fast. A batch that had to begin late counts from when it was due.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { key_digits = 8, scratch_size = 256 * 1024, events_at_once = 512 };

static struct {
    int port;
    const char *path;
    int clients, pipeline, value_size, keys;
    bool is_set, in_sequence;
    const char *prefix, *suffix;
    double seconds, warmup;
    uint64_t requests;  // 0: as many as fit into the time
    int64_t interval;   // between the batches of a client, in nanoseconds; 0: none
} options = {
    .clients = 50, .pipeline = 1, .value_size = 64, .keys = 1000, .prefix = "bench:", .suffix = "",
    .seconds = 1, .warmup = 0.1,
};

struct client {
    int fd;
    char *batch;  // the requests, with the digits of their keys written anew each time
    size_t written, received;
    int64_t sent_at, due;  // when the batch began, and when the next one begins; 0: nothing is due
    uint64_t random;
    bool awaits_room;
};

static struct {
    int poll;
    struct client *clients;
    size_t request_size, digits_at, batch_size;
    char *reply;  // what one request must be answered with, repeated so that any window of it can be compared
    size_t reply_size, replies_size;
    uint64_t next_key;
    int in_flight;
    char *scratch;
} load;

static struct {
    bool is_open;      // whether clients send another batch
    int64_t deadline;  // in nanoseconds of the monotonic clock
    uint64_t limit, issued, done;
    uint32_t *latencies;
    size_t count, capacity;
} run;

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void *reserve(void *old, size_t size) {
    void *memory = realloc(old, size);
    if (!memory) fail("no memory for %zu bytes", size);
    return memory;
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// MARK: What is sent and what must come back

static void build_messages(struct client *client) {
    size_t key_size = strlen(options.prefix) + key_digits + strlen(options.suffix);
    char *request = reserve(NULL, key_size + options.value_size + 200);
    int length = sprintf(request, options.is_set ? "*3\r\n$3\r\nSET\r\n$%zu\r\n%s" : "*2\r\n$3\r\nGET\r\n$%zu\r\n%s",
                         key_size, options.prefix);
    load.digits_at = length;
    length += sprintf(request + length, "%0*d%s\r\n", key_digits, 0, options.suffix);
    if (options.is_set) {
        length += sprintf(request + length, "$%d\r\n", options.value_size);
        memset(request + length, 'x', options.value_size);
        length += options.value_size;
        length += sprintf(request + length, "\r\n");
    }
    load.request_size = length;
    load.batch_size = load.request_size * options.pipeline;
    client->batch = reserve(NULL, load.batch_size);
    for (int i = 0; i < options.pipeline; i++) memcpy(client->batch + i * load.request_size, request, length);
    free(request);
}

static void build_expectation(void) {
    char *one = reserve(NULL, options.value_size + 64);
    size_t size = sprintf(one, "+OK\r\n");
    if (!options.is_set) {
        size = sprintf(one, "$%d\r\n", options.value_size);
        memset(one + size, 'x', options.value_size);
        size += options.value_size;
        size += sprintf(one + size, "\r\n");
    }
    load.reply_size = size;
    load.replies_size = size * options.pipeline;
    size_t copies = scratch_size / size + 2;
    load.reply = reserve(NULL, copies * size);
    for (size_t i = 0; i < copies; i++) memcpy(load.reply + i * size, one, size);
    free(one);
}

static uint64_t draw_key(struct client *client) {
    if (options.in_sequence) return load.next_key++ % options.keys;
    client->random ^= client->random << 13;
    client->random ^= client->random >> 7;
    client->random ^= client->random << 17;
    return client->random % options.keys;
}

static void write_keys(struct client *client) {
    for (int i = 0; i < options.pipeline; i++) {
        char *digits = client->batch + i * load.request_size + load.digits_at;
        uint64_t key = draw_key(client);
        for (int place = key_digits - 1; place >= 0; place--, key /= 10) digits[place] = '0' + key % 10;
    }
}

// MARK: Clients

static void open_client(struct client *client, int number) {
    struct sockaddr_in tcp = {.sin_family = AF_INET, .sin_port = htons(options.port)};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr *address = options.path ? (struct sockaddr *)&local : (struct sockaddr *)&tcp;
    tcp.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (options.path) snprintf(local.sun_path, sizeof local.sun_path, "%s", options.path);
    client->fd = socket(address->sa_family, SOCK_STREAM, 0);
    socklen_t size = options.path ? sizeof local : sizeof tcp;
    if (client->fd < 0 || connect(client->fd, address, size) < 0)
        fail("client %d cannot connect to %s: %s", number, options.path ? options.path : "the port", strerror(errno));
    fcntl(client->fd, F_SETFL, O_NONBLOCK);
    int on = 1;
    if (!options.path) setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    client->random = 0x9e3779b97f4a7c15u * (number + 1);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (epoll_ctl(load.poll, EPOLL_CTL_ADD, client->fd, &event) < 0) fail("epoll_ctl: %s", strerror(errno));
    build_messages(client);
}

static void await_room(struct client *client, bool awaits) {
    if (client->awaits_room == awaits) return;
    client->awaits_room = awaits;
    struct epoll_event event = {.events = EPOLLIN | (awaits ? EPOLLOUT : 0), .data.ptr = client};
    epoll_ctl(load.poll, EPOLL_CTL_MOD, client->fd, &event);
}

static void send_rest(struct client *client) {
    while (client->written < load.batch_size) {
        ssize_t count = send(client->fd, client->batch + client->written, load.batch_size - client->written,
                             MSG_NOSIGNAL);
        if (count < 0 && errno == EAGAIN) return await_room(client, true);
        if (count < 0) fail("a request could not be sent: %s", strerror(errno));
        client->written += count;
    }
    await_room(client, false);
}

static void begin_batch(struct client *client) {
    if (run.limit ? run.issued >= run.limit : !run.is_open) return;
    run.issued += options.pipeline;
    load.in_flight++;
    write_keys(client);
    client->written = client->received = 0;
    client->sent_at = now();
    send_rest(client);
}

// The next batch of a client whose batch has ended: at once, or when it is due.
static void begin_next(struct client *client, int64_t time) {
    if (!options.interval) return begin_batch(client);
    client->due = client->sent_at + options.interval;
    if (client->due > time) return;
    int64_t due = client->due;
    client->due = 0;
    begin_batch(client);
    client->sent_at = due;
}

static void end_batch(struct client *client) {
    int64_t time = now();
    if (time >= run.deadline) run.is_open = false;
    if (run.count == run.capacity) {
        run.capacity = run.capacity ? run.capacity * 2 : 1 << 20;
        run.latencies = reserve(run.latencies, run.capacity * sizeof *run.latencies);
    }
    int64_t latency = time - client->sent_at;
    run.latencies[run.count++] = latency < UINT32_MAX ? latency : UINT32_MAX;
    run.done += options.pipeline;
    load.in_flight--;
    begin_next(client, time);
}

static void receive(struct client *client) {
    ssize_t count = recv(client->fd, load.scratch, scratch_size, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) fail("no reply: %s", strerror(errno));
    if (count == 0) fail("the server closed a connection");
    bool fits = client->received + count <= load.replies_size;
    if (!fits || memcmp(load.scratch, load.reply + client->received % load.reply_size, count) != 0)
        fail("expected a reply '%.20s...', found '%.*s'", load.reply, (int)(count < 200 ? count : 200), load.scratch);
    client->received += count;
    if (client->received == load.replies_size) end_batch(client);
}

// MARK: Runs

// What `stop_when_told` adds has no client.
static void stop_when_told(void) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(load.poll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
}

static void stop(void) {
    run.is_open = false;
    epoll_ctl(load.poll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
}

// Serves what there is, until the next batch is due.
static void serve_events(int64_t next) {
    struct epoll_event events[events_at_once];
    int64_t wait = next == INT64_MAX ? (int64_t)20 * 1000000000 : next - now();
    if (wait < 0) wait = 0;
    struct timespec timeout = {.tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000};
    int count = epoll_pwait2(load.poll, events, events_at_once, &timeout, NULL);
    if (count == 0 && next == INT64_MAX) fail("no reply for 20 seconds; %d batches are unanswered", load.in_flight);
    for (int i = 0; i < count; i++) {
        struct client *client = events[i].data.ptr;
        if (!client) {
            stop();
            continue;
        }
        if (events[i].events & EPOLLOUT) send_rest(client);
        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(client);
    }
}

// Begins the batches that are due; returns when the next one is, or INT64_MAX.
static int64_t begin_due(void) {
    int64_t next = INT64_MAX, time = now();
    for (int i = 0; options.interval && i < options.clients; i++) {
        struct client *client = &load.clients[i];
        if (!client->due) continue;
        if (!run.is_open) {
            client->due = 0;
        } else if (client->due <= time) {
            client->due = 0;
            begin_batch(client);
        } else if (client->due < next) {
            next = client->due;
        }
    }
    return next;
}

// Runs for `seconds`, or until `limit` requests are answered; returns the nanoseconds until the last reply.
static int64_t run_load(double seconds, uint64_t limit) {
    int64_t start = now();
    run.is_open = true;
    run.deadline = start + (int64_t)(seconds * 1e9);
    run.limit = limit;
    run.issued = run.done = run.count = 0;
    for (int i = 0; i < options.clients; i++) {
        // Clients that have an interval begin one after the other, not all at once.
        if (options.interval) load.clients[i].due = start + options.interval * i / options.clients;
        else begin_batch(&load.clients[i]);
    }
    for (;;) {
        int64_t next = begin_due();
        if (load.in_flight == 0 && next == INT64_MAX) return now() - start;
        serve_events(next);
    }
}

static int by_size(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static double microseconds_at(double share) {
    return run.count ? run.latencies[(size_t)(share * (run.count - 1))] / 1000.0 : 0;
}

static void read_options(int count, char **arguments) {
    static const struct option names[] = {
        {"port", 1, 0, 'p'},    {"unix", 1, 0, 'u'},     {"clients", 1, 0, 'c'}, {"pipeline", 1, 0, 'P'},
        {"set", 0, 0, 's'},     {"size", 1, 0, 'd'},     {"keys", 1, 0, 'k'},    {"prefix", 1, 0, 'a'},
        {"suffix", 1, 0, 'z'},  {"seconds", 1, 0, 't'},  {"warmup", 1, 0, 'w'},  {"requests", 1, 0, 'n'},
        {"sequence", 0, 0, 'q'}, {"interval", 1, 0, 'i'}, {0, 0, 0, 0},
    };
    for (int option; (option = getopt_long(count, arguments, "", names, NULL)) != -1;) switch (option) {
        case 'p': options.port = atoi(optarg); break;
        case 'u': options.path = optarg; break;
        case 'c': options.clients = atoi(optarg); break;
        case 'P': options.pipeline = atoi(optarg); break;
        case 's': options.is_set = true; break;
        case 'd': options.value_size = atoi(optarg); break;
        case 'k': options.keys = atoi(optarg); break;
        case 'a': options.prefix = optarg; break;
        case 'z': options.suffix = optarg; break;
        case 't': options.seconds = atof(optarg); break;
        case 'w': options.warmup = atof(optarg); break;
        case 'n': options.requests = strtoull(optarg, NULL, 10); break;
        case 'q': options.in_sequence = true; break;
        case 'i': options.interval = atoll(optarg) * 1000; break;
        default: exit(64);
    }
    if (!options.path && !options.port) fail("expected --port or --unix");
}

int main(int count, char **arguments) {
    read_options(count, arguments);
    load.poll = epoll_create1(0);
    load.scratch = reserve(NULL, scratch_size);
    load.clients = calloc(options.clients, sizeof *load.clients);
    build_expectation();
    for (int i = 0; i < options.clients; i++) open_client(&load.clients[i], i);
    if (options.warmup > 0) run_load(options.warmup, 0);

    char line[16];
    puts("ready");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) return 0;
    load.next_key = 0;
    stop_when_told();
    int64_t time = run_load(options.seconds, options.requests);
    // Said at once, so that the accounting is read before anything else happens; then the percentiles.
    puts("done");
    fflush(stdout);
    qsort(run.latencies, run.count, sizeof *run.latencies, by_size);
    printf("{\"requests\": %llu, \"seconds\": %.6f, \"p50\": %.3f, \"p99\": %.3f}\n", (unsigned long long)run.done,
           time / 1e9, microseconds_at(0.50), microseconds_at(0.99));
    return 0;
}
