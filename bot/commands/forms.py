"""Forms from Jira's own metadata: opening one, and what becomes of it when it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.accounts.model import Account
from bot.commands import forms_offers
from bot.commands.errors import CommandError, sentence
from bot.commands.forms_entries import FILLED_BY_JIRA, Filling, askable, draw, fillable, missing
from bot.commands.forms_spec import Form, Purpose, mark
from bot.commands.model import Reply
from bot.commands.turn import IssueAt, Turn
from bot.forms.inputs import BadValueError, input_name, read, time_name
from bot.jira.client import JiraClient
from bot.jira.errors import JiraError, JiraRejectedError
from bot.jira.field_kinds import SEVERAL, Kind, Value, kind_of
from bot.jira.field_values import comment_update, encode
from bot.jira.metadata import Current
from bot.jira.models import Field, Transition
from bot.zones import zone
from cards.forms import NOT_SET, Button, FormView, form_card, opener_card
from cards.messages import message_card
from cards.text import escape

GONE = "This step is no longer open to you; the card now shows those that are."
NOTHING_TO_EDIT = "You may not edit that issue, or there is no such issue."

log = structlog.get_logger(__name__)


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


async def edit(turn: Turn, at: IssueAt) -> Reply:
    """A form of everything that may be edited on an issue."""
    return await offer(turn, await open_form(turn, Form(Purpose.EDIT, at.jira.site.cloud_id, at.key)))


async def move(turn: Turn, at: IssueAt, transition: Transition) -> Reply:
    """The form of a transition's screen."""
    form = Form(Purpose.MOVE, at.jira.site.cloud_id, at.key, transition=transition.id)
    return await offer(turn, _moving(at, form, transition))


async def open_form(turn: Turn, form: Form) -> Opened:
    """Read what a form is made of. Raises `CommandError` if there is no such form (any more), `JiraError`."""
    at = await turn.at_site(form.issue, form.site)
    if form.purpose is Purpose.CREATE:
        viewer = at.account.user.account_id
        types = await at.jira.screens.types(viewer, form.project)
        name = next((t.name for t in types if t.id == form.type), "issue")
        fields = await _fields(at.jira, form, viewer)
        return Opened(form, f"New {name} in {form.project}", "Create", tuple(fields), at.jira, at.account)
    if form.purpose is Purpose.MOVE:
        steps = await at.jira.transitions(at.key)
        step = next((t for t in steps if t.id == form.transition), None)
        if step is None:
            raise CommandError(GONE)
        return _moving(at, form, step)
    fields = await _fields(at.jira, form, at.account.user.account_id)
    if not fields:
        raise CommandError(NOTHING_TO_EDIT)
    return Opened(form, f"Edit {at.key}", "Save", tuple(fields), at.jira, at.account)


def _moving(at: IssueAt, form: Form, step: Transition) -> Opened:
    return Opened(form, f"{step.name}: {at.key}", step.name, step.fields, at.jira, at.account, step)


async def _fields(jira: JiraClient, form: Form, viewer: str) -> Sequence[Field]:
    if form.purpose is Purpose.CREATE:
        return await jira.screens.create_fields(viewer, form.project, form.type)
    if form.purpose is Purpose.EDIT:
        return await jira.screens.edit_fields(form.issue)
    steps = await jira.transitions(form.issue)
    return next((t.fields for t in steps if t.id == form.transition), ())


async def offer(turn: Turn, opened: Opened) -> Reply:
    """The form itself, where its reader is alone with it; where others read along, a button to it."""
    if turn.request.press is not None or turn.request.conversation.is_personal:
        return await show(turn, opened)
    refuse_unfillable(opened)
    form = opened.form
    verb, more = ("issue.move", {"transition": form.transition}) if form.transition else ("issue.edit", {})
    button = Button("Fill in", verb, turn.mint(verb, issue=form.issue, site=form.site, **more))
    return Reply(card=opener_card(opened.title, "It opens for you alone.", button), summary=opened.title)


