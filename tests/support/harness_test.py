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
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "build"))

from cases import ROOT, Cases, attempt, require, run, temporary_directory  # noqa: E402  (a neighbour's module)

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


def take_signals():
    """A shell cannot trap what was ignored when it began: under nohup that is SIGHUP, in the background SIGINT."""
    for one in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(one, signal.SIG_DFL)


def kept(directory, kind="notls"):
    """A server with its keeper, ready."""
    keeper = subprocess.Popen([SERVERS, "run", directory, kind], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              preexec_fn=take_signals)
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
    with cases.case("nothing is left when the end of the input and signals come together"):
        for name in ("SIGTERM", "SIGHUP", "SIGINT"):
            keeper = kept(directory)
            keeper.stdin.close()
            end = time.monotonic() + 20
            while keeper.poll() is None and time.monotonic() < end:
                keeper.send_signal(getattr(signal, name))
            keeper.wait(1)
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


# What npm does, as far as servers.sh needs it, without a network. Each writes its arguments to the file $CALLS.
INSTALLS = """#!/bin/sh
echo "$*" >>"$CALLS"
for package; do :; done
native=$3/node_modules/${package%@*}/native
mkdir -p "$native/bin" "$native/lib"
echo 'of libpq' >"$native/lib/libpq.so.5.12"
echo '[{"source": "native/lib/libpq.so.5.12", "target": "native/lib/libpq.so.5"}]' >"$native/pg-symlinks.json"
sleep 0.2
echo '#!/bin/sh' >"$native/bin/postgres"
chmod +x "$native/bin/postgres"
"""
FAILS = """#!/bin/sh
echo "$*" >>"$CALLS"
echo 'npm error code E404'
echo 'npm error 404 Not Found'
echo 'npm error A complete log can be found elsewhere'
exit 1
"""
HANGS = """#!/bin/sh
echo "$*" >>"$CALLS"
while :; do sleep 0.1; done
"""


class Registry:
    """An npm of our own, and a cache in which nothing is yet."""

    def __init__(self, work, npm):
        self.work = work
        self.cache = work / "cache" / "tusk"
        self.calls = work / "calls"
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(work / "cache"), "CALLS": str(self.calls)}
        programs = work / "bin"
        programs.mkdir()
        for folder in map(pathlib.Path, os.get_exec_path()):
            for program in folder.iterdir() if folder.is_dir() else ():
                if program.name != "npm" and not (programs / program.name).exists():
                    (programs / program.name).symlink_to(program)
        self.environment["PATH"] = str(programs)
        if npm:
            (programs / "npm").write_text(npm, encoding="ascii")
            (programs / "npm").chmod(0o755)

    def versions_asked_for(self):
        return [line.rpartition("@")[2] for line in self.calls.read_text(encoding="utf-8").splitlines()]

    def fetched(self):
        """What is in the cache, besides its locks."""
        return sorted(path.name for path in self.cache.glob("*") if not path.name.startswith("fetch.lock"))


def fetching(cases, work):
    def registry(npm):
        where = pathlib.Path(tempfile.mkdtemp(dir=work))
        where.chmod(0o711)
        return Registry(where, npm)

    with cases.case("versions are fetched side by side, exact ones, and each of them once"):
        r = registry(INSTALLS)
        asked = [12, 13, 14, 16, 17, 18] * 2
        fetches = [subprocess.Popen([SERVERS, "fetch", str(version)], env=r.environment) for version in asked]
        require([fetch.wait(60) for fetch in fetches] == [0] * len(asked), "one failed")
        exact = sorted(r.versions_asked_for())
        require([name.split(".")[0] for name in exact] == ["12", "13", "14", "16", "17", "18"], f"asked for {exact}")
        require(r.fetched() == [f"postgresql-{name}" for name in exact], f"{r.fetched()}")
        for name in r.fetched():
            link = r.cache / name / "lib" / "libpq.so.5"
            require(link.is_symlink() and link.read_text(encoding="ascii") == "of libpq\n", f"no link in {name}")
        run([SERVERS, "fetch", "12"], env=r.environment)
        require(len(r.versions_asked_for()) == len(exact), "what is there is fetched again")
    for npm, reason in ((None, "npm is not installed\n"),
                        (FAILS, "npm could not fetch it: code E404 404 Not Found\n")):
        with cases.case("a version that is not to be had: " + reason.strip()):
            r = registry(npm)
            for command in (["fetch", "13"], ["start", r.work / "server", "13"]):
                require(attempt([SERVERS, *command], env=r.environment) == (3, reason), f"{command}")
            require(r.fetched() == [] and not (r.work / "server").exists(), "something is left")
    with cases.case("15 is never fetched, others are unknown"):
        r = registry(FAILS)
        run([SERVERS, "fetch", "15"], env=r.environment)
        for kind in ("11", "19", "1", "", "none"):
            status, output = attempt([SERVERS, "fetch", kind], env=r.environment)
            require(status == 1 and "one of 12 to 18" in output, f"{kind}: {output}")
        require(not r.calls.exists(), "npm was asked")
    with cases.case("nothing is left of a fetch that is interrupted"):
        r = registry(HANGS)
        keepers = [subprocess.Popen([SERVERS, "run", r.work / f"server{i}", "16"], env=r.environment,
                                    stdin=subprocess.PIPE) for i in (1, 2)]  # the second waits for the first
        until(r.calls.exists, "npm was not asked")
        for i, keeper in enumerate(keepers, 1):
            keeper.terminate()
            keeper.wait(20)
            ended(r.work / f"server{i}")
        until(lambda: not processes_of(r.work), f"still running: {processes_of(r.work)}", 20)
        require(r.fetched() == [], f"{r.fetched()}")
    with cases.case("a run goes on without what is not to be had, and says so in one line"):
        r = registry(FAILS)
        output = run(["bash", "-c", ". tests/support/runner.sh; for name in 12 17 notls; do start_server $name; done; "
                      "start_server spare12 12; await_servers && echo runs: ${!servers[@]}"], env=r.environment, cwd=ROOT)
        require(output == "PostgreSQL 12 17 is left out: npm could not fetch it: code E404 404 Not Found\nruns: notls\n",
                output)


def main():
    cases = Cases()
    totals(cases)
    # The server's user must be able to enter it: mkdtemp makes it for its owner only.
    with temporary_directory() as directory:
        pathlib.Path(directory).chmod(0o711)
        servers(cases, pathlib.Path(directory))
        fetching(cases, pathlib.Path(directory))
    cases.end()


if __name__ == "__main__":
    main()
