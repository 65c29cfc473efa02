"""mine, reported, watched, recent, search, jql: lists of issues, page by page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.commands.errors import ChooseError, CommandError
from bot.commands.grammar import Command
from bot.commands.issues import keys_condition
from bot.commands.model import Reply
from bot.commands.turn import Turn
from bot.jira import jql
from cards.lists import Place, list_card

ROWS = 10


def listing(title: str, query: str) -> Callable[[Turn, str], Awaitable[Reply]]:
    """A command that lists what a fixed query finds."""

    async def run(turn: Turn, _arguments: str) -> Reply:
        return await page(turn, title, query)

    return run


async def search(turn: Turn, arguments: str) -> Reply:
    """Issues whose text has all the words."""
    try:
        query = jql.text_search(arguments)
    except ValueError:
        raise CommandError("Say what to search for, like “search login page”.") from None
    return await page(turn, f"Search: {arguments[:80]}", query)


async def by_jql(turn: Turn, arguments: str) -> Reply:
    """Issues that a person's own JQL finds, as that person."""
    if not arguments:
        raise CommandError('Give a query, like “jql project = PROJ AND status = "In Progress"”.')
    return await page(turn, "JQL", arguments)


async def saved(turn: Turn, arguments: str) -> Reply:
    """A saved filter by its name, forgiving; without one, the person's filters to choose from."""
    filters = await (await turn.jira()).filters()
    if not filters:
        raise CommandError("You have no saved filters in Jira, and none among your favourites.")
    wanted = arguments.casefold()
    exact = [f for f in filters if f.name.casefold() == wanted]
    fitting = exact or [f for f in filters if wanted and wanted in f.name.casefold()]
    if len(fitting) != 1:
        said = f"“{arguments[:60]}” is not one of your filters." if wanted and not fitting else "Which filter?"
        raise ChooseError(said, [(f.name, f"filter {f.name}") for f in fitting or filters])
    return await page(turn, fitting[0].name, fitting[0].jql)


async def several(turn: Turn, arguments: str) -> Reply:
    """Issues that were named one after the other."""
    return await page(turn, "These issues", keys_condition(arguments))


async def page(turn: Turn, title: str, query: str, place: Place | None = None) -> Reply:
    """One page of a list. Bad JQL comes back with Jira's own explanation."""
    client = await turn.jira()
    found = await client.search(query, limit=ROWS, page_token=place.token if place else "")
    card = list_card(
        title,
        found.issues,
        site=client.site,
        mint=turn.mint,
        jql=query,
        next_token=found.next_token,
        place=place,
        show_site=len((await turn.account()).sites) > 1,
    )
    return Reply(card=card, summary=f"{title}: {len(found.issues)} issues")


async def press_page(turn: Turn) -> Reply:
    """The buttons to the next and the previous page."""
    data = turn.request.press.data if turn.request.press else {}
    return await page(turn, data.get("title", "Issues"), data.get("jql", ""), Place.from_data(data))


SEVERAL = Command("issues", "PROJ-1 PROJ-2 …", "List several issues.", several, ("PROJ-1 PROJ-2",))
COMMANDS = (
    Command("mine", "mine", "Your open issues.", listing("Your open issues", jql.MINE), ("mine",), ("my issues",)),
    Command(
        "reported",
        "reported",
        "Issues that you reported.",
        listing("Reported by you", jql.REPORTED),
        ("reported",),
    ),
    Command("watched", "watched", "Issues that you watch.", listing("Watched by you", jql.WATCHED), ("watched",)),
    Command(
        "recent",
        "recent",
        "Issues that you looked at lately.",
        listing("Recently viewed", jql.RECENT),
        ("recent",),
    ),
    Command("search", "search <words>", "Search all text.", search, ("search login page",), ("find",)),
    Command("jql", "jql <query>", "Search by JQL.", by_jql, ("jql project = PROJ AND due < 7d",)),
    Command("filter", "filter [name]", "A saved filter.", saved, ("filter", "filter My bugs"), ("filters",)),
    SEVERAL,
)
