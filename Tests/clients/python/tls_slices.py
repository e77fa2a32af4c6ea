"""Records cut anywhere on their way, requests cut anywhere by records."""

import random
import ssl

from connecting import expect
from tls_connecting import command, context, plain_socket


class SlicedConnection:
    """TLS in memory, whose bytes go out in pieces of the caller's choice."""

    def __init__(self, largest):
        self.largest = largest
        self.wire = plain_socket()
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.tls = context().wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self.exchange(self.tls.do_handshake)

    def flush(self):
        waiting = self.outgoing.read()
        while waiting:
            size = random.randint(1, self.largest)
            self.wire.sendall(waiting[:size])
            waiting = waiting[size:]

    def exchange(self, action):
        while True:
            try:
                result = action()
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                received = self.wire.recv(random.randint(1, self.largest))
                if not received:
                    raise SystemExit("the connection ended too early")
                self.incoming.write(received)

    def send(self, data, record):
        while data:
            size = random.randint(1, record)
            self.tls.write(data[:size])
            data = data[size:]
        self.flush()

    def read(self, count):
        found = b""
        while len(found) < count:
            found += self.exchange(lambda: self.tls.read(count - len(found)))
        return found


for largest, record in [(1, 7), (3, 40), (100, 1), (1000, 20_000), (70_000, 500)]:
    connection = SlicedConnection(largest)
    words = [random.randbytes(random.randint(0, 300)) for _ in range(40)]
    connection.send(b"".join(command("ECHO", word) for word in words), record)
    expected = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
    expect(connection.read(len(expected)), expected, f"echoes in pieces of at most {largest} and {record}")
