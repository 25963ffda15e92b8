# tusk: tests/build/cases.py — what the test scripts of this folder share: cases, commands, temporary directories.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
"""A script makes one Cases, runs its cases with `with cases.case("name"):` and ends with `cases.end()`."""

import contextlib
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SKIPPED = 77  # Meson's exit status of a test that did not run


class Failed(Exception):
    """A case has failed; the text says how."""


class Cases:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    @contextlib.contextmanager
    def case(self, name):
        try:
            yield
            self.passed += 1
        except Failed as failure:
            self.failed += 1
            print(f"FAILED: {name}\n{failure}\n", flush=True)

    def skip(self, reason):
        self.skipped += 1
        print(f"skipped: {reason}")

    def end(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{skipped}")
        if self.skipped and not self.passed and not self.failed:
            sys.exit(SKIPPED)
        sys.exit(1 if self.failed or not self.passed else 0)


def require(condition, text):
    if not condition:
        raise Failed(text)


def attempt(command, **more):
    """Runs a command; (exit status, everything it printed)."""
    environment = {**os.environ, "LC_ALL": "C", **more.pop("env", {})}
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", env=environment, stdin=subprocess.DEVNULL, check=False, **more)
    return done.returncode, done.stdout


def run(command, **more):
    """Runs a command that must succeed; what it printed."""
    status, output = attempt(command, **more)
    require(status == 0, f"$ {shlex.join(str(word) for word in command)}\n{output[-6000:]}\nexit status {status}")
    return output


def temporary_directory():
    return tempfile.TemporaryDirectory(prefix="tusk-build.")
