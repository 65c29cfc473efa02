"""Jira's JSON into `bot.jira.models`. Lenient: a missing or odd part becomes empty, never an exception.

Shapes: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ (IssueBean, PageOfComments, …).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from bot.jira.errors import JiraUnavailableError
from bot.jira.models import (
    Attachment,
    Comment,
    Field,
    FieldOption,
    Issue,
    IssueRef,
    JiraUser,
    LinkType,
    Named,
    SavedFilter,
    Status,
    StatusCategory,
    Transition,
)

_EMPTY: Mapping[str, object] = {}
_CATEGORIES = {c.value: c for c in StatusCategory}


def obj(value: object) -> Mapping[str, object]:
    """`value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else _EMPTY


def arr(value: object) -> Iterable[object]:
    """`value` if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else ()


def txt(value: object) -> str:
    """A string or number as text, else empty."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def num(value: object) -> int:
    """A number as an int, else 0."""
    return int(value) if isinstance(value, int | float) else 0


def moment(value: object) -> datetime | None:
    """A Jira timestamp such as `2026-01-17T12:34:00.000+0000`."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def day(value: object) -> date | None:
    """A Jira date such as `2026-05-11`."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def user(value: object) -> JiraUser | None:
    """A user bean, or None. Server and Data Center have `name`/`key` in place of `accountId`."""
    data = obj(value)
    account = txt(data.get("accountId")) or txt(data.get("key")) or txt(data.get("name"))
    if not account:
        return None
    return JiraUser(
        account_id=account,
        name=txt(data.get("displayName")) or txt(data.get("name")) or account,
        email=txt(data.get("emailAddress")),
        active=data.get("active") is not False,
        time_zone=txt(data.get("timeZone")),
        locale=txt(data.get("locale")),
    )


def named(value: object) -> Named | None:
    """Anything with an id and a name (or value)."""
    data = obj(value)
    name = txt(data.get("name")) or txt(data.get("value"))
    return Named(txt(data.get("id")), name) if name else None


def status(value: object) -> Status:
    """A status bean."""
    data = obj(value)
    category = _CATEGORIES.get(txt(obj(data.get("statusCategory")).get("key")), StatusCategory.UNDEFINED)
    return Status(txt(data.get("id")), txt(data.get("name")), category)


def comment(value: object) -> Comment:
    """A comment bean. Restricted: `visibility` set, `jsdPublic` false, or `sd.public.comment` internal."""
    data = obj(value)
    internal = any(
        obj(p).get("key") == "sd.public.comment" and obj(obj(p).get("value")).get("internal") in (True, "true")
        for p in arr(data.get("properties"))
    )
    body = data.get("body")
    return Comment(
        id=txt(data.get("id")),
        author=user(data.get("author")),
        body=body if isinstance(body, dict) else None,
        created=moment(data.get("created")),
        updated=moment(data.get("updated")),
        restricted=bool(data.get("visibility")) or data.get("jsdPublic") is False or internal,
    )


def field(field_id: str, value: object) -> Field:
    """A field of create, edit or transition metadata."""
    data = obj(value)
    schema = obj(data.get("schema"))
    return Field(
        id=field_id or txt(data.get("fieldId")) or txt(data.get("key")),
        name=txt(data.get("name")),
        required=data.get("required") is True,
        has_default=data.get("hasDefaultValue") is True,
        type=txt(schema.get("type")),
        items=txt(schema.get("items")),
        custom=txt(schema.get("custom")),
        system=txt(schema.get("system")),
        allowed=_options(data.get("allowedValues")),
        fixed=data.get("operations") == [],
        default=data.get("defaultValue"),
    )


def _options(value: object) -> tuple[FieldOption, ...]:
    """Values that may be chosen: disabled options and archived versions are listed too, but refused."""
    rows = [obj(row) for row in arr(value)]
    return tuple(_option(r) for r in rows if r.get("disabled") is not True and r.get("archived") is not True)


def _option(data: Mapping[str, object]) -> FieldOption:
    name = txt(data.get("name")) or txt(data.get("value")) or txt(data.get("key")) or txt(data.get("id"))
    return FieldOption(txt(data.get("id")), name, _options(data.get("children")))


def transitions(value: object) -> tuple[Transition, ...]:
    """The `transitions` array of `GET /issue/{key}/transitions` or of an expanded issue."""
    return tuple(
        Transition(
            id=txt(obj(t).get("id")),
            name=txt(obj(t).get("name")),
            to=status(obj(t).get("to")),
            fields=tuple(field(k, v) for k, v in obj(obj(t).get("fields")).items()),
        )
        for t in arr(value)
        if txt(obj(t).get("id"))
    )


def issue(value: object, *, sprint_field: str = "", points_field: str = "") -> Issue:
    """An issue bean with whatever fields it came with. Raises `JiraUnavailableError` if it is none."""
    data = obj(value)
    fields = obj(data.get("fields"))
    key = txt(data.get("key"))
    if not key:
        raise JiraUnavailableError("Jira's answer holds no issue")
    project, page = obj(fields.get("project")), obj(fields.get("comment"))
    watches, votes, points = obj(fields.get("watches")), obj(fields.get("votes")), fields.get(points_field)
    comments = tuple(comment(c) for c in arr(page.get("comments")))
    description = fields.get("description")
    return Issue(
        id=txt(data.get("id")),
        key=key,
        summary=txt(fields.get("summary")),
        project_key=txt(project.get("key")) or key.rpartition("-")[0],
        project_name=txt(project.get("name")),
        type=named(fields.get("issuetype")),
        status=status(fields.get("status")),
        priority=named(fields.get("priority")),
        resolution=named(fields.get("resolution")),
        assignee=user(fields.get("assignee")),
        reporter=user(fields.get("reporter")),
        created=moment(fields.get("created")),
        updated=moment(fields.get("updated")),
        due=day(fields.get("duedate")),
        labels=tuple(txt(label) for label in arr(fields.get("labels"))),
        parent=_ref(fields.get("parent")),
        sprint=_sprint(fields.get(sprint_field)) if sprint_field else "",
        story_points=float(points) if isinstance(points, int | float) else None,
        fix_versions=_all_named(fields.get("fixVersions")),
        components=_all_named(fields.get("components")),
        description=description if isinstance(description, dict) else None,
        comments=comments[-5:],
        comment_count=(num(page.get("total")) or len(comments)) if page else None,
        subtasks=tuple(r for r in map(_ref, arr(fields.get("subtasks"))) if r),
        links=tuple(r for r in map(_link, arr(fields.get("issuelinks"))) if r),
        attachments=tuple(map(_attachment, arr(fields.get("attachment")))),
        security_level=named(fields.get("security")),
        watching=watches.get("isWatching") is True,
        watch_count=num(watches.get("watchCount")),
        voted=votes.get("hasVoted") is True,
        vote_count=num(votes.get("votes")),
    )


def saved_filters(value: object) -> tuple[SavedFilter, ...]:
    """The array of `GET /filter/favourite` or `/filter/my`."""
    rows = map(obj, arr(value))
    return tuple(
        SavedFilter(txt(r.get("id")), txt(r.get("name")), txt(r.get("jql"))) for r in rows if r.get("jql")
    )


def link_types(value: object) -> tuple[LinkType, ...]:
    """The `issueLinkTypes` of `GET /issueLinkType`."""
    rows = map(obj, arr(obj(value).get("issueLinkTypes")))
    return tuple(LinkType(txt(r.get("name")), txt(r.get("inward")), txt(r.get("outward"))) for r in rows)


def _all_named(value: object) -> tuple[Named, ...]:
    return tuple(n for n in map(named, arr(value)) if n)


def _ref(value: object, relation: str = "") -> IssueRef | None:
    data = obj(value)
    fields = obj(data.get("fields"))
    key = txt(data.get("key"))
    return IssueRef(key, txt(fields.get("summary")), status(fields.get("status")), relation) if key else None


def _link(value: object) -> IssueRef | None:
    data = obj(value)
    kind = obj(data.get("type"))
    if "outwardIssue" in data:
        return _ref(data["outwardIssue"], txt(kind.get("outward")))
    return _ref(data.get("inwardIssue"), txt(kind.get("inward")))


def _attachment(value: object) -> Attachment:
    data = obj(value)
    return Attachment(
        id=txt(data.get("id")),
        name=txt(data.get("filename")),
        size=num(data.get("size")),
        mime_type=txt(data.get("mimeType")),
        author=user(data.get("author")),
    )


def _sprint(value: object) -> str:
    sprints = [obj(s) for s in arr(value)]
    present = [s for s in sprints if s.get("state") == "active"] or sprints
    return txt(present[-1].get("name")) if present else ""
