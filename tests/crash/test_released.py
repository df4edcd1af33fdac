"""A deltakeep for people has no failpoints: nobody who can set its environment can kill it, or see that one could."""

import os
import subprocess
import unittest
from pathlib import Path

from stage import BINARY

HAS_THEM = os.environ.get("DELTAKEEP_FAILPOINTS") == "1"
WORDS = (b"DELTAKEEP_FAILPOINT", b"before-intent", b"list-failpoints")


def words_in(path):
    content = Path(path).read_bytes()
    return [word.decode() for word in WORDS if word in content]


class Released(unittest.TestCase):
    def test_the_binary_has_failpoints_exactly_where_it_was_built_with_them(self):
        self.assertEqual([word.decode() for word in WORDS] if HAS_THEM else [], words_in(BINARY))
        told = subprocess.run([BINARY, "--list-failpoints"], capture_output=True, text=True, check=False)
        self.assertEqual(0 if HAS_THEM else 2, told.returncode, told)
        self.assertNotIn("failpoint", subprocess.run([BINARY, "--help"], capture_output=True, text=True,
                                                     check=True).stdout)

    def test_nothing_is_compiled_where_they_are_off(self):
        compiled = os.environ["DELTAKEEP_RELEASED_OBJECT"]
        self.assertEqual([], words_in(compiled))
        self.assertNotIn(b"agent9failpoint", Path(compiled).read_bytes())  # the mangled name


if __name__ == "__main__":
    unittest.main()
