"""Expands patterns of words into all texts that they stand for: `[in] (the|our) sprint`, `offen*`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

MAX_PHRASE_WORDS = 8
"""Words of the longest text that a pattern may stand for."""
_PART = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|([^\s()\[\]]+)")
_GROUP = re.compile(r"<(\w+)>")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
"""How umlauts are written on other keyboards."""
_ENDINGS = ("", "e", "en", "er", "es", "em")
"""What a German adjective ends in, written `*`."""


def expand(patterns: str, synonyms: Mapping[str, str]) -> Iterator[str]:
    """Yield the texts of patterns separated by commas: `(a|b)` is either, `[a|b]` may be missing.

    `<name>` stands for synonyms, and `*` after a word for the endings of a German adjective.
    """
    for pattern in patterns.split(", "):
        whole = fill_in(pattern.strip(), synonyms)
        for words in product(*map(_choices, _PART.findall(whole))):
            for text in _inflected(" ".join(filter(None, words))):
                yield from {text, text.replace("ß", "ss"), text.replace("ß", "ss").translate(_UMLAUTS)}


def fill_in(pattern: str, synonyms: Mapping[str, str]) -> str:
    """Return a pattern with the synonyms in place of their `<names>`."""
    return _GROUP.sub(lambda group: synonyms[group[1]], pattern)


def table(rows: Iterable[tuple[str, str]], synonyms: Mapping[str, str]) -> dict[str, str]:
    """Return what each text of some rows of (patterns, meaning) means; the first row that has a text counts."""
    meanings: dict[str, str] = {}
    for patterns, meaning in rows:
        for text in expand(patterns, synonyms):
            meanings.setdefault(text, meaning)
    return meanings


def word_set(words: str) -> frozenset[str]:
    """Return words separated by spaces as a set."""
    return frozenset(words.split())


def longest(words: Sequence[str], *tables: Iterable[str]) -> int:
    """Return how many of the words (in lower case) the longest text of some tables takes that they begin with."""
    for count in range(min(MAX_PHRASE_WORDS, len(words)), 0, -1):
        text = " ".join(words[:count])
        if any(text in each for each in tables):
            return count
    return 0


def _choices(part: tuple[str, str, str]) -> list[str]:
    required, optional, word = part
    if word:
        return [word]
    return required.split("|") if required else ["", *optional.split("|")]


def _inflected(text: str) -> Iterator[str]:
    if "*" not in text:
        yield text
        return
    for words in product(
        *([word[:-1] + end for end in _ENDINGS] if word.endswith("*") else [word] for word in text.split())
    ):
        yield " ".join(words)
