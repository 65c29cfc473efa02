"""Parses Jira's JSON into `bot.jira.models`. Lenient: a missing or malformed part becomes empty.

Shapes: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ (IssueBean, PageOfComments, …).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
    NamedItem,
    SavedFilter,
    Status,
    StatusCategory,
    Transition,
)

_CATEGORIES = {c.value: c for c in StatusCategory}


def parse_time(value: object) -> datetime | None:
    """Parse a timestamp such as `2026-01-17T12:34:00.000+0000`."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def parse_date(value: object) -> date | None:
    """Parse a date such as `2026-05-11`."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def parse_user(value: object) -> JiraUser | None:
    """Parse a user bean. Server and Data Center have `name` and `key` in place of `accountId`."""
    data = as_object(value)
    account = as_text(data.get("accountId")) or as_text(data.get("name")) or as_text(data.get("key"))
    if not account:
        return None
    return JiraUser(
        account_id=account,
        name=as_text(data.get("displayName")) or as_text(data.get("name")) or account,
        email=as_text(data.get("emailAddress")),
        active=data.get("active") is not False,
        time_zone=as_text(data.get("timeZone")),
    )


def parse_named(value: object) -> NamedItem | None:
    """Parse anything with an id and a name (or value)."""
    data = as_object(value)
    name = as_text(data.get("name")) or as_text(data.get("value"))
    return NamedItem(as_text(data.get("id")), name) if name else None


def parse_status(value: object) -> Status:
    """Parse a status bean."""
    data = as_object(value)
    category = _CATEGORIES.get(as_text(as_object(data.get("statusCategory")).get("key")), StatusCategory.UNDEFINED)
    return Status(as_text(data.get("id")), as_text(data.get("name")), category)


def parse_comment(value: object) -> Comment:
    """Parse a comment bean.

    Restricted is one with `visibility`, with `jsdPublic` false, or with an internal `sd.public.comment`.
    """
    data = as_object(value)
    internal = any(
        as_object(p).get("key") == "sd.public.comment"
        and as_object(as_object(p).get("value")).get("internal") in (True, "true")
        for p in as_list(data.get("properties"))
    )
    body = data.get("body")
    return Comment(
        id=as_text(data.get("id")),
        author=parse_user(data.get("author")),
        body=body if isinstance(body, dict) else None,
        created=parse_time(data.get("created")),
        updated=parse_time(data.get("updated")),
        restricted=bool(data.get("visibility")) or data.get("jsdPublic") is False or internal,
    )


def parse_field(field_id: str, value: object) -> Field:
    """Parse a field of create, edit or transition metadata."""
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
        allowed=_parse_options(data.get("allowedValues")),
        fixed=data.get("operations") == [],
        default=data.get("defaultValue"),
    )


def _parse_options(value: object) -> tuple[FieldOption, ...]:
    """Parse the options that may be chosen: Jira also lists disabled options and archived versions."""
    rows = [as_object(row) for row in as_list(value)]
    return tuple(_parse_option(r) for r in rows if r.get("disabled") is not True and r.get("archived") is not True)


def _parse_option(data: Mapping[str, object]) -> FieldOption:
    name = (
        as_text(data.get("name"))
        or as_text(data.get("value"))
        or as_text(data.get("key"))
        or as_text(data.get("id"))
    )
    return FieldOption(as_text(data.get("id")), name, _parse_options(data.get("children")))


def parse_transitions(value: object) -> tuple[Transition, ...]:
    """Parse the `transitions` array of `GET /issue/{key}/transitions` or of an expanded issue."""
    return tuple(
        Transition(
            id=as_text(as_object(t).get("id")),
            name=as_text(as_object(t).get("name")),
            to=parse_status(as_object(t).get("to")),
            fields=tuple(parse_field(k, v) for k, v in as_object(as_object(t).get("fields")).items()),
        )
        for t in as_list(value)
        if as_text(as_object(t).get("id"))
    )


def is_service_project(project: Mapping[str, object]) -> bool:
    """Return whether a project bean is of Jira Service Management."""
    return project.get("projectTypeKey") == "service_desk"


def parse_issue(value: object, *, sprint_field: str = "", points_field: str = "") -> Issue:
    """Parse an issue bean with the fields that it has. Raises `JiraUnavailableError` without a key."""
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
    comments = tuple(parse_comment(c) for c in as_list(page.get("comments")))
    description = fields.get("description")
    return Issue(
        id=as_text(data.get("id")),
        key=key,
        summary=as_text(fields.get("summary")),
        project_key=as_text(project.get("key")) or key.rpartition("-")[0],
        project_name=as_text(project.get("name")),
        in_service_project=is_service_project(project),
        type=parse_named(fields.get("issuetype")),
        status=parse_status(fields.get("status")),
        priority=parse_named(fields.get("priority")),
        resolution=parse_named(fields.get("resolution")),
        assignee=parse_user(fields.get("assignee")),
        reporter=parse_user(fields.get("reporter")),
        created=parse_time(fields.get("created")),
        updated=parse_time(fields.get("updated")),
        due=parse_date(fields.get("duedate")),
        labels=tuple(as_text(label) for label in as_list(fields.get("labels"))),
        parent=_parse_ref(fields.get("parent")),
        sprint=_parse_sprint_name(fields.get(sprint_field)) if sprint_field else "",
        story_points=float(points) if isinstance(points, int | float) else None,
        fix_versions=_parse_all_named(fields.get("fixVersions")),
        description=description if isinstance(description, dict) else None,
        comments=comments[-5:],
        comment_count=(as_int(page.get("total")) or len(comments)) if page else None,
        subtasks=tuple(r for r in map(_parse_ref, as_list(fields.get("subtasks"))) if r),
        links=tuple(r for r in map(_parse_link, as_list(fields.get("issuelinks"))) if r),
        attachments=tuple(map(_parse_attachment, as_list(fields.get("attachment")))),
        security_level=parse_named(fields.get("security")),
        watching=watches.get("isWatching") is True,
        watch_count=as_int(watches.get("watchCount")),
        voted=votes.get("hasVoted") is True,
        vote_count=as_int(votes.get("votes")),
    )


def parse_saved_filters(value: object) -> tuple[SavedFilter, ...]:
    """Parse the array of `GET /filter/favourite` or `/filter/my`."""
    rows = map(as_object, as_list(value))
    return tuple(
        SavedFilter(
            as_text(r.get("id")),
            as_text(r.get("name")),
            as_text(r.get("jql")),
            as_text(as_object(r.get("owner")).get("displayName")),
        )
        for r in rows
        if r.get("jql")
    )


def parse_link_types(value: object) -> tuple[LinkType, ...]:
    """Parse the `issueLinkTypes` of `GET /issueLinkType`."""
    rows = map(as_object, as_list(as_object(value).get("issueLinkTypes")))
    return tuple(
        LinkType(as_text(r.get("name")), as_text(r.get("inward")), as_text(r.get("outward"))) for r in rows
    )


def _parse_all_named(value: object) -> tuple[NamedItem, ...]:
    return tuple(n for n in map(parse_named, as_list(value)) if n)


def _parse_ref(value: object, relation: str = "") -> IssueRef | None:
    data = as_object(value)
    fields = as_object(data.get("fields"))
    key = as_text(data.get("key"))
    return (
        IssueRef(key, as_text(fields.get("summary")), parse_status(fields.get("status")), relation)
        if key
        else None
    )


def _parse_link(value: object) -> IssueRef | None:
    data = as_object(value)
    kind = as_object(data.get("type"))
    side, relation = ("outwardIssue", "outward") if "outwardIssue" in data else ("inwardIssue", "inward")
    other = _parse_ref(data.get(side), as_text(kind.get(relation)))
    return replace(other, link_id=as_text(data.get("id"))) if other else None


def _parse_attachment(value: object) -> Attachment:
    data = as_object(value)
    return Attachment(
        id=as_text(data.get("id")),
        name=as_text(data.get("filename")),
        size=as_int(data.get("size")),
        author=parse_user(data.get("author")),
    )


def _parse_sprint_name(value: object) -> str:
    sprints = [as_object(s) for s in as_list(value)]
    candidates = [s for s in sprints if s.get("state") == "active"] or sprints
    return as_text(candidates[-1].get("name")) if candidates else ""
