"""show, comment, watch, vote, log: a look at an issue, and changes that take a line of text."""

from __future__ import annotations

from datetime import datetime, time

from babel.dates import format_date
from babel.numbers import format_decimal

from bot.commands.button import issue_button
from bot.commands.command import Takes, issue_command
from bot.commands.context import Context
from bot.commands.errors import CommandError
from bot.commands.forms.parsing.dates import parse_past_day
from bot.commands.issue import mentions
from bot.commands.issue.durations import take_duration
from bot.commands.issue_lookup import IssueHandle, require_visible
from bot.commands.request import Reply
from bot.commands.text_input import strip_invisible
from bot.commands.typed_text import read_typed
from bot.jira.adf.from_markdown import convert_markdown
from bot.jira.errors import NotFoundOrForbiddenError
from bot.language import current_language, mark, tr
from bot.language.time_zones import zone

MAX_DAY = 30
"""Characters of a day that is typed."""
MAX_COMMENT = 32_767
"""Characters that Jira takes in a comment."""


@issue_command(
    "show PROJ-12",
    mark("Show an issue."),
    examples=("PROJ-12", "show PROJ-12"),
    aliases=("view", "open"),
    read_only=True,
)
async def show(ctx: Context, issue: IssueHandle, _text: str) -> Reply:
    """Show the issue's card."""
    return await ctx.cards.show(issue)


@issue_button("issue.show", read_only=True)
async def press_show(ctx: Context, issue: IssueHandle) -> Reply:
    """Show the issue's card in place of the one whose button was pressed."""
    return await ctx.cards.open(issue)


@issue_command(
    "comment PROJ-12 <text>",
    mark("Add a comment (Markdown)."),
    examples=("comment PROJ-12 Looks good to me",),
    takes=Takes.TEXT,
    takes_people=True,
)
async def comment(ctx: Context, issue: IssueHandle, text: str) -> Reply:
    """Add a comment that was typed."""
    return await add_comment(ctx, issue, text)


@issue_button("issue.comment")
async def press_comment(ctx: Context, issue: IssueHandle) -> Reply:
    """Add a comment that was written on the card."""
    return await add_comment(ctx, issue, ctx.inputs.get("comment", ""))


@issue_command(
    "reply PROJ-12 <text>",
    mark("Reply to the customer of a service request (Markdown)."),
    examples=("reply OPS-12 We are working on it",),
    takes=Takes.TEXT,
    takes_people=True,
)
async def reply(ctx: Context, issue: IssueHandle, text: str) -> Reply:
    """Add a comment that the customer sees."""
    return await add_comment(ctx, issue, text, to_customer=True)


@issue_button("issue.reply")
async def press_reply(ctx: Context, issue: IssueHandle) -> Reply:
    """Add a comment that was written on the card, and that the customer sees."""
    return await add_comment(ctx, issue, ctx.inputs.get("comment", ""), to_customer=True)


async def add_comment(ctx: Context, issue: IssueHandle, text: str, *, to_customer: bool = False) -> Reply:
    """Add a comment in Markdown and show the issue."""
    is_note = await write_comment(ctx, issue, text, to_customer=to_customer)
    if to_customer:
        notice = tr("Reply sent to the customer.")
    else:
        notice = tr("Internal note added. The customer doesn't see it.") if is_note else tr("Comment added.")
    return await ctx.cards.after_write(issue, notice)


async def write_comment(ctx: Context, issue: IssueHandle, text: str, *, to_customer: bool = False) -> bool:
    """Add a comment in Markdown; return whether it is an internal note.

    In a service project it is one, unless it is meant for the customer.
    """
    if not strip_invisible(text).strip():
        raise CommandError(tr("Add your comment, like “comment {key} Looks good to me”.", key=issue.key))
    if len(text) > MAX_COMMENT:
        limit = format_decimal(MAX_COMMENT, locale=current_language().locale)
        raise CommandError(tr("Comments can have up to {limit} characters; yours is longer.", limit=limit))
    people = await mentions.find_accounts(ctx, issue, text)
    body = await convert_markdown(mentions.to_names(ctx, text, keep=people), people)
    in_service_project = await issue.jira.in_service_project(issue.key)
    if to_customer and not in_service_project:
        raise CommandError(
            tr("{key} isn't in a service project, so it has no customer. Use “comment {key} …”.", key=issue.key)
        )
    is_note = in_service_project and not to_customer
    await issue.jira.comment(issue.key, body, internal=is_note)
    return is_note


