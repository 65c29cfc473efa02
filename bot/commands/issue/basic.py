"""show, and the changes to one issue that take a line of text."""

from __future__ import annotations

from collections.abc import Iterable

from babel.numbers import format_decimal

from bot.commands.context import Context
from bot.commands.errors import CommandError
from bot.commands.issue import mentions
from bot.commands.issue.durations import take_duration
from bot.commands.issue_lookup import IssueRef
from bot.commands.parser import Command
from bot.commands.request import Reply
from bot.jira.adf.writer import markdown_to_adf
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.jql import quote
from bot.language import mark, spoken, tr

MAX_COMMENT = 32_767
"""Characters that Jira takes in a comment."""


async def show(ctx: Context, arguments: str) -> Reply:
    """The issue's card."""
    issue, _rest = await ctx.issues.parse(arguments)
    return await ctx.cards.show(issue)


async def comment(ctx: Context, arguments: str) -> Reply:
    """Add a comment; the text is Markdown."""
    issue, text = await ctx.issues.parse(arguments)
    return await add_comment(ctx, issue, text)


async def add_comment(ctx: Context, issue: IssueRef, text: str) -> Reply:
    """Add a comment that was typed or filled into the card."""
    if not text.strip():
        raise CommandError(tr("Say what to comment, like “comment {key} Looks good to me”.", key=issue.key))
    if len(text) > MAX_COMMENT:
        most = format_decimal(MAX_COMMENT, locale=spoken().locale)
        raise CommandError(tr("Jira takes comments of up to {limit} characters; this one is longer.", limit=most))
    people = await mentions.mentioned(ctx, issue, text)
    await issue.jira.comment(issue.key, markdown_to_adf(mentions.plain(ctx, text, but=people), people))
    return await ctx.cards.after_write(issue, tr("Comment added."))


async def watch(ctx: Context, arguments: str) -> Reply:
    """Start watching."""
    issue, _rest = await ctx.issues.parse(arguments)
    return await set_watching(ctx, issue, on=True)


async def unwatch(ctx: Context, arguments: str) -> Reply:
    """Stop watching."""
    issue, _rest = await ctx.issues.parse(arguments)
    return await set_watching(ctx, issue, on=False)


async def set_watching(ctx: Context, issue: IssueRef, *, on: bool) -> Reply:
    """Watch or stop watching as the person."""
    await issue.jira.watch(issue.key, issue.account.user.account_id, on=on)
    notice = tr("You are watching this.") if on else tr("You no longer watch this.")
    return await ctx.cards.after_write(issue, notice)


async def vote(ctx: Context, arguments: str) -> Reply:
    """Vote for the issue."""
    issue, _rest = await ctx.issues.parse(arguments)
    return await set_vote(ctx, issue, on=True)


async def unvote(ctx: Context, arguments: str) -> Reply:
    """Take the vote back."""
    issue, _rest = await ctx.issues.parse(arguments)
    return await set_vote(ctx, issue, on=False)


async def set_vote(ctx: Context, issue: IssueRef, *, on: bool) -> Reply:
    """Vote or take it back as the person."""
    try:
        await issue.jira.vote(issue.key, on=on)
    except NotFoundOrForbiddenError:
        raise CommandError(
            tr(
                "Jira takes no vote of yours on {key}: you reported it, voting is switched off,"
                " or you may not see it.",
                key=issue.key,
            )
        ) from None
    notice = tr("Your vote counts.") if on else tr("Your vote is taken back.")
    return await ctx.cards.after_write(issue, notice)


async def log(ctx: Context, arguments: str) -> Reply:
    """Log work: leading words such as `1h 30m` are the time, the rest is a note."""
    issue, text = await ctx.issues.parse(arguments)
    return await log_work(ctx, issue, text)


async def log_work(ctx: Context, issue: IssueRef, text: str) -> Reply:
    """Log work that was typed or filled into the card."""
    spent, note = take_duration(text)
    if not spent:
        raise CommandError(tr("Say how long, like “log {key} 1h 30m”.", key=issue.key))
    await issue.jira.log_work(issue.key, spent, markdown_to_adf(note) if note else None)
    return await ctx.cards.after_write(issue, tr("Logged {time}.", time=spent))


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
