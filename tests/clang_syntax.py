"""Compiles each file of the product by itself with clang++, syntax only, warnings are errors.

    clang_syntax.py compile_commands.json JOBS

Tests and the simulator are left to GCC: a second opinion on them costs two minutes of every run. The standard
headers are read once for all; tests/includes.py asks whether each file includes those that it needs.
"""

import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[1]
IS_TEST = re.compile(r"^tests/")


def place(entry):
    return pathlib.Path(entry["directory"], entry["file"]).resolve().relative_to(ROOT).as_posix()


def product(database):
    """One entry per file, the library's, though a fuzz target may compile the file, too."""
    first = {}
    for entry in database:
        if not IS_TEST.search(place(entry)):
            first.setdefault(place(entry), entry)
    return list(first.values())


def command_for(entry):
    words = shlex.split(entry["command"])
    if words and words[0].endswith("ccache"):
        words = words[1:]
    kept, skip = [], False
    for word in words[1:]:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MT", "-MQ"):
            skip = True
        elif word not in ("-c", "-MD", "-MMD", "-fPIC", "-fPIE") and not word.startswith("-fsanitize"):
            kept.append(word)
    return ["clang++", "-fsyntax-only", "-Werror", *kept, "-Wno-unknown-warning-option"]  # some are GCC's alone


def precompile(entry, folder):
    """The standard's headers with the flags that all of the product has."""
    header = ROOT / "tests/standard.h"
    words = [word for word in command_for(entry) if word not in ("-fsyntax-only", entry["file"])]
    target = pathlib.Path(folder, "standard.pch")
    subprocess.run([*words, "-x", "c++-header", str(header), "-o", str(target)], cwd=entry["directory"], check=True)
    return target


def compile_one(entry, standard):
    command = [*command_for(entry), "-include-pch", str(standard)]
    done = subprocess.run(command, cwd=entry["directory"], capture_output=True, text=True, check=False)
    return entry["file"], done.returncode, done.stderr


def main():
    with open(sys.argv[1], encoding="utf-8") as database:
        entries = product(json.load(database))
    failed = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(int(sys.argv[2])) as pool:
        standard = precompile(entries[0], folder)
        for name, code, text in pool.map(lambda entry: compile_one(entry, standard), entries):
            if code:
                failed += 1
                print(f"clang++ refuses {name}:\n{text}", file=sys.stderr)
    print(f"{len(entries) - failed} of {len(entries)} files pass")
    return 1 if failed or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
