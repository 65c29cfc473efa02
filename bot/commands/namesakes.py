"""Tells things of one name apart, on the buttons that choose among them and in what these send. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.forms.parsing.matching import normalise_name
from bot.jira.models import FieldOption

_WORD = re.compile(r"\w+")
MIN_PART = 3
"""Letters of a name's part by which a user name, such as “bsmith”, is known."""
MAX_SHOWN_ID = 12
"""Of a longer id only the end is shown."""


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a name. `detail` says more of it: an owner, an address, a board, a type."""

    id: str
    name: str
    detail: str = ""


def titles(things: Sequence[Named]) -> list[str]:
    """Return what each is called: its name, with its detail or else its id if another has the same name."""
    names = [normalise_name(each.name) for each in things]
    of_name = Counter(names)
    of_detail = Counter((name, each.detail) for name, each in zip(names, things, strict=True))

    def title(name: str, thing: Named) -> str:
        if of_name[name] == 1:
            return thing.name
        if thing.detail and of_detail[name, thing.detail] == 1:
            return f"{thing.name} ({thing.detail})"
        number = thing.id if len(thing.id) <= MAX_SHOWN_ID else f"…{thing.id[-6:]}"
        return f"{thing.name} ({', '.join(filter(None, (thing.detail, number)))})"

    return list(map(title, names, things))


def references(things: Sequence[Named]) -> list[str]:
    """Return what names each of them alone: its name, or its id if another has the same name."""
    names = [normalise_name(each.name) for each in things]
    of_name = Counter(names)
    return [each.name if of_name[name] == 1 else each.id for name, each in zip(names, things, strict=True)]


def resembles(typed: str, name: str, email: str = "") -> bool:
    """Return whether a person's name or address has anything of what was typed.

    Jira also finds people by a user name, or by an address that it does not show.
    """
    if "@" in typed:
        return not email or typed.casefold() in email.casefold()
    text, known = _fold(typed), _fold(f"{name} {email}")
    parts = [part for part in _WORD.findall(_fold(name)) if len(part) >= MIN_PART]
    return any(word in known for word in _WORD.findall(text)) or any(part in text for part in parts)


def _fold(text: str) -> str:
    """Return a name without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def option_titles(options: Sequence[FieldOption]) -> list[str]:
    """Return what each value of a field is called on a form."""
    return titles(_named(options))


def option_references(options: Sequence[FieldOption]) -> list[str]:
    """Return what names each value of a field alone, when it is typed."""
    return references(_named(options))


def _named(options: Sequence[FieldOption]) -> list[Named]:
    return [Named(each.id, each.name or each.id, each.detail) for each in options]
