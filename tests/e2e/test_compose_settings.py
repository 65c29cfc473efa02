"""Settings of the message extension: a page signed for its person, and what is kept of it."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qsl, urlencode

import pytest

from sandbox.people import by_email
from sandbox.teams import ALICE, BOB, TeamsUser, personal
from tests.support.json_path import at
from tests.support.world import World, browser_session


async def ask(world: World, name: str, value: object, user: TeamsUser = ALICE) -> dict[str, object]:
    answer = await world.teams.invoke(user, personal(user), f"composeExtension/{name}", value)
    assert answer.status == 200
    return answer.body


async def settings_url(world: World, user: TeamsUser = ALICE) -> str:
    extension = at(await ask(world, "querySettingUrl", {"commandId": "searchIssues"}, user), "composeExtension")
    assert extension["type"] == "config"
    return str(at(extension, "suggestedActions", "actions", 0, "value"))


async def page(url: str, language: str = "en") -> tuple[int, str, dict[str, str]]:
    async with browser_session() as session, session.get(url, headers={"Accept-Language": language}) as response:
        return response.status, await response.text(), dict(response.headers)


async def state(world: World, user: TeamsUser = ALICE, **chosen: str) -> str:
    """Return what the page hands over after these choices."""
    _, html, _ = await page(await settings_url(world, user))
    signed = re.search(r'data-signed="([^"]+)"', html)
    assert signed
    return urlencode({**dict(parse_qsl(unescape(signed[1]))), **chosen})


async def previews(world: World, user: TeamsUser = ALICE) -> int:
    url = f"{world.sandbox.site.url}/browse/DEMO-2"
    return len(at(await ask(world, "queryLink", {"url": url}, user), "composeExtension", "attachments"))


async def finds(world: World, words: str) -> int:
    value = {"parameters": [{"name": "query", "value": words}], "queryOptions": {"skip": 0, "count": 25}}
    extension = at(await ask(world, "query", value), "composeExtension")
    return len(extension.get("attachments", ()))


async def test_the_site_to_search_and_previews_are_kept_for_the_person(world: World) -> None:
    first, second = world.sandbox.sites
    alice = by_email(ALICE.email)
    assert alice
    world.sandbox.atlassian.tokens.sites.setdefault(alice.account_id, set()).add(second.cloud_id)
    await world.link()
    assert (await previews(world), await finds(world, "interface")) == (1, 0)
    chosen = await state(world, chosen_site=second.cloud_id, chosen_previews="off")
    await ask(world, "setting", {"state": chosen})
    assert (await previews(world), await finds(world, "interface")) == (0, 1)
    status, html, _ = await page(await settings_url(world))
    assert status == 200
    assert re.search(rf'value="{second.cloud_id}" checked', html)
    assert 'value="off" checked' in html
    await ask(world, "setting", {"state": await state(world, chosen_site=first.cloud_id, chosen_previews="on")})
    assert (await previews(world), await finds(world, "interface")) == (1, 0)


async def test_the_page_has_the_rules_of_every_other(world: World) -> None:
    await world.link()
    _, html, headers = await page(await settings_url(world))
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "Cross-Origin-Opener-Policy" not in headers
    assert "http" not in re.sub(r"data-signed=\"[^\"]*\"", "", html)
    assert "Zu durchsuchende Site" in (await page(await settings_url(world), "de"))[1]


@pytest.mark.parametrize("change", ["person", "site0", "previews", "sig"])
async def test_an_altered_address_shows_nothing(world: World, change: str) -> None:
    await world.link()
    url, _, query = (await settings_url(world)).partition("?")
    altered = {**dict(parse_qsl(query)), change: "x y"}
    status, html, _ = await page(f"{url}?{urlencode(altered)}")
    assert status == 410
    assert "demo" not in html


async def test_what_was_signed_for_somebody_else_changes_nothing(world: World) -> None:
    await world.link(ALICE)
    await world.link(BOB)
    hers = await state(world, chosen_site=world.sandbox.site.cloud_id, chosen_previews="off")
    await ask(world, "setting", {"state": hers}, BOB)
    assert await previews(world, BOB) == 1


@pytest.mark.parametrize("value", ["", "x", "a=b", "&" * 5000, {"state": 1}])
async def test_any_other_state_changes_nothing(world: World, value: object) -> None:
    await world.link()
    await ask(world, "setting", {"state": value})
    assert await previews(world) == 1


async def test_a_foreign_site_is_not_chosen(world: World) -> None:
    await world.link()
    await ask(world, "setting", {"state": await state(world, chosen_site="elsewhere", chosen_previews="on")})
    assert await finds(world, "login") == 1


async def test_who_has_not_connected_signs_in_first(world: World) -> None:
    assert "/connect?ticket=" in await settings_url(world)
    await ask(world, "setting", {"state": ""})
