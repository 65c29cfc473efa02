"""The bridge's own store, or Atlassian's sign-in, is away: it is said as what it is, wherever somebody asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.accounts.grant_vault import GrantVault
from bot.accounts.model import SignInUnavailableError
from bot.commands.errors import explain
from bot.storage.base import StoreUnavailableError
from bot.storage.embedded import EmbeddedStore
from bot.storage.embedded.database import Database
from sandbox.teams import ALICE, BOB, CHANNEL, GROUP, TeamsUser, personal
from sandbox.teams_cards import actions, words
from tests.support.world import World

AWAY = explain(StoreUnavailableError())
NO_SIGN_IN = explain(SignInUnavailableError())


@pytest.fixture
def store_goes_away(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def away(*_arguments: object, **_more: object) -> None:
        raise StoreUnavailableError("away")

    def go() -> None:
        monkeypatch.setattr(EmbeddedStore, "_begin_file", away)
        for how in ("begin_read", "_begin"):
            monkeypatch.setattr(Database, how, away)

    return go


@pytest.fixture
def sign_in_goes_away(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    async def away(*_arguments: object, **_more: object) -> str:
        raise SignInUnavailableError("away")

    return lambda: monkeypatch.setattr(GrantVault, "access_token", away)


async def pressed(world: World, verb: str, goes_away: Callable[[], None], *, by: TeamsUser = ALICE) -> str:
    """Press a button of an issue's card; what the presser reads."""
    await world.link()
    async with world.teams.expecting(CHANNEL, lambda p: "DEMO-1" in words(p.card)) as got:
        await world.teams.say(ALICE, CHANNEL, "DEMO-1")
    goes_away()
    answer = await world.teams.press(by, CHANNEL, got[0].id, actions(got[0].card, verb)[0])
    assert answer.status == 200
    return words(answer.card)


@pytest.mark.parametrize(("verb", "by"), [("issue.assign", ALICE), ("issue.assign", BOB), ("issue.edit", BOB)])
async def test_f19_a_press_hears_that_the_store_is_away(
    world: World, store_goes_away: Callable[[], None], verb: str, by: TeamsUser
) -> None:
    assert AWAY in await pressed(world, verb, store_goes_away, by=by)


async def test_f19_what_only_reads_needs_no_store_for_who_was_just_here(
    world: World, store_goes_away: Callable[[], None]
) -> None:
    assert "Save" in await pressed(world, "issue.edit", store_goes_away)


@pytest.mark.parametrize("verb", ["issue.assign", "issue.edit"])
async def test_f11_a_press_hears_that_the_sign_in_is_away(
    world: World, sign_in_goes_away: Callable[[], None], verb: str
) -> None:
    assert NO_SIGN_IN in await pressed(world, verb, sign_in_goes_away)


async def test_f19_who_was_never_met_before_hears_that_the_store_is_away(
    world: World, store_goes_away: Callable[[], None]
) -> None:
    store_goes_away()
    async with world.teams.expecting(GROUP) as got:
        answer = await world.teams.say(BOB, GROUP, "DEMO-1")
    assert answer.status == 201
    assert [post.text for post in world.teams.messages(GROUP)] == [AWAY]
    assert got[0].text == AWAY


@pytest.mark.parametrize("name", ["composeExtension/query", "composeExtension/queryLink"])
async def test_f11_f19_the_compose_box_hears_what_is_away(
    world: World,
    store_goes_away: Callable[[], None],
    sign_in_goes_away: Callable[[], None],
    name: str,
) -> None:
    await world.link()
    value = {
        "parameters": [{"name": "search", "value": "login"}],
        "url": f"{world.sandbox.site.url}/browse/DEMO-1",
    }
    for goes_away, told, who in ((sign_in_goes_away, NO_SIGN_IN, ALICE), (store_goes_away, AWAY, BOB)):
        goes_away()
        answer = await world.teams.invoke(who, personal(who), name, value)
        assert answer.status == 200
        assert told in str(answer.body)
