"""Choices of a form's fields whose metadata lists none: the first ones, and those found while typing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import urlencode

from bot.commands.context import Context
from bot.commands.forms.fields import MAX_SELECTED, SEARCHED_KINDS, can_fill_in, fields_to_ask, flatten
from bot.commands.forms.parsing.form_values import input_name
from bot.commands.forms.parsing.matching import normalise_name
from bot.commands.forms.sources import or_none, search_issues, search_source, source_of
from bot.commands.forms.state import Form
from bot.commands.namesakes import option_titles
from bot.commands.request import Reply
from bot.jira.client import JiraClient
from bot.jira.fields.kinds import Kind, kind_of
from bot.jira.models import Field, FieldOption, JiraUser
from bot.security.card_signing import BoundSigner
from cards.forms import typeahead_card

TYPEAHEAD_SIZE = 15
"""Choices that a client shows at a time (https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/
cards/dynamic-search)."""
MAX_QUERY = 100
PROJECTS, ISSUES = "projects", "issues"
"""In place of a field's id, for a choice outside of a form's fields: any project, any issue."""
_COUNT = re.compile(r"[0-9]{1,5}", re.ASCII)

FieldsOf = Callable[[JiraClient, Form, str], Awaitable[Sequence[Field]]]
"""Reads the fields of a form: (Jira as the person, the form, the person's accountId)."""


async def offer_choices(
    jira: JiraClient, form: Form, fields: Sequence[Field], me: JiraUser
) -> Mapping[str, tuple[FieldOption, ...]]:
    """Return the first choices, by field id, of fields whose metadata lists none; none where Jira will not say."""
    asked = [
        each
        for each in fields_to_ask(fields, form.purpose)
        if kind_of(each) in SEARCHED_KINDS and can_fill_in(each)
    ]
    sources = {each.id: source for each in asked if (source := source_of(each))}
    distinct = list(dict.fromkeys(sources.values()))
    results = await asyncio.gather(*(or_none(search_source(jira, form, source, "")) for source in distinct))
    by_source = dict(zip(distinct, results, strict=True))
    myself = FieldOption(me.account_id, me.name)
    return {name: _first(myself, by_source[source]) for name, source in sources.items()}


def _first(option: FieldOption, options: tuple[FieldOption, ...]) -> tuple[FieldOption, ...]:
    """Move an option to the front, if it is there."""
    return (option, *(each for each in options if each != option)) if option in options else options


async def with_picked_people(
    jira: JiraClient,
    fields: Sequence[Field],
    typed: Mapping[str, str],
    offered: Mapping[str, tuple[FieldOption, ...]],
) -> Mapping[str, tuple[FieldOption, ...]]:
    """Add people who were picked and not offered at first, so that a refused form still shows them."""
    choices = dict(offered)
    for field in fields:
        if kind_of(field) not in (Kind.USER, Kind.USERS):
            continue
        known = {option.id for option in choices.get(field.id, ())}
        picked = typed.get(input_name(field.id), "").split(",")
        missing = [account_id for account_id in picked if account_id and account_id not in known][:MAX_SELECTED]
        added = await asyncio.gather(*(or_none(_person(jira, account_id)) for account_id in missing))
        choices[field.id] = (*choices.get(field.id, ()), *(option for options in added for option in options))
    return choices


async def _person(jira: JiraClient, account_id: str) -> tuple[FieldOption, ...]:
    user = await jira.choices.person(account_id)
    return (FieldOption(user.account_id, user.name),) if user else ()


# Typeahead ---------------------------------------------------------------------------------------------------


def dataset(sign: BoundSigner, form: Form, field_id: str) -> str:
    """Return what a client asks for more choices of a field by: a press of its own, signed like any other."""
    data = sign(
        "form.choices",
        issue=form.issue,
        site=form.site,
        purpose=form.purpose.value,
        project=form.project,
        type=form.type,
        transition=form.transition,
        field=field_id,
    )
    return urlencode({name: text for name, text in data.items() if text or name in ("issue", "site")})


async def typeahead(ctx: Context, fields_of: FieldsOf) -> Reply:
    """Return the choices that match what a person has typed into an input."""
    words = " ".join(ctx.inputs.get("query", "").split())[:MAX_QUERY]
    options = await _matching_choices(ctx, fields_of, ctx.signed.get("field", ""), words)
    skip = ctx.inputs.get("skip", "")
    first = int(skip) if _COUNT.fullmatch(skip) else 0
    named = list(zip(option_titles(options), (option.id for option in options), strict=True))
    return Reply(card=typeahead_card(named[first : first + TYPEAHEAD_SIZE]))


async def _matching_choices(ctx: Context, fields_of: FieldsOf, field_id: str, words: str) -> Sequence[FieldOption]:
    form = Form.from_data(ctx.signed)
    jira = await ctx.session.client(form.site)
    if field_id == PROJECTS:
        projects = (await jira.screens.find_projects(words)).rows
        return [FieldOption(project.key, f"{project.name} ({project.key})") for project in projects]
    if field_id == ISSUES:
        return await search_issues(jira, words)
    viewer = (await ctx.session.account()).user.account_id
    field = next((each for each in await fields_of(jira, form, viewer) if each.id == field_id), None)
    if field is None:
        return ()
    source = source_of(field)
    if source:
        return await or_none(search_source(jira, form, source, words))
    return _search_listed(field, words)


def _search_listed(field: Field, words: str) -> list[FieldOption]:
    """Return the listed values that contain `words`, those that begin with them first."""
    text, options = normalise_name(words), flatten(field.allowed)
    beginning = [option for option in options if normalise_name(option.name).startswith(text)]
    return beginning + [
        option for option in options if text in normalise_name(option.name) and option not in beginning
    ]
