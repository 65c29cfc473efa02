"""Forms: fields to fill in, the required ones first, with what is wrong written above each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.language import tr, trn
from cards.base import Card
from cards.elements import (
    Part,
    action_set,
    card,
    container,
    execute,
    heading,
    hidden,
    needed,
    rich,
    run,
    space,
    toggle,
)
from cards.size import fit
from cards.text import clean, escape

NOT_SET = "~"
"""The value of the choice that stands for nothing; a client leaves out a choice that was never made."""
MAX_TEXT, MAX_LINE = 10_000, 255
MORE = "more-fields"
NAMED = 12
"""So many fields that have no room are named."""
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
class Button:
    """A button of a form; `inputs` says whether what was filled in travels with it."""

    title: str
    verb: str
    data: Mapping[str, str]
    inputs: bool = True


@dataclass(frozen=True, slots=True)
class FormView:
    """A form. `left_out` names fields that can be filled in only in Jira, at `link`."""

    title: str
    entries: Sequence[Entry]
    buttons: Sequence[Button]
    problem: str = ""
    left_out: Sequence[str] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class _Room:
    choices: int
    entries: int
    text: int
    title: int = 100


_ROOMS = (
    _Room(100, 30, MAX_TEXT),
    _Room(40, 25, 6_000),
    _Room(20, 20, 4_000, 80),
    _Room(12, 16, 2_000, 60),
    _Room(8, 12, 1_000, 60),
    _Room(5, 8, 400, 40),
    _Room(3, 4, 200, 40),
)


def form_card(view: FormView) -> Card:
    """The form. Fields that do not fit on a card are named at its end."""

    def build(room: _Room) -> Card:
        ordered = sorted(view.entries, key=lambda e: (not e.required, not _unfolded(e)))
        shown, dropped = ordered[: room.entries], [e.label for e in ordered[room.entries :]]
        main = [e for e in shown if _unfolded(e)]
        rest = [e for e in shown if not _unfolded(e)]
        body: list[Part] = [heading(view.title)]
        if view.problem:
            body.append(container([rich(run(view.problem, limit=600))], style="attention", bleed=True))
        body += [part for entry in main for part in _entry(entry, room)]
        body += _more(rest, room)
        body += _left_out([*view.left_out, *dropped], view.link)
        return card(body, [_button(b, first=not n) for n, b in enumerate(view.buttons)], summary=view.title)

    return fit(build, _ROOMS)


def opener_card(title: str, lines: Sequence[str], button: Button) -> Card:
    """Leads to a form where several people read along: whoever presses gets a form of their own.

    The second button opens the same form as a dialog, in clients that have them.
    """
    dialog: Part = {
        "type": "Action.Submit",
        "title": tr("Open as a dialog"),
        "data": {**button.data, "verb": button.verb, "msteams": {"type": "task/fetch"}},
    }
    shown = [_button(replace(button, inputs=False), first=True), dialog]
    said = [rich(run(line, limit=400), spacing="Small") for line in lines[:3]]
    return card([heading(title), *said], shown, summary=title)


def choices_answer(choices: Sequence[tuple[str, str]]) -> Card:
    """What fits what a person types into a choice, as a card that holds nothing else."""
    return card([_choice_set("choices", choices, _Room(15, 1, 0))])


def answered_choices(made: Mapping[str, object]) -> list[tuple[str, str]]:
    """The choices in a card of `choices_answer`; none in any other card."""
    body = made.get("body")
    first = body[0] if isinstance(body, list) and body else None
    listed = first.get("choices") if isinstance(first, dict) and first.get("id") == "choices" else None
    return [(str(c["title"]), str(c["value"])) for c in listed] if isinstance(listed, list) else []


def input_names(node: object) -> frozenset[str]:
    """The ids of all inputs of a card, or of a part of one."""
    if isinstance(node, dict):
        own = [str(node.get("id"))] if str(node.get("type", "")).startswith("Input.") else []
        return frozenset(own).union(*map(input_names, node.values()))
    return frozenset().union(*map(input_names, node)) if isinstance(node, list) else frozenset()


def sendable(text: str) -> str:
    """Text as it can stand in an input: no control characters, none that turn the line around, no half letters."""
    return _UNSENDABLE.sub("", text.encode("utf-8", "replace").decode())


def _button(button: Button, *, first: bool) -> Part:
    style = "positive" if first else ""
    return execute(button.title, button.verb, button.data, style=style, inputs=button.inputs)


def _unfolded(entry: Entry) -> bool:
    """Whether an entry stands in the open: because it matters, or because somebody has been at work in it."""
    return entry.required or entry.main or entry.typed or bool(entry.error)


def _more(entries: Sequence[Entry], room: _Room) -> Iterator[Part]:
    if entries:
        folded = container([part for entry in entries for part in _entry(entry, room)], spacing="Medium")
        yield action_set([toggle(tr("More fields"), MORE)], spacing="Medium")
        yield hidden(folded, MORE)


def _left_out(names: Sequence[str], link: str) -> Iterator[Part]:
    if not names:
        return
    shown, more = ", ".join(clean(name, 40) for name in names[:NAMED]), len(names) - NAMED
    if more > 0:
        words = trn(
            "Not on this form: {fields} and {count} more.",
            "Not on this form: {fields} and {count} more.",
            more,
            fields=shown,
        )
    else:
        words = tr("Not on this form: {fields}.", fields=shown)
    page = [space(), run(tr("Open Jira"), size="Small", url=link)] if link else []
    yield rich(run(words, subtle=True, size="Small", limit=700), *page, spacing="Medium")


def _entry(entry: Entry, room: _Room) -> Iterator[Part]:
    value = sendable(entry.value)
    error = entry.error
    if entry.typed and len(value) > room.text and entry.shape not in _CHOICE:
        value = value[: room.text]
        cut = tr("Your text was cut to fit on this card; add the rest again.")
        error = f"{error} {cut}".strip()
    if error:
        yield rich(run(error, color="Attention", limit=300), spacing="Medium")
    label = clean(entry.label, 60) or entry.name[:60]
    made = _field(replace(entry, value=value), room) | {"label": label}
    if entry.hint and entry.shape is not Shape.WORDS:
        made["placeholder"] = clean(entry.hint, 80)
    if entry.required and entry.shape is not Shape.WORDS:  # either of its inputs will do
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


def _field(entry: Entry, room: _Room) -> Part:
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


def _choices(entry: Entry, room: _Room) -> Part:
    picked = [v for v in entry.value.split(",") if v] if entry.shape in _SEVERAL else [entry.value]
    barred = "," if entry.shape in _SEVERAL else "\0"
    usable = [(title, v) for title, v in entry.choices if v and len(v) <= MAX_VALUE and barred not in v]
    chosen = [c for c in usable if c[1] in picked]
    others = [c for c in usable if c[1] not in picked]
    few = others[: max(room.choices - len(chosen), 0)]
    endless = entry.endless or len(few) < len(others)
    in_order = usable if len(few) == len(others) else chosen + few
    if entry.clearable and not entry.required and entry.shape not in _SEVERAL:
        # i18n: the choice that leaves a field empty
        in_order = [(tr("None"), NOT_SET), *in_order]
    made = _choice_set(entry.name, in_order, room)
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


def _choice_set(name: str, choices: Sequence[tuple[str, str]], room: _Room) -> Part:
    listed = [{"title": clean(title, room.title) or value, "value": value} for title, value in choices]
    return {"type": "Input.ChoiceSet", "id": name, "choices": listed}
