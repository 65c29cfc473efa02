"""Renders notifications as Adaptive Cards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from babel.dates import format_date

from bot.chat.identity import Conversation
from bot.chat.messages import IssueRef, Message
from bot.jira.disclosure import hides_content
from bot.jira.models import Issue, Site
from bot.language import current_language, mark, tr, trn
from bot.notifications.outbox.suspension import SuspensionReason
from bot.notifications.ports import Day, DigestLine, IssueOnSite
from bot.notifications.subscriptions.model import Subscription
from bot.security.card_signing import Signer
from cards.messages import message_card
from cards.notification import DigestRow, digest_card, notification_card, suspended_card
from cards.personal_notifications import DayRow, DaySection, day_card
from cards.restricted import restricted_name
from cards.text import clean, escape

_MAX_SUSPENDED_SHOWN = 20


class NotificationCards:
    """Implements `Cards` and `DailyCards`. Times are UTC: a channel has no time zone."""

    def __init__(self, signer: Signer, viewers: Callable[[Conversation], Sequence[str]]) -> None:
        self._signer, self._viewers = signer, viewers

    def issue_message(
        self,
        conversation: Conversation,
        site: Site,
        issue: Issue,
        headline: str,
        *,
        including_restricted: bool = False,
    ) -> Message:
        shared = not conversation.is_personal
        card = notification_card(
            issue,
            site=site,
            headline=headline,
            sign=self._signer.bound_to(conversation.id),
            zone=UTC,
            now=datetime.now(UTC),
            transitions=issue.transitions,
            description=True,
            shared=shared,
            including_restricted=including_restricted,
            refresh_for=self._viewers(conversation) if shared else (),
        )
        if hides_content(secured=issue.secured, shared=shared, including_restricted=including_restricted):
            return Message(card=card, summary=restricted_name(issue))
        summary = tr("{said}: {issue}", said=headline, issue=f"{issue.key} {issue.summary}")
        return Message(card=card, summary=clean(summary, 200), about=IssueRef(issue.key, site.cloud_id))

    def line_message(self, conversation: Conversation, text: str) -> Message:
        del conversation
        return Message(text=escape(text, 1000))

    def digest_message(self, conversation: Conversation, lines: Sequence[DigestLine], more: int) -> Message:
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
        what = ", ".join(
            dict.fromkeys(s.project or tr("all projects") for s in subscriptions[:_MAX_SUSPENDED_SHOWN])
        )
        words = tr(_WHY[SuspensionReason(reason)], what=what)
        if SuspensionReason(reason) is SuspensionReason.QUERY:
            return Message(card=message_card(words, tone="warning"), summary=words)
        words = " ".join((words, tr("Someone else can take over.")))
        ids = [s.id for s in subscriptions[:_MAX_SUSPENDED_SHOWN]]
        card = suspended_card(words, ids, sign=self._signer.bound_to(conversation.id))
        return Message(card=card, summary=words)

    def daily_message(self, conversation: Conversation, day: Day) -> Message:
        sections = (
            DaySection(tr("Overdue"), [_day_row(item, _due(item)) for item in day.overdue], urgent=True),
            DaySection(tr("Due today"), [_day_row(item) for item in day.today], urgent=True),
            DaySection(tr("Due tomorrow"), [_day_row(item) for item in day.tomorrow]),
            DaySection(
                tr("Also assigned to you"), [_day_row(item, item.issue.status.name) for item in day.latest]
            ),
        )
        shown = [section for section in sections if section.rows]
        card = day_card(shown, sign=self._signer.bound_to(conversation.id), more=day.more)
        return Message(card=card, summary=tr("Your day in Jira: {counts}", counts=", ".join(_counts(day))))


def _counts(day: Day) -> Iterator[str]:
    """Yield how many issues each section has that is not empty."""
    if count := len(day.overdue):
        yield trn("{count} overdue", "{count} overdue", count)
    if count := len(day.today):
        yield trn("{count} due today", "{count} due today", count)
    if count := len(day.tomorrow):
        yield trn("{count} due tomorrow", "{count} due tomorrow", count)
    if count := len(day.latest):
        yield trn("{count} also assigned to you", "{count} also assigned to you", count)


def _day_row(item: IssueOnSite, note: str = "") -> DayRow:
    return DayRow(item.issue.key, item.issue.summary, note, item.site.cloud_id)


def _due(item: IssueOnSite) -> str:
    if item.issue.due is None:
        return ""
    # i18n: a day of the month as CLDR patterns have it: “02 January”.
    day = format_date(item.issue.due, tr("dd MMMM"), locale=current_language().locale)
    return tr("since {day}", day=day)


_WHY = {
    SuspensionReason.NOT_CONNECTED: mark("Updates for {what} stopped: the subscriber disconnected Jira."),
    SuspensionReason.REVOKED: mark("Updates for {what} stopped: the subscriber's Jira connection has ended."),
    SuspensionReason.SCOPE: mark("Updates for {what} stopped: the subscriber's Jira connection doesn't cover it."),
    SuspensionReason.NO_ACCESS: mark("Updates for {what} stopped: the subscriber can no longer see it in Jira."),
    SuspensionReason.QUERY: mark("Updates for {what} stopped: Jira no longer accepts the query."),
    SuspensionReason.SERVICE_ACCOUNT: mark(
        "Updates for {what} stopped: Jira no longer accepts the service account. Your administrator can renew it."
    ),
}
