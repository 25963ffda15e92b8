#!/usr/bin/env python3
# tusk: tests/support/harness_test.py — servers end with those who started them; totals count what was printed.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
"""Starts servers of its own in temporary directories; prints `N passed, N failed`."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "build"))

from cases import Cases, attempt, require, run, temporary_directory  # noqa: E402  (a neighbour's module)

SERVERS = HERE / "servers.sh"

# Output of one test -> (result, passed, failed, skipped)
OUTPUTS = [
    ("All tests passed (12 assertions in 3 test cases)\n", "OK", (3, 0, 0)),
    ("All tests passed (1 assertion in 1 test case)\n", "OK", (1, 0, 0)),
    ("test cases:  5 |  3 passed | 2 failed\nassertions: 9 | 7 passed | 2 failed\n", "FAIL", (3, 2, 0)),
    ("test cases: 4 | 3 passed | 1 skipped\nassertions: 3 | 3 passed\n", "OK", (3, 0, 1)),
    ("words\n7 passed, 1 failed, 2 skipped\n", "FAIL", (7, 1, 2)),
    ("7 passed, 0 failed\n", "FAIL", (7, 1, 0)),
    ("All tests passed (12 assertions in 3 test cases)\n==1==ERROR: LeakSanitizer\n", "FAIL", (3, 1, 0)),
    ("", "OK", (1, 0, 0)),
    ("", "FAIL", (0, 1, 0)),
    ("No tests ran\n", "OK", (0, 1, 0)),
    ("skipped: there is no server\n", "SKIP", (0, 0, 1)),
    ("", "TIMEOUT", (0, 1, 0)),
]


def total(entries):
    with temporary_directory() as directory:
        log = pathlib.Path(directory) / "testlog.json"
        log.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
        return attempt([sys.executable, HERE / "total.py", log])


def totals(cases):
    for text, result, (passed, failed, skipped) in OUTPUTS:
        with cases.case(f"total of {text!r}, {result}"):
            status, output = total([{"name": "x", "stdout": text, "result": result}])
            expected = f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "") + "\n"
            require(output == expected, f"{output!r} is not {expected!r}")
            require((status == 0) == (failed == 0 and passed > 0), f"exit status {status}")
    with cases.case("the sum of several"):
        status, output = total([{"name": "x", "stdout": text, "result": result} for text, result, _ in OUTPUTS])
        expected = tuple(sum(column) for column in zip(*(counts for _, _, counts in OUTPUTS)))
        require(output == "{} passed, {} failed, {} skipped\n".format(*expected), output)
        require(status == 1, "failures are not told by the exit status")
    with cases.case("nothing ran"):
        require(total([]) == (1, "0 passed, 0 failed\n"), "an empty log is a success")


def processes_of(directory):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(directory) in words:
                found.append(f"{entry.name}: {words}")
    return found


def until(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        require(time.monotonic() < end, what)
        time.sleep(0.05)


def ended(directory):
    until(lambda: not processes_of(directory), f"still running: {processes_of(directory)}", 20)
    require(not directory.exists(), f"{directory} is still there")


def kept(directory):
    """A server with its keeper, ready."""
    keeper = subprocess.Popen([SERVERS, "run", directory, "notls"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    until(lambda: (directory / "port").exists() or keeper.poll() is not None, "it does not start")
    require(keeper.poll() is None, "the keeper has ended")
    return keeper


def servers(cases, work):
    directory = work / "server"
    with cases.case("a server ends when its keeper's input ends"):
        keeper = kept(directory)
        port = int((directory / "port").read_text(encoding="ascii"))
        require(20000 <= port < 30000, f"port {port}")
        require((directory / f"socket/.s.PGSQL.{port}").is_socket(), "no socket")
        require(processes_of(directory), "it is not running")
        keeper.stdin.close()
        require(keeper.wait(20) == 0, "the keeper failed")
        ended(directory)
    for name in ("SIGTERM", "SIGHUP"):
        with cases.case(f"a server ends when its keeper gets {name}"):
            keeper = kept(directory)
            keeper.send_signal(getattr(signal, name))
            keeper.wait(20)
            ended(directory)
    with cases.case("nothing is left of a start that is interrupted"):
        for delay in (0.05, 0.3, 0.6):
            keeper = subprocess.Popen([SERVERS, "run", directory, "notls"], stdin=subprocess.PIPE,
                                      stdout=subprocess.DEVNULL)
            time.sleep(delay)
            keeper.terminate()
            keeper.wait(20)
            ended(directory)
    with cases.case("start and stop, two at once"):
        other = work / "other"
        starts = [subprocess.Popen([SERVERS, "start", d, "notls"], stdout=subprocess.DEVNULL) for d in (directory, other)]
        require([start.wait(60) for start in starts] == [0, 0], "one did not start")
        require(processes_of(directory) and processes_of(other), "one is not running")
        status, output = attempt([SERVERS, "start", directory, "notls"])
        require(status != 0 and "is there already" in output, output)
        run([SERVERS, "stop", directory, other])
        ended(directory)
        ended(other)


def main():
    cases = Cases()
    totals(cases)
    # The server's user must be able to enter it: mkdtemp makes it for its owner only.
    with temporary_directory() as directory:
        pathlib.Path(directory).chmod(0o711)
        servers(cases, pathlib.Path(directory))
    cases.end()


if __name__ == "__main__":
    main()
