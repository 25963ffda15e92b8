#!/usr/bin/env python3
# tusk: tests/support/example.py — runs an example against a test server and compares what it prints.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# In the expected output `{*}` stands for any text within a line, and a line `{...}` for any number of lines. A file NAME.in
# beside NAME.out is what the program reads; then it may print errors too, and these are compared with the rest. Runs
# the program twice: an example must not stumble over what it left behind.
"""usage: example.py EXPECTED PROGRAM"""

import difflib
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse


def pattern_of(expected):
    lines = [r"(?:.*\n)*?" if line == "{...}" else ".*".join(map(re.escape, line.split("{*}"))) + r"\n"
             for line in expected.splitlines()]
    return re.compile("".join(lines))


def database_url(server):
    """The server's Unix socket, as its superuser."""
    host = urllib.parse.quote(str(server / "socket"), safe="")
    port = (server / "port").read_text(encoding="ascii").strip()
    return f"postgres://tusk_admin@{host}:{port}/tusk"


def main():
    expected, program = sys.argv[1:]
    server = os.environ.get("TUSK_TEST_SERVER_15")
    if not server:
        print("skipped: TUSK_TEST_SERVER_15 is not set (./tests/run starts the servers and sets it)")
        sys.exit(77)
    environment = {**os.environ, "DATABASE_URL": database_url(pathlib.Path(server))}
    text = pathlib.Path(expected).read_text(encoding="utf-8")
    typed = pathlib.Path(expected).with_suffix(".in")
    given = typed.read_text(encoding="utf-8") if typed.exists() else None
    for attempt in ("first", "second"):
        done = subprocess.run([program], stdout=subprocess.PIPE, encoding="utf-8", env=environment, input=given or "",
                              stderr=subprocess.PIPE if given is None else subprocess.STDOUT, timeout=60, check=False)
        if done.returncode or done.stderr or not pattern_of(text).fullmatch(done.stdout):
            print(f"{attempt} run: exit status {done.returncode}\n{done.stderr or ''}")
            print("\n".join(difflib.unified_diff(text.splitlines(), done.stdout.splitlines(), expected, "printed",
                                                 lineterm="")))
            sys.exit(1)


if __name__ == "__main__":
    main()
