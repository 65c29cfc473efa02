"""The connection pool under more calls than the server can answer in time."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from pathlib import Path

import pytest

from bot.storage.base import StoreUnavailableError
from bot.storage.postgres.pool import Answer, Pool
from tests.support.storage.engines import Server
from tests.support.storage.lossy_proxy import LossyProxy

pytestmark = pytest.mark.slow

SIZE = 4
QUESTION = b"SELECT %(number)s::integer AS number, pg_sleep(0.001)"


async def call(pool: Pool, seconds: float) -> Answer | None:
    try:
        return await pool.run(b"SELECT 1", seconds=seconds)
    except StoreUnavailableError:
        return None


async def connections(pool: Pool) -> int:
    """Return how many connections the pool gives out at once."""
    sleeping = (pool.run(b"SELECT pg_backend_pid() AS pid, pg_sleep(0.5)") for _ in range(SIZE))
    return len({answer.rows[0]["pid"] for answer in await asyncio.gather(*sleeping)})


async def test_no_connection_is_lost_when_calls_are_given_up_in_great_numbers(postgres: Server) -> None:
    pool = Pool(postgres.new_schema(), SIZE)
    await pool.open()
    try:
        for _ in range(6):
            # Some are given up while they give their connection back.
            given_up = await asyncio.gather(*(call(pool, 0.25) for _ in range(3000)))
            assert None in given_up
            assert None not in await asyncio.gather(*(call(pool, 60.0) for _ in range(SIZE)))
        assert await connections(pool) == SIZE
    finally:
        await pool.close()


async def test_it_tells_how_long_a_call_would_wait_for_a_connection(postgres: Server) -> None:
    pool = Pool(postgres.new_schema(), SIZE)
    await pool.open()
    try:
        assert pool.expected_wait() == 0.0
        calls = [asyncio.create_task(pool.run(b"SELECT pg_sleep(0.1)")) for _ in range(8 * SIZE)]
        await asyncio.wait(calls[: 4 * SIZE])
        waiting = 3 * SIZE
        assert 0.5 * waiting * 0.1 / SIZE < pool.expected_wait() < 2 * waiting * 0.1 / SIZE
        await asyncio.gather(*calls)
        assert pool.expected_wait() == 0.0
    finally:
        await pool.close()


async def test_a_server_that_answers_nothing_is_not_said_to_be_busy(postgres: Server) -> None:
    proxy = LossyProxy(Path(postgres.server.pgdata) / ".s.PGSQL.5432")
    async with proxy.running():
        pool = Pool(f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres?sslmode=disable", SIZE)
        await pool.open()
        await asyncio.gather(*(pool.run(b"SELECT pg_sleep(0.05)") for _ in range(SIZE)))
        proxy.silent = True
        calls = [asyncio.create_task(call(pool, 1.5)) for _ in range(100 * SIZE)]
        await asyncio.wait(calls, timeout=1.1)
        assert pool.expected_wait() == 0.0
        assert await asyncio.gather(*calls) == [None] * len(calls)
        proxy.silent = False
        await pool.close()


async def test_each_call_gets_its_own_answer_although_others_are_given_up_midway(postgres: Server) -> None:
    pool = Pool(postgres.new_schema(), SIZE)
    await pool.open()
    rng, answered = random.Random(2), 0

    async def ask(number: int) -> None:
        nonlocal answered
        with suppress(StoreUnavailableError, TimeoutError):
            async with asyncio.timeout(rng.uniform(0.0, 1.2)):
                # Little time makes a pipeline of two statements.
                values = {"number": number}
                answer = await pool.run(QUESTION, values, seconds=rng.choice((0.5, 1.0, 2.0)))
            assert [row["number"] for row in answer.rows] == [number]
            answered += 1

    async def stall() -> None:
        while True:
            time.sleep(rng.uniform(0.0, 0.08))  # noqa: ASYNC251 - the event loop is to stall
            await asyncio.sleep(0.001)

    stalling = asyncio.create_task(stall())
    try:
        for _ in range(12):
            await asyncio.gather(*map(ask, range(800)))
    finally:
        stalling.cancel()
        await pool.close()
    assert answered
