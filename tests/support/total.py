#!/usr/bin/env python3
# tusk: tests/support/total.py — sums a Meson test log up: Catch2 cases and cases of script tests, as one line.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
"""usage: total.py testlog.json. Prints `N passed, N failed[, N skipped]`; fails when something failed or nothing ran."""

import json
import re
import sys

ALL_PASSED = re.compile(r"^All tests passed \(.*?(\d+) test cases?\)", re.MULTILINE)
CATCH_CASES = re.compile(r"^test cases:\s+\d+ (\|.*)$", re.MULTILINE)
SCRIPT_CASES = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.MULTILINE)


def count(test):
    """(passed, failed, skipped) of one entry of the log."""
    result, output = test["result"], test.get("stdout") or ""
    if result == "SKIP":
        return 0, 0, 1
    ok = result in ("OK", "EXPECTEDFAIL")
    passed = failed = skipped = 0
    if match := ALL_PASSED.search(output):
        passed = int(match.group(1))
    elif match := CATCH_CASES.search(output):
        numbers = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped)", match.group(1))}
        passed, failed, skipped = (numbers.get(word, 0) for word in ("passed", "failed", "skipped"))
    elif matches := SCRIPT_CASES.findall(output):
        passed, failed, skipped = (int(number or 0) for number in matches[-1])
    elif ok and "No tests ran" not in output:
        passed = 1
    if not ok and failed == 0:  # it crashed, ran out of time, or its summary does not say what went wrong
        failed = 1
    if ok and passed + failed + skipped == 0:
        failed = 1
    return passed, failed, skipped


def main():
    try:
        with open(sys.argv[1], encoding="utf-8") as log:
            counts = [count(json.loads(line)) for line in log]
    except OSError:
        counts = []
    passed, failed, skipped = (sum(column) for column in zip(*counts)) if counts else (0, 0, 0)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
