"""Between the inputs of a form, which are text, and values.

The input of field `x` is `f_x`; beside it stand `f_x_time` for the time of a day and `f_x_new` for new labels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, tzinfo

from babel.numbers import format_decimal, get_group_symbol

from bot.commands.forms.parsing.dates import parse_day
from bot.jira.fields.kinds import Branch, Kind, Picked, Unshowable, Value, is_valid_label
from bot.jira.models import Field, FieldOption, issue_key
from bot.language import spoken, tr

LINE, TEXT, LABEL = 255, 32_767, 255
"""Characters that Jira takes in a line, in a long text and in a label."""

_LABELS = re.compile(r"[\s,;]+")
_WEB = re.compile(r"https?://[^\s<>\"]{1,2000}", re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}([.,])[0-9]{3}")
"""Half of the world takes this for thousands."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,10})?")


class BadValueError(Exception):
    """What was filled in cannot be the field's value; the text says why, for the person."""


def input_name(field_id: str) -> str:
    """The id of a field's input on the card."""
    return f"f_{field_id}"


def time_name(field_id: str) -> str:
    """The id of the second input of a point in time."""
    return f"f_{field_id}_time"


def new_name(field_id: str) -> str:
    """The id of the input for labels that nobody has used yet."""
    return f"f_{field_id}_new"


def read(field: Field, kind: Kind, given: Mapping[str, str], zone: tzinfo) -> Value:
    """The value of a field as it was filled in; None if it was left empty. Raises `BadValueError`."""
    text = given.get(input_name(field.id), "").strip()
    if kind is Kind.LABELS:
        return _picked_labels(field, text, given.get(new_name(field.id), ""))
    if not text:
        return None
    if kind is Kind.MOMENT:
        return _moment(field, text, given.get(time_name(field.id), ""), zone)
    if kind is Kind.DATE:
        return day(field, text, datetime.now(zone).date())
    return _PICKED[kind](field, text) if kind in _PICKED else written(field, kind, text)


def written(field: Field, kind: Kind, text: str) -> Value:
    """The value of a field that is written rather than picked. Raises `BadValueError`."""
    if kind not in _WRITTEN:
        raise BadValueError(tr("{field} can only be set in Jira.", field=field.name))
    return _WRITTEN[kind](field, text)


def labels(field: Field, text: str) -> tuple[str, ...]:
    """Labels, which hold no spaces, from a list of words."""
    found = tuple(dict.fromkeys(word for word in _LABELS.split(text) if word))
    if any(len(word) > LABEL for word in found):
        raise BadValueError(
            tr("A label of {field} takes up to {limit} characters.", field=field.name, limit=LABEL)
        )
    return found


def _picked_labels(field: Field, picked: str, new: str) -> Value:
    old = _list(picked)
    bad = next((label for label in old if not is_valid_label(label)), "")
    if bad:
        raise BadValueError(tr("“{text}” cannot be a label of {field}.", text=bad[:60], field=field.name))
    found = tuple(dict.fromkeys((*old, *labels(field, new))))
    return Picked(found) if found else None


def day(field: Field, text: str, today: date) -> date:
    """A day, as a date input gives it or as people write it."""
    found = parse_day(text, today)
    if found is None:
        raise BadValueError(
            tr(
                "“{text}” is not a day. {field} takes 2026-05-11, tomorrow, friday, in 3 days or none.",
                text=text[:40],
                field=field.name,
            )
        )
    return found


def _moment(field: Field, text: str, clock: str, zone: tzinfo) -> datetime:
    when = day(field, text, datetime.now(zone).date())
    try:
        at = time.fromisoformat(clock.strip() or "00:00")
    except ValueError:
        raise BadValueError(tr("{field} needs a time such as 14:30.", field=field.name)) from None
    return datetime.combine(when, at.replace(tzinfo=None), zone)


def _line(field: Field, text: str) -> str:
    line = " ".join(text.split())
    if len(line) > LINE:
        raise _too_long(field, LINE, len(line))
    return line


def _text(field: Field, text: str) -> str:
    if len(text) > TEXT:
        raise _too_long(field, TEXT, len(text))
    return text


def _too_long(field: Field, limit: int, length: int) -> BadValueError:
    most, here = (format_decimal(count, locale=spoken().locale) for count in (limit, length))
    told = tr(
        "{field} takes up to {limit} characters; this has {length}.", field=field.name, limit=most, length=here
    )
    return BadValueError(told)


