"""Runs the benchmarks and adds a line to the history, or compares the present code with its last line.

`make bench` appends, and writes docs/reference/benchmarks.md. `make bench-check` measures, and fails if a ratio is
below 0.85 of the last line's that has ratios. `--only` runs some of them, whose tables then stand for older ones.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import history
from benchmarks.history import Comparison, Entry
from benchmarks.processes import ROOT

TIMED = ("turns", "webhooks")
"""Benchmarks that measure a floor beside the bridge, and write the ratios into a file."""
OTHERS = ("presses", "store", "refresh", "fanout", "cards", "parse", "scale")
CHECKS: Mapping[str, Sequence[str]] = {
    "turns": ("--only=bridge", "--only=bridge-postgresql", "--rounds=6"),
    "webhooks": ("--quick",),
}
"""What is run to compare, within three minutes."""


def run(name: str, *arguments: str) -> tuple[str, dict[str, float]]:
    """Run a benchmark; return what it printed, and its ratios. Raises `CalledProcessError`."""
    print(f"benchmarks.{name} …", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        ratios = Path(folder) / "ratios.json"
        more = [f"--ratios={ratios}"] if name in TIMED else []
        command = [sys.executable, "-m", f"benchmarks.{name}", *arguments, *more]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.strip(), json.loads(ratios.read_text()) if ratios.exists() else {}


def record(names: Sequence[str], *, quick: bool) -> Entry:
    """Run some benchmarks."""
    arguments = ["--quick"] if quick else []
    ratios: dict[str, float] = {}
    tables: dict[str, str] = {}
    for name in names:
        tables[name], more = run(name, *arguments)
        ratios |= more
    today = datetime.now(UTC).date().isoformat()
    load = round(os.getloadavg()[1], 1)
    return Entry(today, commit(), machine(), platform.python_version(), load, ratios, tables)


def check() -> list[Comparison]:
    """Measure the present code and compare it with the last run. Raises `LookupError` without one."""
    entries = [entry for entry in history.read() if entry.ratios]
    if not entries:
        raise LookupError("there is no run to compare with: make bench")
    now: dict[str, float] = {}
    for name, arguments in CHECKS.items():
        now |= run(name, *arguments)[1]
    return history.compare(entries[-1].ratios, now)


def commit() -> str:
    """Return the short name of the commit, with a plus sign if files were changed since."""
    describe = ["git", "describe", "--always", "--dirty=+", "--abbrev=9"]
    return subprocess.run(describe, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def machine() -> str:
    """Return the class of this machine: its cores and their kind."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return f"{os.cpu_count()} × {models[0] if models else platform.machine()}"


def show(comparisons: Sequence[Comparison]) -> str:
    """Format as a Markdown table."""
    lines = ["| ratio | last run | now | |", "| --- | ---: | ---: | --- |"]
    for each in comparisons:
        now = "not measured" if each.now is None else f"{each.now:.2f}"
        lines.append(f"| {each.name} | {each.before:.2f} | {now} | {'slower' if each.is_slower else ''} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="benchmarks.record", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, and append nothing")
    parser.add_argument("--quick", action="store_true", help="run each benchmark for seconds")
    parser.add_argument("--only", nargs="+", choices=OTHERS, help="run these alone, none of which has ratios")
    options = parser.parse_args(arguments)
    if options.check:
        comparisons = check()
        print(show(comparisons))
        load, cores = os.getloadavg()[1], os.cpu_count() or 1
        if load > cores:
            print(f"Load average {load:.1f} on {cores} cores: repeat it while nothing else runs.", file=sys.stderr)
        return 1 if any(each.is_slower for each in comparisons) else 0
    entry = record(options.only or (*TIMED, *OTHERS), quick=options.quick)
    history.append(entry)
    print(*(f"{name}: {ratio:.2f}" for name, ratio in entry.ratios.items()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
