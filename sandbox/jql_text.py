"""The text search of `~`: words ANDed, "phrases", `*` at a word's end, and the characters that Jira chokes on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.jql_tree import JqlError

_PIECE = re.compile(r'"([^"]*)"|(\S+)')
_WORDS = re.compile(r"\w+", re.UNICODE)
_ENDINGS = ("ing", "ed", "es", "s")


@dataclass(frozen=True, slots=True)
class Term:
    """Words that have to stand one after another; `prefix`: the last one may go on."""

    words: tuple[str, ...]
    prefix: bool = False
    refused: bool = False


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending)
    return word


def terms(text: str, field: str) -> list[Term]:
    """What a text query looks for. Raises `JqlError` for one that Jira cannot read."""
    stripped = text.strip()
    if stripped[:1] in {"*", "?"}:
        raise JqlError(
            f"The text query '{text}' for field '{field}' is not allowed to start with character '{stripped[0]}'."
        )
    unquoted = re.sub(r'\\.|"[^"]*"', "", text)
    broken = any(unquoted.count(a) != unquoted.count(b) for a, b in ("()", "[]", "{}"))
    if broken or '"' in unquoted or re.search(r"[!^~:]\s*$|^\s*[\]})]", unquoted):
        raise JqlError(f"Unable to parse the text '{text}' for field '{field}'.")
    found: list[Term] = []
    for phrase, word in _PIECE.findall(text):
        words = tuple(w.lower() for w in _WORDS.findall(phrase or word))
        if words:
            found.append(Term(words, prefix=word.endswith("*"), refused=word.startswith(("-", "!"))))
    if not found:
        raise JqlError(f"The field '{field}' does not support searching for an empty string.")
    return found


def _has(term: Term, words: list[str]) -> bool:
    wanted = [_stem(w) for w in term.words]
    for start in range(len(words) - len(wanted) + 1):
        here = words[start : start + len(wanted)]
        same = [_stem(w) for w in here] == wanted
        if same or (term.prefix and here[:-1] == list(term.words[:-1]) and here[-1].startswith(term.words[-1])):
            return True
    return False


def contains(found: list[Term], text: str) -> bool:
    """Whether a text holds all of the terms, and none of the refused ones."""
    words = [w.lower() for w in _WORDS.findall(text)]
    return all(_has(term, words) is not term.refused for term in found)
