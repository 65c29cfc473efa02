"""mine, reported, watched, recent, search, jql, filter, several keys: lists of issues, page by page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog

from bot.commands.context import Context
from bot.commands.errors import ChooseError, CommandError, NoIssueNamedError, sentence
from bot.commands.issue.basic import keys_condition
from bot.commands.parser import Command
from bot.commands.request import Reply
from bot.commands.text_input import as_target, straight, unquoted
from bot.jira import jql
from bot.jira.errors import JiraError, JiraRejectedError
from bot.language import mark, tr, trn
from bot.notifications.subscriptions.parser import MAX_JQL_LENGTH
from cards.base import Card
from cards.lists import FIELD, LONGEST_QUERY, SEARCH, VERB, Place, list_card, query_card
from cards.text import escape

ROWS = 10

log = structlog.get_logger(__name__)


_TITLES = {
    "mine": mark("Your open issues"),
    "reported": mark("Reported by you"),
    "watched": mark("Watched by you"),
    "recent": mark("Recently viewed"),
    "search": mark("Search: {words}"),
    "issues": mark("These issues"),
}


@dataclass(frozen=True, slots=True)
class Title:
    """What stands above a list, for people of several languages to page through. `kind` is one of `_TITLES`;
    any other title is `words` alone."""

    words: str = ""
    kind: str = ""

    def said(self) -> str:
        """In the language of who reads it."""
        if self.kind in _TITLES:
            return tr(_TITLES[self.kind], words=self.words)
        return self.words or tr("Issues")


def listing(kind: str, query: str) -> Callable[[Context, str], Awaitable[Reply]]:
    """A command that lists what a fixed query finds."""

    async def run(ctx: Context, _arguments: str) -> Reply:
        return await page(ctx, Title(kind=kind), query)

    return run


async def search(ctx: Context, arguments: str) -> Reply:
    """Issues whose text has all the words."""
    try:
        query = jql.build_text_search(arguments)
    except ValueError:
        raise CommandError(tr("Say what to search for, like “search login page”.")) from None
    return await page(ctx, Title(arguments[:80], "search"), query)


async def by_jql(ctx: Context, arguments: str) -> Reply:
    """Issues that a person's own JQL finds, as that person."""
    if not arguments:
        raise CommandError(tr('Give a query, like “jql project = PROJ AND status = "In Progress"”.'))
    return await page(ctx, Title("JQL"), straight(arguments))


async def saved(ctx: Context, arguments: str) -> Reply:
    """A saved filter by its name, forgiving; without one, the person's filters to choose from."""
    filters = await (await ctx.session.client()).queries.filters()
    if not filters:
        raise CommandError(tr("You have no saved filters in Jira, and none among your favourites."))
    wanted = unquoted(arguments).casefold()
    exact = [f for f in filters if f.name.casefold() == wanted] or [f for f in filters if f.id == wanted]
    fitting = exact or [f for f in filters if wanted and wanted in f.name.casefold()]
    if len(fitting) != 1:
        unknown = wanted and not fitting
        said = tr("“{name}” is not one of your filters.", name=arguments[:60]) if unknown else tr("Which filter?")
        names = [f.name.casefold() for f in filters]
        # Two people's filters may have one name.
        typed = [f.name if names.count(f.name.casefold()) == 1 else f.id for f in fitting or filters]
        raise ChooseError(said, [(f.name, f"filter {t}") for f, t in zip(fitting or filters, typed, strict=True)])
    return await page(ctx, Title(fitting[0].name), fitting[0].jql)


async def several(ctx: Context, arguments: str) -> Reply:
    """Issues that were named one after the other; bare keys are of the site that links beside them lead to."""
    targets = sorted((t for t in map(as_target, arguments.split()[:50]) if t), key=lambda t: not t.origin)
    if not targets:
        raise NoIssueNamedError(arguments)
    first = await ctx.issues.find(targets[0])
    keys = [await ctx.issues.key_on_same_site(first, target) for target in targets]
    return await page(ctx, Title(kind="issues"), keys_condition(keys), site=first.jira.site.cloud_id)


