"""Tidies words of lists: splits compounds (`PROJ-Tickets`, `Sprintaufgaben`) and corrects typos. Pure."""

# ruff: noqa: E501 - what belongs together is one line

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from bot.commands.phrases.issue_list import vocabulary
from bot.jira.fields.choices import PROJECT_KEY

_HYPHENED = re.compile(r"([^\W_]{2,20})-([^\W_]{2,30})")
_FIRST: Mapping[str, str] = {
    "sprint": "sprint", "backlog": "backlog", "blocker": "blocker", "bug": "bugs", "fehler": "fehler", "review": "im review", "prio": "hohe prio", "jira": "jira",
    "team": "fürs team", "projekt": "im projekt", "support": "",
}  # fmt: skip
"""What a compound may begin with, and the words for it."""


MIN_WORD, MAX_WORD = 5, 20
"""Letters of a word that may have a typo."""
MIN_SIMILARITY = 0.85
_NAMED_PROJECT = re.compile(r"\b([^\W\d_]{3,30}) (?=(?:[^\W\d_]{1,20} )?\([A-Z][A-Z0-9]{1,9}\))")


def drop_project_name(text: str) -> str:
    """Return a text without the name of a project whose key follows in brackets: `marketing tickets (MKT)`."""
    return _NAMED_PROJECT.sub(lambda word: word[0] if word[1].casefold() in _vocabulary() else "", text)


@lru_cache(1_000)
def nearest_word(word: str) -> str:
    """Return the word of lists that a word with a typo is nearest to; empty if none is near.

    The first two letters must be right: “unbearbeitet” is the contrary of what it is like.
    """
    if not MIN_WORD <= len(word) <= MAX_WORD or word in _vocabulary():
        return ""
    nearest = next(iter(difflib.get_close_matches(word, _vocabulary(), n=1, cutoff=MIN_SIMILARITY)), "")
    return nearest if nearest[:2] == word[:2] else ""


@cache
def _vocabulary() -> frozenset[str]:
    """Return the words of all tables."""
    return frozenset(word for table in vocabulary.ALL for word in table.words() if len(word) >= MIN_WORD - 1)


def split_compound(word: str) -> Iterator[str]:
    """Yield the words that a compound is made of, or the word; nothing of an empty one."""
    if not word:
        return
    lowered = word.lower()
    if " " in word or any(lowered in table for table in vocabulary.ALL):
        yield word
        return
    hyphened = _HYPHENED.fullmatch(word)
    if hyphened and _is_noun(hyphened[2].casefold()):
        first, noun = hyphened.groups()
        if first.isupper() and PROJECT_KEY.fullmatch(first):
            yield from (first, noun)
            return
        if first.casefold() in _FIRST:
            yield from (*_FIRST[first.casefold()].split(), noun)
            return
    first = next((each for each in _FIRST if lowered.startswith(each) and _is_noun(lowered[len(each) :])), "")
    yield from (*_FIRST[first].split(), lowered[len(first) :]) if first else (word,)


def _is_noun(word: str) -> bool:
    return word in vocabulary.NOUNS or word in vocabulary.TYPES
