"""What the benchmarks measured, run by run, and whether the present code is as fast as in the last run.

What is compared are ratios to a floor that was measured beside the bridge in the same run, so that they say the
same on any machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

HISTORY = Path(__file__).with_name("history.jsonl")
LEAST_SHARE = 0.85
"""The share of the last run's ratios below which the present code counts as slower; less is noise."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One run."""

    date: str
    commit: str
    machine: str
    python: str
    load: float
    """The load average of the last five minutes at its end: what else the machine did counts, too."""
    ratios: Mapping[str, float]
    """By name; more is better."""
    tables: Mapping[str, str] = field(default_factory=dict)
    """What each benchmark printed, by the name of its module."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A ratio of the last run, and the present one; None if it was not measured."""

    name: str
    before: float
    now: float | None

    @property
    def is_slower(self) -> bool:
        """Whether the present code fails the comparison."""
        return self.now is None or self.now < LEAST_SHARE * self.before


def compare(before: Mapping[str, float], now: Mapping[str, float]) -> list[Comparison]:
    """Compare each ratio of the last run with the present one. What was not measured then is left out."""
    return [Comparison(name, ratio, now.get(name)) for name, ratio in before.items()]


def read(path: Path = HISTORY) -> list[Entry]:
    """Return all runs, the oldest first; none without a file."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [Entry(**json.loads(line)) for line in lines if line]


def append(entry: Entry, path: Path = HISTORY) -> None:
    """Add a run."""
    with path.open("a", encoding="utf-8") as history:
        history.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