@issue_command(
    "log PROJ-12 1h 30m [note]",
    mark("Log work."),
    examples=("log PROJ-12 1h 30m review",),
    takes=Takes.TEXT,
)
async def log(ctx: Context, issue: IssueHandle, text: str) -> Reply:
    """Log work that was typed."""
    return await _log_work(ctx, issue, text)


@issue_button("issue.log")
async def press_log(ctx: Context, issue: IssueHandle) -> Reply:
    """Log work that was written on the card."""
    return await _log_work(ctx, issue, ctx.inputs.get("time", ""))


async def _log_work(ctx: Context, issue: IssueHandle, text: str) -> Reply:
    """Log the time that the text begins with; the rest is a note."""
    typed = read_typed(text)
    spent, note = take_duration(typed.understood)
    if not spent:
        raise CommandError(tr("Enter a duration, like “log {key} 1h 30m”.", key=issue.key))
    started = _day_of_work(ctx, issue, note)
    if started is not None:
        await issue.jira.log_work(issue.key, spent, started=started)
        day = format_date(started, "full", locale=current_language().locale)
        return await ctx.cards.after_write(issue, tr("Logged {time} on {day}.", time=spent, day=day))
    comment = await convert_markdown(typed.as_written(note)) if note else None
    await issue.jira.log_work(issue.key, spent, comment)
    return await ctx.cards.after_write(issue, tr("Logged {time}.", time=spent))


def _day_of_work(ctx: Context, issue: IssueHandle, note: str) -> datetime | None:
    """Return noon (or now, if earlier) of the day that is all a note says; None if it says anything else.

    A weekday is the last one: nobody logs work of the next.
    """
    now = datetime.now(zone(issue.account.user.time_zone or ctx.request.time_zone))
    day = parse_past_day(note, now.date()) if note and len(note) <= MAX_DAY else None
    return min(now, datetime.combine(day, time(12), now.tzinfo)) if day and day <= now.date() else None


@issue_command("watch PROJ-12", mark("Watch an issue."), several=True)
async def watch(ctx: Context, issue: IssueHandle, _text: str) -> Reply:
    """Start watching."""
    return await _set_watching(ctx, issue, on=True)


@issue_command("unwatch PROJ-12", mark("Stop watching."), several=True)
async def unwatch(ctx: Context, issue: IssueHandle, _text: str) -> Reply:
    """Stop watching."""
    return await _set_watching(ctx, issue, on=False)


@issue_button("issue.watch")
async def press_watch(ctx: Context, issue: IssueHandle) -> Reply:
    """Start watching."""
    return await _set_watching(ctx, issue, on=True)


@issue_button("issue.unwatch")
async def press_unwatch(ctx: Context, issue: IssueHandle) -> Reply:
    """Stop watching."""
    return await _set_watching(ctx, issue, on=False)


async def _set_watching(ctx: Context, issue: IssueHandle, *, on: bool) -> Reply:
    await issue.jira.watch(issue.key, issue.account.user.account_id, on=on)
    notice = tr("You're watching this issue.") if on else tr("You stopped watching this issue.")
    return await ctx.cards.after_write(issue, notice)


@issue_command("vote PROJ-12", mark("Vote for an issue."), several=True)
async def vote(ctx: Context, issue: IssueHandle, _text: str) -> Reply:
    """Vote for the issue."""
    return await _set_vote(ctx, issue, on=True)


@issue_command("unvote PROJ-12", mark("Remove your vote."), several=True)
async def unvote(ctx: Context, issue: IssueHandle, _text: str) -> Reply:
    """Take the vote back."""
    return await _set_vote(ctx, issue, on=False)


@issue_button("issue.vote")
async def press_vote(ctx: Context, issue: IssueHandle) -> Reply:
    """Vote for the issue, or take the vote back."""
    return await _set_vote(ctx, issue, on=ctx.signed.get("vote") != "off")


async def _set_vote(ctx: Context, issue: IssueHandle, *, on: bool) -> Reply:
    try:
        await issue.jira.vote(issue.key, on=on)
    except NotFoundOrForbiddenError:
        await require_visible(issue.jira, issue.key)
        raise CommandError(
            tr(
                "You can't vote on {key}: you reported it, voting is turned off, or you don't have permission.",
                key=issue.key,
            )
        ) from None
    notice = tr("Vote added.") if on else tr("Vote removed.")
    return await ctx.cards.after_write(issue, notice)
