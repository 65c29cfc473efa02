"""Translates every sentence that a person reads into their language.

English is written in the code; other languages are in `<language>.po` in this folder, in gettext's format. A
sentence that is missing there stays English. The language belongs to the turn, or to the conversation that is
written to, so it is a context variable: each request and each message runs in its own task or under
`use_language`.
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
MAX_TAG_CHARS = 35
"""The length of a language tag that every program has to accept: RFC 5646, section 4.4.1."""


@dataclass(frozen=True, slots=True)
class Language:
    """A catalogue, and the region whose formats of dates and numbers are used with it."""

    locale: Locale
    catalogue: gettext.NullTranslations

    @property
    def code(self) -> str:
        """The code for `<html lang>`: `en`, `de`."""
        return str(self.locale.language)


_ENGLISH = gettext.NullTranslations()


@lru_cache(maxsize=16)
def _catalogue(code: str) -> gettext.NullTranslations:
    """Compile a catalogue. Raises `FileNotFoundError` for an unsupported language."""
    if code == "en":
        return _ENGLISH
    compiled = io.BytesIO()
    with (FOLDER / f"{code}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


LANGUAGE_CODES = ("en", *sorted(path.stem for path in FOLDER.glob("*.po")))
"""The supported languages."""


@lru_cache(maxsize=256)
def language(tag: str) -> Language:
    """Return the language for a tag of Teams or a browser (`de-AT`); English if it is not supported."""
    try:
        locale = Locale.parse(tag[:MAX_TAG_CHARS], sep="-") if tag else None
    except (UnknownLocaleError, ValueError):
        locale = None
    if locale is None or locale.language not in LANGUAGE_CODES or tag == "en":
        locale = Locale.parse(DEFAULT_TAG, sep="-")
    return Language(locale, _catalogue(locale.language))


_CURRENT: ContextVar[Language] = ContextVar("language", default=language(""))  # noqa: B039 - it is frozen


def current_language() -> Language:
    """Return the language of the present turn."""
    return _CURRENT.get()


@contextmanager
def use_language(tag: str) -> Iterator[None]:
    """Use the language of this tag inside the block."""
    token = _CURRENT.set(language(tag))
    try:
        yield
    finally:
        _CURRENT.reset(token)


def tr(sentence: str, /, **values: object) -> str:
    """Translate `sentence`, a literal, and replace each `{name}` by the value of that name.

    Values are not escaped.
    """
    catalogue = _CURRENT.get().catalogue
    text = sentence if catalogue is _ENGLISH or not sentence else catalogue.gettext(sentence)
    return text.format(**values) if values else text


def trn(one: str, many: str, count: int, /, **values: object) -> str:
    """Translate a sentence about `count` things; both sentences may contain `{count}`. Values are not escaped."""
    text = _CURRENT.get().catalogue.ngettext(one, many, count)
    return text.format(count=count, **values)


def mark(sentence: str) -> str:
    """Put `sentence`, a literal that `tr` translates later, into the catalogue; return it as it is."""
    return sentence


def join_list(words: list[str], *, either: bool = False) -> str:
    """Join words as `a, b and c`; with `either` as `a, b or c`."""
    return format_list(words, style="or" if either else "standard", locale=_CURRENT.get().locale)
