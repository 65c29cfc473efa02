"""Plain requests: finds the command that a sentence stands for, in time linear in its length. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from bot.commands.forms.parsing.dates import parse_day
from bot.commands.issue.durations import take_duration
from bot.commands.phrases import english, german
from bot.commands.phrases.courtesy import Request
from bot.commands.phrases.listing import UnknownWordsError, parse_listing
from bot.commands.phrases.periods import take_period
from bot.commands.text_input import parse_target

MAX_SENTENCE = 300
"""Characters of a sentence without a text in it."""
_WORDS = r"[^\s]+(?: [^\s]+){0,%d}?"
_KEY = r"[^\s]{2,400}"
_SLOTS: Mapping[str, str] = {
    "key": _KEY,
    "key2": _KEY,
    "who": _WORDS % 3,
    "value": _WORDS % 5,
    "time": r"[0-9][^\s]{0,9}(?: [^\s]{1,10}){0,4}",
    "day": r"(?:on )?[^\s]{3,12}(?: [^\s]{1,12})?",
    "period": _WORDS % 4,
    "project": r"[A-Za-z][A-Za-z0-9_]{1,9}",
    "type": r"(?:user )?[^\s:]{3,20}",
    "field": r"(?:story points|points|estimate|due date|fix versions?|priority|prio|priorität|summary|title"
    r"|labels?|description|components?|parent|epic|sprint|type|reporter|severity|environment|deadline|fälligkeit"
    r"|fälligkeitsdatum|zusammenfassung|titel|beschreibung|typ|schätzung)",
    "priority": r"(?:highest|high|medium|low|lowest|critical|urgent|blocker|major|minor|trivial|dringend|hoch"
    r"|niedrig|mittel)",
    "text": r"\S[\s\S]*",
}
_TYPES: Mapping[str, str] = {
    **{word: word for word in ("bug", "task", "story", "epic", "incident", "subtask", "feature")},
    **dict.fromkeys(("issue", "ticket", "item", "vorgang", "problem", "one"), ""),
    **{"fehler": "bug", "aufgabe": "task", "störung": "incident", "defect": "bug", "user story": "story"},
    **{"improvement": "improvement", "request": ""},
}
_FIELDS = {
    **{"priorität": "priority", "fälligkeit": "due", "fälligkeitsdatum": "due", "titel": "summary", "typ": "type"},
    **{"zusammenfassung": "summary", "beschreibung": "description", "schätzung": "points", "due date": "due"},
}
_PRIORITIES = {"dringend": "highest", "hoch": "high", "niedrig": "low", "mittel": "medium", "urgent": "highest"}
_NEGATED = re.compile(
    r"\b(?:not|never|no|don't|dont|doesn't|isn't|won't|can't|cannot|without|nicht|kein\w{0,2}|nie|niemals|ohne)\b",
    re.IGNORECASE,
)
_OUT = re.compile(r"\{(\w+)\}")
_OPTIONAL_OUT = re.compile(r"\[([^\[\]]*)\]")
_ARTICLES = re.compile(r"(?:a|an|the|my|our|ein|eine|einen|der|die|das|den|mein|meine) ", re.IGNORECASE)
_NO_NAMES = frozenset({"of", "the", "to", "from", "for", "details", "please", "bitte", "and", "und"})
"""Words that are no part of anybody's name."""
_KEYS_READ = 40


@dataclass(frozen=True, slots=True)
class _Pattern:
    regex: re.Pattern[str]
    command: str
    has_text: bool
    first_words: frozenset[str]
    """The words that it may begin with; empty if it begins with a slot."""


def interpret(request: Request, today: date) -> str | None:
    """Return the text of a command for a plain request; None if it is none.

    A question with an issue in it shows the issue.
    """
    core = " ".join(request.core.replace("’", "'")[: MAX_SENTENCE + 1].split())
    first = core.partition(" ")[0].casefold().rstrip(",:")
    asks = request.is_question or (first in _question_words() and not request.is_polite)
    return (
        _match(request, core, first, asks=asks)
        or (_list(core, today) if len(core) <= MAX_SENTENCE else None)
        or (_show(core) if asks else None)
    )


@cache
def _question_words() -> frozenset[str]:
    return english.QUESTION_WORDS | german.QUESTION_WORDS


def _match(request: Request, core: str, first: str, *, asks: bool) -> str | None:
    for pattern in _patterns():
        if pattern.first_words and first not in pattern.first_words:
            continue
        if len(core) > MAX_SENTENCE and not pattern.has_text:
            continue
        match = pattern.regex.fullmatch(_whole(request) if pattern.has_text else core)
        command = _fill(pattern, match.groupdict()) if match else None
        if command is not None and not (asks and _writes(command)):
            return command
    return None


def _whole(request: Request) -> str:
    text = request.text.replace("’", "'").strip()
    return text.rstrip(" ?") if request.is_polite else text


_READ_ONLY = ("list ", "search ", "show ", "mine", "recent", "help", "whoami", "subscriptions", "connect")


def _writes(command: str) -> bool:
    return not command.startswith(_READ_ONLY)


