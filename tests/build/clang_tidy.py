#!/usr/bin/env python3
# tusk: tests/build/clang_tidy.py — clang-tidy over one translation unit that includes everything.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
"""usage: clang_tidy.py [FLAG...]. Findings in our headers only, by .clang-tidy; each is a failure."""

import re
import shutil
import sys

from cases import ROOT, SKIPPED, Cases, attempt, require

TOOL = "clang-tidy-19"


def main():
    if not shutil.which(TOOL):
        print(f"skipped: {TOOL} is not installed")
        sys.exit(SKIPPED)
    cases = Cases()
    with cases.case("the configuration is read"):
        status, output = attempt([TOOL, "--verify-config"], cwd=ROOT)
        require(status == 0 and "No config errors" in output, output)
    with cases.case("no findings"):
        source = ROOT / "tests/build/unit_one.cpp"
        status, output = attempt([TOOL, "--quiet", source, "--", "-std=c++20", f"-I{ROOT / 'include'}", *sys.argv[1:]],
                                 cwd=ROOT)
        findings = re.findall(r"^\S+:\d+:\d+: (?:warning|error): .*$", output, re.MULTILINE)
        require(status == 0 and not findings, "\n".join(findings) or output)
    cases.end()


if __name__ == "__main__":
    main()
