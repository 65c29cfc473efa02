"""How notifications look (`Cards` with the real cards)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.identity import Conversation
from bot.jira.models import Issue, Site
from bot.notifications.ports import DigestLine
from bot.notifications.subscriptions import Subscription
from bot.notifications.suspending import Reason
from bot.outgoing import Message
from bot.signing import Signer
from cards.messages import message_card
from cards.notification import DigestRow, digest_card, notification_card
from cards.text import clean, escape


class Looks:
    """Implements `bot.notifications.ports.Cards`. Times are UTC: a channel has no time zone of its own."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def issue_message(self, conversation: Conversation, site: Site, issue: Issue, headline: str) -> Message:
        """See `Cards`."""
        card = notification_card(
            issue,
            site=site,
            headline=headline,
            mint=self._signer.mint(conversation.id),
            zone=UTC,
            now=datetime.now(UTC),
            description=True,
            shared=not conversation.is_personal,
        )
        return Message(card=card, summary=clean(f"{headline}: {issue.key} {issue.summary}", 200))

    def line_message(self, conversation: Conversation, text: str) -> Message:
        """See `Cards`."""
        del conversation
        return Message(text=escape(text, 1000))

    def digest_message(self, conversation: Conversation, lines: Sequence[DigestLine], more: int) -> Message:
        """See `Cards`."""
        count = sum(len(line.sentences) for line in lines) + more
        title = f"{count} changes in Jira"
        rows = [
            DigestRow(line.issue.key, line.issue.summary, line.sentences[-1], len(line.sentences))
            for line in lines
        ]
        card = digest_card(title, rows, mint=self._signer.mint(conversation.id), more=more)
        return Message(card=card, summary=title)

    def suspended_message(
        self, conversation: Conversation, subscriptions: Sequence[Subscription], reason: str
    ) -> Message:
        """See `Cards`."""
        del conversation
        what = ", ".join(s.project or "all projects" for s in subscriptions)
        words = (
            f"{what}: nothing is told here any more, because {_WHY[Reason(reason)]} Somebody else can subscribe."
        )
        return Message(card=message_card(words, tone="warning"), summary=words)


_WHY = {
    Reason.NOT_CONNECTED: "the person who subscribed has disconnected Jira.",
    Reason.REVOKED: "Jira has ended the connection of the person who subscribed.",
    Reason.SCOPE: "the Jira connection of the person who subscribed does not cover it.",
    Reason.NO_ACCESS: "the person who subscribed may not see it in Jira any more.",
    Reason.QUERY: "Jira no longer accepts its query.",
}
