"""assign, unassign: people are found among those whom Jira lets be assigned."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.commands.context import Context
from bot.commands.errors import ChooseError, ColleagueUnknownError, CommandError
from bot.commands.issue import mentions
from bot.commands.issue_lookup import IssueRef
from bot.commands.parser import Command
from bot.commands.request import Mentioned, Reply
from bot.commands.text_input import spellings, unended, unquoted, without_to
from bot.jira.models import JiraUser
from bot.language import mark, tr
from bot.security.card_signing import given_by_card

NOBODY = frozenset({"none", "nobody", "no one", "unassigned"})
_ACCOUNT_ID = re.compile(r"(?=\D*\d)[A-Za-z0-9:_-]{16,128}", re.ASCII)
"""As they look: `5b10a2844c20165700ede21g`, `712020:` and a GUID. No name or address does."""

DEFAULT_ASSIGNEE = "-1"
"""Jira's name for the project's default assignee in `PUT /issue/{key}/assignee`."""


async def assign(ctx: Context, arguments: str) -> Reply:
    """Assign to me, to a name, or to somebody who was @mentioned."""
    issue, words = await ctx.issues.parse(arguments)
    wanted = unquoted(without_to(words).strip().removeprefix("@"))
    if not wanted:
        raise CommandError(tr("Say to whom, like “assign {key} me” or “assign {key} Bob”.", key=issue.key))
    return await to_words(ctx, issue, wanted)


async def unassign(ctx: Context, arguments: str) -> Reply:
    """Leave the issue to nobody."""
    issue, _rest = await ctx.issues.parse(arguments)
    return await to_account(ctx, issue, None, tr("Nobody is assigned now."))


async def press(ctx: Context, issue: IssueRef, data: Mapping[str, str]) -> Reply:
    """A button of the card: `me` or an accountId that the card named, or words that somebody filled in."""
    assignee = data.get("assignee", "").strip()
    if not assignee:
        raise CommandError(tr("Say to whom to assign it."))
    if assignee != "me" and given_by_card(data, "assignee"):
        return await to_account(ctx, issue, assignee, tr("Assigned."))
    return await to_words(ctx, issue, assignee)


async def to_words(ctx: Context, issue: IssueRef, wanted: str) -> Reply:
    """Assign to whom the words mean."""
    word = unended(wanted).casefold()
    if word in ("me", "myself"):
        return await to_account(ctx, issue, issue.account.user.account_id, tr("Assigned to you."))
    if word in NOBODY:
        return await to_account(ctx, issue, None, tr("Nobody is assigned now."))
    if word == "automatic":
        return await to_account(ctx, issue, DEFAULT_ASSIGNEE, tr("Assigned to the project's default assignee."))
    if _ACCOUNT_ID.fullmatch(wanted):
        return await to_account(ctx, issue, wanted, tr("Assigned."))
    mention = next((m for m in ctx.request.mentions if m.placeholder in wanted), None)
    user = await (_by_words(issue, wanted) if mention is None else _mentioned(ctx, issue, mention))
    return await to_account(ctx, issue, user.account_id, tr("Assigned to {name}.", name=user.name))


async def to_account(ctx: Context, issue: IssueRef, account_id: str | None, notice: str) -> Reply:
    """Assign to a Jira account, or to nobody."""
    await issue.jira.assign(issue.key, account_id)
    return await ctx.cards.after_write(issue, notice)


async def _mentioned(ctx: Context, issue: IssueRef, mention: Mentioned) -> JiraUser:
    """The account that a colleague has linked on this site, else the one with their address or name."""
    user = await mentions.linked(ctx, issue, mention)
    if user is not None:
        return user
    for words in await mentions.names(ctx, mention):
        found = await _fitting(issue, words)
        if found:
            return _only(issue, words, found)
    raise await _unknown(ctx, issue, mention)


async def _unknown(ctx: Context, issue: IssueRef, mention: Mentioned) -> CommandError:
    told = _nobody(issue, mention.name)
    who = await mentions.person(ctx, mention)
    return ColleagueUnknownError(told, oid=who.oid, name=mention.name) if who else CommandError(told)


async def _by_words(issue: IssueRef, wanted: str) -> JiraUser:
    found = await _fitting(issue, wanted)
    if not found:
        raise CommandError(_nobody(issue, wanted))
    return _only(issue, wanted, found)


async def _fitting(issue: IssueRef, wanted: str) -> Sequence[JiraUser]:
    for words in spellings(wanted[:200]):
        found = await issue.jira.assignable(issue.key, words)
        if found:
            return mentions.exact(words, found) or found
    return ()


def _only(issue: IssueRef, wanted: str, fitting: Sequence[JiraUser]) -> JiraUser:
    if len(fitting) > 1:
        names = [u.name for u in fitting]
        # Namesakes can be told apart by their ids only.
        exact = [u.email or (u.name if names.count(u.name) == 1 else u.account_id) for u in fitting]
        raise ChooseError(
            tr("Several people fit “{wanted}”. Whom do you mean?", wanted=wanted),
            [(name, f"assign {issue.key} to {words}") for name, words in zip(names[:6], exact, strict=False)],
        )
    return fitting[0]


def _nobody(issue: IssueRef, wanted: str) -> str:
    return tr(
        "Nobody called “{wanted}” can be assigned to {key}."
        " Try the name or e-mail address that they have in Jira.",
        wanted=wanted,
        key=issue.key,
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
