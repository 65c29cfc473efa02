"""`show`: the card of an issue."""

from __future__ import annotations

from bot.commands.button import issue_button
from bot.commands.command import issue_command
from bot.commands.context import Context
from bot.commands.issue_lookup import IssueHandle
from bot.commands.request import Reply
from bot.language import mark


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
