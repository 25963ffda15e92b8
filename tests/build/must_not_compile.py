#!/usr/bin/env python3
# tusk: tests/build/must_not_compile.py — wrong programs are refused, with words that help.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# Each file of must_not_compile/ holds one mistake. Its comments `// expect: text` must all stand in the compiler's
# output (`// expect gcc: text` and `// expect clang: text` for words that only one of them shows). With -DTUSK_FIXED
# the same file holds the program without the mistake and must compile: so it fails for no other reason.
"""usage: must_not_compile.py gcc|clang COMPILER [FLAG...]"""

import re
import sys

from cases import ROOT, Cases, attempt, require, run


def main():
    kind, command = sys.argv[1], [*sys.argv[2:], "-fsyntax-only"]
    cases = Cases()
    for path in sorted((ROOT / "tests/build/must_not_compile").glob("*.cpp")):
        with cases.case(path.name):
            text = path.read_text(encoding="utf-8")
            expected = re.findall(rf"^// expect(?: {kind})?: (.*\S)\s*$", text, re.MULTILINE)
            require(expected, "no line `// expect: text`")
            require("TUSK_FIXED" in text, "no part for -DTUSK_FIXED")
            status, output = attempt([*command, path])
            require(status != 0, "it compiles")
            # Compilers break and quote lines as they like: compare words.
            flat = " ".join(output.split())
            for line in expected:
                require(" ".join(line.split()) in flat, f"expected: {line}\nthe compiler said:\n{output[:6000]}")
            run([*command, "-DTUSK_FIXED", path])
    cases.end()


if __name__ == "__main__":
    main()
