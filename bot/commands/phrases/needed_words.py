"""Tells which words a text must have to be of a pattern: most patterns need not be compiled to say no. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

_BRACKETS: Mapping[str, int] = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


def needed_words(pattern: str) -> tuple[tuple[str, ...], ...]:
    """Return texts (casefolded), of which a text of the pattern has at least one from each of the tuples.

    They are what stands in it outside of brackets, and the alternatives in round ones.
    """
    needed = [_alternatives(part) for part in split_parts(pattern) if not part.startswith(("[", "{"))]
    return tuple(sorted(filter(all, filter(None, needed)), key=len))


def has_needed_words(folded: str, needed: tuple[tuple[str, ...], ...]) -> bool:
    """Whether a casefolded text has them."""
    for alternatives in needed:
        for words in alternatives:
            if words in folded:
                break
        else:
            return False
    return True


@cache
def _alternatives(part: str) -> tuple[str, ...]:
    """Return a text of each alternative in a part; an empty one for an alternative that needs none."""
    if not part.startswith("("):
        return (part.strip().casefold(),)
    return tuple(max(_plain(each), key=len).strip().casefold() for each in split_alternatives(part[1:-1]))


def _plain(pattern: str) -> list[str]:
    return [part for part in split_parts(pattern) if not part.startswith(tuple("([{"))]


def split_alternatives(alternatives: str) -> Iterator[str]:
    """Yield what stands between the bars that are in no bracket."""
    depth = start = 0
    for place, letter in enumerate(alternatives):
        depth += _BRACKETS.get(letter, 0)
        if letter == "|" and depth == 0:
            yield alternatives[start:place]
            start = place + 1
    yield alternatives[start:]


def split_parts(pattern: str) -> Iterator[str]:
    """Yield what stands between the outermost brackets, maybe nothing, and each of them with what is in it."""
    depth = start = 0
    for place, letter in enumerate(pattern):
        step = _BRACKETS.get(letter, 0)
        if step > 0 and depth == 0:
            yield pattern[start:place]
            start = place
        depth += step
        if step < 0 and depth == 0:
            yield pattern[start : place + 1]
            start = place + 1
    yield pattern[start:]
