#!/usr/bin/env python3
# tusk: tests/build/consumers.py — strangers' projects: a Meson subproject, pkg-config, CMake, one copied header.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# Everything happens in temporary directories, from a copy of the tree, with OpenSSL and without.
"""usage: consumers.py COMPILER..."""

import json
import os
import pathlib
import shutil
import sys

from cases import ROOT, Cases, require, run, temporary_directory

PROGRAM = """#include <tusk/tusk.hpp>
#include <cstdio>
int main() {
  try {
    throw tusk::error(tusk::errc::timeout, "the consumer runs");
  } catch (tusk::error const& e) {
    std::puts(e.what());
  }
}
"""

MESON = """project('consumer', 'cpp', default_options: ['cpp_std=c++20'])
executable('consumer', 'main.cpp', dependencies: dependency('tusk', fallback: ['tusk', 'tusk_dep']))
"""

CMAKE = """cmake_minimum_required(VERSION 3.20)
project(consumer CXX)
find_package(tusk {version} CONFIG REQUIRED)
add_executable(consumer main.cpp)
target_link_libraries(consumer PRIVATE tusk::tusk)
"""


def copy_of_the_tree(to):
    ignored = shutil.ignore_patterns("build*", ".git", ".cache", "__pycache__")
    for name in ("include", "meson.build", "meson_options.txt", "LICENSE"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=ignored)
        else:
            to.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, to / name)
    return to


def expect_output(command, tls):
    output = run(command)
    require("the consumer runs" in output, output)
    libraries = run(["ldd", command[0]])
    require(tls or "libssl" not in libraries, f"OpenSSL is linked:\n{libraries}")


def write(directory, files):
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")


def subproject(work):
    project = work / "project"
    write(project, {"main.cpp": PROGRAM, "meson.build": MESON})
    copy_of_the_tree(project / "subprojects/tusk")
    run(["meson", "setup", work / "build", project])
    targets = json.loads(run(["meson", "introspect", "--targets", work / "build"]))
    built = sorted(target["name"] for target in targets if target["build_by_default"])
    require(built == ["consumer"], f"as a subproject it builds more than it was asked for: {built}")
    run(["meson", "compile", "-C", work / "build"])
    expect_output([work / "build/consumer"], True)


def install(work, tls):
    copy_of_the_tree(work / "source")
    run(["meson", "setup", work / "build", work / "source", f"--prefix={work / 'prefix'}", "-Dtests=disabled",
         "-Dexamples=disabled", "-Dbench=disabled", f"-Dtls={'enabled' if tls else 'disabled'}"])
    run(["meson", "install", "-C", work / "build"])
    prefix = work / "prefix"
    for top in (ROOT / "include/tusk", prefix / "include/tusk"):
        require(top.is_dir(), f"{top} is missing")
    names = [sorted(p.relative_to(top).as_posix() for p in top.rglob("*") if p.is_file())
             for top in (ROOT / "include/tusk", prefix / "include/tusk")]
    require(names[0] == names[1], f"installed {names[1]}\nof {names[0]}")
    # Moved after the installation: nothing in the descriptions may be tied to the place.
    moved = work / "moved"
    prefix.rename(moved)
    return moved


def by_pkg_config(work, prefix, compiler, tls):
    environment = {"PKG_CONFIG_PATH": str(prefix / "share/pkgconfig")}
    flags = ["pkg-config", f"--define-variable=prefix={prefix}"]
    words = run([*flags, "--cflags", "--libs", "tusk"], env=environment).split()
    require(("-lssl" in words) == tls and ("-DTUSK_NO_TLS" in words) != tls, f"flags for tls={tls}: {words}")
    write(work, {"main.cpp": PROGRAM})
    run([*compiler, "-std=c++20", work / "main.cpp", *words, "-o", work / "consumer"])
    expect_output([work / "consumer"], tls)


def by_cmake(work, prefix, compiler, tls):
    version = run(["pkg-config", "--modversion", prefix / "share/pkgconfig/tusk.pc"]).strip()
    write(work, {"main.cpp": PROGRAM, "CMakeLists.txt": CMAKE.format(version=version)})
    run(["cmake", "-S", work, "-B", work / "build", f"-DCMAKE_PREFIX_PATH={prefix}",
         f"-DCMAKE_CXX_COMPILER={compiler[-1]}",
         *([f"-DCMAKE_CXX_COMPILER_LAUNCHER={compiler[0]}"] if len(compiler) > 1 else [])])
    run(["cmake", "--build", work / "build"])
    expect_output([work / "build/consumer"], tls)


def copied_header(work, compiler):
    run([sys.executable, ROOT / "include/amalgamate.py", ROOT / "include", work / "tusk.hpp"])
    write(work, {"main.cpp": PROGRAM.replace("tusk/tusk.hpp", "tusk.hpp")})
    run([*compiler, "-std=c++20", f"-I{work}", work / "main.cpp", "-pthread", "-lssl", "-lcrypto", "-o",
         work / "consumer"])
    expect_output([work / "consumer"], True)


def main():
    compiler = sys.argv[1:]
    os.environ["CXX"] = " ".join(compiler)
    cases = Cases()
    with temporary_directory() as directory:
        work = pathlib.Path(directory)
        with cases.case("a Meson subproject"):
            subproject(work / "subproject")
        with cases.case("one copied header"):
            (work / "copied").mkdir()
            copied_header(work / "copied", compiler)
        for tls in (True, False):
            here = work / ("tls" if tls else "no-tls")
            here.mkdir()
            prefix = None
            with cases.case(f"installed, tls={tls}"):
                prefix = install(here, tls)
            if not prefix:
                continue
            with cases.case(f"pkg-config, tls={tls}"):
                by_pkg_config(here / "pkg-config", prefix, compiler, tls)
            if shutil.which("cmake"):
                with cases.case(f"CMake, tls={tls}"):
                    by_cmake(here / "cmake", prefix, compiler, tls)
            else:
                cases.skip("CMake: cmake is not installed")
    cases.end()


if __name__ == "__main__":
    main()
