"""Finds the Jira accounts of colleagues who were @mentioned."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

import structlog

from bot.accounts.model import NotConnectedError
from bot.chat.identity import Person
from bot.commands.context import Context
from bot.commands.issue_lookup import IssueHandle
from bot.commands.request import Mention
from bot.jira.errors import JiraError
from bot.jira.models import JiraUser

log = structlog.get_logger(__name__)

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
            log.info("colleague.not_looked_up", error=type(error).__name__)
            return None
        if len(users) == 1:
            return users[0]
    return None


async def possible_names(ctx: Context, mention: Mention) -> tuple[str, ...]:
    """Return what they may be called in Jira, the surest first."""
    email = await ctx.roster.email(ctx.request.conversation, mention.teams_id)
    return tuple(filter(None, (email, mention.name)))


def exact_matches(name: str, users: Sequence[JiraUser]) -> list[JiraUser]:
    """Return the users with just this name or address; Jira's search also finds parts of both."""
    return [user for user in users if name.casefold() in (user.name.casefold(), user.email.casefold())]


def to_names(ctx: Context, text: str, *, keep: Collection[str] = ()) -> str:
    """Replace the placeholders of mentions by names, except those in `keep`."""
    for mention in ctx.request.mentions:
        if mention.placeholder not in keep:
            text = text.replace(mention.placeholder, f"@{mention.name}")
    return text
