"""Jobs that come while a statement is under way go with the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.storage import job_batches
from bot.storage.base import StoreUnavailableError
from bot.storage.job_batches import MAX_BYTES, JobBatches, JobFields

MAX_JOBS = 3


class Statements:
    """Takes batches of jobs, one after the other, when it is let; a job named as one before is not new."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.error: Exception | None = None
        self.begun = asyncio.Event()
        self.let = asyncio.Event()
        self._known: set[str] = set()

    async def put(self, jobs: Sequence[JobFields]) -> list[bool]:
        names = [str(job["id"]) for job in jobs]
        self.batches.append(names)
        self.begun.set()
        await self.let.wait()
        if self.error is not None:
            raise self.error
        return [self._note(name) for name in names]

    def _note(self, name: str) -> bool:
        is_new = name not in self._known
        self._known.add(name)
        return is_new


def add(batches: JobBatches, *names: str, size: int = 1) -> list[asyncio.Task[bool]]:
    return [asyncio.create_task(batches.add({"id": name}, size)) for name in names]


async def test_each_caller_learns_of_its_own_job() -> None:
    statements = Statements()
    batches = JobBatches(statements.put, MAX_JOBS)
    first = add(batches, "a")
    await statements.begun.wait()
    others = add(batches, "b", "a", "c", "d", "b")
    statements.let.set()
    assert await asyncio.gather(*first, *others) == [True, True, False, True, True, False]
    assert statements.batches == [["a"], ["b", "a", "c"], ["d", "b"]]


async def test_jobs_go_at_once_while_nothing_is_under_way() -> None:
    statements = Statements()
    statements.let.set()
    batches = JobBatches(statements.put, MAX_JOBS)
    assert [await batches.add({"id": name}, 1) for name in "abc"] == [True] * 3
    assert statements.batches == [["a"], ["b"], ["c"]]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (MAX_BYTES // 3, [["a", "b", "c"], ["d"]]),
        (MAX_BYTES // 2, [["a", "b"], ["c", "d"]]),
        (MAX_BYTES + 1, [["a"], ["b"], ["c"], ["d"]]),
    ],
    ids=["small", "half of a batch each", "larger than a batch"],
)
async def test_large_jobs_go_in_smaller_batches(size: int, expected: list[list[str]]) -> None:
    statements = Statements()
    statements.let.set()
    assert all(await asyncio.gather(*add(JobBatches(statements.put, MAX_JOBS), *"abcd", size=size)))
    assert statements.batches == expected


async def test_a_failure_is_that_of_its_batch() -> None:
    statements = Statements()
    statements.error = StoreUnavailableError("away")
    batches = JobBatches(statements.put, MAX_JOBS)
    failing = add(batches, "a", "b")
    await statements.begun.wait()
    statements.let.set()
    assert [type(each) for each in await asyncio.gather(*failing, return_exceptions=True)] == [
        StoreUnavailableError
    ] * 2
    statements.error = None
    assert await batches.add({"id": "a"}, 1)


@pytest.mark.parametrize("gone", [0, 1])
async def test_a_caller_that_stops_waiting_undoes_nothing_that_has_begun(gone: int) -> None:
    statements = Statements()
    batches = JobBatches(statements.put, MAX_JOBS)
    callers = add(batches, "a", "b")
    await statements.begun.wait()
    callers[gone].cancel()
    statements.let.set()
    assert await callers[1 - gone]
    assert not await batches.add({"id": "ab"[gone]}, 1)


async def test_a_job_that_nobody_waits_for_any_more_is_not_begun() -> None:
    statements = Statements()
    batches = JobBatches(statements.put, MAX_JOBS)
    first = add(batches, "a")
    await statements.begun.wait()
    callers = add(batches, "b", "c", "d")
    await asyncio.sleep(0)
    callers[0].cancel()
    callers[2].cancel()
    statements.let.set()
    assert await asyncio.gather(*first, callers[1]) == [True, True]
    assert statements.batches == [["a"], ["c"]]


async def test_nobody_waits_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_batches, "MAX_SECONDS", 0.05)
    statements = Statements()
    batches = JobBatches(statements.put, MAX_JOBS)
    callers = add(batches, "a", "b", "c", "d", "e")
    answers = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreUnavailableError] * 5
    statements.let.set()
    assert await batches.add({"id": "d"}, 1)
    assert not await batches.add({"id": "a"}, 1)
    assert statements.batches == [["a", "b", "c"], ["d"], ["a"]]
