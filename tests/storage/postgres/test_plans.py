"""PostgreSQL engine: what is asked often reads few rows, however many there are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest

from bot.storage.base import Job
from bot.storage.postgres import PostgresStore
from bot.storage.postgres.sql import queries


@pytest.fixture
async def store(dsn: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(dsn)
    await store.open()
    yield store
    await store.close()


def rows_read(connection: psycopg.Connection, query: str, **values: object) -> int:
    """How many rows of `jobs` a statement reads, its plan made for any values."""

    def total() -> int:
        row = connection.execute(
            "SELECT sum(seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_xact_user_tables"
            " WHERE relid = 'jobs'::regclass"
        ).fetchone()
        assert row is not None
        return int(row[0] or 0)

    for _ in range(8):  # the first ones are planned for their values
        with connection.transaction(force_rollback=True):
            before = total()
            connection.execute(queries("queue")[query], {"queue": "work", **values})
            read = total() - before
    return read


def fill(connection: psycopg.Connection, *, analyze: bool) -> None:
    """5,000 jobs put off, each of its own group, 5,000 behind one head, and three that are ready."""
    connection.execute("ALTER TABLE jobs SET (autovacuum_enabled = off)")
    connection.execute(
        "INSERT INTO jobs (queue, id, group_name, keys, payload, put_at, put_id, due)"
        " SELECT 'work', n::text, CASE WHEN n <= 5000 THEN n::text ELSE 'g' END, '{}', '{}', 0, gen_random_uuid(),"
        " CASE WHEN n <= 5000 THEN date_part('epoch', now()) + 86400 ELSE 0 END"
        " FROM generate_series(1, 10000) AS n"
    )
    connection.execute("INSERT INTO job_names SELECT 'work', id FROM jobs")
    if analyze:
        connection.execute("ANALYZE jobs")


@pytest.mark.parametrize("analyze", [False, True])
@pytest.mark.parametrize("used_when_empty", [False, True])
async def test_queues_read_few_of_many_jobs(
    dsn: str, store: PostgresStore, analyze: bool, used_when_empty: bool
) -> None:
    lease = {"limit": 64, "seconds": 60, "lease": UUID(int=1), "lost": [UUID(int=1)]}
    with psycopg.connect(dsn, autocommit=True) as connection:
        if used_when_empty:  # plans are kept
            rows_read(connection, "lease", **lease)
            rows_read(connection, "stats")
        fill(connection, analyze=analyze)
        assert await store.enqueue_all("work", [Job(f"ready {n}", {}) for n in range(3)]) == [True] * 3
        assert rows_read(connection, "lease", **lease) < 50
        assert rows_read(connection, "stats") < 20
        assert rows_read(connection, "dead", after="", limit=100) < 20
        leased = await store.lease("work", limit=3, seconds=60)
        assert [one.job.id for one in leased] == ["5001", "ready 0", "ready 1"]
        held = {"ids": [one.job.id for one in leased], "leases": [UUID(one.lease) for one in leased]}
        assert rows_read(connection, "done", **held, remember=60.0) < 50
        assert rows_read(connection, "lease", **lease) < 50


async def test_finding_reads_what_matches_alone(dsn: str, store: PostgresStore) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO records SELECT 'people', n::text, '{}', 1, ARRAY['people/' || n], NULL, gen_random_uuid()"
            " FROM generate_series(1, 5000) AS n"
        )
        connection.execute("ANALYZE records")
        plan = connection.execute(
            b"EXPLAIN " + queries("records")["find"], {"table": "people", "tag": "people/17"}
        ).fetchall()
    assert "records_tags" in str(plan)
    assert [row.key for row in await store.find("people", "17")] == ["17"]


@pytest.mark.parametrize("query", ["find", "find_each"])
async def test_finding_reads_what_matches_alone_before_anybody_counted_the_rows(dsn: str, query: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE records SET (autovacuum_enabled = off)")
        connection.execute(
            "INSERT INTO records SELECT 'people', n::text, '{}', 1, ARRAY['people/' || n], NULL, gen_random_uuid()"
            " FROM generate_series(1, 5000) AS n"
        )
        values = {"tag": "people/17", "tags": ["people/17", "people/18"]}
        plan = str(connection.execute(b"EXPLAIN " + queries("records")[query], values).fetchall())
    assert "records_tags" in plan
    assert "records_pkey" not in plan
    assert "Seq Scan" not in plan
