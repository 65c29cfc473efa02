"""Converts field values between Jira's JSON and `bot.jira.fields.kinds`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from bot.http.json import as_list, as_object, as_text
from bot.jira.adf.from_markdown import convert_markdown
from bot.jira.adf.to_markdown import UnsupportedDocumentError, adf_to_markdown
from bot.jira.fields.kinds import MULTI_VALUED, Branch, Changes, Kind, Picked, Unshowable, Value
from bot.jira.models import FieldOption
from bot.jira.parse import parse_date, parse_named, parse_time, parse_user
from bot.language import tr


async def encode(kind: Kind, value: Value) -> object:
    """Return `value` as JSON for `fields`. A comment belongs in `update` instead (see `comment_update`)."""
    match value:
        case None:
            encoded: object = [] if kind in MULTI_VALUED else None
        case Picked(ids):
            encoded = _encode_ids(kind, ids)
        case Branch(parent, child):
            encoded = {"id": parent, "child": {"id": child}} if child else {"id": parent}
        case datetime():
            encoded = value.strftime(
                "%Y-%m-%dT%H:%M:%S.000%z"
            )  # Jira accepts neither "Z" nor a colon in the offset
        case date():
            encoded = value.isoformat()
        case int() | float():
            encoded = int(value) if float(value).is_integer() else value
        case Unshowable():
            raise TypeError("a value that cannot be shown cannot be written either")
        case _ if kind in (Kind.PARAGRAPH, Kind.COMMENT):
            encoded = await convert_markdown(value)
        case _:
            encoded = {"key": value} if kind is Kind.ISSUE else value
    return encoded


def _encode_ids(kind: Kind, ids: tuple[str, ...]) -> object:
    if kind in MULTI_VALUED:
        return [_encode_id(kind, each) for each in ids]
    return _encode_id(kind, ids[0]) if ids else None


def _encode_id(kind: Kind, picked: str) -> object:
    if kind in (Kind.LABELS, Kind.TEAM):
        return picked
    named = {Kind.GROUP: "name", Kind.GROUPS: "name", Kind.USER: "accountId", Kind.USERS: "accountId"}
    return {named.get(kind, "id"): picked}


def changes_update(kind: Kind, changes: Changes) -> list[dict[str, object]]:
    """Return additions and removals as operations for `update`."""
    steps = [("add", each) for each in changes.add] + [("remove", each) for each in changes.remove]
    return [{verb: _encode_id(kind, each)} for verb, each in steps]


def comment_properties(*, internal: bool) -> dict[str, object]:
    """Return what makes a comment of a service project an internal note, which the customer does not see.

    Without it the comment is public, as Jira's REST reference does not say;
    https://community.developer.atlassian.com has it from staff.
    """
    return {"properties": [{"key": "sd.public.comment", "value": {"internal": True}}]} if internal else {}


async def comment_update(text: str, *, internal: bool = False) -> list[dict[str, object]]:
    """Return a comment (Markdown) as operations for `update.comment`."""
    return [{"add": {"body": await convert_markdown(text), **comment_properties(internal=internal)}}]


def decode(kind: Kind, value: object) -> tuple[Value, tuple[FieldOption, ...]]:
    """Return a field's current value, and the selected options (whose ids may be in no list any more)."""
    match kind:
        case Kind.OPTIONS | Kind.CHECKS | Kind.USERS | Kind.GROUPS | Kind.LABELS:
            decoded = _decode_options([_option(kind, each) for each in as_list(value)])
        case Kind.OPTION | Kind.RADIO | Kind.USER | Kind.TEAM | Kind.GROUP:
            decoded = _decode_options([_option(kind, value)])
        case Kind.ISSUE:
            data = as_object(value)
            key = as_text(data.get("key"))
            name = f"{key} {as_text(as_object(data.get('fields')).get('summary'))}".strip()
            decoded = (key, (FieldOption(key, name),)) if key else (None, ())
        case Kind.SPRINT:
            decoded = _decode_sprint(value)
        case _:
            decoded = _decode_plain(kind, value), ()
    return decoded


def _decode_plain(kind: Kind, value: object) -> Value:
    decoded: Value = None
    match kind:
        case Kind.PARAGRAPH:
            decoded = _to_markdown(value)
        case Kind.CASCADE:
            data = as_object(value)
            parent, child = as_text(data.get("id")), as_text(as_object(data.get("child")).get("id"))
            decoded = Branch(parent, child) if parent else None
        case Kind.NUMBER:
            decoded = value if isinstance(value, int | float) and not isinstance(value, bool) else None
        case Kind.DATE:
            decoded = parse_date(value)
        case Kind.MOMENT:
            decoded = parse_time(value)
        case Kind.TEXT | Kind.URL | Kind.EPIC:
            decoded = as_text(value) or None
    return decoded


def _option(kind: Kind, value: object) -> FieldOption | None:
    if kind in (Kind.USER, Kind.USERS):
        user = parse_user(value)
        return FieldOption(user.account_id, user.name) if user else None
    if kind in (Kind.LABELS, Kind.GROUP, Kind.GROUPS):
        name = as_text(value if kind is Kind.LABELS else as_object(value).get("name"))
        return FieldOption(name, name) if name else None
    if kind is Kind.TEAM:
        team = {"id": value} if isinstance(value, str) else as_object(value)  # Jira sends either
        number, name = as_text(team.get("id")), as_text(team.get("name")) or as_text(team.get("title"))
        return FieldOption(number, name or number) if number else None
    named = parse_named(value)
    return FieldOption(named.id, named.name) if named and named.id else None


def _decode_options(read: list[FieldOption | None]) -> tuple[Value, tuple[FieldOption, ...]]:
    options = tuple(option for option in read if option)
    return (Picked(tuple(o.id for o in options)), options) if options else (None, ())


def _decode_sprint(value: object) -> tuple[Value, tuple[FieldOption, ...]]:
    """Return the sprint that is not closed: an issue has at most one, besides those of the past."""
    current = decode_open_sprints(value)[-1:]
    return (float(current[0].id), current) if current and current[0].id.isdecimal() else (None, ())


def decode_open_sprints(value: object) -> tuple[FieldOption, ...]:
    """Return the sprints in an issue's sprint field that are not closed."""
    rows = (as_object(row) for row in as_list(value))
    return tuple(
        FieldOption(as_text(row.get("id")), as_text(row.get("name")), detail=_board(row))
        for row in rows
        if row.get("state") != "closed" and as_text(row.get("id"))
    )


def _board(sprint: Mapping[str, object]) -> str:
    number = as_text(sprint.get("boardId"))
    return tr("board {number}", number=number) if number else ""


def _to_markdown(value: object) -> Value:
    """Return a document as Markdown that `convert_markdown` turns back into it; plain text as it is."""
    if not isinstance(value, dict):
        return (value.strip() or None) if isinstance(value, str) else None
    try:
        return adf_to_markdown(value) or None
    except UnsupportedDocumentError:
        return Unshowable()
