"""Two replicas on one PostgreSQL store, each with grants in memory: what one changes the other knows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import psycopg
import pytest

from bot.accounts.grant_vault import GrantVault
from bot.accounts.model import GrantRevokedError, NotConnectedError
from bot.accounts.token_endpoint import TokenEndpoint
from bot.storage.base import Store
from bot.storage.encryption import Keyring
from bot.storage.postgres import PostgresStore
from tests.support.accounts import OTHER_SITE, SITE, Atlassian, someone, user
from tests.support.clock import Clock

pytestmark = pytest.mark.slow

PERSON = someone()
SITES = (SITE, OTHER_SITE)


@dataclass
class Replica:
    """A replica's vault."""

    store: Store
    vault: GrantVault

    async def link(self, atlassian: Atlassian, number: int = 0) -> None:
        """Link the person with the Jira account of one of the sandbox's people."""
        tokens = atlassian.consent(number)
        await self.vault.save_link(PERSON, user(number), SITES, tokens, default_site=SITE.cloud_id)

    async def state(self) -> str:
        """Return what this replica says of the person's link."""
        try:
            account = await self.vault.account(PERSON)
        except NotConnectedError as error:
            return type(error).__name__
        return f"{account.user.name} on {account.site.name}"

    async def until(self, state: str) -> None:
        """Wait until it says this, which another replica has brought about."""
        async with asyncio.timeout(2):
            while await self.state() != state:
                await self.store.arrival("quiet", seconds=0.01)


@pytest.fixture
async def pair(
    dsn: str, key: str, endpoint: TokenEndpoint, clock: Clock
) -> AsyncIterator[tuple[Replica, Replica]]:
    async with AsyncExitStack() as stack:
        replicas = []
        for _ in range(2):
            store = PostgresStore(dsn)
            await store.open()
            stack.push_async_callback(store.close)
            vault = GrantVault(store, Keyring([key]), endpoint, clock=clock)
            stack.push_async_callback(vault.close)
            replicas.append(Replica(store, vault))
        yield replicas[0], replicas[1]


async def test_a_link_an_unlink_and_a_choice_are_seen_by_the_other_replica(
    pair: tuple[Replica, Replica], atlassian: Atlassian
) -> None:
    one, two = pair
    assert await two.state() == NotConnectedError.__name__
    await one.link(atlassian)
    await two.until(f"{user(0).name} on {SITE.name}")
    await two.vault.choose_site(PERSON, OTHER_SITE.cloud_id)
    assert await two.state() == f"{user(0).name} on {OTHER_SITE.name}"
    await one.until(f"{user(0).name} on {OTHER_SITE.name}")
    await one.link(atlassian, 1)
    await two.until(f"{user(1).name} on {SITE.name}")
    await one.vault.disconnect(PERSON)
    assert await one.state() == NotConnectedError.__name__
    await two.until(NotConnectedError.__name__)
    with pytest.raises(NotConnectedError):
        await two.vault.access_token(PERSON)


async def test_a_link_that_atlassian_ended_is_over_on_both(
    pair: tuple[Replica, Replica], atlassian: Atlassian, clock: Clock
) -> None:
    one, two = pair
    await one.link(atlassian)
    await two.until(f"{user(0).name} on {SITE.name}")
    atlassian.login.tokens.revoke(user(0).account_id)
    clock.advance(3600)
    with pytest.raises(GrantRevokedError):
        await one.vault.access_token(PERSON)
    await two.until(GrantRevokedError.__name__)


async def test_no_refresh_token_is_used_twice_although_no_change_is_announced(
    pair: tuple[Replica, Replica], atlassian: Atlassian, clock: Clock, dsn: str
) -> None:
    one, two = pair
    await one.link(atlassian)
    await two.until(f"{user(0).name} on {SITE.name}")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE records DISABLE TRIGGER USER")
    clock.advance(3600)
    renewed = await one.vault.access_token(PERSON)
    for _ in range(3):
        assert await two.vault.access_token(PERSON) == renewed
        clock.advance(60)
    assert atlassian.refreshes == ["ok"]


async def test_a_token_that_jira_refused_is_looked_up_although_no_change_is_announced(
    pair: tuple[Replica, Replica], atlassian: Atlassian, dsn: str
) -> None:
    one, two = pair
    await one.link(atlassian)
    await two.until(f"{user(0).name} on {SITE.name}")
    refused = await two.vault.access_token(PERSON)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE records DISABLE TRIGGER USER")
    renewed = await one.vault.access_token(PERSON, rejected=refused)
    assert await two.vault.access_token(PERSON, rejected=refused) == renewed
    assert atlassian.refreshes == ["ok"]
