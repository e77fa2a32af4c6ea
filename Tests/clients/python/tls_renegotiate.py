"""A TLS 1.2 client that wants to negotiate again is refused: each time would cost the proxy far more than the client."""

import os
import subprocess
import sys

from connecting import port

client = subprocess.Popen(
    [
        "openssl", "s_client", "-connect", f"127.0.0.1:{port()}", "-tls1_2", "-CAfile", os.environ["TLS_AUTHORITY"],
        "-cert", os.environ["TLS_CERTIFICATE"], "-key", os.environ["TLS_KEY"],
    ],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    stderr=subprocess.STDOUT,
)
seen = b""
while b"Extended master secret" not in seen:
    line = client.stdout.readline()
    if not line:
        sys.exit(f"no handshake: {seen!r}")
    seen += line
client.stdin.write(b"R\n")
client.stdin.flush()
rest = client.stdout.read()
if b"no renegotiation" not in rest:
    sys.exit(f"expected to be refused, found {rest!r}")
