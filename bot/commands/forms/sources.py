"""Where field values come from that no metadata lists: people, issues, sprints, teams, groups, labels."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

import structlog

from bot.commands.forms.parsing.matching import match_options, normalise_name
from bot.commands.forms.state import Form
from bot.commands.text_input import parse_target
from bot.jira.client import JiraClient
from bot.jira.errors import JiraGoneError, JiraRejectedError, JiraScopeError, NotFoundOrForbiddenError
from bot.jira.fields.kinds import Kind, kind_of
from bot.jira.models import Field, FieldOption, Site

log = structlog.get_logger(__name__)


class Origin(Enum):
    """Which search of Jira's gives a field's values."""

    ASSIGNABLE = auto()
    PEOPLE = auto()
    ISSUES = auto()
    GROUPS = auto()
    SPRINTS = auto()
    TEAMS = auto()
    LABELS = auto()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field's values come from. Fields with equal sources have the same values."""

    origin: Origin
    field_id: str = ""
    """Set if the values depend on the field."""


_ORIGINS: Mapping[Kind, Origin] = {
    Kind.USER: Origin.PEOPLE,
    Kind.USERS: Origin.PEOPLE,
    Kind.ISSUE: Origin.ISSUES,
    Kind.EPIC: Origin.ISSUES,
    Kind.GROUP: Origin.GROUPS,
    Kind.GROUPS: Origin.GROUPS,
    Kind.SPRINT: Origin.SPRINTS,
    Kind.TEAM: Origin.TEAMS,
    Kind.LABELS: Origin.LABELS,
}
_SPRINT_STATES = {
    **dict.fromkeys(("current", "active", "this", "aktuell", "aktueller", "laufend", "dieser"), "active"),
    **dict.fromkeys(("next", "nächster"), "future"),
}
"""What people call a sprint by its state."""
_BY_FIELD = frozenset({Origin.SPRINTS, Origin.TEAMS, Origin.LABELS})


def source_of(field: Field) -> Source | None:
    """Return the source of a field's values; None if the metadata lists them or there are none."""
    origin = _ORIGINS.get(kind_of(field))
    if origin is None:
        return None
    if origin is Origin.PEOPLE and field.id == "assignee":
        return Source(Origin.ASSIGNABLE)
    return Source(origin, field.id if origin in _BY_FIELD else "")


async def search_source(jira: JiraClient, form: Form, source: Source, words: str) -> tuple[FieldOption, ...]:
    """Return the values that match `words`; without words, the first ones to offer."""
    match source.origin:
        case Origin.ISSUES:
            issues = await jira.choices.issues(form.project_key, key_on_site(jira.site, words) or words)
            return tuple(option for option in issues if option.id != form.issue)
        case Origin.SPRINTS:
            return await _search_sprints(jira, form, source, words)
        case Origin.TEAMS:
            return _select(words, await jira.choices.teams(form.project_key, source.field_id))
        case Origin.LABELS:
            return await jira.choices.labels(source.field_id, words)
        case Origin.GROUPS:
            return await jira.choices.groups(words)
        case Origin.PEOPLE if words:
            users = await jira.choices.people(words)
        case Origin.PEOPLE | Origin.ASSIGNABLE:
            users = await jira.choices.assignable(form.project_key, words)
    return tuple(FieldOption(user.account_id, user.name, detail=user.email) for user in users)


async def _search_sprints(jira: JiraClient, form: Form, source: Source, words: str) -> tuple[FieldOption, ...]:
    """Return the sprints that words name, or those in the state that they say (“current”)."""
    state = _SPRINT_STATES.get(normalise_name(words).removesuffix(" sprint"))
    if state:
        return await jira.choices.sprints_in_state(form.project_key, source.field_id, state)
    return _select(words, await jira.choices.sprints(form.project_key, source.field_id, words))


def _select(words: str, options: tuple[FieldOption, ...]) -> tuple[FieldOption, ...]:
    """Return the options that match; all if there are no words."""
    if not words:
        return options
    text = normalise_name(words)
    return match_options(words, options) or tuple(each for each in options if text in normalise_name(each.name))


async def or_none(options: Awaitable[tuple[FieldOption, ...]]) -> tuple[FieldOption, ...]:
    """Await options; return none if Jira does not let the person see them."""
    try:
        return await options
    except (NotFoundOrForbiddenError, JiraGoneError, JiraRejectedError, JiraScopeError) as error:
        log.info("form without choices", error=type(error).__name__)
        return ()


async def search_issues(jira: JiraClient, words: str = "") -> tuple[FieldOption, ...]:
    """Return issues of the site that match `words`, or else those viewed last; none if Jira will not say."""
    return await or_none(jira.choices.issues("", key_on_site(jira.site, words) or words))


def key_on_site(site: Site, words: str) -> str:
    """Return the key that the words are, or that they link to on this site; else an empty string."""
    target = parse_target(words)
    return target.key if target and target.origin in ("", site.origin) else ""
