#!/usr/bin/env python3
# tusk: tests/build/amalgamate_test.py — the folding of headers, on small trees.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
"""usage: amalgamate_test.py COMPILER... Each case writes a tree, folds it, and looks at what came out of it."""

import pathlib
import re
import sys

from cases import ROOT, Cases, attempt, require, run, temporary_directory

COMPILER = sys.argv[1:] or ["c++"]
SCRIPT = ROOT / "include/amalgamate.py"


def fold(directory, files, *options):
    """(exit status, output of the script, the header made)"""
    include = pathlib.Path(directory) / "include"
    for name, text in files.items():
        path = include / "tusk" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"// tusk: {name} — x.\n// Notice.\n//\n// Prose of {name}.\n#pragma once\n\n{text}\n",
                        encoding="utf-8")
    made = pathlib.Path(directory) / "out" / "tusk.hpp"
    status, output = attempt(["python3", SCRIPT, *options, include, made])
    return status, output, made.read_text(encoding="utf-8") if made.exists() else ""


def positions(text, *parts):
    for part in parts:
        require(text.count(part) == 1, f"'{part}' stands {text.count(part)} times in\n{text}")
    return [text.index(part) for part in parts]


def in_order(text, *parts):
    found = positions(text, *parts)
    require(found == sorted(found), f"{parts} are not in this order in\n{text}")


def compiles(text, *flags):
    with temporary_directory() as directory:
        header = pathlib.Path(directory) / "tusk.hpp"
        header.write_text(text, encoding="utf-8")
        source = pathlib.Path(directory) / "main.cpp"
        source.write_text('#include "tusk.hpp"\n#include "tusk.hpp"\nint main() {}\n', encoding="utf-8")
        run([*COMPILER, "-std=c++20", "-fsyntax-only", *flags, source])


DIAMOND = {
    "tusk.hpp": "#include <tusk/b.hpp>\n#include <tusk/a.hpp>",
    "a.hpp": "#include <tusk/base.hpp>\n\n#include <vector>\ninline int a() { return base(); }",
    "b.hpp": "#include <tusk/base.hpp>\n\n#include <string>\n#include <vector>\ninline int b() { return base(); }",
    "base.hpp": "#include <cstddef>\ninline int base() { return 0; }",
}

CONDITIONAL = {
    "tusk.hpp": "#ifndef TUSK_NO_TLS\n#include <tusk/tls.hpp>\n#endif\n#include <tusk/socket.hpp>",
    "tls.hpp": "#include <tusk/filter.hpp>\n#include <tusk/contexts.hpp>\n#include <openssl/ssl.h>\nint tls(filter);",
    "contexts.hpp": "#include <tusk/filter.hpp>\nint contexts(filter);",
    "filter.hpp": "#include <array>\nstruct filter {};",
    "socket.hpp": "#include <tusk/filter.hpp>\nint socket(filter);",
}

REFUSED = {
    "a missing include": ({"tusk.hpp": "\n#include <tusk/none.hpp>"},
                          "tusk/tusk.hpp:8: tusk/none.hpp does not exist"),
    "a cycle": ({"tusk.hpp": "#include <tusk/a.hpp>", "a.hpp": "#include <tusk/b.hpp>", "b.hpp": "#include <tusk/a.hpp>"},
                "include cycle: tusk/a.hpp -> tusk/b.hpp -> tusk/a.hpp"),
    "a header that includes itself": ({"tusk.hpp": "#include <tusk/tusk.hpp>"}, "include cycle"),
    "a cycle behind a condition": ({"tusk.hpp": "#ifdef X\n#include <tusk/a.hpp>\n#endif",
                                    "a.hpp": "#include <tusk/b.hpp>", "b.hpp": "#include <tusk/a.hpp>"},
                                   "include cycle"),
    "quotes": ({"tusk.hpp": '#include "a.hpp"', "a.hpp": ""}, 'tusk/tusk.hpp:7: #include "a.hpp": write <tusk/...>'),
    "an #if without end": ({"tusk.hpp": "#if 1"}, "'#if 1' is not closed"),
    "an #endif too many": ({"tusk.hpp": "#endif"}, "tusk/tusk.hpp:7: #endif without #if"),
    "two different conditions": ({"tusk.hpp": "#ifdef X\n#include <tusk/a.hpp>\n#endif\n#ifdef Y\n"
                                              "#include <tusk/a.hpp>\n#endif", "a.hpp": ""},
                                 "tusk/a.hpp under '#ifdef Y', but first included under '#ifdef X'"),
    "no umbrella": ({"a.hpp": ""}, "tusk/tusk.hpp does not exist"),
}


