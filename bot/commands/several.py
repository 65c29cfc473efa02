"""Answers a command about several issues: the same for each, one after the other, with one line for each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bot.commands.errors import USER_ERRORS, explain
from bot.commands.issue_lookup import IssueHandle
from bot.commands.request import Reply
from bot.language import tr
from cards.text import escape

MAX_EXPLANATION = 300
"""Characters of what is said of one issue."""


async def answer_each(issues: Sequence[IssueHandle], answer: Callable[[IssueHandle], Awaitable[Reply]]) -> Reply:
    """Run `answer` for each issue; what fails for one of them is said and keeps the others from nothing."""
    lines = [f"**{issue.key}**: {escape(await _outcome(issue, answer), MAX_EXPLANATION)}" for issue in issues]
    return Reply(text="\n\n".join(lines))


async def _outcome(issue: IssueHandle, answer: Callable[[IssueHandle], Awaitable[Reply]]) -> str:
    try:
        reply = await answer(issue)
    except USER_ERRORS as error:
        return explain(error)
    return reply.notice or tr("Jira asks for more. Do this one on its own.")
