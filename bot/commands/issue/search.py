"""search, jql, filter, several keys: lists of issues, page by page."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.commands.button import button
from bot.commands.command import Takes, command
from bot.commands.context import Context
from bot.commands.errors import (
    ChooseError,
    CommandError,
    NoIssueNamedError,
    SurplusWordsError,
    error_reply,
    explain,
)
from bot.commands.issue_lookup import require_visible
from bot.commands.namesakes import Named, references, titles
from bot.commands.request import Reply
from bot.commands.text_input import CONNECTIVES, parse_target, strip_quotes
from bot.jira import jql
from bot.jira.client import JiraClient
from bot.jira.errors import JiraError, JiraRejectedError
from bot.jira.models import IssuePage, SavedFilter
from bot.language import mark, tr, trn
from bot.notifications.subscriptions.parser import MAX_JQL_LENGTH
from cards.base import ActionSigner, Card
from cards.lists import MAX_QUERY, PAGE_VERB, QUERY_FIELD, SEARCH_VERB, PagePosition, list_card, query_card

PAGE_SIZE = 10
MAX_ISSUES = 50
"""Issues that can be listed by their keys."""
MAX_TITLE_WORDS = 80
MAX_FILTER_NAME = 60

log = structlog.get_logger(__name__)

_TITLES: Mapping[str, str] = {
    "mine": mark("Your open issues"),
    "reported": mark("Reported by you"),
    "watched": mark("Watched by you"),
    "recent": mark("Recently viewed"),
    "search": mark("Search: {words}"),
    "issues": mark("These issues"),
    "jql": mark("Query results"),
}


@dataclass(frozen=True, slots=True)
class Title:
    """The title of a list, which each reader gets in their own language.

    `kind` is one of `_TITLES`; without one, the title is `words` alone.
    """

    words: str = ""
    kind: str = ""

    def translate(self) -> str:
        """Return the title in the reader's language."""
        if self.kind in _TITLES:
            return tr(_TITLES[self.kind], words=self.words)
        return self.words or tr("Issues")


@command(
    "search <words>",
    mark("Search issues by text."),
    examples=("search login page",),
    aliases=("find",),
    takes=Takes.TEXT,
    read_only=True,
)
async def search(ctx: Context, arguments: str) -> Reply:
    """List the issues whose text has all the words."""
    try:
        query = jql.build_text_search(arguments)
    except ValueError:
        raise CommandError(tr("Enter search words, like “search login page”.")) from None
    return await show_page(ctx, Title(arguments[:MAX_TITLE_WORDS], "search"), query)


@command(
    "jql <query>",
    mark("Search by JQL."),
    examples=("jql project = PROJ AND due < 7d",),
    takes=Takes.TEXT,
    read_only=True,
)
async def search_jql(ctx: Context, arguments: str) -> Reply:
    """List the issues of a query."""
    if not arguments:
        raise CommandError(tr('Add a query, like “jql project = PROJ AND status = "In Progress"”.'))
    return await show_page(ctx, Title(kind="jql"), jql.clean_query(arguments))


@command(
    "filter [name]",
    mark("Show a saved filter."),
    examples=("filter", "filter My bugs"),
    aliases=("filters",),
    read_only=True,
)
async def saved_filter(ctx: Context, arguments: str) -> Reply:
    """List the issues of a saved filter, found by its name or a part of it; without a name ask which."""
    filters = await (await ctx.session.client()).queries.filters()
    if not filters:
        raise CommandError(tr("You have no saved or favorite filters in Jira."))
    name = strip_quotes(arguments).casefold()
    exact = [each for each in filters if each.name.casefold() == name]
    exact = exact or [each for each in filters if each.id == name]
    matches = exact or [each for each in filters if name and name in each.name.casefold()]
    if len(matches) == 1:
        return await show_page(ctx, Title(matches[0].name), matches[0].jql)
    if name and not matches:
        question = tr("“{name}” is not one of your filters.", name=arguments[:MAX_FILTER_NAME])
    else:
        question = tr("Which filter?")
    raise ChooseError(question, _filter_choices(matches or filters, filters))


def _filter_choices(offered: Sequence[SavedFilter], filters: Sequence[SavedFilter]) -> list[tuple[str, str]]:
    """Return titles and texts of buttons. Filters of one name are told apart by their owners, or by their ids."""
    named = [Named(each.id, each.name, each.owner) for each in filters]
    rows = zip(named, titles(named), references(named), strict=True)
    shown = {each.id: (title, f"filter {text}") for each, title, text in rows}
    return [shown[each.id] for each in offered]


