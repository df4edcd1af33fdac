"""Records what a scan asks a vCenter and what it is told, and serves that again at next to no cost:
a benchmark then measures clients, and all clients get the same bytes. TLS, one thread for each connection."""

import gzip
import http.client
import http.server
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path


def certificate(directory):
    """A key and a certificate for 127.0.0.1; the second is also its own CA file."""
    key, made = Path(directory, "key.pem"), Path(directory, "ca.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
                    "-out", made], check=True, stderr=subprocess.DEVNULL)
    return key, made


class Recording:
    """Exchanges in the order of their arrival; bodies are files."""

    def __init__(self, directory):
        self.directory, self.exchanges, self.upstream_seconds, self.upstream_bytes = Path(directory), [], 0.0, 0
        self._by_key = {}

    @staticmethod
    def key(verb, path, body):
        """What makes two requests the same: the SOAP header carries an id that differs between runs."""
        return verb, path, body[max(0, body.find(b"Body>")):]

    def add(self, verb, path, body, status, headers, reply, zip_it):
        stem = self.directory / f"{len(self.exchanges):05}"
        request, plain, zipped = (stem.with_suffix(end) for end in (".request", ".reply", ".gz"))
        request.write_bytes(body)
        plain.write_bytes(reply)
        if zip_it:
            zipped.write_bytes(gzip.compress(reply, 1))
        exchange = {"verb": verb, "path": path, "request": request, "status": status, "headers": headers,
                    "plain": plain, "zipped": zipped, "size": len(reply)}
        self.exchanges.append(exchange)
        self._by_key[self.key(verb, path, body)] = exchange

    def find(self, verb, path, body):
        return self._by_key.get(self.key(verb, path, body))


class Server:
    """Serves a recording; with `upstream`, (host, port), asks there and records. One or the other."""

    def __init__(self, recording, directory, upstream=None, zipped=False, keep_zipped=False):
        self.unknown = []
        key, self.ca_file = certificate(directory)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 0

            def setup(self):
                self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                super().setup()
                self.upstream = None

            def log_message(self, *_):
                pass

            def ask(self, body):
                if self.upstream is None:
                    trusting = ssl._create_unverified_context()  # our own child on the loopback interface
                    self.upstream = http.client.HTTPSConnection(*upstream, context=trusting)
                passed = {name: value for name, value in self.headers.items()
                          if name.lower() not in ("host", "accept-encoding", "content-length", "connection")}
                start = time.monotonic()
                self.upstream.request(self.command, self.path, body=body or None, headers=passed)
                got = self.upstream.getresponse()
                reply = got.read()
                if b"RetrieveProperties" in body:
                    recording.upstream_seconds += time.monotonic() - start
                    recording.upstream_bytes += len(reply)
                headers = [(name, value) for name, value in got.getheaders()
                           if name.lower() in ("content-type", "set-cookie", "vmware-api-session-id")]
                recording.add(self.command, self.path, body, got.status, headers, reply, keep_zipped)

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if upstream:
                    self.ask(body)
                found = recording.find(self.command, self.path, body)
                if found is None:
                    outer.unknown.append((self.command, self.path, body[:2000]))
                    self.send_error(501)
                    return
                zip_it = zipped and "gzip" in self.headers.get("Accept-Encoding", "")
                content = found["zipped" if zip_it else "plain"].read_bytes()
                self.send_response_only(found["status"])
                for name, value in found["headers"]:
                    self.send_header(name, value)
                if zip_it:
                    self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_DELETE = answer

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, key)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_port}/sdk"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
