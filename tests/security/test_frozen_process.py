"""T49: no single message freezes the process, in the shapes in which it was attacked, over sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.jira.adf.from_markdown import convert_markdown, markdown_to_adf
from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, CAROL, CHANNEL, GROUP, personal
from sandbox.teams_cards import actions, words
from tests.support.conversations import typed
from tests.support.world import World, running

pytestmark = pytest.mark.slow

SECONDS = 6.0
"""For what an attack does and what somebody else asks beside it, also on a busy machine. Each attack held the
process for twelve and more."""
BLANKS = "subscribe A" + " " * 30_000 + "x"
TABLE = ("|a|b|\n|-|-|\n(" * 2_000)[:25_000]
OPEN_TAGS = "<a " * 13_333


@asynccontextmanager
async def beside_others(folder: Path) -> AsyncIterator[World]:
    """Run a bridge on which Bob is answered in time whatever happens in the block."""
    async with running(folder) as world:
        await world.link(ALICE)
        await world.link(BOB)
        # Otherwise this process would be busy with checking the documents against Atlassian's schema.
        for what in ("comment", "worklog"):
            world.sandbox.faults.add(Fault("POST", f"/{what}$", status=201, body='{"id": "1"}', times=None))
        async with asyncio.timeout(SECONDS):
            yield world
            assert "DEMO-2" in words((await typed(world, BOB, personal(BOB), "DEMO-2")).card)


async def test_t49_messages_of_somebody_who_is_not_connected(tmp_path: Path) -> None:
    async with beside_others(tmp_path) as world:
        for text in (BLANKS, BLANKS.upper(), TABLE, OPEN_TAGS, "[" * 28_000):
            assert (await world.teams.say(CAROL, personal(CAROL), text)).status < 300
        assert (await world.teams.say(CAROL, CHANNEL, BLANKS)).status < 300


async def test_t49_a_comment(tmp_path: Path) -> None:
    async with beside_others(tmp_path) as world:
        posted = await typed(world, ALICE, GROUP, f"comment DEMO-2 {TABLE}")
        assert "Comment added" in words(posted.card)


async def test_t49_each_value_of_a_press(tmp_path: Path) -> None:
    """`time` is what somebody writes on a card of work to log; its rest is a comment in Markdown."""
    async with beside_others(tmp_path) as world:
        card = await typed(world, ALICE, GROUP, "DEMO-2")
        form = await world.teams.press(ALICE, GROUP, card.id, actions(card.card, "issue.edit")[0])
        filled_in = {"time": f"1h {TABLE * 3}", "f_summary": "[" * 75_000}
        for button in (actions(form.card, "form.submit")[0], *actions(card.card, "issue.log")):
            assert (await world.teams.press(ALICE, GROUP, card.id, button, filled_in)).status < 300


async def test_t49_the_menu_of_six_messages_stops_no_sign_in(tmp_path: Path) -> None:
    async with beside_others(tmp_path) as world:
        message = {"messagePayload": {"id": "1", "body": {"contentType": "html", "content": OPEN_TAGS}}}
        value = {"commandId": "commentOnIssue", "commandContext": "message", **message}
        opening = [
            asyncio.create_task(world.teams.invoke(ALICE, CHANNEL, "composeExtension/fetchTask", value))
            for _ in range(6)
        ]
        assert "You are connected" in await world.link(CAROL)
        assert {answer.status for answer in await asyncio.gather(*opening)} == {200}


@pytest.mark.parametrize("part", ["|-|-|\n", "![", "[[a]", "**a", "|a|b|\n|-|-|\n("])
async def test_t49_no_text_holds_the_event_loop_for_50_ms(part: str) -> None:
    """In processor time of the loop's own thread, which other work on the machine does not lengthen."""
    text = (part * 32_768)[:32_768]
    began = time.thread_time()
    document = await convert_markdown(text)
    assert time.thread_time() - began < 0.05
    assert document == markdown_to_adf(text)
