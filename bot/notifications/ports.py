"""What notifications need from the rest of the bridge; `bot.bootstrap` passes the implementations in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.chat.identity import Conversation, Person
from bot.chat.messages import Message
from bot.jira.models import Comment, Issue, Site
from bot.notifications.subscriptions.model import Subscription


@dataclass(frozen=True, slots=True)
class IssueOnSite:
    """An issue and the site that it is on."""

    site: Site
    issue: Issue


class IssueReader(Protocol):
    """Jira as one linked person sees it.

    Every method may raise `NotConnectedError`, `GrantRevokedError` (also when the person's link does not reach
    that site), `SignInUnavailableError` and any `JiraError`.
    """

    async def read(self, person: Person, cloud_id: str, issue: str) -> tuple[Site, Issue]:
        """Return the issue with this key or id and its newest comments. Raises `NotFoundOrForbiddenError`."""

    async def comment(self, person: Person, cloud_id: str, issue: str, comment_id: str) -> Comment:
        """Return one comment of an issue. Raises `NotFoundOrForbiddenError`."""

    async def matches(self, person: Person, cloud_id: str, issue_id: str, jql: str) -> bool:
        """Whether the query finds the issue. Raises `JiraRejectedError` for a query that Jira refuses."""

    async def sees_project(self, person: Person, cloud_id: str, project_key: str) -> bool:
        """Whether the person may browse the project."""


class IssueSearch(Protocol):
    """Jira's search as one linked person. Raises what `IssueReader` raises."""

    async def search(self, person: Person, cloud_id: str, jql: str, limit: int) -> tuple[Sequence[Issue], bool]:
        """Return the first issues, and whether there are more."""


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One issue in a digest: what happened to it, oldest first, as plain sentences."""

    site: Site
    issue: Issue
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A person's day. `more`: there are further open issues than these."""

    overdue: tuple[IssueOnSite, ...] = ()
    today: tuple[IssueOnSite, ...] = ()
    tomorrow: tuple[IssueOnSite, ...] = ()
    latest: tuple[IssueOnSite, ...] = ()
    more: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.overdue or self.today or self.tomorrow or self.latest)


class Cards(Protocol):
    """Renders notifications. Headlines and sentences are plain text that others wrote: the card escapes them."""

    def issue_message(
        self,
        conversation: Conversation,
        site: Site,
        issue: Issue,
        headline: str,
        *,
        including_restricted: bool = False,
    ) -> Message:
        """Render the issue card under a sentence that says what happened.

        Of an issue with a security level it is the key alone, unless that is `including_restricted`.
        """

    def line_message(self, conversation: Conversation, text: str) -> Message:
        """Render one line: a reply in an issue's thread, or the end of an issue."""

    def digest_message(self, conversation: Conversation, lines: Sequence[DigestLine], more: int) -> Message:
        """Render many changes in one message; `more` changes are not among the lines."""

    def suspended_message(
        self, conversation: Conversation, subscriptions: Sequence[Subscription], reason: str
    ) -> Message:
        """Say that these subscriptions of one owner have stopped; `reason` is a `SuspensionReason`."""


class DailyCards(Protocol):
    """Renders daily digests."""

    def daily_message(self, conversation: Conversation, day: Day) -> Message:
        """Render a day that is not empty."""
