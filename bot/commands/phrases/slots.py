"""Converts what stands in the slots of a pattern, or says that it is nothing of the slot's kind. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from bot.commands.forms.parsing.dates import parse_day
from bot.commands.issue.durations import take_duration
from bot.commands.phrases.negation import contains_negation
from bot.commands.text_input import DETERMINER, ISSUE_NOUN, parse_target

_TYPES: Mapping[str, str] = {
    **{word: word for word in ("bug", "task", "story", "epic", "incident", "subtask", "feature")},
    **dict.fromkeys(("issue", "ticket", "item", "vorgang", "problem", "one"), ""),
    **{"fehler": "bug", "aufgabe": "task", "störung": "incident", "defect": "bug", "user story": "story"},
    **{"improvement": "improvement", "request": ""},
}
_SUBSCRIBED = {
    "storie": "Story",
    "fehler": "Bug",
    "störungen": "Incident",
    "support request": '"Service Request"',
    "service request": '"Service Request"',
}
"""Types of issues in the plural, without its “s”, as JQL names them."""
_FIELDS = {
    **{"priorität": "priority", "fälligkeit": "due", "fälligkeitsdatum": "due", "titel": "summary", "typ": "type"},
    **{"zusammenfassung": "summary", "beschreibung": "description", "schätzung": "points", "due date": "due"},
}
_ARTICLES = re.compile(r"(?:a|an|the|my|our|ein|eine|einen|der|die|das|den|mein|meine) ", re.IGNORECASE)
_NOT_IN_NAMES = frozenset(
    {"of", "the", "to", "from", "for", "details", "please", "bitte", "and", "und", "is", "are", "was", "be", "has"}
    | {
        "some",
        "more",
        "less",
        "enough",
        "time",
        "up",
        "out",
        "away",
        "aside",
        "unknown",
        "wrong",
        "updates",
        "news",
    }
    | {
        "help",
        "love",
        "attention",
        "it",
        "all",
        "labels",
        "tags",
        "later",
        "tomorrow",
        "with",
        "about",
        "on",
        "off",
    }
    | {
        "gehört",
        "kennt",
        "macht",
        "soll",
        "muss",
        "kann",
        "belongs",
        "needs",
        "wants",
        "should",
        "can",
        "ist",
        "war",
        "hat",
        "wird",
        "krank",
        "weg",
        "sich",
        "acht",
        "auf",
        "zeit",
        "bescheid",
        "recht",
        "später",
    }
    | {"reported", "created", "closed", "resolved", "gemeldet", "erstellt", "geschlossen", "erledigt", "angelegt"}
)
"""Words that are no part of anybody's name."""
_NOBODY_NAMED = frozenset(
    {"i", "we", "you", "they", "he", "she", "it", "one", "u", "who", "whoever", "people", "everything", "nothing"}
    | {"nobody", "no one", "noone", "none", "somebody", "someone", "anybody", "anyone", "everybody", "everyone"}
    | {"somebody else", "someone else", "others", "that", "this", "there", "maybe we", "maybe someone", "which"}
    | {
        "ich",
        "wir",
        "ihr",
        "sie",
        "er",
        "es",
        "du",
        "man",
        "jemand",
        "niemand",
        "keiner",
        "alle",
        "wer",
        "irgendwer",
    }
    | {"jeder", "andere", "jemand anders", "leute"}
)
"""Words that stand where a name does, and name nobody."""
_FIELD_NAMES = frozenset(
    {
        "component",
        "components",
        "label",
        "labels",
        "tag",
        "tags",
        "version",
        "fix",
        "sprint",
        "epic",
        "priority",
        "prio",
    }
    | {"komponente", "komponenten", "stichwort", "priorität", "link", "verknüpfung", "frist", "fälligkeit"}
)
"""A field and its value, or a field alone: “remove component Backend from PROJ-12” names no person."""
_NOT_PROJECTS = frozenset(
    {"me", "us", "you", "it", "the", "an", "my", "our", "this", "that", "them", "all", "here", "jira", "general"}
    | {"mir", "mich", "uns", "den", "die", "das", "dem", "der", "ein", "eine", "hier", "diesem"}
)
_BEFORE_ISSUE = re.compile(rf"(?:{DETERMINER} )?{ISSUE_NOUN} ", re.IGNORECASE)
_LAST_ISSUE = re.compile(rf"it|this|that|es|{DETERMINER} (?:{ISSUE_NOUN}|one)", re.IGNORECASE)
_PARTICLE = re.compile(
    r"(?:an|auf|ein|rein|me|us|mir|uns|for|about|that|this|it|named|called)\s?[:?,.–-]+\s+(?=\S)", re.IGNORECASE
)
HOURS, MINUTES = 24, 60
"""Of a day and of an hour."""
_NAMED_TIMES = {"noon": "12:00", "midnight": "0:00", "mittag": "12:00", "mittags": "12:00", "mitternacht": "0:00"}
_BEFORE_VALUE = re.compile(r"(?:->|=>|=|auf) ?")
_FEASTS = frozenset({"ostern", "weihnachten", "pfingsten", "silvester", "neujahr"})
_DAY_ARTICLE = re.compile(r"(?:(?:on|am) )?(?:(?:the|der|den|dem|zum) )?", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»\n]{1,250})[\"“”»]")
_TYPED = frozenset({"text", "value"})
_BEFORE_VALUES = frozenset({"", "to", "as", "into", "with", "=", "auf", "in", "zu", "als", "mit"})
"""What is left of a request that breaks off before its value: `rename PROJ-12 to`."""
_AROUND_WORDS = re.compile(r"(?:(?:a|an|the|any|ein|eine|einen|dem|der|den|das|die) )", re.IGNORECASE)


