"""Submits a form: checks what was filled in and writes it to Jira, or shows the form again with what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo

import structlog

from bot.commands.button import button
from bot.commands.context import Context
from bot.commands.errors import CommandError, error_reply, explain
from bot.commands.forms.fields import FILLED_BY_JIRA, can_fill_in, fields_to_ask
from bot.commands.forms.form import OpenForm, open_form, show_form
from bot.commands.forms.kept import keep_texts, name_unset
from bot.commands.forms.parsing.errors import BadValueError
from bot.commands.forms.parsing.form_values import input_name, new_name, parse_input, time_name
from bot.commands.forms.resolve import resolve_names
from bot.commands.forms.state import Form, Purpose, fingerprint, label_mark
from bot.commands.issue_lookup import IssueHandle
from bot.commands.request import Reply
from bot.jira.client import JiraClient
from bot.jira.errors import JiraError, JiraRejectedError, NotFoundOrForbiddenError
from bot.jira.fields.kinds import MULTI_SELECT, MULTI_VALUED, Changes, Kind, Picked, Value, kind_of
from bot.jira.fields.screens import decode_defaults
from bot.jira.fields.values import changes_update, comment_update, encode
from bot.jira.models import Field
from bot.language import tr
from bot.language.time_zones import zone
from cards.forms import NOT_SET

Writes = Mapping[str, tuple[Kind, Value | Changes]]
"""What to write, by field id."""

log = structlog.get_logger(__name__)


@button("form.submit")
async def press_submit(ctx: Context) -> Reply:
    """Write what was filled in and show the issue, or show the form again with what is wrong."""
    try:
        form = Form.from_data(ctx.signed)
    except ValueError:
        raise CommandError(tr("This form is out of date. Open it again.")) from None
    inputs = _inputs(ctx.inputs)
    try:
        opened = await open_form(ctx, form)
        writes, errors = await _check(ctx, opened, inputs)
    except (CommandError, NotFoundOrForbiddenError) as error:
        return keep_texts(ctx, form, inputs, error) or await _explain_gone(ctx, form, error)
    except JiraError as error:
        log.info("form not read", error=type(error).__name__)
        return error_reply(error)
    if errors:
        return await _show_again(ctx, opened, inputs, errors=errors)
    return await _write_or_show_again(ctx, opened, inputs, writes)


async def _write_or_show_again(ctx: Context, opened: OpenForm, inputs: Mapping[str, str], writes: Writes) -> Reply:
    try:
        return await _write(ctx, opened, writes, _name_unset(opened, inputs))
    except JiraRejectedError as error:
        form = opened.form
        if form.purpose is Purpose.CREATE:
            opened.jira.screens.forget_create_fields(opened.account.user.account_id, form.project, form.type)
        problem = " ".join(error.messages) or ("" if error.fields else explain(error))
        return await _show_again(ctx, opened, inputs, errors=error.fields, problem=problem)
    except JiraError as error:
        log.info("form not sent", error=type(error).__name__)
        return await _show_again(ctx, opened, inputs, problem=explain(error))


async def _show_again(
    ctx: Context,
    opened: OpenForm,
    inputs: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    problem: str = "",
) -> Reply:
    try:
        return await show_form(ctx, opened, typed=inputs, errors=errors, problem=problem)
    except JiraError as error:
        log.info("form not shown", error=type(error).__name__)
        return error_reply(error)


async def _explain_gone(ctx: Context, form: Form, error: Exception) -> Reply:
    """Explain on the issue's card why there is nothing to fill in any more; raise if there is no issue."""
    if not form.issue:
        raise error
    issue = await ctx.issues.on_site(form.issue, form.site)
    return replace(await ctx.cards.show(issue, problem=explain(error)), repeatable=True)


def _inputs(data: Mapping[str, str]) -> dict[str, str]:
    """Return the inputs of a press. The choice that stands for nothing becomes an empty text."""
    return {name: "" if text == NOT_SET else text for name, text in data.items() if name.startswith("f_")}


# Checking ----------------------------------------------------------------------------------------------------


async def _check(ctx: Context, opened: OpenForm, inputs: Mapping[str, str]) -> tuple[Writes, dict[str, str]]:
    """Return what to write and what is wrong, both by field id."""
    time_zone = zone(opened.account.user.time_zone or ctx.request.time_zone)
    form = opened.form
    writes: dict[str, tuple[Kind, Value | Changes]] = {}
    errors: dict[str, str] = {}
    for field in fields_to_ask(opened.fields, form.purpose):
        if not can_fill_in(field) or not _was_changed(form, field, inputs):
            continue
        kind = kind_of(field)
        try:
            value = await _parse(opened, field, inputs, time_zone)
        except (BadValueError, CommandError) as error:
            errors[field.id] = str(error)
            continue
        if problem := _find_problem(form, field, value, inputs):
            errors[field.id] = problem
        elif kind is Kind.LABELS and form.purpose is not Purpose.CREATE:
            changes = await _label_changes(opened, field, value)
            if changes != Changes():
                writes[field.id] = (kind, changes)
        elif value is not None or field.id in form.was:
            writes[field.id] = (kind, value)
    return writes, errors


async def _parse(opened: OpenForm, field: Field, inputs: Mapping[str, str], time_zone: tzinfo) -> Value:
    name = input_name(field.id)
    me = opened.account.user
    text = await resolve_names(opened.jira, opened.form, field, inputs.get(name, ""), me=me)
    field = await _allow_present_values(opened, field, text)
    return parse_input(field, kind_of(field), {**inputs, name: text}, time_zone)


