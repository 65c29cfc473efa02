"""Fixtures: the vault of `accounts_bench`, with a real store and a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.accounts.grant_vault import GrantVault
from bot.accounts.token_endpoint import TokenEndpoint
from bot.chat.identity import Person
from bot.storage.embedded import EmbeddedStore
from bot.storage.encryption import Keyring, new_key
from sandbox.atlassian_login import AtlassianLogin
from sandbox.faults import Faults
from sandbox.people import PEOPLE
from tests.support.accounts import CLIENT_ID, CLIENT_SECRET, REDIRECT, SCOPES, Atlassian, VaultBench
from tests.support.clock import Clock
from tests.support.serving import serving
from tests.support.sign_in import linking

__all__ = ["linking"]


@pytest.fixture
def key() -> str:
    return new_key()


@pytest.fixture
def keyring(key: str) -> Keyring:
    return Keyring([key])


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path / "store")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def atlassian(clock: Clock) -> AsyncIterator[Atlassian]:
    faults = Faults()
    app = web.Application(middlewares=[faults.middleware("atlassian")])
    login = AtlassianLogin(CLIENT_ID, CLIENT_SECRET, sites=[], people=PEOPLE, clock=clock)
    app.add_routes(login.routes())
    async with serving(app) as url:
        yield Atlassian(login, faults, url)


@pytest.fixture
async def endpoint(atlassian: Atlassian, session: aiohttp.ClientSession) -> TokenEndpoint:
    return TokenEndpoint(
        session,
        auth_url=atlassian.url,
        api_url=atlassian.url,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        redirect_uri=REDIRECT,
        scopes=SCOPES,
    )


@pytest.fixture
async def bench(
    tmp_path: Path,
    store: EmbeddedStore,
    keyring: Keyring,
    atlassian: Atlassian,
    endpoint: TokenEndpoint,
    clock: Clock,
) -> AsyncIterator[VaultBench]:
    revoked: list[Person] = []

    async def on_revoked(person: Person) -> None:
        revoked.append(person)

    vault = GrantVault(store, keyring, endpoint, clock=clock, on_revoked=on_revoked)
    bench = VaultBench(store, keyring, atlassian, endpoint, clock, vault, tmp_path / "store", revoked)
    yield bench
    await asyncio.wait_for(vault.close(), 5)
    await bench.store.close()
