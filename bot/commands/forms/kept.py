"""Keeps what was typed for fields that cannot be set: it is shown, to be copied, and never dropped."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.commands.context import Context
from bot.commands.errors import explain
from bot.commands.forms.parsing.form_values import input_name
from bot.commands.forms.state import Form, fingerprint
from bot.commands.request import Reply
from bot.jira.fields.kinds import Kind
from bot.language import mark, tr
from cards.forms import Button, FormEntry, FormView, Shape, form_card

_NAMES: Mapping[str, str] = {
    input_name("summary"): mark("Summary"),
    input_name("description"): mark("Description"),
    input_name("comment"): mark("Comment"),
}
"""Texts that are worth keeping however short, by the names of their inputs; of others, those of several words."""


def kept_entries(typed: Mapping[str, str], settable: Collection[str]) -> tuple[FormEntry, ...]:
    """Return entries for texts that were typed for inputs other than those that can be set."""
    return tuple(
        FormEntry(
            name,
            tr("{field} (can't be set here, copy it to keep it)", field=_label(name)),
            Shape.PARAGRAPH,
            text,
            main=True,
            typed=True,
        )
        for name, text in typed.items()
        if name not in settable and _is_worth_keeping(name, text)
    )


def name_unset(typed: Mapping[str, str], settable: Collection[str]) -> str:
    """Return a sentence about texts that were not written; empty if there are none."""
    names = [
        _label(name) for name, text in typed.items() if name not in settable and _is_worth_keeping(name, text)
    ]
    return tr("Not set, because Jira has no such field here: {fields}.", fields=", ".join(names)) if names else ""


def keep_texts(ctx: Context, form: Form, typed: Mapping[str, str], error: Exception) -> Reply | None:
    """Show what was typed into a form that is gone, with the reason; None if there is no text to keep."""
    unchanged = {input_name(name) for name, was in form.was.items() if _text_mark(typed, name) == was}
    entries = kept_entries({name: text for name, text in typed.items() if name not in unchanged}, ())
    if not entries:
        return None
    verb = "issue.show" if form.issue else "form.cancel"
    title = tr("Back to {issue}", issue=form.issue) if form.issue else tr("Cancel")
    back = Button(title, verb, ctx.own_sign(verb, issue=form.issue, site=form.site), inputs=False)
    view = FormView(
        form.issue or tr("New issue in {project}", project=form.project), entries, [back], explain(error)
    )
    return Reply(card=form_card(view), summary=view.title, repeatable=True, private=True)


def _text_mark(typed: Mapping[str, str], field_id: str) -> str:
    return fingerprint(Kind.TEXT, typed.get(input_name(field_id), ""))


def _is_worth_keeping(name: str, text: str) -> bool:
    return bool(text.strip()) and (name in _NAMES or len(text.split()) > 1)


def _label(name: str) -> str:
    return tr(_NAMES[name]) if name in _NAMES else name.removeprefix("f_")
