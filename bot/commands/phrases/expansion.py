"""Reads patterns of words, and expands them into all texts that they stand for: `[in] (the|our) sprint`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product

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
        for chosen in product(*parts(fill_in(pattern, synonyms))):
            yield from map(" ".join, product(*map(spellings, " ".join(chosen).split())))


def fill_in(pattern: str, synonyms: Mapping[str, str]) -> str:
    """Return a pattern with the synonyms in place of their `<names>`."""
    return _GROUP.sub(lambda group: synonyms[group[1]], pattern)


def word_set(words: str) -> frozenset[str]:
    """Return words separated by spaces as a set."""
    return frozenset(words.split())


def parts(pattern: str) -> list[list[str]]:
    """Return the parts of a pattern that follow each other, each as its alternatives; one may be empty."""
    return list(map(_choices, _PART.findall(pattern)))


def spellings(word: str) -> set[str]:
    """Return how a word of a pattern may be written."""
    if word.isascii() and not word.endswith("*"):
        return {word}
    words = {word[:-1] + ending for ending in _ENDINGS} if word.endswith("*") else {word}
    words |= {each.replace("ß", "ss") for each in words}
    return words | {each.translate(_UMLAUTS) for each in words if "ß" not in each}


def _choices(part: tuple[str, str, str]) -> list[str]:
    required, optional, word = part
    if word:
        return [word]
    return required.split("|") if required else ["", *optional.split("|")]
