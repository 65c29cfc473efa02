"""PostgreSQL behind a proxy: one that shares sessions among transactions is refused, others are not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from bot.storage.base import StoreProxyError, StoreUnavailableError
from bot.storage.postgres import PostgresStore, migrate
from tests.support.storage.engines import Server
from tests.support.storage.pooling_proxy import PoolingProxy


@asynccontextmanager
async def proxied(postgres: Server, dsn: str, *, by_transaction: bool) -> AsyncIterator[str]:
    """Run a proxy; the connection string that leads through it to the same schema."""
    proxy = PoolingProxy(Path(postgres.server.pgdata) / ".s.PGSQL.5432", by_transaction=by_transaction)
    async with proxy.running():
        options = dsn.partition("&")[2]
        yield f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres?{options}"


async def test_f02_a_proxy_that_shares_sessions_is_refused(postgres: Server, dsn: str) -> None:
    async with proxied(postgres, dsn, by_transaction=True) as url:
        store = PostgresStore(url)
        for _ in range(20):
            with pytest.raises(StoreProxyError, match="pool_mode = transaction"):
                await store.open()
        with pytest.raises(StoreProxyError):
            await migrate(url)
    with psycopg.connect(dsn, autocommit=True) as connection:
        left = connection.execute("SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted")
        assert left.rowcount == 0


async def test_f02_such_a_proxy_is_noticed_beside_other_clients(postgres: Server, dsn: str) -> None:
    async with proxied(postgres, dsn, by_transaction=True) as url:
        stop = asyncio.Event()

        async def other_client() -> None:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                while not stop.is_set():
                    await connection.execute("SELECT 1", prepare=False)

        others = [asyncio.create_task(other_client()) for _ in range(4)]
        for _ in range(10):
            with pytest.raises(StoreProxyError):
                await PostgresStore(url).open()
        stop.set()
        await asyncio.gather(*others)


async def test_a_proxy_in_session_mode_is_accepted(postgres: Server, dsn: str) -> None:
    async with proxied(postgres, dsn, by_transaction=False) as url:
        one, other = PostgresStore(url), PostgresStore(url)
        await one.open()
        await other.open()
        async with one.lock("a"):
            with pytest.raises(TimeoutError):
                async with other.lock("a", seconds=0.1):
                    pytest.fail("two holders")
        await one.close()
        await other.close()


async def test_a_proxy_that_leads_nowhere_is_unavailable() -> None:
    with pytest.raises(StoreUnavailableError, match="nothing listens"):
        await PostgresStore("postgresql://x@127.0.0.1:1/x").open()
