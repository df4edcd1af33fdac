"""Each file of the product includes the standard headers whose names it uses, itself or by way of the project's own
headers. Compilers do not tell: their headers include each other, another version's do not, and tests/run has them
precompiled.
"""

import functools
import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDERS = ("agent", "policy", "storage", "vsphere-client")
INCLUDE = re.compile(r'^#include ([<"])([^>"]+)[>"]', re.M)
COMMENT = re.compile(r"//[^\n]*")
TEXT = re.compile(r'R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"')
USED = re.compile(r"\bstd::(?:(?:chrono|this_thread|ranges)::)?(\w+)")
HEADERS = {
    "algorithm": "sort stable_sort find find_if any_of all_of none_of count count_if min max clamp transform unique "
    "lower_bound upper_bound binary_search partition_point reverse copy_if remove_if is_sorted minmax mismatch equal "
    "min_element max_element",
    "array": "array to_array",
    "atomic": "atomic",
    "charconv": "from_chars to_chars",
    "chrono": "seconds minutes hours days sys_days sys_seconds local_days system_clock steady_clock milliseconds "
    "microseconds duration_cast year_month_day",
    "cmath": "sqrt pow isfinite lround llround",
    "condition_variable": "condition_variable condition_variable_any",
    "cstdint": "uint8_t uint16_t uint32_t uint64_t int32_t int64_t",
    "deque": "deque",
    "filesystem": "filesystem",
    "fstream": "ifstream ofstream fstream",
    "functional": "function hash less_equal",
    "list": "list",
    "map": "map multimap",
    "memory": "unique_ptr shared_ptr make_unique make_shared weak_ptr",
    "mutex": "mutex lock_guard unique_lock scoped_lock",
    "numeric": "iota accumulate gcd",
    "optional": "optional nullopt",
    "regex": "regex",
    "set": "set multiset",
    "span": "span",
    "sstream": "ostringstream istringstream stringstream",
    "stdexcept": "runtime_error logic_error invalid_argument out_of_range",
    "stop_token": "stop_token stop_source stop_callback",
    "string": "string to_string getline",
    "string_view": "string_view",
    "thread": "thread jthread sleep_for",
    "tuple": "tuple tie",
    "unordered_map": "unordered_map",
    "unordered_set": "unordered_set",
    "utility": "move exchange swap forward pair",
    "variant": "variant visit get_if holds_alternative",
    "vector": "vector",
}
HEADER_OF = {name: header for header, names in HEADERS.items() for name in names.split()}
# By the standard, who includes the one has what the other gives for it.
ALSO = {"string": {"string_view"}, "map": {"utility", "tuple"}, "vector": set(), "fstream": {"string"}}
# Too slight to ask for: nearly every header of the library needs and gives them.
GIVEN = {"utility", "cstdint", "string_view"}


def read(path):
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


@functools.cache
def given(path):
    """The standard headers that including this file brings."""
    found = set()
    for kind, name in INCLUDE.findall(read(path)):
        if kind == "<":
            found |= {name} | ALSO.get(name, set())
        elif (ROOT / name).is_file():
            found |= given(ROOT / name)
    return frozenset(found)


def missing(path):
    text = TEXT.sub('""', read(path))
    wanted = {HEADER_OF[name]: name for name in USED.findall(text) if name in HEADER_OF}
    return {header: name for header, name in wanted.items() if header not in given(path) | GIVEN}


class Includes(unittest.TestCase):
    def test_of_each_file_give_the_names_that_it_uses(self):
        files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in (".h", ".cpp")]
        self.assertGreater(len(files), 300, "the product's files are found")
        told = [
            f"{path.relative_to(ROOT)}: std::{name} needs <{header}>"
            for path in files
            for header, name in missing(path).items()
        ]
        self.assertEqual([], told, "\n".join(told))

    def test_that_is_left_out_is_noticed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.cpp")
            path.write_text('#include "policy/time.h"\n#include <map>\nstd::map<int, int> a; // std::deque\n'
                            'auto b = "std::list"; std::vector<int> c; std::chrono::seconds d;\n', encoding="utf-8")
            self.assertEqual({"vector": "vector"}, missing(path), "<chrono> comes with policy/time.h")


if __name__ == "__main__":
    unittest.main()