def _fill(pattern: _Pattern, groups: Mapping[str, str | None]) -> str | None:
    """Return the command with the slots filled in; None if a slot holds something else than its kind."""
    values: dict[str, str] = {}
    for name, text in groups.items():
        if text is None:
            continue
        value = _convert(name, text.strip(" ,"))
        if value is None:
            return None
        values[name] = value
    optional = _OPTIONAL_OUT.sub(
        lambda part: part[1] if all(name in values for name in _OUT.findall(part[1])) else "", pattern.command
    )
    if pattern.command.startswith("search"):
        values["text"] = values["text"].rstrip(" ?!.")
    words = [_OUT.sub(lambda slot: values[slot[1]], word) for word in optional.split(" ")]
    return " ".join(word for word in words if word)


def _convert(name: str, text: str) -> str | None:
    """Return what a slot stands for; None if the text is nothing of its kind."""
    return _CONVERTERS[name](text) if name in _CONVERTERS else text


def _key(text: str) -> str | None:
    target = parse_target(text.removesuffix("'s"))
    if target:
        return target.text
    return "it" if text.casefold() in ("it", "this", "that", "es") else None


def _person(text: str) -> str | None:
    is_other = _NEGATED.search(text) or _ARTICLES.match(text) or take_duration(text)[0]
    words = text.casefold().split()
    return None if is_other or not _NO_NAMES.isdisjoint(words) or any(map(parse_target, words)) else text


def _duration(text: str) -> str | None:
    spent, rest = take_duration(text)
    return spent if spent and not rest else None


def _past_day(text: str) -> str | None:
    return text if parse_day(text, date.today()) else None  # noqa: DTZ011 - the handler reads it in their zone


def _period(text: str) -> str | None:
    period, count = take_period(text.casefold().split(), date.today())  # noqa: DTZ011 - as above
    return text if period and count == len(text.split()) else None


_CONVERTERS: Mapping[str, Callable[[str], str | None]] = {
    "key": _key,
    "key2": _key,
    "who": _person,
    "time": _duration,
    "day": _past_day,
    "period": _period,
    "type": lambda text: _TYPES.get(text.casefold()),
    "field": lambda text: _FIELDS.get(text.casefold(), text),
    "priority": lambda text: _PRIORITIES.get(text.casefold(), text),
    "value": lambda text: None if any(map(parse_target, text.split())) else text,
}


def _list(core: str, today: date) -> str | None:
    """Return the `list` command for a text that describes issues in words and nothing else."""
    described = core
    for lead in _leads():
        match = lead.match(core)
        if match and match.end() < len(core):
            described = core[match.end() :]
            break
    for text in dict.fromkeys((described, core)):
        try:
            listing = parse_listing(text, today)
        except UnknownWordsError:
            continue
        if listing.names_issues or (described != core and (listing.conditions or listing.people)):
            return f"list {text}"
    return None


def _show(core: str) -> str | None:
    targets = [target for target in map(parse_target, core.split()[:_KEYS_READ]) if target]
    return f"show {targets[0].text}" if len({target.key for target in targets}) == 1 else None


# Patterns ----------------------------------------------------------------------------------------------------


@cache
def _patterns() -> tuple[_Pattern, ...]:
    return tuple(_compile(*row) for row in (*english.PATTERNS, *german.PATTERNS))


@cache
def _leads() -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(f"(?:{_regex(lead.strip())}) ", re.IGNORECASE)
        for lead in (*english.LIST_LEADS, *german.LIST_LEADS)
    )


def _compile(pattern: str, command: str) -> _Pattern:
    regex = re.compile(_regex(pattern), re.IGNORECASE)
    return _Pattern(regex, command, "{text}" in pattern, _first_words(pattern))


def _regex(pattern: str) -> str:
    """Translate the notation of the tables. What may be missing takes the space before it (or after it) along."""
    text = re.sub(r" \[([^\[\]]*)\]", lambda m: f"(?: (?:{m[1]}))?", pattern)
    text = re.sub(r"^\[([^\[\]]*)\] ", lambda m: f"(?:(?:{m[1]}) )?", text)
    text = re.sub(r"\[([^\[\]]*)\]", lambda m: f"(?:{m[1]})?", text)
    text = re.sub(r"\((?!\?)", "(?:", text).replace("+", r"\+").replace("=", r"\=")
    seen: set[str] = set()

    def slot(match: re.Match[str]) -> str:
        name = match[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{_SLOTS[name]})"

    return _OUT.sub(slot, text).replace(" (?P<text>", r"\s{1,3}(?P<text>")


def _first_words(pattern: str) -> frozenset[str]:
    """Return the words that a text of this pattern begins with; empty if that is not fixed."""
    return frozenset(_first(pattern)) if not pattern.startswith(("[", "{")) else frozenset()


def _first(pattern: str) -> Iterator[str]:
    if not pattern.startswith("("):
        yield re.split(r"[ \[:]", pattern)[0].casefold()
        return
    depth, options, start = 0, [], 1
    for place, letter in enumerate(pattern):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if (letter == "|" and depth == 1) or (letter == ")" and depth == 0):
            options.append(pattern[start:place])
            start = place + 1
        if depth == 0:
            break
    yield from _firsts(options)


def _firsts(options: Iterable[str]) -> Iterator[str]:
    for option in options:
        yield re.split(r"[ (\[]", option)[0].casefold()
