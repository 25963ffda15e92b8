#!/usr/bin/env python3
# tusk: bench/table.py — makes tables of what the program `bench` has measured.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
"""usage: table.py SAMPLES, or table.py [--profile] SAMPLES CALLGRIND_DUMP...

With dumps, the instructions of each stretch stand in place of the times."""

import collections
import csv
import re
import statistics
import sys

PEER = "libpq"
DESCRIPTION = {
    "point select": "one prepared select of one row by its key at a time",
    "rows": "rows of six columns into a vector of structs",
}


def spread(values, form):
    """A median, and between which values it lies."""
    if len(values) == 1:
        return form(values[0])
    return f"{form(statistics.median(values))} ({form(min(values))}..{form(max(values))})"


def paired(own, peer):
    """Ratios of the measurements of the same round."""
    return [a / b for a, b in zip(own, peer) if b]


def print_table(head, lines):
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    for line in [head, *lines]:
        cells = [line[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())
    print()


def read_samples(path):
    """{workload: {client: [sample of round 1, ...]}}"""
    samples = collections.defaultdict(lambda: collections.defaultdict(list))
    with open(path, encoding="utf-8", newline="") as text:
        for line in csv.DictReader(text, delimiter="\t"):
            samples[line["workload"]][line["client"]].append(
                {key: float(line[key]) for key in ("operations", "wall", "cpu", "allocations", "growth")})
    return samples


def print_title(workload, clients):
    some = next(iter(clients.values()))
    rounds = f", {len(some)} rounds" if len(some) > 1 else ""
    print(f"{workload}: {int(some[0]['operations'])} x {DESCRIPTION.get(workload, workload)}{rounds}")


def times(samples):
    for workload, clients in samples.items():
        print_title(workload, clients)
        lines = []
        for client, rounds in clients.items():
            def per_operation(key, rounds=rounds):
                return [sample[key] / sample["operations"] for sample in rounds]

            line = [client]
            for key in ("wall", "cpu"):
                line.append(spread(per_operation(key), lambda s: f"{s * 1e6:.3g}"))
                peer = clients.get(PEER)
                line.append(spread(paired(per_operation(key), [s[key] / s["operations"] for s in peer]),
                                   lambda r: f"{r:.2f}") if peer and client != PEER else "")
            line.append(spread(per_operation("allocations")[-1:], lambda n: f"{n:.2f}"))
            line.append(spread([sample["growth"] for sample in rounds], lambda n: f"{n / 1e6:.1f}"))
            lines.append(line)
        print_table(["client", "wall us/op", f"x {PEER}", "CPU us/op", f"x {PEER}", "allocations/op", "growth MB"], lines)


class Dump:
    """What callgrind has counted in one stretch, by function."""

    def __init__(self, path):
        self.label = None
        self.self_cost = collections.Counter()
        names, function, callee_line = {}, None, False
        with open(path, encoding="utf-8", errors="replace") as text:
            for line in text:
                if line.startswith("desc: Trigger: Client Request: "):
                    self.label = line.rstrip("\n").split(": ", 3)[3].split("\t")
                elif match := re.match(r"c?fn=(\(\d+\))(?: (.*))?$", line):
                    if match.group(2):
                        names[match.group(1)] = match.group(2)
                    if line.startswith("fn="):
                        function = names[match.group(1)]
                elif line.startswith("calls="):
                    callee_line = True
                elif match := re.match(r"[-+*\d]\S* (\d+)", line):
                    if not callee_line: # the line after `calls=` is what the callee took
                        self.self_cost[function] += int(match.group(1))
                    callee_line = False
        self.total = sum(self.self_cost.values())


def tidy_name(function):
    """Without the mangled name that a coroutine's body has behind its own."""
    return re.sub(r"::_Z\w+\.Frame\*\)", ")", function)


def instructions(samples, dumps, profile):
    by_label = {tuple(d.label[:2]): d for d in dumps if d.label}
    for workload, clients in samples.items():
        print_title(workload, clients)
        peer = by_label.get((workload, PEER))
        lines = []
        for client, rounds in clients.items():
            dump, operations = by_label[workload, client], rounds[-1]["operations"]
            ratio = f"{dump.total / peer.total:.2f}" if peer and client != PEER else ""
            lines.append([client, f"{dump.total / operations:.0f}", ratio,
                          f"{rounds[-1]['allocations'] / operations:.2f}"])
        print_table(["client", "instructions/op", f"x {PEER}", "allocations/op"], lines)
        if not profile:
            continue
        for client, rounds in clients.items():
            print(f"{workload}, {client}: instructions per operation by function, inlined ones in their callers")
            for function, cost in by_label[workload, client].self_cost.most_common(40):
                if cost / rounds[-1]["operations"] >= 1:
                    print(f"{cost / rounds[-1]['operations']:8.1f}  {tidy_name(function)[:150]}")
            print()


def main():
    arguments = sys.argv[1:]
    profile = arguments[:1] == ["--profile"]
    samples = read_samples(arguments[profile])
    if dumps := arguments[profile + 1:]:
        instructions(samples, [Dump(path) for path in dumps], profile)
    else:
        times(samples)


if __name__ == "__main__":
    main()
