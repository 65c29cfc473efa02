"""Issues for the compose box: found by words, or by a link that was pasted. Read as the person, shown to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.accounts.model import NotConnectedError
from bot.chat.messages import Card
from bot.commands.context import Context
from bot.commands.errors import TELLABLE, ForeignSiteError, sentence
from bot.commands.request import Request
from bot.commands.services import Services
from bot.commands.text_input import Target, as_target, tidy
from bot.jira import jql
from bot.jira.client import JiraClient
from bot.jira.errors import JiraRejectedError
from bot.jira.models import Issue, IssuePage, Site
from bot.language import tr
from bot.language.time_zones import zone
from cards.issue import issue_card
from cards.text import clean

ROWS = 10


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One issue to insert: a card, and the two plain lines that it has in the list."""

    title: str
    text: str
    card: Card


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What the compose box shows: issues, or a link to connect first, or a sentence."""

    items: tuple[Suggestion, ...] = ()
    connect_url: str = ""
    sentence: str = ""


async def suggest(request: Request, services: Services) -> Suggestions:
    """Issues that fit what was typed into the box; recent ones if nothing was."""
    ctx = Context.of(request, services)
    words = tidy(request.text)
    target = as_target(words)
    try:
        query = jql.build_text_search(words) if words else jql.RECENT
    except ValueError:
        return Suggestions(sentence=tr("Type some words or an issue key."))
    try:
        client = (await ctx.issues.find(target)).jira if target else await ctx.session.client()
        found = await _found(client, target, query)
        account = await ctx.session.account()
        return Suggestions(tuple(_suggestion(ctx, i, client.site, account.user.time_zone) for i in found.issues))
    except NotConnectedError:
        return Suggestions(connect_url=await services.accounts.tickets.connect_url(request.person, None))
    except TELLABLE as error:
        return Suggestions(sentence=sentence(error))


async def unfurl(request: Request, services: Services) -> Suggestions:
    """The issue that a pasted link names, if its site is one that this person has linked; never the URL itself."""
    ctx = Context.of(request, services)
    target = as_target(tidy(request.text))
    if target is None:
        return Suggestions()
    try:
        named = await ctx.issues.find(target)
        issue = await named.jira.issue(named.key)
        return Suggestions((_suggestion(ctx, issue, named.jira.site, named.account.user.time_zone),))
    except NotConnectedError:
        return Suggestions(connect_url=await services.accounts.tickets.connect_url(request.person, None))
    except ForeignSiteError:
        return Suggestions()
    except TELLABLE as error:
        return Suggestions(sentence=sentence(error))


async def _found(client: JiraClient, target: Target | None, query: str) -> IssuePage:
    if target:
        try:
            return await client.queries.search(f"key = {jql.quote(target.key)}", limit=ROWS)
        except JiraRejectedError:  # there is none: words like “utf-8” look like a key, too
            if target.origin:
                raise
    return await client.queries.search(query, limit=ROWS)


def _suggestion(ctx: Context, issue: Issue, site: Site, time_zone: str) -> Suggestion:
    card = issue_card(
        issue,
        site=site,
        transitions=(),
        sign=ctx.sign,
        zone=zone(time_zone),
        now=datetime.now(UTC),
        shared=True,
    )
    line = " · ".join(part for part in (issue.status.name, issue.assignee.name if issue.assignee else "") if part)
    return Suggestion(clean(f"{issue.key} {issue.summary}", 100), clean(line, 100), card)
