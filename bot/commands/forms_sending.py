"""What becomes of a form when it is sent: checked, written to Jira, or drawn again with what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import structlog

from bot.commands import forms_offers
from bot.commands.errors import CommandError, sentence
from bot.commands.forms import Opened, done, open_form, show
from bot.commands.forms_entries import FILLED_BY_JIRA, askable, fillable
from bot.commands.forms_spec import Form, Purpose, mark
from bot.commands.model import Reply
from bot.commands.turn import IssueAt, Turn
from bot.forms.inputs import BadValueError, input_name, read, time_name
from bot.jira.errors import JiraError, JiraRejectedError, NotFoundOrForbiddenError
from bot.jira.field_kinds import SEVERAL, Kind, Value, kind_of
from bot.jira.field_values import comment_update, encode
from bot.jira.models import Field
from bot.zones import zone
from cards.forms import NOT_SET
from cards.text import escape

log = structlog.get_logger(__name__)


async def press_submit(turn: Turn) -> Reply:
    """Check what was filled in, write it, and show the issue; or the form again with what is wrong."""
    data = turn.request.press.data if turn.request.press else {}
    try:
        form = Form.from_data(data)
    except ValueError:
        raise CommandError("This form is out of date. Open it again.") from None
    given = _given(data)
    try:
        opened = await open_form(turn, form)
        values, errors = await _values(turn, opened, given)
    except (CommandError, NotFoundOrForbiddenError) as error:
        return await _gone(turn, form, error)
    except JiraError as error:
        return _untouched(error)
    if errors:
        return await _again(turn, opened, given, errors=errors)
    try:
        return await _write(turn, opened, values)
    except JiraRejectedError as error:
        if form.purpose is Purpose.CREATE:
            opened.jira.screens.forget_create_fields(opened.account.user.account_id, form.project, form.type)
        problem = " ".join(error.messages) or ("" if error.fields else sentence(error))
        return await _again(turn, opened, given, errors=error.fields, problem=problem)
    except JiraError as error:
        log.info("form.not_sent", error=type(error).__name__)
        return await _again(turn, opened, given, problem=sentence(error))


async def _again(
    turn: Turn,
    opened: Opened,
    given: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    problem: str = "",
) -> Reply:
    try:
        return await show(turn, opened, typed=given, errors=errors, problem=problem)
    except JiraError as error:
        return _untouched(error)


def _untouched(error: JiraError) -> Reply:
    """A sentence alone: it leaves the card, and what is typed there, as they are."""
    log.info("form.not_shown", error=type(error).__name__)
    return Reply(text=escape(sentence(error), 4000), failed=True)


async def _gone(turn: Turn, form: Form, error: Exception) -> Reply:
    """There is nothing left to fill in: the issue as it stands, with the reason, or the reason alone."""
    if not form.issue:
        raise error
    at = await turn.at_site(form.issue, form.site)
    return replace(await turn.issue_reply(at, problem=sentence(error)), failed=True)


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
        return await done(turn, IssueAt(key, jira, opened.account), "Created.", f"Created {key}.", created=True)
    at = IssueAt(form.issue, jira, opened.account)
    if opened.transition is not None:
        await jira.move(at.key, opened.transition, fields, update)
        return await done(turn, at, f"Moved to {opened.transition.to.name}.", f"Moved {at.key}.")
    if not fields and not update:
        return await turn.issue_reply(at, notice="Nothing was changed.")
    await jira.edit(at.key, fields, update)
    return await done(turn, at, "Saved.", f"Saved {at.key}.")