def refuse_unfillable(opened: Opened) -> None:
    """Raises `CommandError` if a field is required that cannot be filled in here."""
    names = [f.name for f in missing(opened.fields) if not fillable(f)]
    if names:
        form = opened.form
        page = opened.jira.site.browse(form.issue or form.project)
        raise CommandError(
            f"“{opened.title}” needs {', '.join(names)}, which can only be filled in in Jira: {page}"
        )


async def show(
    turn: Turn,
    opened: Opened,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    problem: str = "",
) -> Reply:
    """The form's card; after a refusal with what was typed and what is wrong with it."""
    refuse_unfillable(opened)
    form = opened.form
    if turn.request.press is not None:
        form = replace(form, card=form.card or turn.request.press.card_id)
    me = opened.account.user
    current, offered = await asyncio.gather(
        _current(opened), forms_offers.offers(opened.jira, form, opened.fields, me)
    )
    filling = Filling(current, offered, typed or {}, errors or {})
    drawn = draw(
        opened.fields,
        form.purpose,
        filling,
        zone(me.time_zone or turn.request.time_zone),
        lambda field: forms_offers.dataset(turn.mint, form, field.id),
    )
    if form.purpose is Purpose.EDIT:
        form = replace(form, was=form.was or drawn.was)
    names = {f.id: f.name for f in opened.fields}
    shown = {entry.name for entry in drawn.entries}
    stray = [f"{names.get(n, n)}: {t}" for n, t in (errors or {}).items() if input_name(n) not in shown]
    view = FormView(
        title=opened.title,
        entries=drawn.entries,
        buttons=_buttons(turn, form, opened.submit),
        problem=" ".join([problem, *stray]).strip(),
        left_out=drawn.left_out,
        link=opened.jira.site.browse(form.issue or form.project),
    )
    return Reply(card=form_card(view), summary=opened.title, failed=True)


async def _current(opened: Opened) -> Mapping[str, Current]:
    """What the fields of an edit form hold now; the others start empty."""
    form = opened.form
    if form.purpose is not Purpose.EDIT:
        return {}
    return await opened.jira.screens.current(
        form.issue, [f for f in askable(opened.fields, form.purpose) if fillable(f)]
    )


def _buttons(turn: Turn, form: Form, title: str) -> list[Button]:
    submit = turn.mint("form.submit", issue=form.issue, site=form.site, **form.data())
    back = "issue.show" if form.issue else "form.cancel"
    cancel = turn.mint(back, issue=form.issue, site=form.site)
    return [Button(title, "form.submit", submit), Button("Cancel", back, cancel, inputs=False)]


async def press_cancel(turn: Turn) -> Reply:
    """Give up creating."""
    card = message_card("Nothing was created.")
    return Reply(card=card, shared=card if turn.request.conversation.is_personal else None)


async def press_choices(turn: Turn) -> Reply:
    """What fits the words typed into one of a form's choices."""
    return await forms_offers.press_choices(turn, _fields)


# Sending -----------------------------------------------------------------------------------------------------


async def press_submit(turn: Turn) -> Reply:
    """Check what was filled in, write it, and show the issue; or the form again with what is wrong."""
    data = turn.request.press.data if turn.request.press else {}
    try:
        form = Form.from_data(data)
    except ValueError:
        raise CommandError("This form is out of date. Open it again.") from None
    opened = await open_form(turn, form)
    given = _given(data)
    values, errors = await _values(turn, opened, given)
    if errors:
        return await show(turn, opened, typed=given, errors=errors)
    try:
        return await _write(turn, opened, values)
    except JiraRejectedError as error:
        if form.purpose is Purpose.CREATE:
            opened.jira.screens.forget_create_fields(opened.account.user.account_id, form.project, form.type)
        problem = " ".join(error.messages) or ("" if error.fields else sentence(error) or "")
        return await show(turn, opened, typed=given, errors=error.fields, problem=problem)
    except JiraError as error:
        told = sentence(error) or ""
        log.info("form.not_sent", error=type(error).__name__)
        try:
            return await show(turn, opened, typed=given, problem=told)
        except JiraError:
            # As text it leaves the card, and what is typed there, alone.
            return Reply(text=escape(told, 4000), failed=True)


