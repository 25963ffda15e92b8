#!/usr/bin/env python3
# tusk: tests/build/no_openssl.py — with TUSK_NO_TLS no header of OpenSSL is read and none of its libraries linked.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
"""usage: no_openssl.py EXECUTABLE COMPILER [FLAG...]. EXECUTABLE was linked with TUSK_NO_TLS."""

import sys

from cases import ROOT, Cases, require, run


def main():
    executable, command = sys.argv[1], sys.argv[2:]
    source = ROOT / "tests/build/unit_one.cpp"
    cases = Cases()
    with cases.case("without TLS: headers"):
        require("openssl/" not in run([*command, "-DTUSK_NO_TLS", "-M", source]), "a header of OpenSSL is read")
    with cases.case("without TLS: libraries"):
        libraries = run(["ldd", executable])
        require("libc.so" in libraries, f"ldd did not answer: {libraries}")
        require("libssl" not in libraries and "libcrypto" not in libraries, libraries)
    with cases.case("with TLS the same look does find it"):
        require("openssl/ssl.h" in run([*command, "-M", source]), "the umbrella does not bring TLS")
    cases.end()


if __name__ == "__main__":
    main()
