extension Directive {
    /// The largest size that any directive takes: what a bulk string may be at most in Redis, times eight.
    private static let largest = 4 << 30

    static let limits: [Directive] = [
        scalar(
            "max-clients", \.maxClients, .count(1...1_000_000, unit: "sessions"), in: .limits,
            reloadable: true,
            help: "Client sessions at once. One more gets Redis's own error, ERR max number of clients "
                + "reached, and is closed.",
            example: "max-clients 500"),
        scalar(
            "stream-threshold", \.streamThreshold, .size((1 << 10)...largest), in: .limits, reloadable: true,
            help: "A request larger than this is streamed over a pinned link with backpressure, so that "
                + "it neither blocks other sessions nor sits in memory.",
            example: "stream-threshold 256kb"),
        scalar(
            "client-output-limit", \.clientOutputLimit, .size((1 << 10)...largest), in: .limits,
            reloadable: true,
            help: "Reply bytes that wait for a session that does not read. Past this it has a pinned link, "
                + "which is not read until the client catches up: Redis holds the rest back. A client that "
                + "has not logged in where Redis wants a password is closed.",
            example: "client-output-limit 4mb"),
        scalar(
            "client-stall-timeout", \.clientStallTimeout, .duration(.zero...(.seconds(86_400))),
            in: .limits, reloadable: true,
            help: "How long a client past its client-output-limit may read nothing before it is closed. "
                + "0s: for ever.",
            example: "client-stall-timeout 60s"),
        scalar(
            "shared-stall-timeout", \.sharedStallTimeout,
            .duration(.milliseconds(100)...(.seconds(3600))), in: .limits, reloadable: true,
            help: "How long others may wait for replies behind those of a client past its "
                + "client-output-limit, on the link that they shared. From then on the link is read for "
                + "them, and what the slow client does not take is kept, within buffer-limit.",
            example: "shared-stall-timeout 1s"),
        scalar(
            "reply-stall-timeout", \.replyStallTimeout,
            .duration(.milliseconds(100)...(.seconds(3600))), in: .limits, reloadable: true,
            help: "How long a reply on a shared link may stand still in the middle while Redis answers on "
                + "others. Then the link is closed, with the clients that wait on it.",
            example: "reply-stall-timeout 60s"),
        scalar(
            "buffer-limit", \.bufferLimit, .size((1 << 20)...largest), in: .limits, reloadable: true,
            help: "Bytes that all buffers of client sessions and links may hold together. Past this no "
                + "client is accepted, and the newest that hold any are closed.",
            example: "buffer-limit 64mb"),
        scalar(
            "client-pipeline-limit", \.clientPipelineLimit, .size((1 << 10)...largest), in: .limits,
            reloadable: true,
            help: "Request bytes that may wait to be sent on one upstream link. Past this the sessions "
                + "that use it are not read until it has caught up.",
            example: "client-pipeline-limit 4mb"),
        scalar(
            "max-args", \.maxArgs, .count(1...Int(Int32.max), unit: "arguments"), in: .limits,
            reloadable: true,
            help: "Arguments of one request. More are refused with a protocol error that names this "
                + "directive.",
            example: "max-args 65536"),
        scalar(
            "proto-max-bulk-len", \.protoMaxBulkLen, .size((1 << 20)...largest), in: .limits,
            reloadable: true,
            help: "The longest single argument or bulk reply, as in Redis. Keep it equal to the "
                + "upstream's own value.",
            example: "proto-max-bulk-len 64mb"),
        scalar(
            "max-reply-depth", \.maxReplyDepth, .count(1...100_000, unit: "levels"), in: .limits,
            reloadable: true,
            help: "How deep arrays and maps may nest in a reply. A deeper one closes the link it came on.",
            example: "max-reply-depth 64"),
        scalar(
            "max-buffered-request", \.maxBufferedRequest, .size((1 << 10)...largest), in: .limits,
            reloadable: true,
            help: "What is kept of one request beyond stream-threshold: the names in it, or all of a "
                + "SUBSCRIBE, WATCH, HELLO, CLIENT or other command that concerns the connection. A larger "
                + "one is refused with a protocol error that names this directive.",
            example: "max-buffered-request 4mb"),
        scalar(
            "max-buffered-reply", \.maxBufferedReply, .size((1 << 10)...largest), in: .limits,
            reloadable: true,
            help: "The largest reply that is held whole because it must be read before it is passed on: "
                + "KEYS and SCAN, from which index keys are removed. A larger one ends the link that it "
                + "came on.",
            example: "max-buffered-reply 256mb"),
    ]
}
