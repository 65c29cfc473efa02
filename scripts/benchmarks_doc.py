"""docs/reference/benchmarks.md from `benchmarks/page.md` and the last run: `python -m scripts.benchmarks_doc`."""

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
    """Write the page of these runs, the oldest first. Raises `KeyError` for a table that the last run lacks."""
    last = entries[-1]
    run = f"{last.date}, commit {last.commit}, {last.machine}, Python {last.python}, load average {last.load:g}"
    return TEMPLATE.read_text("utf-8").format(run=run, ratios=_ratios(entries[-RUNS:]), **last.tables)


def _ratios(entries: Sequence[Entry]) -> str:
    names = list(dict.fromkeys(name for entry in reversed(entries) for name in entry.ratios))
    rows = [["run", *names], ["---", *["---:"] * len(names)]]
    for entry in reversed(entries):
        ratios = [f"{entry.ratios[name]:.2f}" if name in entry.ratios else "" for name in names]
        rows.append([f"{entry.date}, {entry.commit}", *ratios])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    PAGE.write_text(document(read()), "utf-8")
