"""A subscription of a conversation to Jira events."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.identity import Conversation, Person
from bot.jira.models import Issue
from bot.jira.webhooks.model import Event, Topic


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription of a conversation to Jira events. Stored as JSON under these field names.

    `project` and `jql` may each be empty, not both; without a project it covers the whole site. Only what `owner`
    may see at that moment is posted. `suspended` is empty, or why the subscription was stopped automatically;
    `resumed_at` (Unix seconds) is when it last continued after that or after a pause.
    """

    id: str
    conversation: Conversation
    owner: Person
    cloud_id: str
    host: str
    project: str
    jql: str
    topics: frozenset[Topic]
    including_restricted: bool = False
    paused: bool = False
    suspended: str = ""
    created_at: float = 0.0
    resumed_at: float = 0.0

    @property
    def is_active(self) -> bool:
        """Whether neither a person nor the bridge has stopped it."""
        return not (self.paused or self.suspended)

    @property
    def active_since(self) -> float:
        """Unix seconds. Earlier events that are found late are not posted any more."""
        return max(self.created_at, self.resumed_at)

    @property
    def allows_restricted(self) -> bool:
        """Whether issues and comments that not everybody may read in Jira may be posted here."""
        return self.including_restricted or self.conversation.is_personal

    def covers_restricted(self, cloud_id: str, project: str) -> bool:
        """Whether it says `including restricted` and may be about issues of this project."""
        here = self.cloud_id == cloud_id and self.project in ("", project)
        return here and self.is_active and self.including_restricted

    def wants(self, event: Event) -> bool:
        """Whether the event is about this site (T45: the one that the delivery names), project and topic.

        An event that names no project is decided once the issue is read. That an issue left the project is wanted
        whatever the topics, because its card may be here.
        """
        return (
            self.is_active
            and event.site in (self.host, self.cloud_id)
            and (self.project in ("", event.project_key, event.old_project) or not event.project_key)
            and (self.is_left_by(event) or not self.topics.isdisjoint(event.topics))
        )

    def is_left_by(self, event: Event, issue: Issue | None = None) -> bool:
        """Whether the event moved its issue out of the project, as far as is known before or after reading it."""
        now_in = issue.project_key if issue else event.project_key
        return self.project != "" and self.project == event.old_project != now_in
