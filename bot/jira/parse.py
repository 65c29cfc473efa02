"""Jira's JSON into `bot.jira.models`. Lenient: a missing or odd part becomes empty, never an exception.

Shapes: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ (IssueBean, PageOfComments, …).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from bot.http.json import as_int, as_list, as_object, as_text
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

_CATEGORIES = {c.value: c for c in StatusCategory}


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
    data = as_object(value)
    account = as_text(data.get("accountId")) or as_text(data.get("key")) or as_text(data.get("name"))
    if not account:
        return None
    return JiraUser(
        account_id=account,
        name=as_text(data.get("displayName")) or as_text(data.get("name")) or account,
        email=as_text(data.get("emailAddress")),
        active=data.get("active") is not False,
        time_zone=as_text(data.get("timeZone")),
    )


def named(value: object) -> Named | None:
    """Anything with an id and a name (or value)."""
    data = as_object(value)
    name = as_text(data.get("name")) or as_text(data.get("value"))
    return Named(as_text(data.get("id")), name) if name else None


def status(value: object) -> Status:
    """A status bean."""
    data = as_object(value)
    category = _CATEGORIES.get(as_text(as_object(data.get("statusCategory")).get("key")), StatusCategory.UNDEFINED)
    return Status(as_text(data.get("id")), as_text(data.get("name")), category)


def comment(value: object) -> Comment:
    """A comment bean. Restricted: `visibility` set, `jsdPublic` false, or `sd.public.comment` internal."""
    data = as_object(value)
    internal = any(
        as_object(p).get("key") == "sd.public.comment"
        and as_object(as_object(p).get("value")).get("internal") in (True, "true")
        for p in as_list(data.get("properties"))
    )
    body = data.get("body")
    return Comment(
        id=as_text(data.get("id")),
        author=user(data.get("author")),
        body=body if isinstance(body, dict) else None,
        created=moment(data.get("created")),
        updated=moment(data.get("updated")),
        restricted=bool(data.get("visibility")) or data.get("jsdPublic") is False or internal,
    )


def field(field_id: str, value: object) -> Field:
    """A field of create, edit or transition metadata."""
    data = as_object(value)
    schema = as_object(data.get("schema"))
    return Field(
        id=field_id or as_text(data.get("fieldId")) or as_text(data.get("key")),
        name=as_text(data.get("name")),
        required=data.get("required") is True,
        has_default=data.get("hasDefaultValue") is True,
        type=as_text(schema.get("type")),
        items=as_text(schema.get("items")),
        custom=as_text(schema.get("custom")),
        system=as_text(schema.get("system")),
        allowed=_options(data.get("allowedValues")),
        fixed=data.get("operations") == [],
        default=data.get("defaultValue"),
    )


def _options(value: object) -> tuple[FieldOption, ...]:
    """Values that may be chosen: disabled options and archived versions are listed too, but refused."""
    rows = [as_object(row) for row in as_list(value)]
    return tuple(_option(r) for r in rows if r.get("disabled") is not True and r.get("archived") is not True)


def _option(data: Mapping[str, object]) -> FieldOption:
    name = (
        as_text(data.get("name"))
        or as_text(data.get("value"))
        or as_text(data.get("key"))
        or as_text(data.get("id"))
    )
    return FieldOption(as_text(data.get("id")), name, _options(data.get("children")))


def transitions(value: object) -> tuple[Transition, ...]:
    """The `transitions` array of `GET /issue/{key}/transitions` or of an expanded issue."""
    return tuple(
        Transition(
            id=as_text(as_object(t).get("id")),
            name=as_text(as_object(t).get("name")),
            to=status(as_object(t).get("to")),
            fields=tuple(field(k, v) for k, v in as_object(as_object(t).get("fields")).items()),
        )
        for t in as_list(value)
        if as_text(as_object(t).get("id"))
    )


def issue(value: object, *, sprint_field: str = "", points_field: str = "") -> Issue:
    """An issue bean with whatever fields it came with. Raises `JiraUnavailableError` if it is none."""
    data = as_object(value)
    fields = as_object(data.get("fields"))
    key = as_text(data.get("key"))
    if not key:
        raise JiraUnavailableError("Jira's answer holds no issue")
    project, page = as_object(fields.get("project")), as_object(fields.get("comment"))
    watches, votes, points = (
        as_object(fields.get("watches")),
        as_object(fields.get("votes")),
        fields.get(points_field),
    )
    comments = tuple(comment(c) for c in as_list(page.get("comments")))
    description = fields.get("description")
    return Issue(
        id=as_text(data.get("id")),
        key=key,
        summary=as_text(fields.get("summary")),
        project_key=as_text(project.get("key")) or key.rpartition("-")[0],
        project_name=as_text(project.get("name")),
        type=named(fields.get("issuetype")),
        status=status(fields.get("status")),
        priority=named(fields.get("priority")),
        resolution=named(fields.get("resolution")),
        assignee=user(fields.get("assignee")),
        reporter=user(fields.get("reporter")),
        created=moment(fields.get("created")),
        updated=moment(fields.get("updated")),
        due=day(fields.get("duedate")),
        labels=tuple(as_text(label) for label in as_list(fields.get("labels"))),
        parent=_ref(fields.get("parent")),
        sprint=_sprint(fields.get(sprint_field)) if sprint_field else "",
        story_points=float(points) if isinstance(points, int | float) else None,
        fix_versions=_all_named(fields.get("fixVersions")),
        description=description if isinstance(description, dict) else None,
        comments=comments[-5:],
        comment_count=(as_int(page.get("total")) or len(comments)) if page else None,
        subtasks=tuple(r for r in map(_ref, as_list(fields.get("subtasks"))) if r),
        links=tuple(r for r in map(_link, as_list(fields.get("issuelinks"))) if r),
        attachments=tuple(map(_attachment, as_list(fields.get("attachment")))),
        security_level=named(fields.get("security")),
        watching=watches.get("isWatching") is True,
        watch_count=as_int(watches.get("watchCount")),
        voted=votes.get("hasVoted") is True,
        vote_count=as_int(votes.get("votes")),
    )


def saved_filters(value: object) -> tuple[SavedFilter, ...]:
    """The array of `GET /filter/favourite` or `/filter/my`."""
    rows = map(as_object, as_list(value))
    return tuple(
        SavedFilter(as_text(r.get("id")), as_text(r.get("name")), as_text(r.get("jql")))
        for r in rows
        if r.get("jql")
    )


def link_types(value: object) -> tuple[LinkType, ...]:
    """The `issueLinkTypes` of `GET /issueLinkType`."""
    rows = map(as_object, as_list(as_object(value).get("issueLinkTypes")))
    return tuple(
        LinkType(as_text(r.get("name")), as_text(r.get("inward")), as_text(r.get("outward"))) for r in rows
    )


def _all_named(value: object) -> tuple[Named, ...]:
    return tuple(n for n in map(named, as_list(value)) if n)


def _ref(value: object, relation: str = "") -> IssueRef | None:
    data = as_object(value)
    fields = as_object(data.get("fields"))
    key = as_text(data.get("key"))
    return IssueRef(key, as_text(fields.get("summary")), status(fields.get("status")), relation) if key else None


def _link(value: object) -> IssueRef | None:
    data = as_object(value)
    kind = as_object(data.get("type"))
    if "outwardIssue" in data:
        return _ref(data["outwardIssue"], as_text(kind.get("outward")))
    return _ref(data.get("inwardIssue"), as_text(kind.get("inward")))


def _attachment(value: object) -> Attachment:
    data = as_object(value)
    return Attachment(
        id=as_text(data.get("id")),
        name=as_text(data.get("filename")),
        size=as_int(data.get("size")),
        author=user(data.get("author")),
    )


def _sprint(value: object) -> str:
    sprints = [as_object(s) for s in as_list(value)]
    present = [s for s in sprints if s.get("state") == "active"] or sprints
    return as_text(present[-1].get("name")) if present else ""
