"""Tells a value from a part of a sentence: what says how something is, or goes on about it. Pure."""

# ruff: noqa: E501 - alternatives that belong together are one line

from __future__ import annotations

import re

_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{1,9}")
_PLAIN_TYPES = frozenset(
    {"bug", "task", "story", "epic", "incident", "subtask", "sub-task", "issue", "ticket", "defect", "user story"}
    | {"improvement", "feature", "fehler", "aufgabe", "vorgang", "störung"}
)
_IS_SO = re.compile(
    r"(?:\S{1,20} ){0,2}(?:is|isn't|are|was|were|has|have|will|would|looks|sounds|seems|says|might|may|could"
    r"|can|should|went|goes|works|feels|must|needs to|has to|belongs|took|takes"
    r"|moved|went|liegt|steht|bleibt|nervt|hängt|wartet|muss|müsste|kann|könnte|soll|dauert|läuft|ging|geht"
    r"|ist|sind|war|wird|wäre|sollte|fehlt|stimmt|hat|sieht)\b|(?:almost|nearly|fast|beinahe) "
    r"|\S{3,20} (?:ich|wir|ihr|er|man)\b",
    re.IGNORECASE,
)
_VERB = re.compile(r"(?:is|isn't|are|was|were|has|would|ist|sind|war|hat)\b", re.IGNORECASE)
_GOES_ON = re.compile(
    r"(?:is|isn't|are|was|wasn't|were|has|hasn't|have|had|will|won't|would|should|shouldn't|can|can't|could|must|may"
    r"|might|needs|does|doesn't|did|didn't|looks|seems|sounds|feels|works|fails|breaks|means|makes|ist|war|wird|hat"
    r"|soll|sollte|muss|kann|könnte|geht|funktioniert|sieht|klingt)\b",
    re.IGNORECASE,
)
_NO_STATUS = re.compile(
    r"(?:the|a|an|my|our|der|die|das|dem|den|ein\w{0,2}|until|till|by|bis) |[0-9.,]+\Z|(?:fire|flames|trouble|danger|peace|aside|forwards?|hard|along|around|away|alone|seriously|eis|ordnung|frage|kraft|gang|due date|deadline|priority|assignee|estimate|fälligkeit|priorität)\Z"
    r"|(?:[^\s]{1,40} ){0,5}(?:you|i|we|he|she|they|me|us|your|by|von|durch|whatever|anyway|what|who|why|how|which|when|because|but|like|please|mal|ich|du"
    r"|wir|ihr|er|sie|mir|mich|uns|wer|warum|wie|wann|weil|aber|oder|egal|maybe|perhaps|probably|finally|vielleicht|too|my|dem|verpasst|void)(?:[ ?!,.]|\Z)|[^,?]{0,60}[,?]",
    re.IGNORECASE,
)
"""What names no status: a number, a time, what begins with an article (“the backlog”), or a part of a sentence."""
_OF_SENTENCES = (
    "as is are was the a an to on for of in it label labels tag tags missing please not too fehlt ist als das die der "
    "ein eine bei mit noch nicht hinzufügen entfernen setzen löschen ergänzen weg raus dran"
)
_NO_LABELS = frozenset(_OF_SENTENCES.split())
_SOMEWHERE = re.compile(
    r"(?:in|on|at|from|nach|aus|von|vom|im|in der|in dem|aus dem|aus der)(?: (?:the|my|our|der|dem|meiner?m?))? [a-zäöüß-]{1,30}[ .!]*",
    re.IGNORECASE,
)


def names_what_to_create(text: str) -> bool:
    """Return whether what follows “new” names a type of issue, or a project in capitals after at most one word."""
    words = [word.strip(":,.") for word in text.split(None, 2)[:2]]
    is_type = bool(words) and (words[0].casefold() in _PLAIN_TYPES or " ".join(words).casefold() in _PLAIN_TYPES)
    return not words or is_type or any(_PROJECT.fullmatch(word) for word in words)


def says_how_it_is(text: str) -> bool:
    """Return whether a text says how something is or will be (“description is missing”), and asks for nothing."""
    return _IS_SO.match(text) is not None


def is_no_status(text: str) -> bool:
    """Return whether words that stand after an issue name no status: “PROJ-12 is in the backlog” is no move."""
    return _NO_STATUS.match(text) is not None


def begins_with_verb(text: str) -> bool:
    """Return whether what stands after an issue's type goes on about it: `add a task is hard`."""
    return _VERB.match(text) is not None


def names_labels(text: str) -> bool:
    """Return whether words can be labels, with “and” between them, and are no part of a sentence."""
    return _NO_LABELS.isdisjoint(word.strip("+-,.").casefold() for word in text.split())


def is_location(text: str) -> bool:
    """Return whether a text is only a place: “in town”, “aus dem Büro”."""
    return _SOMEWHERE.fullmatch(text) is not None


def continues_sentence(text: str) -> bool:
    """Return whether what stands after “this” goes on about it: `comment this will break`."""
    return _GOES_ON.match(text) is not None
