#!/usr/bin/env python3
# tusk: tests/tidy.py — the rules of the house that a program can check, as a test.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
"""usage: tidy.py [ROOT]. Prints every breach as `file:line: what is wrong`, then `N passed, N failed` (rules)."""

import pathlib
import re
import shutil
import subprocess
import sys
import textwrap

LICENCE = "Distributed under the Boost Software License, Version 1.0. See LICENSE."
MAX_LINES = 400
FLOOR = {"error.hpp", "notification.hpp", "sqlstate.hpp"}  # belongs to no layer, includes nothing above itself

# Which layers a layer may include, besides the floor and itself. Files directly under tusk/ stand above all layers,
# except the ones named here.
LAYERS = {
    "wire": set(),
    "auth": {"wire"},
    "conninfo": set(),
    "types": {"wire"},
    "mapping": {"wire", "types"},
    "protocol": {"wire", "auth", "conninfo"},
    "net": {"wire", "conninfo", "protocol"},
    "options.hpp": {"conninfo"},
}
ASIO_LAYERS = {"net", "top"}
TLS_FILES = re.compile(r"^net/tls(_\w+)?\.hpp$")  # OpenSSL lives here, and only the umbrella may include these

# Heavy to compile; a header that earns one is named with the reason.
HEAVY = {"regex", "ranges", "iostream", "sstream", "algorithm", "charconv", "functional", "map"}
HEAVY_EXEMPT = {
    ("types/float_text.hpp", "charconv"): "shortest digits and no locale; a hundredth of what tusk.hpp costs",
    ("types/numeric.hpp", "charconv"): "the nearest double, in no locale",
    ("connection.hpp", "functional"): "Asio includes it anyway",
    ("net/interruptor.hpp", "functional"): "Asio includes it anyway",
    ("net/audience.hpp", "functional"): "Asio includes it anyway",
}

# Headers without a test file of their own name.
MIRROR_EXEMPT = {
    "types/array_name.hpp": "tests/types/array.cpp",
    "types/microseconds.hpp": "tests/types/timestamp.cpp and interval.cpp",
    "tusk.hpp": "includes only; tests/build compiles it",
    "auth/saslprep_tables.hpp": "generated data; tests/auth/nfkc.cpp and saslprep.cpp read all of it",
    "net/asio.hpp": "includes only",
    "net/endings.hpp": "words; tests/net/pump.cpp and pump_endings.cpp",
    "notification.hpp": "a value; tests/live/listener.cpp",
    "net/filter.hpp": "an interface; tests/net/tls.cpp drives it",
    "protocol/sink.hpp": "an interface; tests/protocol/exchange.cpp drives it",
    # What moves bytes between a session and the kernel has no meaning without a server: tests/live runs all of it over
    # every transport and in both modes.
    "cancel_token.hpp": "a handle; tests/net/interruptor.cpp",
    "cursor.hpp": "tests/live/stream.cpp and fetch_size.cpp, tests/interruptions.cpp",
    "verbs.hpp": "tests/live has a file for each verb",
    "with_timeout.hpp": "tests/interruptions.cpp",
    "net/crew.hpp": "tests/net/pump_coroutines.cpp",
    "net/drain_watch.hpp": "tests/net/pump_endings.cpp",
    "protocol/prepared_statements.hpp": "tests/protocol/session_statements.cpp and session_stale.cpp",
    "protocol/queue.hpp": "tests/protocol/session.cpp and its sisters",
    "net/async_mode.hpp": "tests/live",
    "net/blocking_mode.hpp": "tests/live",
    "net/cancel.hpp": "tests/live",
    "net/dial.hpp": "tests/live/connect.cpp",
    "net/pump.hpp": "tests/live",
    "net/secure.hpp": "tests/live/connect.cpp",
    "net/transport.hpp": "tests/live",
}

