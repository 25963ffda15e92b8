#!/usr/bin/env python3
# tusk: tests/build/headers_alone.py — every header compiles alone, in any order, and twice.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
"""usage: headers_alone.py WORK_DIR COMPILER [FLAG...]. Objects go to WORK_DIR, where a compiler cache finds them again."""

import concurrent.futures
import os
import pathlib
import sys

from cases import ROOT, Cases, run


def compile_alone(header, work, command):
    source = work / (header.replace("/", "_") + ".cpp")
    text = f"#include <{header}>\n#include <{header}>\nint main() {{}}\n"
    if not source.exists() or source.read_text(encoding="utf-8") != text:
        source.write_text(text, encoding="utf-8")
    run([*command, "-c", source, "-o", source.with_suffix(".o")])


def main():
    work, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
    work.mkdir(parents=True, exist_ok=True)
    include = ROOT / "include"
    headers = sorted(path.relative_to(include).as_posix() for path in include.rglob("*.hpp"))
    cases = Cases()
    # Meson runs two tests at a time here: leave it a core.
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, (os.cpu_count() or 2) // 2)) as pool:
        jobs = {header: pool.submit(compile_alone, header, work, command) for header in headers}
        for header, job in jobs.items():
            with cases.case(f"{header} alone"):
                job.result()
    cases.end()


if __name__ == "__main__":
    main()
