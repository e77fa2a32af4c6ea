"""A server that answers in plain text before it is asked, as somebody in between could."""

import socketserver
import sys


class Speaker(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            self.request.sendall(b"+OK\r\n$6\r\nforged\r\n" * 10)
            while self.request.recv(65536):
                pass
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("127.0.0.1", int(sys.argv[1])), Speaker).serve_forever()
