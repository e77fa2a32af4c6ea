"""64 MiB there and back: written in odd pieces, read in small ones."""

import random

from connecting import expect
from tls_connecting import command, read_exactly, tls_socket

value = random.randbytes(64 << 20)
connection = tls_socket()
request = memoryview(command("SET", "big", value))
while request:
    size = random.choice([1, 700, 16384, 16385, 100_000, 1_000_000])
    connection.sendall(request[:size])
    request = request[size:]
expect(read_exactly(connection, 5), b"+OK\r\n", "the reply to SET")

connection.sendall(command("GET", "big") + command("PING"))
head = b"$%d\r\n" % len(value)
expect(read_exactly(connection, len(head)), head, "the head of the value")
expect(read_exactly(connection, len(value), piece=5000) == value, True, "the value")
expect(read_exactly(connection, 9), b"\r\n+PONG\r\n", "what follows the value")

# A client that goes away in the middle of a reply must not disturb anybody.
leaving = tls_socket()
leaving.sendall(command("GET", "big"))
read_exactly(leaving, 100_000)
leaving.close()
connection.sendall(command("STRLEN", "big") + command("DEL", "big"))
expect(read_exactly(connection, 15), b":67108864\r\n:1\r\n", "the replies after one has left")
