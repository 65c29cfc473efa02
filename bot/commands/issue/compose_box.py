"""Issues for the compose box: found by words, or by a pasted link. Read as the person, shown to them alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.accounts.model import NotConnectedError
from bot.chat.messages import Card
from bot.commands.context import Context
from bot.commands.errors import USER_ERRORS, ForeignSiteError, explain
from bot.commands.request import Request
from bot.commands.services import Services
from bot.commands.text_input import Target, parse_target
from bot.commands.typed_text import read_typed, tidy
from bot.jira import jql
from bot.jira.client import JiraClient
from bot.jira.disclosure import hides_content
from bot.jira.errors import IssueNotFoundError, JiraRejectedError
from bot.jira.models import Issue, Site
from bot.language import tr
from bot.language.time_zones import zone
from cards.issue import issue_card
from cards.text import clean

MAX_RESULTS = 25
"""Issues of one page, as many as Teams asks for."""
MAX_SKIP = 100
"""Results that are looked through; who needs more has to say more."""
MAX_LINE = 100


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


async def suggest(request: Request, services: Services, skip: int = 0) -> Suggestions:
    """Find issues for what was typed into the box; recent ones if nothing was. `skip` of them were shown."""
    ctx = Context.of(request, services)
    typed = read_typed(request.text)
    words, target = typed.written, parse_target(typed.understood)
    try:
        query = jql.build_text_search(words) if words else jql.RECENT
    except ValueError:
        return Suggestions(sentence=tr("Type a few words or an issue key."))
    try:
        jira = (await ctx.issues.find(target)).jira if target else await ctx.session.client()
        issues = await _search(jira, target, query, skip)
        if not issues and not skip:
            return Suggestions(sentence=_nothing_found(words))
        time_zone = (await ctx.session.account()).user.time_zone
        return Suggestions(tuple(_suggestion(ctx, issue, jira.site, time_zone) for issue in issues))
    except NotConnectedError:
        return await _connect_first(request, services)
    except USER_ERRORS as error:
        return Suggestions(sentence=explain(error))


async def unfurl(request: Request, services: Services) -> Suggestions:
    """Read the issue of a pasted link, if the person has linked its site. The URL itself is never fetched."""
    ctx = Context.of(request, services)
    target = parse_target(tidy(request.text))
    if target is None:
        return Suggestions()
    try:
        if not (await services.notifications.personal.get(request.person)).previews:
            return Suggestions()
        named = await ctx.issues.find(target)
        issue = await named.jira.issue(named.key)
        return Suggestions((_suggestion(ctx, issue, named.jira.site, named.account.user.time_zone),))
    except NotConnectedError:
        return await _connect_first(request, services)
    except ForeignSiteError:
        return Suggestions()
    except USER_ERRORS as error:
        return Suggestions(sentence=explain(error))


async def _connect_first(request: Request, services: Services) -> Suggestions:
    url = await services.accounts.tickets.connect_url(request.person, None, in_teams_window=True)
    return Suggestions(connect_url=url)


def _nothing_found(words: str) -> str:
    if not words:
        return tr("Type a few words, an issue key, or paste a link.")
    return tr("No issues found. Try other words, an issue key, or a link.")


async def _search(jira: JiraClient, target: Target | None, query: str, skip: int) -> Sequence[Issue]:
    """Find a named issue, or else a page of issues by the query: words like “utf-8” look like a key, too."""
    if skip >= MAX_SKIP:
        return ()
    if target:
        try:
            named = await jira.queries.search(f"key = {jql.quote(target.key)}", limit=MAX_RESULTS)
            return named.issues[skip:]
        except JiraRejectedError:
            if target.origin:
                raise IssueNotFoundError(target.key) from None
    # Jira's pages go on by tokens, which Teams does not carry: what was shown is read again, and left out.
    return (await jira.queries.search(query, limit=skip + MAX_RESULTS)).issues[skip:]


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
    if hides_content(secured=issue.secured, shared=True, including_restricted=False):
        return Suggestion(issue.key, tr("restricted"), card)
    line = " · ".join(filter(None, (issue.status.name, issue.assignee.name if issue.assignee else "")))
    return Suggestion(clean(f"{issue.key} {issue.summary}", MAX_LINE), clean(line, MAX_LINE), card)
