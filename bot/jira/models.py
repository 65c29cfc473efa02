"""Jira's sites, users, issues and fields as frozen data; `bot.jira.parse` reads them from JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

Adf = Mapping[str, object]
"""An Atlassian Document Format document: `{"type": "doc", "version": 1, "content": [...]}`."""

ISSUE_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,9}-[1-9][0-9]{0,9}", re.ASCII)
"""Must match in full before a key is used in a URL: URL libraries collapse `..` (threat T33)."""


def issue_key(text: str) -> str | None:
    """Return `text` as an issue key in upper case, or None if it is no key."""
    key = text.strip().upper()
    return key if ISSUE_KEY.fullmatch(key) else None


class SiteKind(StrEnum):
    """Whose servers a site runs on: Atlassian's, or the company's own."""

    CLOUD = "cloud"
    DATA_CENTER = "datacenter"


@dataclass(frozen=True, slots=True)
class Site:
    """A Jira that a person gave access to: of Jira Cloud a row of `accessible-resources`, or a Data Center.

    A Data Center's `cloud_id` is its name in the table of sites.
    """

    cloud_id: str
    url: str
    name: str
    scopes: tuple[str, ...] = ()
    former_origins: tuple[str, ...] = ()
    """Addresses that it had before: links to them are links to it."""
    direct: bool = False
    """Whether it is called at its own address in place of Atlassian's API gateway."""
    kind: SiteKind = SiteKind.CLOUD

    @property
    def origin(self) -> str:
        """Its `https://host` in lower case, without the path of a Data Center, to compare links with."""
        scheme, _, rest = self.url.lower().partition("://")
        return f"{scheme}://{rest.partition('/')[0]}"

    @property
    def is_data_center(self) -> bool:
        """Whether it speaks REST v2."""
        return self.kind is SiteKind.DATA_CENTER

    @property
    def host(self) -> str:
        """Its host (and port), as `bot.jira.webhooks.payload.parse_site` returns it."""
        return self.origin.partition("://")[2]

    def browse(self, key: str) -> str:
        """Return the address of an issue's page."""
        return f"{self.url.rstrip('/')}/browse/{key}"


@dataclass(frozen=True, slots=True)
class JiraUser:
    """A Jira account. Only `account_id` is permanent; the person decides what else is visible.

    On Data Center it is the user name, which an admin can change.
    """

    account_id: str
    name: str
    email: str = ""
    active: bool = True
    time_zone: str = ""


class StatusCategory(StrEnum):
    """Jira's status categories (`statusCategory.key`)."""

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
class NamedItem:
    """Anything with an id and a name: a priority, a type, a version, a resolution."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class IssueRef:
    """Another issue, as this one refers to it (parent, subtask, link)."""

    key: str
    summary: str = ""
    status: Status | None = None
    relation: str = ""
    """This issue's relation to it, in Jira's words: "blocks", "is blocked by"; empty for parent and subtask."""
    link_id: str = ""
    """The id of the link between them; empty for parent and subtask."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment. `restricted`: only a role, a group or service agents may see it."""

    id: str
    author: JiraUser | None
    body: Adf | None
    created: datetime | None
    updated: datetime | None = None
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of an issue, without its content."""

    id: str
    name: str
    size: int
    author: JiraUser | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a screen (create, edit or transition metadata)."""

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
    """Values that it may be set to; an issue may still hold a value that is no longer allowed."""
    fixed: bool = False
    """Read-only on this screen."""
    default: object = field(default=None, compare=False)
    """The default value as Jira's JSON; may be None although `has_default`."""

    @property
    def must_ask(self) -> bool:
        """Whether Jira accepts the screen only with a value from the person."""
        return self.required and not self.has_default


@dataclass(frozen=True, slots=True)
class FieldOption:
    """One allowed value of a field."""

    id: str
    name: str
    children: tuple[FieldOption, ...] = ()
    detail: str = field(default="", compare=False)
    """What tells it from others of its name: an address, a board; empty if nothing is known."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A step of the workflow that is open to the person now."""

    id: str
    name: str
    to: Status
    fields: tuple[Field, ...] = ()
    """The fields of its screen."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as one person may see it."""

    id: str
    key: str
    summary: str
    project_key: str
    project_name: str = ""
    in_service_project: bool = False
    """Whether it is a request of a customer, who reads its comments unless they are internal notes."""
    type: NamedItem | None = None
    status: Status = Status("", "")
    priority: NamedItem | None = None
    resolution: NamedItem | None = None
    assignee: JiraUser | None = None
    reporter: JiraUser | None = None
    created: datetime | None = None
    updated: datetime | None = None
    due: date | None = None
    labels: tuple[str, ...] = ()
    parent: IssueRef | None = None
    sprint: str = ""
    story_points: float | None = None
    fix_versions: tuple[NamedItem, ...] = ()
    description: Adf | None = None
    comments: tuple[Comment, ...] = ()
    """The newest ones, oldest first."""
    comment_count: int | None = None
    """The number of comments that the reader may see; None if comments were not requested."""
    subtasks: tuple[IssueRef, ...] = ()
    links: tuple[IssueRef, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    security_level: NamedItem | None = None
    watching: bool = False
    watch_count: int = 0
    voted: bool = False
    vote_count: int = 0
    transitions: tuple[Transition, ...] = ()
    """The steps open to the reader, if they were requested with the issue."""

    @property
    def secured(self) -> bool:
        """Whether it has a security level: not everybody who may browse its project may see it."""
        return self.security_level is not None


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A saved filter."""

    id: str
    name: str
    jql: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class LinkType:
    """A type of issue link, read from either end: "blocks" (outward), "is blocked by" (inward)."""

    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True)
class IssuePage:
    """One page of a search. `next_token` is empty on the last page (POST /search/jql knows no total)."""

    issues: tuple[Issue, ...]
    next_token: str = ""
