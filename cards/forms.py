"""Forms: fields to fill in, the required ones first, with what is wrong written above each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

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
    rich,
    run,
    space,
    toggle,
)
from cards.form_entries import (
    MAX_TEXT,
    NOT_SET,
    Entry,
    Room,
    Shape,
    choice_set,
    entry_parts,
    is_choosable,
    sendable,
)
from cards.size import fit
from cards.text import clean

__all__ = [
    "NOT_SET",
    "Button",
    "Entry",
    "FormView",
    "Shape",
    "answered_choices",
    "choices_answer",
    "form_card",
    "input_names",
    "is_choosable",
    "opener_card",
    "sendable",
]

MORE = "more-fields"
NAMED = 12
"""So many fields that have no room are named."""


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


_ROOMS = (
    Room(100, 30, MAX_TEXT),
    Room(40, 25, 6_000),
    Room(20, 20, 4_000, 80),
    Room(12, 16, 2_000, 60),
    Room(8, 12, 1_000, 60),
    Room(5, 8, 400, 40),
    Room(3, 4, 200, 40),
)


def form_card(view: FormView) -> Card:
    """The form. Fields that do not fit on a card are named at its end."""

    def build(room: Room) -> Card:
        ordered = sorted(view.entries, key=lambda e: (not e.required, not _unfolded(e)))
        shown, dropped = ordered[: room.entries], [e.label for e in ordered[room.entries :]]
        main = [e for e in shown if _unfolded(e)]
        rest = [e for e in shown if not _unfolded(e)]
        body: list[Part] = [heading(view.title)]
        if view.problem:
            body.append(container([rich(run(view.problem, limit=600))], style="attention", bleed=True))
        body += [part for entry in main for part in entry_parts(entry, room)]
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
    return card([choice_set("choices", choices, Room(15, 1, 0))])


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


def _button(button: Button, *, first: bool) -> Part:
    style = "positive" if first else ""
    return execute(button.title, button.verb, button.data, style=style, inputs=button.inputs)


def _unfolded(entry: Entry) -> bool:
    """Whether an entry stands in the open: because it matters, or because somebody has been at work in it."""
    return entry.required or entry.main or entry.typed or bool(entry.error)


def _more(entries: Sequence[Entry], room: Room) -> Iterator[Part]:
    if entries:
        folded = container([part for entry in entries for part in entry_parts(entry, room)], spacing="Medium")
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
