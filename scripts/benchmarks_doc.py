"""docs/reference/benchmarks.md from `benchmarks/page.md` and the last runs: `python -m scripts.benchmarks_doc`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.history import Entry, read

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "benchmarks.md"
TEMPLATE = ROOT / "benchmarks" / "page.md"
RUNS = 10
"""Of so many runs the ratios are shown."""


def document(entries: Sequence[Entry]) -> str:
    """Write the page of these runs, the oldest first. Raises `KeyError` for a table that all runs lack.

    A table that was not measured in the last complete run, which has the ratios, says when it was.
    """
    complete = [entry for entry in entries if entry.ratios]
    last = complete[-1]
    tables: dict[str, str] = {}
    for entry in entries:
        apart = "" if entry is last else f"Measured on {_run(entry)}.\n\n"
        tables |= {name: apart + table for name, table in entry.tables.items()}
    return TEMPLATE.read_text("utf-8").format(run=_run(last), ratios=_ratios(complete[-RUNS:]), **tables)


def _run(entry: Entry) -> str:
    return (
        f"{entry.date}, commit {entry.commit}, {entry.machine}, Python {entry.python}, load average {entry.load:g}"
    )


def _ratios(entries: Sequence[Entry]) -> str:
    names = list(dict.fromkeys(name for entry in reversed(entries) for name in entry.ratios))
    rows = [["run", *names], ["---", *["---:"] * len(names)]]
    for entry in reversed(entries):
        ratios = [f"{entry.ratios[name]:.2f}" if name in entry.ratios else "" for name in names]
        rows.append([f"{entry.date}, {entry.commit}", *ratios])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    PAGE.write_text(document(read()), "utf-8")
