"""Lists the tests that a ctest run skipped, each with its reason; exit 1 when one gives none.

    skipped.py Testing/Temporary/LastTest.log
"""

import re
import sys


def skipped(log):
    """(test, reason) for each GoogleTest case and unittest case that was skipped."""
    for block in re.split(r"^(?=\d+/\d+ Testing: )", log, flags=re.M):
        name = re.match(r"\d+/\d+ Testing: (\S+)", block)
        if not name:
            continue  # what stands before the first test
        for match in re.finditer(r"^\S+:\d+: Skipped\n(.*?)^\[", block, re.M | re.S):
            yield name.group(1), " ".join(match.group(1).split())
        for match in re.finditer(r"^(\w+) \(\S+?\)[^\n]*?\.\.\. skipped (['\"])([^\n]*)\2$", block, re.M):
            yield f"{name.group(1)}: {match.group(1)}", match.group(3)


def main():
    with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
        found = sorted(set(skipped(file.read())))
    by_reason = {}
    for test, reason in found:
        by_reason.setdefault(reason, []).append(test)
    print(f"Skipped tests: {len(found)}")
    for reason, tests in sorted(by_reason.items()):
        print(f"  {len(tests)} because {reason or 'NO REASON GIVEN'}")
        for test in tests:
            print(f"      {test}")
    return 1 if "" in by_reason else 0


if __name__ == "__main__":
    sys.exit(main())
