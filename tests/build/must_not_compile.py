#!/usr/bin/env python3
# tusk: tests/build/must_not_compile.py — wrong programs are refused, with words that help.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# Each file of must_not_compile/ holds one mistake. Its comments `// expect: text` must all stand in the compiler's
# output (`// expect gcc: text` and `// expect clang: text` for words that only one of them shows). With -DTUSK_FIXED
# the same file holds the program without the mistake and must compile: so it fails for no other reason.
"""usage: must_not_compile.py gcc|clang COMPILER [FLAG...]"""

import pathlib
import re
import sys

from cases import ROOT, Cases, attempt, require, run, temporary_directory

COMMON = "#include <tusk/types/all.hpp>\n"


def precompiled(kind, command, directory):
    """Flags that bring COMMON ready made: most of the time would go into reading it again and again."""
    header = pathlib.Path(directory) / "common.hpp"
    header.write_text(COMMON, encoding="utf-8")
    made = header.with_suffix(".hpp.gch" if kind == "gcc" else ".pch")
    run([*command, "-x", "c++-header", header, "-o", made])
    return ["-include", header] if kind == "gcc" else ["-include-pch", made]


def try_all(cases, kind, plain, common):
    for path in sorted((ROOT / "tests/build/must_not_compile").glob("*.cpp")):
        with cases.case(path.name):
            text = path.read_text(encoding="utf-8")
            command = [*plain, "-fsyntax-only", *(common if COMMON in text else [])]
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


def main():
    kind, plain = sys.argv[1], sys.argv[2:]
    cases = Cases()
    with temporary_directory() as directory:
        try_all(cases, kind, plain, precompiled(kind, plain, directory))
    cases.end()


if __name__ == "__main__":
    main()
