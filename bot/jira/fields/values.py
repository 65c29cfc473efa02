"""Field values between Jira's JSON and `bot.jira.field_kinds`, both ways."""

from __future__ import annotations

from datetime import date, datetime

import md_adf

from bot.http.json import as_list, as_object, as_text
from bot.jira import parse
from bot.jira.adf.writer import markdown_to_adf
from bot.jira.fields.kinds import SEVERAL, Branch, Changes, Kind, Picked, Unshowable, Value
from bot.jira.models import FieldOption


def encode(kind: Kind, value: Value) -> object:
    """`value` as Jira takes it in `fields`; a comment goes into `update` instead (see `comment_update`)."""
    match value:
        case None:
            made: object = [] if kind in SEVERAL else None
        case Picked(ids):
            made = _picked(kind, ids)
        case Branch(parent, child):
            made = {"id": parent, "child": {"id": child}} if child else {"id": parent}
        case datetime():
            made = value.strftime("%Y-%m-%dT%H:%M:%S.000%z")  # Jira takes neither "Z" nor a colon in the offset
        case date():
            made = value.isoformat()
        case int() | float():
            made = int(value) if float(value).is_integer() else value
        case Unshowable():
            raise TypeError("a value that cannot be shown cannot be written either")
        case _ if kind in (Kind.PARAGRAPH, Kind.COMMENT):
            made = markdown_to_adf(value)
        case _:
            made = {"key": value} if kind is Kind.ISSUE else value
    return made


def _picked(kind: Kind, ids: tuple[str, ...]) -> object:
    if kind in SEVERAL:
        return [_one(kind, each) for each in ids]
    return _one(kind, ids[0]) if ids else None


def _one(kind: Kind, picked: str) -> object:
    if kind in (Kind.LABELS, Kind.TEAM):
        return picked
    return {"name": picked} if kind in (Kind.GROUP, Kind.GROUPS) else {"id": picked}


def changes_update(kind: Kind, changes: Changes) -> list[dict[str, object]]:
    """Additions and removals as operations of `update`."""
    steps = [("add", each) for each in changes.add] + [("remove", each) for each in changes.remove]
    return [{verb: _one(kind, each)} for verb, each in steps]


def comment_update(text: str) -> list[dict[str, object]]:
    """A comment as the operations of `update.comment`."""
    return [{"add": {"body": markdown_to_adf(text)}}]


def decode(kind: Kind, value: object) -> tuple[Value, tuple[FieldOption, ...]]:
    """A field's present value, and the names of what is picked in it (for ids that no list holds)."""
    match kind:
        case Kind.OPTIONS | Kind.CHECKS | Kind.USERS | Kind.GROUPS | Kind.LABELS:
            found = _several([_option(kind, each) for each in as_list(value)])
        case Kind.OPTION | Kind.RADIO | Kind.USER | Kind.TEAM | Kind.GROUP:
            found = _several([_option(kind, value)])
        case Kind.ISSUE:
            data = as_object(value)
            key = as_text(data.get("key"))
            name = f"{key} {as_text(as_object(data.get('fields')).get('summary'))}".strip()
            found = (key, (FieldOption(key, name),)) if key else (None, ())
        case Kind.SPRINT:
            found = _sprint(value)
        case _:
            found = _plain(kind, value), ()
    return found


def _plain(kind: Kind, value: object) -> Value:
    read: Value = None
    match kind:
        case Kind.PARAGRAPH:
            read = _markdown(value)
        case Kind.CASCADE:
            data = as_object(value)
            parent, child = as_text(data.get("id")), as_text(as_object(data.get("child")).get("id"))
            read = Branch(parent, child) if parent else None
        case Kind.NUMBER:
            read = value if isinstance(value, int | float) and not isinstance(value, bool) else None
        case Kind.DATE:
            read = parse.day(value)
        case Kind.MOMENT:
            read = parse.moment(value)
        case Kind.TEXT | Kind.URL | Kind.EPIC:
            read = as_text(value) or None
    return read


def _option(kind: Kind, value: object) -> FieldOption | None:
    if kind in (Kind.USER, Kind.USERS):
        user = parse.user(value)
        return FieldOption(user.account_id, user.name) if user else None
    if kind in (Kind.LABELS, Kind.GROUP, Kind.GROUPS):
        name = as_text(value if kind is Kind.LABELS else as_object(value).get("name"))
        return FieldOption(name, name) if name else None
    if kind is Kind.TEAM:
        team = {"id": value} if isinstance(value, str) else as_object(value)  # Jira writes it either way
        number, name = as_text(team.get("id")), as_text(team.get("name")) or as_text(team.get("title"))
        return FieldOption(number, name or number) if number else None
    named = parse.named(value)
    return FieldOption(named.id, named.name) if named and named.id else None


def _several(found: list[FieldOption | None]) -> tuple[Value, tuple[FieldOption, ...]]:
    options = tuple(o for o in found if o)
    return (Picked(tuple(o.id for o in options)), options) if options else (None, ())


def _sprint(value: object) -> tuple[Value, tuple[FieldOption, ...]]:
    """An issue's sprints hold those of the past too; at most one of them is not closed."""
    rows = sprints(value)
    return (float(rows[-1].id), rows[-1:]) if rows and rows[-1].id.isdecimal() else (None, ())


def sprints(value: object) -> tuple[FieldOption, ...]:
    """The sprints of an issue's sprint field that are not closed."""
    rows = (as_object(row) for row in as_list(value))
    return tuple(
        FieldOption(as_text(row.get("id")), as_text(row.get("name")))
        for row in rows
        if row.get("state") != "closed" and as_text(row.get("id"))
    )


def _markdown(value: object) -> Value:
    """A document as the Markdown that `markdown_to_adf` makes the same document of; plain text as it is."""
    if not isinstance(value, dict):
        return (value.strip() or None) if isinstance(value, str) else None
    try:
        made: object = md_adf.adf_to_markdown(value).value
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Unshowable()  # md-adf refuses documents that it does not know
    text = str(made).replace("\\\n", "\n").strip()
    if _bare(markdown_to_adf(text)) != _bare(value):
        return Unshowable()
    return text or None


def _bare(node: object) -> object:
    """A document without what Jira's editor adds and nobody sees: local ids and empty attributes."""
    if isinstance(node, list):
        return [_bare(each) for each in node]
    if not isinstance(node, dict):
        return node
    attrs = {k: v for k, v in as_object(node.get("attrs")).items() if k != "localId"}
    rest: dict[str, object] = {k: _bare(v) for k, v in node.items() if k != "attrs" and v != []}
    return {**rest, "attrs": attrs} if attrs else rest
