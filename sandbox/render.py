"""Renders the model as the JSON of Jira's REST API.

`View` is the viewer and the address: the same issue in REST v3 at the gateway and in a webhook (REST v2 at the
site) differs in its links and in its rich text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import NAMESPACE_DNS, uuid5
from zoneinfo import ZoneInfo

from sandbox.fields import PRIORITIES, FieldDef, Kind
from sandbox.model import Attachment, Issue, IssueType, Json, NamedItem, Project, Status
from sandbox.people import Person
from sandbox.site import Site
from sandbox.wiki import wiki_text
from sandbox.workflow import RESOLUTIONS

_CATEGORIES = {
    "new": (2, "blue-gray", "To Do"),
    "indeterminate": (4, "yellow", "In Progress"),
    "done": (3, "green", "Done"),
}


def stamp(seconds: float, time_zone: str = "UTC") -> str:
    """Format a time as Jira does: `2026-01-17T12:34:00.000+0000`."""
    moment = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(time_zone))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}" + moment.strftime("%z")


def duration(seconds: int) -> str:
    """Format logged time with Jira's default week of five days of eight hours: `1d 2h 30m`."""
    parts = []
    for unit, size in (("w", 144_000), ("d", 28_800), ("h", 3600), ("m", 60)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0m"


@dataclass(frozen=True, slots=True)
class View:
    """A viewer of a site. `root` is the address before `/rest`, `version` is 2 or 3."""

    site: Site
    viewer: str
    root: str
    version: int = 3

    def link(self, path: str) -> str:
        """Return a `self` link."""
        return f"{self.root}/rest/api/{self.version}/{path}"

    @property
    def time_zone(self) -> str:
        person = self.site.person(self.viewer)
        return person.time_zone if person else "UTC"

    def time(self, seconds: float | None) -> str | None:
        """Format a time in the viewer's time zone."""
        return None if seconds is None else stamp(seconds, self.time_zone)

    def rich(self, document: object) -> object:
        """Render rich text: the document in v3, wiki markup in v2."""
        return document if self.version == 3 else wiki_text(document)

    def user(self, account_id: str) -> Json:
        """Render a user, as in issues and comments."""
        person = self.site.person(account_id)
        return {
            "self": self.link(f"user?accountId={quote(account_id, safe='')}"),
            "accountId": account_id,
            **({"emailAddress": person.email} if person else {}),
            "avatarUrls": avatars(self.site.url, f"avatar/user/{account_id}"),
            "displayName": self.site.name_of(account_id),
            "active": person is not None,
            "timeZone": person.time_zone if person else "UTC",
            "accountType": "atlassian",
        }

    def full_user(self, person: Person) -> Json:
        """Render a user, as in `/myself`."""
        return {**self.user(person.account_id), "locale": person.locale}


def avatars(base: str, path: str) -> Json:
    """Render the four sizes of an avatar."""
    return {f"{n}x{n}": f"{base}/{path}?size={n}" for n in (48, 24, 16, 32)}


def status(view: View, value: Status) -> Json:
    """Render a status with its category."""
    number, colour, name = _CATEGORIES[value.category]
    return {
        "self": view.link(f"status/{value.id}"),
        "description": "",
        "iconUrl": f"{view.site.url}/images/icons/statuses/generic.png",
        "name": value.name,
        "id": value.id,
        "statusCategory": {
            "self": view.link(f"statuscategory/{number}"),
            "id": number,
            "key": value.category,
            "colorName": colour,
            "name": name,
        },
    }


def issue_type(view: View, value: IssueType) -> Json:
    """Render an issue type."""
    return {
        "self": view.link(f"issuetype/{value.id}"),
        "id": value.id,
        "description": f"{value.name}s of this project.",
        "iconUrl": f"{view.site.url}/avatar/issuetype/{value.id}",
        "name": value.name,
        "subtask": value.subtask,
        "hierarchyLevel": value.level,
    }


def project(view: View, value: Project) -> Json:
    """Render a project, as in issues."""
    return {
        "self": view.link(f"project/{value.id}"),
        "id": value.id,
        "key": value.key,
        "name": value.name,
        "projectTypeKey": value.kind,
        "simplified": False,
        "avatarUrls": avatars(view.site.url, f"avatar/project/{value.id}"),
    }


def named(view: View, kind: str, value: NamedItem) -> Json:
    """Render a version, component, resolution or priority."""
    row: Json = {"self": view.link(f"{kind}/{value.id}"), "id": value.id, "name": value.name}
    if kind == "priority":
        row["iconUrl"] = f"{view.site.url}/images/icons/priorities/{value.name.lower()}.svg"
    if kind == "version":
        row |= {"archived": False, "released": False}
    if kind == "resolution":
        row["description"] = ""
    return row


def attachment(view: View, value: Attachment) -> Json:
    """Render an attachment."""
    return {
        "self": view.link(f"attachment/{value.id}"),
        "id": value.id,
        "filename": value.name,
        "author": view.user(value.author),
        "created": view.time(value.created),
        "size": len(value.content),
        "mimeType": value.mime_type,
        "content": view.link(f"attachment/content/{value.id}"),
    }


def brief(view: View, issue: Issue) -> Json:
    """Render another issue, as in a parent, subtask or link."""
    return {
        "id": issue.id,
        "key": issue.key,
        "self": view.link(f"issue/{issue.id}"),
        "fields": {
            "summary": issue.text("summary"),
            "status": status(view, view.site.status_of(issue)),
            "priority": _priority(view, issue, issue.values.get("priority")),
            "issuetype": issue_type(view, view.site.type_of(issue)),
        },
    }


def _find(rows: tuple[NamedItem, ...], reference: object) -> NamedItem | None:
    return next((r for r in rows if r.id == reference), None)


def _one(kind: str, rows: tuple[NamedItem, ...]) -> Callable[[View, Issue, object], object]:
    def show(view: View, _issue: Issue, value: object) -> object:
        row = _find(rows, value)
        return named(view, kind, row) if row else None

    return show


_priority = _one("priority", PRIORITIES)


def _version_rows(view: View, issue: Issue, value: object) -> object:
    rows = view.site.project_of(issue).versions
    ids = value if isinstance(value, list) else []
    return [named(view, "version", r) for r in rows if r.id in ids]


def _component_rows(view: View, issue: Issue, value: object) -> object:
    rows = view.site.project_of(issue).components
    ids = value if isinstance(value, list) else []
    return [named(view, "component", r) for r in rows if r.id in ids]


def _sprints(view: View, _issue: Issue, value: object) -> object:
    ids = value if isinstance(value, list) else []
    rows = [
        {"id": s.id, "name": s.name, "state": s.state, "boardId": s.board_id}
        for s in view.site.sprints
        if str(s.id) in ids
    ]
    return rows or None


def _parent(view: View, _issue: Issue, value: object) -> object:
    parent = view.site.issue_by_id(str(value))
    return brief(view, parent) if parent else None


def _team(view: View, _issue: Issue, value: object) -> object:
    row = _find(view.site.teams, value)
    return {"id": row.id, "name": row.name, "avatarUrl": "", "isVisible": True, "isShared": True} if row else None


def group_id(name: str) -> str:
    """Return the id of a group, which is made of its name here."""
    return str(uuid5(NAMESPACE_DNS, name))


def _group(value: object) -> object:
    return {"name": value, "groupId": group_id(str(value)), "self": ""} if value else None


def _security(view: View, issue: Issue, value: object) -> object:
    level = next((s for s in view.site.project_of(issue).security_levels if s.id == value), None)
    if level is None:
        return None
    link = view.link(f"securitylevel/{level.id}")
    return {"self": link, "id": level.id, "name": level.name, "description": ""}


_SHOW: Mapping[Kind, Callable[[View, Issue, object], object]] = {
    Kind.RICH: lambda view, _issue, value: view.rich(value),
    Kind.PRIORITY: _priority,
    Kind.RESOLUTION: _one("resolution", RESOLUTIONS),
    Kind.TYPE: lambda view, issue, _value: issue_type(view, view.site.type_of(issue)),
    Kind.PROJECT: lambda view, issue, _value: project(view, view.site.project_of(issue)),
    Kind.USER: lambda view, _issue, value: view.user(value) if isinstance(value, str) else None,
    Kind.LABELS: lambda _view, _issue, value: list(value) if isinstance(value, list) else [],
    Kind.VERSIONS: _version_rows,
    Kind.COMPONENTS: _component_rows,
    Kind.SPRINT: _sprints,
    Kind.TEAM: _team,
    Kind.GROUP: lambda _view, _issue, value: _group(value),
    Kind.GROUPS: lambda _view, _issue, value: [_group(v) for v in value] if isinstance(value, list) else None,
    Kind.PARENT: _parent,
    Kind.SECURITY: _security,
}


def option(view: View, definition: FieldDef, option_id: str) -> Json | None:
    """Render an option of a custom field, with its child if the stored value has one."""
    parent_id, _, child_id = option_id.partition(">")
    parent = definition.option(parent_id)
    if parent is None:
        return None
    link = "customFieldOption"
    row: Json = {"self": view.link(f"{link}/{parent.id}"), "value": parent.value, "id": parent.id}
    for child in parent.children:
        if child.id == child_id:
            row["child"] = {"self": view.link(f"{link}/{child.id}"), "value": child.value, "id": child.id}
    return row


def value_of(view: View, issue: Issue, definition: FieldDef) -> object:
    """Render one field of an issue."""
    value = issue.values.get(definition.id)
    if definition.kind in {Kind.OPTION, Kind.CASCADE}:
        return option(view, definition, value) if isinstance(value, str) else None
    if definition.kind is Kind.OPTIONS:
        return [option(view, definition, v) for v in issue.ids(definition.id)] or None
    show = _SHOW.get(definition.kind)
    return show(view, issue, value) if show else value
