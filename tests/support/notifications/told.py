"""What people and channels are told of Jira in a whole bridge, and what makes Jira tell it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox import activity, changes
from sandbox.adf import document
from sandbox.model import Issue
from sandbox.people import Person, by_email
from sandbox.teams import ALICE, BOB, CAROL, Posted, TeamsUser, personal
from sandbox.teams_cards import words
from tests.support.json_path import at
from tests.support.world import World

HERS, HIS = personal(ALICE), personal(BOB)
"""The chats of Alice and of Bob with the bot."""


def jira(user: TeamsUser) -> Person:
    person = by_email(user.email)
    assert person is not None
    return person


def issue(world: World, key: str) -> Issue:
    return world.sandbox.site.issue(key, jira(ALICE).account_id)


def says(posted: Posted) -> str:
    return f"{posted.text} {words(posted.card)}"


def assign(world: World, key: str, to: TeamsUser, *, by: TeamsUser = ALICE) -> None:
    changes.assign(world.sandbox.site, jira(by).account_id, issue(world, key), jira(to).account_id)


def comment(world: World, key: str, text: str, *, by: TeamsUser, mention: TeamsUser | None = None) -> None:
    body = document(text)
    if mention is not None:
        mentioned = {"type": "mention", "attrs": {"id": jira(mention).account_id, "text": f"@{mention.name}"}}
        at(body, "content", 0, "content").append(mentioned)
    activity.add_comment(world.sandbox.site, jira(by).account_id, issue(world, key), {"body": body})


@asynccontextmanager
async def hearing(world: World, user: TeamsUser, *texts: str) -> AsyncIterator[None]:
    """One new message that holds all of `texts` comes to the person's own chat, and no second one."""
    chat = personal(user)
    before = set(world.teams.posts)
    async with world.teams.expecting(chat, lambda p: all(text in says(p) for text in texts)):
        yield
    await the_end(world, user)
    new = [p for p in world.teams.messages(chat) if p.id not in before and all(text in says(p) for text in texts)]
    assert len(new) == 1


async def the_end(world: World, user: TeamsUser) -> None:
    """Wait until what was to be told in the person's own chat has been: later things come after it."""
    await world.sandbox.webhooks_settled()
    async with world.teams.expecting(personal(user), lambda p: "The end" in says(p)):
        comment(world, "DEMO-1", "The end, ", by=ALICE if user is CAROL else CAROL, mention=user)


async def set_up(world: World, user: TeamsUser, wish: str) -> None:
    async with world.teams.expecting(personal(user), lambda p: "Notifications" in words(p.card)):
        await world.teams.say(user, personal(user), f"notify {wish}")