async def page(ctx: Context, title: Title, query: str, place: Place | None = None, *, site: str = "") -> Reply:
    """One page of a list on the site with this cloud id, else the default one. A query that Jira does not take
    comes back with Jira's own explanation, to be mended."""
    client = (await ctx.issues.on_site("", site)).jira

    def sign(verb: str, *, issue: str = "", site: str = "", **data: str) -> dict[str, str]:
        if "title" in data:
            # Whoever presses reads the title in their own language.
            data |= {"title": title.words.encode("utf-8", "ignore").decode(), "list": title.kind}
        # A conversation is subscribed from within alone; all else may be pressed wherever its reader sees it.
        own = ctx.request.press is not None and ctx.request.seen_alone and verb != "subscription.make"
        return (ctx.own_sign if own else ctx.sign)(verb, issue=issue, site=site, **data)

    try:
        found = await client.queries.search(query, limit=ROWS, page_token=place.token if place else "")
    except JiraRejectedError as error:
        told = sentence(error)
        blamed = jql.locate_error(query, error.messages)
        card = query_card(query, told, site=client.site, sign=sign, blamed=blamed)
        return replace(_in_place(ctx, card, told), repeatable=True, problem=told)

    said = title.said()
    card = list_card(
        said,
        found.issues,
        site=client.site,
        sign=sign,
        jql=query,
        next_token=found.next_token,
        place=place,
        show_site=len((await ctx.session.account()).sites) > 1,
        subscribe_to="" if ctx.request.conversation.is_personal else _condition(query),
    )
    told = trn("{title}: {count} issue", "{title}: {count} issues", len(found.issues), title=said)
    return _in_place(ctx, card, told)


def _in_place(ctx: Context, card: Card, summary: str) -> Reply:
    """In a chat of one's own a press changes the message itself; elsewhere only what the presser sees of it."""
    alone = ctx.request.press is not None and ctx.request.conversation.is_personal
    return Reply(card=card, shared=card if alone else None, summary=summary)


def _condition(query: str) -> str:
    """What a conversation could be told of; notifications have no order."""
    condition, _order = jql.split_order(query)
    return condition if len(condition) <= MAX_JQL_LENGTH else ""


async def press_page(ctx: Context) -> Reply:
    """The buttons to the next and the previous page."""
    data = ctx.data
    title = Title(data.get("title", ""), data.get("list", ""))
    return await _or_words(page(ctx, title, data.get("jql", ""), Place.from_data(data), site=data.get("site", "")))


async def press_query(ctx: Context) -> Reply:
    """The query as it was changed on the card."""
    data = ctx.data
    query = straight(data.get(FIELD, "").replace("\r\n", "\n").strip())
    return await _or_words(_search(ctx, query, data.get("site", "")))


async def _search(ctx: Context, query: str, site: str) -> Reply:
    if not query:
        raise CommandError(tr("Say what to search for: a query in JQL."))
    if len(query) > LONGEST_QUERY:
        raise CommandError(tr("The query is too long: at most {count} characters.", count=LONGEST_QUERY))
    return await page(ctx, Title("JQL"), query, site=site)


async def _or_words(answer: Awaitable[Reply]) -> Reply:
    """After a failure a sentence alone, which leaves the list, and what is typed there, as it is."""
    try:
        return await answer
    except (CommandError, JiraError) as error:
        log.info("list.not_shown", error=type(error).__name__)
        return Reply(text=escape(sentence(error), 4000), repeatable=True)


VERBS = {VERB: press_page, SEARCH: press_query}


SEVERAL = Command("issues", "PROJ-1 PROJ-2 …", mark("List several issues."), several, ("PROJ-1 PROJ-2",))
COMMANDS = (
    Command("mine", "mine", mark("Your open issues."), listing("mine", jql.MINE), ("mine",), ("my issues",)),
    Command(
        "reported",
        "reported",
        mark("Issues that you reported."),
        listing("reported", jql.REPORTED),
        ("reported",),
    ),
    Command("watched", "watched", mark("Issues that you watch."), listing("watched", jql.WATCHED), ("watched",)),
    Command(
        "recent",
        "recent",
        mark("Issues that you looked at lately."),
        listing("recent", jql.RECENT),
        ("recent",),
    ),
    Command("search", "search <words>", mark("Search all text."), search, ("search login page",), ("find",)),
    Command("jql", "jql <query>", mark("Search by JQL."), by_jql, ("jql project = PROJ AND due < 7d",)),
    Command("filter", "filter [name]", mark("A saved filter."), saved, ("filter", "filter My bugs"), ("filters",)),
    SEVERAL,
)
