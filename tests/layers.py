"""The arrows of the house, checked: which folder may include what, and what policy may not touch.

    agent -> vsphere-client, storage, policy      storage -> policy
    vsphere-client -> nothing of ours             policy -> the standard library only

check(root) gives one line per breach; the second class plants breaches and sees them found.
"""

import re
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
MAX_LINES = 500  # tests and generated XML are not counted

MAY_INCLUDE = {  # folder: folders of ours that it may include, itself aside
    "policy": set(),
    "vsphere-client": set(),
    "storage": {"policy"},
    "agent": {"policy", "storage", "vsphere-client"},
    "tests/simulator": set(),
}
OURS = {"policy", "vsphere-client", "storage", "agent", "tests"}

# Header, as a pattern: (what it is, where it may stand). "one .cpp" is checked apart.
HOMES = [
    (r"CLI/.*|CLI11.*", "CLI11", r"agent/cli/[^/]*\.cpp"),
    (r"toml\+\+/.*|toml\.hpp|toml.*", "toml++", r"agent/config/[^/]*\.cpp"),
    (r"date/.*", "date", r"agent/zones[^/]*(/.*)?"),
    (r"sqlite3\.h", "sqlite3", r"storage/[^/]*\.cpp|storage/(sqlite|database)[^/]*\.h|tests/(unit/storage|bench)/.*"),
    (r"pugi(xml|config)\.hpp", "pugixml", r"vsphere-client/.*|tests/(unit|fuzz|bench|support)/.*"),
    (r"curl/.*", "libcurl", r"vsphere-client/.*"),
    (r"openssl/.*", "OpenSSL", r"vsphere-client/.*|agent/.*|storage/audit_chain\.cpp|tests/(unit|simulator|support)/.*"),
]
ONE_FILE = {"CLI11", "toml++"}

# What policy may include: no header that brings a clock, a file, the environment or chance.
POLICY_HEADERS = set("""algorithm array bit bitset cctype charconv chrono cmath compare concepts cstddef cstdint cstdio
cstdlib cstring deque exception functional initializer_list iterator limits list map memory numbers numeric
optional queue ranges ratio set span stdexcept string string_view tuple type_traits typeindex
unordered_map unordered_set utility variant vector""".split())
POLICY_WORDS = {
    r"\b(system|steady|high_resolution|file|utc)_clock\s*::\s*now\b": "reads a clock",
    r"(?<![\w.>:])(std::)?(time|clock|gettimeofday|clock_gettime|localtime(_r)?|mktime|tzset)\s*\(": "reads a clock",
    r"(?<![\w.>])(std::)?(secure_)?(get|put|set)env\s*\(": "reads the environment",
    r"\b(i|o)?fstream\b|(?<![\w.>])(std::)?(fopen|freopen|open|creat)\s*\(": "opens a file",
    r"\b(std::)?(cout|cerr|clog|cin|v?f?printf|f?puts|f?putc|fwrite|stdout|stderr)\b": "prints",
    r"\brandom_device\b|(?<![\w.>])(std::)?s?rand\s*\(": "draws by chance",
    r"\b(std::)?(j?thread|mutex|this_thread)\b": "knows threads",
}


def strip(text):
    """The code without comments and without the insides of literals; line numbers stay."""
    def blank(match):
        word = match.group(0)
        if word.startswith('"'):
            return '""'
        if word.startswith("'"):
            return "' '"
        return "\n" * word.count("\n")
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


def sources(root):
    for folder in sorted(OURS):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".h", ".cpp"} and path.is_file():
                yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def layer_of(name):
    return "tests/simulator" if name.startswith("tests/simulator/") else name.split("/")[0]


def check_include(name, number, header, quoted, users):
    layer, where = layer_of(name), f"{name}:{number}"
    for pattern, library, home in HOMES:
        if layer == "tests/simulator":  # a program of its own: what it must not include is ours
            break
        if re.fullmatch(pattern, header):
            users.setdefault(library, []).append(name)
            if not re.fullmatch(home, name):
                yield f"{where}: {library} may not be included here ({header})"
            return
    target = "tests/simulator" if header.startswith("tests/simulator/") else header.split("/")[0]
    if quoted and "/" not in header and not name.startswith("tests/unit/"):  # fixtures stand beside their tests
        yield f"{where}: \"{header}\" is not relative to the root of the tree"
    elif quoted and "/" in header and header.split("/")[0] not in OURS:
        yield f"{where}: \"{header}\" is none of our folders; a library goes in <>"
    elif quoted and layer != "tests" and target != layer and target not in MAY_INCLUDE[layer]:
        yield f"{where}: {layer} may not include {header}"
    elif not quoted and header.split("/")[0] in OURS:
        yield f"{where}: our own {header} goes in quotes"
    elif not quoted and layer == "policy" and header not in POLICY_HEADERS:
        yield f"{where}: policy may not include <{header}>"


