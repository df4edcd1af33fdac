"""Starts tests/vcsim, the vCenter that we did not write, and stops it again."""

import os
import subprocess
import tempfile
import unittest
from collections import Counter
from pathlib import Path

BINARY = os.environ.get("DELTAKEEP_VCSIM", "")


def require():
    if not BINARY:  # set by CMake when it could be built; then a missing file is a failure, not a reason to skip
        raise unittest.SkipTest("vcsim is not built: golang-go or golang-github-vmware-govmomi-dev is missing")


def recordings():
    """The directory of recorded replies, which is not part of this tree."""
    default = Path(__file__).resolve().parents[2] / ".." / "shared" / "facts" / "recordings"
    path = Path(os.environ.get("DELTAKEEP_RECORDINGS", default)).resolve()
    if not path.is_dir():
        raise unittest.SkipTest("the recordings of real vCenters are not here; DELTAKEEP_RECORDINGS may name their directory")
    return path


class Vcsim:
    """`with Vcsim("--vms", 20) as server:`; .url, .thumbprint, .username, .password, .ca_file."""

    def __init__(self, *args):
        require()
        self._directory = tempfile.TemporaryDirectory(prefix="deltakeep-vcsim-")
        self.ca_file = Path(self._directory.name, "ca.pem")
        self._log = Path(self._directory.name, "log")
        self._stderr = tempfile.TemporaryFile("w+")
        words = [BINARY, "--stdin-exit", "--log", self._log, *args]
        if "--http" not in args:
            words += ["--ca-out", self.ca_file]
        self._process = subprocess.Popen(list(map(str, words)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=self._stderr, text=True)
        line = self._process.stdout.readline().split()
        if not line:
            said = self.said()
            self.close()
            raise RuntimeError(f"vcsim did not start: {said}")
        for pair in line:
            key, value = pair.split("=", 1)
            setattr(self, key, value)
        self.host, self.port = self.url.split("/")[2].rsplit(":", 1)

    def keys(self, **changes):
        """The keys of a [[vcenter]] that names this server."""
        keys = {"url": self.url, "username": self.username, "password": self.password}
        if self.thumbprint != "none":
            keys["thumbprint"] = self.thumbprint
        return {**keys, **changes}

    def calls(self):
        """How often clients called each method since the start."""
        return Counter(self._log.read_text(encoding="utf-8").split("\n")[:-1] if self._log.exists() else [])

    def said(self):
        self._stderr.seek(0)
        return self._stderr.read()

    def close(self):
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()
        self._stderr.close()
        self._directory.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