def convert(name: str, text: str) -> str | None:
    """Convert a slot's text to its value; return None if it does not fit the slot, as a word before a value."""
    if name in _TYPED and text.casefold().rstrip(":") in _BEFORE_VALUES:
        return None
    return _CONVERTERS[name](text) if name in _CONVERTERS else text


def strip_article(words: str) -> str:
    """Remove the article before words that are searched for."""
    article = _AROUND_WORDS.match(words)
    return words[article.end() :] if article and article.end() < len(words) else words


def strip_particle(text: str) -> str:
    """Remove what is left of a verb or of “for me” before a summary: `an: …`, `me? …`."""
    particle = _PARTICLE.match(text)
    return text[particle.end() :] if particle else text


def strip_quotes(text: str) -> str:
    """Remove the quotes around a whole summary: `new story: "Export"`."""
    quoted = _QUOTED.fullmatch(text)
    return quoted[1] if quoted else text


def _key(text: str) -> str | None:
    """Return an issue's key or link; several, separated by commas, with spaces; “it” for the issue shown last."""
    text = text.rstrip(":")
    noun = _BEFORE_ISSUE.match(text)
    bare = text[noun.end() :] if noun else text
    targets = [parse_target(word.removesuffix("'s")) for word in bare.split(",")]
    named = [target.text for target in targets if target]
    if len(named) == len(targets):
        return " ".join(named)
    return "it" if _LAST_ISSUE.fullmatch(text) else None


def _person(text: str) -> str | None:
    words = text.casefold().split()
    is_pronoun = " ".join(words) in _NOBODY_NAMED
    is_field = words[0] in _FIELD_NAMES
    is_other = is_pronoun or is_field or contains_negation(text) or _ARTICLES.match(text) or take_duration(text)[0]
    return None if is_other or not _NOT_IN_NAMES.isdisjoint(words) or any(map(parse_target, words)) else text


def _proper(text: str) -> str | None:
    """Return the name of a person, written as one: `Maria Berger`, or a mention."""
    is_written = not any(word[:1].islower() for word in text.split())
    return _person(text) if is_written and text.casefold() not in _FEASTS else None


def _duration(text: str) -> str | None:
    spent, rest = take_duration(text)
    return spent if spent and not rest else None


def _day(text: str) -> str | None:
    text = _DAY_ARTICLE.sub("", text, count=1)
    return text if parse_day(text, date.today()) else None  # noqa: DTZ011 - the handler reads it in their zone


def _clock(text: str) -> str | None:
    """Return a time of day as `18:30`; None if there is none such."""
    word = text.casefold().removesuffix(" o'clock").replace(" ", "").replace(".m", "m").rstrip(".")
    if word in _NAMED_TIMES:
        return _NAMED_TIMES[word]
    match = re.fullmatch(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?(am|pm)?", word)
    if match is None or int(match[2] or 0) >= MINUTES:
        return None
    hour = int(match[1])
    if match[3]:
        hour = hour % 12 + (12 if match[3] == "pm" else 0) if 1 <= hour <= 12 else HOURS
    return f"{hour}:{int(match[2] or 0):02}" if hour < HOURS else None


def _field(text: str) -> str:
    return _FIELDS.get(text.casefold(), text)


def _project(text: str) -> str | None:
    """Return a project's key, in small letters too, unless it is a word that stands where keys do."""
    return None if text.casefold() in _NOT_PROJECTS else text


_CONVERTERS: Mapping[str, Callable[[str], str | None]] = {
    "key": _key,
    "key2": _key,
    "who": _person,
    "proper": _proper,
    "time": _duration,
    "day": _day,
    "clock": _clock,
    "clock2": _clock,
    "type": lambda text: _TYPES.get(text.casefold()),
    "project": _project,
    "code": lambda text: text if text.isupper() else None,
    "field": _field,
    "choice": _field,
    "trait": _field,
    "types": lambda text: _SUBSCRIBED.get(
        text.casefold().removesuffix("s"), text.casefold().removesuffix("s").capitalize()
    ),
    "type2": lambda text: _TYPES.get(text.casefold()),
    "value2": lambda text: None if any(map(parse_target, text.split())) else text,
    "value": lambda text: None if any(map(parse_target, text.split())) else _BEFORE_VALUE.sub("", text, count=1),
}
