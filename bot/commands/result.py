"""The answer after a write that Jira has taken."""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.commands.context import IssueAt, Turn
from bot.commands.request import Reply
from bot.jira.errors import JiraError
from bot.language import tr
from cards.messages import message_card

log = structlog.get_logger(__name__)


async def done(turn: Turn, at: IssueAt, notice: str, told: str = "", *, created: bool = False) -> Reply:
    """The issue as it stands after a write. That it cannot be read any more must not look like a failed write.

    `told` says what was done in a sentence that names the issue, for places where its card is not at hand;
    `created`: there is no older card to leave as it is.
    """
    try:
        reply = await turn.issue_reply(at, notice=notice)
    except JiraError as error:
        log.info("issue.not_shown", error=type(error).__name__)
        hidden = tr("It cannot be shown just now.") if told else tr("{key} cannot be shown just now.", key=at.key)
        card = message_card(f"{told or notice} {hidden}", "good")
        return Reply(card=card, shared=card if created else None, summary=told or notice)
    return replace(reply, summary=told) if told and turn.request.press is not None else reply
