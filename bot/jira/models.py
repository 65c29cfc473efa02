"""What the bridge knows of Jira: plain frozen data. The JSON it comes from is read in `bot.jira.parse`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

Adf = Mapping[str, object]
"""An Atlassian Document Format document: `{"type": "doc", "version": 1, "content": [...]}`."""

ISSUE_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,9}-[1-9][0-9]{0,9}", re.ASCII)
"""Must match in full before a key gets near a URL: URL libraries collapse `..` (threat T33)."""


def issue_key(text: str) -> str | None:
    """`text` as an issue key in upper case, or None if it is none."""
    key = text.strip().upper()
    return key if ISSUE_KEY.fullmatch(key) else None


@dataclass(frozen=True, slots=True)
class Site:
    """One Jira Cloud site that a person gave access to (an `accessible-resources` row)."""

    cloud_id: str
    url: str
    name: str
    scopes: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """Its `https://host`, as links are compared with it."""
        return self.url.rstrip("/").lower()

    @property
    def host(self) -> str:
        """Its host (and port), as people say it and `bot.jira.webhook_fields.site_of` gives it."""
        return self.origin.partition("://")[2].partition("/")[0]

    def browse(self, key: str) -> str:
        """The page of an issue, for a person's browser."""
        return f"{self.url.rstrip('/')}/browse/{key}"


@dataclass(frozen=True, slots=True)
class JiraUser:
    """A Jira account. `account_id` is the only lasting name; the rest is what the person chose to show."""

    account_id: str
    name: str
    email: str = ""
    active: bool = True
    time_zone: str = ""


class StatusCategory(StrEnum):
    """Jira's three status colours (`statusCategory.key`) and the fourth for none."""

    TODO = "new"
    IN_PROGRESS = "indeterminate"
    DONE = "done"
    UNDEFINED = "undefined"


@dataclass(frozen=True, slots=True)
class Status:
    """A workflow status."""

    id: str
    name: str
    category: StatusCategory = StatusCategory.UNDEFINED


@dataclass(frozen=True, slots=True)
class Named:
    """Anything that Jira knows by id and name: a priority, a type, a version, a resolution."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class IssueRef:
    """Another issue, as it is named in this one (parent, subtask, link)."""

    key: str
    summary: str = ""
    status: Status | None = None
    relation: str = ""
    """How this issue stands to it, in Jira's words: "blocks", "is blocked by"; empty for parent and subtask."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment. `restricted`: only a role or group may see it, or it is internal to service staff."""

    id: str
    author: JiraUser | None
    body: Adf | None
    created: datetime | None
    updated: datetime | None = None
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on an issue; its content is behind Jira's own access check."""

    id: str
    name: str
    size: int
    author: JiraUser | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a screen (create, edit or transition metadata), as Jira describes it."""

    id: str
    name: str
    required: bool
    has_default: bool
    type: str
    """`schema.type`: string, number, date, datetime, array, user, option, priority, version, …"""
    items: str = ""
    custom: str = ""
    system: str = ""
    allowed: tuple[FieldOption, ...] = ()
    """What it may be set to from now on; an issue may still hold what was given up since."""
    fixed: bool = False
    """It is on the screen to be seen: Jira lets nobody change it there."""
    default: object = field(default=None, compare=False)
    """Jira's JSON of the value that it puts there itself; what has a default need not tell it."""

    @property
    def must_ask(self) -> bool:
        """Whether a person has to fill it in before Jira accepts the screen."""
        return self.required and not self.has_default


@dataclass(frozen=True, slots=True)
class FieldOption:
    """One allowed value of a field."""

    id: str
    name: str
    children: tuple[FieldOption, ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """A step that the workflow offers this person now."""

    id: str
    name: str
    to: Status
    fields: tuple[Field, ...] = ()
    """Those of its screen."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as one person may see it."""

    id: str
    key: str
    summary: str
    project_key: str
    project_name: str = ""
    type: Named | None = None
    status: Status = Status("", "")
    priority: Named | None = None
    resolution: Named | None = None
    assignee: JiraUser | None = None
    reporter: JiraUser | None = None
    created: datetime | None = None
    updated: datetime | None = None
    due: date | None = None
    labels: tuple[str, ...] = ()
    parent: IssueRef | None = None
    sprint: str = ""
    story_points: float | None = None
    fix_versions: tuple[Named, ...] = ()
    description: Adf | None = None
    comments: tuple[Comment, ...] = ()
    """The newest few, oldest first."""
    comment_count: int | None = None
    """Of all that the reader may see; None where they were not asked for."""
    subtasks: tuple[IssueRef, ...] = ()
    links: tuple[IssueRef, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    security_level: Named | None = None
    watching: bool = False
    watch_count: int = 0
    voted: bool = False
    vote_count: int = 0
    transitions: tuple[Transition, ...] = ()
    """The steps open to whom it was read for, where they were asked for with it."""


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A query that somebody saved under a name."""

    id: str
    name: str
    jql: str


@dataclass(frozen=True, slots=True)
class LinkType:
    """A kind of issue link, as it reads from either end: "blocks" (outward), "is blocked by" (inward)."""

    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search. `next_token` is empty on the last page (POST /search/jql knows no total)."""

    issues: tuple[Issue, ...]
    next_token: str = ""
