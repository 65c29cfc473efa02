"""`comment` and `reply`: comments on an issue, internal or to the customer."""

from __future__ import annotations

from babel.numbers import format_decimal

from bot.commands.button import issue_button
from bot.commands.command import Takes, issue_command
from bot.commands.context import Context
from bot.commands.errors import CommandError
from bot.commands.issue import mentions
from bot.commands.issue_lookup import IssueHandle
from bot.commands.request import Reply
from bot.commands.text_input import strip_invisible
from bot.jira.adf.from_markdown import convert_markdown
from bot.language import current_language, mark, tr

MAX_COMMENT = 32_767
"""Characters that Jira takes in a comment."""


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
