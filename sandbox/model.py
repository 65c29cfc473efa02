"""The data of a Jira site. The rules are in `site` (permissions) and `changes` (edits)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Json = dict[str, object]
"""A JSON object."""


@dataclass(frozen=True, slots=True)
class NamedItem:
    """A priority, resolution, version, component, or link type's end: an id and a name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Status:
    """A workflow status. `category` is `new`, `indeterminate` or `done`."""

    id: str
    name: str
    category: str


@dataclass(frozen=True, slots=True)
class ScreenField:
    """A field of a screen. `default` is a stored value (see `fields`); `fixed`: it is read-only."""

    field_id: str
    required: bool = False
    default: object = None
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """A workflow step. Without `sources` it starts from every status but its own target."""

    id: str
    name: str
    target: str
    sources: tuple[str, ...] = ()
    screen: tuple[ScreenField, ...] = ()


@dataclass(frozen=True, slots=True)
class IssueType:
    """An issue type. `level` is Jira's `hierarchyLevel`: -1 subtask, 0 standard, 1 epic."""

    id: str
    name: str
    level: int = 0

    @property
    def subtask(self) -> bool:
        return self.level < 0


@dataclass(frozen=True, slots=True)
class SecurityLevel:
    """A security level, with the accounts that may see its issues."""

    id: str
    name: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class LinkType:
    """A link type. `outward` is how the inward issue is related to the outward one, such as "blocks"."""

    id: str
    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True)
class Sprint:
    """A sprint. `state` is `future`, `active` or `closed`."""

    id: int
    name: str
    state: str
    board_id: int = 1


@dataclass(frozen=True, slots=True)
class Filter:
    """A saved filter. Everybody sees shared ones."""

    id: str
    name: str
    jql: str
    owner: str
    shared: bool = False
    favourite_of: frozenset[str] = frozenset()


@dataclass(slots=True)
class Project:
    """A project. `screens` are the create and edit fields by issue type id.

    `permissions`: the account ids that have a permission; a permission that is missing belongs to everybody.
    `roles`: role name to account ids, for restricted comments.
    """

    id: str
    key: str
    name: str
    lead: str
    types: tuple[IssueType, ...]
    screens: dict[str, tuple[ScreenField, ...]]
    kind: str = "software"
    permissions: dict[str, frozenset[str]] = field(default_factory=dict)
    roles: dict[str, frozenset[str]] = field(default_factory=dict)
    versions: tuple[NamedItem, ...] = ()
    components: tuple[NamedItem, ...] = ()
    security_levels: tuple[SecurityLevel, ...] = ()
    next_number: int = 1


@dataclass(slots=True)
class Comment:
    """A comment. `visibility` is Jira's own object; `internal` is a service desk's note for its agents."""

    id: str
    author: str
    body: Json
    created: float
    updated: float
    visibility: Json | None = None
    internal: bool = False
    properties: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class Worklog:
    """A worklog entry. `started` is a Unix time."""

    id: str
    author: str
    seconds: int
    started: float
    created: float
    comment: Json | None = None


@dataclass(slots=True)
class Attachment:
    """A file of an issue."""

    id: str
    name: str
    author: str
    mime_type: str
    content: bytes
    created: float


@dataclass(frozen=True, slots=True)
class Link:
    """A link "`inward` blocks `outward`" (issue ids), for a link type whose outward name is "blocks"."""

    id: str
    type_id: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True)
class ChangeItem:
    """A row of a changelog, in the words of Jira's webhooks."""

    field: str
    field_id: str
    old: str | None
    old_text: str | None
    new: str | None
    new_text: str | None
    custom: bool = False


@dataclass(slots=True)
class Issue:
    """An issue. `values` are those of all fields that a screen can show, by field id, as `fields` stores them."""

    id: str
    key: str
    project: str
    created: float
    updated: float
    creator: str
    values: dict[str, object]
    resolved: float | None = None
    comments: list[Comment] = field(default_factory=list)
    worklogs: list[Worklog] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    watchers: set[str] = field(default_factory=set)
    voters: set[str] = field(default_factory=set)
    viewed: dict[str, float] = field(default_factory=dict)
    remaining: int | None = None
    history: list[tuple[float, str, tuple[ChangeItem, ...]]] = field(default_factory=list)

    def text(self, field_id: str) -> str:
        """Return a value that is stored as a string, empty if unset."""
        value = self.values.get(field_id)
        return value if isinstance(value, str) else ""

    def ids(self, field_id: str) -> tuple[str, ...]:
        """Return a value that is stored as a list of strings."""
        value = self.values.get(field_id)
        return tuple(str(v) for v in value) if isinstance(value, list | tuple) else ()


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened, for listeners (webhooks).

    `event` is the webhook's event name. `detail` is what the body needs besides the issue.
    """

    event: str
    actor: str
    at: float
    issue: Issue | None
    items: tuple[ChangeItem, ...] = ()
    event_type: str = ""
    comment: Comment | None = None
    worklog: Worklog | None = None
    attachment: Attachment | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
