#!/usr/bin/env python3
# tusk: generate_saslprep.py — writes tusk/auth/saslprep_tables.hpp from the Unicode data that comes with Python.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
#   generate_saslprep.py           writes the header next to this script
#   generate_saslprep.py --check   exits 1 when the header differs from what would be written
#   generate_saslprep.py --cases   prints random strings and their NFKC: the rows of tests/data/nfkc_cases.tsv
#
# Only code points that SASLprep lets through are kept: those assigned in Unicode 3.2 and not prohibited. Unicode's
# stability policy freezes their normal forms, so every Python from 3.6 on writes the same bytes. (Five normalisation
# corrections are younger than 3.2; PostgreSQL uses the corrected data, and so do we.)
#
# A table is a sequence of numbers, written as digits of base 32, the least significant first; the last digit of a
# number is the character '0' + d, the others are '0' + 32 + d. Printable, so that the source is as small as the table.
import pathlib
import random
import stringprep
import sys
import unicodedata

REFUSED, NEUTRAL, L_CAT, RAND_AL_CAT, TO_SPACE, TO_NOTHING = range(6)
COMPATIBILITY, CANONICAL, COMPOSABLE = range(3)
HANGUL = range(0xAC00, 0xD7A4)  # computed, not listed

PROHIBITED = (stringprep.in_table_c21, stringprep.in_table_c22, stringprep.in_table_c3, stringprep.in_table_c4,
              stringprep.in_table_c5, stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8,
              stringprep.in_table_c9, stringprep.in_table_a1)


def class_of(cp):
    c = chr(cp)
    if stringprep.in_table_c12(c):  # before B.1: U+200B is in both, and PostgreSQL maps it to a space
        return TO_SPACE
    if stringprep.in_table_b1(c):
        return TO_NOTHING
    if any(table(c) for table in PROHIBITED):
        return REFUSED
    if stringprep.in_table_d1(c):
        return RAND_AL_CAT
    return L_CAT if stringprep.in_table_d2(c) else NEUTRAL


def digits(numbers):
    out = []
    for n in numbers:
        while n >= 32:
            out.append(chr(0x30 + 32 + n % 32))
            n //= 32
        out.append(chr(0x30 + n))
    return "".join(out)


def runs(values):
    """[(first, length, value)] of equal neighbours."""
    out = []
    for at, value in enumerate(values):
        if out and out[-1][2] == value:
            out[-1][1] += 1
        else:
            out.append([at, 1, value])
    return out


def domain(classes):
    """Everything that can occur while an accepted string is normalised."""
    seen = set()
    todo = [cp for cp, c in enumerate(classes) if c in (NEUTRAL, L_CAT, RAND_AL_CAT)]
    while todo:
        cp = todo.pop()
        if cp not in seen:
            seen.add(cp)
            todo += [ord(c) for c in unicodedata.normalize("NFKD", chr(cp))]
            todo += [ord(c) for c in unicodedata.normalize("NFKC", chr(cp))]
    return sorted(seen)


def decompositions(points):
    """[(first, count, kind, targets)]; in a run of several, each next code point has each target one larger."""
    out = []
    for cp in points:
        text = unicodedata.decomposition(chr(cp))
        if not text or cp in HANGUL:
            continue
        if text[0] == "<":
            kind, targets = COMPATIBILITY, [int(t, 16) for t in text.split()[1:]]
        else:
            targets = [int(t, 16) for t in text.split()]
            kind = COMPOSABLE if unicodedata.normalize("NFC", chr(cp)) == chr(cp) else CANONICAL
        if out:
            first, count, k, ts = out[-1]
            if first + count == cp and k == kind and len(targets) == 1 and targets == [t + count for t in ts]:
                out[-1] = (first, count + 1, k, ts)
                continue
        out.append((cp, 1, kind, targets))
    return out


def tables():
    classes = [class_of(cp) for cp in range(0x110000)]
    points = domain(classes)

    numbers = []
    for _, length, value in runs(classes):
        numbers += [length * 6 + value]
    yield ("saslprep_classes", "runs of one class from U+0000 to U+10FFFF: length * 6 + class", numbers,
           {"runs": len(numbers)})

    ccc = [0] * 0x110000
    for cp in points:
        ccc[cp] = unicodedata.combining(chr(cp))
    numbers, end = [], 0
    for first, length, value in runs(ccc):
        if value:
            numbers += [first - end, length, value]
            end = first + length
    yield ("nfkc_combining_classes", "runs of one class other than 0: gap, length, class", numbers,
           {"runs": len(numbers) // 3})

    listed = decompositions(points)
    numbers, end = [], 0
    for first, count, kind, targets in listed:
        numbers += [first - end, ((count - 1) * 20 + len(targets)) * 3 + kind] + targets
        end = first + count
    yield ("nfkc_decompositions", "runs, one step deep: gap, ((count - 1) * 20 + targets) * 3 + kind, each target",
           numbers, {"runs": len(listed), "targets": sum(len(targets) for _, _, _, targets in listed)})


HEAD = """\
// tusk: auth/saslprep_tables.hpp — the Unicode tables of SASLprep. Generated by generate_saslprep.py: don't edit.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Numbers of base 32, the least significant digit first: '0' + d ends a number, '0' + 32 + d goes on. `nfkc.hpp` and
// `saslprep.hpp` unpack them at the first password that is not ASCII. Data only; must not know who reads it.
#pragma once

// clang-format off
namespace tusk::auth {
"""


def header():
    out = [HEAD]
    for name, what, numbers, sizes in tables():
        text = digits(numbers)
        out.append(f"/// {what[0].upper()}{what[1:]}.\ninline constexpr char {name}[] =")
        lines = [f'  R"({text[i:i + 112]})"' for i in range(0, len(text), 112)]
        out.append("\n".join(lines) + ";")
        out += [f"inline constexpr int {name}_{what} = {n};" for what, n in sizes.items()]
        out.append("")
    out.append("} // namespace tusk::auth\n// clang-format on\n")
    return "\n".join(out)


def cases():
    """Mixtures of what makes normalisation hard: marks of all classes, jamo, composites, compatibility forms."""
    points = domain([class_of(cp) for cp in range(0x110000)])
    marks = [cp for cp in points if unicodedata.combining(chr(cp))]
    decomposing = [cp for cp in points if unicodedata.decomposition(chr(cp))]
    jamo = list(range(0x1100, 0x1113)) + list(range(0x1161, 0x1176)) + list(range(0x11A8, 0x11C3))
    latin = [ord(c) for c in "aAeEiIoOuUcCsSzZ"]
    hangul = list(HANGUL)
    choose = random.Random(3454)
    print("# input and its NFKC, as Python's unicodedata has it; written by include/generate_saslprep.py --cases")
    print("id\tinput_hex\tnfkc_hex")
    for n in range(240):
        kinds = choose.choices((marks, decomposing, latin, jamo, hangul), (6, 3, 3, 2, 1), k=choose.randint(2, 9))
        text = "".join(chr(choose.choice(kind)) for kind in kinds)
        print(n + 1, text.encode().hex(), unicodedata.normalize("NFKC", text).encode().hex(), sep="\t")


def main():
    if sys.argv[1:] == ["--cases"]:
        return cases()
    path = pathlib.Path(__file__).parent / "tusk" / "auth" / "saslprep_tables.hpp"
    text = header()
    if sys.argv[1:] == ["--check"]:
        sys.exit(path.read_text(encoding="utf-8") != text)
    path.write_text(text, encoding="utf-8")


main()
