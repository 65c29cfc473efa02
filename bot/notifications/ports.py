"""What notifications ask of the rest of the bridge; `bot.bridge` puts the real things behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.chat.identity import Conversation, Person
from bot.chat.messages import Message
from bot.jira.models import Issue, Site
from bot.notifications.subscriptions.repository import Subscription


class IssueReader(Protocol):
    """Jira as one linked person sees it.

    Every method may raise `NotConnectedError`, `GrantRevokedError` (also when the person's link does not reach
    that site), `SignInUnavailableError` and any `JiraError`.
    """

    async def read(self, person: Person, cloud_id: str, issue: str) -> tuple[Site, Issue]:
        """The issue with this key or id, its newest comments included. Raises `NotFoundOrForbiddenError`."""

    async def matches(self, person: Person, cloud_id: str, issue_id: str, jql: str) -> bool:
        """Whether the query finds the issue. Raises `JiraRejectedError` for a query that Jira refuses."""

    async def sees_project(self, person: Person, cloud_id: str, project_key: str) -> bool:
        """Whether the person may browse the project."""


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One issue in a digest: what happened to it, oldest first, as plain sentences."""

    site: Site
    issue: Issue
    sentences: tuple[str, ...]


class Cards(Protocol):
    """How it looks. Headlines and sentences are plain text that others wrote: the card escapes them."""

    def issue_message(self, conversation: Conversation, site: Site, issue: Issue, headline: str) -> Message:
        """The issue card under a sentence that says what happened."""

    def line_message(self, conversation: Conversation, text: str) -> Message:
        """One line: an answer in an issue's thread, or the end of an issue."""

    def digest_message(self, conversation: Conversation, lines: Sequence[DigestLine], more: int) -> Message:
        """Many changes in one message; `more` changes are not among the lines."""

    def suspended_message(
        self, conversation: Conversation, subscriptions: Sequence[Subscription], reason: str
    ) -> Message:
        """These subscriptions of one owner have stopped; `reason` is one of `bot.notifications.suspending`."""
