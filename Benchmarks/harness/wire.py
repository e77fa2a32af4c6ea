"""Just enough RESP for set-up and for memory: requests as bytes, replies one at a time."""

from .processes import BenchError


def request(*words):
    parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


class Client:
    """A connection that asks and waits."""

    def __init__(self, endpoint, timeout=30, receive_buffer=0):
        self.socket = endpoint.connect(timeout, receive_buffer)
        self.reader = self.socket.makefile("rb", buffering=1 << 16)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.reader.close()
        self.socket.close()

    def call(self, *words):
        self.socket.sendall(request(*words))
        return self.reply()

    def reply(self):
        line = self.reader.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise BenchError(f"a reply was an error: {rest.decode(errors='replace')}")
        if kind in (b"+", b":"):
            return rest if kind == b"+" else int(rest)
        if kind == b"$":
            length = int(rest)
            return None if length < 0 else self.reader.read(length + 2)[:-2]
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        raise BenchError(f"expected a reply, found {line[:60]!r}: the connection was closed or is no RESP")

    def skip(self, count):
        """Reads `count` bytes and forgets them."""
        while count > 0:
            got = len(self.reader.read(min(count, 1 << 20)))
            if got == 0:
                raise BenchError(f"the connection was closed; {count} bytes were still expected")
            count -= got
