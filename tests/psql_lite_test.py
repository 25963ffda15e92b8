#!/usr/bin/env python3
# tusk: tests/psql_lite_test.py — the example psql_lite at a terminal: Ctrl-C, prompts, a lost connection, its history.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
"""usage: psql_lite_test.py PROGRAM editor|plain. Runs it on a terminal of its own; prints `N passed, N failed`."""

import contextlib
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parent
sys.path += [str(TESTS / "build"), str(TESTS / "support")]

from cases import SKIPPED, Cases, Failed, require, temporary_directory  # noqa: E402  (neighbours' modules)
from example import database_url  # noqa: E402

NAP = "do $$begin raise notice 'begun'; perform pg_sleep(60); end$$;"
CTRL_C, CTRL_D, UP = "\x03", "\x04", "\x1b[A"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")


class Terminal:
    """The program, with somebody before it."""

    def __init__(self, program, environment):
        self.child, self.screen = pty.fork()
        if self.child == 0:
            os.execve(program, [program], environment)
        self.seen = ""

    def type(self, text):
        self.seen = ""
        os.write(self.screen, text.encode())

    def wait(self, pattern, seconds=10):
        """Until `pattern` has been printed since the last `type`; what was printed."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.seen, re.MULTILINE):
            ready, _, _ = select.select([self.screen], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise Failed(f"no {pattern!r} within {seconds} s in {self.seen!r}")
            try:
                read = os.read(self.screen, 4096)
            except OSError:  # the program has ended
                read = b""
            if not read:
                raise Failed(f"it ended without {pattern!r}: {self.seen!r}")
            self.seen += ESCAPES.sub("", read.decode(errors="replace"))
        return self.seen

    def nap(self):
        """Begins a query that takes long, and waits until it has."""
        self.type(NAP + "\n")
        self.wait("NOTICE:  begun")

    def end(self):
        """Its exit status."""
        with contextlib.suppress(OSError):
            while os.read(self.screen, 4096):
                pass
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


@contextlib.contextmanager
def terminal(program, environment):
    shell = Terminal(program, environment)
    try:
        shell.wait("tusk=> $")
        yield shell
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(shell.child, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(shell.child, 0)
        os.close(shell.screen)


def ctrl_c(cases, program, environment):
    with cases.case("Ctrl-C cancels the query and not the shell"), terminal(program, environment) as shell:
        for _ in range(3):
            shell.nap()
            begin = time.monotonic()
            shell.type(CTRL_C)
            shell.wait(r"canceling statement due to user request\n(.*\n)*.*tusk=> $", 2)
            require(time.monotonic() - begin < 2, "it took too long")
            shell.type("select 6 * 7 as answer;\n")
            shell.wait(r" +42\n\(1 row\)\n\n.*tusk=> $")
    with cases.case("Ctrl-C at the prompt drops what was typed"), terminal(program, environment) as shell:
        shell.type("select 1,\n")
        shell.wait("tusk-> $")
        shell.type("nonsense")
        shell.wait("nonsense$")
        shell.type(CTRL_C)
        shell.wait(r"tusk=> $")
        shell.type("select 'clean';\n")
        require("ERROR" not in shell.wait(r" clean\n\(1 row\)\n\n.*tusk=> $"), shell.seen)
    with cases.case("Ctrl-C in a transaction fails it, and \\d can be cancelled as well"), \
            terminal(program, environment) as shell:
        shell.type("begin;\n")
        shell.wait(r"tusk=\*> $")
        shell.nap()
        shell.type(CTRL_C)
        shell.wait(r"canceling.*\n(.*\n)*.*tusk=!> $", 2)
        shell.type("rollback;\n")
        shell.wait(r"ROLLBACK\n.*tusk=> $")
    with cases.case("Ctrl-C ends \\copy"), terminal(program, environment) as shell:
        shell.type("create temp table t (a int);\n")
        shell.wait(r"CREATE TABLE\n.*tusk=> $")
        shell.type("\\copy t from stdin\n")
        shell.wait(">> $")
        shell.type("1\n")
        shell.wait(">> $")
        shell.type(CTRL_C)
        shell.wait("tusk=> $")
        shell.type("select count(*) from t;\n")
        shell.wait(r" +0\n\(1 row\)\n\n.*tusk=> $")
        body = NAP.removeprefix("do ").removesuffix(";")
        shell.type(f"create function pg_temp.nap() returns void language plpgsql as {body};\n")
        shell.wait(r"CREATE FUNCTION\n.*tusk=> $")
        shell.type("\\copy (select pg_temp.nap()) to stdout\n")
        shell.wait("NOTICE:  begun")
        shell.type(CTRL_C)
        shell.wait(r"canceling.*\n(.*\n)*.*tusk=> $", 2)


def prompts(cases, program, environment):
    with cases.case("the prompt tells what is open"), terminal(program, environment) as shell:
        for line, prompt in [("select 'a", "tusk'> "), ("', \"b", 'tusk"> '), ('", $x$ c', r"tusk\$> "),
                             ("$x$, /* d", r"tusk\*> "), ("*/ (1", r"tusk\(> "), (")", "tusk-> ")]:
            shell.type(line + "\n")
            shell.wait(f"{prompt}$")
        shell.type(CTRL_C)
        shell.wait("tusk=> $")
    with cases.case("the end of the input"), terminal(program, environment) as shell:
        shell.type(CTRL_D)
        require(shell.end() == 0, "not a success")


def lost(cases, program, environment):
    with cases.case("a lost connection is told and made again"), terminal(program, environment) as shell:
        shell.type("begin;\n")
        shell.wait(r"tusk=\*> $")
        shell.type("select pg_terminate_backend(pg_backend_pid());\n")
        shell.wait(r"terminating connection(.*\n)+The connection to the server was lost. Attempting reset: Succeeded."
                   r"\n.*tusk=> $")
        shell.type("select 1 as one;\n")
        shell.wait(r"\(1 row\)\n\n.*tusk=> $")
        shell.nap()
        shell.type(CTRL_C)
        shell.wait(r"canceling.*\n(.*\n)*.*tusk=> $", 2)


def history(cases, program, environment, home):
    with cases.case("the history of another day"):
        with terminal(program, environment) as shell:
            shell.type("select 'once' as said;\n")
            shell.wait(r"once\n\(1 row\)\n\n.*tusk=> $")
            shell.type(" select 'secret' as said;\n")
            shell.wait(r"secret\n\(1 row\)\n\n.*tusk=> $")
            shell.type("\\q\n")
            require(shell.end() == 0, "not a success")
        kept = home / ".psql_lite_history"
        require("secret" not in kept.read_text(encoding="utf-8"), "a line that began with a blank was kept")
        require(kept.stat().st_mode & 0o077 == 0, "others may read the history")
        with terminal(program, environment) as shell:
            shell.type(UP + UP)
            shell.wait("select 'once' as said;")
            shell.type("\n")
            shell.wait(r"once\n\(1 row\)\n\n.*tusk=> $")


def without_a_terminal(cases, program, environment):
    with cases.case("SIGINT ends it where nobody sits before it"):
        with subprocess.Popen([program], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as shell:
            shell.stdin.write(f"{NAP}\nselect 'never';\n")
            shell.stdin.flush()
            require(shell.stdout.readline() == "NOTICE:  begun\n", "it did not begin")
            begin = time.monotonic()
            shell.send_signal(signal.SIGINT)
            printed = shell.stdout.read()
            require(shell.wait(10) == 130, f"exit status {shell.returncode}: {printed}")
            require(time.monotonic() - begin < 2, "it took too long")
            require("canceling statement" in printed and "never" not in printed, printed)
    with cases.case("a server that is not there"):
        done = subprocess.run([program, "postgres://me:secret@127.0.0.1:1/x?connect_timeout=2"], env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=20)
        require(done.returncode == 2 and done.stderr and "secret" not in done.stderr, repr(done))


def main():
    program, kind = sys.argv[1:]
    server = os.environ.get("TUSK_TEST_SERVER_15")
    if not server:
        print("skipped: TUSK_TEST_SERVER_15 is not set (./tests/run starts the servers and sets it)")
        sys.exit(SKIPPED)
    cases = Cases()
    with temporary_directory() as home:
        environment = {**os.environ, "DATABASE_URL": database_url(pathlib.Path(server)), "HOME": home, "TERM": "vt100",
                       "LC_ALL": "C.UTF-8", "INPUTRC": "/dev/null"}
        ctrl_c(cases, program, environment)
        prompts(cases, program, environment)
        lost(cases, program, environment)
        without_a_terminal(cases, program, environment)
        if kind == "editor":
            history(cases, program, environment, pathlib.Path(home))
        else:
            cases.skip("there is no line editor, and so no history")
    cases.end()


if __name__ == "__main__":
    main()
