"""How scripts here speak TLS by hand: the certificates come from the environment."""

import os
import socket
import ssl

from connecting import port


def context():
    made = ssl.create_default_context(cafile=os.environ["TLS_AUTHORITY"])
    made.load_cert_chain(os.environ["TLS_CERTIFICATE"], os.environ["TLS_KEY"])
    return made


def plain_socket():
    made = socket.create_connection(("127.0.0.1", port()), timeout=30)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def tls_socket():
    return context().wrap_socket(plain_socket(), server_hostname="localhost", suppress_ragged_eofs=False)


def command(*words):
    parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


def read_exactly(connection, count, piece=65536):
    chunks = []
    while count > 0:
        chunk = connection.recv(min(count, piece))
        if not chunk:
            raise SystemExit(f"the connection ended {count} bytes too early")
        chunks.append(chunk)
        count -= len(chunk)
    return b"".join(chunks)
