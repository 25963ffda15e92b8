#!/usr/bin/env python3
# tusk: tests/tidy_test.py — each rule of tidy.py against a small tree that keeps it and trees that break it.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
"""Builds trees in a temporary directory; prints `N passed, N failed`."""

import pathlib
import shutil
import sys
import tempfile

import tidy

NOTICE = "// " + tidy.LICENCE


def header(name, body="", prose="//\n// One line of prose.\n// Another line of prose."):
    space = "tusk" if "/" not in name or name.startswith("types/") else "tusk::" + name.split("/")[0]
    return (f"// tusk: {name} — something.\n{NOTICE}\n{prose}\n#pragma once\n\n"
            f"{body}\nnamespace {space} {{\nstruct thing {{}};\n}} // namespace {space}\n")


def source(body=""):
    return f"// tusk tests: something.\n{NOTICE}\n{body}\n"


UMBRELLA = (f"// tusk: tusk.hpp — all.\n{NOTICE}\n//\n// One line.\n// Another line.\n#pragma once\n\n"
            "#include <tusk/net/asio.hpp>\n#include <tusk/types/text.hpp>\n#ifndef TUSK_NO_TLS\n"
            "#include <tusk/net/tls.hpp>\n#endif\n")

GOOD = {
    "include/tusk/tusk.hpp": UMBRELLA,
    "include/tusk/error.hpp": header("error.hpp", "#include <string>"),
    "include/tusk/wire/bytes.hpp": header("wire/bytes.hpp", "#include <tusk/error.hpp>"),
    "include/tusk/types/text.hpp": header("types/text.hpp", "#include <tusk/wire/bytes.hpp>"),
    "include/tusk/net/asio.hpp": header("net/asio.hpp", "#define ASIO_HAS_CO_AWAIT 1\n#include <asio/awaitable.hpp>"),
    "include/tusk/net/tls.hpp": header("net/tls.hpp", "#include <openssl/ssl.h>"),
    "tests/live/error.cpp": source(),
    "tests/wire/bytes.cpp": source(),
    "tests/types/text.cpp": source(),
    "tests/net/asio.cpp": source(),
    "tests/net/tls.cpp": source(),
    "tests/meson.build": "# " + tidy.LICENCE + "\nfiles('live/error.cpp', 'wire/bytes.cpp', 'types/text.cpp', "
                         "'net/asio.cpp', 'net/tls.cpp')\n",
    "examples/quickstart.cpp": source("int main() {\n  // [first]\n  int x = 1;\n    x = 2;\n  // [/first]\n}"),
    ".clang-format": "DisableFormat: true\nSortIncludes: Never\n",
    "README.md": "# tusk\n\n<!-- region: examples/quickstart.cpp#first -->\n```cpp\nint x = 1;\n  x = 2;\n```\n\n"
                 "```sh\n./tests/run\n```\n",
}

