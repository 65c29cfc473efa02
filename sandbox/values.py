"""Parses values that clients send into stored values, one function per kind of field, with Jira's own refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

from sandbox import adf
from sandbox.errors import JiraProblem, invalid_input
from sandbox.fields import PRIORITIES, FieldDef, Kind
from sandbox.model import NamedItem, Project
from sandbox.site import Site
from sandbox.workflow import RESOLUTIONS

Parser = Callable[[Site, Project, FieldDef, object], object]


def refuse(definition: FieldDef, message: str) -> JiraProblem:
    """Return a 400 about one field."""
    return JiraProblem(400, fields={definition.id: message})


def _text(_site: Site, _project: Project, definition: FieldDef, value: object) -> object:
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise refuse(definition, "Operation value must be a string")
    if definition.id == "summary" and not value.strip():
        raise refuse(definition, "You must specify a summary of the issue.")
    if "\n" in value or "\r" in value:
        raise refuse(
            definition, f"The {definition.name.lower()} is invalid because it contains newline characters."
        )
    if len(value) > 255:
        raise refuse(definition, f"{definition.name} can't exceed 255 characters.")
    return value or None


def _rich(_site: Site, _project: Project, definition: FieldDef, value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, dict):
        message = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        raise refuse(definition, message)
    if not adf.is_document(value):
        raise invalid_input()
    if len(adf.plain_text(value)) > 32_767:
        raise refuse(
            definition, "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
        )
    return value


def _date(_site: Site, _project: Project, definition: FieldDef, value: object) -> object:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise refuse(definition, "Operation value must be a string")
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise refuse(definition, f"Error parsing date string: {value}") from None


def _number(_site: Site, _project: Project, definition: FieldDef, value: object) -> object:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise refuse(definition, "Operation value must be a number")
    return value


def _choice(rows: tuple[NamedItem, ...], definition: FieldDef, value: object) -> str:
    """Return the id of the row that `{"id"}` or `{"name"}` names."""
    if not isinstance(value, dict):
        raise refuse(definition, "data was not an object" if value is not None else "Field is required")
    wanted_id, wanted_name = value.get("id"), value.get("name")
    if wanted_id is None and wanted_name is None:
        raise refuse(definition, f"Specify a valid 'id' or 'name' for {definition.name}")
    for row in rows:
        if wanted_id == row.id or (wanted_id is None and wanted_name == row.name):
            return row.id
    shown = f"id '{wanted_id}'" if wanted_id is not None else f"name '{wanted_name}'"
    raise refuse(definition, f"{definition.name} {shown} is not valid")


def _priority(_site: Site, _project: Project, definition: FieldDef, value: object) -> object:
    return _choice(PRIORITIES, definition, value)


def _resolution(_site: Site, _project: Project, definition: FieldDef, value: object) -> object:
    return None if value is None else _choice(RESOLUTIONS, definition, value)


def _type(_site: Site, project: Project, definition: FieldDef, value: object) -> object:
    try:
        return _choice(tuple(NamedItem(t.id, t.name) for t in project.types), definition, value)
    except JiraProblem:
        raise refuse(definition, "Specify a valid issue type") from None


def _security(_site: Site, project: Project, definition: FieldDef, value: object) -> object:
    levels = tuple(NamedItem(s.id, s.name) for s in project.security_levels)
    return None if value is None else _choice(levels, definition, value)


def _user(site: Site, project: Project, definition: FieldDef, value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, dict) or not {"accountId", "id"} & set(value):
        raise refuse(definition, f"Specify a valid value for {definition.id}")
    account = value.get("accountId", value.get("id"))
    if account is None:
        return None
    if account == "-1" and definition.id == "assignee":
        return project.lead
    if not isinstance(account, str) or site.person(account) is None:
        raise refuse(definition, f"Specify a valid value for {definition.id}")
    if definition.id == "assignee" and not site.allows(project, account, "ASSIGNABLE_USER"):
        raise refuse(definition, f"User '{account}' cannot be assigned issues.")
    return account


def _list(definition: FieldDef, value: object) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise refuse(definition, "data was not an array")
    return value


def _labels(_site: Site, _project: Project, definition: FieldDef, value: object) -> object:
    labels: list[str] = []
    for label in _list(definition, value):
        if not isinstance(label, str):
            raise refuse(definition, "string expected at index 0")
        if any(c.isspace() for c in label):
            raise refuse(definition, f"The label '{label}' contains spaces which is invalid.")
        if len(label) > 255:
            raise refuse(definition, f"The label '{label}' exceeds the limit of 255 characters.")
        if label and label not in labels:
            labels.append(label)
    return labels


def _several(rows: Callable[[Project], tuple[NamedItem, ...]]) -> Parser:
    def parse(_site: Site, project: Project, definition: FieldDef, value: object) -> object:
        return [_choice(rows(project), definition, v) for v in _list(definition, value)]

    return parse


def _option_id(definition: FieldDef, value: object) -> str:
    reference: Mapping[str, object] = value if isinstance(value, dict) else {}
    for option in definition.options:
        if reference.get("id") == option.id or ("id" not in reference and reference.get("value") == option.value):
            return option.id
    if "id" in reference:
        raise refuse(definition, f"Option id '{reference['id']}' is not valid")
    if "value" in reference:
        raise refuse(definition, f"Option value '{reference['value']}' is not valid")
    raise refuse(definition, f"Specify a valid 'id' or 'name' for {definition.name}")


def _option(_site: Site, _project: Project, definition: FieldDef, value: object) -> object:
    return None if value is None else _option_id(definition, value)


def _options(_site: Site, _project: Project, definition: FieldDef, value: object) -> object:
    return [_option_id(definition, v) for v in _list(definition, value)]


def _cascade(_site: Site, _project: Project, definition: FieldDef, value: object) -> object:
    if value is None:
        return None
    parent = _option_id(definition, value)
    child = value.get("child") if isinstance(value, dict) else None
    if child is None:
        return parent
    option = definition.option(parent)
    for candidate in option.children if option else ():
        if isinstance(child, dict) and (child.get("id") == candidate.id or child.get("value") == candidate.value):
            return f"{parent}>{candidate.id}"
    raise refuse(definition, "The child option is not valid for its parent")


def _sprint(site: Site, _project: Project, definition: FieldDef, value: object) -> object:
    if value is None:
        return []
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse(definition, "Number value expected as the Sprint id.")
    if all(s.id != value for s in site.sprints):
        raise refuse(definition, f"Sprint with id {value} does not exist.")
    return [str(value)]


def _team(site: Site, _project: Project, definition: FieldDef, value: object) -> object:
    """Parse a team, which clients send as its bare id."""
    if value is not None and all(value != team.id for team in site.teams):
        raise refuse(definition, f"Team id '{value}' is not valid.")
    return value


def _group(site: Site, _project: Project, definition: FieldDef, value: object) -> object:
    if value is None:
        return None
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str):
        raise refuse(definition, "data was not an object with a 'name'")
    if name not in site.groups:
        raise refuse(definition, f"Group '{name}' does not exist.")
    return name


def _groups(site: Site, project: Project, definition: FieldDef, value: object) -> object:
    return [_group(site, project, definition, v) for v in _list(definition, value)]


def _parent(site: Site, project: Project, definition: FieldDef, value: object) -> object:
    if value is None:
        return None
    reference: Mapping[str, object] = value if isinstance(value, dict) else {}
    key = str(reference.get("key", "")).upper()
    parent = site.issues.get(key) or site.issue_by_id(str(reference.get("id", "")))
    if parent is None or parent.project != project.key:
        raise refuse(definition, "Could not find issue by id or key.")
    return parent.id


_PARSERS: Mapping[Kind, Parser] = {
    Kind.TEXT: _text,
    Kind.RICH: _rich,
    Kind.DATE: _date,
    Kind.NUMBER: _number,
    Kind.PRIORITY: _priority,
    Kind.RESOLUTION: _resolution,
    Kind.TYPE: _type,
    Kind.USER: _user,
    Kind.LABELS: _labels,
    Kind.VERSIONS: _several(lambda project: project.versions),
    Kind.COMPONENTS: _several(lambda project: project.components),
    Kind.OPTION: _option,
    Kind.OPTIONS: _options,
    Kind.CASCADE: _cascade,
    Kind.SPRINT: _sprint,
    Kind.TEAM: _team,
    Kind.GROUP: _group,
    Kind.GROUPS: _groups,
    Kind.PARENT: _parent,
    Kind.SECURITY: _security,
}


def parse(site: Site, project: Project, definition: FieldDef, value: object) -> object:
    """Return the stored form of a value. Raises `JiraProblem` with the field's message."""
    return _PARSERS[definition.kind](site, project, definition, value)


def changed(site: Site, project: Project, definition: FieldDef, old: object, operation: object) -> object:
    """Return the stored value after an `update` operation such as `{"add": "urgent"}`."""
    if not isinstance(operation, dict) or len(operation) != 1:
        raise refuse(definition, "Exactly one operation is expected per update entry")
    verb, argument = next(iter(operation.items()))
    if verb not in definition.operations:
        raise refuse(definition, f"Operation '{verb}' is not supported for field '{definition.id}'")
    read = partial(parse, site, project, definition)
    if verb == "set":
        return read(argument)
    before = [str(v) for v in old] if isinstance(old, list) else []
    given = read([argument])
    items = [str(v) for v in given] if isinstance(given, list) else []
    if verb == "add":
        return before + [i for i in items if i not in before]
    return [b for b in before if b not in items]
