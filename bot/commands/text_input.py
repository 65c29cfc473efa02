"""Reads words of a typed text, and finds the issues that they name: never fails, in linear time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.jira.models import issue_key

MAX_TARGETS = 20
"""Issues that one command may name."""
CONNECTIVES = frozenset({"and", "und", "&", "+", ",", "/"})
_IT = frozenset({"it"})
ISSUE_NOUN = "(?:issue|ticket|bug|task|story|epic|incident|card|vorgang|aufgabe|fehler)"
DETERMINER = "(?:the|this|that|das|den|dem|die|dies(?:e[mnrs]?)?)"
"""Regular expressions: what an issue is called, and the words before it if it is at hand (`this ticket`)."""
INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
"""What nobody sees, as in brackets of a regular expression. All of it is part of what people write: joiners spell
Persian and emoji, marks and isolates order right-to-left text, U+200B parts the words of Khmer."""
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_LINE_END = re.compile("[\r\n\u000b\u000c\u0085\u2028\u2029]")
QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'"})
_ORIGIN, _KEY = r"((?i:https?)://[^\s/<>\"'?#@\\]{1,255})", r"([A-Za-z][A-Za-z0-9_]{1,9}-[1-9][0-9]{0,9})(?![\w-])"
_INSIDE, _AFTER = r"[^\s<>\"'?#]{0,300}", r"[^\s<>\"')\]]*"
_LISTS = r"(?:issues|queues/issue|(?:custom|portal)/[0-9]{1,18})"
_LINKS = (
    re.compile(rf"{_ORIGIN}/(?:{_INSIDE}/)?(?:browse|{_LISTS})/{_KEY}{_AFTER}"),
    re.compile(rf"{_ORIGIN}/{_INSIDE}\?(?:[^\s<>\"'#]{{0,1000}}&)?selectedIssue={_KEY}{_AFTER}"),
)
"""The page of an issue, also in a project or in a queue or portal of a service desk; and boards and backlogs with
the issue open."""
_AROUND = "#,.:;!?()[]*`\"'“”„‘’"
_HYPHENS = str.maketrans("\u2010\u2011\u2013", "---")


@dataclass(frozen=True, slots=True)
class Target:
    """A named issue. `origin` (`https://host`) is set if it was named by a link."""

    key: str
    origin: str = ""

    @property
    def text(self) -> str:
        """The issue as it could be typed."""
        return f"{self.origin}/browse/{self.key}" if self.origin else self.key


def is_it(word: str) -> bool:
    """Return whether a word means the issue that was shown last."""
    return strip_invisible(word).casefold() in _IT


def strip_invisible(text: str) -> str:
    """Return a text to compare with: without what nobody sees. It must not be stored."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def one_line(text: str) -> str:
    """Return a text on one line, otherwise as it was written."""
    return " ".join(filter(None, (line.strip(" \t") for line in _LINE_END.split(text)))).replace("\t", " ").strip()


def strip_to(text: str) -> str:
    """Remove a leading “to”."""
    return text[3:].lstrip() if text[:3].casefold() in ("to", "to ") else text


def strip_quotes(text: str) -> str:
    """Remove straight and typographic double quotes around a name."""
    return text.strip().strip('"“”„').strip()


def spellings(name: str) -> tuple[str, ...]:
    """Return a name as it was typed, with straight apostrophes, and without the full stop of a sentence."""
    straightened = name.replace("’", "'")
    return tuple(dict.fromkeys((name, straightened, strip_punctuation(straightened))))


def strip_punctuation(text: str) -> str:
    """Remove punctuation that ends a sentence."""
    return text.rstrip(" .!?,;")


def take_target(text: str) -> tuple[Target | None, str]:
    """Return the issue (a key or a Jira link) that the text starts with, if any, and the rest."""
    words = text.split(None, 1)
    target = parse_target(words[0]) if words else None
    if target is None:
        return None, text.strip()
    return target, words[1].strip() if len(words) > 1 else ""


def take_targets(text: str) -> tuple[list[Target], str]:
    """Return the issues that the text starts with (at most `MAX_TARGETS`), and the rest.

    “and” and commas may stand between them, and belong to what follows if no issue does.
    """
    targets: list[Target] = []
    rest = text.strip()
    while len(targets) < MAX_TARGETS:
        word, _, after = rest.partition(" ")
        joined = word.casefold() in CONNECTIVES
        target, remaining = take_target(after if joined else rest)
        if target is None:
            break
        targets.append(target)
        rest = remaining
    return targets, rest


def parse_target(word: str) -> Target | None:
    """Parse a word as an issue: `PROJ-12`, `proj-12:`, or the link of a page of Jira that shows one."""
    word = strip_invisible(word)
    bare = word.strip("<>")
    link = next(filter(None, (pattern.fullmatch(bare) for pattern in _LINKS)), None)
    if link:
        key = issue_key(link.group(2))
        return Target(key, link.group(1).lower()) if key else None
    key = issue_key(word.strip(_AROUND).translate(_HYPHENS))
    return Target(key) if key else None
