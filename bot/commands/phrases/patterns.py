"""Compiles the rows of the tables of requests into regular expressions that match in time linear in a sentence.

A row is a pattern and the command that it stands for; the first that fits counts. In a pattern `(a|b)` is one of
several, `[a]` may be missing, and `<name>` stands for the alternatives of `SYNONYMS` in `english_words.py` or
`german_words.py`. `{key}` is an issue, `{who}` and `{value}` are a few words, `{time}` is a duration, and `{text}`
is the rest, as it was typed; the command has them in the same braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from bot.commands.issue.durations import NUMBER_WORDS
from bot.commands.phrases import (
    ellipses,
    english_changes,
    english_lookups,
    english_settings,
    english_words,
    german_changes,
    german_lookups,
    german_settings,
    german_words,
    statements,
)
from bot.commands.phrases.expansion import fill_in
from bot.commands.phrases.needed_words import has_needed_words, needed_words, split_alternatives, split_parts
from bot.commands.text_input import DETERMINER, ISSUE_NOUN

_WORDS = r"[^\s]+(?: [^\s]+){0,%d}?"
_NAMED = rf"(?:[^\s]{{0,399}}[0-9][^\s]{{0,200}}|it|this|that|es|das|one|{ISSUE_NOUN})(?![^\s:])"
_KEY = rf"(?:{DETERMINER} )?(?:{ISSUE_NOUN} )?(?={_NAMED}|[^\s]{{2,400}}'s)[^\s]{{2,400}}"
_CHOICE = (
    "story points|points|estimate|due date|fix versions?|priority|prio|priorität|components?|parent|epic|sprint"
    "|type|severity|deadline|fälligkeit|fälligkeitsdatum|typ|schätzung"
)
_CLOCK = r"(?:[0-9]{1,2}(?:[:.h][0-9]{2})?(?: ?[ap]\.?m\.?)?(?: o'clock)?|noon|midnight|mittags?|mitternacht)"
_SLOTS: Mapping[str, str] = {
    "key": _KEY,
    "key2": _KEY,
    "who": _WORDS % 3,
    "value": _WORDS % 5,
    "time": rf"(?:[0-9][^\s]{{0,9}}|(?:{NUMBER_WORDS}) [^\s]{{1,10}})(?: [^\s]{{1,10}}){{0,4}}",
    "day": r"(?:on |am )?[^\s]{1,12}(?: [^\s]{1,12}){0,2}?",
    "today": r"(?:today|yesterday|heute|gestern)",
    "clock": _CLOCK,
    "clock2": _CLOCK,
    "number": r"[0-9]{1,3}(?:[.,][0-9])?",
    "project": r"[A-Za-z][A-Za-z0-9_]{1,9}",
    "code": r"[A-Za-z][A-Za-z0-9_]{1,9}",
    "type": r"(?:user )?[^\s:]{3,20}",
    "field": rf"(?:{_CHOICE}|summary|title|labels?|description|reporter|environment|zusammenfassung|titel"
    r"|beschreibung)",
    "choice": rf"(?:{_CHOICE})",
    "priority": r"(?:highest|high|medium|normal|low|lowest|critical|urgent|blocker|major|minor|trivial|dringend"
    r"|kritisch|höchste|hoch|hohe|mittel|mittlere|niedrig|niedrige|niedrigste|gering)",
    "version": r"v?[0-9]{1,4}(?:\.[0-9x]{1,4}){1,3}",
    "type2": r"(?:user )?[^\s:]{3,20}",
    "value2": _WORDS % 5,
    "proper": _WORDS % 2,
    "name": r"[^\s]+(?: [^\s]+)??",
    "trait": r"(?:priorität|prio|priority|typ|type|severity|story points|storypoints|punkte|fix versions?"
    r"|schätzung|komponente|sprint|epic)",
    "types": r"(?:bugs?|incidents?|tasks?|stories|story|epics?|support requests|service requests|fehler"
    r"|störungen)",
    "stage": r"(?:code )?(?:review|test|testing|qa|staging)",
    "state": r"(?:blocked|on hold|parked)",
    "text": r"\S[\s\S]*",
}
Rows = tuple[tuple[str, str], ...]
MIN_WORD = 4
OUT = re.compile(r"\{(\w+)\}")
"""A slot, in a pattern or in the command that it stands for."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A row of a table, with its synonyms filled in."""

    row: str
    command: str
    has_text: bool
    first_words: frozenset[str]
    """The words that it may begin with; empty if it begins with a slot."""
    is_statement: bool
    """Whether it begins with the issue or a field: it says how something is, and so may be small talk."""
    needed: tuple[tuple[str, ...], ...]
    """What a text must have (`needed_words.py`)."""

    def fullmatch(self, text: str, folded: str) -> re.Match[str] | None:
        """Match a whole text, which is also given casefolded.

        The first one that may match has the pattern compiled, for half a millisecond.
        """
        regex = _COMPILED.get(self.row)
        if regex is None:
            if not has_needed_words(folded, self.needed):
                return None
            regex = _COMPILED[self.row] = _compile(self.row)
        return regex.fullmatch(text)


