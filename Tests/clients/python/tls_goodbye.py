"""The proxy ends its side with close_notify: without one, Python raises SSLEOFError."""

from connecting import expect
from tls_connecting import command, read_exactly, tls_socket

connection = tls_socket()
connection.sendall(command("PING") + command("QUIT"))
expect(read_exactly(connection, 12), b"+PONG\r\n+OK\r\n", "the replies")
expect(connection.recv(1), b"", "the end")
