"""assign, unassign: people are found among those whom Jira lets be assigned."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.commands.context import IssueAt, Turn
from bot.commands.errors import ChooseError, ColleagueUnknownError, CommandError
from bot.commands.issue import mentions
from bot.commands.parser import Command
from bot.commands.request import Mentioned, Reply
from bot.commands.result import done
from bot.commands.text_input import spellings, unended, unquoted, without_to
from bot.jira.models import JiraUser
from bot.language import mark, tr
from bot.security.card_signing import given_by_card

NOBODY = frozenset({"none", "nobody", "no one", "unassigned"})
_ACCOUNT_ID = re.compile(r"(?=\D*\d)[A-Za-z0-9:_-]{16,128}", re.ASCII)
"""As they look: `5b10a2844c20165700ede21g`, `712020:` and a GUID. No name or address does."""

DEFAULT_ASSIGNEE = "-1"
"""Jira's name for the project's default assignee in `PUT /issue/{key}/assignee`."""


async def assign(turn: Turn, arguments: str) -> Reply:
    """Assign to me, to a name, or to somebody who was @mentioned."""
    at, words = await turn.issue_in(arguments)
    wanted = unquoted(without_to(words).strip().removeprefix("@"))
    if not wanted:
        raise CommandError(tr("Say to whom, like “assign {key} me” or “assign {key} Bob”.", key=at.key))
    return await to_words(turn, at, wanted)


async def unassign(turn: Turn, arguments: str) -> Reply:
    """Leave the issue to nobody."""
    at, _rest = await turn.issue_in(arguments)
    return await to_account(turn, at, None, tr("Nobody is assigned now."))


async def press(turn: Turn, at: IssueAt, data: Mapping[str, str]) -> Reply:
    """A button of the card: `me` or an accountId that the card named, or words that somebody filled in."""
    assignee = data.get("assignee", "").strip()
    if not assignee:
        raise CommandError(tr("Say to whom to assign it."))
    if assignee != "me" and given_by_card(data, "assignee"):
        return await to_account(turn, at, assignee, tr("Assigned."))
    return await to_words(turn, at, assignee)


async def to_words(turn: Turn, at: IssueAt, wanted: str) -> Reply:
    """Assign to whom the words mean."""
    word = unended(wanted).casefold()
    if word in ("me", "myself"):
        return await to_account(turn, at, at.account.user.account_id, tr("Assigned to you."))
    if word in NOBODY:
        return await to_account(turn, at, None, tr("Nobody is assigned now."))
    if word == "automatic":
        return await to_account(turn, at, DEFAULT_ASSIGNEE, tr("Assigned to the project's default assignee."))
    if _ACCOUNT_ID.fullmatch(wanted):
        return await to_account(turn, at, wanted, tr("Assigned."))
    mention = next((m for m in turn.request.mentions if m.placeholder in wanted), None)
    user = await (_by_words(at, wanted) if mention is None else _mentioned(turn, at, mention))
    return await to_account(turn, at, user.account_id, tr("Assigned to {name}.", name=user.name))


async def to_account(turn: Turn, at: IssueAt, account_id: str | None, notice: str) -> Reply:
    """Assign to a Jira account, or to nobody."""
    await at.jira.assign(at.key, account_id)
    return await done(turn, at, notice)


async def _mentioned(turn: Turn, at: IssueAt, mention: Mentioned) -> JiraUser:
    """The account that a colleague has linked on this site, else the one with their address or name."""
    user = await mentions.linked(turn, at, mention)
    if user is not None:
        return user
    for words in await mentions.names(turn, mention):
        found = await _fitting(at, words)
        if found:
            return _only(at, words, found)
    raise await _unknown(turn, at, mention)


async def _unknown(turn: Turn, at: IssueAt, mention: Mentioned) -> CommandError:
    told = _nobody(at, mention.name)
    who = await mentions.person(turn, mention)
    return ColleagueUnknownError(told, oid=who.oid, name=mention.name) if who else CommandError(told)


async def _by_words(at: IssueAt, wanted: str) -> JiraUser:
    found = await _fitting(at, wanted)
    if not found:
        raise CommandError(_nobody(at, wanted))
    return _only(at, wanted, found)


async def _fitting(at: IssueAt, wanted: str) -> Sequence[JiraUser]:
    for words in spellings(wanted[:200]):
        found = await at.jira.assignable(at.key, words)
        if found:
            return mentions.exact(words, found) or found
    return ()


def _only(at: IssueAt, wanted: str, fitting: Sequence[JiraUser]) -> JiraUser:
    if len(fitting) > 1:
        names = [u.name for u in fitting]
        # Namesakes can be told apart by their ids only.
        exact = [u.email or (u.name if names.count(u.name) == 1 else u.account_id) for u in fitting]
        raise ChooseError(
            tr("Several people fit “{wanted}”. Whom do you mean?", wanted=wanted),
            [(name, f"assign {at.key} to {words}") for name, words in zip(names[:6], exact, strict=False)],
        )
    return fitting[0]


def _nobody(at: IssueAt, wanted: str) -> str:
    return tr(
        "Nobody called “{wanted}” can be assigned to {key}."
        " Try the name or e-mail address that they have in Jira.",
        wanted=wanted,
        key=at.key,
    )


COMMANDS = (
    Command(
        "assign",
        "assign PROJ-12 [to] me | <name> | @mention",
        mark("Assign an issue."),
        assign,
        ("assign PROJ-12 me", "assign PROJ-12 to Bob"),
        takes_issue=True,
        takes_people=True,
    ),
    Command(
        "unassign",
        "unassign PROJ-12",
        mark("Leave an issue to nobody."),
        unassign,
        ("unassign PROJ-12",),
        takes_issue=True,
    ),
)
