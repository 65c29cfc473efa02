"""Colleagues who were @mentioned, as Jira accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

import structlog

from bot.accounts.model import NotConnectedError
from bot.chat.identity import Person
from bot.commands.context import Context
from bot.commands.issue_lookup import IssueRef
from bot.commands.request import Mentioned
from bot.jira.errors import JiraError
from bot.jira.models import JiraUser

log = structlog.get_logger(__name__)

MOST = 10
"""Mentioned people who are looked for in one text; those beyond stay plain names."""


async def person(ctx: Context, mention: Mentioned) -> Person | None:
    """Who they are in Teams; None for somebody whose object id Teams does not tell."""
    oid = mention.oid or await ctx.roster.oid(ctx.request.conversation, mention.teams_id)
    return Person(ctx.request.person.tenant, oid) if oid else None


async def linked(ctx: Context, issue: IssueRef, mention: Mentioned) -> JiraUser | None:
    """The Jira account that they have linked themselves, on this site."""
    who = await person(ctx, mention)
    if who is None:
        return None
    try:
        account = await ctx.accounts.grants.account(who)
    except NotConnectedError:
        return None
    return account.user if account.site_by_id(issue.jira.site.cloud_id) else None


async def mentioned(ctx: Context, issue: IssueRef, text: str) -> Mapping[str, JiraUser]:
    """By placeholder, those mentions in `text` whose Jira account is known beyond doubt: the one that they linked,
    else the only one with their e-mail address or name. Nobody is known whom Jira does not let us look up."""
    here = [m for m in ctx.request.mentions if m.placeholder in text][:MOST]
    found = await asyncio.gather(*(_account(ctx, issue, mention) for mention in here))
    return {mention.placeholder: user for mention, user in zip(here, found, strict=True) if user is not None}


async def _account(ctx: Context, issue: IssueRef, mention: Mentioned) -> JiraUser | None:
    user = await linked(ctx, issue, mention)
    if user is not None:
        return user
    for words in await names(ctx, mention):
        try:
            fitting = exact(words, await issue.jira.choices.people(words))
        except JiraError as error:
            log.info("colleague.not_looked_up", error=type(error).__name__)
            return None
        if len(fitting) == 1:
            return fitting[0]
    return None


async def names(ctx: Context, mention: Mentioned) -> tuple[str, ...]:
    """What they may be called in Jira, the surest first."""
    address = await ctx.roster.email(ctx.request.conversation, mention.teams_id)
    return tuple(words for words in (address, mention.name) if words)


def exact(words: str, users: Sequence[JiraUser]) -> list[JiraUser]:
    """Those of `users` who bear just this name or address; Jira's search also finds parts of both."""
    return [u for u in users if words.casefold() in (u.name.casefold(), u.email.casefold())]


def plain(ctx: Context, text: str, *, but: Collection[str] = ()) -> str:
    """`text` with each mention as a name; the placeholders in `but` stay."""
    for mention in ctx.request.mentions:
        if mention.placeholder not in but:
            text = text.replace(mention.placeholder, f"@{mention.name}")
    return text
