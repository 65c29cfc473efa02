"""`watch` and `unwatch`."""

from __future__ import annotations

from bot.commands.button import issue_button
from bot.commands.command import issue_command
from bot.commands.context import Context
from bot.commands.issue_lookup import IssueHandle
from bot.commands.request import Reply
from bot.language import mark, tr


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
