"""The entries of a form: the inputs of a card that ask for one field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.language import tr
from cards.elements import Part, missing_value, rich, run, with_properties
from cards.sendable import strip_unsendable
from cards.text import clean, escape

NOT_SET = "~"
"""The value of the choice "None"; a client sends nothing for a choice that was never made."""
MAX_TEXT, MAX_LINE = 10_000, 255
MAX_CHOICE_VALUE = 100
"""Choices with a longer value are not offered."""
MAX_EXPANDED_CHOICES = 8
"""More radio buttons or check boxes are shown as a list that unfolds."""
MAX_HINT = 80


class Shape(StrEnum):
    """The kind of input."""

    LINE = "line"
    PARAGRAPH = "paragraph"
    DATE = "date"
    MOMENT = "moment"
    CHOICE = "choice"
    CHOICES = "choices"
    RADIO = "radio"
    CHECKS = "checks"
    WORDS = "words"
    """A list of known words that is searched while typing, and a line for new words below it.

    A choice in Teams accepts only values of its list, and a line of text suggests nothing. With both, known words
    are spelled right and can be removed one by one, and in clients that do not search while typing (old ones, some
    phones) the line accepts every word.
    """


_OPEN = {Shape.RADIO, Shape.CHECKS}
_MULTIPLE = {Shape.CHOICES, Shape.CHECKS, Shape.WORDS}
_CHOICE = _OPEN | {Shape.CHOICE, Shape.CHOICES, Shape.WORDS}


@dataclass(frozen=True, slots=True)
class FormEntry:
    """One field of a form.

    `choices` are (title, value) pairs. `has_more`: the client can search for more of them, by `dataset`. The
    `companion` is the value of a second input, `companion_name`: the time of a date, or new words below a
    list of words. `clearable`: a choice can be set to "None". `typed`: the value is the person's own and may be
    cut to fit, unlike a value from Jira.
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
    has_more: bool = False
    companion_name: str = ""
    companion: str = ""
    clearable: bool = True
    typed: bool = False


@dataclass(frozen=True, slots=True)
class FormTier:
    """How much of a form fits: choices of a field, entries, characters of a text and of a choice's title."""

    choices: int
    entries: int
    text: int
    title: int = 100


def is_choosable(value: str) -> bool:
    """Tell whether clients send a choice's value back unchanged."""
    return 0 < len(value) <= MAX_CHOICE_VALUE and strip_unsendable(value) == value


def entry_parts(entry: FormEntry, tier: FormTier) -> Iterator[Part]:
    """Build the error message of an entry, its input and its companion."""
    value, error = strip_unsendable(entry.value), entry.error
    if entry.typed and len(value) > tier.text and entry.shape not in _CHOICE:
        value = value[: tier.text]
        cut = tr("Your text was shortened to fit this card. Add the rest again.")
        error = f"{error} {cut}".strip()
    if error:
        yield rich(run(error, color="Attention", limit=300), spacing="Medium")
    label = clean(entry.label, 60) or entry.name[:60]
    yield with_properties(
        _input(entry, value, tier),
        # Either input of words is enough, so no client may insist on the first.
        label=f"{label} *" if entry.required and entry.shape is Shape.WORDS else label,
        placeholder="" if entry.shape is Shape.WORDS else clean(entry.hint, MAX_HINT),
        isRequired=entry.required and entry.shape is not Shape.WORDS,
        errorMessage=missing_value(label) if entry.required and entry.shape is not Shape.WORDS else "",
        spacing="Small" if error else "",  # else the error is as near to the field above it
    )
    yield from _companion(entry, label)


def _companion(entry: FormEntry, label: str) -> Iterator[Part]:
    if entry.shape is Shape.MOMENT:
        # i18n: the label of the time of day beside a date
        words = tr("{field} (time)", field=label)
        time: Part = {"type": "Input.Time", "id": entry.companion_name, "label": words}
        yield with_properties(time, value=entry.companion)
    if entry.shape is Shape.WORDS:
        # i18n: the label of the line for labels that are not in the list above it
        words = tr("{field} (new)", field=label)
        line: Part = {"type": "Input.Text", "id": entry.companion_name, "label": words, "maxLength": MAX_LINE}
        value, hint = strip_unsendable(entry.companion)[:MAX_LINE], clean(entry.hint, MAX_HINT)
        yield with_properties(line, placeholder=hint, value=value, spacing="Small")


def _input(entry: FormEntry, value: str, tier: FormTier) -> Part:
    if entry.shape in _CHOICE:
        return _choices(entry, value, tier)
    if entry.shape in (Shape.DATE, Shape.MOMENT):
        return with_properties({"type": "Input.Date", "id": entry.name}, value=value)
    is_paragraph = entry.shape is Shape.PARAGRAPH
    limit = MAX_TEXT if is_paragraph else MAX_LINE
    text: Part = {"type": "Input.Text", "id": entry.name, "maxLength": limit}
    return with_properties(text, value=value, isMultiline=is_paragraph)


def _choices(entry: FormEntry, value: str, tier: FormTier) -> Part:
    is_multiple = entry.shape in _MULTIPLE
    selected = [v for v in value.split(",") if v] if is_multiple else [value]
    choices, has_more = _fitting_choices(entry, selected, tier)
    selected = [v for _title, v in choices if v in selected]
    if entry.clearable and not entry.required and not is_multiple:
        # i18n: the choice that leaves a field empty
        choices = [(tr("None"), NOT_SET), *choices]
    part = with_properties(
        choice_set(entry.name, choices, tier), isMultiSelect=is_multiple, value=",".join(selected)
    )
    if has_more and entry.dataset:
        # Newer than version 1.5, but Teams accepts it in any card, and nothing else searches while typing.
        search = {"type": "Data.Query", "dataset": entry.dataset}
        return {**part, "style": "filtered", "choices.data": search}
    is_open = entry.shape in _OPEN and _can_be_expanded(choices)
    return {**part, "style": "expanded" if is_open else "compact"}


def _fitting_choices(
    entry: FormEntry, selected: Sequence[str], tier: FormTier
) -> tuple[list[tuple[str, str]], bool]:
    """Return the choices that fit, the selected ones always, and whether there are more."""
    # A client joins the values of several choices with commas.
    usable = [c for c in entry.choices if is_choosable(c[1]) and not (entry.shape in _MULTIPLE and "," in c[1])]
    first = [choice for choice in usable if choice[1] in selected]
    others = [choice for choice in usable if choice[1] not in selected]
    fitting = others[: max(tier.choices - len(first), 0)]
    if len(fitting) == len(others):
        return usable, entry.has_more
    return first + fitting, True


def _can_be_expanded(choices: Sequence[tuple[str, str]]) -> bool:
    """Clients read Markdown in the titles of radio buttons and check boxes, but not in lists that unfold."""
    has_markdown = any(escape(title, 100) != clean(title, 100) for title, _ in choices)
    return len(choices) <= MAX_EXPANDED_CHOICES and not has_markdown


def choice_set(name: str, choices: Sequence[tuple[str, str]], tier: FormTier) -> Part:
    """Build an input that lists (title, value) pairs."""
    listed = [{"title": clean(title, tier.title) or value, "value": value} for title, value in choices]
    return {"type": "Input.ChoiceSet", "id": name, "choices": listed}
