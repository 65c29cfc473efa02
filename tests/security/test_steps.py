"""T02, T03, T06: steps of a sign-in in the store: sealed, for one browser, of one kind, once, ten minutes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.accounts.connect_links import hash_secret, new_secret
from bot.accounts.sign_in.choices import Redirect
from bot.accounts.sign_in.microsoft import MicrosoftUser
from bot.accounts.sign_in.state import ConfirmStep, JiraStep, MicrosoftStep, Steps, WrongBrowserError
from bot.accounts.token_answers import Tokens
from bot.chat.identity import Person
from bot.jira.models import JiraUser, Site
from bot.storage.base import Store
from bot.storage.embedded import EmbeddedStore
from bot.storage.encryption import Keyring, new_key
from tests.support.clock import Clock

WHO = MicrosoftUser(Person("tenant", "oid"), "Alice", "alice@example.com")
AT_JIRA = JiraStep(hash_secret("session"), "ticket-canary", "verifier-canary", WHO)
TO_CONFIRM = ConfirmStep(
    hash_secret("session"),
    "ticket-canary",
    WHO,
    JiraUser("account", "Alice"),
    (Site("cloud", "https://demo.example", "demo"),),
    Tokens("access-canary", "refresh-canary", 3600.0, ("read:me",)),
)
TABLE = "steps"


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path / "store", clock=clock)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def keyring() -> Keyring:
    return Keyring([new_key()])


@pytest.fixture
def steps(store: Store, keyring: Keyring, clock: Clock) -> Steps[JiraStep]:
    return Steps(JiraStep, TABLE, store, keyring, clock=clock)


async def test_t02_a_step_is_found_until_it_is_taken_and_taken_once(steps: Steps[JiraStep]) -> None:
    secret = await steps.put(AT_JIRA)
    assert [await steps.find(secret, "session") for _ in range(2)] == [AT_JIRA] * 2
    taken = await asyncio.gather(*(steps.take(secret, "session") for _ in range(20)))
    assert [step for step in taken if step is not None] == [AT_JIRA]
    assert await steps.find(secret, "session") is None


async def test_t02_a_step_with_tokens_comes_back_as_it_was(store: Store, keyring: Keyring, clock: Clock) -> None:
    steps = Steps(ConfirmStep, TABLE, store, keyring, clock=clock)
    assert await steps.take(await steps.put(TO_CONFIRM), "session") == TO_CONFIRM


async def test_t02_a_step_is_good_for_ten_minutes(steps: Steps[JiraStep], clock: Clock) -> None:
    secret = await steps.put_as(new_secret(), AT_JIRA)
    clock.advance(599.5)
    assert await steps.find(secret, "session") == AT_JIRA
    clock.advance(0.5)
    assert await steps.find(secret, "session") is None
    assert await steps.take(secret, "session") is None


async def test_t03_another_browser_neither_sees_nor_uses_up_a_step(steps: Steps[JiraStep]) -> None:
    secret = await steps.put(AT_JIRA)
    for attempt in (steps.find, steps.take):
        with pytest.raises(WrongBrowserError):
            await attempt(secret, "another session")
    assert await steps.take(secret, "session") == AT_JIRA


@pytest.mark.parametrize("secret", ["", "short", "../../x", "x" * 500, "é" * 43])
async def test_t02_what_is_no_secret_is_not_looked_up(steps: Steps[JiraStep], secret: str) -> None:
    await steps.put_as(secret, AT_JIRA)
    assert await steps.find(secret, "session") is None
    assert await steps.take(secret, "session") is None


async def test_t06_a_secret_of_another_kind_of_step_finds_nothing(
    steps: Steps[JiraStep], store: Store, keyring: Keyring, clock: Clock
) -> None:
    confirm = Steps(ConfirmStep, TABLE, store, keyring, clock=clock)
    of_consent, of_form = await steps.put(AT_JIRA), await confirm.put(TO_CONFIRM)
    assert await confirm.find(of_consent, "session") is None
    assert await confirm.take(of_consent, "session") is None
    assert await steps.find(of_form, "session") is None
    assert await steps.take(of_consent, "session") == AT_JIRA


async def test_t38_a_step_in_the_store_shows_nothing_and_belongs_to_its_secret(
    steps: Steps[JiraStep], store: Store
) -> None:
    first, second = await steps.put(AT_JIRA), await steps.put(replace(AT_JIRA, ticket="another"))
    rows = {row.key: row.value for row in await store.page(TABLE)}
    assert set(rows) == {hash_secret(first), hash_secret(second)}
    assert "canary" not in f"{rows}"
    await store.put(TABLE, hash_secret(first), rows[hash_secret(second)])
    assert await steps.find(first, "session") is None


async def test_t39_a_step_whose_key_was_removed_is_begun_again(
    steps: Steps[JiraStep], store: Store, clock: Clock
) -> None:
    secret = await steps.put(AT_JIRA)
    rotated = Steps(JiraStep, TABLE, store, Keyring([new_key()]), clock=clock)
    assert await rotated.find(secret, "session") is None


async def test_a_steps_owner_can_have_it_removed(steps: Steps[JiraStep], store: Store) -> None:
    tagged, untagged = await steps.put(AT_JIRA, tag="tenant/oid"), await steps.put(AT_JIRA)
    found = [row.key for row in await store.find(TABLE, "tenant/oid")]
    assert found == [hash_secret(tagged)]
    assert await steps.find(untagged, "session") == AT_JIRA


def test_t40_steps_show_no_secret() -> None:
    steps = [MicrosoftStep("session", "ticket-canary", {"code_verifier": "verifier-canary"}), AT_JIRA, TO_CONFIRM]
    assert "canary" not in repr([*steps, Redirect("https://login.example/authorize?state=canary")])
