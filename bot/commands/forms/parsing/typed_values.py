"""What a person typed behind a field's name, as its value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo

from bot.commands.forms.parsing.form_values import BadValueError, day, labels, written
from bot.commands.forms.parsing.matching import find_option, plain
from bot.jira.fields.kinds import MULTI_VALUED, Branch, Changes, Kind, Picked, Value
from bot.jira.models import Field, FieldOption
from bot.language import tr

NOTHING = frozenset({"none", "nothing", "empty", "clear", "no", "-", "remove"})
LONGEST_NAME = 5
"""Parts between commas that the name of one value may have."""
_SIGNED = re.compile(r"(?:^|[\s,]+)([+\-−–])\s?")
_IN_WORDS = re.compile(r"(?:^|(?<=[\s,]))(add|remove|delete)\s+(?=\S)", re.IGNORECASE)
_LEVELS = re.compile(r"\s*(?:>|›|/|:)\s*")


class ChooseValueError(BadValueError):
    """No allowed value fits, or several do; `options` are those to choose from."""

    def __init__(self, text: str, options: Sequence[FieldOption]) -> None:
        super().__init__(text)
        self.options = tuple(options)


def typed(field: Field, kind: Kind, text: str, zone: tzinfo, today: date) -> Value | Changes:
    """The value that `text` means. Raises `BadValueError`, `ChooseValueError`.

    People, issues, sprints, teams and groups by name are not found here: `text` is already an id where the kind
    asks for one.
    """
    if text.casefold() in NOTHING and field.id != "summary" and not _is_called(text, field.allowed):
        if field.required:
            raise BadValueError(tr("{field} must not be empty.", field=field.name))
        return None
    said = _with_signs(field, text)
    if kind in MULTI_VALUED and _SIGNED.match(said):
        return _changes(field, kind, said)
    if kind is Kind.DATE:
        return day(field, text, today)
    if kind is Kind.MOMENT:
        return _moment(field, text, zone, today)
    return _PICKED[kind](field, text) if kind in _PICKED else written(field, kind, text)


def _is_called(text: str, options: Sequence[FieldOption]) -> bool:
    """Whether a value bears just this name: lists of yes and no hold “No”, and some priorities are “None”."""
    return any(plain(option.name) == plain(text) for option in options)


def _with_signs(field: Field, text: str) -> str:
    """`add x remove y` as `+x -y`, unless a value is called like that."""
    if not _IN_WORDS.match(text) or find_option(text, field.allowed):
        return text
    return _IN_WORDS.sub(lambda found: " +" if found.group(1).casefold() == "add" else " -", text)


def _option(field: Field, text: str, options: Sequence[FieldOption]) -> FieldOption:
    found = find_option(text.strip().strip('"“”„'), options)
    if len(found) == 1:
        return found[0]
    if not options:
        raise BadValueError(tr("{field} has no values to choose from here.", field=field.name))
    if found:
        several = tr("Several values of {field} fit “{text}”. Which one?", field=field.name, text=text[:60])
        raise ChooseValueError(several, found)
    none = tr("“{text}” is not a value of {field}. Choose one:", text=text[:60], field=field.name)
    raise ChooseValueError(none, options)


def _options(field: Field, text: str) -> tuple[str, ...]:
    """A list with commas; without one, the whole may be a name that has spaces, or be a list of words."""
    parts = _parts(text, field.allowed)
    if len(parts) == 1 and len(find_option(text, field.allowed)) != 1 and len(text.split()) > 1:
        words = [find_option(word, field.allowed) for word in text.split()]
        if all(len(found) == 1 for found in words):
            return tuple(dict.fromkeys(found[0].id for found in words))
    return tuple(dict.fromkeys(_option(field, part, field.allowed).id for part in parts))


def _parts(text: str, options: Sequence[FieldOption]) -> list[str]:
    """What stands between commas, but for those within a value's own name: “Prod, EU” may be one."""
    names = {plain(option.name).replace(", ", ","): option.name for option in options}
    pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
    parts: list[str] = []
    while pieces:
        spans = range(min(len(pieces), LONGEST_NAME), 0, -1)
        span = next((n for n in spans if plain(",".join(pieces[:n])) in names), 0)
        parts.append(names[plain(",".join(pieces[:span]))] if span else pieces[0])
        pieces = pieces[span or 1 :]
    return parts


def _changes(field: Field, kind: Kind, text: str) -> Changes:
    pieces = _SIGNED.split(text)
    signed: dict[bool, list[str]] = {True: [], False: []}
    for sign, words in zip(pieces[1::2], pieces[2::2], strict=True):
        if not words.strip():
            example = f"{field.name.lower()} PROJ-12 +new -old"
            raise BadValueError(tr("Say what to add or to take away, like “{example}”.", example=example))
        if kind is Kind.LABELS:
            signed[sign == "+"] += labels(field, words)
        else:
            signed[sign == "+"] += [
                _option(field, part, field.allowed).id for part in _parts(words, field.allowed)
            ]
    return Changes(tuple(signed[True]), tuple(signed[False]))


def _branch(field: Field, text: str) -> Branch:
    """`Europe`, `Europe > Germany`, or `Germany` alone."""
    first, *more = _LEVELS.split(text.strip(), maxsplit=1)
    if more:
        parent = _option(field, first, field.allowed)
        return Branch(parent.id, _option(field, more[0], parent.children).id)
    children = [(p, c) for p in field.allowed for c in find_option(first, p.children)]
    if not find_option(first, field.allowed) and len(children) == 1:
        return Branch(children[0][0].id, children[0][1].id)
    return Branch(_option(field, first, field.allowed).id)


def _moment(field: Field, text: str, zone: tzinfo, today: date) -> datetime:
    words, _, clock = text.strip().rpartition(" ")
    try:
        at = datetime.strptime(clock, "%H:%M").time()  # noqa: DTZ007  the zone is the person's
    except ValueError:
        words, at = text, datetime.min.time()
    return datetime.combine(day(field, words or "today", today), at, zone)


def _ids(_field: Field, text: str) -> Picked:
    return Picked(tuple(part.strip() for part in text.split(",") if part.strip()))


_PICKED: Mapping[Kind, Callable[[Field, str], Value]] = {
    Kind.OPTION: lambda field, text: Picked((_option(field, text, field.allowed).id,)),
    Kind.RADIO: lambda field, text: Picked((_option(field, text, field.allowed).id,)),
    Kind.OPTIONS: lambda field, text: Picked(_options(field, text)),
    Kind.CHECKS: lambda field, text: Picked(_options(field, text)),
    Kind.CASCADE: _branch,
    Kind.USER: _ids,
    Kind.USERS: _ids,
    Kind.TEAM: lambda _field, text: Picked((text.strip(),)),
    Kind.GROUP: lambda _field, text: Picked((text.strip(),)),
    Kind.GROUPS: _ids,
}
