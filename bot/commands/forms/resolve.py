"""Finds the ids of people, issues, sprints, teams and groups that were typed by name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.commands.errors import ChooseError, CommandError
from bot.commands.forms.fields import NAMED_KINDS
from bot.commands.forms.parsing.matching import normalise_name
from bot.commands.forms.sources import key_on_site, search_source, source_of
from bot.commands.forms.state import Form
from bot.commands.namesakes import option_references, option_titles, resembles
from bot.commands.text_input import spellings
from bot.jira.client import JiraClient
from bot.jira.fields.kinds import MULTI_VALUED, Kind, kind_of
from bot.jira.models import Field, FieldOption, JiraUser, Site
from bot.language import tr

MAX_NAMESAKES = 6
"""Matches among which a person is asked to choose."""
MAX_SHOWN_TEXT = 60
MIN_ACCOUNT_ID = 10
_TEAM_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:-[0-9]{1,9})?", re.ASCII)


async def resolve_names(
    jira: JiraClient, form: Form, field: Field, text: str, *, me: JiraUser, command: str = ""
) -> str:
    """Replace the names of people, issues, sprints, teams and groups by ids; return other kinds unchanged.

    `command` is what a choice is appended to when several match. Raises `CommandError`, `ChooseError`.
    """
    kind = kind_of(field)
    if kind not in NAMED_KINDS or not text.strip():
        return text
    parts = text.split(",") if kind in MULTI_VALUED else [text]
    ids = []
    for part in filter(None, (part.strip() for part in parts)):
        ids.append(_as_id(jira.site, kind, part, me) or await _find_id(jira, form, field, part, command))
    return ",".join(ids)


def _as_id(site: Site, kind: Kind, text: str, me: JiraUser) -> str:
    """Return the id that a text is or stands for without asking Jira; else an empty string."""
    match kind:
        case Kind.USER | Kind.USERS:
            if text.casefold() in ("me", "myself"):
                return me.account_id
            return text if _is_account_id(text) else ""
        case Kind.ISSUE | Kind.EPIC:
            return key_on_site(site, text)
        case Kind.SPRINT:
            return text if text.isascii() and text.isdecimal() else ""
        case Kind.TEAM:
            return text if _TEAM_ID.fullmatch(text) else ""
        case _:
            return ""


async def _find_id(jira: JiraClient, form: Form, field: Field, text: str, command: str) -> str:
    source = source_of(field)
    options: Sequence[FieldOption] = ()
    if source:
        for spelling in spellings(text):
            options = await search_source(jira, form, source, spelling)
            if options:
                break
    exact = [option for option in options if option.id == text]
    exact = exact or [option for option in options if normalise_name(option.name) == normalise_name(text)]
    matches = exact or options
    if not matches:
        raise CommandError(tr("{field} can't be set to “{text}”.", text=text[:MAX_SHOWN_TEXT], field=field.name))
    is_person = kind_of(field) in (Kind.USER, Kind.USERS)
    if len(matches) > 1:
        raise _choose(text[:MAX_SHOWN_TEXT], matches[:MAX_NAMESAKES], command, is_person=is_person)
    if is_person and not resembles(text, matches[0].name, matches[0].detail):
        raise _ask_if_meant(text[:MAX_SHOWN_TEXT], matches[0], command)
    return matches[0].id


def _choose(text: str, options: Sequence[FieldOption], command: str, *, is_person: bool) -> CommandError:
    """Ask which option is meant. Namesakes, and all that are no people, are named by their ids."""
    shown = option_titles(options)
    if not command:
        return CommandError(tr("Several match “{text}”: {names}.", text=text, names=", ".join(shown)))
    texts = option_references(options) if is_person else [option.id for option in options]
    choices = [(title, f"{command} {name}") for title, name in zip(shown, texts, strict=True)]
    return ChooseError(tr("Several match “{text}”. Which one?", text=text), choices)


def _ask_if_meant(text: str, person: FieldOption, command: str) -> CommandError:
    """Ask whether the person is meant whom Jira found by something that their name does not show."""
    question = tr("Jira found {name} for “{text}”. Is this who you mean?", name=person.name, text=text)
    return ChooseError(question, [(person.name, f"{command} {person.id}")]) if command else CommandError(question)


def _is_account_id(text: str) -> bool:
    """Return whether a text looks like an accountId (`5b10a2844c20165700ede21g`, `712020:5f00…`)."""
    return len(text) >= MIN_ACCOUNT_ID and "@" not in text and " " not in text and any(c.isdigit() for c in text)
