"""show, and the changes to one issue that take a line of text."""

from __future__ import annotations

from collections.abc import Iterable

from babel.numbers import format_decimal

from bot.commands.context import IssueAt, Turn
from bot.commands.errors import CommandError
from bot.commands.issue import mentions
from bot.commands.issue.durations import take_duration
from bot.commands.parser import Command
from bot.commands.request import Reply
from bot.commands.result import done
from bot.jira.adf.writer import markdown_to_adf
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.jql import quote
from bot.language import mark, spoken, tr

MAX_COMMENT = 32_767
"""Characters that Jira takes in a comment."""


async def show(turn: Turn, arguments: str) -> Reply:
    """The issue's card."""
    at, _rest = await turn.issue_in(arguments)
    return await turn.issue_reply(at)


async def comment(turn: Turn, arguments: str) -> Reply:
    """Add a comment; the text is Markdown."""
    at, text = await turn.issue_in(arguments)
    return await add_comment(turn, at, text)


async def add_comment(turn: Turn, at: IssueAt, text: str) -> Reply:
    """Add a comment that was typed or filled into the card."""
    if not text.strip():
        raise CommandError(tr("Say what to comment, like “comment {key} Looks good to me”.", key=at.key))
    if len(text) > MAX_COMMENT:
        most = format_decimal(MAX_COMMENT, locale=spoken().locale)
        raise CommandError(tr("Jira takes comments of up to {limit} characters; this one is longer.", limit=most))
    people = await mentions.mentioned(turn, at, text)
    await at.jira.comment(at.key, markdown_to_adf(mentions.plain(turn, text, but=people), people))
    return await done(turn, at, tr("Comment added."))


async def watch(turn: Turn, arguments: str) -> Reply:
    """Start watching."""
    at, _rest = await turn.issue_in(arguments)
    return await set_watching(turn, at, on=True)


async def unwatch(turn: Turn, arguments: str) -> Reply:
    """Stop watching."""
    at, _rest = await turn.issue_in(arguments)
    return await set_watching(turn, at, on=False)


async def set_watching(turn: Turn, at: IssueAt, *, on: bool) -> Reply:
    """Watch or stop watching as the person."""
    await at.jira.watch(at.key, at.account.user.account_id, on=on)
    notice = tr("You are watching this.") if on else tr("You no longer watch this.")
    return await done(turn, at, notice)


async def vote(turn: Turn, arguments: str) -> Reply:
    """Vote for the issue."""
    at, _rest = await turn.issue_in(arguments)
    return await set_vote(turn, at, on=True)


async def unvote(turn: Turn, arguments: str) -> Reply:
    """Take the vote back."""
    at, _rest = await turn.issue_in(arguments)
    return await set_vote(turn, at, on=False)


async def set_vote(turn: Turn, at: IssueAt, *, on: bool) -> Reply:
    """Vote or take it back as the person."""
    try:
        await at.jira.vote(at.key, on=on)
    except NotFoundOrForbiddenError:
        raise CommandError(
            tr(
                "Jira takes no vote of yours on {key}: you reported it, voting is switched off,"
                " or you may not see it.",
                key=at.key,
            )
        ) from None
    notice = tr("Your vote counts.") if on else tr("Your vote is taken back.")
    return await done(turn, at, notice)


async def log(turn: Turn, arguments: str) -> Reply:
    """Log work: leading words such as `1h 30m` are the time, the rest is a note."""
    at, text = await turn.issue_in(arguments)
    return await log_work(turn, at, text)


async def log_work(turn: Turn, at: IssueAt, text: str) -> Reply:
    """Log work that was typed or filled into the card."""
    spent, note = take_duration(text)
    if not spent:
        raise CommandError(tr("Say how long, like “log {key} 1h 30m”.", key=at.key))
    await at.jira.log_work(at.key, spent, markdown_to_adf(note) if note else None)
    return await done(turn, at, tr("Logged {time}.", time=spent))


def keys_condition(keys: Iterable[str]) -> str:
    """JQL for the issues with these keys, each once."""
    return f"key in ({', '.join(map(quote, dict.fromkeys(keys)))})"


SHOW = Command(
    "show",
    "show PROJ-12",
    mark("Show an issue."),
    show,
    ("PROJ-12", "show PROJ-12"),
    ("view", "open"),
    takes_issue=True,
)
COMMANDS = (
    SHOW,
    Command(
        "comment",
        "comment PROJ-12 <text>",
        mark("Comment in Markdown."),
        comment,
        ("comment PROJ-12 Looks good to me",),
        takes_issue=True,
        takes_people=True,
    ),
    Command(
        "log",
        "log PROJ-12 1h 30m [note]",
        mark("Log work."),
        log,
        ("log PROJ-12 1h 30m review",),
        takes_issue=True,
    ),
    Command("watch", "watch PROJ-12", mark("Watch an issue."), watch, ("watch PROJ-12",), takes_issue=True),
    Command("unwatch", "unwatch PROJ-12", mark("Stop watching."), unwatch, ("unwatch PROJ-12",), takes_issue=True),
    Command("vote", "vote PROJ-12", mark("Vote for an issue."), vote, ("vote PROJ-12",), takes_issue=True),
    Command(
        "unvote", "unvote PROJ-12", mark("Take your vote back."), unvote, ("unvote PROJ-12",), takes_issue=True
    ),
)
