"""edit and its short forms: one field by its name and a value in words, or a form of all fields."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime

from babel.dates import format_date
from babel.numbers import format_decimal

from bot.commands.context import Context
from bot.commands.errors import ChooseError, CommandError
from bot.commands.forms import builder, choices
from bot.commands.forms.fields import askable, fillable, flat
from bot.commands.forms.parsing.form_values import BadValueError
from bot.commands.forms.parsing.matching import called, find_option, plain, take_field
from bot.commands.forms.parsing.typed_values import NOTHING, ChooseValueError, typed
from bot.commands.forms.state import Form, Purpose
from bot.commands.issue import mentions, transition
from bot.commands.issue_lookup import IssueRef
from bot.commands.parser import Command
from bot.commands.request import Reply
from bot.commands.text_input import without_to
from bot.jira.fields.kinds import Branch, Changes, Kind, Picked, Value, kind_of
from bot.jira.fields.values import changes_update, encode
from bot.jira.models import Field, FieldOption
from bot.language import mark, spoken, tr, trn
from bot.language.time_zones import zone

CHOICES = 12


async def edit(ctx: Context, arguments: str) -> Reply:
    """`PROJ-12 <field> <value>`, or `PROJ-12` alone for the form."""
    issue, rest = await ctx.issues.parse(arguments)
    if not rest:
        return await builder.edit(ctx, issue)
    fields = await _editable(issue)
    word, _, value = rest.partition(" ")
    if plain(word.rstrip(":=")) == "status" and called("status", fields) is None:
        return await transition.to_words(ctx, issue, value.strip())
    found, text = take_field(rest, fields)
    if len(found) != 1:
        word = rest.split(None, 1)[0][:40]
        names = [(f.name, f"edit {issue.key} {f.name}") for f in (found or fields)][:CHOICES]
        if found:
            raise ChooseError(tr("Several fields fit “{word}”. Which one?", word=word), names)
        unknown = tr("“{word}” is no field that you can edit on {key}. Which one?", word=word, key=issue.key)
        raise ChooseError(unknown, names)
    return await _set(ctx, issue, found[0], text)


def shorthand(name: str) -> Callable[[Context, str], Awaitable[Reply]]:
    """The command that edits the field called `name`."""

    async def run(ctx: Context, arguments: str) -> Reply:
        issue, text = await ctx.issues.parse(arguments)
        found = called(name, await _editable(issue))
        if found is None:
            raise CommandError(tr("{key} has no {field} that you can edit.", key=issue.key, field=name))
        return await _set(ctx, issue, found, text)

    return run


async def _editable(issue: IssueRef) -> Sequence[Field]:
    fields = [
        f for f in askable(await issue.jira.screens.edit_fields(issue.key), Purpose.EDIT) if f.id != "comment"
    ]
    if not fields:
        raise CommandError(tr(builder.NOTHING_TO_EDIT))
    return fields


async def _set(ctx: Context, issue: IssueRef, field: Field, text: str) -> Reply:
    """Write one field from words."""
    kind = kind_of(field)
    if not fillable(field):
        page = issue.jira.site.browse(issue.key)
        raise CommandError(tr("{field} can only be set in Jira: {url}", field=field.name, url=page))
    if not text:
        raise _nothing_said(issue.key, field)
    value = await _read(ctx, issue, field, text)
    told = tr("Saved {key}.", key=issue.key)
    if isinstance(value, Changes):
        await issue.jira.edit(issue.key, update={field.id: changes_update(kind, value)})
        return await ctx.cards.after_write(issue, tr("{field} changed.", field=field.name), told)
    await issue.jira.edit(issue.key, {field.id: encode(kind, value)})
    return await ctx.cards.after_write(issue, _notice(field, kind, value), told)


async def _read(ctx: Context, issue: IssueRef, field: Field, text: str) -> Value | Changes:
    """The value that the words mean. Raises `CommandError`, with buttons where there is something to choose."""
    kind, me = kind_of(field), issue.account.user
    again = f"edit {issue.key} {field.name}"
    if kind in _PEOPLE:
        known = await mentions.mentioned(ctx, issue, text)
        for mention in ctx.request.mentions:
            user = known.get(mention.placeholder)
            text = text.replace(mention.placeholder, user.name if user else mention.name)
    text = mentions.plain(ctx, text)
    text = _without_to(field, kind, text)
    where = zone(me.time_zone or ctx.request.time_zone)
    try:
        if text.casefold() not in NOTHING:
            form = Form(Purpose.EDIT, issue.jira.site.cloud_id, issue.key)
            text = await choices.resolve(issue.jira, form, field, text, me=me, again=again)
        return typed(field, kind, text, where, datetime.now(where).date())
    except ChooseValueError as error:
        raise _choose(str(error), again, error.options) from None
    except BadValueError as error:
        raise CommandError(str(error)) from None


def _without_to(field: Field, kind: Kind, text: str) -> str:
    """`priority PROJ-12 to High`; a text may well begin with “to”, and so may the name of a value."""
    bare = without_to(text)
    return text if not bare or kind in _WORDS or find_option(text, field.allowed) else bare


def _nothing_said(key: str, field: Field) -> CommandError:
    again = f"edit {key} {field.name}"
    if field.allowed:
        question = tr("What shall {field} of {key} be?", field=field.name, key=key)
        return _choose(question, again, flat(field.allowed))
    example = f"{again} {_EXAMPLES.get(kind_of(field), '…')}"
    return CommandError(tr("Say what {field} shall be, like “{example}”.", field=field.name, example=example))


def _choose(question: str, again: str, options: Sequence[FieldOption]) -> ChooseError:
    shown = [(o.name, f"{again} {o.name.replace(' › ', ' > ')}") for o in options[:CHOICES]]
    more = len(options) - CHOICES
    if more > 0:
        rest = trn("({count} more can be typed.)", "({count} more can be typed.)", more)
        question = f"{question} {rest}"
    return ChooseError(question, shown)


def _notice(field: Field, kind: Kind, value: Value) -> str:
    names = {o.id: o.name for o in flat(field.allowed)}
    match value:
        case None:
            return tr("{field} is now empty.", field=field.name)
        case date() if not isinstance(value, datetime):
            said = format_date(value, "full", locale=spoken().locale)
        case Picked(ids) if kind in (Kind.LABELS, Kind.GROUP, Kind.GROUPS) or all(i in names for i in ids):
            said = ", ".join(names.get(i, i) for i in ids)
        case Branch(parent, child):
            said = names.get(f"{parent}>{child}" if child else parent, "")
        case int() | float() if kind is Kind.NUMBER:
            said = format_decimal(value, locale=spoken().locale, decimal_quantization=False, group_separator=False)
        case str() if kind in (Kind.ISSUE, Kind.EPIC):
            said = value
        case _:
            said = ""
    if not said:
        return tr("{field} changed.", field=field.name)
    return tr("{field} is now {value}.", field=field.name, value=said)


_WORDS = frozenset({Kind.TEXT, Kind.PARAGRAPH, Kind.LABELS})
_PEOPLE = frozenset({Kind.USER, Kind.USERS})
_EXAMPLES = {
    Kind.DATE: "next friday",
    Kind.NUMBER: "5",
    Kind.LABELS: "+new -old",
    Kind.USER: "me",
    Kind.ISSUE: "PROJ-7",
    Kind.EPIC: "PROJ-7",
    Kind.URL: "https://example.com",
}


def _short(name: str, usage: str, effect: str, example: str, aliases: tuple[str, ...] = ()) -> Command:
    examples = (f"{name} PROJ-12 {example}",)
    usage = f"{name} PROJ-12 {usage}"
    return Command(name, usage, effect, shorthand(name), examples, aliases, takes_issue=True, takes_people=True)


COMMANDS = (
    Command(
        "edit",
        "edit PROJ-12 [<field> <value>]",
        mark("Change a field by its name, or open a form."),
        edit,
        ("edit PROJ-12 severity Major", "edit PROJ-12"),
        ("set", "update"),
        takes_issue=True,
        takes_people=True,
    ),
    _short("priority", "<name>", mark("Set the priority."), "High"),
    _short("summary", "<text>", mark("Change the summary."), "A better summary"),
    _short("description", "<text>", mark("Change the description, in Markdown."), "Steps to reproduce: …"),
    _short("labels", "+x -y | x y | none", mark("Add, remove or set labels."), "+urgent -later", ("label",)),
    _short("due", "<day> | none", mark("Set the due date."), "next friday"),
    _short("type", "<name>", mark("Change the issue type."), "Bug"),
    _short("parent", "<issue> | none", mark("Set the parent."), "PROJ-7"),
    _short("sprint", "<name or number> | none", mark("Put it into a sprint."), "12"),
    _short("fix version", "<name> | +x -y | none", mark("Set the fix versions."), "2.0", ("fixversion",)),
    _short("components", "<name> | +x -y | none", mark("Set the components."), "Backend", ("component",)),
    _short("story points", "<number> | none", mark("Set the estimate."), "5", ("points", "estimate")),
)
