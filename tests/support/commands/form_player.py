"""How the end-to-end tests fill in forms."""

from __future__ import annotations

from sandbox.model import Issue
from sandbox.teams import ALICE, CHANNEL, Answer, Chat, Posted, TeamsUser, personal
from sandbox.teams_cards import actions
from tests.support.world import World

CHAT = personal(ALICE)


def inputs(node: object) -> dict[str, dict[str, object]]:
    """Find the inputs of a card by id."""
    found: dict[str, dict[str, object]] = {}
    if isinstance(node, dict):
        if str(node.get("type", "")).startswith("Input."):
            found[str(node["id"])] = node
        for part in node.values():
            found |= inputs(part)
    elif isinstance(node, list):
        for part in node:
            found |= inputs(part)
    return found


def filled(card: object, **given: str) -> dict[str, str]:
    """Return what a client sends of a form: what it shows, and what was filled in."""
    there = {name: str(made["value"]) for name, made in inputs(card).items() if "value" in made}
    return {**there, **given}


async def ask(world: World, text: str, chat: Chat = CHAT, user: TeamsUser = ALICE) -> Posted:
    async with world.teams.expecting(chat) as got:
        await world.teams.say(user, chat, text)
    return got[0]


async def send(world: World, card: object, posted: Posted, verb: str = "form.submit", **given: str) -> Answer:
    button = actions(card, verb)[0]
    chat = CHAT if posted.chat == CHAT.id else CHANNEL
    return await world.teams.press(ALICE, chat, posted.id, button, filled(card, **given))


def newest(world: World) -> Issue:
    return list(world.sandbox.site.issues.values())[-1]


def writes(world: World) -> list[str]:
    return [f"{m} {p}" for m, p in world.jira_calls() if m in ("PUT", "POST") and "search" not in p]