# rule -> (what is changed in the good tree, part of the message) ; None removes a file.
BAD = [
    ("layer_edges", {"include/tusk/wire/bytes.hpp": header("wire/bytes.hpp", "#include <tusk/types/text.hpp>")},
     "wire must not include <tusk/types/text.hpp>"),
    ("layer_edges", {"include/tusk/mapping/plan.hpp": header("mapping/plan.hpp", "#include <tusk/net/asio.hpp>")},
     "mapping must not include"),
    ("layer_edges", {"include/tusk/protocol/x.hpp": header("protocol/x.hpp", "# include <tusk/mapping/plan.hpp>")},
     "protocol must not include"),
    ("layer_edges", {"include/tusk/error.hpp": header("error.hpp", "#include <tusk/wire/bytes.hpp>")},
     "error.hpp must not include"),
    ("layer_edges", {"include/tusk/options.hpp": header("options.hpp", "#include <tusk/net/asio.hpp>")},
     "options.hpp must not include"),
    ("layer_edges", {"include/tusk/types/text.hpp": header("types/text.hpp", "#include <tusk/connection.hpp>")},
     "types must not include"),
    ("layer_edges", {"include/tusk/attic/x.hpp": header("attic/x.hpp")}, "'attic' is no layer"),
    ("include_sites", {"include/tusk/types/text.hpp": header("types/text.hpp", "#include <asio.hpp>")}, "Asio belongs"),
    ("include_sites", {"include/tusk/net/asio.hpp": header("net/asio.hpp", "#include <openssl/evp.h>")},
     "OpenSSL belongs"),
    ("include_sites", {"include/tusk/connect.hpp": header("connect.hpp", "#include <tusk/net/tls.hpp>")},
     "only the umbrella includes"),
    ("include_sites", {"include/tusk/error.hpp": header("error.hpp", "#include <iostream>")}, "dear to compile"),
    ("include_sites", {"include/tusk/error.hpp": header("error.hpp", '#include "tusk/x.hpp"')}, "write <tusk/...>"),
    ("opening_prose", {"include/tusk/error.hpp": header("error.hpp").replace(NOTICE, "// Copyright")}, "notice"),
    ("opening_prose", {"include/tusk/error.hpp": header("error.hpp", prose="//\n// Short.")}, "3 to 8 lines of prose"),
    ("opening_prose", {"include/tusk/error.hpp": header("error.hpp", prose="//" + "\n// Long." * 9)},
     "3 to 8 lines of prose"),
    ("opening_prose", {"include/tusk/error.hpp": header("errors.hpp")}, "the first line is not"),
    ("opening_prose", {"include/tusk/error.hpp": header("error.hpp").replace("#pragma once", "")}, "#pragma once"),
    ("opening_prose", {"tests/wire/bytes.cpp": "int x;\n"}, "notice is missing"),
    ("umbrella", {"include/tusk/wire/oid.hpp": header("wire/oid.hpp")}, "not reached"),
    ("umbrella", {"include/tusk/tusk.hpp": UMBRELLA + "int x;\n"}, "includes only"),
    ("umbrella", {"include/tusk/tusk.hpp": None}, "umbrella is missing"),
    ("mirrored_tests", {"tests/wire/bytes.cpp": None}, "has no test: tests/wire/bytes.cpp"),
    ("mirrored_tests", {"tests/live/error.cpp": None}, "tests/error.cpp or tests/live/error.cpp"),
    ("registered_tests", {"tests/wire/more.cpp": source()}, "it never runs"),
    ("names", {"tests/wire/byte_utils.cpp": source()}, "file name 'byte_utils'"),
    ("names", {"include/tusk/detail/x.hpp": header("detail/x.hpp")}, "folder name 'detail'"),
    ("names", {"include/tusk/error.hpp": header("error.hpp", "class pool_manager {};")}, "'pool_manager'"),
    ("names", {"include/tusk/error.hpp": header("error.hpp", "template <class T> struct any_row {};")}, "'any_row'"),
    ("names", {"include/tusk/error.hpp": header("error.hpp", "using stmt = int;")}, "'stmt'"),
    ("namespaces", {"include/tusk/wire/bytes.hpp": header("wire/bytes.hpp", "namespace tusk::auth {\n}")},
     "namespace tusk::auth in a file of tusk::wire"),
    ("namespaces", {"include/tusk/wire/bytes.hpp": header("wire/bytes.hpp", "namespace {\n}")}, "unnamed namespace"),
    ("sizes", {"include/tusk/error.hpp": header("error.hpp", "\n" * 400)}, "more than 400 lines"),
    ("macros", {"include/tusk/error.hpp": header("error.hpp", "#define TUSK_X 1")}, "TUSK_X is left defined"),
    ("unfinished", {"tests/wire/bytes.cpp": source("// TO" + "DO: all of it")}, "unfinished"),
    ("top_level", {"docs/index.md": ""}, "does not belong"),
    ("readme_blocks", {"README.md": GOOD["README.md"].replace("x = 2", "x = 3")}, "differs from the region"),
    ("readme_blocks", {"README.md": GOOD["README.md"].replace("#first", "#second")}, "has not one region"),
    ("readme_blocks", {"README.md": GOOD["README.md"].replace("quickstart", "slowstart")}, "missing file"),
    ("readme_blocks", {"README.md": "```cpp\nint x;\n```\n"}, "without <!-- region"),
    ("readme_blocks", {"README.md": None}, "is missing"),
    ("formatting", {".clang-format": "BasedOnStyle: LLVM\n", "tests/wire/bytes.cpp": source("int  x ;")},
     "not as clang-format"),
]

# Changes of the good tree that no rule may refuse.
FINE = [
    ("sizes", {"include/tusk/error.hpp": header("error.hpp", "\n" * 400, "//\n// Generated from a list.\n// Twice.")}),
    ("macros", {"include/tusk/error.hpp": header("error.hpp", "#define TUSK_X 1\n#undef TUSK_X")}),
    ("namespaces", {"include/tusk/error.hpp": header("error.hpp", "namespace tusk::blocking {\n}\nnamespace std {\n}")}),
    ("top_level", {"build-asan/x": "", ".github/x": ""}),
    ("names", {"include/tusk/error.hpp": header("error.hpp", "struct implementation {};\nstruct many_rows {};")}),
    ("include_sites", {"include/tusk/run.hpp": header("run.hpp", "#include <asio/io_context.hpp>")}),
]


def breaches(change, rules=None):
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for name, text in {**GOOD, **change}.items():
            if text is not None:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
        return tidy.check(root, rules)


def main():
    tidy.MIRROR_EXEMPT = {"tusk.hpp": "includes only"}
    passed, failed = 0, 0

    def expect(ok, what):
        nonlocal passed, failed
        passed, failed = passed + ok, failed + (not ok)
        if not ok:
            print(f"FAILED: {what}")

    found = breaches({})
    expect(not found, f"the good tree has breaches: {found}")
    for rule, change in FINE:
        found = breaches(change, [getattr(tidy, rule)])
        expect(not found, f"{rule} refuses {list(change)}: {found}")
    for rule, change, message in BAD:
        if rule == "formatting" and not shutil.which("clang-format-19"):
            continue
        found = breaches(change, [getattr(tidy, rule)])
        expect(any(message in breach[3] for breach in found), f"{rule} misses '{message}': {found}")
    untested = {rule.__name__ for rule in tidy.RULES} - {rule for rule, *_ in BAD}
    expect(not untested, f"rules without a bad tree: {untested}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
