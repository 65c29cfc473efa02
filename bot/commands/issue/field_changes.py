"""Adds values to fields that hold several, and removes them; says so if that changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from bot.commands.context import Context
from bot.commands.forms.fields import flatten
from bot.commands.issue_lookup import IssueHandle
from bot.commands.request import Reply
from bot.jira.fields.kinds import Changes, Picked, kind_of
from bot.jira.fields.values import changes_update
from bot.jira.models import Field
from bot.language import tr


async def change_values(ctx: Context, issue: IssueHandle, field: Field, changes: Changes) -> Reply:
    """Write the changes, unless the field is like that already and the answer may say so."""
    current = (await issue.jira.screens.current(issue.key, [field]))[field.id]
    values = current.value.ids if isinstance(current.value, Picked) else ()
    if is_like_that(values, changes) and not await ctx.cards.hides_content(issue):
        names = {option.id: option.name for option in (*flatten(field.allowed), *current.names)}
        notice = _say_unchanged(issue.key, field.name, changes, names)
        return await ctx.cards.show(issue, notice=notice)
    await issue.jira.edit(issue.key, update={field.id: changes_update(kind_of(field), changes)})
    changed, summary = tr("{field} changed.", field=field.name), tr("Saved {key}.", key=issue.key)
    return await ctx.cards.after_write(issue, changed, summary)


def is_like_that(values: Collection[str], changes: Changes) -> bool:
    """Return whether a field with these values has all that is added and nothing that is removed."""
    return all(value in values for value in changes.add) and not any(value in values for value in changes.remove)


def _say_unchanged(key: str, field: str, changes: Changes, names: Mapping[str, str]) -> str:
    added, removed = _list(changes.add, names), _list(changes.remove, names)
    if not removed:
        return tr("Nothing changed: {key} already has {values} in {field}.", key=key, values=added, field=field)
    if not added:
        return tr("Nothing changed: {key} has no {values} in {field}.", key=key, values=removed, field=field)
    return tr(
        "Nothing changed: {key} already has {added} and no {removed} in {field}.",
        key=key,
        added=added,
        removed=removed,
        field=field,
    )


def _list(values: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(f"“{names.get(value, value)}”" for value in values)
