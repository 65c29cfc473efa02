"""Forms made from Jira's metadata: what they consist of, and their cards."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.accounts.model import Account
from bot.commands.button import button
from bot.commands.context import Context
from bot.commands.errors import CommandError
from bot.commands.forms import choices
from bot.commands.forms.fields import (
    FormContent,
    FormEntries,
    build_entries,
    can_fill_in,
    fields_to_ask,
    lacks_choices,
    missing_fields,
)
from bot.commands.forms.kept import kept_entries
from bot.commands.forms.parsing.form_values import input_name
from bot.commands.forms.state import Form, Purpose
from bot.commands.issue_lookup import IssueHandle
from bot.commands.request import Reply
from bot.jira.client import JiraClient
from bot.jira.fields.kinds import Kind, kind_of
from bot.jira.fields.screens import CurrentValue, decode_defaults
from bot.jira.models import Field, FieldOption, Transition
from bot.language import mark, tr
from bot.language.time_zones import zone
from cards.base import Card
from cards.forms import Button, FormView, form_card, input_names, opener_card
from cards.messages import message_card

GONE = mark("That status change is no longer available. The card shows the current ones.")
NOTHING_TO_EDIT = mark("You don't have permission to edit {key}.")


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form with what it is drawn from and checked against. `submit` is the title of its button."""

    form: Form
    title: str
    submit: str
    fields: tuple[Field, ...]
    jira: JiraClient
    account: Account
    transition: Transition | None = None


# Opening -----------------------------------------------------------------------------------------------------


async def offer_edit_form(ctx: Context, issue: IssueHandle) -> Reply:
    """Offer a form of everything that can be edited on an issue."""
    return await _offer(ctx, await open_form(ctx, Form(Purpose.EDIT, issue.jira.site.cloud_id, issue.key)))


async def offer_move_form(ctx: Context, issue: IssueHandle, transition: Transition) -> Reply:
    """Offer the form of a transition's screen."""
    form = Form(Purpose.MOVE, issue.jira.site.cloud_id, issue.key, transition=transition.id)
    return await _offer(ctx, _move_form(form, transition, issue.jira, issue.account))


async def open_form(ctx: Context, form: Form) -> OpenForm:
    """Read what a form consists of. Raises `CommandError` if it does not exist any more, `JiraError`."""
    account, jira = await ctx.session.account(), await ctx.session.client(form.site)
    viewer = account.user.account_id
    match form.purpose:
        case Purpose.CREATE:
            types = await jira.screens.types(viewer, form.project)
            type_name = next((each.name for each in types if each.id == form.type), "")
            fields = await _fields(jira, form, viewer)
            return OpenForm(form, _create_title(form, type_name), tr("Create"), tuple(fields), jira, account)
        case Purpose.MOVE:
            transition = await _transition(jira, form)
            if transition is None:
                raise CommandError(tr(GONE))
            return _move_form(form, transition, jira, account)
        case Purpose.EDIT:
            fields = await _fields(jira, form, viewer)
            if not fields:
                raise CommandError(tr(NOTHING_TO_EDIT, key=form.issue))
            title = tr("Edit {key}", key=form.issue)
            return OpenForm(form, title, tr("Save"), tuple(fields), jira, account)


def _create_title(form: Form, type_name: str) -> str:
    if type_name:
        return tr("New {type} in {project}", type=type_name, project=form.project)
    return tr("New issue in {project}", project=form.project)


def _move_form(form: Form, transition: Transition, jira: JiraClient, account: Account) -> OpenForm:
    title = f"{transition.name}: {form.issue}"
    return OpenForm(form, title, transition.name, transition.fields, jira, account, transition)


async def _transition(jira: JiraClient, form: Form) -> Transition | None:
    transitions = await jira.transitions(form.issue)
    return next((each for each in transitions if each.id == form.transition), None)


async def _fields(jira: JiraClient, form: Form, viewer: str) -> Sequence[Field]:
    match form.purpose:
        case Purpose.CREATE:
            return await jira.screens.create_fields(viewer, form.project, form.type)
        case Purpose.EDIT:
            return await jira.screens.edit_fields(form.issue)
        case Purpose.MOVE:
            transition = await _transition(jira, form)
            return transition.fields if transition else ()


async def _offer(ctx: Context, opened: OpenForm) -> Reply:
    """Show the form if only the person sees it, or else a button that opens it for its presser."""
    if ctx.request.press is not None or ctx.request.conversation.is_personal:
        return await show_form(ctx, opened)
    refuse_unfillable(opened)
    form = opened.form
    verb, more = ("issue.move", {"transition": form.transition}) if form.transition else ("issue.edit", {})
    fill_in = Button(tr("Open form"), verb, ctx.sign(verb, issue=form.issue, site=form.site, **more))
    return Reply(
        card=opener_card(opened.title, [tr("Only you will see the form.")], fill_in), summary=opened.title
    )