def accepted(cases):
    with cases.case("each header once, before those who need it"), temporary_directory() as directory:
        status, output, text = fold(directory, DIAMOND, "--version", "1.2.3")
        require(status == 0, output)
        in_order(text, "#pragma once", "#include <cstddef>", "#include <string>", "#include <vector>", "int base()",
                 "int b()", "int a()")
        require(text.startswith("// tusk 1.2.3: tusk.hpp") and "Boost Software License" in text.splitlines()[1], text)
        require("Prose of" not in text and "Notice" not in text, "prose of the parts is left")
        compiles(text)
    with cases.case("the same tree gives the same bytes"), temporary_directory() as one, temporary_directory() as two:
        require(fold(one, DIAMOND)[2] == fold(two, dict(reversed(DIAMOND.items())))[2], "they differ")
    with cases.case("a conditional include"), temporary_directory() as directory:
        status, output, text = fold(directory, CONDITIONAL)
        require(status == 0, output)
        in_order(text, "#include <array>", "struct filter", "#ifndef TUSK_NO_TLS", "int contexts(filter)",
                 "#include <openssl/ssl.h>", "int tls(filter)", "#endif", "int socket(filter)")
        compiles(text)
        compiles(text, "-DTUSK_NO_TLS")
    with cases.case("macros stay before the system include that they are for"), temporary_directory() as directory:
        status, output, text = fold(directory, {"tusk.hpp": "#include <tusk/asio.hpp>\n#include <asio.hpp>",
                                                "asio.hpp": "#define ASIO_X 1\n#include <asio.hpp>\n#ifdef __linux__\n"
                                                            "#include <unistd.h>\n#endif"})
        require(status == 0, output)
        in_order(text, "#define ASIO_X 1", "#include <asio.hpp>", "#ifdef __linux__", "#include <unistd.h>", "#endif")
    with cases.case("nested conditions and twice the same one"), temporary_directory() as directory:
        status, output, text = fold(directory, {"tusk.hpp": "#ifdef X\n#include <tusk/a.hpp>\n#ifdef Y\n"
                                                            "#include <tusk/a.hpp>\n#endif\n#endif\n",
                                                "a.hpp": "struct a {};"})
        require(status == 0, output)
        positions(text, "struct a {};")
        compiles(text, "-DX", "-DY")
    with cases.case("depfile and copy"), temporary_directory() as directory:
        dep, copy = pathlib.Path(directory) / "x.d", pathlib.Path(directory) / "copy/tusk/tusk.hpp"
        status, output, text = fold(directory, DIAMOND, "--depfile", dep, "--copy", copy)
        require(status == 0, output)
        require(copy.read_text(encoding="utf-8") == text, "the copy differs")
        named = re.findall(r"tusk/(\w+\.hpp)\b", dep.read_text(encoding="utf-8").partition(":")[2])
        require(sorted(named) == sorted(DIAMOND), f"the depfile names {named}")


def main():
    cases = Cases()
    accepted(cases)
    for name, (files, message) in REFUSED.items():
        with cases.case(f"refused: {name}"), temporary_directory() as directory:
            status, output, text = fold(directory, files)
            require(status != 0 and not text, f"it is accepted:\n{text}")
            require(message in output and "Traceback" not in output, f"expected '{message}' in:\n{output}")
    with cases.case("refused: no #pragma once"), temporary_directory() as directory:
        include = pathlib.Path(directory) / "tusk"
        include.mkdir()
        (include / "tusk.hpp").write_text("// x\n", encoding="utf-8")
        status, output = attempt(["python3", SCRIPT, directory, pathlib.Path(directory) / "out.hpp"])
        require(status != 0 and "tusk/tusk.hpp: no #pragma once" in output, output)
    with cases.case("the tree itself: every header once and no include of ours left"), temporary_directory() as directory:
        made = pathlib.Path(directory) / "tusk.hpp"
        run(["python3", SCRIPT, ROOT / "include", made])
        text = made.read_text(encoding="utf-8")
        names = sorted(re.findall(r"^// ---- (tusk/\S+)$", text, re.MULTILINE))
        there = sorted(p.relative_to(ROOT / "include").as_posix() for p in (ROOT / "include/tusk").rglob("*.hpp"))
        require(names == there, f"folded {names}\nof {there}")
        require(not re.search(r"#\s*include\s*[<\"]tusk/", text), "an include of ours is left")
    cases.end()


if __name__ == "__main__":
    main()
