"""assign, unassign: people are found among those whom Jira lets be assigned."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.commands.button import issue_button
from bot.commands.command import issue_command
from bot.commands.context import Context
from bot.commands.errors import ChooseError, ColleagueUnknownError, CommandError
from bot.commands.issue import mentions
from bot.commands.issue_lookup import IssueHandle
from bot.commands.namesakes import resembles
from bot.commands.request import Mention, Reply
from bot.commands.text_input import spellings, strip_punctuation, strip_quotes, strip_to
from bot.jira.models import JiraUser
from bot.language import mark, tr

MAX_CHOICES = 6
MAX_NAME = 200
"""Characters of a name that Jira is asked for."""
ME = frozenset({"me", "myself", "mich", "mir"})
NOBODY = frozenset({"none", "nobody", "no one", "unassigned"})
DEFAULT_ASSIGNEE = "-1"
"""Jira's name for the project's default assignee in `PUT /issue/{key}/assignee`."""
_FROM = re.compile(r"^(?:from|von)\s", re.IGNORECASE)


@issue_command(
    "assign PROJ-12 [to] me | <name> | @mention",
    mark("Assign an issue."),
    examples=("assign PROJ-12 me", "assign PROJ-12 to Bob"),
    takes_people=True,
    several=True,
)
async def assign(ctx: Context, issue: IssueHandle, text: str) -> Reply:
    """Assign to the person, to a name, or to somebody who was @mentioned."""
    assignee = strip_quotes(strip_to(text).strip().removeprefix("@"))
    if not assignee:
        raise CommandError(tr("Enter a person, like “assign {key} me” or “assign {key} Bob”.", key=issue.key))
    return await _assign_by_text(ctx, issue, assignee)


@issue_command(
    "unassign PROJ-12 [from <name>]",
    mark("Remove the assignee."),
    examples=("unassign PROJ-12",),
    takes_people=True,
    several=True,
)
async def unassign(ctx: Context, issue: IssueHandle, text: str) -> Reply:
    """Remove the assignee; a name that was typed must be theirs."""
    name = _FROM.sub("", mentions.to_names(ctx, text)).strip().removeprefix("@")
    problem = await _find_mismatch(issue, strip_quotes(name)) if name else ""
    if problem and await ctx.cards.hides_content(issue):
        return await ctx.cards.show(issue)
    if problem:
        raise CommandError(problem)
    return await _assign(ctx, issue, None, tr("Unassigned."))


async def _find_mismatch(issue: IssueHandle, name: str) -> str:
    """Return why the issue cannot be taken from somebody of this name; empty if it is assigned to them."""
    assignee = (await issue.jira.issue(issue.key)).assignee
    if assignee is None:
        return tr("{key} isn't assigned to anyone.", key=issue.key)
    is_me = name.casefold() in ME and assignee.account_id == issue.account.user.account_id
    if is_me or mentions.is_called(name, assignee):
        return ""
    return tr("{key} is assigned to {name}, not to “{wanted}”.", key=issue.key, name=assignee.name, wanted=name)


@issue_button("issue.unassign")
async def press_unassign(ctx: Context, issue: IssueHandle) -> Reply:
    """Leave the issue to nobody."""
    return await _assign(ctx, issue, None, tr("Unassigned."))


@issue_button("issue.assign")
async def press_assign(ctx: Context, issue: IssueHandle) -> Reply:
    """Assign to `me` or an accountId that the card named, or to what was written on the card."""
    chosen = ctx.signed.get("assignee", "")
    if chosen and chosen != "me":
        return await _assign(ctx, issue, chosen, tr("Assigned."))
    assignee = chosen or ctx.inputs.get("assignee", "").strip()
    if not assignee:
        raise CommandError(tr("Enter who to assign it to."))
    return await _assign_by_text(ctx, issue, assignee)


async def _assign_by_text(ctx: Context, issue: IssueHandle, text: str) -> Reply:
    word = strip_punctuation(text).casefold()
    if word in ME:
        return await _assign(ctx, issue, issue.account.user.account_id, tr("Assigned to you."))
    if word in NOBODY:
        return await _assign(ctx, issue, None, tr("Unassigned."))
    if word == "automatic":
        return await _assign(ctx, issue, DEFAULT_ASSIGNEE, tr("Assigned to the project's default assignee."))
    if mentions.ACCOUNT_ID.fullmatch(text):
        return await _assign(ctx, issue, text, tr("Assigned."))
    mention = mentions.only_mention(ctx, text, "assign")
    user = await (_find_by_name(issue, text) if mention is None else _find_mentioned(ctx, issue, mention))
    return await _assign(ctx, issue, user.account_id, tr("Assigned to {name}.", name=user.name))


async def _assign(ctx: Context, issue: IssueHandle, account_id: str | None, notice: str) -> Reply:
    await issue.jira.assign(issue.key, account_id)
    return await ctx.cards.after_write(issue, notice)


async def _find_mentioned(ctx: Context, issue: IssueHandle, mention: Mention) -> JiraUser:
    """Return the account that a colleague has linked on this site, or else the one with their address or name."""
    user = await mentions.linked_user(ctx, issue, mention)
    if user is not None:
        return user
    for name in await mentions.possible_names(ctx, mention):
        users = await _search(issue, name)
        if users:
            return _single(issue, name, users)
    message = _not_assignable(issue, mention.name)
    person = await mentions.find_person(ctx, mention)
    if person is None:
        raise CommandError(message)
    raise ColleagueUnknownError(message, oid=person.oid, name=mention.name)


async def _find_by_name(issue: IssueHandle, name: str) -> JiraUser:
    users = await _search(issue, name)
    if not users:
        raise CommandError(_not_assignable(issue, name))
    return _single(issue, name, users)


async def _search(issue: IssueHandle, name: str) -> Sequence[JiraUser]:
    for spelling in spellings(name[:MAX_NAME]):
        users = await issue.jira.assignable(issue.key, spelling)
        if users:
            return mentions.exact_matches(spelling, users) or users
    return ()


def _single(issue: IssueHandle, name: str, users: Sequence[JiraUser]) -> JiraUser:
    """Return the only user. Raises `ChooseError` if there are several, or their name has nothing of `name`."""
    if len(users) == 1 and resembles(name, users[0].name, users[0].email):
        return users[0]
    if len(users) == 1:
        raise ChooseError(
            tr("Jira found {name} for “{text}”. Is this who you mean?", name=users[0].name, text=name),
            [(users[0].name, f"assign {issue.key} to {users[0].account_id}")],
        )
    names = [user.name for user in users]
    titles = [mentions.title(user, users) for user in users]
    # Only their ids tell people of one name apart.
    unique = [user.email or (user.name if names.count(user.name) == 1 else user.account_id) for user in users]
    raise ChooseError(
        tr("Several people match “{wanted}”. Who do you mean?", wanted=name),
        [(title, f"assign {issue.key} to {text}") for title, text in zip(titles, unique, strict=True)][
            :MAX_CHOICES
        ],
    )


def _not_assignable(issue: IssueHandle, name: str) -> str:
    return tr(
        "No one called “{wanted}” can be assigned to {key}. Try their name or email address in Jira.",
        wanted=name,
        key=issue.key,
    )
