"""The entries of a form: what is asked for one field, as the inputs of a card."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.language import tr
from cards.elements import Part, needed, rich, run
from cards.text import clean, escape

NOT_SET = "~"
"""The value of the choice that stands for nothing; a client leaves out a choice that was never made."""
MAX_TEXT, MAX_LINE = 10_000, 255
MAX_VALUE = 100
"""Characters of a choice's value; a longer one is not offered."""
EXPANDED = 8
"""So many radio buttons or check boxes stand in the open; more become a list that unfolds."""

_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class Shape(StrEnum):
    """What an entry looks like."""

    LINE = "line"
    PARAGRAPH = "paragraph"
    DATE = "date"
    MOMENT = "moment"
    CHOICE = "choice"
    CHOICES = "choices"
    RADIO = "radio"
    CHECKS = "checks"
    WORDS = "words"
    """Known words to choose from, found by typing, and beneath them a line for new ones.

    A choice in Teams takes nothing that is not in its list, and a line of text suggests nothing; so it takes both.
    Known words are thereby spelled as they are, each can be taken away by itself, and where a client asks for no
    more of them while typing (old ones, and phones at times), the line takes every word, known or new.
    """


_OPEN = {Shape.RADIO, Shape.CHECKS}
_SEVERAL = {Shape.CHOICES, Shape.CHECKS, Shape.WORDS}
_CHOICE = _OPEN | {Shape.CHOICE, Shape.CHOICES, Shape.WORDS}


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a form.

    `choices` are (title, value) pairs. `dataset`, given by the bridge, is what a client asks by for more of them;
    `endless` says that there are more than `choices`. `beside`, named `beside_name`, is the time beside a date, or
    the new words beneath a choice of words. `clearable`: there is a choice that stands for nothing.
    `typed`: the value is the person's own and may be cut to fit; a present value of Jira's never is.
    """

    name: str
    label: str
    shape: Shape
    value: str = ""
    choices: Sequence[tuple[str, str]] = ()
    required: bool = False
    main: bool = False
    hint: str = ""
    error: str = ""
    dataset: str = ""
    endless: bool = False
    beside_name: str = ""
    beside: str = ""
    clearable: bool = True
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """How much of a form fits: choices of a field, entries, characters of a text and of a choice's title."""

    choices: int
    entries: int
    text: int
    title: int = 100


def sendable(text: str) -> str:
    """Text as it can stand in an input: no control characters, none that turn the line around, no half letters."""
    return _UNSENDABLE.sub("", text.encode("utf-8", "replace").decode())


def is_choosable(value: str) -> bool:
    """Whether a value can stand behind a choice: it has to come back as it is."""
    return 0 < len(value) <= MAX_VALUE and sendable(value) == value


def entry_parts(entry: Entry, room: Room) -> Iterator[Part]:
    """What is wrong with it, the input, and what stands beside it."""
    value = sendable(entry.value)
    error = entry.error
    if entry.typed and len(value) > room.text and entry.shape not in _CHOICE:
        value = value[: room.text]
        cut = tr("Your text was shortened to fit this card. Add the rest again.")
        error = f"{error} {cut}".strip()
    if error:
        yield rich(run(error, color="Attention", limit=300), spacing="Medium")
    label = clean(entry.label, 60) or entry.name[:60]
    made = _field(replace(entry, value=value), room) | {"label": label}
    if entry.hint and entry.shape is not Shape.WORDS:
        made["placeholder"] = clean(entry.hint, 80)
    if entry.required and entry.shape is Shape.WORDS:
        made["label"] = f"{label} *"  # either of its inputs will do, so no client may insist on this one
    elif entry.required:
        made |= {"isRequired": True, "errorMessage": needed(label)}
    if error:
        made["spacing"] = "Small"  # else the error stands as near to the field before
    yield made
    if entry.shape is Shape.MOMENT:
        # i18n: the label of the time of day beside a date
        words = tr("{field} (time)", field=label)
        yield _beside(entry, {"type": "Input.Time", "label": words}, entry.beside)
    if entry.shape is Shape.WORDS:
        # i18n: the label of the line for labels that are not in the list above it
        words = tr("{field} (new)", field=label)
        line: Part = {"type": "Input.Text", "label": words, "maxLength": MAX_LINE, "spacing": "Small"}
        hint: Part = {"placeholder": clean(entry.hint, 80)} if entry.hint else {}
        yield _beside(entry, line | hint, sendable(entry.beside)[:MAX_LINE])


def _beside(entry: Entry, made: Part, value: str) -> Part:
    return {**made, "id": entry.beside_name} | ({"value": value} if value else {})


def _field(entry: Entry, room: Room) -> Part:
    if entry.shape in _CHOICE:
        return _choices(entry, room)
    kind = "Input.Date" if entry.shape in (Shape.DATE, Shape.MOMENT) else "Input.Text"
    made: Part = {"type": kind, "id": entry.name}
    if entry.value:
        made["value"] = entry.value
    if kind == "Input.Text":
        made["maxLength"] = MAX_TEXT if entry.shape is Shape.PARAGRAPH else MAX_LINE
    if entry.shape is Shape.PARAGRAPH:
        made["isMultiline"] = True
    return made


def _choices(entry: Entry, room: Room) -> Part:
    picked = [v for v in entry.value.split(",") if v] if entry.shape in _SEVERAL else [entry.value]
    barred = "," if entry.shape in _SEVERAL else "\0"
    usable = [(title, v) for title, v in entry.choices if is_choosable(v) and barred not in v]
    chosen = [c for c in usable if c[1] in picked]
    others = [c for c in usable if c[1] not in picked]
    few = others[: max(room.choices - len(chosen), 0)]
    endless = entry.endless or len(few) < len(others)
    in_order = usable if len(few) == len(others) else chosen + few
    if entry.clearable and not entry.required and entry.shape not in _SEVERAL:
        # i18n: the choice that leaves a field empty
        in_order = [(tr("None"), NOT_SET), *in_order]
    made = choice_set(entry.name, in_order, room)
    if entry.shape in _SEVERAL:
        made["isMultiSelect"] = True
    if chosen:
        made["value"] = ",".join(value for _title, value in chosen)
    if endless and entry.dataset:
        # Both are newer than 1.5; Teams takes them in any card, and nothing else can be asked for while typing.
        made |= {"style": "filtered", "choices.data": {"type": "Data.Query", "dataset": entry.dataset}}
    elif entry.shape in _OPEN and _stands_open(in_order):
        made["style"] = "expanded"
    else:
        made["style"] = "compact"
    return made


def _stands_open(choices: Sequence[tuple[str, str]]) -> bool:
    """Clients read Markdown in the titles of radio buttons and check boxes, but not in lists that unfold."""
    return len(choices) <= EXPANDED and all(escape(title, 100) == clean(title, 100) for title, _ in choices)


def choice_set(name: str, choices: Sequence[tuple[str, str]], room: Room) -> Part:
    """An input that lists (title, value) pairs."""
    listed = [{"title": clean(title, room.title) or value, "value": value} for title, value in choices]
    return {"type": "Input.ChoiceSet", "id": name, "choices": listed}
