"""Starts vcenter-sim, our own simulated vCenter, steers it through /control, and stops it again."""

import json
import os
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections import Counter
from urllib.parse import urlencode, urlsplit

from allowed import forbidden

BINARY = os.environ.get("DELTAKEEP_VCENTER_SIM", "")


class Simulator:
    """`with Simulator("--vms", 20) as server:`; .url, .thumbprint, .username, .password, .host, .port.

    Times are virtual: "--speed", 0 stops the clock, then only step() moves it.
    """

    def __init__(self, *args):
        if not BINARY:
            raise RuntimeError("DELTAKEEP_VCENTER_SIM must name the vcenter-sim binary; ctest sets it")
        self._stderr = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen([BINARY, "--stdin-exit", *map(str, args)], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=self._stderr, text=True)
        line = self._process.stdout.readline().split()
        if not line:
            _, said = self._end()
            raise RuntimeError(f"vcenter-sim did not start: {said}")
        for pair in line:
            key, value = pair.split("=", 1)
            setattr(self, key, value)
        parts = urlsplit(self.url)
        self.host, self.port = parts.hostname, parts.port
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._trust = ssl._create_unverified_context()  # its certificate is made anew at each start

    def keys(self, **changes):
        """The keys of a [[vcenter]] that names this server."""
        keys = {"url": self.url, "username": self.username, "password": self.password}
        if self.thumbprint != "-":
            keys["thumbprint"] = self.thumbprint
        return {**keys, **changes}

    def request(self, method, path, body=None, headers=None):
        """(status, headers, text) of one request to any path; an HTTP error is an answer, no exception."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data=data, method=method, headers=dict(headers or {}))
        if data is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, context=self._trust, timeout=60) as reply:
                return reply.status, reply.headers, reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    def control(self, method, path, body=None, **query):
        """The document that /control/PATH answers; see tests/simulator/README.md."""
        target = f"/control/{path}" + (f"?{urlencode(query)}" if query else "")
        status, _, text = self.request(method, target, body)
        if status >= 300:
            raise RuntimeError(f"vcenter-sim answered {status} to {method} {target}: {text}")
        return json.loads(text) if text else None

    def step(self, seconds):
        """Moves virtual time ahead; what falls due on the way happens in order."""
        return self.control("POST", "step", seconds=seconds)

    def state(self, **query):
        return self.control("GET", "state", **query)

    def add_faults(self, *rules):
        return self.control("POST", "faults", list(rules))

    def clear_faults(self):
        return self.control("DELETE", "faults")

    def touch(self, **act):
        """What a person does meanwhile: touch(act="delete", vm=..., snapshot=..., user=...)."""
        return self.control("POST", "touch", act)

    def log(self, since=0):
        """Every SOAP request so far, in order."""
        return self.control("GET", "log", since=since)

    def calls(self):
        """How often clients called each method."""
        return Counter(entry["method"] for entry in self.log())

    def said(self):
        self._stderr.seek(0)
        return self._stderr.read()

    def _end(self):
        self._process.stdin.close()
        status = self._process.wait(30)
        self._process.stdout.close()
        said = self.said()
        self._stderr.close()
        return status, said

    def close(self):
        """Ends the server. One that does not end well (a sanitizer's report) is a failure, and so is one that was
        sent what deltakeep may never send."""
        sent = forbidden(self.log()) if self._process.poll() is None else []
        status, said = self._end()
        if status != 0:
            raise RuntimeError(f"vcenter-sim ended with {status}: {said}")
        if sent:
            raise AssertionError(f"deltakeep sent what it may not send: {sent}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