def refuse_unfillable(opened: OpenForm, offers: Mapping[str, Sequence[FieldOption]] | None = None) -> None:
    """Raise `CommandError` if a required field cannot be filled in here, or has no choices in `offers`."""
    form = opened.form
    if form.purpose is Purpose.EDIT:
        return  # what is required has a value already
    unfillable = [
        field.name
        for field in missing_fields(opened.fields)
        if not can_fill_in(field) or (offers is not None and lacks_choices(field, offers))
    ]
    if unfillable:
        page = opened.jira.site.browse(form.issue or form.project)
        raise CommandError(
            tr(
                "“{title}” requires {fields}, which can only be set in Jira: {url}",
                title=opened.title,
                fields=", ".join(unfillable),
                url=page,
            )
        )


# Drawing -----------------------------------------------------------------------------------------------------


async def show_form(
    ctx: Context,
    opened: OpenForm,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    problem: str = "",
) -> Reply:
    """Show the form; after a refusal with what was typed (by input name) and the errors (by field id)."""
    refuse_unfillable(opened)
    form = opened.form
    if ctx.request.press is not None:
        form = replace(form, card=form.card or ctx.request.press.card_id)
    content = await _content(opened, typed or {}, errors or {})
    drawn = build_entries(
        opened.fields,
        form.purpose,
        content,
        zone(opened.account.user.time_zone or ctx.request.time_zone),
        lambda field: choices.dataset(ctx.own_sign, form, field.id),
    )
    settable = {name for entry in drawn.entries for name in (entry.name, entry.companion_name) if name}
    drawn = replace(drawn, entries=(*kept_entries(typed or {}, settable), *drawn.entries))
    form = replace(form, was=form.was or {name: was for name, was in drawn.was.items() if name in content.current})
    problem = " ".join([problem, *_errors_without_entry(opened, drawn, content.errors)]).strip()
    card = _card(ctx, replace(opened, form=form), drawn, problem)
    return Reply(card=card, summary=opened.title, repeatable=True, private=True)


async def _content(opened: OpenForm, typed: Mapping[str, str], errors: Mapping[str, str]) -> FormContent:
    """Read present values and choices. Raises `CommandError` if a required field has no choices."""
    current, offers = await asyncio.gather(
        _current_values(opened),
        choices.offer_choices(opened.jira, opened.form, opened.fields, opened.account.user),
    )
    refuse_unfillable(opened, offers)
    offers = await choices.with_picked_people(opened.jira, opened.fields, typed, offers)
    return FormContent(current, offers, typed, errors)


def _errors_without_entry(opened: OpenForm, drawn: FormEntries, errors: Mapping[str, str]) -> list[str]:
    names = {field.id: field.name for field in opened.fields}
    shown = {entry.name for entry in drawn.entries}
    others = {name: text for name, text in errors.items() if input_name(name) not in shown}
    return [f"{names[name]}: {text}" if name in names else text for name, text in others.items()]


def _card(ctx: Context, opened: OpenForm, drawn: FormEntries, problem: str) -> Card:
    """Draw the form. Its button carries the present values of those fields that fitted on the card."""
    form = opened.form
    link = opened.jira.site.browse(form.issue or form.project)
    buttons = _buttons(ctx, form, opened.submit)
    view = FormView(opened.title, drawn.entries, buttons, problem, drawn.left_out, link)
    card = form_card(view)
    fitted = input_names(card)
    if all(entry.name in fitted for entry in drawn.entries):
        return card
    form = replace(form, was={name: was for name, was in form.was.items() if input_name(name) in fitted})
    smaller = replace(
        view,
        entries=[entry for entry in drawn.entries if entry.name in fitted],
        left_out=(*drawn.left_out, *(entry.label for entry in drawn.entries if entry.name not in fitted)),
        buttons=_buttons(ctx, form, opened.submit),
    )
    return form_card(smaller)


async def _current_values(opened: OpenForm) -> Mapping[str, CurrentValue]:
    """Return, by field id, the present values of an issue, or Jira's defaults for a new one."""
    form = opened.form
    if form.purpose is Purpose.CREATE:
        return decode_defaults([field for field in opened.fields if can_fill_in(field)])
    fields = [field for field in fields_to_ask(opened.fields, form.purpose) if can_fill_in(field)]
    if form.purpose is Purpose.EDIT:
        return await opened.jira.screens.current(form.issue, fields)
    fields = [field for field in fields if kind_of(field) is not Kind.COMMENT]
    values = await opened.jira.screens.current(form.issue, fields) if fields else {}
    return {name: current for name, current in values.items() if current.value is not None}


def _buttons(ctx: Context, form: Form, title: str) -> list[Button]:
    submit = ctx.own_sign("form.submit", issue=form.issue, site=form.site, **form.to_data())
    back = "issue.show" if form.issue else "form.cancel"
    cancel = ctx.own_sign(back, issue=form.issue, site=form.site)
    return [Button(title, "form.submit", submit), Button(tr("Cancel"), back, cancel, inputs=False)]


# Presses -----------------------------------------------------------------------------------------------------


@button("form.cancel", read_only=True)
async def press_cancel(ctx: Context) -> Reply:
    """Give up creating an issue."""
    card = message_card(tr("Nothing was created."))
    return Reply(card=card, shared=card if ctx.request.conversation.is_personal else None)


@button("form.choices", read_only=True)
async def press_choices(ctx: Context) -> Reply:
    """Return the choices that match what was typed into an input."""
    return await choices.typeahead(ctx, _fields)
