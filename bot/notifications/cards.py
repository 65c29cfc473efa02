"""How notifications look (`Cards` with the real cards)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from babel.dates import format_date

from bot.chat.identity import Conversation
from bot.chat.messages import Message
from bot.chat.viewers import RecentViewers
from bot.jira.models import Issue, Site
from bot.language import mark, spoken, tr, trn
from bot.notifications.outbox.suspension import Reason
from bot.notifications.personal.daily_digest import Listed, Today
from bot.notifications.ports import DigestLine
from bot.notifications.subscriptions.repository import Subscription
from bot.security.card_signing import Signer
from cards.messages import message_card
from cards.notification import DigestRow, digest_card, notification_card, suspended_card
from cards.notify import DayRow, DaySection, day_card
from cards.text import clean, escape

_MOST_TAKEN = 20


class Looks:
    """Implements `bot.notifications.ports.Cards` and `DailyCards`. Times are UTC: a channel has no zone."""

    def __init__(self, signer: Signer, audience: RecentViewers | None = None) -> None:
        self._signer, self._audience = signer, audience or RecentViewers()

    def issue_message(self, conversation: Conversation, site: Site, issue: Issue, headline: str) -> Message:
        """See `Cards`."""
        card = notification_card(
            issue,
            site=site,
            headline=headline,
            sign=self._signer.bound_to(conversation.id),
            zone=UTC,
            now=datetime.now(UTC),
            transitions=issue.transitions,
            description=True,
            shared=not conversation.is_personal,
            refresh_for=() if conversation.is_personal else self._audience.recent(conversation),
        )
        said = tr("{said}: {issue}", said=headline, issue=f"{issue.key} {issue.summary}")
        return Message(card=card, summary=clean(said, 200))

    def line_message(self, conversation: Conversation, text: str) -> Message:
        """See `Cards`."""
        del conversation
        return Message(text=escape(text, 1000))

    def digest_message(self, conversation: Conversation, lines: Sequence[DigestLine], more: int) -> Message:
        """See `Cards`."""
        count = sum(len(line.sentences) for line in lines) + more
        title = trn("{count} change in Jira", "{count} changes in Jira", count)
        rows = [
            DigestRow(
                line.issue.key,
                line.issue.summary,
                line.sentences[-1],
                len(line.sentences),
                line.site.cloud_id,
            )
            for line in lines
        ]
        card = digest_card(title, rows, sign=self._signer.bound_to(conversation.id), more=more)
        return Message(card=card, summary=title)

    def suspended_message(
        self, conversation: Conversation, subscriptions: Sequence[Subscription], reason: str
    ) -> Message:
        """See `Cards`."""
        what = ", ".join(dict.fromkeys(s.project or tr("all projects") for s in subscriptions[:_MOST_TAKEN]))
        words = tr(_WHY[Reason(reason)], what=what)
        if Reason(reason) is Reason.QUERY:
            return Message(card=message_card(words, tone="warning"), summary=words)
        words = " ".join((words, tr("Somebody else can take over.")))
        ids = [s.id for s in subscriptions[:_MOST_TAKEN]]
        card = suspended_card(words, ids, sign=self._signer.bound_to(conversation.id))
        return Message(card=card, summary=words)

    def daily_message(self, conversation: Conversation, today: Today) -> Message:
        """See `bot.notifications.personal_daily.DailyCards`."""
        sections = (
            DaySection(tr("Overdue"), [_day_row(one, _due(one)) for one in today.overdue], urgent=True),
            DaySection(tr("Due today"), [_day_row(one) for one in today.today], urgent=True),
            DaySection(tr("Due tomorrow"), [_day_row(one) for one in today.tomorrow]),
            DaySection(tr("Also assigned to you"), [_day_row(one, one.issue.status.name) for one in today.latest]),
        )
        shown = [section for section in sections if section.rows]
        card = day_card(shown, sign=self._signer.bound_to(conversation.id), more=today.more)
        return Message(card=card, summary=tr("Your day in Jira: {counts}", counts=", ".join(_counts(today))))


def _counts(today: Today) -> Iterator[str]:
    """Of what there is something, how much."""
    if count := len(today.overdue):
        yield trn("{count} overdue", "{count} overdue", count)
    if count := len(today.today):
        yield trn("{count} due today", "{count} due today", count)
    if count := len(today.tomorrow):
        yield trn("{count} due tomorrow", "{count} due tomorrow", count)
    if count := len(today.latest):
        yield trn("{count} also assigned to you", "{count} also assigned to you", count)


def _day_row(one: Listed, what: str = "") -> DayRow:
    return DayRow(one.issue.key, one.issue.summary, what, one.site.cloud_id)


def _due(one: Listed) -> str:
    if one.issue.due is None:
        return ""
    # i18n: a day of the month as CLDR patterns have it: “02 January”.
    day = format_date(one.issue.due, tr("dd MMMM"), locale=spoken().locale)
    return tr("since {day}", day=day)


_WHY = {
    Reason.NOT_CONNECTED: mark(
        "{what}: nothing is told here any more, because the person who subscribed has disconnected Jira."
    ),
    Reason.REVOKED: mark(
        "{what}: nothing is told here any more, because Jira has ended the connection of the person who"
        " subscribed."
    ),
    Reason.SCOPE: mark(
        "{what}: nothing is told here any more, because the Jira connection of the person who subscribed does not"
        " cover it."
    ),
    Reason.NO_ACCESS: mark(
        "{what}: nothing is told here any more, because the person who subscribed may not see it in Jira any more."
    ),
    Reason.QUERY: mark("{what}: nothing is told here any more, because Jira no longer accepts its query."),
}
