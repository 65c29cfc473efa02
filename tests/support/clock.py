"""The clock of every test that has time pass."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class Clock:
    """Unix time in seconds, which stands still until a test advances it."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float = 0.0, *, minutes: float = 0.0, days: float = 0.0) -> None:
        """Let time pass."""
        self.now += seconds + 60 * minutes + 86_400 * days
