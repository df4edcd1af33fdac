"""A TLS server that passes calls on to vcsim and spoils the replies that a test names.

`with Tampering(vcsim, {"Login": html_503}) as server:`. A rule gets (status, headers, body) and gives
the same, changed; Cut(n) as a body stands for a connection that ends after n bytes of it.
"""

import hashlib
import http.client
import http.server
import re
import socketserver
import ssl
import subprocess
import tempfile
import threading
from collections import Counter
from pathlib import Path

METHOD = re.compile(rb"<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)")


class Cut(bytes):
    """A body that is announced whole and sent up to here."""
    announced = 0

    @classmethod
    def of(cls, body, keep):
        cut = cls(body[:keep])
        cut.announced = len(body)
        return cut


def make_certificate(directory, name="localhost"):
    """A self-signed certificate for the loopback names; gives (certificate file, key file, SHA-256)."""
    certificate, key = Path(directory, "cert.pem"), Path(directory, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "30", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    der = ssl.PEM_cert_to_DER_cert(certificate.read_text(encoding="ascii"))
    return certificate, key, hashlib.sha256(der).hexdigest().upper()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer()

    do_POST = do_DELETE = do_GET

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match = METHOD.search(body)
        name = match.group(1).decode() if match else f"{self.command} {self.path}"
        owner = self.server.owner
        with owner.lock:
            owner.seen[name] += 1
            nth = owner.seen[name]
        status, headers, reply = owner.ask(self.command, self.path, dict(self.headers), body)
        rule = owner.rules.get(name)
        if rule:
            changed = rule(status, headers, reply) if not isinstance(rule, list) else (
                rule[min(nth, len(rule)) - 1](status, headers, reply))
            status, headers, reply = changed
        self.send_response(status)
        for key, value in headers.items():
            if key.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
                self.send_header(key, value)
        self.send_header("Content-Length", str(getattr(reply, "announced", 0) or len(reply)))
        self.end_headers()
        self.wfile.write(reply)
        if isinstance(reply, Cut):
            self.close_connection = True


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # clients that refuse the certificate or hang up are what the tests are about


class Tampering:
    def __init__(self, vcsim, rules=None, name="localhost"):
        self._vcsim, self.rules = vcsim, dict(rules or {})
        self.seen, self.lock = Counter(), threading.Lock()
        self._directory = tempfile.TemporaryDirectory(prefix="deltakeep-tls-")
        self.ca_file, key, self.thumbprint = make_certificate(self._directory.name, name)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        self.url = f"https://127.0.0.1:{self.port}/sdk"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def ask(self, command, path, headers, body):
        onward = http.client.HTTPConnection(self._vcsim.host, int(self._vcsim.port), timeout=60)
        try:
            headers = {key: value for key, value in headers.items() if key.lower() not in ("host", "accept-encoding")}
            onward.request(command, path, body, headers)
            reply = onward.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            onward.close()

    def keys(self, **changes):
        return {"url": self.url, "username": self._vcsim.username, "password": self._vcsim.password,
                "thumbprint": self.thumbprint, **changes}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._directory.cleanup()
