"""Forms from Jira's own metadata: reading what they are made of, and drawing them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.accounts.model import Account
from bot.commands.context import Context
from bot.commands.errors import CommandError
from bot.commands.forms import choices
from bot.commands.forms.fields import Drawn, Filling, askable, draw, empty_handed, fillable, missing
from bot.commands.forms.parsing.form_values import input_name
from bot.commands.forms.state import Form, Purpose
from bot.commands.issue_lookup import IssueRef
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

GONE = mark("This step is no longer open to you; the card now shows those that are.")
NOTHING_TO_EDIT = mark("You may not edit that issue, or there is no such issue.")


@dataclass(frozen=True, slots=True)
class Opened:
    """A form with everything that it is drawn from and checked against."""

    form: Form
    title: str
    submit: str
    fields: tuple[Field, ...]
    jira: JiraClient
    account: Account
    transition: Transition | None = None


# Opening -----------------------------------------------------------------------------------------------------


async def edit(ctx: Context, issue: IssueRef) -> Reply:
    """A form of everything that may be edited on an issue."""
    return await offer(ctx, await open_form(ctx, Form(Purpose.EDIT, issue.jira.site.cloud_id, issue.key)))


async def move(ctx: Context, issue: IssueRef, transition: Transition) -> Reply:
    """The form of a transition's screen."""
    form = Form(Purpose.MOVE, issue.jira.site.cloud_id, issue.key, transition=transition.id)
    return await offer(ctx, _moving(issue, form, transition))


async def open_form(ctx: Context, form: Form) -> Opened:
    """Read what a form is made of. Raises `CommandError` if there is no such form (any more), `JiraError`."""
    issue = await ctx.issues.on_site(form.issue, form.site)
    if form.purpose is Purpose.CREATE:
        viewer = issue.account.user.account_id
        types = await issue.jira.screens.types(viewer, form.project)
        name = next((t.name for t in types if t.id == form.type), "")
        fields = await _fields(issue.jira, form, viewer)
        if name:
            title = tr("New {type} in {project}", type=name, project=form.project)
        else:
            title = tr("New issue in {project}", project=form.project)
        return Opened(form, title, tr("Create"), tuple(fields), issue.jira, issue.account)
    if form.purpose is Purpose.MOVE:
        steps = await issue.jira.transitions(issue.key)
        step = next((t for t in steps if t.id == form.transition), None)
        if step is None:
            raise CommandError(tr(GONE))
        return _moving(issue, form, step)
    fields = await _fields(issue.jira, form, issue.account.user.account_id)
    if not fields:
        raise CommandError(tr(NOTHING_TO_EDIT))
    return Opened(form, tr("Edit {key}", key=issue.key), tr("Save"), tuple(fields), issue.jira, issue.account)


def _moving(issue: IssueRef, form: Form, step: Transition) -> Opened:
    return Opened(form, f"{step.name}: {issue.key}", step.name, step.fields, issue.jira, issue.account, step)


async def _fields(jira: JiraClient, form: Form, viewer: str) -> Sequence[Field]:
    if form.purpose is Purpose.CREATE:
        return await jira.screens.create_fields(viewer, form.project, form.type)
    if form.purpose is Purpose.EDIT:
        return await jira.screens.edit_fields(form.issue)
    steps = await jira.transitions(form.issue)
    return next((t.fields for t in steps if t.id == form.transition), ())


async def offer(ctx: Context, opened: Opened) -> Reply:
    """The form itself, where its reader is alone with it; where others read along, a button to it."""
    if ctx.request.press is not None or ctx.request.conversation.is_personal:
        return await show(ctx, opened)
    refuse_unfillable(opened)
    form = opened.form
    verb, more = ("issue.move", {"transition": form.transition}) if form.transition else ("issue.edit", {})
    button = Button(tr("Fill in"), verb, ctx.sign(verb, issue=form.issue, site=form.site, **more))
    return Reply(card=opener_card(opened.title, [tr("It opens for you alone.")], button), summary=opened.title)


