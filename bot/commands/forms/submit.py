"""What becomes of a form when it is sent: checked, written to Jira, or drawn again with what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import structlog

from bot.commands.context import Context
from bot.commands.errors import CommandError, sentence
from bot.commands.forms import choices
from bot.commands.forms.builder import Opened, open_form, show
from bot.commands.forms.fields import FILLED_BY_JIRA, askable, fillable
from bot.commands.forms.parsing.form_values import BadValueError, input_name, new_name, read, time_name
from bot.commands.forms.state import Form, Purpose, fingerprint, label_mark
from bot.commands.issue_lookup import IssueRef
from bot.commands.request import Reply
from bot.jira.errors import JiraError, JiraRejectedError, NotFoundOrForbiddenError
from bot.jira.fields.kinds import MULTI_SELECT, MULTI_VALUED, Changes, Kind, Picked, Value, kind_of
from bot.jira.fields.screens import decode_defaults
from bot.jira.fields.values import changes_update, comment_update, encode
from bot.jira.models import Field
from bot.language import tr
from bot.language.time_zones import zone
from cards.forms import NOT_SET
from cards.text import escape

log = structlog.get_logger(__name__)


async def press_submit(ctx: Context) -> Reply:
    """Check what was filled in, write it, and show the issue; or the form again with what is wrong."""
    data = ctx.data
    try:
        form = Form.from_data(data)
    except ValueError:
        raise CommandError(tr("This form is out of date. Open it again.")) from None
    given = _given(data)
    try:
        opened = await open_form(ctx, form)
        values, errors = await _values(ctx, opened, given)
    except (CommandError, NotFoundOrForbiddenError) as error:
        return await _gone(ctx, form, error)
    except JiraError as error:
        return _untouched(error)
    if errors:
        return await _again(ctx, opened, given, errors=errors)
    try:
        return await _write(ctx, opened, values)
    except JiraRejectedError as error:
        if form.purpose is Purpose.CREATE:
            opened.jira.screens.forget_create_fields(opened.account.user.account_id, form.project, form.type)
        problem = " ".join(error.messages) or ("" if error.fields else sentence(error))
        return await _again(ctx, opened, given, errors=error.fields, problem=problem)
    except JiraError as error:
        log.info("form.not_sent", error=type(error).__name__)
        return await _again(ctx, opened, given, problem=sentence(error))


async def _again(
    ctx: Context,
    opened: Opened,
    given: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    problem: str = "",
) -> Reply:
    try:
        return await show(ctx, opened, typed=given, errors=errors, problem=problem)
    except JiraError as error:
        return _untouched(error)


def _untouched(error: JiraError) -> Reply:
    """A sentence alone: it leaves the card, and what is typed there, as they are."""
    log.info("form.not_shown", error=type(error).__name__)
    return Reply(text=escape(sentence(error), 4000), repeatable=True)


async def _gone(ctx: Context, form: Form, error: Exception) -> Reply:
    """There is nothing left to fill in: the issue as it stands, with the reason, or the reason alone."""
    if not form.issue:
        raise error
    issue = await ctx.issues.on_site(form.issue, form.site)
    return replace(await ctx.cards.show(issue, problem=sentence(error)), repeatable=True)


def _given(data: Mapping[str, str]) -> dict[str, str]:
    """The inputs of a press; the choice that stands for nothing is empty."""
    return {n: "" if v == NOT_SET else v for n, v in data.items() if n.startswith("f_")}


async def _values(
    ctx: Context, opened: Opened, given: Mapping[str, str]
) -> tuple[dict[str, tuple[Kind, Value | Changes]], dict[str, str]]:
    """What to write, by field id, and what is wrong, by field id."""
    me = opened.account.user
    where = zone(me.time_zone or ctx.request.time_zone)
    form, values = opened.form, dict[str, tuple[Kind, Value | Changes]]()
    errors: dict[str, str] = {}
    for field in askable(opened.fields, form.purpose):
        kind = kind_of(field)
        if not fillable(field) or not _touched(form, field, given):
            continue
        name = input_name(field.id)
        try:
            text = await choices.resolve(opened.jira, form, field, given.get(name, ""), me=me)
            value = read(await _with_present(opened, field, text), kind, {**given, name: text}, where)
        except (BadValueError, CommandError) as error:
            errors[field.id] = str(error)
            continue
        if value is None and _needed(form, field):
            errors[field.id] = tr("{field} is needed.", field=field.name)
        elif _has_lost_its_day(form, field, given):
            errors[field.id] = tr("{field} needs a day beside its time.", field=field.name)
        elif kind is Kind.LABELS and form.purpose is not Purpose.CREATE:
            changes = await _label_changes(opened, field, value)
            if changes != Changes():
                values[field.id] = (kind, changes)
        elif value is not None or field.id in form.was:
            values[field.id] = (kind, value)
    return values, errors


async def _with_present(opened: Opened, field: Field, text: str) -> Field:
    """A list's field, with what is in the list by now allowed too: it may stay, even if it is offered no more."""
    picked = {each.strip() for each in text.split(",")}
    if kind_of(field) not in MULTI_SELECT or picked <= {o.id for o in field.allowed}:
        return field
    form = opened.form
    if form.purpose is Purpose.CREATE:
        present = decode_defaults([field]).get(field.id)
    else:
        present = (await opened.jira.screens.current(form.issue, [field])).get(field.id)
    return replace(field, allowed=(*field.allowed, *(present.names if present else ())))


