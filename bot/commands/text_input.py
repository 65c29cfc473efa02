"""Normalises typed text and finds the issues that it names: never fails, in time linear in the text's length."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import regex

from bot.jira.models import issue_key

MAX_TEXT = 34_000
"""Characters of a message that are read: Jira's longest text field (32,767) with a command in front, so that a
longer text is refused and not cut."""

MAX_TARGETS = 20
"""Issues that one command may name."""
CONNECTIVES = frozenset({"and", "und", "&", "+", ",", "/"})
_IT = frozenset({"it"})
_DROPPED = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_STACKED = regex.compile(r"(\p{M}{30})\p{M}+")
"""More combining marks in a row than stream-safe text has (UAX #15). Python sorts them in quadratic time: 32,000
of them took 1.6 s."""
_SPACES = str.maketrans({"\u00a0": " ", "\u2007": " ", "\u202f": " ", "\t": " ", "\r": "\n"})
_DOUBLE = str.maketrans("“”„", '"""')
QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'"})
_ORIGIN, _KEY = r"((?i:https?)://[^\s/<>\"'?#@\\]{1,255})", r"([A-Za-z][A-Za-z0-9_]{1,9}-[1-9][0-9]{0,9})(?![\w-])"
_INSIDE, _AFTER = r"[^\s<>\"'?#]{0,300}", r"[^\s<>\"')\]]*"
_LISTS = r"(?:issues|queues/issue|(?:custom|portal)/[0-9]{1,18})"
_LINKS = (
    re.compile(rf"{_ORIGIN}/(?:browse|(?:{_INSIDE}/)?{_LISTS})/{_KEY}{_AFTER}"),
    re.compile(rf"{_ORIGIN}/{_INSIDE}\?(?:[^\s<>\"'#]{{0,1000}}&)?selectedIssue={_KEY}{_AFTER}"),
)
"""The page of an issue, also in a project or in a queue or portal of a service desk; and boards and backlogs with
the issue open."""
_MARKDOWN_LINK = re.compile(
    r"\[((?>(?:[^\[\]\n\\]|\\.|\[[^\[\]\n]{0,100}\]){0,200}))\]\((https?://[^\s()]{1,2000})\)"
)
"""Browsers copy a page with its title; that of an issue is `[PROJ-12] Its summary - Jira`."""
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
    return word.casefold() in _IT


def tidy(text: str) -> str:
    """Return the text with plain spaces, without invisible characters, and with links as their addresses."""
    if len(text) < 200 and text.isascii() and text.isprintable() and "&" not in text and "[" not in text:
        return text.strip()
    cut = text[:MAX_TEXT].replace("&nbsp;", " ").translate(_SPACES)
    whole = _STACKED.sub(r"\1", cut.encode("utf-8", "replace").decode("utf-8"))
    clean = _DROPPED.sub("", unicodedata.normalize("NFC", whole))
    return _MARKDOWN_LINK.sub(_bare, clean).strip()


def _bare(link: re.Match[str]) -> str:
    """Return the address of a link that Teams made of a pasted address, or that names an issue; else all of it."""
    words, address = link.groups()
    return address if "://" in words or parse_target(address) else link.group()


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


def normalise_quotes(query: str) -> str:
    """Make typographic double quotes straight, unless the query has straight ones too."""
    return query if '"' in query else query.translate(_DOUBLE)


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
    bare = word.strip("<>")
    link = next(filter(None, (pattern.fullmatch(bare) for pattern in _LINKS)), None)
    if link:
        key = issue_key(link.group(2))
        return Target(key, link.group(1).lower()) if key else None
    key = issue_key(word.strip(_AROUND).translate(_HYPHENS))
    return Target(key) if key else None