def refuse_unfillable(opened: Opened, offers: Mapping[str, Sequence[FieldOption]] | None = None) -> None:
    """Raises `CommandError` if a field is required that cannot be filled in here, or has none of `offers`."""
    form = opened.form
    if form.purpose is Purpose.EDIT:
        return  # what is required has a value already
    needed = missing(opened.fields)
    names = [f.name for f in needed if not fillable(f) or (offers is not None and empty_handed(f, offers))]
    if names:
        page = opened.jira.site.browse(form.issue or form.project)
        raise CommandError(
            tr(
                "“{title}” needs {fields}, which can only be filled in in Jira: {url}",
                title=opened.title,
                fields=", ".join(names),
                url=page,
            )
        )


async def show(
    ctx: Context,
    opened: Opened,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    problem: str = "",
) -> Reply:
    """The form's card; after a refusal with what was typed and what is wrong with it."""
    refuse_unfillable(opened)
    form = opened.form
    if ctx.request.press is not None:
        form = replace(form, card=form.card or ctx.request.press.card_id)
    me = opened.account.user
    current, offered = await asyncio.gather(_current(opened), choices.offers(opened.jira, form, opened.fields, me))
    refuse_unfillable(opened, offered)
    offered = await choices.with_picked(opened.jira, opened.fields, typed or {}, offered)
    filling = Filling(current, offered, typed or {}, errors or {})
    drawn = draw(
        opened.fields,
        form.purpose,
        filling,
        zone(me.time_zone or ctx.request.time_zone),
        lambda field: choices.dataset(ctx.own_sign, form, field.id),
    )
    form = replace(form, was=form.was or {name: mark for name, mark in drawn.was.items() if name in current})
    names = {f.id: f.name for f in opened.fields}
    shown = {entry.name for entry in drawn.entries}
    others = {name: told for name, told in (errors or {}).items() if input_name(name) not in shown}
    stray = [f"{names[name]}: {told}" if name in names else told for name, told in others.items()]
    problem = " ".join([problem, *stray]).strip()
    return Reply(
        card=_card(ctx, form, opened, drawn, problem), summary=opened.title, repeatable=True, private=True
    )


def _card(ctx: Context, form: Form, opened: Opened, drawn: Drawn, problem: str) -> Card:
    """The form; its button knows the present values of just those fields that found room on it."""
    link = opened.jira.site.browse(form.issue or form.project)
    view = FormView(opened.title, drawn.entries, _buttons(ctx, form, opened.submit), problem, drawn.left_out, link)
    made = form_card(view)
    there = input_names(made)
    if all(entry.name in there for entry in drawn.entries):
        return made
    kept = replace(form, was={name: was for name, was in form.was.items() if input_name(name) in there})
    left_out = (*drawn.left_out, *(e.label for e in drawn.entries if e.name not in there))
    entries = [e for e in drawn.entries if e.name in there]
    return form_card(replace(view, entries=entries, left_out=left_out, buttons=_buttons(ctx, kept, opened.submit)))


async def _current(opened: Opened) -> Mapping[str, CurrentValue]:
    """What the fields of an issue hold now, and what Jira puts into those of a new one."""
    form = opened.form
    if form.purpose is Purpose.CREATE:
        return decode_defaults([f for f in opened.fields if fillable(f)])
    wanted = [f for f in askable(opened.fields, form.purpose) if fillable(f)]
    if form.purpose is Purpose.EDIT:
        return await opened.jira.screens.current(form.issue, wanted)
    held = [f for f in wanted if kind_of(f) is not Kind.COMMENT]
    found = await opened.jira.screens.current(form.issue, held) if held else {}
    return {name: current for name, current in found.items() if current.value is not None}


def _buttons(ctx: Context, form: Form, title: str) -> list[Button]:
    submit = ctx.own_sign("form.submit", issue=form.issue, site=form.site, **form.data())
    back = "issue.show" if form.issue else "form.cancel"
    cancel = ctx.own_sign(back, issue=form.issue, site=form.site)
    return [Button(title, "form.submit", submit), Button(tr("Cancel"), back, cancel, inputs=False)]


async def press_cancel(ctx: Context) -> Reply:
    """Give up creating."""
    card = message_card(tr("Nothing was created."))
    return Reply(card=card, shared=card if ctx.request.conversation.is_personal else None)


async def press_choices(ctx: Context) -> Reply:
    """What fits the words typed into one of a form's choices."""
    return await choices.press_choices(ctx, _fields)
