"""The fields of an issue: names, kinds and metadata.

Stored values by kind: text `str`; rich text the ADF document; date `YYYY-MM-DD`; number `int` or `float`; a
choice, user, team or issue its id; a group its name; several of them a list; labels a list of words; a cascading
choice `parent` or `parent>child`. None means unset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sandbox.model import Json, NamedItem


class Kind(StrEnum):
    """The kind of value of a field."""

    TEXT = "text"
    RICH = "rich"
    DATE = "date"
    NUMBER = "number"
    PRIORITY = "priority"
    RESOLUTION = "resolution"
    TYPE = "issuetype"
    PROJECT = "project"
    USER = "user"
    LABELS = "labels"
    VERSIONS = "versions"
    COMPONENTS = "components"
    OPTION = "option"
    OPTIONS = "options"
    CASCADE = "cascade"
    SPRINT = "sprint"
    TEAM = "team"
    GROUP = "group"
    GROUPS = "groups"
    PARENT = "parent"
    SECURITY = "security"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a custom field, with its child options. A disabled one stays where it was selected."""

    id: str
    value: str
    children: tuple[Option, ...] = ()
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class FieldDef:
    """A field of a site. `custom` is the key of its custom field type, empty for Jira's own fields."""

    id: str
    name: str
    kind: Kind
    custom: str = ""
    options: tuple[Option, ...] = ()
    jql_names: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """A custom field's own number, 0 for Jira's own fields."""
        return int(self.id.partition("_")[2]) if self.custom else 0

    @property
    def schema(self) -> Json:
        """The `schema` object of Jira's metadata."""
        schema = dict(_TYPES[self.kind])
        if self.custom.startswith("com.atlassian.teams:"):
            schema["type"] = "any"
        if self.custom:
            return {**schema, "custom": self.custom, "customId": self.number}
        return {**schema, "system": self.id}

    @property
    def operations(self) -> list[str]:
        """The verbs that an `update` may use on the field."""
        return list(_OPERATIONS.get(self.kind, ("set",)))

    def option(self, option_id: str) -> Option | None:
        """Return an option by its id."""
        return next((o for o in self.options if o.id == option_id), None)


_TYPES: Mapping[Kind, Json] = {
    Kind.TEXT: {"type": "string"},
    Kind.RICH: {"type": "string"},
    Kind.DATE: {"type": "date"},
    Kind.NUMBER: {"type": "number"},
    Kind.PRIORITY: {"type": "priority"},
    Kind.RESOLUTION: {"type": "resolution"},
    Kind.TYPE: {"type": "issuetype"},
    Kind.PROJECT: {"type": "project"},
    Kind.USER: {"type": "user"},
    Kind.LABELS: {"type": "array", "items": "string"},
    Kind.VERSIONS: {"type": "array", "items": "version"},
    Kind.COMPONENTS: {"type": "array", "items": "component"},
    Kind.OPTION: {"type": "option"},
    Kind.OPTIONS: {"type": "array", "items": "option"},
    Kind.CASCADE: {"type": "option-with-child"},
    Kind.SPRINT: {"type": "array", "items": "json"},
    Kind.TEAM: {"type": "team"},
    Kind.GROUP: {"type": "group"},
    Kind.GROUPS: {"type": "array", "items": "group"},
    Kind.PARENT: {"type": "issuelink"},
    Kind.SECURITY: {"type": "securitylevel"},
    Kind.COMMENT: {"type": "comments-page"},
}

_SET_OF = ("add", "set", "remove")
_OPERATIONS: Mapping[Kind, tuple[str, ...]] = {
    Kind.TYPE: (),  # `fields` takes it all the same
    Kind.LABELS: _SET_OF,
    Kind.VERSIONS: ("set", "add", "remove"),
    Kind.COMPONENTS: _SET_OF,
    Kind.OPTIONS: _SET_OF,
    Kind.GROUPS: _SET_OF,
    Kind.COMMENT: ("add", "edit", "remove"),
}

PRIORITIES: tuple[NamedItem, ...] = (
    NamedItem("1", "Highest"),
    NamedItem("2", "High"),
    NamedItem("3", "Medium"),
    NamedItem("4", "Low"),
    NamedItem("5", "Lowest"),
)

SYSTEM: tuple[FieldDef, ...] = (
    FieldDef("summary", "Summary", Kind.TEXT),
    FieldDef("project", "Project", Kind.PROJECT),
    FieldDef("issuetype", "Issue Type", Kind.TYPE, jql_names=("type",)),
    FieldDef("description", "Description", Kind.RICH),
    FieldDef("environment", "Environment", Kind.RICH),
    FieldDef("priority", "Priority", Kind.PRIORITY),
    FieldDef("assignee", "Assignee", Kind.USER),
    FieldDef("reporter", "Reporter", Kind.USER),
    FieldDef("labels", "Labels", Kind.LABELS),
    FieldDef("duedate", "Due date", Kind.DATE, jql_names=("due",)),
    FieldDef("components", "Components", Kind.COMPONENTS, jql_names=("component",)),
    FieldDef("versions", "Affects versions", Kind.VERSIONS, jql_names=("affectedVersion",)),
    FieldDef("fixVersions", "Fix versions", Kind.VERSIONS, jql_names=("fixVersion",)),
    FieldDef("resolution", "Resolution", Kind.RESOLUTION),
    FieldDef("parent", "Parent", Kind.PARENT),
    FieldDef("security", "Security Level", Kind.SECURITY, jql_names=("level",)),
    FieldDef("comment", "Comment", Kind.COMMENT),
)

_PLATFORM = "com.atlassian.jira.plugin.system.customfieldtypes"


def _options(first: int, *values: str) -> tuple[Option, ...]:
    return tuple(Option(str(first + i), value) for i, value in enumerate(values))


def custom_fields(base: int) -> tuple[FieldDef, ...]:
    """Return the custom fields of a site. Their numbers start at `base`, since they differ between sites."""
    regions = (
        Option("10200", "Europe", _options(10201, "Germany", "France")),
        Option("10210", "Asia", _options(10211, "Japan", "India")),
    )
    rows: tuple[tuple[str, Kind, str, tuple[Option, ...]], ...] = (
        ("Story point estimate", Kind.NUMBER, "com.pyxis.greenhopper.jira:jsw-story-points", ()),
        ("Sprint", Kind.SPRINT, "com.pyxis.greenhopper.jira:gh-sprint", ()),
        ("Severity", Kind.OPTION, f"{_PLATFORM}:select", _options(10100, "Minor", "Major", "Critical")),
        ("Affected services", Kind.OPTIONS, f"{_PLATFORM}:multicheckboxes", _options(10110, "Web", "API", "Mail")),
        ("Region", Kind.CASCADE, f"{_PLATFORM}:cascadingselect", regions),
        ("Release notes", Kind.RICH, f"{_PLATFORM}:textarea", ()),
        ("Cost center", Kind.TEXT, f"{_PLATFORM}:textfield", ()),
        ("Customer", Kind.USER, f"{_PLATFORM}:userpicker", ()),
    )
    return tuple(
        FieldDef(f"customfield_{base + i}", name, kind, custom, options, (f"cf[{base + i}]",))
        for i, (name, kind, custom, options) in enumerate(rows)
    )
