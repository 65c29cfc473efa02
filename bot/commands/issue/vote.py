"""`vote` and `unvote`."""

from __future__ import annotations

from bot.commands.button import issue_button
from bot.commands.command import issue_command
from bot.commands.context import Context
from bot.commands.errors import CommandError
from bot.commands.issue_lookup import IssueHandle, require_visible
from bot.commands.request import Reply
from bot.jira.errors import NotFoundOrForbiddenError
from bot.language import mark, tr


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