def _has_lost_its_day(form: Form, field: Field, given: Mapping[str, str]) -> bool:
    """Whether a time was filled in without a day, where none was there that could have been taken away."""
    kind = kind_of(field)
    alone = given.get(time_name(field.id), "").strip() and not given.get(input_name(field.id), "").strip()
    return kind is Kind.MOMENT and bool(alone) and form.was.get(field.id, "") in ("", fingerprint(kind, ""))


def _needed(form: Form, field: Field) -> bool:
    """Whether a field must not be empty: because Jira has nothing to put there, or what it put was taken away."""
    cleared = form.purpose is Purpose.CREATE and field.id in form.was
    return field.id not in FILLED_BY_JIRA and (field.must_ask or (cleared and field.required))


async def _label_changes(opened: Opened, field: Field, value: Value) -> Changes:
    """What to add to and to take from an issue's labels: those that the form did not show are not its business."""
    form, wanted = opened.form, value.ids if isinstance(value, Picked) else ()
    shown = {mark for mark in form.was.get(field.id, "").split(".") if mark}
    gone = shown - {label_mark(label) for label in wanted}
    present: Value = None
    if gone:
        present = (await opened.jira.screens.current(form.issue, [field]))[field.id].value
    there = present.ids if isinstance(present, Picked) else ()
    return Changes(
        add=tuple(label for label in wanted if label_mark(label) not in shown),
        remove=tuple(label for label in there if label_mark(label) in gone),
    )


def _touched(form: Form, field: Field, given: Mapping[str, str]) -> bool:
    """Whether a field was changed from what the form was drawn with; what was drawn empty counts as it is.

    A client leaves out a list in which nothing is chosen, so a list that is missing is empty; any other input
    that is missing was not on the card.
    """
    if field.id not in form.was:
        return form.purpose is not Purpose.EDIT
    kind, name = kind_of(field), input_name(field.id)
    if not given or (name not in given and kind not in MULTI_VALUED):
        return False
    if kind is Kind.LABELS and given.get(new_name(field.id), "").strip():
        return True
    return fingerprint(kind, given.get(name, ""), given.get(time_name(field.id), "")) != form.was[field.id]


async def _write(ctx: Context, opened: Opened, values: Mapping[str, tuple[Kind, Value | Changes]]) -> Reply:
    form, jira = opened.form, opened.jira
    fields: dict[str, object] = {}
    update: dict[str, list[dict[str, object]]] = {}
    for name, (kind, value) in values.items():
        if isinstance(value, Changes):
            update[name] = changes_update(kind, value)
        elif kind is not Kind.COMMENT:
            fields[name] = encode(kind, value)
        elif isinstance(value, str):
            update[name] = comment_update(value)
    if form.purpose is Purpose.CREATE:
        key = await jira.screens.create(form.project, form.type, fields, update)
        issue, told = IssueRef(key, jira, opened.account), tr("Created {key}.", key=key)
        return await ctx.cards.after_write(issue, tr("Created."), told, created=True)
    issue = IssueRef(form.issue, jira, opened.account)
    if opened.transition is not None:
        await jira.move(issue.key, opened.transition, fields, update)
        notice = tr("Moved to {status}.", status=opened.transition.to.name)
        return await ctx.cards.after_write(issue, notice, tr("Moved {key}.", key=issue.key))
    if not fields and not update:
        return await ctx.cards.show(issue, notice=tr("Nothing was changed."))
    await jira.edit(issue.key, fields, update)
    return await ctx.cards.after_write(issue, tr("Saved."), tr("Saved {key}.", key=issue.key))
