"""The compose box: what it finds, pages, an empty pane, and what Teams keeps of an answer to a link."""

from __future__ import annotations

import json

from sandbox.teams import ALICE, personal
from tests.support.json_path import at
from tests.support.world import World

CHAT = personal(ALICE)
NO_CACHE = {"type": "setCachePolicy", "value": '{"type":"no-cache"}'}


async def query(world: World, words: str, skip: int = 0) -> dict[str, object]:
    value = {"parameters": [{"name": "query", "value": words}], "queryOptions": {"skip": skip, "count": 25}}
    answer = await world.teams.invoke(ALICE, CHAT, "composeExtension/query", value)
    extension: dict[str, object] = at(answer.body, "composeExtension")
    return extension


async def unfurl(world: World, url: str) -> dict[str, object]:
    answer = await world.teams.invoke(ALICE, CHAT, "composeExtension/queryLink", {"url": url})
    extension: dict[str, object] = at(answer.body, "composeExtension")
    return extension


async def test_results_come_in_pages_of_25_without_gap_or_repetition(world: World) -> None:
    await world.link()
    keys = {world.create_issue("DEMO", f"Zebra {number}") for number in range(40)}
    pages = [await query(world, "zebra", skip) for skip in (0, 25, 50)]
    titles = [
        [at(each, "preview", "content", "title").split()[0] for each in at(page, "attachments")] for page in pages
    ]
    assert [len(each) for each in titles] == [25, 15, 0]
    assert {*titles[0], *titles[1]} == keys


async def test_an_empty_pane_says_what_to_type(world: World) -> None:
    await world.link()
    nothing = await query(world, "nosuchwordanywhere")
    assert nothing["type"] == "message"
    assert "Try other words, an issue key, or a link" in str(nothing["text"])


async def test_teams_keeps_an_answer_to_a_link_only_once_it_is_an_issue(world: World) -> None:
    link = f"{world.sandbox.site.url}/browse/DEMO-1"
    unlinked = await unfurl(world, link)
    assert unlinked["type"] == "auth"
    assert NO_CACHE in at(unlinked, "suggestedActions", "actions")
    await world.link()
    assert "suggestedActions" not in await unfurl(world, link)
    foreign = await unfurl(world, "https://elsewhere.atlassian.net/browse/DEMO-1")
    assert at(foreign, "suggestedActions", "actions") == [NO_CACHE]
    assert "suggestedActions" not in await query(world, "DEMO-1")


async def test_link_in_the_compose_box_finds_its_issue(world: World) -> None:
    await world.link()
    for typed in ("demo-2", f"{world.sandbox.site.url}/browse/DEMO-2?focusedCommentId=1"):
        asked = {"commandId": "searchIssues", "parameters": [{"name": "query", "value": typed}]}
        found = await world.teams.invoke(ALICE, CHAT, "composeExtension/query", asked)
        assert "Login fails after password reset" in json.dumps(found.body)


async def test_who_scrolls_on_in_the_compose_box_gets_nothing_twice(world: World) -> None:
    await world.link()
    asked = {"parameters": [{"value": "login"}], "queryOptions": {"skip": 0, "count": 25}}
    first = await world.teams.invoke(ALICE, CHAT, "composeExtension/query", asked)
    assert at(first.body, "composeExtension", "attachments")
    onward = {**asked, "queryOptions": {"skip": 25, "count": 25}}
    more = await world.teams.invoke(ALICE, CHAT, "composeExtension/query", onward)
    assert at(more.body, "composeExtension", "attachments") == []


async def test_word_in_the_compose_box_that_looks_like_a_key_is_a_word(world: World) -> None:
    await world.link()
    world.create_issue("DEMO", "Names are not utf-8")
    asked = {"commandId": "searchIssues", "parameters": [{"name": "query", "value": "utf-8"}]}
    found = await world.teams.invoke(ALICE, CHAT, "composeExtension/query", asked)
    assert "Names are not utf-8" in json.dumps(found.body)