@command(
    "PROJ-1 PROJ-2 …", mark("List several issues."), name="issues", examples=("PROJ-1 PROJ-2",), read_only=True
)
async def several(ctx: Context, arguments: str) -> Reply:
    """List the named issues. Bare keys are on the site of a link among them, or else on the default site."""
    words = [word for word in arguments.split() if word.casefold() not in CONNECTIVES]
    targets = [target for target in map(parse_target, words[:MAX_ISSUES]) if target]
    if not targets:
        raise NoIssueNamedError(arguments)
    if len(targets) < len(words):
        surplus = next((word for word in words[:MAX_ISSUES] if not parse_target(word)), words[-1])
        raise SurplusWordsError("issues", surplus)
    targets.sort(key=lambda target: not target.origin)
    first = await ctx.issues.find(targets[0])
    keys = dict.fromkeys([await ctx.issues.key_on_same_site(first, target) for target in targets])
    query = f"key in ({', '.join(map(jql.quote, keys))})"
    reply = await show_page(ctx, Title(kind="issues"), query, cloud_id=first.jira.site.cloud_id)
    if reply.problem:
        await require_visible(first.jira, *keys)
    return reply


async def show_page(
    ctx: Context, title: Title, query: str, place: PagePosition | None = None, *, cloud_id: str = ""
) -> Reply:
    """Show one page of a list, on the site with this cloud id or else on the default site.

    A query that Jira rejects is shown with Jira's explanation, to be changed.
    """
    jira = await ctx.session.client(cloud_id)
    try:
        page = await jira.queries.search(query, limit=PAGE_SIZE, page_token=place.token if place else "")
    except JiraRejectedError as error:
        return _show_rejected(ctx, title, query, jira, error)
    place = await _with_total(jira, query, place or PagePosition(), page)
    text = title.translate()
    card = list_card(
        text,
        page.issues,
        site=jira.site,
        sign=_signer(ctx, title),
        jql=query,
        next_token=page.next_token,
        position=place,
        shared=not ctx.request.seen_alone,
        show_site=len((await ctx.session.account()).sites) > 1,
        subscribe_to="" if ctx.request.conversation.is_personal else _condition(query),
    )
    summary = trn("{title}: {count} issue", "{title}: {count} issues", len(page.issues), title=text)
    return _reply(ctx, card, summary)


async def _with_total(jira: JiraClient, query: str, place: PagePosition, page: IssuePage) -> PagePosition:
    """Return the position with the number of issues on all pages, asked for once a list."""
    if place.total or place.trail or not page.next_token:
        return place
    try:
        return replace(place, total=await jira.queries.count(query))
    except JiraError as error:
        log.info("list not counted", error=type(error).__name__)
        return place


def _show_rejected(ctx: Context, title: Title, query: str, jira: JiraClient, error: JiraRejectedError) -> Reply:
    problem = explain(error)
    blamed = jql.locate_error(query, error.messages)
    card = query_card(query, problem, site=jira.site, sign=_signer(ctx, title), blamed=blamed)
    return replace(_reply(ctx, card, problem), repeatable=True, problem=problem)


def _signer(ctx: Context, title: Title) -> ActionSigner:
    """Return what signs the buttons of a list."""

    def sign(verb: str, *, issue: str = "", site: str = "", **data: str) -> dict[str, str]:
        if "title" in data:
            # Whoever presses reads the title in their own language.
            data |= {"title": title.words.encode("utf-8", "ignore").decode(), "list": title.kind}
        # A conversation can be subscribed only from within; other buttons may be pressed wherever they are seen.
        own = ctx.request.press is not None and ctx.request.seen_alone and verb != "subscription.make"
        return (ctx.own_sign if own else ctx.sign)(verb, issue=issue, site=site, **data)

    return sign


def _reply(ctx: Context, card: Card, summary: str) -> Reply:
    """Reply with a card. In a personal chat a press changes the message, elsewhere only the presser's view."""
    in_place = ctx.request.press is not None and ctx.request.conversation.is_personal
    return Reply(card=card, shared=card if in_place else None, summary=summary)


def _condition(query: str) -> str:
    """Return the query as a subscription may have it: without its order; empty if it is too long."""
    condition, _order = jql.split_order(query)
    return condition if len(condition) <= MAX_JQL_LENGTH else ""


@button(PAGE_VERB, read_only=True)
async def press_page(ctx: Context) -> Reply:
    """Show the next or the previous page."""
    data = ctx.signed
    title, place = Title(data.get("title", ""), data.get("list", "")), PagePosition.from_data(data)
    page = show_page(ctx, title, data.get("jql", ""), place, cloud_id=data.get("site", ""))
    return await _or_explain(page)


@button(SEARCH_VERB, read_only=True)
async def press_query(ctx: Context) -> Reply:
    """Show the issues of the query that was changed on the card."""
    query = jql.clean_query(ctx.inputs.get(QUERY_FIELD, ""))
    return await _or_explain(_search(ctx, query, ctx.signed.get("site", "")))


async def _search(ctx: Context, query: str, cloud_id: str) -> Reply:
    if not query:
        raise CommandError(tr("Enter a JQL query."))
    if len(query) > MAX_QUERY:
        raise CommandError(tr("The query is too long. The limit is {count} characters.", count=MAX_QUERY))
    return await show_page(ctx, Title(kind="jql"), query, cloud_id=cloud_id)


async def _or_explain(reply: Awaitable[Reply]) -> Reply:
    """Await a reply; after an error reply with a sentence alone, which leaves the list as it is."""
    try:
        return await reply
    except (CommandError, JiraError) as error:
        log.info("list not shown", error=type(error).__name__)
        return error_reply(error)
