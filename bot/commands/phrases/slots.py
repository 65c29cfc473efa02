"""Converts what stands in the slots of a pattern, or says that it is nothing of the slot's kind. Pure."""

# ruff: noqa: E501 - alternatives that belong together are one line

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from bot.commands.forms.parsing.dates import parse_day
from bot.commands.issue.durations import take_duration
from bot.commands.phrases.periods import take_period
from bot.commands.text_input import parse_target

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
_NEGATED = re.compile(
    r"\b(?:not|never|no|dont|cannot|without|\w{1,8}n't|nicht|kein\w{0,2}|nie|niemals|ohne)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"(?:(?:is|are|was|still|already|ist|sind|war|noch|schon) ){0,2}"
    r"(?:not|never|no longer|isn't|wasn't|aren't|hasn't|doesn't|don't|do not|can't|cannot|nicht|nie|kein\w{0,2})\b"
    r"(?! (?:started|doing|applicable|begonnen|gestartet)\Z)",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"(?:[\w-]{1,20} )?(?:to )?(?:not|never|nicht|nie|niemals|kein\w{0,2})(?=[\s,.!]|\Z)"
    r"(?! (?:started|doing|applicable|begonnen|gestartet)\Z)",
    re.IGNORECASE,
)
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
_ARTICLES = re.compile(r"(?:a|an|the|my|our|ein|eine|einen|der|die|das|den|mein|meine) ", re.IGNORECASE)
_NO_NAMES = frozenset(
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
    | {"ist", "war", "hat", "wird", "krank", "weg", "sich", "acht", "auf", "zeit", "bescheid", "recht", "später"}
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
_NO_PROJECTS = frozenset(
    {"me", "us", "you", "it", "the", "an", "my", "our", "this", "that", "them", "all", "here", "jira", "general"}
    | {"mir", "mich", "uns", "den", "die", "das", "dem", "der", "ein", "eine", "hier", "diesem"}
)
_NO_STATUS = re.compile(
    r"(?:the|a|an|my|our|der|die|das|dem|den|ein\w{0,2}|until|till|by|bis) |[0-9.,]+\Z|(?:fire|flames|trouble|danger|peace|aside|forwards?|hard|along|around|away|alone|seriously|ordnung|frage|kraft|gang)\Z"
    r"|(?:[^\s]{1,40} ){0,5}(?:you|i|we|he|she|they|me|us|your|by|von|durch|whatever|anyway|what|who|why|how|which|when|because|but|like|please|mal|ich|du"
    r"|wir|ihr|er|sie|mir|mich|uns|wer|warum|wie|wann|weil|aber|oder|egal)(?:[ ?!,.]|\Z)|[^,?]{0,60}[,?]",
    re.IGNORECASE,
)
"""What names no status: a number, a time, what begins with an article (“the backlog”), or a part of a sentence."""
_BEFORE_ISSUE = re.compile(
    r"(?:the |this |that |das |den |dem |die |dieses |diesen |diese |diesem )?"
    r"(?:issue|ticket|bug|task|story|epic|incident|card|vorgang|aufgabe|fehler) ",
    re.IGNORECASE,
)
_LAST_ISSUE = re.compile(
    r"it|this|that|es|(?:the|this|that|das|den|dem|die|dieses|diesen|diese|diesem)"
    r" (?:issue|ticket|bug|task|story|card|one|vorgang|aufgabe|fehler)",
    re.IGNORECASE,
)
_PARTICLE = re.compile(
    r"(?:an|auf|ein|rein|me|us|mir|uns|for|about|that|this|it|named|called)\s?[:?,.–-]+\s+(?=\S)", re.IGNORECASE
)
HOURS, MINUTES = 24, 60
"""Of a day and of an hour."""
_NAMED_TIMES = {"noon": "12:00", "midnight": "0:00", "mittag": "12:00", "mittags": "12:00", "mitternacht": "0:00"}
_FEASTS = frozenset({"ostern", "weihnachten", "pfingsten", "silvester", "neujahr"})
_SOMEWHERE = re.compile(
    r"(?:in|on|at|from|nach|aus|von|vom|im|in der|in dem|aus dem|aus der)(?: (?:the|my|our|der|dem|meiner?m?))? [a-zäöüß-]{1,30}[ .!]*",
    re.IGNORECASE,
)
_DAY_ARTICLE = re.compile(r"(?:the|der|den|dem|zum) ", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»\n]{1,250})[\"“”»]")
_TYPED = frozenset({"text", "value"})
_BEFORE_VALUES = frozenset({"", "to", "as", "into", "with", "=", "auf", "in", "zu", "als", "mit"})
"""What is left of a request that breaks off before its value: `rename PROJ-12 to`."""
_AROUND_WORDS = re.compile(r"(?:(?:a|an|the|any|ein|eine|einen|dem|der|den|das|die) )", re.IGNORECASE)


def convert(name: str, text: str) -> str | None:
    """Return what a slot stands for; None if the text is nothing of its kind: a word before a value is none."""
    if name in _TYPED and text.casefold().rstrip(":") in _BEFORE_VALUES:
        return None
    return _CONVERTERS[name](text) if name in _CONVERTERS else text


def is_denied(text: str) -> bool:
    """Return whether a text says that something is not so (“not done”); “Not Started” is a status."""
    return _DENIED.match(text) is not None or (text.count(" ") > 1 and _NEGATED.search(text) is not None)


def is_refused(text: str) -> bool:
    """Return whether what a command is given begins with “not”, maybe after a field's name: `to not Bob`."""
    return _REFUSED.match(text) is not None


def begins_negated(text: str) -> bool:
    """Return whether a text is negated before it names an issue, or after an issue that it begins with."""
    words = text.split()
    place = next((n for n, word in enumerate(words) if parse_target(word)), len(words))
    if place == 0:
        return is_denied(" ".join(words[1:]))
    return _NEGATED.search(" ".join(words[:place])) is not None


def is_negated(text: str) -> bool:
    """Return whether a text has a negation anywhere."""
    return _NEGATED.search(text) is not None


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


def is_idiom(text: str) -> bool:
    """Return whether what stands after “new story” says where it is or comes from: “in town”, “aus dem Büro”."""
    return _SOMEWHERE.fullmatch(text) is not None


def goes_on(text: str) -> bool:
    """Return whether what stands after “this” goes on about it: `comment this will break`."""
    return _GOES_ON.match(text) is not None


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
    is_other = is_pronoun or _NEGATED.search(text) or _ARTICLES.match(text) or take_duration(text)[0]
    return None if is_other or not _NO_NAMES.isdisjoint(words) or any(map(parse_target, words)) else text


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


def _period(text: str) -> str | None:
    period, count = take_period(text.casefold().split(), date.today())  # noqa: DTZ011 - as above
    return text if period and count == len(text.split()) else None


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
    return None if text.casefold() in _NO_PROJECTS else text


_CONVERTERS: Mapping[str, Callable[[str], str | None]] = {
    "key": _key,
    "key2": _key,
    "who": _person,
    "proper": _proper,
    "time": _duration,
    "day": _day,
    "period": _period,
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
    "value": lambda text: None if any(map(parse_target, text.split())) else text,
}
