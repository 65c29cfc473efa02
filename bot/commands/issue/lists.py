"""mine, reported, watched, recent, list: lists of issues in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.commands.command import Command, command
from bot.commands.context import Context
from bot.commands.errors import ChooseError, CommandError, SurplusWordsError
from bot.commands.issue import mentions
from bot.commands.issue.search import MAX_TITLE_WORDS, Title, show_page
from bot.commands.phrases.issue_list import jql_conditions
from bot.commands.phrases.issue_list.parser import Listing, UnknownWordsError, heading, parse_listing
from bot.commands.request import Reply
from bot.jira import jql
from bot.jira.models import JiraUser
from bot.language import mark, tr
from bot.language.time_zones import zone

MAX_CHOICES = 6

_PLAIN: Mapping[str, tuple[str, str]] = {
    "mine": (jql.MY_OPEN_ISSUES, jql_conditions.MINE),
    "reported": (jql.REPORTED, jql_conditions.REPORTED_BY_ME),
    "watched": (jql.WATCHED, jql_conditions.WATCHED),
    "recent": (jql.RECENT, jql_conditions.VIEWED),
}
"""The query of a list's bare name, and the condition that further words are added to."""


def _list_command(name: str, effect: str, example: str, aliases: tuple[str, ...] = ()) -> Command:
    """Make a command that lists issues by a condition of its own, and by what is typed after its name."""
    query, condition = _PLAIN[name]

    @command(f"{name} [{example}]", effect, examples=(name, f"{name} {example}"), aliases=aliases, read_only=True)
    async def run(ctx: Context, arguments: str) -> Reply:
        if not arguments:
            return await show_page(ctx, Title(kind=name), query)
        by_name = name == "reported" and arguments.casefold().startswith(("by ", "von "))
        words = f"{name} {arguments}" if by_name else arguments
        return await _show_listing(ctx, name, arguments, words, "" if by_name else condition)

    return run


mine = _list_command("mine", mark("Show your open issues."), "bugs in PROJ", ("my issues",))
reported = _list_command("reported", mark("Show issues you reported."), "by Bob")
watched = _list_command("watched", mark("Show issues you're watching."), "due this week")
recent = _list_command("recent", mark("Show issues you viewed recently."), "bugs")


@command(
    "list <issues>",
    mark("List issues in plain words."),
    examples=("list my open bugs in PROJ", "list Bob's issues in this sprint"),
    read_only=True,
)
async def list_issues(ctx: Context, arguments: str) -> Reply:
    """List the issues that are described in words."""
    if not arguments:
        raise CommandError(tr("Which issues? For example “list my open bugs in PROJ”."))
    return await _show_listing(ctx, "list", arguments, arguments, "")


async def _show_listing(ctx: Context, name: str, arguments: str, words: str, condition: str) -> Reply:
    user = (await ctx.session.account()).user
    today = datetime.now(zone(user.time_zone or ctx.request.time_zone)).date()
    try:
        listing = parse_listing(words, today, base=condition)
    except UnknownWordsError as error:
        raise SurplusWordsError(name, error.words) from None
    if not listing.conditions and not listing.people:
        raise SurplusWordsError(name, arguments)
    query = await _query(ctx, name, arguments, listing)
    title = heading(arguments if name in ("list", "reported") else f"{name} {arguments}")
    return await show_page(ctx, Title(title[:MAX_TITLE_WORDS]), query)


async def _query(ctx: Context, name: str, arguments: str, listing: Listing) -> str:
    parts = list(listing.conditions)
    for person in listing.people:
        users = [await _find_person(ctx, f"{name} {arguments}", wanted) for wanted in person.names]
        parts.append(person.condition([jql.quote(user.account_id) for user in users]))
    return f"{' AND '.join(parts)} ORDER BY {listing.order}"


async def _find_person(ctx: Context, command_text: str, wanted: str) -> JiraUser:
    """Return the only person with this name. Raises `ChooseError` if there are several."""
    client = await ctx.session.client()
    if mentions.ACCOUNT_ID.fullmatch(wanted):
        return JiraUser(wanted, wanted)
    users = [user for user in await client.choices.people(wanted) if mentions.is_called(wanted, user)]
    users = mentions.exact_matches(wanted, users) or users
    if not users:
        raise CommandError(tr("I can't find anyone called “{wanted}” in Jira.", wanted=wanted))
    if len(users) > 1:
        raise ChooseError(
            tr("Several people match “{wanted}”. Who do you mean?", wanted=wanted),
            [
                (mentions.title(user, users), command_text.replace(wanted, user.account_id, 1))
                for user in users[:MAX_CHOICES]
            ],
        )
    return users[0]
