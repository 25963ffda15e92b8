#!/usr/bin/env python3
# tusk: include/amalgamate.py — folds the tree under include/tusk/ into one header.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# usage: amalgamate.py [--version V] [--depfile FILE] [--copy FILE] INCLUDE_DIR OUTPUT
#
# Starts at tusk/tusk.hpp and puts every header of ours in the place of its first include, each once. An include under
# #if is expanded there, under its condition, after those of its own needs that others have unconditionally. Headers of
# the standard library are collected at the top, once, sorted; every other system include stays where it is, since
# macros may have to come before it, but is not repeated. Nothing but the contents of the tree decides the output.
"""One header out of many."""

import argparse
import pathlib
import re
import sys

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>]+)>|"([^"]+)")[ \t]*(//.*)?$')
CONDITION = re.compile(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b")
PRAGMA_ONCE = re.compile(r"^[ \t]*#[ \t]*pragma[ \t]+once\b")
STANDARD = re.compile(r"^[a-z_0-9]+$")
ROOT = "tusk/tusk.hpp"


class Failure(Exception):
    """What is wrong with the tree, in words for a person."""


def opening(lines):
    """How many lines at the top are the file's notice and prose: comments up to the first other line."""
    return next((i for i, line in enumerate(lines) if not line.startswith("//")), len(lines))


def refuse_cycle(path, name):
    if name in path:
        raise Failure("include cycle: " + " -> ".join(path[path.index(name):] + [name]))


def words(conditions):
    return f"'{' && '.join(conditions)}'" if conditions else "no condition"


class Header:
    """One file of the tree: its lines, the open conditions before each, and its includes of ours."""

    def __init__(self, include_dir, name, included_from):
        path = include_dir / name
        if not path.is_file():
            raise Failure(f"{included_from}: {name} does not exist under {include_dir}")
        self.name = name
        self.lines = path.read_text(encoding="utf-8").splitlines()
        if not any(PRAGMA_ONCE.match(line) for line in self.lines):
            raise Failure(f"{name}: no #pragma once")
        self.conditions = []
        self.includes = []  # (line number, header, conditional?)
        stack = []
        for number, line in enumerate(self.lines, 1):
            self.conditions.append(tuple(stack))
            self._condition(stack, number, line)
            match = INCLUDE.match(line)
            if match and match.group(2) is not None:
                raise Failure(f'{name}:{number}: #include "{match.group(2)}": write <tusk/...>')
            if match and match.group(1).startswith("tusk/"):
                self.includes.append((number, match.group(1), bool(stack)))
        if stack:
            raise Failure(f"{name}: '{stack[-1]}' is not closed")

    def _condition(self, stack, number, line):
        match = CONDITION.match(line)
        if not match:
            return
        word = match.group(1)
        if word.startswith("if"):
            stack.append(line.strip())
        elif not stack:
            raise Failure(f"{self.name}:{number}: #{word} without #if")
        elif word == "endif":
            stack.pop()
        else:
            stack[-1] += " ... " + line.strip()


class Fold:
    def __init__(self, include_dir):
        self.include_dir = include_dir
        self.headers = {}
        self.done = set()
        self.home = {}  # header -> the conditions that it is expanded under
        self.stack = []
        self.standard = set()
        self.other = set()  # system includes that stand unconditionally in the body already
        self.body = []
        self.unconditional = set()
        self._reach(ROOT, "amalgamate.py", self.unconditional, [])
        self._expand(ROOT, ())

    def header(self, name, included_from):
        if name not in self.headers:
            self.headers[name] = Header(self.include_dir, name, included_from)
        return self.headers[name]

    def _reach(self, name, included_from, seen, path):
        """Collects what `name` includes without a condition, itself among it."""
        refuse_cycle(path, name)
        if name in seen:
            return
        for number, included, conditional in self.header(name, included_from).includes:
            if not conditional:
                self._reach(included, f"{name}:{number}", seen, path + [name])
        seen.add(name)

    def _expand_needs(self, name, included_from, path):
        """Before a condition opens: what stands behind it but is needed without it too must come first."""
        refuse_cycle(self.stack + path, name)
        for number, included, _ in self.header(name, included_from).includes:
            self._expand_needs(included, f"{name}:{number}", path + [name])
        if name in self.unconditional and name not in self.done:
            self.home[name] = ()
            self._expand(name, ())

    def _expand(self, name, outer):
        if name in self.done:
            return
        header = self.headers[name]
        self.done.add(name)
        self.stack.append(name)
        self.body.append(f"// ---- {name}")
        for number in range(opening(header.lines) + 1, len(header.lines) + 1):
            self._line(header, number, outer)
        self.stack.pop()

    def _line(self, header, number, outer):
        line = header.lines[number - 1]
        here = outer + header.conditions[number - 1]
        if PRAGMA_ONCE.match(line):
            return
        match = INCLUDE.match(line)
        if match and match.group(1).startswith("tusk/"):
            included = match.group(1)
            where = f"{header.name}:{number}"
            self.header(included, where)
            home = self.home.setdefault(included, here)
            if home != here[: len(home)]:  # expanded there, it would be missing where only this condition holds
                raise Failure(f"{where}: {included} under {words(here)}, but first included under {words(home)}")
            self._expand(included, here)
        elif match and not here and STANDARD.match(match.group(1)):
            self.standard.add(match.group(1))
        elif match and match.group(1) in self.other:
            pass
        else:
            if match and not here:
                self.other.add(match.group(1))
            if not here and CONDITION.match(line):
                self._before_condition(header, number)
            self.body.append(line)

    def _before_condition(self, header, number):
        behind = {include_number: included for include_number, included, _ in header.includes}
        for inside in range(number + 1, len(header.lines) + 1):
            if not header.conditions[inside - 1]:
                break
            if inside in behind:
                self._expand_needs(behind[inside], f"{header.name}:{inside}", [])

    def text(self, version):
        body = []
        for line in self.body:  # runs of empty lines are what removed includes leave behind
            if line or (body and body[-1]):
                body.append(line)
        head = [
            f"// tusk {version}".rstrip() + ": tusk.hpp — a PostgreSQL driver in one header: C++20, standalone Asio.",
            "// Distributed under the Boost Software License, Version 1.0. See https://www.boost.org/LICENSE_1_0.txt",
            "//",
            "// Generated from include/tusk/ by `meson compile single_include`: change the tree, not this file. Needs asio.hpp;",
            "// needs OpenSSL's headers and -lssl -lcrypto unless TUSK_NO_TLS is defined.",
            "#pragma once",
            "",
        ]
        text = "\n".join(head + [f"#include <{h}>" for h in sorted(self.standard)] + [""] + body) + "\n"
        left = re.search(r"^[ \t]*#[ \t]*include[ \t]*<tusk/.*$", text, re.MULTILINE)
        if left:
            raise Failure(f"an include of ours is left: {left.group(0)}")
        return text


def main():
    parser = argparse.ArgumentParser(description="fold include/tusk/ into one header")
    parser.add_argument("--version", default="")
    parser.add_argument("--depfile", type=pathlib.Path)
    parser.add_argument("--copy", type=pathlib.Path, help="write the same to this file too")
    parser.add_argument("include_dir", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        fold = Fold(arguments.include_dir)
        text = fold.text(arguments.version)
    except Failure as failure:
        sys.exit(f"amalgamate.py: {failure}")
    for output in filter(None, (arguments.output, arguments.copy)):
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    if arguments.depfile:
        inputs = " ".join(str(arguments.include_dir / name) for name in sorted(fold.done))
        arguments.depfile.write_text(f"{arguments.output}: {inputs}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
