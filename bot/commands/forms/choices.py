"""Values that Jira has to be asked for: people, issues, labels, … to offer, and what is typed into a choice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import urlencode

import structlog

from bot.commands.context import Context
from bot.commands.errors import ChooseError, CommandError
from bot.commands.forms.fields import ASKED_FOR, MANY, NAMED, askable, fillable, flat
from bot.commands.forms.parsing.form_values import input_name
from bot.commands.forms.parsing.matching import find_option, plain
from bot.commands.forms.state import Form
from bot.commands.request import Reply
from bot.commands.text_input import as_target, spellings
from bot.jira.client import JiraClient
from bot.jira.errors import JiraRejectedError, JiraScopeError, NotFoundOrForbiddenError
from bot.jira.fields.kinds import MULTI_VALUED, Kind, kind_of
from bot.jira.models import Field, FieldOption, JiraUser, Site
from bot.language import tr
from bot.security.card_signing import BoundSigner
from cards.forms import choices_answer

TYPEAHEAD = 15
"""Choices that a client shows at a time (https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/
cards/dynamic-search)."""
PROJECTS, ISSUES = "projects", "issues"
"""In place of a field's id, where a choice is of no field of a form: any project, any issue."""
_COUNT = re.compile(r"[0-9]{1,5}", re.ASCII)
_TEAM_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:-[0-9]{1,9})?", re.ASCII)

FieldsOf = Callable[[JiraClient, Form, str], Awaitable[Sequence[Field]]]
"""Reads the fields that a form is made of: (Jira as the person, the form, the person's accountId)."""

log = structlog.get_logger(__name__)


async def offers(
    jira: JiraClient, form: Form, fields: Sequence[Field], me: JiraUser
) -> Mapping[str, tuple[FieldOption, ...]]:
    """A first choice of values for each field that lists none itself; empty where Jira will not say."""
    wanted = [f for f in askable(fields, form.purpose) if kind_of(f) in ASKED_FOR and fillable(f)]
    kinds = {_source(f) for f in wanted}
    found = await asyncio.gather(*(_or_none(_ask(jira, form, source, "")) for source in kinds))
    by_source = dict(zip(kinds, found, strict=True))
    mine = FieldOption(me.account_id, me.name)
    made: dict[str, tuple[FieldOption, ...]] = {}
    for field in wanted:
        options = by_source[_source(field)]
        if kind_of(field) in (Kind.USER, Kind.USERS) and mine in options:
            options = (mine, *(o for o in options if o != mine))
        made[field.id] = options
    return made


async def with_picked(
    jira: JiraClient,
    fields: Sequence[Field],
    typed: Mapping[str, str],
    offered: Mapping[str, tuple[FieldOption, ...]],
) -> Mapping[str, tuple[FieldOption, ...]]:
    """`offered` with the people who were picked from further ones, so that they still stand in a refused form."""
    made = dict(offered)
    for field in fields:
        if kind_of(field) not in (Kind.USER, Kind.USERS):
            continue
        known = {o.id for o in made.get(field.id, ())}
        picked = [each for each in typed.get(input_name(field.id), "").split(",") if each and each not in known]
        names = await asyncio.gather(*(_or_none(_person(jira, each)) for each in picked[:MANY]))
        made[field.id] = (*made.get(field.id, ()), *(option for found in names for option in found))
    return made


async def _person(jira: JiraClient, account_id: str) -> tuple[FieldOption, ...]:
    user = await jira.choices.person(account_id)
    return (FieldOption(user.account_id, user.name),) if user else ()


def _source(field: Field) -> str:
    """What a field's values are asked for by: the assignee's, other people's, issues, the field's own labels, …"""
    match kind_of(field):
        case Kind.USER | Kind.USERS:
            return "assignable" if field.id == "assignee" else "people"
        case Kind.ISSUE | Kind.EPIC:
            return "issues"
        case Kind.GROUP | Kind.GROUPS:
            return "groups"
        case Kind.SPRINT | Kind.LABELS | Kind.TEAM as kind:
            return f"{kind.value} {field.id}"
        case _:
            return ""


async def _ask(jira: JiraClient, form: Form, source: str, words: str) -> tuple[FieldOption, ...]:
    choices, (kind, _, field_id) = jira.choices, source.partition(" ")
    match kind:
        case "issues":
            sought = key_in(jira.site, words) or words
            return tuple(o for o in await choices.issues(form.place, sought) if o.id != form.issue)
        case "sprint":
            return _named(words, await choices.sprints(form.place, field_id, words))
        case "team":
            return _named(words, await choices.teams(form.place, field_id))
        case "labels":
            return await choices.labels(field_id, words)
        case "groups":
            return await choices.groups(words)
        case "people" if words:
            people = await choices.people(words)
        case _:
            people = await choices.assignable(form.place, words)
    return tuple(FieldOption(u.account_id, u.name) for u in people)


def _named(words: str, options: tuple[FieldOption, ...]) -> tuple[FieldOption, ...]:
    """Those options that may be meant; all while nothing is said."""
    if not words:
        return options
    return find_option(words, options) or tuple(o for o in options if plain(words) in plain(o.name))


