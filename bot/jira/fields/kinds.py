"""Kinds of fields, and field values independent of Jira's JSON.

Types of custom fields: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/; the
keys of their types (`schema.custom`) end in the names of `_CUSTOM`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.jira.models import Field


class Kind(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    URL = "url"
    PARAGRAPH = "paragraph"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    OPTION = "option"
    RADIO = "radio"
    OPTIONS = "options"
    CHECKS = "checks"
    CASCADE = "cascade"
    LABELS = "labels"
    USER = "user"
    USERS = "users"
    ISSUE = "issue"
    EPIC = "epic"
    """An issue that is written as a bare key (the older "Epic Link")."""
    SPRINT = "sprint"
    TEAM = "team"
    GROUP = "group"
    GROUPS = "groups"
    COMMENT = "comment"
    UNKNOWN = "unknown"
    HIDDEN = "hidden"
    """Set by Jira or the bridge, never by a person."""


MULTI_VALUED = frozenset({Kind.OPTIONS, Kind.CHECKS, Kind.USERS, Kind.GROUPS, Kind.LABELS})
"""Kinds that hold any number of values."""

MULTI_SELECT = frozenset({Kind.OPTIONS, Kind.CHECKS})
"""Kinds that hold any number of the values that the metadata lists."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The selected values by id: options, versions, accounts (accountId), teams; labels and groups by name."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """The selection of a cascading select, by id."""

    parent: str
    child: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """Values to add to and to remove from a multi-valued field, by id."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unshowable:
    """A current value that cannot be edited as text without losing some of it."""


Value = str | float | date | datetime | Picked | Branch | Unshowable | None
"""Text (Markdown for a paragraph, a key for an issue), a number (also a sprint's id), a day, a point in time (with
its zone), a selection; None for an empty field."""

_CUSTOM: Mapping[str, Kind] = {
    "textfield": Kind.TEXT,
    "textarea": Kind.PARAGRAPH,
    "url": Kind.URL,
    "float": Kind.NUMBER,
    "jsw-story-points": Kind.NUMBER,
    "datepicker": Kind.DATE,
    "datetime": Kind.MOMENT,
    "select": Kind.OPTION,
    "radiobuttons": Kind.RADIO,
    "multiselect": Kind.OPTIONS,
    "multicheckboxes": Kind.CHECKS,
    "cascadingselect": Kind.CASCADE,
    "labels": Kind.LABELS,
    "userpicker": Kind.USER,
    "multiuserpicker": Kind.USERS,
    "people": Kind.USERS,
    "version": Kind.OPTION,
    "multiversion": Kind.OPTIONS,
    "gh-sprint": Kind.SPRINT,
    "gh-epic-link": Kind.EPIC,
    "gh-lexo-rank": Kind.HIDDEN,
    "readonlyfield": Kind.HIDDEN,
    "atlassian-team": Kind.TEAM,
    "rm-teams-custom-field-team": Kind.TEAM,
    "grouppicker": Kind.GROUP,
    "multigrouppicker": Kind.GROUPS,
}
_SYSTEM: Mapping[str, Kind] = {
    "project": Kind.HIDDEN,
    "description": Kind.PARAGRAPH,
    "environment": Kind.PARAGRAPH,
    "comment": Kind.COMMENT,
    "labels": Kind.LABELS,
    "parent": Kind.ISSUE,
}
_TYPES: Mapping[str, Kind] = {
    "string": Kind.TEXT,
    "number": Kind.NUMBER,
    "date": Kind.DATE,
    "datetime": Kind.MOMENT,
    "user": Kind.USER,
    "option": Kind.OPTION,
    "priority": Kind.OPTION,
    "resolution": Kind.OPTION,
    "version": Kind.OPTION,
    "component": Kind.OPTION,
    "issuetype": Kind.OPTION,
    "project": Kind.OPTION,
    "securitylevel": Kind.OPTION,
    "option-with-child": Kind.CASCADE,
    "issuelink": Kind.ISSUE,
    "comments-page": Kind.COMMENT,
}
_ITEMS: Mapping[str, Kind] = {
    "string": Kind.LABELS,
    "user": Kind.USERS,
    "option": Kind.OPTIONS,
    "version": Kind.OPTIONS,
    "component": Kind.OPTIONS,
}


def is_valid_label(text: str) -> bool:
    """Tell whether Jira accepts a label: up to 255 characters without spaces; commas separate labels in a form."""
    return 0 < len(text) <= 255 and not any(c.isspace() or c == "," for c in text)


def kind_of(field: Field) -> Kind:
    """Return the kind of a field of create, edit or transition metadata."""
    if field.fixed and not (field.system == "issuetype" and field.allowed):
        return Kind.HIDDEN  # the issue type has no operations either, but can be set
    if field.custom:
        known = _CUSTOM.get(field.custom.rpartition(":")[2])
        if known is not None:
            return known
    elif field.system in _SYSTEM:
        return _SYSTEM[field.system]
    if field.type == "array":
        return _ITEMS.get(field.items, Kind.UNKNOWN)
    return _TYPES.get(field.type, Kind.UNKNOWN)
