"""Decides whether an event may be posted, by reading the issue again as its recipient at that moment (T25-T27)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.accounts.model import GrantRevokedError, NotConnectedError, SignInUnavailableError
from bot.accounts.service_accounts import is_service_account
from bot.chat.identity import Conversation
from bot.jira.disclosure import hides_content
from bot.jira.errors import JiraError, JiraRejectedError, JiraScopeError, JiraSignInError
from bot.jira.models import Issue, Site
from bot.jira.webhooks.model import Event, EventKind
from bot.jira.webhooks.people import display_names
from bot.notifications.messages import EventMessage
from bot.notifications.outbox.posts import Posts
from bot.notifications.outbox.readings import Reading, Readings
from bot.notifications.outbox.suspension import RevokedSubscription, Suspender, SuspensionReason
from bot.notifications.personal.recipients import PersonalRecipient
from bot.notifications.personal.relevance import reasons_of
from bot.notifications.ports import IssueReader
from bot.notifications.recipients import CurrentRecipients, Recipient
from bot.notifications.subscriptions.model import Subscription

NOT_CONCERNED, RESTRICTED_COMMENT, SECURITY_LEVEL = "not concerned", "restricted comment", "security level"
EVENT_REASONS = frozenset({NOT_CONCERNED, RESTRICTED_COMMENT})
"""Reasons to withhold one event, which say nothing of the issue's others."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The event may be posted in `conversation`, on behalf of `recipient`.

    `current` is the issue as it is now, or None if it was deleted. Without `with_text` neither the comment's text
    may be shown, nor anything of a deleted issue but its key: nobody knows whether the owner could see it.
    `left` is the present key of an issue that was moved out of the subscription's project, empty if the owner does
    not see it there: nothing else may be said of it.
    """

    recipient: Recipient
    conversation: Conversation
    current: tuple[Site, Issue] | None
    with_text: bool = False
    left: str | None = None

    @property
    def names(self) -> Mapping[str, str]:
        """The display names of the issue's people, by account id."""
        return display_names(self.current[1]) if self.current else {}


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether an event may be posted, else why it is withheld; and the subscriptions whose owner lost access.

    `secured` is the issue as it is now if it is withheld for its security level: a card of it that is there has to
    become the key alone.
    """

    allowed: Allowed | None
    withheld: str = ""
    revoked: tuple[RevokedSubscription, ...] = ()
    secured: tuple[Site, Issue] | None = None


def restriction(event: Event, reading: Reading, recipient: Recipient) -> str:
    """Return why the event may or need not be posted although the owner sees the issue; empty if it may. Pure."""
    if isinstance(recipient, PersonalRecipient):
        quotable = reading.comment is not None
        reasons = reasons_of(event, reading.issue, recipient.account_id, quotable=quotable)
        return "" if reasons & recipient.reasons else NOT_CONCERNED
    if recipient.project not in ("", reading.issue.project_key) or recipient.topics.isdisjoint(event.topics):
        return "other project"
    including = recipient.allows_restricted
    if hides_content(secured=reading.issue.secured, shared=True, including_restricted=including):
        return SECURITY_LEVEL
    restricted = event.restricted or (reading.comment is not None and reading.comment.restricted)
    return RESTRICTED_COMMENT if restricted and not including else ""


def without_restricted(issue: Issue, recipient: Recipient) -> Issue:
    """Remove the comments that the owner sees but the conversation must not. Pure."""
    if recipient.allows_restricted or not any(c.restricted for c in issue.comments):
        return issue
    return replace(issue, comments=tuple(c for c in issue.comments if not c.restricted))


class Authorizer:
    """Asks Jira about each event: what was visible a minute ago may not be now."""

    def __init__(self, reader: IssueReader, *, clock: Callable[[], float] = time.time) -> None:
        self._reader, self._readings = reader, Readings(reader, clock=clock)

    async def authorize(
        self, event: Event, recipients: Sequence[Recipient], *, has_card: bool = False
    ) -> Decision:
        """Return the first of `recipients` on whose behalf `event` may be posted.

        `has_card`: their conversation has the issue's card already. Raises `JiraError` or
        `SignInUnavailableError` if nobody is allowed and Jira did not answer for somebody.
        """
        revoked: list[RevokedSubscription] = []
        withheld, left, failure = _Withheld("no subscription"), None, None
        for recipient in recipients:
            if not recipient.wants(event):
                continue
            try:
                answer = await self._ask(event, recipient, has_card)
            except (SignInUnavailableError, JiraError, NotConnectedError) as error:
                reason = _reason_to_suspend(error, recipient)
                if reason is None:
                    failure = error
                    continue
                answer = _revoked(recipient, reason)
            if isinstance(answer, _Visible):
                conversation = recipients[-1].conversation
                allowed = Allowed(recipient, conversation, answer.current, answer.with_text, answer.left)
                if allowed.left is None:
                    return Decision(allowed, revoked=tuple(revoked))
                left = left or allowed  # another subscription may cover where the issue is now
                continue
            if isinstance(answer, RevokedSubscription):
                revoked.append(answer)
                answer = _Withheld(answer.reason.value)
            withheld = withheld if withheld.secured else answer
        if left is not None:
            return Decision(left, revoked=tuple(revoked))
        if failure is not None:
            raise failure
        return Decision(None, withheld.reason, tuple(revoked), withheld.secured)

    async def _ask(self, event: Event, recipient: Recipient, has_card: bool) -> _Answer:
        owner, cloud_id = recipient.owner, recipient.cloud_id
        reading = await self._readings.read(event, owner, cloud_id)
        issue_now = reading.issue if reading else None
        if isinstance(recipient, Subscription) and recipient.is_left_by(event, issue_now):
            return await self._ask_left(event, recipient, reading, has_card)
        if reading is None:
            return await self._ask_unseen(event, recipient, has_card)
        site, issue = reading.site, reading.issue
        if reason := restriction(event, reading, recipient):
            return _Withheld(reason, (site, issue) if reason == SECURITY_LEVEL else None)
        if isinstance(recipient, Subscription) and recipient.jql:
            try:
                if not await self._reader.matches(owner, cloud_id, issue.id, recipient.jql):
                    return _Withheld("query")
            except JiraRejectedError:
                return RevokedSubscription(recipient, SuspensionReason.QUERY)
        return _Visible((site, without_restricted(issue, recipient)), reading.comment is not None)

    async def _ask_unseen(self, event: Event, recipient: Recipient, has_card: bool) -> _Answer:
        """Decide about an issue that the owner does not see: it is hidden, or no longer there."""
        subscription = recipient if isinstance(recipient, Subscription) else None
        project = (subscription.project if subscription else "") or event.project_key
        if not await self._reader.sees_project(recipient.owner, recipient.cloud_id, project):
            if subscription is not None and subscription.project:
                return RevokedSubscription(subscription, SuspensionReason.NO_ACCESS)
            return _Withheld("not visible")
        if EventKind.DELETED not in event.kinds:
            return _Withheld("not visible")
        if hides_content(secured=event.secured, shared=True, including_restricted=recipient.allows_restricted):
            return _Withheld(SECURITY_LEVEL)
        if subscription is not None and subscription.jql and not has_card:
            return _Withheld("query")
        return _Visible(None, has_card)

    async def _ask_left(
        self, event: Event, subscription: Subscription, reading: Reading | None, has_card: bool
    ) -> _Answer:
        """Decide about an issue that was moved out of the project: the conversation is no longer concerned.

        Where its card is, that is closed. Elsewhere nobody is told of what they were never shown.
        """
        owner, cloud_id = subscription.owner, subscription.cloud_id
        if reading is None and not await self._reader.sees_project(owner, cloud_id, subscription.project):
            return RevokedSubscription(subscription, SuspensionReason.NO_ACCESS)
        secured = reading.issue.secured if reading else event.secured
        if not has_card:
            if hides_content(secured=secured, shared=True, including_restricted=subscription.allows_restricted):
                return _Withheld(SECURITY_LEVEL)
            if subscription.jql or subscription.topics.isdisjoint(event.topics):
                return _Withheld("query")
        return _Visible(None, with_text=False, left=reading.issue.key if reading else "")


class MessageAuthorizer:
    """Decides about event messages of the outbox, and suspends the subscriptions whose owner lost access."""

    def __init__(
        self, recipients: CurrentRecipients, authorizer: Authorizer, posts: Posts, suspender: Suspender
    ) -> None:
        self._recipients, self._authorizer = recipients, authorizer
        self._posts, self._suspender = posts, suspender

    async def authorize(self, message: EventMessage) -> Decision:
        """Decide for the recipients as they are now. Raises what `Authorizer` raises, and `StoreError`."""
        event, recipients = message.event, await self._recipients.of(message)
        has_card = bool(recipients) and await self._posts.has_card(
            message.conversation, recipients[0].cloud_id, event.issue_id
        )
        decision = await self._authorizer.authorize(event, recipients, has_card=has_card)
        await self._suspender.suspend(decision.revoked)
        return decision


@dataclass(frozen=True, slots=True)
class _Visible:
    """`left` is as in `Allowed`."""

    current: tuple[Site, Issue] | None
    with_text: bool
    left: str | None = None


@dataclass(frozen=True, slots=True)
class _Withheld:
    """Why the event is withheld; `secured` is as in `Decision`."""

    reason: str
    secured: tuple[Site, Issue] | None = None


_Answer = _Visible | RevokedSubscription | _Withheld


def _revoked(recipient: Recipient, reason: SuspensionReason) -> RevokedSubscription | _Withheld:
    if isinstance(recipient, Subscription):
        return RevokedSubscription(recipient, reason)
    return _Withheld(reason.value)


def _reason_to_suspend(error: Exception, recipient: Recipient) -> SuspensionReason | None:
    """Return why a subscription has to stop, or None if asking again may help."""
    if is_service_account(recipient.owner) and isinstance(error, NotConnectedError | JiraSignInError):
        return SuspensionReason.SERVICE_ACCOUNT
    if isinstance(error, GrantRevokedError):
        return SuspensionReason.REVOKED
    if isinstance(error, NotConnectedError):
        return SuspensionReason.NOT_CONNECTED
    if isinstance(error, JiraScopeError):
        return SuspensionReason.SCOPE
    if isinstance(error, JiraSignInError):
        return SuspensionReason.NO_ACCESS
    return None
