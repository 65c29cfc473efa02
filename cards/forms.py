"""Cards of forms: the fields, required ones first, each below its error message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.language import tr, trn
from cards.base import Card
from cards.elements import (
    Part,
    action_set,
    callout,
    card,
    container,
    execute,
    heading,
    hidden,
    open_dialog,
    rich,
    run,
    space,
    toggle,
)
from cards.form_entries import (
    MAX_TEXT,
    NOT_SET,
    FormEntry,
    FormTier,
    Shape,
    choice_set,
    entry_parts,
    is_choosable,
)
from cards.size import fit
from cards.text import clean

__all__ = [
    "NOT_SET",
    "Button",
    "FormEntry",
    "FormView",
    "Shape",
    "form_card",
    "input_names",
    "is_choosable",
    "opener_card",
    "typeahead_card",
    "typeahead_choices",
]

MORE = "more-fields"
MAX_NAMED_FIELDS = 12
"""Of those that do not fit on the form."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a form. `inputs`: it submits what was filled in."""

    title: str
    verb: str
    data: Mapping[str, str]
    inputs: bool = True


@dataclass(frozen=True, slots=True)
class FormView:
    """A form. `left_out` are the names of fields that can be filled in only in Jira, at `link`."""

    title: str
    entries: Sequence[FormEntry]
    buttons: Sequence[Button]
    problem: str = ""
    left_out: Sequence[str] = ()
    link: str = ""


_TIERS = (
    FormTier(100, 30, MAX_TEXT),
    FormTier(40, 25, 6_000),
    FormTier(20, 20, 4_000, 80),
    FormTier(12, 16, 2_000, 60),
    FormTier(8, 12, 1_000, 60),
    FormTier(5, 8, 400, 40),
    FormTier(3, 4, 200, 40),
)


def form_card(view: FormView) -> Card:
    """Build a form. Fields that do not fit on the card are named at its end."""

    def build(tier: FormTier) -> Card:
        ordered = sorted(view.entries, key=lambda e: (not e.required, not _is_visible(e)))
        shown, dropped = ordered[: tier.entries], [e.label for e in ordered[tier.entries :]]
        main = [e for e in shown if _is_visible(e)]
        rest = [e for e in shown if not _is_visible(e)]
        body: list[Part] = [heading(view.title)]
        if view.problem:
            body.append(callout([rich(run(view.problem, limit=600))], "attention"))
        body += [part for entry in main for part in entry_parts(entry, tier)]
        body += _more(rest, tier)
        body += _left_out([*view.left_out, *dropped], view.link)
        return card(body, [_button(b, first=not n) for n, b in enumerate(view.buttons)], summary=view.title)

    return fit(build, _TIERS)


def opener_card(title: str, lines: Sequence[str], button: Button) -> Card:
    """Build the card that leads to a form in a group or channel: each presser gets a form of their own.

    The second button opens the form as a dialog, in clients that have them.
    """
    dialog = open_dialog(tr("Open as a dialog"), button.verb, button.data)
    shown = [_button(replace(button, inputs=False), first=True), dialog]
    paragraphs = [rich(run(line, limit=400), spacing="Small") for line in lines[:3]]
    return card([heading(title), *paragraphs], shown, summary=title)


def typeahead_card(choices: Sequence[tuple[str, str]]) -> Card:
    """Build a card that holds nothing but the choices found for what a person types."""
    return card([choice_set("choices", choices, FormTier(15, 1, 0))])


def typeahead_choices(answer: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the choices of a card made by `typeahead_card`, none of any other card."""
    body = answer.get("body")
    first = body[0] if isinstance(body, list) and body else None
    listed = first.get("choices") if isinstance(first, dict) and first.get("id") == "choices" else None
    return [(str(c["title"]), str(c["value"])) for c in listed] if isinstance(listed, list) else []


def input_names(node: object) -> frozenset[str]:
    """Return the ids of all inputs of a card, or of a part of one."""
    if isinstance(node, dict):
        own = [str(node.get("id"))] if str(node.get("type", "")).startswith("Input.") else []
        return frozenset(own).union(*map(input_names, node.values()))
    return frozenset().union(*map(input_names, node)) if isinstance(node, list) else frozenset()


def _button(button: Button, *, first: bool) -> Part:
    style = "positive" if first else ""
    return execute(button.title, button.verb, button.data, style=style, inputs=button.inputs)


def _is_visible(entry: FormEntry) -> bool:
    """Tell whether an entry is visible at once: an important one, or one that the person has filled in."""
    return entry.required or entry.main or entry.typed or bool(entry.error)


def _more(entries: Sequence[FormEntry], tier: FormTier) -> Iterator[Part]:
    if entries:
        folded = container([part for entry in entries for part in entry_parts(entry, tier)], spacing="Medium")
        yield action_set([toggle(tr("More fields"), MORE)], spacing="Medium")
        yield hidden(folded, MORE)


def _left_out(names: Sequence[str], link: str) -> Iterator[Part]:
    if not names:
        return
    shown, more = ", ".join(clean(name, 40) for name in names[:MAX_NAMED_FIELDS]), len(names) - MAX_NAMED_FIELDS
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