def check(root):
    breaches, users = [], {}
    for name, text in sources(root):
        lines = text.count("\n")
        if lines > MAX_LINES and not name.startswith("tests/"):
            breaches.append(f"{name}: {lines} lines, {MAX_LINES} is the most: split it")
        included = set()
        for number, line in enumerate(text.splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if match:
                included.add(match.group(2))
                breaches += check_include(name, number, match.group(2), match.group(1) == '"', users)
        if name.startswith("policy/"):
            for number, line in enumerate(strip(text).splitlines(), 1):
                if not line.lstrip().startswith("#include"):
                    breaches += [f"{name}:{number}: policy {what}: {line.strip()}"
                                 for pattern, what in POLICY_WORDS.items() if re.search(pattern, line)]
        if ({"vsphere-client/inventory_objects.h", "policy/observation.h"} <= included
                and not name.startswith(("agent/translate/", "tests/"))):
            breaches.append(f"{name}: the wire's words meet the domain's in agent/translate only")
    for library in sorted(ONE_FILE & users.keys()):
        if len(set(users[library])) > 1:
            breaches.append(f"{library} is included by more than one file: {', '.join(sorted(set(users[library])))}")
    return breaches


class TheTree(unittest.TestCase):
    maxDiff = None

    def test_keeps_its_layers(self):
        self.assertEqual([], check(SOURCE))

    def test_is_really_looked_at(self):
        layers = {layer_of(name) for name, _ in sources(SOURCE)}
        self.assertLessEqual({"policy", "vsphere-client", "storage", "agent", "tests"}, layers)


class TheCheckItself(unittest.TestCase):
    """Each case: a file, its text, and a word of the complaint (None: no complaint)."""

    PLANTED = [
        ("policy/a.cpp", '#include "storage/store.h"', "policy may not include storage"),
        ("policy/a.cpp", "#include <fmt/format.h>", "may not include <fmt/format.h>"),
        ("policy/a.cpp", "#include <fstream>", "may not include <fstream>"),
        ("policy/a.cpp", "auto t = std::chrono::system_clock::now();", "reads a clock"),
        ("policy/a.cpp", "auto t = std::time(nullptr);", "reads a clock"),
        ("policy/a.cpp", "auto t = time(nullptr);", "reads a clock"),
        ("policy/a.cpp", 'auto e = std::getenv("HOME");', "reads the environment"),
        ("policy/a.cpp", "int r = rand();", "draws by chance"),
        ("policy/a.cpp", 'std::cout << "x";', "prints"),
        ("policy/a.cpp", "std::fprintf(stderr, text);", "prints"),
        ("policy/a.cpp", "std::snprintf(text, sizeof text, format, 1);", None),
        ("policy/a.cpp", '// getenv("x"), system_clock::now() and time(0) are fine in a comment', None),
        ("policy/a.cpp", 'auto s = "time(0)"; auto t = snapshot.time(); auto u = wall_time(0);', None),
        ("policy/a.cpp", "std::optional<Time> layout_time; #include", None),
        ("vsphere-client/a.h", '#include "policy/inventory.h"', "vsphere-client may not include policy"),
        ("storage/a.cpp", '#include "vsphere-client/error.h"', "storage may not include vsphere-client"),
        ("storage/a.cpp", '#include "agent/error.h"', "storage may not include agent"),
        ("storage/store.h", "#include <sqlite3.h>", "sqlite3 may not be included here"),
        ("storage/store.cpp", "#include <sqlite3.h>", None),
        ("agent/act/a.cpp", "#include <sqlite3.h>", "sqlite3 may not be included here"),
        ("agent/act/a.cpp", "#include <pugixml.hpp>", "pugixml may not be included here"),
        ("agent/act/a.cpp", "#include <curl/curl.h>", "libcurl may not be included here"),
        ("agent/act/a.cpp", "#include <date/tz.h>", "date may not be included here"),
        ("agent/zones.cpp", "#include <date/tz.h>", None),
        ("agent/cli/parse.h", "#include <CLI/CLI.hpp>", "CLI11 may not be included here"),
        ("agent/a.cpp", '#include "error.h"', "not relative to the root"),
        ("tests/unit/agent/a_test.cpp", '#include "fixture.h"', None),
        ("tests/law/a_test.cpp", '#include "nowhere/fixture.h"', "none of our folders"),
        ("agent/a.cpp", "#include <agent/error.h>", "goes in quotes"),
        ("agent/act/a.cpp", '#include "vsphere-client/inventory_objects.h"\n#include "policy/observation.h"',
         "meet the domain's in agent/translate only"),
        ("agent/translate/a.cpp", '#include "vsphere-client/inventory_objects.h"\n#include "policy/observation.h"',
         None),
        ("tests/simulator/a.cpp", '#include "policy/inventory.h"', "tests/simulator may not include policy"),
        ("agent/a.cpp", "\n" * 501, "501 lines"),
    ]

    def complaints(self, *files):
        with tempfile.TemporaryDirectory() as root:
            for name, text in files:
                path = Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return check(Path(root))

    def test_finds_what_is_planted_and_nothing_else(self):
        for name, text, complaint in self.PLANTED:
            with self.subTest(name=name, text=text[:60]):
                found = self.complaints((name, text))
                if complaint is None:
                    self.assertEqual([], found)
                else:
                    self.assertEqual(1, len(found), found)
                    self.assertIn(complaint, found[0])
                    self.assertTrue(found[0].startswith(name), found[0])

    def test_counts_the_files_that_include_a_one_file_library(self):
        found = self.complaints(("agent/cli/a.cpp", "#include <CLI/CLI.hpp>"),
                                ("agent/cli/b.cpp", "#include <CLI/CLI.hpp>"))
        self.assertEqual(["CLI11 is included by more than one file: agent/cli/a.cpp, agent/cli/b.cpp"], found)


if __name__ == "__main__":
    unittest.main()
