"""Every sentence that a person reads, in their language. English is written in the code; other languages are in
`<language>.po` beside this file, in gettext's format. What is missing there is said in English.

The language belongs to the turn (or to the conversation that is written to), so it is a context variable: each
request and each message told runs in a task, or under `speaking`, of its own.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent
DEFAULT_TAG = "en-GB"
_LONGEST_TAG = 35
"""Characters of a language tag that everybody must take: RFC 5646, section 4.4.1."""


@dataclass(frozen=True, slots=True)
class Language:
    """A catalogue, and the region whose way of writing dates and numbers is used with it."""

    locale: Locale
    catalogue: gettext.NullTranslations

    @property
    def code(self) -> str:
        """As `<html lang>` has it: `en`, `de`."""
        return str(self.locale.language)


_ENGLISH = gettext.NullTranslations()


@lru_cache(maxsize=16)
def _catalogue(code: str) -> gettext.NullTranslations:
    """Raises `FileNotFoundError` for a language that we do not speak."""
    if code == "en":
        return _ENGLISH
    compiled = io.BytesIO()
    with (FOLDER / f"{code}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


SPOKEN = ("en", *sorted(path.stem for path in FOLDER.glob("*.po")))
"""The languages that there are."""


@lru_cache(maxsize=256)
def language(tag: str) -> Language:
    """The language for a tag as Teams and browsers name it (`de-AT`); English for any that we do not speak."""
    try:
        locale = Locale.parse(tag[:_LONGEST_TAG], sep="-") if tag else None
    except (UnknownLocaleError, ValueError):
        locale = None
    if locale is None or locale.language not in SPOKEN or tag == "en":
        locale = Locale.parse(DEFAULT_TAG, sep="-")
    return Language(locale, _catalogue(locale.language))


_SPEAKING: ContextVar[Language] = ContextVar("language", default=language(""))  # noqa: B039 - it is frozen


def spoken() -> Language:
    """The language of the present turn."""
    return _SPEAKING.get()


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """Whatever is said inside is said in this language."""
    token = _SPEAKING.set(language(tag))
    try:
        yield
    finally:
        _SPEAKING.reset(token)


def tr(sentence: str, /, **values: object) -> str:
    """`sentence`, a literal, in the language of the turn, with `{name}` replaced by the values of these names.

    The values are put in as they are: whoever shows the result escapes it.
    """
    catalogue = _SPEAKING.get().catalogue
    said = sentence if catalogue is _ENGLISH or not sentence else catalogue.gettext(sentence)
    return said.format(**values) if values else said


def trn(one: str, many: str, count: int, /, **values: object) -> str:
    """The same for a `count` of things, which both sentences name as `{count}` if they like."""
    said = _SPEAKING.get().catalogue.ngettext(one, many, count)
    return said.format(count=count, **values)


def mark(sentence: str) -> str:
    """Puts `sentence`, a literal in a table that is read before anybody speaks, into the catalogue; say it with
    `tr` later."""
    return sentence


def listed(things: list[str], *, either: bool = False) -> str:
    """`a, b and c`, or `a, b or c`."""
    return format_list(things, style="or" if either else "standard", locale=_SPEAKING.get().locale)