async def _or_none(asked: Awaitable[tuple[FieldOption, ...]]) -> tuple[FieldOption, ...]:
    try:
        return await asked
    except (NotFoundOrForbiddenError, JiraRejectedError, JiraScopeError) as error:
        log.info("form.no_offers", error=type(error).__name__)
        return ()


# Typeahead ---------------------------------------------------------------------------------------------------


def dataset(sign: BoundSigner, form: Form, field_id: str) -> str:
    """The name by which a client asks for more choices of a field: a press of its own, signed like any other."""
    about = {"purpose": form.purpose.value, "project": form.project, "type": form.type}
    data = sign(
        "form.choices",
        issue=form.issue,
        site=form.site,
        **about,
        transition=form.transition,
        field=field_id,
    )
    return urlencode({k: v for k, v in data.items() if v or k in ("issue", "site")})


async def press_choices(ctx: Context, fields_of: FieldsOf) -> Reply:
    """What fits the words that a person has typed into a choice."""
    data = ctx.data
    words = " ".join(data.get("query", "").split())[:100]
    form = Form.from_data(data)
    issue = await ctx.issues.on_site(form.issue, form.site)
    if data.get("field") == PROJECTS:
        rows = (await issue.jira.screens.find_projects(words)).rows
        found: Sequence[FieldOption] = [FieldOption(p.key, f"{p.name} ({p.key})") for p in rows]
    elif data.get("field") == ISSUES:
        found = await any_issue(issue.jira, words)
    else:
        fields = await fields_of(issue.jira, form, issue.account.user.account_id)
        field = next((f for f in fields if f.id == data.get("field")), None)
        found = await _fitting(issue.jira, form, field, words) if field else ()
    skip = data.get("skip", "")
    first = int(skip) if _COUNT.fullmatch(skip) else 0
    return Reply(card=choices_answer([(o.name, o.id) for o in found[first : first + TYPEAHEAD]]))


async def any_issue(jira: JiraClient, words: str = "") -> tuple[FieldOption, ...]:
    """Issues of the site that fit `words`, else those looked at last; none if Jira will not say."""
    return await _or_none(jira.choices.issues("", key_in(jira.site, words) or words))


def key_in(site: Site, words: str) -> str:
    """The key that words are, or that they link to on this site; else empty."""
    target = as_target(words)
    return target.key if target and target.origin in ("", site.origin) else ""


async def _fitting(jira: JiraClient, form: Form, field: Field, words: str) -> Sequence[FieldOption]:
    source = _source(field)
    if source:
        return await _or_none(_ask(jira, form, source, words))
    wanted = plain(words)
    options = flat(field.allowed)
    starting = [o for o in options if plain(o.name).startswith(wanted)]
    return starting + [o for o in options if wanted in plain(o.name) and o not in starting]


# Names in place of ids ---------------------------------------------------------------------------------------


async def resolve(jira: JiraClient, form: Form, field: Field, text: str, *, me: JiraUser, again: str = "") -> str:
    """`text` with people, issues, sprints, teams, groups by name replaced by their ids; other kinds as they are.

    `again` is the command that the choice is added to when several fit. Raises `CommandError`, `ChooseError`.
    """
    kind = kind_of(field)
    if kind not in NAMED or not text.strip():
        return text
    parts = text.split(",") if kind in MULTI_VALUED else [text]
    return ",".join(
        [await _one(jira, form, field, part.strip(), me=me, again=again) for part in parts if part.strip()]
    )


async def _one(jira: JiraClient, form: Form, field: Field, text: str, *, me: JiraUser, again: str) -> str:
    kind = kind_of(field)
    people = kind in (Kind.USER, Kind.USERS)
    if people and text.casefold() in ("me", "myself"):
        return me.account_id
    if people and _is_account(text):
        return text
    if kind in (Kind.ISSUE, Kind.EPIC) and (key := key_in(jira.site, text)):
        return key
    if kind is Kind.SPRINT and text.isascii() and text.isdecimal():
        return text
    if kind is Kind.TEAM and _TEAM_ID.fullmatch(text):
        return text
    for spelling in spellings(text):
        found = await _ask(jira, form, _source(field), spelling)
        if found:
            break
    exact = [o for o in found if o.id == text] or [o for o in found if plain(o.name) == plain(text)]
    fitting = exact or list(found)
    if not fitting:
        raise CommandError(
            tr("“{text}” is nothing that {field} could be set to.", text=text[:60], field=field.name)
        )
    if len(fitting) > 1:
        # Namesakes can be told apart by their ids only.
        choices = [(o.name, f"{again} {o.name if people and not exact else o.id}") for o in fitting[:6]]
        if not again:
            names = ", ".join(name for name, _ in choices)
            raise CommandError(tr("Several fit “{text}”: {names}.", text=text[:60], names=names))
        raise ChooseError(tr("Several fit “{text}”. Which one?", text=text[:60]), choices)
    return fitting[0].id


def _is_account(text: str) -> bool:
    """Account ids have a digit and no space (`5b10a2844c20165700ede21g`, `712020:5f00…`); names rarely so."""
    return len(text) >= 10 and "@" not in text and " " not in text and any(c.isdigit() for c in text)
