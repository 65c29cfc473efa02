"""edit and its short forms: one field by its name and a value in words, or a form of all fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from babel.dates import format_date
from babel.numbers import format_decimal

from bot.commands.button import issue_button
from bot.commands.command import Command, Takes, issue_command
from bot.commands.context import Context
from bot.commands.errors import ChooseError, CommandError
from bot.commands.forms.fields import can_fill_in, field_titles, fields_to_ask, flatten
from bot.commands.forms.form import NOTHING_TO_EDIT, offer_edit_form
from bot.commands.forms.parsing.errors import BadValueError, LabelSpacesError
from bot.commands.forms.parsing.matching import (
    fields_named,
    match_options,
    normalise_name,
    reference,
    system_field,
    take_field,
)
from bot.commands.forms.parsing.typed_values import CLEARING_WORDS, ChooseValueError, add_signs, parse_typed
from bot.commands.forms.resolve import resolve_names
from bot.commands.forms.state import Form, Purpose
from bot.commands.issue import mentions, transition
from bot.commands.issue.field_changes import change_values
from bot.commands.issue_lookup import IssueHandle, require_visible
from bot.commands.namesakes import option_references, option_titles
from bot.commands.request import Reply
from bot.commands.text_input import strip_to
from bot.commands.typed_text import tidy
from bot.jira.errors import JiraRejectedError
from bot.jira.fields.kinds import Branch, Changes, Kind, Picked, Value, kind_of
from bot.jira.fields.values import encode
from bot.jira.models import Field, FieldOption
from bot.language import current_language, mark, tr, trn
from bot.language.time_zones import zone

MAX_CHOICES = 12
MAX_SHOWN_WORD = 40

ONE_OF_SEVERAL = frozenset({"label", "component"})
"""Names of one value of a field that holds several: what follows them is added."""
_TEXT_KINDS = frozenset({Kind.TEXT, Kind.PARAGRAPH, Kind.LABELS})
_ISSUE_KINDS = frozenset({Kind.ISSUE, Kind.EPIC})
_PEOPLE_KINDS = frozenset({Kind.USER, Kind.USERS})
_EXAMPLES: Mapping[Kind, str] = {
    Kind.DATE: "next friday",
    Kind.NUMBER: "5",
    Kind.LABELS: "+new -old",
    Kind.USER: "me",
    Kind.ISSUE: "PROJ-7",
    Kind.EPIC: "PROJ-7",
    Kind.URL: "https://example.com",
}


@issue_command(
    "edit PROJ-12 [<field> <value>]",
    mark("Edit a field, or open a form."),
    examples=("edit PROJ-12 severity Major", "edit PROJ-12"),
    aliases=("set", "update"),
    takes=Takes.FIELD,
    takes_people=True,
)
async def edit(ctx: Context, issue: IssueHandle, text: str) -> Reply:
    """Set the field that the text begins with, or show the form of all fields if there is no text."""
    if not text:
        return await offer_edit_form(ctx, issue)
    fields = await _editable_fields(issue)
    word, *rest = text.split(None, 1)
    if normalise_name(word.rstrip(":=")) == "status" and not fields_named("status", fields):
        return await transition.move_by_name(ctx, issue, tidy(" ".join(rest)))
    matches, value = take_field(text, fields)
    if len(matches) != 1:
        raise _choose_field(issue.key, text, value, matches, fields)
    if normalise_name(word.rstrip(":=")) in ONE_OF_SEVERAL:
        value = add_signs(value)
    return await _set(ctx, issue, matches[0], value, fields)


@issue_button("issue.edit", read_only=True)
async def press_edit(ctx: Context, issue: IssueHandle) -> Reply:
    """Show the form of all fields."""
    return await offer_edit_form(ctx, issue)


def _choose_field(
    key: str, text: str, value: str, matches: Sequence[Field], fields: Sequence[Field]
) -> ChooseError:
    word, offered = text.split(None, 1)[0][:MAX_SHOWN_WORD], matches or fields
    value = value if matches else ""
    commands = [f"edit {key} {reference(field, fields, value)} {value}".rstrip() for field in offered]
    if matches:
        question = tr("Several fields match “{word}”. Which one?", word=word)
    else:
        question = tr("{key} has no editable field called “{word}”. Which one?", word=word, key=key)
    return _choose(question, field_titles(offered), commands)


def _field_command(
    arguments: str,
    effect: str,
    example: str,
    aliases: tuple[str, ...] = (),
    takes: Takes = Takes.WORDS,
    *,
    writes_words: bool = False,
    adds_to: str = "",
) -> Command:
    """Make the command that edits the field whose name the usage begins with, or adds values to `adds_to`."""
    name = arguments.partition(" PROJ-12")[0]

    @issue_command(
        arguments,
        effect,
        examples=(f"{name} PROJ-12 {example}",),
        aliases=aliases,
        takes=takes,
        takes_people=True,
        writes_words=writes_words,
    )
    async def edit_field(ctx: Context, issue: IssueHandle, text: str) -> Reply:
        fields = await _editable_fields(issue)
        field = system_field(adds_to or name, fields)
        if field is None:
            raise CommandError(tr("{key} has no editable {field}.", key=issue.key, field=adds_to or name))
        return await _set(ctx, issue, field, add_signs(text) if adds_to else text, fields)

    return edit_field


FIELD_COMMANDS = (
    _field_command("priority PROJ-12 <name>", mark("Set the priority."), "High"),
    _field_command("summary PROJ-12 <text>", mark("Change the summary."), "A better summary", takes=Takes.TEXT),
    _field_command(
        "description PROJ-12 <text>",
        mark("Change the description (Markdown)."),
        "Steps to reproduce: …",
        takes=Takes.TEXT,
    ),
    _field_command(
        "labels PROJ-12 +x -y | x y | none",
        mark("Add, remove or set labels."),
        "+urgent -later",
        writes_words=True,
    ),
    _field_command(
        "label PROJ-12 x y | none",
        mark("Add labels; “none” removes all."),
        "urgent",
        writes_words=True,
        adds_to="labels",
    ),
    _field_command("due PROJ-12 <day> | none", mark("Set the due date."), "next friday"),
    _field_command("type PROJ-12 <name>", mark("Change the issue type."), "Bug"),
    _field_command("parent PROJ-12 <issue> | none", mark("Set the parent."), "PROJ-7"),
    _field_command("sprint PROJ-12 <name or number> | none", mark("Add it to a sprint."), "12"),
    _field_command(
        "fix version PROJ-12 <name> | +x -y | none", mark("Set the fix versions."), "2.0", ("fixversion",)
    ),
    _field_command("components PROJ-12 <name> | +x -y | none", mark("Set the components."), "Backend"),
    _field_command(
        "component PROJ-12 <name> | none",
        mark("Add a component; “none” removes all."),
        "Backend",
        adds_to="components",
    ),
    _field_command("story points PROJ-12 <number> | none", mark("Set the estimate."), "5", ("points", "estimate")),
)


async def _editable_fields(issue: IssueHandle) -> Sequence[Field]:
    on_screen = await issue.jira.screens.edit_fields(issue.key)
    fields = [field for field in fields_to_ask(on_screen, Purpose.EDIT) if field.id != "comment"]
    if not fields:
        raise CommandError(tr(NOTHING_TO_EDIT, key=issue.key))
    return fields


async def _set(ctx: Context, issue: IssueHandle, field: Field, text: str, fields: Sequence[Field]) -> Reply:
    """Write one of the `fields` from words."""
    kind = kind_of(field)
    if not can_fill_in(field):
        page = issue.jira.site.browse(issue.key)
        raise CommandError(tr("{field} can only be set in Jira: {url}", field=field.name, url=page))
    if not text:
        raise _ask_for_value(issue.key, field, fields)
    value = await _parse_value(ctx, issue, field, text, f"edit {issue.key} {reference(field, fields)}")
    summary = tr("Saved {key}.", key=issue.key)
    if isinstance(value, Changes):
        return await change_values(ctx, issue, field, value)
    try:
        await issue.jira.edit(issue.key, {field.id: await encode(kind, value)})
    except JiraRejectedError:
        if kind in _ISSUE_KINDS and isinstance(value, str):
            await require_visible(issue.jira, value)
        raise
    return await ctx.cards.after_write(issue, _notice(field, kind, value), summary)


async def _parse_value(ctx: Context, issue: IssueHandle, field: Field, text: str, command: str) -> Value | Changes:
    """Return the value that a text means.

    Raises `CommandError`, with buttons that complete `command` if there are choices.
    """
    kind, me = kind_of(field), issue.account.user
    if kind in _PEOPLE_KINDS:
        text = await _name_mentioned_people(ctx, issue, text)
    understood = tidy(text)
    if kind not in _TEXT_KINDS or understood.casefold() in CLEARING_WORDS:
        text = understood
    text = _strip_to(field, kind, mentions.to_names(ctx, text))
    time_zone = zone(me.time_zone or ctx.request.time_zone)
    try:
        if text.casefold() not in CLEARING_WORDS:
            form = Form(Purpose.EDIT, issue.jira.site.cloud_id, issue.key)
            text = await resolve_names(issue.jira, form, field, text, me=me, command=command)
        return parse_typed(field, kind, text, time_zone, datetime.now(time_zone).date())
    except ChooseValueError as error:
        raise _choose_value(str(error), command, error.options) from None
    except LabelSpacesError as error:
        hyphenated = error.suggested
        raise ChooseError(str(error), [(hyphenated[:MAX_SHOWN_WORD], f"{command} {hyphenated}")]) from None
    except BadValueError as error:
        raise CommandError(str(error)) from None


async def _name_mentioned_people(ctx: Context, issue: IssueHandle, text: str) -> str:
    """Replace mentions by the names of Jira accounts where those are known."""
    users = await mentions.find_accounts(ctx, issue, text)
    for mention in ctx.request.mentions:
        user = users.get(mention.placeholder)
        text = text.replace(mention.placeholder, user.name if user else mention.name)
    return text


def _strip_to(field: Field, kind: Kind, text: str) -> str:
    """Remove the “to” of `priority PROJ-12 to High`, unless it may be part of the value."""
    stripped = strip_to(text)
    return text if not stripped or kind in _TEXT_KINDS or match_options(text, field.allowed) else stripped


def _ask_for_value(key: str, field: Field, fields: Sequence[Field]) -> CommandError:
    command = f"edit {key} {reference(field, fields)}"
    if field.allowed:
        question = tr("Choose a value for {field} of {key}.", field=field.name, key=key)
        return _choose_value(question, command, flatten(field.allowed))
    example = f"{command} {_EXAMPLES.get(kind_of(field), '…')}"
    return CommandError(tr("Enter a value for {field}, like “{example}”.", field=field.name, example=example))


def _choose_value(question: str, command: str, options: Sequence[FieldOption]) -> ChooseError:
    commands = [f"{command} {text.replace(' › ', ' > ')}" for text in option_references(options)]
    return _choose(question, option_titles(options), commands)


def _choose(question: str, titles: Sequence[str], commands: Sequence[str]) -> ChooseError:
    """Offer the first `MAX_CHOICES`, and say how many others there are."""
    more = len(commands) - MAX_CHOICES
    if more > 0:
        rest = trn("({count} more can be typed.)", "({count} more can be typed.)", more)
        question = f"{question} {rest}"
    return ChooseError(question, list(zip(titles, commands, strict=True))[:MAX_CHOICES])


def _notice(field: Field, kind: Kind, value: Value) -> str:
    if value is None:
        return tr("{field} cleared.", field=field.name)
    text = _display(field, kind, value)
    if not text:
        return tr("{field} changed.", field=field.name)
    return tr("{field} set to {value}.", field=field.name, value=text)


def _display(field: Field, kind: Kind, value: Value) -> str:
    """Return the value as people read it; empty if it is too long or only an id."""
    names = {option.id: option.name for option in flatten(field.allowed)}
    match value:
        case date() if not isinstance(value, datetime):
            return format_date(value, "full", locale=current_language().locale)
        case Picked(ids) if kind in (Kind.LABELS, Kind.GROUP, Kind.GROUPS) or all(id_ in names for id_ in ids):
            return ", ".join(names.get(id_, id_) for id_ in ids)
        case Branch(parent, child):
            return names.get(f"{parent}>{child}" if child else parent, "")
        case int() | float() if kind is Kind.NUMBER:
            return format_decimal(
                value, locale=current_language().locale, decimal_quantization=False, group_separator=False
            )
        case str() if kind in _ISSUE_KINDS:
            return value
        case _:
            return ""
