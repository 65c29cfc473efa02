"""`log`: time spent on an issue."""

from __future__ import annotations

from datetime import datetime, time

from babel.dates import format_date

from bot.commands.button import issue_button
from bot.commands.command import Takes, issue_command
from bot.commands.context import Context
from bot.commands.errors import CommandError
from bot.commands.forms.parsing.dates import parse_past_day
from bot.commands.issue.durations import take_duration
from bot.commands.issue_lookup import IssueHandle
from bot.commands.request import Reply
from bot.commands.typed_text import read_typed
from bot.jira.adf.from_markdown import convert_markdown
from bot.language import current_language, mark, tr
from bot.language.time_zones import zone

MAX_DAY = 30
"""Characters of a day that is typed."""


@issue_command(
    "log PROJ-12 1h 30m [note]",
    mark("Log work."),
    examples=("log PROJ-12 1h 30m review",),
    aliases=("worklog",),
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
