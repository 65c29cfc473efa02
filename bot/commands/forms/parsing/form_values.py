"""Converts between the inputs of a form, which are text, and values.

The input of field `x` is `f_x`; beside it are `f_x_time` for a time of day and `f_x_new` for new labels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, tzinfo

from babel.numbers import format_decimal, get_group_symbol

from bot.commands.forms.parsing.dates import parse_day
from bot.commands.forms.parsing.errors import BadValueError
from bot.commands.forms.parsing.labels import parse_labels, spaces_error
from bot.commands.text_input import one_line
from bot.jira.fields.kinds import Branch, Kind, Picked, Unshowable, Value, is_valid_label
from bot.jira.models import Field, FieldOption, issue_key
from bot.language import current_language, tr

MAX_LINE, MAX_TEXT = 255, 32_767
"""Characters that Jira takes in a line and in a long text."""
MAX_SHOWN_TEXT = 60

_WEB = re.compile(r"https?://[^\s<>\"]{1,2000}", re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}([.,])[0-9]{3}")
"""Many languages read this as thousands."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,10})?")


def input_name(field_id: str) -> str:
    """Return the id of a field's input on the card."""
    return f"f_{field_id}"


def time_name(field_id: str) -> str:
    """Return the id of the second input of a point in time."""
    return f"f_{field_id}_time"


def new_name(field_id: str) -> str:
    """Return the id of the input for labels that nobody has used yet."""
    return f"f_{field_id}_new"


def parse_input(field: Field, kind: Kind, inputs: Mapping[str, str], zone: tzinfo) -> Value:
    """Return the value that was filled in; None if the input is empty. Raises `BadValueError`."""
    text = inputs.get(input_name(field.id), "").strip()
    if kind is Kind.LABELS:
        return _picked_labels(field, text, inputs.get(new_name(field.id), ""))
    if not text:
        return None
    if kind is Kind.MOMENT:
        return _moment(field, text, inputs.get(time_name(field.id), ""), zone)
    if kind is Kind.DATE:
        return parse_date(field, text, datetime.now(zone).date())
    return _CHOICE_PARSERS[kind](field, text) if kind in _CHOICE_PARSERS else parse_text(field, kind, text)


def parse_text(field: Field, kind: Kind, text: str) -> Value:
    """Return the value of a field that is written rather than selected. Raises `BadValueError`."""
    if kind not in _TEXT_PARSERS:
        raise BadValueError(tr("{field} can only be set in Jira.", field=field.name))
    return _TEXT_PARSERS[kind](field, text)


def _picked_labels(field: Field, picked: str, new: str) -> Value:
    known = _split(picked)
    invalid = next((label for label in known if not is_valid_label(label)), "")
    if any(map(str.isspace, invalid)):
        hyphenated = "-".join(invalid.split())
        raise spaces_error([hyphenated], hyphenated)
    if invalid:
        text = invalid[:MAX_SHOWN_TEXT]
        raise BadValueError(tr("“{text}” can't be a label in {field}.", text=text, field=field.name))
    labels = tuple(dict.fromkeys((*known, *parse_labels(field, new))))
    return Picked(labels) if labels else None


def parse_date(field: Field, text: str, today: date) -> date:
    """Return a day, as a date input gives it or as people write it. Raises `BadValueError`."""
    day = parse_day(text, today)
    if day is None:
        raise BadValueError(
            tr(
                "“{text}” isn't a date. Enter one for {field} such as 2026-05-11, tomorrow or friday, or "
                "none to clear it.",
                text=text[:40],
                field=field.name,
            )
        )
    return day


def _moment(field: Field, text: str, clock: str, zone: tzinfo) -> datetime:
    day = parse_date(field, text, datetime.now(zone).date())
    try:
        time_of_day = time.fromisoformat(clock.strip() or "00:00")
    except ValueError:
        raise BadValueError(tr("Enter a time for {field}, such as 14:30.", field=field.name)) from None
    return datetime.combine(day, time_of_day.replace(tzinfo=None), zone)


def _line(field: Field, text: str) -> str:
    line = one_line(text)
    if len(line) > MAX_LINE:
        raise _too_long(field, MAX_LINE, len(line))
    return line


def _text(field: Field, text: str) -> str:
    if len(text) > MAX_TEXT:
        raise _too_long(field, MAX_TEXT, len(text))
    return text


def _too_long(field: Field, limit: int, length: int) -> BadValueError:
    most, actual = (format_decimal(count, locale=current_language().locale) for count in (limit, length))
    return BadValueError(
        tr(
            "{field} can have up to {limit} characters; yours has {length}.",
            field=field.name,
            limit=most,
            length=actual,
        )
    )


