"""assign, unassign: people are found among those whom Jira lets be assigned."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.accounts.model import NotConnectedError
from bot.commands.errors import ChooseError, CommandError
from bot.commands.grammar import Command
from bot.commands.model import Mentioned, Reply
from bot.commands.turn import IssueAt, Turn
from bot.identity import Person
from bot.jira.models import JiraUser
from bot.signing import given_by_card

NOBODY = frozenset({"none", "nobody", "no one", "unassigned"})
_ACCOUNT_ID = re.compile(r"(?=\D*\d)[A-Za-z0-9:_-]{16,128}", re.ASCII)
"""As they look: `5b10a2844c20165700ede21g`, `712020:` and a GUID. No name or address does."""

DEFAULT_ASSIGNEE = "-1"
"""Jira's name for the project's default assignee in `PUT /issue/{key}/assignee`."""


async def assign(turn: Turn, arguments: str) -> Reply:
    """Assign to me, to a name, or to somebody who was @mentioned."""
    at, words = await turn.issue_in(arguments)
    wanted = words.removeprefix("to ").strip()
    if not wanted:
        raise CommandError(f"Say to whom, like “assign {at.key} me” or “assign {at.key} Bob”.")
    return await to_words(turn, at, wanted)


async def unassign(turn: Turn, arguments: str) -> Reply:
    """Leave the issue to nobody."""
    at, _rest = await turn.issue_in(arguments)
    return await to_account(turn, at, None, "Nobody is assigned now.")


async def press(turn: Turn, at: IssueAt, data: Mapping[str, str]) -> Reply:
    """A button of the card: `me` or an accountId that the card named, or words that somebody filled in."""
    assignee = data.get("assignee", "").strip()
    if not assignee:
        raise CommandError("Say to whom to assign it.")
    if assignee != "me" and (given_by_card(data, "assignee") or _ACCOUNT_ID.fullmatch(assignee)):
        return await to_account(turn, at, assignee, "Assigned.")
    return await to_words(turn, at, assignee)


async def to_words(turn: Turn, at: IssueAt, wanted: str) -> Reply:
    """Assign to whom the words mean."""
    if wanted.casefold() in ("me", "myself"):
        return await to_account(turn, at, at.account.user.account_id, "Assigned to you.")
    if wanted.casefold() in NOBODY:
        return await to_account(turn, at, None, "Nobody is assigned now.")
    if wanted.casefold() == "automatic":
        return await to_account(turn, at, DEFAULT_ASSIGNEE, "Assigned to the project's default assignee.")
    mention = next((m for m in turn.request.mentions if m.placeholder in wanted), None)
    user = await _mentioned(turn, at, mention) if mention else None
    if user is None:
        user = await _by_words(at, mention.name if mention else wanted)
    return await to_account(turn, at, user.account_id, f"Assigned to {user.name}.")


async def to_account(turn: Turn, at: IssueAt, account_id: str | None, notice: str) -> Reply:
    """Assign to a Jira account, or to nobody."""
    await at.jira.assign(at.key, account_id)
    return await turn.issue_reply(at, notice=notice)


async def _mentioned(turn: Turn, at: IssueAt, mention: Mentioned) -> JiraUser | None:
    """The Jira account of a mentioned colleague who has linked one on this site."""
    oid = mention.oid or await turn.services.roster.oid(turn.request.conversation, mention.teams_id)
    if not oid:
        return None
    try:
        linked = await turn.services.grants.account(Person(turn.request.person.tenant, oid))
    except NotConnectedError:
        return None
    return linked.user if linked.site_by_id(at.jira.site.cloud_id) else None


async def _by_words(at: IssueAt, wanted: str) -> JiraUser:
    found = await at.jira.assignable(at.key, wanted[:200])
    exact = [u for u in found if wanted.casefold() in (u.name.casefold(), u.email.casefold())]
    fitting: Sequence[JiraUser] = exact or found
    if not fitting:
        raise CommandError(
            f"Nobody called “{wanted}” can be assigned to {at.key}."
            " Try the name or e-mail address that they have in Jira."
        )
    if len(fitting) > 1:
        raise ChooseError(
            f"Several people fit “{wanted}”. Whom do you mean?",
            [(u.name, f"assign {at.key} to {u.email or u.name}") for u in fitting[:6]],
        )
    return fitting[0]


COMMANDS = (
    Command(
        "assign",
        "assign PROJ-12 [to] me | <name> | @mention",
        "Assign an issue.",
        assign,
        ("assign PROJ-12 me", "assign PROJ-12 to Bob"),
        takes_issue=True,
    ),
    Command(
        "unassign",
        "unassign PROJ-12",
        "Leave an issue to nobody.",
        unassign,
        ("unassign PROJ-12",),
        takes_issue=True,
    ),
)
