"""Events parsed from webhook deliveries, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from bot.jira.models import JiraUser


class EventKind(StrEnum):
    """What happened. One event may have several kinds: a transition that also assigns."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    ASSIGNED = "assigned"
    TRANSITIONED = "transitioned"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    MOVED = "moved"
    COMMENTED = "commented"
    COMMENT_EDITED = "comment_edited"
    COMMENT_DELETED = "comment_deleted"
    MENTIONED = "mentioned"
    ATTACHMENT = "attachment"
    WORKLOG = "worklog"
    LINK = "link"
    SPRINT = "sprint"


class Topic(StrEnum):
    """What a subscription can be about."""

    CREATED = "created"
    UPDATED = "updated"
    COMMENTED = "commented"
    ASSIGNED = "assigned"
    TRANSITIONED = "transitioned"
    RESOLVED = "resolved"
    DELETED = "deleted"
    ATTACHMENT = "attachment"
    WORKLOG = "worklog"
    SPRINT = "sprint"


TOPICS: Mapping[EventKind, Topic] = MappingProxyType(
    {
        EventKind.CREATED: Topic.CREATED,
        EventKind.UPDATED: Topic.UPDATED,
        EventKind.DELETED: Topic.DELETED,
        EventKind.ASSIGNED: Topic.ASSIGNED,
        EventKind.TRANSITIONED: Topic.TRANSITIONED,
        EventKind.RESOLVED: Topic.RESOLVED,
        EventKind.REOPENED: Topic.TRANSITIONED,
        EventKind.MOVED: Topic.UPDATED,
        EventKind.COMMENTED: Topic.COMMENTED,
        EventKind.COMMENT_EDITED: Topic.COMMENTED,
        EventKind.COMMENT_DELETED: Topic.COMMENTED,
        EventKind.ATTACHMENT: Topic.ATTACHMENT,
        EventKind.WORKLOG: Topic.WORKLOG,
        EventKind.LINK: Topic.UPDATED,
        EventKind.SPRINT: Topic.SPRINT,
    }
)
"""The topic of each kind. A mention has none: it concerns one person, not a conversation."""


@dataclass(frozen=True, slots=True)
class Change:
    """One changed field. `name` is Jira's; `before` and `after` are the shown values, and their ids."""

    name: str
    before: str = ""
    after: str = ""
    before_id: str = ""
    after_id: str = ""

    @property
    def field(self) -> str:
        """The name in lower case, as the tables have it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class CommentNote:
    """A comment of a delivery. `text` is wiki markup; `mentions` are account ids; `updated` is in ms."""

    id: str
    author: JiraUser | None = None
    text: str = ""
    restricted: bool = False
    mentions: tuple[str, ...] = ()
    updated: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """One event that conversations may be notified of.

    `site` is the host (and port) of the site, or the cloud id where the delivery's links lead to the API gateway.
    `issue_key`, `project_key` and `summary` are empty where the delivery names the issue by id alone (worklogs,
    links, attachments). `time` is in milliseconds. `mentions` are account ids added to the description. `names`
    are its deduplication keys within the site: events that share one are the same. `restricted`: not everybody who
    sees the issue may see the comment or worklog. `secured`: the issue has a security level.
    """

    kinds: frozenset[EventKind]
    site: str
    issue_id: str
    issue_key: str = ""
    project_key: str = ""
    time: int = 0
    actor: JiraUser | None = None
    summary: str = ""
    issue_type: str = ""
    changes: tuple[Change, ...] = ()
    comment: CommentNote | None = None
    mentions: tuple[str, ...] = ()
    old_key: str = ""
    restricted: bool = False
    secured: bool = False
    names: tuple[str, ...] = ()

    @property
    def old_project(self) -> str:
        """The project that the issue was moved from; empty if it was not moved."""
        return self.old_key.rpartition("-")[0]

    @property
    def topics(self) -> frozenset[Topic]:
        """The topics whose subscriptions are notified of it."""
        return frozenset(TOPICS[kind] for kind in self.kinds if kind in TOPICS)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A delivery without an event to notify of. `reason` is a fixed text, never one from the delivery."""

    reason: str
    detail: str = ""
    """For the log: the event's name, if it is well-formed."""
