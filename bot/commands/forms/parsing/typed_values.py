"""Parses what a person typed after a field's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo

from bot.commands.forms.parsing.errors import BadValueError
from bot.commands.forms.parsing.form_values import parse_date, parse_text
from bot.commands.forms.parsing.labels import parse_labels, unquote_labels
from bot.commands.forms.parsing.matching import match_options, match_priority, normalise_name
from bot.jira.fields.kinds import MULTI_VALUED, Branch, Changes, Kind, Picked, Value
from bot.jira.models import Field, FieldOption
from bot.language import tr

CLEARING_WORDS = frozenset({"none", "nothing", "empty", "clear", "no", "-", "remove"})
MAX_NAME_PARTS = 5
"""Parts between commas in the name of one value."""
MAX_SHOWN_TEXT = 60
# A run of blanks is tried from its beginning alone, so that 30,000 of them take no quadratic time (T49).
_SIGNED = re.compile(r"(?:^|(?<![\s,])[\s,]+)([+\-−–])\s?")
_HAS_SIGN = re.compile(r"(?<![^\s,])[+\-−–](?=[^\s+\-−–])")
"""A label beside labels with signs is added: `urgent -later` removes no other."""
_IN_WORDS = re.compile(r"(?:^|(?<=[\s,]))(add|remove|delete)\s+(?=\S)", re.IGNORECASE)
_LEVELS = re.compile(r"(?<!\s)\s*(?:>|›|/|:)\s*")


class ChooseValueError(BadValueError):
    """No allowed value matches, or several do; `options` are those to choose from."""

    def __init__(self, text: str, options: Sequence[FieldOption]) -> None:
        super().__init__(text)
        self.options = tuple(options)


def parse_typed(field: Field, kind: Kind, text: str, zone: tzinfo, today: date) -> Value | Changes:
    """Return the value that a text means. Raises `BadValueError`, `ChooseValueError`.

    People, issues, sprints, teams and groups must be given by their ids.
    """
    if text.casefold() in CLEARING_WORDS and field.id != "summary" and not _is_called(text, field.allowed):
        if field.required:
            raise BadValueError(tr("{field} can't be empty.", field=field.name))
        return None
    signed = _with_signs(field, unquote_labels(text) if kind is Kind.LABELS else text)
    if kind in MULTI_VALUED and (_SIGNED.match(signed) or (kind is Kind.LABELS and _HAS_SIGN.search(signed))):
        return _changes(field, kind, signed)
    if kind is Kind.DATE:
        return parse_date(field, text, today)
    if kind is Kind.MOMENT:
        return _moment(field, text, zone, today)
    return _CHOICE_PARSERS[kind](field, text) if kind in _CHOICE_PARSERS else parse_text(field, kind, text)


def add_signs(text: str) -> str:
    """Return a text that adds what it names, unless it has signs or is “none”: `urgent` becomes `+urgent`."""
    keeps = not text or text.casefold() == "none" or _SIGNED.match(text) or _IN_WORDS.match(text)
    return text if keeps else f"+{text}"


def _is_called(text: str, options: Sequence[FieldOption]) -> bool:
    """Return whether a value has just this name: “No” in a list of yes and no, “None” among priorities."""
    return any(normalise_name(option.name) == normalise_name(text) for option in options)


def _with_signs(field: Field, text: str) -> str:
    """Write `add x remove y` as `+x -y`, unless a value is called like that."""
    if not _IN_WORDS.match(text) or match_options(text, field.allowed):
        return text
    return _IN_WORDS.sub(lambda verb: " +" if verb.group(1).casefold() == "add" else " -", text)


def _option(field: Field, text: str, options: Sequence[FieldOption]) -> FieldOption:
    match = match_priority if field.id == "priority" else match_options
    matches = match(text.strip().strip('"“”„'), options)
    if len(matches) != 1:
        matches = tuple(option for option in options if option.id == text.strip()) or matches
    if len(matches) == 1:
        return matches[0]
    if not options:
        raise BadValueError(tr("There are no values to choose from for {field}.", field=field.name))
    shown = text[:MAX_SHOWN_TEXT]
    if matches:
        several = tr("Several values of {field} match “{text}”. Which one?", field=field.name, text=shown)
        raise ChooseValueError(several, matches)
    raise ChooseValueError(
        tr("“{text}” isn't a value of {field}. Choose one:", text=shown, field=field.name), options
    )


def _options(field: Field, text: str) -> tuple[str, ...]:
    """Return the ids of a list with commas; without commas it is one name, or a list of words."""
    parts = _parts(text, field.allowed)
    if len(parts) == 1 and len(match_options(text, field.allowed)) != 1 and len(text.split()) > 1:
        words = [match_options(word, field.allowed) for word in text.split()]
        if all(len(matches) == 1 for matches in words):
            return tuple(dict.fromkeys(matches[0].id for matches in words))
    return tuple(dict.fromkeys(_option(field, part, field.allowed).id for part in parts))


def _parts(text: str, options: Sequence[FieldOption]) -> list[str]:
    """Split a text at its commas, but not within the name of a value, such as “Prod, EU”."""
    names = {normalise_name(option.name).replace(", ", ","): option.name for option in options}
    pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
    parts: list[str] = []
    while pieces:
        spans = range(min(len(pieces), MAX_NAME_PARTS), 0, -1)
        span = next((n for n in spans if normalise_name(",".join(pieces[:n])) in names), 0)
        parts.append(names[normalise_name(",".join(pieces[:span]))] if span else pieces[0])
        pieces = pieces[span or 1 :]
    return parts


def _changes(field: Field, kind: Kind, text: str) -> Changes:
    pieces = _SIGNED.split(text)
    signed: dict[bool, list[str]] = {True: [*parse_labels(field, pieces[0])], False: []}
    for sign, words in zip(pieces[1::2], pieces[2::2], strict=True):
        if not words.strip():
            example = f"{field.name.lower()} PROJ-12 +new -old"
            raise BadValueError(tr("Enter what to add or remove, like “{example}”.", example=example))
        if kind is Kind.LABELS:
            signed[sign == "+"] += parse_labels(field, words)
        else:
            signed[sign == "+"] += [
                _option(field, part, field.allowed).id for part in _parts(words, field.allowed)
            ]
    return Changes(tuple(signed[True]), tuple(signed[False]))


def _branch(field: Field, text: str) -> Branch:
    """Parse `Europe`, `Europe > Germany`, or `Germany` alone."""
    first, *more = _LEVELS.split(text.strip(), maxsplit=1)
    if more:
        parent = _option(field, first, field.allowed)
        return Branch(parent.id, _option(field, more[0], parent.children).id)
    branches = [Branch(p.id, c.id) for p in field.allowed for c in match_options(first, p.children)]
    if not match_options(first, field.allowed) and len(branches) == 1:
        return branches[0]
    return Branch(_option(field, first, field.allowed).id)


def _moment(field: Field, text: str, zone: tzinfo, today: date) -> datetime:
    words, _, clock = text.strip().rpartition(" ")
    try:
        time_of_day = datetime.strptime(clock, "%H:%M").time()  # noqa: DTZ007  the zone is the person's
    except ValueError:
        words, time_of_day = text, datetime.min.time()
    return datetime.combine(parse_date(field, words or "today", today), time_of_day, zone)


def _ids(_field: Field, text: str) -> Picked:
    return Picked(tuple(part.strip() for part in text.split(",") if part.strip()))


_CHOICE_PARSERS: Mapping[Kind, Callable[[Field, str], Value]] = {
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
