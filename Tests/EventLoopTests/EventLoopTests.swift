import EventLoop
import Testing

/// All suites that run a loop, one test at a time: a test thread that waits in a loop is one less for the
/// others.
@Suite("Event loop", .serialized)
struct EventLoopTests {}
