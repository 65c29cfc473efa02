"""Who used the processor: the replicas, PostgreSQL, what stands for Teams and Jira, the load, or somebody else."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from benchmarks.processes import Running

REPLICAS, POSTGRES, SURROUNDINGS, LOAD, OTHERS = "replicas", "PostgreSQL", "Teams and Jira", "load", "others"


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds of CPU by user between two moments, and how long that was. `busiest` is of the busiest replica."""

    seconds: float
    used: Mapping[str, float]
    busiest: float

    def cores(self, user: str) -> float:
        """Return how many cores a user kept busy."""
        return self.used[user] / self.seconds

    @property
    def busy(self) -> float:
        """How many cores were busy, whoever used them."""
        return sum(self.used.values()) / self.seconds


@dataclass(frozen=True, slots=True)
class Reading:
    """All CPU times at one moment (`time.monotonic`)."""

    at: float
    replicas: Sequence[float]
    postgres: float
    surroundings: float
    load: float
    machine: float

    def until(self, later: Reading) -> Usage:
        """Return what was used between this reading and a later one of the same replicas."""
        each = [after - before for before, after in zip(self.replicas, later.replicas, strict=True)]
        used = {
            REPLICAS: sum(each),
            POSTGRES: later.postgres - self.postgres,
            SURROUNDINGS: later.surroundings - self.surroundings,
            LOAD: later.load - self.load,
        }
        others = max(0.0, later.machine - self.machine - sum(used.values()))
        return Usage(later.at - self.at, {**used, OTHERS: others}, max(each))


@dataclass(frozen=True, slots=True)
class Meter:
    """Reads the CPU times. The load is this very process."""

    replicas: Sequence[Running]
    postgres: psutil.Process
    surroundings: psutil.Process

    def read(self) -> Reading:
        """Read all of them now."""
        machine = psutil.cpu_times()
        return Reading(
            time.monotonic(),
            [replica.cpu() for replica in self.replicas],
            _with_children(self.postgres),
            _own(self.surroundings),
            time.process_time(),
            sum(machine) - machine.idle - machine.iowait - machine.guest - machine.guest_nice,
        )


def _own(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _with_children(process: psutil.Process) -> float:
    """Return the time of a process, of its children and of those that have ended."""
    times = process.cpu_times()
    total = _own(process) + float(times.children_user + times.children_system)
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            total += _own(child)
    return total
