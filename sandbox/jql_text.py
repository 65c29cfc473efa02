"""Text search with `~`: all words, "phrases", `*` at the end of a word, and characters that Jira rejects."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.jql_tree import JqlError

_PIECE = re.compile(r'"([^"]*)"|(\S+)')
_WORDS = re.compile(r"\w+", re.UNICODE)
_ENDINGS = ("ing", "ed", "es", "s")


@dataclass(frozen=True, slots=True)
class Term:
    """Consecutive words. `prefix`: the last one may be the beginning of a word."""

    words: tuple[str, ...]
    prefix: bool = False
    refused: bool = False


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending)
    return word


def terms(text: str, field: str) -> list[Term]:
    """Parse a text query. Raises `JqlError` for one that Jira cannot read."""
    stripped = text.strip()
    if stripped[:1] in {"*", "?"}:
        raise JqlError(
            f"The text query '{text}' for field '{field}' is not allowed to start with character '{stripped[0]}'."
        )
    unquoted = re.sub(r'\\.|"[^"]*"', "", text)
    broken = any(unquoted.count(a) != unquoted.count(b) for a, b in ("()", "[]", "{}"))
    if broken or '"' in unquoted or re.search(r"[!^~:]\s*$|^\s*[\]})]", unquoted):
        raise JqlError(f"Unable to parse the text '{text}' for field '{field}'.")
    parsed: list[Term] = []
    for phrase, word in _PIECE.findall(text):
        words = tuple(w.lower() for w in _WORDS.findall(phrase or word))
        if words:
            parsed.append(Term(words, prefix=word.endswith("*"), refused=word.startswith(("-", "!"))))
    if not parsed:
        raise JqlError(f"The field '{field}' does not support searching for an empty string.")
    return parsed


def _has(term: Term, words: list[str]) -> bool:
    stems = [_stem(w) for w in term.words]
    for start in range(len(words) - len(stems) + 1):
        here = words[start : start + len(stems)]
        same = [_stem(w) for w in here] == stems
        if same or (term.prefix and here[:-1] == list(term.words[:-1]) and here[-1].startswith(term.words[-1])):
            return True
    return False


def contains(required: list[Term], text: str) -> bool:
    """Tell whether a text contains all required terms, and none of the excluded ones."""
    words = [w.lower() for w in _WORDS.findall(text)]
    return all(_has(term, words) is not term.refused for term in required)