def _given(data: Mapping[str, str]) -> dict[str, str]:
    """The inputs of a press; the choice that stands for nothing is empty."""
    return {n: "" if v == NOT_SET else v for n, v in data.items() if n.startswith("f_")}


async def _values(
    turn: Turn, opened: Opened, given: Mapping[str, str]
) -> tuple[dict[str, tuple[Kind, Value]], dict[str, str]]:
    """What to write, by field id, and what is wrong, by field id."""
    me = opened.account.user
    where = zone(me.time_zone or turn.request.time_zone)
    values: dict[str, tuple[Kind, Value]] = {}
    errors: dict[str, str] = {}
    for field in askable(opened.fields, opened.form.purpose):
        kind = kind_of(field)
        if not fillable(field) or not _touched(opened.form, field, given):
            continue
        name = input_name(field.id)
        try:
            text = await forms_offers.resolve(opened.jira, opened.form, field, given.get(name, ""), me=me)
            value = read(field, kind, {**given, name: text}, where)
        except (BadValueError, CommandError) as error:
            errors[field.id] = str(error)
            continue
        required = field.must_ask and field.id not in FILLED_BY_JIRA
        if value is None and required:
            errors[field.id] = f"{field.name} is needed."
        elif value is not None or opened.form.purpose is Purpose.EDIT:
            values[field.id] = (kind, value)
    return values, errors


def _touched(form: Form, field: Field, given: Mapping[str, str]) -> bool:
    """Whether a field was changed on an edit form; on the others every field counts.

    A client leaves out a list in which nothing is chosen, so a list that is missing is empty; any other input
    that is missing was not on the card.
    """
    if form.purpose is not Purpose.EDIT:
        return True
    kind, name = kind_of(field), input_name(field.id)
    if field.id not in form.was or not given or (name not in given and kind not in SEVERAL - {Kind.LABELS}):
        return False
    return mark(kind, given.get(name, ""), given.get(time_name(field.id), "")) != form.was[field.id]


async def _write(turn: Turn, opened: Opened, values: Mapping[str, tuple[Kind, Value]]) -> Reply:
    form, jira = opened.form, opened.jira
    fields = {name: encode(kind, value) for name, (kind, value) in values.items() if kind is not Kind.COMMENT}
    update = {
        name: comment_update(value)
        for name, (kind, value) in values.items()
        if kind is Kind.COMMENT and isinstance(value, str)
    }
    if form.purpose is Purpose.CREATE:
        key = await jira.screens.create(form.project, form.type, fields, update)
        return await done(turn, IssueAt(key, jira, opened.account), "Created.", f"Created {key}.")
    at = IssueAt(form.issue, jira, opened.account)
    if opened.transition is not None:
        await jira.move(at.key, opened.transition, fields, update)
        return await done(turn, at, f"Moved to {opened.transition.to.name}.", f"Moved {at.key}.")
    if not fields and not update:
        return await turn.issue_reply(at, notice="Nothing was changed.")
    await jira.edit(at.key, fields, update)
    return await done(turn, at, "Saved.", f"Saved {at.key}.")


async def done(turn: Turn, at: IssueAt, notice: str, told: str) -> Reply:
    """The issue as it stands after a write. That it cannot be read any more must not look like a failed write."""
    try:
        reply = await turn.issue_reply(at, notice=notice)
    except JiraError as error:
        log.info("form.not_shown", error=type(error).__name__)
        card = message_card(f"{told} It cannot be shown just now.", "good")
        return Reply(card=card, shared=card, summary=told)
    return replace(reply, summary=told) if turn.request.press is not None else reply