_COMPILED: dict[str, re.Pattern[str]] = {}
"""The patterns by their rows, as far as they were needed."""


@cache
def patterns() -> tuple[Pattern, ...]:
    """Return the patterns of all languages, in the order in which they are tried."""
    in_english = (*english_changes.PATTERNS, *english_settings.PATTERNS, *english_lookups.PATTERNS)
    in_german = (*german_changes.PATTERNS, *german_settings.PATTERNS, *german_lookups.PATTERNS)
    return _read_both(in_english, in_german)


@cache
def suggestion_patterns() -> tuple[Pattern, ...]:
    """Return the patterns of what may be a wish; their commands, separated by `|`, are offered."""
    return _read_both(statements.ENGLISH, statements.GERMAN)


@cache
def ellipsis_patterns() -> tuple[Pattern, ...]:
    """Return the patterns of requests that name no issue."""
    return _read_both(ellipses.ENGLISH, ellipses.GERMAN)


@cache
def confirmation_patterns() -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    """Return what asks to do as was said, and the commands that it may mean."""
    return tuple((_compile(row), kinds) for row, kinds in ellipses.CONFIRMATIONS)


def read_tables() -> None:
    """Read the tables, for which neither the start nor a message should wait."""
    for table in (patterns, suggestion_patterns, ellipsis_patterns, confirmation_patterns, list_leads):
        table()


@cache
def first_words() -> tuple[str, ...]:
    """Return the words of at least four letters that patterns begin with."""
    words = {word for pattern in patterns() for word in pattern.first_words}
    return tuple(sorted(word for word in words if len(word) >= MIN_WORD and word.isalpha()))


@cache
def list_leads() -> tuple[re.Pattern[str], ...]:
    """Return the beginnings of requests for a list."""
    return tuple(
        re.compile(f"(?:{_regex(lead.strip())}) ", re.IGNORECASE)
        for lead in (*english_words.LIST_LEADS, *german_words.LIST_LEADS)
    )


@cache
def question_words() -> frozenset[str]:
    """Return the words that a question begins with."""
    return english_words.QUESTION_WORDS | german_words.QUESTION_WORDS


def _read_both(in_english: Rows, in_german: Rows) -> tuple[Pattern, ...]:
    tables = ((english_words.SYNONYMS, in_english), (german_words.SYNONYMS, in_german))
    return tuple(_read(fill_in(row, words), command) for words, table in tables for row, command in table)


def _read(pattern: str, command: str) -> Pattern:
    return Pattern(
        pattern,
        command,
        has_text="{text}" in pattern,
        first_words=_first_words(pattern),
        is_statement=pattern.startswith(("{key}", "{choice}")),
        needed=needed_words(pattern),
    )


def _compile(row: str) -> re.Pattern[str]:
    return re.compile(_regex(row), re.IGNORECASE)


def _regex(pattern: str) -> str:
    """Translate the notation of the tables. What may be missing takes the space before it (or after it) along."""
    text = pattern.replace("?", r"\?").replace(".", r"\.")
    leading = re.match(r"(?:\[[^\[\]]*\] )*", text)
    start = leading.end() if leading else 0
    text = re.sub(r"\[([^\[\]]*)\] ", lambda m: f"(?:(?:{m[1]}) )?", text[:start]) + re.sub(
        r" \[([^\[\]]*)\]", lambda m: f"(?: (?:{m[1]}))?", text[start:]
    )
    text = re.sub(r"\[([^\[\]]*)\]", lambda m: f"(?:{m[1]})?", text)
    text = re.sub(r"\((?!\?)", "(?:", text).replace("+", r"\+").replace("=", r"\=")
    seen: set[str] = set()

    def slot(match: re.Match[str]) -> str:
        name = match[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{_SLOTS[name]})"

    return OUT.sub(slot, text).replace(" (?P<text>", r"\s{1,3}(?P<text>")


def _first_words(pattern: str) -> frozenset[str]:
    """Return the words that a text of this pattern begins with; empty if that is not fixed."""
    return frozenset(_first(pattern)) if not pattern.startswith(("[", "{")) else frozenset()


def _first(pattern: str) -> Iterator[str]:
    if not pattern.startswith("("):
        yield re.split(r"[ \[:]", pattern)[0].casefold()
        return
    group = next(filter(None, split_parts(pattern)))
    for option in split_alternatives(group[1:-1]):
        yield re.split(r"[ (\[]", option)[0].casefold()
