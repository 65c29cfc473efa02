"""Both engines against a model in plain dictionaries, by whatever steps Hypothesis thinks of."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.storage.base import Job, Leased, Store
from bot.storage.embedded import EmbeddedStore
from bot.storage.postgres import PostgresStore, migrate
from tests.storage.conftest import TABLES

pytestmark = pytest.mark.slow

FAR = time.time() + 100_000
keys = st.sampled_from([*"abcdefghijklmnopqrstuvwxyz", "é", "\uffff", "😀", "z0", "A"])
tags = st.lists(st.sampled_from(["red", "green", "blue"]), max_size=3)
values = st.dictionaries(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=3),
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text('ab"\\é😀\n', max_size=5),
    max_size=3,
)
expiries = st.sampled_from([None, None, None, FAR, 1.0])
job_ids = st.sampled_from([f"j{n}" for n in range(8)])
groups = st.sampled_from(["", "g", "h"])


class StoreMachine(RuleBasedStateMachine):
    """`record` maps a key to (value, version, tags, expires_at)."""

    make: ClassVar[Any]
    clear: ClassVar[Any]

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        type(self).clear()
        self.records: dict[str, tuple[Any, int, set[str], float | None]] = {}
        self.jobs: list[dict[str, Any]] = []
        self.remembered: set[str] = set()
        self.leases: list[Leased] = []
        self.store: Store = self.opened()

    def opened(self) -> Store:
        store: Store = type(self).make()
        self.run(store.open())
        return store

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.run(self.store.close())
            self.runner.close()

    def live(self, key: str) -> tuple[Any, int, set[str], float | None] | None:
        record = self.records.get(key)
        return record if record is not None and record[3] != 1.0 else None

    @rule()
    def restart(self) -> None:
        self.run(self.store.close())
        self.store = self.opened()
        if isinstance(self.store, EmbeddedStore):  # its leases live as long as its process
            for job in self.jobs:
                job["lease"], job["held"] = "", False

    # Records

    @rule(key=keys, value=values, labels=tags, at=expiries)
    def put(self, key: str, value: Any, labels: list[str], at: float | None) -> None:
        row = self.run(self.store.put("things", key, value, tags=labels, expires_at=at))
        present = self.live(key)
        self.records[key] = (value, present[1] + 1 if present else 1, set(labels), at)
        assert (row.key, row.value, row.version) == (key, *self.records[key][:2])

    @rule(key=keys, value=values, labels=tags, at=expiries, off=st.sampled_from([0, 0, 0, 1]))
    def replace(self, key: str, value: Any, labels: list[str], at: float | None, off: int) -> None:
        present = self.live(key)
        version = (present[1] if present else 0) + off
        row = self.run(self.store.replace("things", key, value, version=version, tags=labels, expires_at=at))
        assert (row is None) == bool(off)
        if row is not None:
            assert row.version == version + 1
            self.records[key] = (value, version + 1, set(labels), at)

    @rule(key=keys)
    def take(self, key: str) -> None:
        row = self.run(self.store.take("things", key))
        present = self.live(key)
        self.records.pop(key, None)
        assert (row and (row.value, row.version)) == (present and present[:2])

    @rule()
    def sweep(self) -> None:
        self.run(self.store.sweep())
        self.records = {key: record for key, record in self.records.items() if record[3] != 1.0}

    @rule(key=keys)
    def get(self, key: str) -> None:
        row = self.run(self.store.get("things", key))
        present = self.live(key)
        assert (row and (row.value, row.version)) == (present and present[:2])

    @rule(tag=st.sampled_from(["red", "green", "blue"]), after=keys, limit=st.integers(1, 9))
    def look(self, tag: str, after: str, limit: int) -> None:
        live = sorted(key for key in self.records if self.live(key))
        tagged = [key for key in live if tag in self.records[key][2]]
        assert [row.key for row in self.run(self.store.find("things", tag))] == tagged
        page = self.run(self.store.page("things", after=after, limit=limit))
        assert [(row.key, row.value) for row in page] == [
            (key, self.records[key][0]) for key in live if key > after
        ][:limit]
        assert self.run(self.store.count("things")) == len(self.records)

    # Queues

    def waiting(self) -> list[dict[str, Any]]:
        return [job for job in self.jobs if not job["dead"] and not job["held"]]

    @rule(name=job_ids, key=job_ids, group=groups, due=st.sampled_from([0.0, 0.0, FAR]))
    def enqueue(self, name: str, key: str, group: str, due: float) -> None:
        names = {name, key}
        known = self.remembered.union(*(job["names"] for job in self.jobs))
        new = self.run(self.store.enqueue("work", Job(name, {"n": name}, group, due, (key,))))
        assert new == names.isdisjoint(known)
        if new:
            fields = {"id": name, "names": names, "group": group, "due": due, "payload": {"n": name}}
            self.jobs.append(fields | {"lease": "", "held": False, "dead": None, "attempts": 0})

    @rule(limit=st.integers(1, 4), seconds=st.sampled_from([0.0, 5000.0]))
    def lease(self, limit: int, seconds: float) -> None:
        expected = []
        seen: set[str] = set()
        for job in self.jobs:
            if job["dead"]:
                continue
            if job["group"] not in seen and not job["held"] and job["due"] < FAR:
                expected.append(job)
            seen |= {job["group"]} - {""}
        taken = self.run(self.store.lease("work", limit=limit, seconds=seconds))
        for job, leased in zip(expected, taken, strict=False):
            job["attempts"] += 1
            job["lease"], job["held"] = leased.lease, seconds > 0
        assert [(one.job.id, one.attempts, one.job.payload) for one in taken] == [
            (job["id"], job["attempts"], job["payload"]) for job in expected[:limit]
        ]
        self.leases += taken

    def settled(self, data: Any, method: str, **values: Any) -> dict[str, Any] | None:
        if not self.leases:
            return None
        leased = data.draw(st.sampled_from(self.leases))
        job = next((job for job in self.jobs if job["id"] == leased.job.id and not job["dead"]), None)
        valid = job is not None and job["lease"] == leased.lease
        assert self.run(getattr(self.store, method)("work", leased, **values)) == valid
        return job if valid else None

    @rule(data=st.data(), remember=st.sampled_from([0.0, 5000.0]))
    def done(self, data: Any, remember: float) -> None:
        job = self.settled(data, "done", remember=remember)
        if job:
            self.jobs.remove(job)
            self.remembered |= job["names"] if remember else set()

    @rule(data=st.data(), seconds=st.sampled_from([0.0, 5000.0]))
    def renew(self, data: Any, seconds: float) -> None:
        job = self.settled(data, "renew", seconds=seconds)
        if job:
            job["held"] = seconds > 0

    @rule(data=st.data(), due=st.sampled_from([0.0, FAR]), payload=st.sampled_from([None, {"again": True}]))
    def retry(self, data: Any, due: float, payload: Any) -> None:
        job = self.settled(data, "retry", due=due, payload=payload)
        if job:
            job |= {"lease": "", "held": False, "due": due, "payload": payload or job["payload"]}

    @rule(data=st.data())
    def bury(self, data: Any) -> None:
        job = self.settled(data, "bury", reason="why")
        if job:
            job |= {"lease": "", "held": False, "dead": "why"}

    @rule(name=job_ids)
    def revive(self, name: str) -> None:
        job = next((job for job in self.jobs if job["id"] == name and job["dead"]), None)
        assert self.run(self.store.revive("work", name)) == (job is not None)
        if job:
            self.jobs.remove(job)
            self.jobs.append(job | {"dead": None, "attempts": 0, "due": 0.0})

    @rule(name=job_ids)
    def drop(self, name: str) -> None:
        job = next((job for job in self.jobs if job["id"] == name and job["dead"]), None)
        assert self.run(self.store.drop("work", name)) == (job is not None)
        if job:
            self.jobs.remove(job)

    @rule(group=st.sampled_from(["g", "h"]))
    def drop_group(self, group: str) -> None:
        gone = [job for job in self.waiting() if job["group"] == group]
        assert self.run(self.store.drop_group("work", group)) == len(gone)
        self.jobs = [job for job in self.jobs if job not in gone]

    @rule(group=st.sampled_from(["g", "h"]))
    def hasten(self, group: str) -> None:
        late = [job for job in self.waiting() if job["group"] == group and job["due"] >= FAR]
        assert self.run(self.store.hasten("work", group)) == len(late)
        for job in late:
            job["due"] = 0.0

    @invariant()
    def stands_as_the_model(self) -> None:
        if not hasattr(self, "store"):
            return
        stats = self.run(self.store.stats("work"))
        dead = sorted(job["id"] for job in self.jobs if job["dead"])
        held = sum(job["held"] for job in self.jobs)
        assert (stats.waiting, stats.leased, stats.dead) == (len(self.waiting()), held, len(dead))
        assert [one.job.id for one in self.run(self.store.dead("work"))] == dead


@pytest.fixture
def embedded_machine() -> Iterator[type[StoreMachine]]:
    yield from machine_of(())


@pytest.fixture
def documents_machine() -> Iterator[type[StoreMachine]]:
    yield from machine_of(TABLES)


def machine_of(documents: tuple[str, ...]) -> Iterator[type[StoreMachine]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store"

        class EmbeddedMachine(StoreMachine):
            make = staticmethod(lambda: EmbeddedStore(path, documents=documents))
            clear = staticmethod(lambda: shutil.rmtree(path, ignore_errors=True))

        yield EmbeddedMachine


@pytest.fixture
def postgres_machine(postgres: Any) -> type[StoreMachine]:
    url = postgres.new_schema()
    asyncio.run(migrate(url))

    def truncate() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("TRUNCATE records, jobs, job_names")

    class PostgresMachine(StoreMachine):
        make = staticmethod(lambda: PostgresStore(url, pool_size=2))
        clear = staticmethod(truncate)

    return PostgresMachine


@pytest.mark.parametrize("machine", ["embedded_machine", "documents_machine", "postgres_machine"])
def test_a_store_behaves_as_its_model(request: pytest.FixtureRequest, machine: str) -> None:
    examples = 12 if machine == "postgres_machine" else 25
    steps = settings(
        max_examples=examples, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(request.getfixturevalue(machine), settings=steps)
