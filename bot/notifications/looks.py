"""How notifications look (`Cards` with the real cards)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.identity import Conversation
from bot.jira.models import Issue, Site
from bot.notifications.personal_daily import Listed, Today
from bot.notifications.ports import DigestLine
from bot.notifications.subscriptions import Subscription
from bot.notifications.suspending import Reason
from bot.outgoing import Message
from bot.signing import Signer
from cards.messages import message_card
from cards.notification import DigestRow, digest_card, notification_card, suspended_card
from cards.notify import DayRow, DaySection, day_card
from cards.text import clean, escape

_MOST_TAKEN = 20


class Looks:
    """Implements `bot.notifications.ports.Cards` and `DailyCards`. Times are UTC: a channel has no zone."""

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
            transitions=issue.transitions,
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
        what = ", ".join(dict.fromkeys(s.project or "all projects" for s in subscriptions[:_MOST_TAKEN]))
        words = f"{what}: nothing is told here any more, because {_WHY[Reason(reason)]}"
        if Reason(reason) is Reason.QUERY:
            return Message(card=message_card(words, tone="warning"), summary=words)
        words = f"{words} Somebody else can take over."
        ids = [s.id for s in subscriptions[:_MOST_TAKEN]]
        card = suspended_card(words, ids, mint=self._signer.mint(conversation.id))
        return Message(card=card, summary=words)

    def daily_message(self, conversation: Conversation, today: Today) -> Message:
        """See `bot.notifications.personal_daily.DailyCards`."""
        sections = (
            DaySection("Overdue", [_day_row(one, _due(one)) for one in today.overdue], urgent=True),
            DaySection("Due today", [_day_row(one) for one in today.today], urgent=True),
            DaySection("Due tomorrow", [_day_row(one) for one in today.tomorrow]),
            DaySection("Also assigned to you", [_day_row(one, one.issue.status.name) for one in today.latest]),
        )
        shown = [section for section in sections if section.rows]
        card = day_card(shown, mint=self._signer.mint(conversation.id), more=today.more)
        summary = ", ".join(f"{len(section.rows)} {section.title.lower()}" for section in shown)
        return Message(card=card, summary=f"Your day in Jira: {summary}")


def _day_row(one: Listed, what: str = "") -> DayRow:
    return DayRow(one.issue.key, one.issue.summary, what, one.site.cloud_id)


def _due(one: Listed) -> str:
    return f"since {one.issue.due:%d %B}" if one.issue.due else ""


_WHY = {
    Reason.NOT_CONNECTED: "the person who subscribed has disconnected Jira.",
    Reason.REVOKED: "Jira has ended the connection of the person who subscribed.",
    Reason.SCOPE: "the Jira connection of the person who subscribed does not cover it.",
    Reason.NO_ACCESS: "the person who subscribed may not see it in Jira any more.",
    Reason.QUERY: "Jira no longer accepts its query.",
}
