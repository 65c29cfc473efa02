"""Finds the Jira accounts of colleagues who were @mentioned."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence

import structlog

from bot.accounts.model import NotConnectedError
from bot.chat.identity import Person
from bot.commands.context import Context
from bot.commands.errors import SurplusWordsError
from bot.commands.issue_lookup import IssueHandle
from bot.commands.request import Mention
from bot.jira.errors import JiraError
from bot.jira.models import JiraUser

log = structlog.get_logger(__name__)

ACCOUNT_ID = re.compile(r"(?=\D*\d)[A-Za-z0-9:_-]{16,128}", re.ASCII)
"""As they look: `5b10a2844c20165700ede21g`, `712020:` and a GUID. No name or address does."""
MAX_MENTIONS = 10
"""Mentioned people of one text whose accounts are looked for; others stay plain names."""


async def find_person(ctx: Context, mention: Mention) -> Person | None:
    """Return the mentioned person; None if Teams does not tell their object id."""
    oid = mention.oid or await ctx.roster.oid(ctx.request.conversation, mention.teams_id)
    return Person(ctx.request.person.tenant, oid) if oid else None


async def linked_user(ctx: Context, issue: IssueHandle, mention: Mention) -> JiraUser | None:
    """Return the Jira account that they have linked themselves, if it has access to the issue's site."""
    person = await find_person(ctx, mention)
    if person is None:
        return None
    try:
        account = await ctx.accounts.grants.account(person)
    except NotConnectedError:
        return None
    return account.user if account.site_by_id(issue.jira.site.cloud_id) else None


async def find_accounts(ctx: Context, issue: IssueHandle, text: str) -> Mapping[str, JiraUser]:
    """Return, by placeholder, the Jira accounts of people mentioned in a text, where there is no doubt.

    That is the account that they linked, or else the only one with their e-mail address or name. Nobody is found
    whom Jira does not let the person look up.
    """
    in_text = [mention for mention in ctx.request.mentions if mention.placeholder in text][:MAX_MENTIONS]
    users = await asyncio.gather(*(_find_account(ctx, issue, mention) for mention in in_text))
    return {mention.placeholder: user for mention, user in zip(in_text, users, strict=True) if user is not None}


async def _find_account(ctx: Context, issue: IssueHandle, mention: Mention) -> JiraUser | None:
    user = await linked_user(ctx, issue, mention)
    if user is not None:
        return user
    for name in await possible_names(ctx, mention):
        try:
            users = exact_matches(name, await issue.jira.choices.people(name))
        except JiraError as error:
            log.info("colleague not looked up", error=type(error).__name__)
            return None
        if len(users) == 1:
            return users[0]
    return None


async def possible_names(ctx: Context, mention: Mention) -> tuple[str, ...]:
    """Return what they may be called in Jira, the surest first."""
    email = await ctx.roster.email(ctx.request.conversation, mention.teams_id)
    return tuple(filter(None, (email, mention.name)))


def only_mention(ctx: Context, text: str, command: str) -> Mention | None:
    """Return the person whose mention is all of the text; None if nobody is mentioned in it.

    Raises `SurplusWordsError` if there is anything else.
    """
    mention = next((each for each in ctx.request.mentions if each.placeholder in text), None)
    if mention is None:
        return None
    rest = text.replace(mention.placeholder, " ", 1).strip(" .,!")
    if rest:
        raise SurplusWordsError(command, to_names(ctx, rest))
    return mention


def is_called(name: str, user: JiraUser) -> bool:
    """Return whether the name is the user's, a part of it, or their e-mail address."""
    words, known = name.casefold().split(), user.name.casefold().split()
    return name.casefold() == user.email.casefold() or all(
        any(part.startswith(word) for part in known) for word in words
    )


def exact_matches(name: str, users: Sequence[JiraUser]) -> list[JiraUser]:
    """Return the users with just this name or address; Jira's search also finds parts of both."""
    return [user for user in users if name.casefold() in (user.name.casefold(), user.email.casefold())]


def title(user: JiraUser, among: Sequence[JiraUser]) -> str:
    """Return how a choice names a user; namesakes are told apart by address, or by the end of their ids."""
    if sum(other.name == user.name for other in among) < 2:
        return user.name
    return f"{user.name} ({user.email or user.account_id[-6:]})"


def to_names(ctx: Context, text: str, *, keep: Collection[str] = ()) -> str:
    """Replace the placeholders of mentions by names, except those in `keep`."""
    for mention in ctx.request.mentions:
        if mention.placeholder not in keep:
            text = text.replace(mention.placeholder, f"@{mention.name}")
    return text