BANNED_PARTS = {"manager", "helper", "helpers", "util", "utils", "impl", "ctx", "stmt", "v2"}
TOP_LEVEL = {"include", "tests", "bench", "examples", "meson.build", "meson_options.txt", "LICENSE", "README.md"}
SOURCES = ("include", "tests", "examples", "bench")

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
TYPE_NAME = re.compile(r"^\s*(?:template\s*<.*>\s*)?(?:class|struct|enum class|enum|union|concept|using)\s+"
                       r"(?:\[\[\w+\]\]\s*)?(\w+)")
NAMESPACE = re.compile(r"^\s*(?:inline\s+)?namespace\b\s*([\w:]*)\s*\{")


class File:
    def __init__(self, root, path):
        self.name = path.relative_to(root).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.lines = self.text.splitlines()

    def includes(self):
        for number, line in enumerate(self.lines, 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match.group(1)

    def prose(self):
        """The comment at the top, without the first two lines."""
        end = next((i for i, line in enumerate(self.lines) if not line.startswith("//")), len(self.lines))
        return self.lines[2:end]

    def generated(self):
        return re.search(r"\bgenerated\b", " ".join(self.lines[:1] + self.prose()), re.IGNORECASE) is not None


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = [
            File(self.root, path)
            for folder in SOURCES
            for path in sorted((self.root / folder).rglob("*"))
            if path.suffix in (".hpp", ".cpp", ".py", ".sh") or path.name in ("run", "meson.build")
            if path.is_file()
        ]
        self.headers = {f.name[len("include/tusk/"):]: f for f in self.files if f.name.startswith("include/tusk/")
                        and f.name.endswith(".hpp")}

    def cpp(self):
        return [f for f in self.files if f.name.endswith((".hpp", ".cpp"))]


def layer_of(header):
    if header in LAYERS or header in FLOOR:
        return header
    folder, slash, _ = header.rpartition("/")
    return folder if slash else "top"


def layer_edges(tree):
    for name, header in tree.headers.items():
        layer = layer_of(name)
        if layer == "top":
            continue
        if layer not in LAYERS and layer not in FLOOR:
            yield header.name, 1, f"'{layer}' is no layer of the house"
            continue
        for number, included in header.includes():
            if not included.startswith("tusk/"):
                continue
            target = layer_of(included[len("tusk/"):])
            if target not in LAYERS.get(layer, set()) | {layer} and target not in FLOOR:
                yield header.name, number, f"{layer} must not include <{included}>"


def include_sites(tree):
    for name, header in tree.headers.items():
        for number, included in header.includes():
            if re.match(r"asio[./]", included) and layer_of(name) not in ASIO_LAYERS:
                yield header.name, number, f"Asio belongs to net/ and the files above it: <{included}>"
            if included.startswith("openssl/") and not TLS_FILES.match(name):
                yield header.name, number, f"OpenSSL belongs to net/tls.hpp alone: <{included}>"
            tls = included.startswith("tusk/") and TLS_FILES.match(included[len("tusk/"):])
            if tls and name != "tusk.hpp" and not TLS_FILES.match(name):
                yield header.name, number, f"only the umbrella includes <{included}>: TLS registers itself"
            if included in HEAVY and (name, included) not in HEAVY_EXEMPT:
                yield header.name, number, f"<{included}> is dear to compile"
            if f'"{included}"' in header.lines[number - 1]:
                yield header.name, number, f'#include "{included}": write <tusk/...>'


def opening_prose(tree):
    for f in tree.files:
        if not any(LICENCE in line for line in f.lines[:4]):
            yield f.name, 1, "the line of notice is missing: " + LICENCE
    for name, header in tree.headers.items():
        if not re.match(rf"// tusk: {re.escape(name)} — \S.*[.]$", header.lines[0]):
            yield header.name, 1, f"the first line is not '// tusk: {name} — <what it is>.'"
        if header.lines[1:2] != ["// " + LICENCE]:
            yield header.name, 2, "the second line is not the line of notice"
        prose = header.prose()
        if prose[:1] != ["//"] or not 3 <= len(prose) <= 9:  # the first line and what follows the empty one
            yield header.name, 3, f"3 to 8 lines of prose, the third of the file empty, open a header, not {len(prose)}"
        if header.lines[2 + len(prose):][:1] != ["#pragma once"]:
            yield header.name, 3 + len(prose), "#pragma once does not follow the prose"


def umbrella(tree):
    if "tusk.hpp" not in tree.headers:
        yield "include/tusk/tusk.hpp", 1, "the umbrella is missing"
        return
    reached, queue = set(), ["tusk.hpp"]
    while queue:
        name = queue.pop()
        if name in reached or name not in tree.headers:
            continue
        reached.add(name)
        queue += [i[len("tusk/"):] for _, i in tree.headers[name].includes() if i.startswith("tusk/")]
    for name in sorted(tree.headers.keys() - reached):
        yield f"include/tusk/{name}", 1, "not reached from tusk.hpp"
    for number, line in enumerate(tree.headers["tusk.hpp"].lines, 1):
        if line and not re.match(r"//|#\s*(include|if|ifndef|endif|pragma)\b", line):
            yield "include/tusk/tusk.hpp", number, "the umbrella holds includes only"


def mirrored_tests(tree):
    tests = {f.name for f in tree.files if f.name.startswith("tests/")}
    for name in tree.headers:
        if name in MIRROR_EXEMPT:
            continue
        stem = name[: -len(".hpp")]
        wanted = [f"tests/{stem}.cpp"] + ([] if "/" in name else [f"tests/live/{stem}.cpp"])
        if not tests & set(wanted):
            yield f"include/tusk/{name}", 1, "has no test: " + " or ".join(wanted)
    for name in MIRROR_EXEMPT:
        if name not in tree.headers:
            yield "tests/tidy.py", 1, f"exempt from a test, but not there: {name}"


def registered_tests(tree):
    lists = "\n".join(f.text for f in tree.files if re.match(r"tests/(.+/)?meson\.build$", f.name))
    for f in tree.files:
        match = re.match(r"tests/(?!build/|fuzz/|support/)(.*\.cpp)$", f.name)
        if match and f"'{match.group(1)}'" not in lists:
            yield f.name, 1, "not listed in tests/meson.build: it never runs"


def names(tree):
    for f in tree.cpp():
        stem = pathlib.PurePath(f.name).stem
        if set(stem.split("_")) & BANNED_PARTS or stem.startswith("any_"):
            yield f.name, 1, f"banned word in the file name '{stem}'"
        for folder in pathlib.PurePath(f.name).parts[:-1]:
            if set(folder.split("_")) & (BANNED_PARTS | {"detail"}):
                yield f.name, 1, f"banned word in the folder name '{folder}'"
        for number, line in enumerate(f.lines, 1):
            match = TYPE_NAME.match(line)
            word = match.group(1) if match else ""
            if set(word.split("_")) & BANNED_PARTS or word.startswith("any_"):
                yield f.name, number, f"banned word in the name '{word}'"


def namespaces(tree):
    for name, header in tree.headers.items():
        folder = name.rpartition("/")[0]
        own = "tusk" if folder in ("", "types") else f"tusk::{folder}"
        for number, line in enumerate(header.lines, 1):
            match = NAMESPACE.match(line)
            if not match:
                continue
            opened = match.group(1)
            if not opened:
                yield header.name, number, "an unnamed namespace in a header differs in every translation unit"
            elif opened in ("std", "asio", "tusk"):
                continue  # specialisations, and forward declarations of the promised names
            elif opened != own and not (own == "tusk" and opened in ("literals", "blocking", "tusk::literals", "tusk::blocking")):
                yield header.name, number, f"namespace {opened} in a file of {own}"


def sizes(tree):
    for f in tree.files:
        if len(f.lines) > MAX_LINES and not f.generated():
            yield f.name, len(f.lines), f"more than {MAX_LINES} lines: look for the second noun"


def macros(tree):
    for header in tree.headers.values():
        gone = set(re.findall(r"^\s*#\s*undef\s+(\w+)", header.text, re.MULTILINE))
        for number, line in enumerate(header.lines, 1):
            match = re.match(r"\s*#\s*define\s+(\w+)", line)
            if match and match.group(1) not in gone and not match.group(1).startswith("ASIO_"):
                yield header.name, number, f"macro {match.group(1)} is left defined"


def unfinished(tree):
    word = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
    for f in tree.files:
        for number, line in enumerate(f.lines, 1):
            if word.search(line):
                yield f.name, number, "unfinished business"


def top_level(tree):
    for path in sorted(tree.root.iterdir()):
        name = path.name
        if name not in TOP_LEVEL and not name.startswith((".", "build")) and name != "tusk.hpp":
            yield name, 1, "does not belong to the top of the repository"


def readme_blocks(tree):
    path = tree.root / "README.md"
    if not path.is_file():
        yield "README.md", 1, "is missing"
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    number = 0
    while number < len(lines):
        fence = re.match(r"```(\w*)", lines[number])
        if not fence:
            number += 1
            continue
        end = next((i for i in range(number + 1, len(lines)) if lines[i].startswith("```")), len(lines))
        before = next((line for line in reversed(lines[:number]) if line.strip()), "")
        region = re.match(r"<!-- region: (\S+)#(\S+) -->$", before)
        if region:
            yield from compare_region(tree, number + 1, region, lines[number + 1:end])
        elif fence.group(1) == "cpp":
            yield "README.md", number + 1, "a block of C++ without <!-- region: file#name --> before it"
        number = end + 1


def compare_region(tree, number, region, block):
    source, name = region.groups()
    path = tree.root / source
    if not path.is_file():
        yield "README.md", number, f"region of a missing file {source}"
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    bounds = [i for i, line in enumerate(lines) if line.strip() in (f"// [{name}]", f"// [/{name}]")]
    if len(bounds) != 2:
        yield "README.md", number, f"{source} has not one region [{name}]"
        return
    inside = textwrap.dedent("\n".join(lines[bounds[0] + 1: bounds[1]])).splitlines()
    if inside != block:
        yield "README.md", number, f"differs from the region [{name}] of {source}"


def formatting(tree):
    tool = shutil.which("clang-format-19")
    if not tool:
        print("formatting is not checked: clang-format-19 is not installed")
        return
    paths = [str(tree.root / f.name) for f in tree.cpp()]
    done = subprocess.run([tool, "--dry-run", *paths], capture_output=True, text=True, check=False)
    seen = set()
    for match in re.finditer(r"^(.+?):(\d+):\d+: (?:warning|error): ", done.stderr, re.MULTILINE):
        name = pathlib.Path(match.group(1)).relative_to(tree.root).as_posix()
        if name not in seen:
            seen.add(name)
            yield name, int(match.group(2)), "not as clang-format-19 -i would leave it"
    if done.returncode and not seen:
        yield ".clang-format", 1, done.stderr.strip()


RULES = [layer_edges, include_sites, opening_prose, umbrella, mirrored_tests, registered_tests, names, namespaces, sizes,
         macros, unfinished, top_level, readme_blocks, formatting]


def check(root, rules=None):
    """[(rule, file, line, message)] for all rules, or for those given."""
    tree = Tree(root)
    return [(rule.__name__, *breach) for rule in rules or RULES for breach in rule(tree)]


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent
    breaches = check(root)
    for rule, name, line, message in breaches:
        print(f"{name}:{line}: {message} [{rule}]")
    failed = len({rule for rule, *_ in breaches})
    print(f"{len(RULES) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