async def _allow_present_values(opened: OpenForm, field: Field, text: str) -> Field:
    """Return the field with its present values allowed, too: they may stay even if they are offered no more."""
    picked = {part.strip() for part in text.split(",")}
    if kind_of(field) not in MULTI_SELECT or picked <= {option.id for option in field.allowed}:
        return field
    form = opened.form
    if form.purpose is Purpose.CREATE:
        present = decode_defaults([field]).get(field.id)
    else:
        present = (await opened.jira.screens.current(form.issue, [field])).get(field.id)
    return replace(field, allowed=(*field.allowed, *(present.names if present else ())))


def _find_problem(form: Form, field: Field, value: Value, inputs: Mapping[str, str]) -> str:
    """Return what is wrong with a value that was parsed; empty if nothing."""
    if value is None and _is_needed(form, field):
        return tr("Enter a value for {field}.", field=field.name)
    if _has_time_without_day(form, field, inputs):
        return tr("Enter a date for {field}, not only a time.", field=field.name)
    return ""


def _is_needed(form: Form, field: Field) -> bool:
    """Return whether a field must not be empty: Jira has no default for it, or its default was cleared."""
    cleared = form.purpose is Purpose.CREATE and field.id in form.was
    return field.id not in FILLED_BY_JIRA and (field.must_ask or (cleared and field.required))


def _has_time_without_day(form: Form, field: Field, inputs: Mapping[str, str]) -> bool:
    """Return whether a time was filled in without a day, where there was none that could have been removed."""
    kind = kind_of(field)
    time_alone = inputs.get(time_name(field.id), "").strip() and not inputs.get(input_name(field.id), "").strip()
    return kind is Kind.MOMENT and bool(time_alone) and form.was.get(field.id, "") in ("", fingerprint(kind, ""))


def _was_changed(form: Form, field: Field, inputs: Mapping[str, str]) -> bool:
    """Return whether a field was changed after the form was drawn. A field that was drawn empty always counts.

    A client leaves out a list in which nothing is selected, so a missing list is empty; any other missing input
    was not on the card.
    """
    if field.id not in form.was:
        return form.purpose is not Purpose.EDIT
    kind, name = kind_of(field), input_name(field.id)
    if not inputs or (name not in inputs and kind not in MULTI_VALUED):
        return False
    if kind is Kind.LABELS and inputs.get(new_name(field.id), "").strip():
        return True
    return fingerprint(kind, inputs.get(name, ""), inputs.get(time_name(field.id), "")) != form.was[field.id]


async def _label_changes(opened: OpenForm, field: Field, value: Value) -> Changes:
    """Return the labels to add and to remove. Labels that the form did not show are not touched."""
    form, selected = opened.form, value.ids if isinstance(value, Picked) else ()
    shown = {mark for mark in form.was.get(field.id, "").split(".") if mark}
    removed = shown - {label_mark(label) for label in selected}
    present: Value = None
    if removed:
        present = (await opened.jira.screens.current(form.issue, [field]))[field.id].value
    labels = present.ids if isinstance(present, Picked) else ()
    return Changes(
        add=tuple(label for label in selected if label_mark(label) not in shown),
        remove=tuple(label for label in labels if label_mark(label) in removed),
    )


# Writing -----------------------------------------------------------------------------------------------------


def _name_unset(opened: OpenForm, inputs: Mapping[str, str]) -> str:
    """Return a sentence about texts that were typed for fields that the screen does not have."""
    asked = [field for field in fields_to_ask(opened.fields, opened.form.purpose) if can_fill_in(field)]
    return name_unset(inputs, {name(field.id) for field in asked for name in (input_name, time_name, new_name)})


async def _write(ctx: Context, opened: OpenForm, writes: Writes, unset: str) -> Reply:
    form, jira = opened.form, opened.jira
    fields, update = await _encode(writes, internal=await _is_note(form, jira, writes))
    if form.purpose is Purpose.CREATE:
        key = await jira.screens.create(form.project, form.type, fields, update)
        issue, summary = IssueHandle(key, jira, opened.account), tr("Created {key}.", key=key)
        return await ctx.cards.after_write(issue, _join(tr("Created."), unset), summary, created=True)
    issue = IssueHandle(form.issue, jira, opened.account)
    if opened.transition is not None:
        await jira.move(issue.key, opened.transition, fields, update)
        notice = _join(tr("Moved to {status}.", status=opened.transition.to.name), unset)
        return await ctx.cards.after_write(issue, notice, tr("Moved {key}.", key=issue.key))
    if not fields and not update:
        return await ctx.cards.show(issue, notice=_join(tr("Nothing was changed."), unset))
    await jira.edit(issue.key, fields, update)
    return await ctx.cards.after_write(issue, _join(tr("Saved."), unset), tr("Saved {key}.", key=issue.key))


def _join(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


async def _is_note(form: Form, jira: JiraClient, writes: Writes) -> bool:
    """Return whether a comment among the values must not reach a customer."""
    has_comment = any(kind is Kind.COMMENT for kind, _ in writes.values())
    return has_comment and bool(form.issue) and await jira.in_service_project(form.issue)


async def _encode(
    writes: Writes, *, internal: bool
) -> tuple[dict[str, object], dict[str, list[dict[str, object]]]]:
    """Return `fields` and `update` of Jira's request."""
    fields: dict[str, object] = {}
    update: dict[str, list[dict[str, object]]] = {}
    for name, (kind, value) in writes.items():
        if isinstance(value, Changes):
            update[name] = changes_update(kind, value)
        elif kind is not Kind.COMMENT:
            fields[name] = await encode(kind, value)
        elif isinstance(value, str):
            update[name] = await comment_update(value, internal=internal)
    return fields, update