def _url(field: Field, text: str) -> str:
    if not _WEB.fullmatch(text):
        raise BadValueError(
            tr("Enter a full address for {field}, like https://example.com/page.", field=field.name)
        )
    return text


def _issue(field: Field, text: str) -> str:
    key = issue_key(text)
    if key is None:
        raise BadValueError(tr("Enter an issue key for {field}, like PROJ-12.", field=field.name))
    return key


def _sprint(field: Field, text: str) -> float:
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise BadValueError(tr("Enter a sprint's number for {field}.", field=field.name))
    return float(text)


def _number(field: Field, text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise BadValueError(
            tr("“{text}” isn't a number. Enter one for {field}, like 3 or 0.5.", text=text[:40], field=field.name)
        )
    number = float(text.replace(",", "."))
    grouped = _GROUPED.fullmatch(text)
    if grouped and grouped.group(1) == get_group_symbol(current_language().locale):
        whole = text.replace(grouped.group(1), "")
        part = format_decimal(number, locale=current_language().locale, decimal_quantization=False)
        raise BadValueError(
            tr("“{text}” can mean {whole} or {part}. Type one of these.", text=text, whole=whole, part=part)
        )
    return number


def _split(text: str) -> list[str]:
    return [part for part in (p.strip() for p in text.split(",")) if part]


def _account_id(field: Field, text: str) -> str:
    if len(text) > MAX_LINE or any(c.isspace() for c in text):
        shown = text[:MAX_SHOWN_TEXT]
        raise BadValueError(tr("Jira has no one called “{text}” for {field}.", text=shown, field=field.name))
    return text


def _name_or_id(field: Field, text: str) -> str:
    """Return the name of a group or the id of a team. Jira validates it."""
    if len(text) > MAX_LINE:
        raise _too_long(field, MAX_LINE, len(text))
    return text


def _allowed(field: Field, option_id: str, options: Sequence[FieldOption]) -> str:
    if not any(option.id == option_id for option in options):
        raise BadValueError(tr("That value is no longer available for {field}. Choose another.", field=field.name))
    return option_id


def _branch(field: Field, text: str) -> Branch:
    parent, _, child = text.partition(">")
    _allowed(field, parent, field.allowed)
    if child:
        _allowed(field, child, next(option for option in field.allowed if option.id == parent).children)
    return Branch(parent, child)


_TEXT_PARSERS: Mapping[Kind, Callable[[Field, str], Value]] = {
    Kind.TEXT: _line,
    Kind.URL: _url,
    Kind.PARAGRAPH: _text,
    Kind.COMMENT: _text,
    Kind.NUMBER: _number,
    Kind.LABELS: lambda field, text: Picked(parse_labels(field, text)),
    Kind.ISSUE: _issue,
    Kind.EPIC: _issue,
    Kind.SPRINT: _sprint,
}
_CHOICE_PARSERS: Mapping[Kind, Callable[[Field, str], Value]] = {
    Kind.OPTION: lambda field, text: Picked((_allowed(field, text, field.allowed),)),
    Kind.RADIO: lambda field, text: Picked((_allowed(field, text, field.allowed),)),
    Kind.OPTIONS: lambda field, text: Picked(tuple(_allowed(field, v, field.allowed) for v in _split(text))),
    Kind.CHECKS: lambda field, text: Picked(tuple(_allowed(field, v, field.allowed) for v in _split(text))),
    Kind.CASCADE: _branch,
    Kind.USER: lambda field, text: Picked((_account_id(field, text),)),
    Kind.USERS: lambda field, text: Picked(tuple(_account_id(field, v) for v in _split(text))),
    Kind.TEAM: lambda field, text: Picked((_name_or_id(field, text),)),
    Kind.GROUP: lambda field, text: Picked((_name_or_id(field, text),)),
    Kind.GROUPS: lambda field, text: Picked(tuple(_name_or_id(field, v) for v in _split(text))),
}


def to_inputs(value: Value, zone: tzinfo) -> tuple[str, str]:
    """Return what a field's inputs hold for a value; the second is the time of a point in time."""
    clock, text = "", ""
    match value:
        case None | Unshowable():
            pass
        case Picked(ids):
            text = ",".join(ids)
        case Branch(parent, child):
            text = f"{parent}>{child}" if child else parent
        case datetime():
            local = value.astimezone(zone)
            text, clock = local.date().isoformat(), local.strftime("%H:%M")
        case date():
            text = value.isoformat()
        case int() | float():
            text = str(int(value)) if float(value).is_integer() else str(value)
        case _:
            text = value
    return text, clock
