"""Tables of phrases as graphs of words: some patterns stand for 10,000 texts, which would fill megabytes. Pure."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from bot.commands.phrases.expansion import fill_in, parts, spellings

MAX_PHRASE_WORDS = 8
"""Words of the longest phrase that is looked for."""

T = TypeVar("T")


class _Node(Generic[T]):
    """A place in phrases: the words that may come next, and what the words so far mean, if they are a phrase."""

    __slots__ = ("following", "meaning")

    def __init__(self, meaning: T | None = None) -> None:
        self.following: dict[str, tuple[_Node[T], ...]] = {}
        self.meaning = meaning

    def link(self, word: str, node: _Node[T]) -> None:
        """Let every spelling of a word lead to a node."""
        for spelling in spellings(word):
            self.following[sys.intern(spelling)] = (*self.following.get(spelling, ()), node)

    def merge(self, other: _Node[T]) -> None:
        """Let whatever follows another node follow this one, too."""
        for word, nodes in other.following.items():
            self.following[word] = (*self.following.get(word, ()), *nodes)


class PhraseTable(Generic[T]):
    """What phrases (in lower case) mean, by rows of (patterns, meaning) in the notation of `expansion.py`.

    Each part is rows with their synonyms. The first row that has a phrase counts.
    """

    def __init__(self, *parts: tuple[Iterable[tuple[str, T]], Mapping[str, str]]) -> None:
        self._start = _Node[T]()
        for rows, synonyms in parts:
            self.add(rows, synonyms)

    def add(self, rows: Iterable[tuple[str, T]], synonyms: Mapping[str, str], *, after: str = "") -> None:
        """Add rows. `after` is a pattern that comes before each of their phrases."""
        start = _Node[T]() if after else self._start
        for patterns, meaning in rows:
            end = _Node(meaning)
            for pattern in patterns.split(", "):
                start.merge(_before(fill_in(pattern, synonyms), end))
        if after:
            self._start.merge(_before(fill_in(after, synonyms), start))

    def get(self, phrase: str) -> T | None:
        """Return what a phrase means; None if it is none."""
        return next((meaning for _, meaning in self._walk((phrase,))), None)

    def __contains__(self, phrase: str) -> bool:
        """Whether this is one of the phrases."""
        return self.get(phrase) is not None

    def __getitem__(self, phrase: str) -> T:
        """Return what a phrase means. Raises `KeyError`."""
        meaning = self.get(phrase)
        if meaning is None:
            raise KeyError(phrase)
        return meaning

    def longest(self, words: Sequence[str]) -> int:
        """Return how many of the words the longest phrase takes that they begin with."""
        walk = self._walk(words[:MAX_PHRASE_WORDS])
        return max((count for count, meaning in walk if meaning is not None), default=0)

    def _walk(self, words: Iterable[str]) -> Iterator[tuple[int, T | None]]:
        """Yield the number and the meaning of the first words, of one more each time, while phrases go on so."""
        nodes = [self._start]
        for count, quoted in enumerate(words, 1):
            for word in quoted.split(" "):
                nodes = [following for node in nodes for following in node.following.get(word, ())]
                if not nodes:
                    return
            yield count, next((node.meaning for node in nodes if node.meaning is not None), None)

    def words(self) -> set[str]:
        """Return the words of all phrases."""
        words: set[str] = set()
        waiting, seen = [self._start], {id(self._start)}
        while waiting:
            following = waiting.pop().following
            words.update(following)
            nodes = {id(node): node for several in following.values() for node in several}
            waiting += [node for number, node in nodes.items() if number not in seen]
            seen.update(nodes)
        return words


def longest(words: Sequence[str], *tables: PhraseTable[str]) -> int:
    """Return how many of the words the longest phrase of some tables takes that they begin with."""
    return max(table.longest(words) for table in tables)


def _before(pattern: str, end: _Node[T]) -> _Node[T]:
    """Return the node from which the texts of a pattern lead to `end`."""
    for choices in reversed(parts(pattern)):
        begin = _Node[T]()
        begun: dict[tuple[str, ...], _Node[T]] = {(): begin}
        for *first, last in (choice.split() for choice in choices if choice):
            for count, word in enumerate(first):
                so_far, before = tuple(first[: count + 1]), begun[tuple(first[:count])]
                if so_far not in begun:
                    begun[so_far] = _Node()
                    before.link(word, begun[so_far])
            begun[tuple(first)].link(last, end)
        if "" in choices:
            begin.merge(end)
            begin.meaning = end.meaning
        end = begin
    return end
