"""Runs the built binary as a person or a script would, in a place of its own."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

BINARY = os.environ.get("DELTAKEEP_BINARY", "")
TIMEOUT = 120  # seconds; nothing here should need more than a few


class Result:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"

    def document(self):
        """Standard output as the one JSON document that it has to be."""
        return json.loads(self.out)


class Site:
    """A configuration, a state file and an environment in a temporary directory."""

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="deltakeep-test-")
        self.path = Path(self._directory.name)
        self.config = self.path / "deltakeep.toml"
        self.state = self.path / "state.db"
        self.environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self.path),
                            "XDG_STATE_HOME": str(self.path / "xdg")}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):  # of a sanitizing build
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def close(self):
        self._directory.cleanup()

    def secret(self, name, text):
        path = self.path / name
        path.touch(mode=0o600)
        path.write_text(text + "\n", encoding="utf-8")
        return path

    def configure(self, *vcenters, extra=""):
        """Writes the configuration; each vCenter is a dict of its keys, password among them."""
        text = f'[agent]\nstate = "{self.state}"\ntimezone = "UTC"\n'
        for number, vcenter in enumerate(vcenters):
            keys = {"name": f"vc{number}", **vcenter}
            if "password" in keys:
                keys["password_file"] = self.secret(f"password{number}", keys.pop("password"))
            text += "\n[[vcenter]]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items())
        self.config.write_text(text + extra, encoding="utf-8")

    def run(self, *args, stdin="", configured=True, **environment):
        words = [BINARY, *(["--config", str(self.config)] if configured else []), *map(str, args)]
        done = subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=TIMEOUT, check=False,
                              encoding="utf-8", cwd=self.path, env={**self.environment, **environment})
        return Result(done)


class SiteCase(unittest.TestCase):
    """A test with a site of its own. Without a binary it fails: nothing would have been tested."""

    def setUp(self):
        self.assertTrue(BINARY and os.access(BINARY, os.X_OK), f"DELTAKEEP_BINARY names no built deltakeep: {BINARY!r}")
        self.site = Site()
        self.addCleanup(self.site.close)

    def assert_exit(self, code, result):
        self.assertEqual(code, result.code, result)

    def assert_error(self, result, code, kind=None):
        """The JSON form of an error: one document, the same code inside and out. Gives the message."""
        self.assert_exit(code, result)
        error = result.document()["error"]
        self.assertEqual({"kind", "message", "exit"}, set(error) & {"kind", "message", "exit"}, result)
        self.assertEqual(code, error["exit"], result)
        if kind:
            self.assertEqual(kind, error["kind"], result)
        return error["message"]