def _address(field: Field, text: str) -> str:
    if not _WEB.fullmatch(text):
        raise BadValueError(tr("{field} is a full address, like https://example.com/page.", field=field.name))
    return text


def _issue(field: Field, text: str) -> str:
    key = issue_key(text)
    if key is None:
        raise BadValueError(tr("{field} is an issue key, like PROJ-12.", field=field.name))
    return key


def _sprint(field: Field, text: str) -> float:
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise BadValueError(tr("{field} is a sprint's number.", field=field.name))
    return float(text)


def _number(field: Field, text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise BadValueError(tr("{field} is a number, like 3 or 0.5.", field=field.name))
    number = float(text.replace(",", "."))
    grouped = _GROUPED.fullmatch(text)
    if grouped and grouped.group(1) == get_group_symbol(spoken().locale):
        either = text.replace(grouped.group(1), "")
        part = format_decimal(number, locale=spoken().locale, decimal_quantization=False)
        told = tr("“{text}” can mean {whole} or {part}. Write one of these.", text=text, whole=either, part=part)
        raise BadValueError(told)
    return number


def _list(text: str) -> list[str]:
    return [part for part in (p.strip() for p in text.split(",")) if part]


def _short(field: Field, text: str) -> str:
    if len(text) > LINE or any(c.isspace() for c in text):
        raise BadValueError(
            tr("“{text}” is nobody whom Jira knows for {field}.", text=text[:60], field=field.name)
        )
    return text


def _named(field: Field, text: str) -> str:
    """The name of a group or the id of a team; Jira judges it."""
    if len(text) > LINE:
        raise _too_long(field, LINE, len(text))
    return text


def _allowed(field: Field, wanted: str, options: Sequence[FieldOption]) -> str:
    if not any(o.id == wanted for o in options):
        raise BadValueError(tr("That is not a value of {field} (any more). Choose another.", field=field.name))
    return wanted


def _branch(field: Field, text: str) -> Branch:
    parent, _, child = text.partition(">")
    _allowed(field, parent, field.allowed)
    if child:
        _allowed(field, child, next(o for o in field.allowed if o.id == parent).children)
    return Branch(parent, child)


_WRITTEN: Mapping[Kind, Callable[[Field, str], Value]] = {
    Kind.TEXT: _line,
    Kind.URL: _address,
    Kind.PARAGRAPH: _text,
    Kind.COMMENT: _text,
    Kind.NUMBER: _number,
    Kind.LABELS: lambda field, text: Picked(labels(field, text)),
    Kind.ISSUE: _issue,
    Kind.EPIC: _issue,
    Kind.SPRINT: _sprint,
}
_PICKED: Mapping[Kind, Callable[[Field, str], Value]] = {
    Kind.OPTION: lambda field, text: Picked((_allowed(field, text, field.allowed),)),
    Kind.RADIO: lambda field, text: Picked((_allowed(field, text, field.allowed),)),
    Kind.OPTIONS: lambda field, text: Picked(tuple(_allowed(field, v, field.allowed) for v in _list(text))),
    Kind.CHECKS: lambda field, text: Picked(tuple(_allowed(field, v, field.allowed) for v in _list(text))),
    Kind.CASCADE: _branch,
    Kind.USER: lambda field, text: Picked((_short(field, text),)),
    Kind.USERS: lambda field, text: Picked(tuple(_short(field, v) for v in _list(text))),
    Kind.TEAM: lambda field, text: Picked((_named(field, text),)),
    Kind.GROUP: lambda field, text: Picked((_named(field, text),)),
    Kind.GROUPS: lambda field, text: Picked(tuple(_named(field, v) for v in _list(text))),
}


def shown(value: Value, zone: tzinfo) -> tuple[str, str]:
    """What the inputs of a field hold for a value; the second is the time of a point in time."""
    clock, text = "", ""
    match value:
        case None | Unshowable():
            pass
        case Picked(ids):
            text = ",".join(ids)
        case Branch(parent, child):
            text = f"{parent}>{child}" if child else parent
        case datetime():
            there = value.astimezone(zone)
            text, clock = there.date().isoformat(), there.strftime("%H:%M")
        case date():
            text = value.isoformat()
        case int() | float():
            text = str(int(value)) if float(value).is_integer() else str(value)
        case _:
            text = value
    return text, clock
