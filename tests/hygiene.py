"""What no file of the tree may hold: a path of somebody's machine, a note of unfinished work, a key."""

import re
import subprocess
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
# Spelled apart, so that this file does not break its own rules.
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.\-}>])/(?:" + "|".join(["work", "root", "home/(?!op/|user/)[a-z][^/ ]*", "mnt", "Users"]) + r")/"),
    "unfinished work": re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b"),
    "a private key": re.compile("BEGIN [A-Z ]*" + "PRIVATE KEY"),
    "a conflict": re.compile(r"^(?:<{7}|>{7}) ", re.M),
}
TEXT_LIMIT = 1 << 20


def breaches(name, text):
    for what, pattern in FORBIDDEN.items():
        for match in pattern.finditer(text):
            yield f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {what}: {match.group(0)}"


def tracked():
    listed = subprocess.run(["git", "-C", str(SOURCE), "ls-files", "-z"], capture_output=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return [SOURCE / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in SOURCE.rglob("*")  # an unpacked archive: no git, so no build directory either
            if path.is_file() and not path.relative_to(SOURCE).parts[0].startswith(("build", "."))]


class EveryTrackedFile(unittest.TestCase):
    maxDiff = None

    def test_is_clean(self):
        found, looked_at = [], 0
        for path in tracked():
            if path.is_file() and path.stat().st_size < TEXT_LIMIT:
                looked_at += 1
                found += breaches(path.relative_to(SOURCE).as_posix(), path.read_text("utf-8", "replace"))
        self.assertEqual([], found)
        self.assertGreater(looked_at, 50)

    def test_is_small(self):
        self.assertEqual([], [str(path) for path in tracked() if path.is_file() and path.stat().st_size >= TEXT_LIMIT])


class TheCheckItself(unittest.TestCase):
    def test_finds_what_is_planted(self):
        for text in ["see /wo" + "rk/x", "cd /ro" + "ot/.ssh", "/ho" + "me/bob/x", "// TO" + "DO: later", "FIX" + "ME",
                     "-----BEGIN EC PRIV" + "ATE KEY-----", "<<<<<<" + "< HEAD"]:
            with self.subTest(text=text):
                self.assertEqual(1, len(list(breaches("f", text))))

    def test_lets_ordinary_text_pass(self):
        for text in ["https://example.com/wo" + "rk/x", "/etc/deltakeep/prod.pass", "framework/ro" + "ot/x", "/DC0/vm/ho" + "me/x", "/ho" + "me/op/.local/state"]:
            with self.subTest(text=text):
                self.assertEqual([], list(breaches("f", text)))


if __name__ == "__main__":
    unittest.main()
