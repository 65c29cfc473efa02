"""May it be told? An issue is read again as the subscription's owner at the moment of telling (T25-T27)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.accounts.model import GrantRevokedError, NotConnectedError, SignInUnavailableError
from bot.jira.errors import JiraError, JiraRejectedError, JiraScopeError, JiraSignInError, NotFoundOrForbiddenError
from bot.jira.models import Issue, Site
from bot.jira.webhooks.model import Event, EventKind
from bot.jira.webhooks.people import display_names
from bot.notifications.outbox.suspension import Loss, Reason
from bot.notifications.personal.relevance import matters_of
from bot.notifications.ports import IssueReader
from bot.notifications.subscriptions.matching import wants
from bot.notifications.subscriptions.repository import Subscription

NOT_CONCERNED, RESTRICTED_COMMENT = "not concerned", "restricted comment"
OF_THE_EVENT = frozenset({NOT_CONCERNED, RESTRICTED_COMMENT})
"""Reasons to withhold one event, which say nothing of the issue's others."""


@dataclass(frozen=True, slots=True)
class Permit:
    """It may be told, on behalf of `subscription`. `found` is the issue as it is now, or None if it was deleted.

    Without `with_text` nothing of the comment's words, and nothing of a deleted issue but its key: whether the
    owner could see it, nobody knows any more.
    """

    subscription: Subscription
    found: tuple[Site, Issue] | None
    with_text: bool = False

    @property
    def names(self) -> Mapping[str, str]:
        """What the issue calls its people, by account id."""
        return display_names(self.found[1]) if self.found else {}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A permit, or None and why; and the subscriptions that turned out to have no standing."""

    permit: Permit | None
    withheld: str = ""
    losses: tuple[Loss, ...] = ()


def restriction(event: Event, issue: Issue, subscription: Subscription) -> str:
    """Why this may or need not be told there although the owner sees the issue; empty if it may. Pure."""
    if subscription.project not in ("", issue.project_key, event.old_project):
        return "other project"
    if subscription.account:
        why = matters_of(event, issue, subscription.account, quotable=may_quote(event, issue))
        return "" if why & subscription.matters else NOT_CONCERNED
    if subscription.tells_restricted:
        return ""
    if issue.security_level is not None:
        return "security level"
    if event.restricted or _reread_is_restricted(event, issue):
        return RESTRICTED_COMMENT
    return ""


def may_quote(event: Event, issue: Issue) -> bool:
    """Whether the comment's words may be shown: the owner sees that comment now, or nothing speaks against it.

    A comment that is missing among all of the issue's comments is hidden from the owner, or deleted. Pure.
    """
    if event.comment is None:
        return False
    if any(c.id == event.comment.id for c in issue.comments):
        return True
    complete = issue.comment_count is not None and len(issue.comments) >= issue.comment_count
    return not event.restricted and not complete


def without_restricted(issue: Issue, subscription: Subscription) -> Issue:
    """The issue without the comments that its owner sees but the conversation must not. Pure."""
    if subscription.tells_restricted or not any(c.restricted for c in issue.comments):
        return issue
    return replace(issue, comments=tuple(c for c in issue.comments if not c.restricted))


def _reread_is_restricted(event: Event, issue: Issue) -> bool:
    return event.comment is not None and any(c.restricted for c in issue.comments if c.id == event.comment.id)


class Judge:
    """Asks Jira. Nothing is remembered between two questions: what was visible a minute ago may not be now."""

    def __init__(self, reader: IssueReader) -> None:
        self._reader = reader

    async def judge(
        self, event: Event, subscriptions: Sequence[Subscription], *, told_before: bool = False
    ) -> Verdict:
        """The first of `subscriptions` under which `event` may be told.

        `told_before`: this conversation has the issue's card already. Raises `JiraError` or
        `SignInUnavailableError` if nobody may and somebody could not be asked.
        """
        losses: list[Loss] = []
        withheld, trouble = "no subscription", None
        for subscription in subscriptions:
            if not wants(subscription, event):
                continue
            try:
                answer = await self._ask(event, subscription, told_before)
            except (SignInUnavailableError, JiraError, NotConnectedError) as error:
                if reason := _standing(error):
                    losses.append(Loss(subscription, reason))
                    withheld = reason.value
                else:
                    trouble = error
                continue
            if isinstance(answer, Permit):
                return Verdict(answer, losses=tuple(losses))
            if isinstance(answer, Loss):
                losses.append(answer)
            withheld = answer.reason.value if isinstance(answer, Loss) else answer
        if trouble is not None:
            raise trouble
        return Verdict(None, withheld, tuple(losses))

    async def _ask(self, event: Event, subscription: Subscription, told_before: bool) -> Permit | Loss | str:
        owner, cloud_id = subscription.owner, subscription.cloud_id
        try:
            site, issue = await self._reader.read(owner, cloud_id, event.issue_key or event.issue_id)
        except NotFoundOrForbiddenError:
            return await self._ask_unseen(event, subscription, told_before)
        if reason := restriction(event, issue, subscription):
            return reason
        if subscription.jql:
            try:
                if not await self._reader.matches(owner, cloud_id, issue.id, subscription.jql):
                    return "query"
            except JiraRejectedError:
                return Loss(subscription, Reason.QUERY)
        return Permit(subscription, (site, without_restricted(issue, subscription)), may_quote(event, issue))

    async def _ask_unseen(
        self, event: Event, subscription: Subscription, told_before: bool
    ) -> Permit | Loss | str:
        """The owner does not see the issue: it is hidden, or no longer there."""
        project = subscription.project or event.project_key
        if not await self._reader.sees_project(subscription.owner, subscription.cloud_id, project):
            return Loss(subscription, Reason.NO_ACCESS) if subscription.project else "not visible"
        if EventKind.DELETED not in event.kinds:
            return "not visible"
        if event.secured and not subscription.tells_restricted:
            return "security level"
        if subscription.jql and not told_before:
            return "query"
        return Permit(subscription, None, told_before)


def _standing(error: Exception) -> Reason | None:
    """The reason for which a subscription has to stop, or None if asking again may help."""
    if isinstance(error, GrantRevokedError):
        return Reason.REVOKED
    if isinstance(error, NotConnectedError):
        return Reason.NOT_CONNECTED
    if isinstance(error, JiraScopeError):
        return Reason.SCOPE
    if isinstance(error, JiraSignInError):
        return Reason.NO_ACCESS
    return None
